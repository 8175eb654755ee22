package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// gapTexts say of each gap which field closes it.
var gapTexts = map[config.Gap]string{
	config.PlainHTTP:        "LoadBalancer.Domain: the API is served by plain HTTP. Set it and LoadBalancer.HostedZone, or LoadBalancer.CertificateARN",
	config.SilentAlarms:     "Alarms.Emails: no alarm tells anyone. Set Alarms.Enabled, and an address",
	config.StillPlaceholder: "%s: the environment exists, if only in parts, and still runs the placeholder. Push an image, and name its tag there or in %s",
}

// refuseGaps makes the plan fail for all gaps of a protected environment at once. Only the
// plan knows which image was named last. The load balancer is where each environment is
// reached, and a plan of the environment's memories alone, before a destruction, leaves it
// out.
func (l *LoadBalancer) refuseGaps(cfg config.Config, registries []*Registry) {
	unacknowledged := cfg.Unacknowledged()
	if len(unacknowledged) == 0 {
		return
	}
	var found []string
	message := []string{cfg.StackName() + " is protected, and half made. Close each gap by its field, or add it to the field Acknowledged:"}
	for _, gap := range unacknowledged {
		name, text := mustJSON(gap), fmt.Sprintf("\n- %s; or acknowledge %q.", gapTexts[gap], gap)
		if gap != config.StillPlaceholder {
			found, message = append(found, name), append(message, text)
			continue
		}
		for _, r := range registries {
			if r.props.Settings.ImageTag == "" {
				still := r.stillPlaceholder()
				found = append(found, still+" ? "+name+` : ""`)
				message = append(message, "${"+still+" ? "+mustJSON(fmt.Sprintf(text, r.props.Field, r.props.Variable))+` : ""}`)
			}
		}
	}
	l.LoadBalancer.SetLifecycle(&cdktf.TerraformResourceLifecycle{Precondition: &[]*cdktf.Precondition{{
		Condition: "${join(\"\", [" + strings.Join(found, ", ") + `]) == ""}`, ErrorMessage: jsii.String(strings.Join(message, "")),
	}}})
}
