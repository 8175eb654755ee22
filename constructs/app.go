package constructs

import (
	"os"
	"path/filepath"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// Synthesise writes the stacks of the environments below outdir, which exists, and the
// code of a function next to the JSON that names it. Failures are panics, as CDKTF's are.
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
	for _, env := range envs {
		if runsTasks(env) {
			if err := os.WriteFile(filepath.Join(outdir, "stacks", env.StackName(), releaseArchive), archiveOfRelease(), 0o600); err != nil {
				panic(err)
			}
		}
	}
}
