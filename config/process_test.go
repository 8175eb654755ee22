package config

import "strings"

var refusedProcess = []refusal{
	{"command with a template", func(c *Config) { c.Service.Command = []string{"run", "${x}"} }, []string{
		`Service.Command[1]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put it into a script of the image`,
	}},
	{"entry point of a pipeline", func(c *Config) {
		c.Deployment.Images, c.Service.EntryPoint = ImagesExternal, []string{"sh"}
	}, []string{
		`Service.EntryPoint: 1 is not what a pipeline deploys; this program allows none with Deployment.Images external, because its revisions have the image's own; fix: put the command into the image`,
	}},
	{"user by name", func(c *Config) { c.Service.User = "app" }, []string{
		`Service.User: "app"` + notAUser,
	}},
	{"root", func(c *Config) { c.Service.User = "0:1000" }, []string{
		`Service.User: "0:1000"` + notAUser,
	}},
	{"pattern", func(c *Config) { c.Service.LogMultilinePattern = "(" }, []string{
		"Service.LogMultilinePattern: \"(\" is no regular expression; AWS allows one that the log driver understands; fix: correct it: error parsing regexp: missing closing ): `(`",
	}},
	{"buffer", func(c *Config) { c.Service.LogBufferMiB = 257 }, []string{
		`Service.LogBufferMiB: 257 is out of range; this program allows 256 or less, because the API needs the rest of its memory; fix: write 256`,
	}},
	{"alias of a key", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": secret("eu-south-1")}
		c.Service.SecretKeyARNs = []string{"arn:aws:kms:eu-south-1:123456789012:alias/own"}
	}, []string{
		`Service.SecretKeyARNs[0]: "arn:aws:kms:eu-south-1:123456789012:alias/own" is not the ARN of a key; AWS allows arn:<partition>:kms:<region>:<account>:key/<id>; fix: copy the ARN of the key, and not of its alias, from KMS`,
	}},
	{"key elsewhere", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": secret("eu-south-1")}
		c.Service.SecretKeyARNs = []string{"arn:aws:kms:eu-west-1:123456789012:key/a"}
	}, []string{
		`Service.SecretKeyARNs[0]: "arn:aws:kms:eu-west-1:123456789012:key/a" is a key of another region; AWS allows keys of the secrets' region; fix: create the key in eu-south-1`,
	}},
	{"keys of nothing", func(c *Config) { c.Service.SecretKeyARNs = []string{"arn:aws:kms:eu-south-1:123456789012:key/a"} }, []string{
		`Service.SecretKeyARNs: 1 decrypt nothing; this program allows keys of Service.Secrets or of those of Services, because the execution role may do nothing without need; fix: remove them, or name the secrets`,
	}},
	{"files", func(c *Config) {
		c.Service.EnvironmentFiles = append(strings.Split(strings.Repeat("arn:aws:s3:::example/a.env,", 10), ",")[:10], "s3://example/a.env")
	}, []string{
		`Service.EnvironmentFiles: 11 is too many files; AWS allows 10 or less; fix: remove 1`,
		`Service.EnvironmentFiles[10]: "s3://example/a.env" has the wrong form; AWS allows arn:<partition>:s3:::<bucket>/<name>.env; fix: copy the ARN of the object from S3`,
	}},
	{"parameter of another form", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": "arn:aws:ssm:eu-south-1:123456789012:document/token"} //nolint:gosec // It names none.
	}, []string{
		`Service.Secrets["TOKEN"]: "arn:aws:ssm:eu-south-1:123456789012:document/token"` + notASecret,
	}},
	{"parameter of another region", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": "arn:aws:ssm:eu-west-1:123456789012:parameter/token"} //nolint:gosec // It names one.
	}, []string{
		`Service.Secrets["TOKEN"]: "arn:aws:ssm:eu-west-1:123456789012:parameter/token" is a parameter of another region; this program allows secrets of the tasks' region, because tasks must start when another region cannot be reached; fix: create the parameter in eu-south-1`,
	}},
}

const (
	notAUser   = ` has the wrong form; this program allows numbers such as 1000 or 1000:1000, other than 0, because a name is looked up in the image, and root may do what no API needs; fix: write the number that the image's user has`
	notASecret = ` is not the ARN of a secret; this program allows arn:<partition>:secretsmanager:<region>:<account>:secret:<name>-<six characters>, followed by nothing or :<key>:<stage>:<version>, or arn:<partition>:ssm:<region>:<account>:parameter/<name>, because ECS would look elsewhere for the value, where the task may not read it; fix: copy the ARN from Secrets Manager or Systems Manager` //nolint:gosec // A sentence, no secret.
)

var acceptedProcess = map[string]func(*Config){
	"parameter in a folder": func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": "arn:aws:ssm:eu-south-1:123456789012:parameter/mail/token"} //nolint:gosec // The name of a parameter.
		c.Service.SecretKeyARNs = []string{"arn:aws:kms:eu-south-1:123456789012:key/mrk-0123"}
	},
	"user and group": func(c *Config) { c.Service.User = "65534:0" },
}

var edgesProcess = []edge{
	{field: "Service.OpenFileLimit", low: 1024, high: 1 << 20, lowOurs: true},
	{field: "Service.LogBufferMiB", low: 0, high: 256, lowOurs: true, highOurs: true},
}
