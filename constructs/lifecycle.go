package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// preventDestroyIf makes Terraform refuse any plan that destroys the resource while the
// environment is protected.
func preventDestroyIf(protected bool) *cdktf.TerraformResourceLifecycle {
	if !protected {
		return nil
	}
	return &cdktf.TerraformResourceLifecycle{PreventDestroy: jsii.Bool(true)}
}

// finalSnapshot names the snapshot that is taken of what has data in a protected environment
// before its deletion. The id of a Terraform data resource, made anew with each, keeps the
// name from clashing with an older snapshot's.
func finalSnapshot(scope constructs.Construct, env Env, name string) *string {
	if !env.Protected {
		return nil
	}
	// CDKTF's own class for it would run Terraform to ask for its version.
	unique := cdktf.NewTerraformResource(scope, jsii.String("final_snapshot"), &cdktf.TerraformResourceConfig{
		TerraformResourceType: jsii.String("terraform_data"),
	})
	return jsii.String(fmt.Sprintf("%s-%s", env.Name(name), *unique.GetStringAttribute(jsii.String("id"))))
}

// madeFirst has Terraform make a replacement before it destroys the resource, and destroy a
// resource that is removed after all that used it has been changed. Terraform does the same
// to all that the resource depends on. It keeps the order in its state, so that it holds
// from the apply after the one that introduces it:
// https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#create_before_destroy
func madeFirst() *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)}
}

// replacedWith replaces a resource whenever the other one is replaced.
func replacedWith(other cdktf.TerraformResource) *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{ReplaceTriggeredBy: &[]any{address(other) + ".id"}}
}

// address is the resource's Terraform address, for the places that take one as
// it is. What CDKTF derives from a resource is wrapped in an interpolation,
// which Terraform refuses there:
// https://github.com/hashicorp/terraform-cdk/issues/3546
func address(resource cdktf.TerraformResource) string {
	return *resource.TerraformResourceType() + "." + *resource.FriendlyUniqueId()
}
