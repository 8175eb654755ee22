package constructs

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// rememberIdentity makes the plan fail that takes an environment's state elsewhere: to
// another name, region, account or partition, where Terraform would find nothing, make
// everything anew and forget what there is. The state remembers them from the first
// apply on.
//
// A precondition cannot read what is remembered, and a destruction asks neither: for
// that, scripts/terraform plans this resource alone.
func rememberIdentity(scope constructs.Construct, id string, env Env) {
	identity := map[string]string{
		"account": env.Account, "partition": env.partition().ID, "region": env.Region, "suffix": config.Remembered(env.Platform, env.Suffix),
	}
	var same, was, is []string
	for _, key := range slices.Sorted(maps.Keys(identity)) {
		value := identity[key]
		if !strings.HasPrefix(value, "${") {
			value = strconv.Quote(value)
		}
		same = append(same, "self.input."+key+" == "+value)
		was, is = append(was, key+" ${self.input."+key+"}"), append(is, key+" "+identity[key])
	}
	cdktf.NewTerraformResource(scope, &id, &cdktf.TerraformResourceConfig{
		TerraformResourceType: jsii.String("terraform_data"),
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			IgnoreChanges: jsii.Strings("input"),
			Postcondition: &[]*cdktf.Postcondition{{
				Condition: jsii.String("${" + strings.Join(same, " && ") + "}"),
				ErrorMessage: jsii.String("This state is that of " + strings.Join(was, ", ") + ", and this run is for " + strings.Join(is, ", ") +
					". They are set once: elsewhere, everything would be made anew, and what there is forgotten, the database among it. " +
					"Take the configuration or the credentials back, or make a new environment."),
			}},
		},
	}).AddOverride(jsii.String("input"), identity)
}
