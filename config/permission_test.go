package config

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// permit gives the API one statement.
func permit(action string, resources ...string) func(*Config) {
	return func(c *Config) {
		c.Service.Permissions = []Permission{{Actions: []string{action}, Resources: resources}}
	}
}

const identity = "arn:aws:ses:eu-south-1:123456789012:identity/example.com"

var refusedPermissions = []refusal{
	{"a permission that says nothing", func(c *Config) { c.Service.Permissions = []Permission{{}} }, []string{
		`Service.Permissions[0].Actions: 0 says nothing; AWS allows one or more; fix: write them, or remove the statement`,
		`Service.Permissions[0].Resources: 0 says nothing; AWS allows one or more; fix: write them, or remove the statement`,
	}},
	{"all actions", permit("*", identity), []string{
		`Service.Permissions[0].Actions[0]: "*" is more than one action; this program allows each action written out, because AWS adds actions that nobody has thought of; fix: write out those that the API calls`,
	}},
	{"all actions of a service", permit("ses:*", identity), []string{
		`Service.Permissions[0].Actions[0]: "ses:*" is more than one action; this program allows each action written out, because AWS adds actions that nobody has thought of; fix: write out those that the API calls`,
	}},
	{"no action", permit("SendEmail", identity), []string{
		`Service.Permissions[0].Actions[0]: "SendEmail" is not an action; AWS allows a service, a colon and the name of an action; fix: write an action such as ses:SendEmail`,
	}},
	{"roles for others", permit("iam:PassRole", "arn:aws:iam::123456789012:role/other"), []string{
		`Service.Permissions[0].Actions[0]: "iam:PassRole" is about who may do what; this program allows actions of other services than iam, organizations, account, sso, sso-directory, identitystore, because the API, and who breaks into it, could give itself more; fix: let the pipeline or a person do it`,
	}},
	{"every resource", permit("ses:SendEmail", "*"), []string{
		`Service.Permissions[0].Actions[0]: "ses:SendEmail" is on every resource; this program allows ARNs in Resources for it, because AWS limits it to what is named; fix: name the ARNs of what the API uses`,
	}},
	{"an action that AWS does not limit", permit("textract:DetectDocumentText", identity), []string{
		`Service.Permissions[0].Actions[0]: "textract:DetectDocumentText" is on what AWS does not limit it to; AWS allows "*" alone in Resources for it, without which it grants nothing; fix: move it to a statement with Resources of "*"`,
	}},
	{"no resource", permit("ses:SendEmail", "example.com"), []string{
		`Service.Permissions[0].Resources[0]: "example.com" is not an ARN; AWS allows arn:<partition>:<service>:<region>:<account>:<resource>; fix: copy the ARN of the resource`,
	}},
	{"every bucket", permit("s3:GetObject", "arn:aws:s3:::*"), []string{
		`Service.Permissions[0].Resources[0]: "arn:aws:s3:::*" is more than one resource; this program allows ARNs written out, with /* or :* at most after what is named, because the API may do nothing without need; fix: write out the ARNs of what the API uses`,
	}},
	{"every table", permit("dynamodb:GetItem", "arn:aws:dynamodb:eu-south-1:123456789012:table/*"), []string{
		`Service.Permissions[0].Resources[0]: "arn:aws:dynamodb:eu-south-1:123456789012:table/*" is more than one resource; this program allows ARNs written out, with /* or :* at most after what is named, because the API may do nothing without need; fix: write out the ARNs of what the API uses`,
	}},
	{"a resource of another partition", permit("ses:SendEmail", "arn:aws-cn:ses:cn-north-1:123456789012:identity/example.com"), []string{
		`Service.Permissions[0].Resources[0]: "arn:aws-cn:ses:cn-north-1:123456789012:identity/example.com" is a resource of another partition; AWS allows ARNs that begin with arn:aws: in eu-south-1; fix: copy the ARN of the resource`,
	}},
	{"a resource that a template names", permit("ses:SendEmail", "arn:aws:ses:eu-south-1:123456789012:identity/${var.domain}"), []string{
		`Service.Permissions[0].Resources[0]: "arn:aws:ses:eu-south-1:123456789012:identity/${var.domain}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: write out the ARN`,
	}},
	{"more than a role has room for", func(c *Config) {
		permit("ses:SendEmail")(c)
		for i := range 120 {
			c.Service.Permissions[0].Resources = append(c.Service.Permissions[0].Resources, fmt.Sprintf("%s-%03d.example.com", identity, i))
		}
	}, []string{
		`Service.Permissions: 9045 is too many characters; AWS allows 10240 in the policies of a role, of which 9040 are left to them; fix: name fewer of them`,
	}},
}

var acceptedPermissions = map[string]func(*Config){
	"an action on what it names":       permit("ses:SendEmail", identity),
	"an action on nothing":             permit("textract:DetectDocumentText", "*"),
	"the objects of a bucket":          permit("s3:GetObject", "arn:aws:s3:::example-reports/*", "arn:aws:s3:::example-reports/a/*"),
	"the indexes of a table":           permit("dynamodb:Query", "arn:aws:dynamodb:eu-south-1:123456789012:table/orders", "arn:aws:dynamodb:eu-south-1:123456789012:table/orders/index/*"),
	"the versions of a function":       permit("lambda:InvokeFunction", "arn:aws:lambda:eu-south-1:123456789012:function:resize:*"),
	"an action that nobody knows here": permit("future:DoIt", "arn:aws:future:eu-south-1:123456789012:thing/one"),
}

// TestUnbound has actions with resources, without, and of no service.
func TestUnbound(t *testing.T) {
	for action, want := range map[string]bool{
		"textract:DetectDocumentText": true, "sts:GetCallerIdentity": true, "a4b:ApproveSkill": true,
		"ses:SendEmail": false, "s3:GetObject": false, "s3:Nothing": false, "nothing:Nothing": false, "Nothing": false, "": false,
	} {
		assert.Equal(t, want, Unbound(action), action)
	}
}
