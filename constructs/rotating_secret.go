package constructs

import (
	"fmt"
	"strconv"

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

// rotatingSecretProps configures a [rotatingSecret].
type rotatingSecretProps struct {
	Env Env
	// Settings give the database's name and port, and the password's version.
	Settings config.Database
	// Key encrypts the secret.
	Key *EncryptionKey
	// Name is the secret's resource name, and Description says whose it is.
	Name, Description string
	// Username is who logs in with it.
	Username string
}

// rotatingSecret is a Secrets Manager secret with a password of the database. It holds
// JSON with the keys username, password, engine, port and dbname.
//
// The password is generated while Terraform applies and is passed on only
// through ephemeral values and write-only arguments, so that no state, plan or
// synthesised file ever holds it:
// https://developer.hashicorp.com/terraform/language/manage-sensitive-data/ephemeral
//
// A new password is stored with the label AWSPENDING first. It gets AWSCURRENT, which
// tasks read, once the database takes it.
type rotatingSecret struct {
	// Secret is the container that the versions are put into.
	Secret secretsmanagersecret.SecretsmanagerSecret
	// Version is the newest password, which the database gets.
	Version secretsmanagersecretversion.SecretsmanagerSecretVersion
	// Current is the same once the database takes it.
	Current secretsmanagersecretversion.SecretsmanagerSecretVersion

	scope  constructs.Construct
	key    *EncryptionKey
	stored string
}

// newRotatingSecret creates the secret and its newest version.
func newRotatingSecret(scope constructs.Construct, id string, props rotatingSecretProps) *rotatingSecret {
	s := &rotatingSecret{scope: constructs.NewConstruct(scope, &id), key: props.Key}
	recoveryWindow := 0 // A new environment may take the name again at once.
	if props.Env.Protected {
		recoveryWindow = recoveryWindowDays
	}
	s.Secret = secretsmanagersecret.NewSecretsmanagerSecret(s.scope, jsii.String("secret"), &secretsmanagersecret.SecretsmanagerSecretConfig{
		Name:                 jsii.String(props.Env.Name(props.Name)),
		Description:          jsii.String(props.Description),
		KmsKeyId:             s.key.ARN(),
		RecoveryWindowInDays: jsii.Number(recoveryWindow),
		Lifecycle:            preventDestroyIf(props.Env.Protected),
	})

	password := s.ephemeral("aws_secretsmanager_random_password", "password", map[string]any{
		"password_length": passwordLength,
		// Letters and digits need no escaping in a connection URL.
		"exclude_punctuation": true,
	})
	database := props.Settings
	s.Version = secretsmanagersecretversion.NewSecretsmanagerSecretVersion(s.scope, jsii.String("version"), &secretsmanagersecretversion.SecretsmanagerSecretVersionConfig{
		SecretId: s.Secret.Id(),
		SecretStringWo: jsii.String(fmt.Sprintf(
			"${jsonencode({username = %q, password = %s.random_password, engine = \"postgres\", port = %d, dbname = %q})}",
			props.Username, password, database.Port, database.Name)),
		SecretStringWoVersion: jsii.Number(database.PasswordVersion),
		VersionStages:         jsii.Strings("AWSPENDING"),
		// The first version of a secret gets AWSCURRENT, too, and AWSPREVIOUS after it:
		// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
		Lifecycle: &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("version_stages")},
	})
	s.stored = s.ephemeral("aws_secretsmanager_secret_version", "stored", map[string]any{
		"secret_id": s.Version.SecretId(), "version_id": s.Version.VersionId(),
	})
	return s
}

// makeCurrent gives tasks the newest password, after what the database takes it by. The
// number is another one for each password.
func (s *rotatingSecret) makeCurrent(number *float64, after cdktf.ITerraformDependable) {
	s.Current = secretsmanagersecretversion.NewSecretsmanagerSecretVersion(s.scope, jsii.String("current"), &secretsmanagersecretversion.SecretsmanagerSecretVersionConfig{
		SecretId:              s.Secret.Id(),
		SecretStringWo:        jsii.String(fmt.Sprintf("${%s.secret_string}", s.stored)),
		SecretStringWoVersion: number,
		// A value that somebody puts into the secret takes the label away.
		VersionStages: jsii.Strings("AWSCURRENT"),
		DependsOn:     &[]cdktf.ITerraformDependable{after},
	})
}

// grantRead gives the service's tasks the current password when they start, after the
// database takes it, and lets them read this secret and no other. The password's version
// is a variable, so that a new one starts new tasks:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
//
// The policy has an id of its own for each secret: where another one takes its place, tasks
// may read the one before until they are replaced.
func (s *rotatingSecret) grantRead(id string, service *Service, passwordVersion int, taken cdktf.ITerraformDependable) {
	version := strconv.Itoa(passwordVersion)
	service.AddEnvironment("DB_ROTATION", version)
	service.WaitFor(taken)
	if service.images == config.ImagesExternal {
		// The service runs the pipeline's definition, which does not change. Its tasks start
		// anew and read the secret.
		service.startAnewFor(version)
	}
	service.ExecutionRole.Grant(id, s.reading()...)
}

// variables are those of the login and its current password.
func (s *rotatingSecret) variables() []secretVariable {
	arn := *s.Secret.Arn()
	return []secretVariable{{"DB_USER", arn + ":username::"}, {"DB_PASSWORD", arn + ":password::"}}
}

// reading are the statements that allow to read this secret and no other.
//
// Secrets Manager uses a key of the account's own in the name of whoever reads, and
// tells KMS for which secret:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
func (s *rotatingSecret) reading() []Statement {
	arn := *s.Secret.Arn()
	return append([]Statement{{
		Sid:      "ReadDatabaseCredentials",
		Action:   []string{"secretsmanager:GetSecretValue"},
		Resource: []string{arn},
	}}, s.key.decryption("DecryptDatabaseCredentials", stringEquals("kms:EncryptionContext:SecretARN", arn))...)
}

// ephemeral declares a Terraform ephemeral resource, for which CDKTF has no
// class, and returns its address.
func (s *rotatingSecret) ephemeral(resourceType, id string, attributes map[string]any) string {
	address := fmt.Sprintf("ephemeral.%s.%s_%s", resourceType, *s.scope.Node().Id(), id)
	cdktf.TerraformStack_Of(s.scope).AddOverride(&address, attributes)
	return address
}
