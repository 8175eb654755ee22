package constructs

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// Synthesise writes the stacks of the environments below outdir, which exists. CDKTF's
// failures are panics.
func Synthesise(outdir string, envs ...config.Config) {
	app := cdktf.NewApp(&cdktf.AppConfig{
		Outdir: &outdir,
		// Traces would put the paths of this machine into the JSON.
		StackTraces: jsii.Bool(false),
		// CDKTF's validations run `terraform version` for the block of Terraform Cloud, for
		// instance, and fail on a machine without Terraform. The JSON has `required_version`,
		// which Terraform itself checks.
		SkipValidation: jsii.Bool(true),
	})
	for _, env := range envs {
		NewStack(app, env)
	}
	app.Synth()
}
