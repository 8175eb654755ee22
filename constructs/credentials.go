package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsssmparametersbypath"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ssmparameter"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// CredentialsProps configures [Credentials].
type CredentialsProps struct {
	Env Env
	// Settings give the database's user, name and port, and the password's version.
	Settings config.Database
	// Key encrypts the secret.
	Key *EncryptionKey
}

// Credentials is the Secrets Manager secret of the database's administrator. Its password
// becomes the current one after the cluster takes it, so that a change that the cluster
// refuses changes nothing for those who read it.
type Credentials struct {
	*rotatingSecret
	// Mark says which version the cluster takes. What needs a password that opens
	// connections depends on it.
	Mark ssmparameter.SsmParameter

	env      Env
	settings config.Database
	// path is that of the parameters that say what the database takes, and marks the
	// expression of what they say, by their names.
	path, marks string
}

// NewCredentials creates the secret and its newest version. Raising the
// password's version generates a new password.
func NewCredentials(scope constructs.Construct, id string, props CredentialsProps) *Credentials {
	return &Credentials{
		rotatingSecret: newRotatingSecret(scope, id, rotatingSecretProps{
			Env: props.Env, Settings: props.Settings, Key: props.Key,
			Name: "db-credentials", Description: "Administrator of the " + props.Env.API() + "'s database", Username: props.Settings.Username,
		}),
		env: props.Env, settings: props.Settings, path: "/" + props.Env.StackName() + "/database",
	}
}

// GiveTo gives the cluster the newest password, then makes it the current one, and then
// writes down that the cluster takes it.
//
// A failing update leaves its arguments in Terraform's state, as if it had succeeded.
// What the cluster takes is therefore remembered outside of the state, by a parameter
// that is written last. Where it is missing or names another version, the password is
// sent again: the arguments that count the attempts get the time of the plan.
func (c *Credentials) GiveTo(scope constructs.Construct, id string, cluster *rdscluster.RdsClusterConfig) rdscluster.RdsCluster {
	name := c.path + "/password"
	marks := dataawsssmparametersbypath.NewDataAwsSsmParametersByPath(c.scope, jsii.String("marks"), &dataawsssmparametersbypath.DataAwsSsmParametersByPathConfig{
		Path:           &c.path, // By its name, one that is missing would be an error.
		WithDecryption: jsii.Bool(false),
	})
	version := address(c.Version) + ".version_id"
	c.marks = fmt.Sprintf("zipmap(%[1]s.names, %[1]s.values)", "data."+*marks.TerraformResourceType()+"."+*marks.FriendlyUniqueId())
	mark := local(c.scope, "mark", fmt.Sprintf("try(jsondecode(nonsensitive(%s[%q])), {})", c.marks, name))
	now := local(c.scope, "now", `tonumber(formatdate("YYYYMMDDhhmmss", plantimestamp()))`)
	attempt := local(c.scope, "attempt", fmt.Sprintf(`try(%[1]s.secret_version, "") == %[2]s ? try(%[1]s.attempt + 0, %[3]s) : %[3]s`, mark, version, now))
	number := cdktf.Token_AsNumber("${" + attempt + "}")

	cluster.MasterPasswordWo = jsii.String(fmt.Sprintf("${jsondecode(%s.secret_string)[\"password\"]}", c.stored))
	cluster.MasterPasswordWoVersion = number
	// The password comes at once in any case, but only with this the provider waits until
	// it opens connections.
	cluster.ApplyImmediately = jsii.Bool(true)
	made := rdscluster.NewRdsCluster(scope, &id, cluster)

	c.makeCurrent(number, made)
	c.Mark = ssmparameter.NewSsmParameter(c.scope, jsii.String("mark"), &ssmparameter.SsmParameterConfig{
		Name:        &name,
		Description: jsii.String("The version of the secret with the password that the database takes, and when it was sent. Deleted, the next apply sends it again"),
		Type:        jsii.String("String"),
		Value:       jsii.String(fmt.Sprintf("${jsonencode({secret_version = %s, attempt = %s})}", version, attempt)),
		DependsOn:   &[]cdktf.ITerraformDependable{c.Current},
	})
	return made
}

// local declares a local value and returns its address.
func local(scope constructs.Construct, id, expression string) string {
	name := *scope.Node().Id() + "_" + id
	cdktf.TerraformStack_Of(scope).AddOverride(jsii.String("locals."+name), "${"+expression+"}")
	return "local." + name
}

// GrantRead gives the service's tasks the current password when they start, and lets
// them read this secret and no other.
func (c *Credentials) GrantRead(service *Service) {
	service.AddEnvironment("DB_USER", c.settings.Username)
	service.AddSecret("DB_PASSWORD", *c.Secret.Arn()+":password::")
	c.grantRead("read_credentials", service, c.settings.PasswordVersion, c.Mark)
}
