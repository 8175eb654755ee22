package constructs

import (
	"fmt"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsssmparametersbypath"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecret"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecretversion"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ssmparameter"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// passwordLength is within the 8 to 99 characters that Aurora PostgreSQL takes:
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
	passwordLength = 32
	// recoveryWindowDays is the longest that Secrets Manager offers:
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
	recoveryWindowDays = 30
)

// CredentialsProps configures [Credentials].
type CredentialsProps struct {
	Env Env
	// Settings give the database's user, name and port, and the password's version.
	Settings config.Database
	// Key encrypts the secret.
	Key *EncryptionKey
}

// Credentials is the Secrets Manager secret of the database's administrator. It
// holds JSON with the keys username, password, engine, port and dbname.
//
// The password is generated while Terraform applies and is passed on only
// through ephemeral values and write-only arguments, so that no state, plan or
// synthesised file ever holds it:
// https://developer.hashicorp.com/terraform/language/manage-sensitive-data/ephemeral
//
// A new password is stored with the label AWSPENDING first. It gets AWSCURRENT, which
// tasks read, after the cluster takes it, so that a change that the cluster refuses
// changes nothing for them.
type Credentials struct {
	// Secret is the container that the versions are put into.
	Secret secretsmanagersecret.SecretsmanagerSecret
	// Version is the newest password, which the cluster gets.
	Version secretsmanagersecretversion.SecretsmanagerSecretVersion
	// Current is the same once the cluster takes it.
	Current secretsmanagersecretversion.SecretsmanagerSecretVersion
	// Mark says which version the cluster takes. What needs a password that opens
	// connections depends on it.
	Mark ssmparameter.SsmParameter

	scope    constructs.Construct
	env      Env
	settings config.Database
	key      *EncryptionKey
	stored   string
}

// NewCredentials creates the secret and its newest version. Raising the
// password's version generates a new password.
func NewCredentials(scope constructs.Construct, id string, props CredentialsProps) *Credentials {
	c := &Credentials{scope: constructs.NewConstruct(scope, &id), env: props.Env, settings: props.Settings, key: props.Key}
	recoveryWindow := 0 // A new environment may take the name again at once.
	if props.Env.Protected {
		recoveryWindow = recoveryWindowDays
	}
	c.Secret = secretsmanagersecret.NewSecretsmanagerSecret(c.scope, jsii.String("secret"), &secretsmanagersecret.SecretsmanagerSecretConfig{
		Name:                 jsii.String(props.Env.Name("db-credentials")),
		Description:          jsii.String("Administrator of the Flask API's database"),
		KmsKeyId:             c.key.ARN(),
		RecoveryWindowInDays: jsii.Number(recoveryWindow),
		Lifecycle:            preventDestroyIf(props.Env.Protected),
	})

	password := ephemeral(c.scope, "aws_secretsmanager_random_password", "password", map[string]any{
		"password_length": passwordLength,
		// Letters and digits need no escaping in a connection URL.
		"exclude_punctuation": true,
	})
	database := props.Settings
	c.Version = secretsmanagersecretversion.NewSecretsmanagerSecretVersion(c.scope, jsii.String("version"), &secretsmanagersecretversion.SecretsmanagerSecretVersionConfig{
		SecretId: c.Secret.Id(),
		SecretStringWo: jsii.String(fmt.Sprintf(
			"${jsonencode({username = %q, password = %s.random_password, engine = \"postgres\", port = %d, dbname = %q})}",
			database.Username, password, database.Port, database.Name)),
		SecretStringWoVersion: jsii.Number(database.PasswordVersion),
		VersionStages:         jsii.Strings("AWSPENDING"),
		// The first version of a secret gets AWSCURRENT, too, and AWSPREVIOUS after it:
		// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
		Lifecycle: &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("version_stages")},
	})
	c.stored = ephemeral(c.scope, "aws_secretsmanager_secret_version", "stored", map[string]any{
		"secret_id": c.Version.SecretId(), "version_id": c.Version.VersionId(),
	})
	return c
}

// GiveTo gives the cluster the newest password, then makes it the current one, and then
// writes down that the cluster takes it.
//
// A failing update leaves its arguments in Terraform's state, as if it had succeeded.
// What the cluster takes is therefore remembered outside of the state, by a parameter
// that is written last. Where it is missing or names another version, the password is
// sent again: the arguments that count the attempts get the time of the plan.
func (c *Credentials) GiveTo(scope constructs.Construct, id string, cluster *rdscluster.RdsClusterConfig) rdscluster.RdsCluster {
	path := "/" + c.env.StackName() + "/database"
	name := path + "/password"
	marks := dataawsssmparametersbypath.NewDataAwsSsmParametersByPath(c.scope, jsii.String("marks"), &dataawsssmparametersbypath.DataAwsSsmParametersByPathConfig{
		Path:           &path, // By its name, one that is missing would be an error.
		WithDecryption: jsii.Bool(false),
	})
	version := address(c.Version) + ".version_id"
	mark := c.local("mark", fmt.Sprintf("try(jsondecode(nonsensitive(zipmap(%[1]s.names, %[1]s.values)[%[2]q])), {})",
		"data."+*marks.TerraformResourceType()+"."+*marks.FriendlyUniqueId(), name))
	now := c.local("now", `tonumber(formatdate("YYYYMMDDhhmmss", plantimestamp()))`)
	attempt := c.local("attempt", fmt.Sprintf(`try(%[1]s.secret_version, "") == %[2]s ? try(%[1]s.attempt + 0, %[3]s) : %[3]s`, mark, version, now))
	number := cdktf.Token_AsNumber("${" + attempt + "}")

	cluster.MasterPasswordWo = jsii.String(fmt.Sprintf("${jsondecode(%s.secret_string)[\"password\"]}", c.stored))
	cluster.MasterPasswordWoVersion = number
	// The password comes at once in any case, but only with this the provider waits until
	// it opens connections.
	cluster.ApplyImmediately = jsii.Bool(true)
	made := rdscluster.NewRdsCluster(scope, &id, cluster)

	c.Current = secretsmanagersecretversion.NewSecretsmanagerSecretVersion(c.scope, jsii.String("current"), &secretsmanagersecretversion.SecretsmanagerSecretVersionConfig{
		SecretId:              c.Secret.Id(),
		SecretStringWo:        jsii.String(fmt.Sprintf("${%s.secret_string}", c.stored)),
		SecretStringWoVersion: number,
		// A value that somebody puts into the secret takes the label away.
		VersionStages: jsii.Strings("AWSCURRENT"),
		DependsOn:     &[]cdktf.ITerraformDependable{made},
	})
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
func (c *Credentials) local(id, expression string) string {
	name := *c.scope.Node().Id() + "_" + id
	cdktf.TerraformStack_Of(c.scope).AddOverride(jsii.String("locals."+name), "${"+expression+"}")
	return "local." + name
}

// GrantRead gives the service's tasks the current password when they start, and lets
// them read this secret and no other. The password's version is a variable, so that a
// new one starts new tasks:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
//
// Secrets Manager uses a key of the account's own in the name of whoever reads, and
// tells KMS for which secret:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
func (c *Credentials) GrantRead(service *Service) {
	arn := *c.Secret.Arn()
	service.AddSecret("DB_PASSWORD", arn+":password::")
	version := strconv.Itoa(c.settings.PasswordVersion)
	service.AddEnvironment("DB_ROTATION", version)
	service.WaitFor(c.Mark)
	if service.images == config.ImagesExternal {
		// The service runs the pipeline's definition, which does not change. Its tasks start
		// anew and read the secret.
		service.Service.SetForceNewDeployment(jsii.Bool(true))
		service.Service.SetTriggers(&map[string]*string{"password_version": jsii.String(version)})
	}
	service.ExecutionRole.Grant("read_credentials", append([]Statement{{
		Sid:      "ReadDatabaseCredentials",
		Action:   []string{"secretsmanager:GetSecretValue"},
		Resource: []string{arn},
	}}, c.key.decryption("DecryptDatabaseCredentials", stringEquals("kms:EncryptionContext:SecretARN", arn))...)...)
}

// ephemeral declares a Terraform ephemeral resource, for which CDKTF has no
// class, and returns its address.
func ephemeral(scope constructs.Construct, resourceType, id string, attributes map[string]any) string {
	address := fmt.Sprintf("ephemeral.%s.%s_%s", resourceType, *scope.Node().Id(), id)
	cdktf.TerraformStack_Of(scope).AddOverride(&address, attributes)
	return address
}
