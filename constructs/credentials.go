package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecret"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecretversion"
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
type Credentials struct {
	// Secret is the container that the versions are put into.
	Secret secretsmanagersecret.SecretsmanagerSecret
	// Version is the current username and password. What names its id follows a
	// rotation in the same apply.
	Version secretsmanagersecretversion.SecretsmanagerSecretVersion

	scope constructs.Construct
	key   *EncryptionKey
}

// NewCredentials creates the secret and its current version. Raising the
// password's version generates a new password.
func NewCredentials(scope constructs.Construct, id string, props CredentialsProps) *Credentials {
	c := &Credentials{scope: constructs.NewConstruct(scope, &id), key: props.Key}
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
	})
	return c
}

// Password is an ephemeral reference to the password as the secret holds it,
// for a write-only argument.
func (c *Credentials) Password() *string {
	stored := ephemeral(c.scope, "aws_secretsmanager_secret_version", "stored", map[string]any{
		// Through the version, so that the secret is read after it was written.
		"secret_id": c.Version.SecretId(),
	})
	return jsii.String(fmt.Sprintf("${jsondecode(%s.secret_string)[\"password\"]}", stored))
}

// GrantRead gives the service's tasks the password of exactly the current version when
// they start, so that a new version makes a new task definition, and lets them read
// this secret and no other:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
//
// Secrets Manager uses a key of the account's own in the name of whoever reads, and
// tells KMS for which secret:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
func (c *Credentials) GrantRead(service *Service) {
	arn := *c.Secret.Arn()
	service.AddSecret("DB_PASSWORD", arn+":password::"+*c.Version.VersionId())
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
