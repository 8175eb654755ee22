package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmsalias"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// The shortest and the longest time between the decision to delete a key and its
// deletion, in which it can be taken back:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const (
	shortestDeletionDays = 7
	longestDeletionDays  = 30
)

// EncryptionKeyProps configures an [EncryptionKey].
type EncryptionKeyProps struct {
	Env Env
	// Name is the key's resource name. The key without a name encrypts all data, and a
	// protected environment does not delete it.
	Name string
}

// EncryptionKey is a customer-managed KMS key for everything of the environment
// that holds data, or stands for the keys that AWS manages.
type EncryptionKey struct {
	// Key is what data is encrypted with. It is rotated every year. The keys that AWS
	// manages are none of the stack.
	Key kmskey.KmsKey

	env       Env
	retained  bool
	alarms    bool
	logGroups []string // ARNs of those that are encrypted with the key
}

// AWSManagedKeys stands for the keys that AWS manages, each service its own. It
// creates nothing.
func AWSManagedKeys() *EncryptionKey { return &EncryptionKey{} }

// NewEncryptionKey creates the key and its alias, `alias/<name>-<suffix>`, or
// `alias/<name>-<Name>-<suffix>` with a Name of its own.
func NewEncryptionKey(scope constructs.Construct, id string, props EncryptionKeyProps) *EncryptionKey {
	scope = constructs.NewConstruct(scope, &id)
	env := props.Env
	k := &EncryptionKey{env: env, retained: env.Protected && props.Name == ""}
	name, alias, purpose := "key", env.StackName(), "Data"
	if props.Name != "" {
		name, alias, purpose = props.Name, env.Name(props.Name), "Alarms"
	}
	deletionDays := shortestDeletionDays
	if k.retained {
		deletionDays = longestDeletionDays
	}
	k.Key = kmskey.NewKmsKey(scope, jsii.String("key"), &kmskey.KmsKeyConfig{
		Description:          jsii.String(purpose + " of the " + env.API() + " in " + env.StackName()),
		Policy:               k.policy().text(),
		EnableKeyRotation:    jsii.Bool(true),
		DeletionWindowInDays: jsii.Number(deletionDays),
		Tags:                 env.NameTag(name),
		Lifecycle:            preventDestroyIf(k.retained),
	})
	kmsalias.NewKmsAlias(scope, jsii.String("alias"), &kmsalias.KmsAliasConfig{
		Name:        jsii.String("alias/" + alias),
		TargetKeyId: k.Key.KeyId(),
	})
	return k
}

// rememberKey makes the plan fail that turns a customer-managed key off. The state
// remembers the key: where none is wanted, what it remembers is left alone and looked at.
func rememberKey(scope constructs.Construct, id string, customerManaged bool) {
	const own, others = "customer-managed", "AWS-managed"
	memory := &cdktf.TerraformResourceConfig{TerraformResourceType: jsii.String("terraform_data")}
	input := own
	if !customerManaged {
		input = others
		memory.Lifecycle = &cdktf.TerraformResourceLifecycle{
			IgnoreChanges: jsii.Strings("input"),
			Postcondition: &[]*cdktf.Postcondition{{
				Condition: `${self.input != "` + own + `"}`,
				ErrorMessage: jsii.String("Encryption.CustomerManagedKey cannot be turned off: AWS does not encrypt the database, the images and " +
					"the logs again with another key, so that they would be lost with this one. Set it to true again; for the keys that AWS manages, " +
					"make a new environment: see “Turn logs and the key off” in docs/operations.md."),
			}},
		}
	}
	cdktf.NewTerraformResource(scope, &id, memory).AddOverride(jsii.String("input"), input)
}

// CustomerManaged tells whether the key is one of the account, whose policy decides
// who uses it.
func (k *EncryptionKey) CustomerManaged() bool { return k.Key != nil }

// ARN is the key's, or nil for the keys that AWS manages, which is how AWS's services
// are told to use theirs.
func (k *EncryptionKey) ARN() *string {
	if !k.CustomerManaged() {
		return nil
	}
	return k.Key.Arn()
}

// decryption is the statement that allows to decrypt with the key. The keys that AWS
// manages need none.
func (k *EncryptionKey) decryption(sid string, condition Condition) []Statement {
	if !k.CustomerManaged() {
		return nil
	}
	return []Statement{{Sid: sid, Action: []string{"kms:Decrypt"}, Resource: []string{*k.ARN()}, Condition: condition}}
}

// through is the statement that allows to use the key by way of a service of AWS alone. The
// keys that AWS manages need none.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func (k *EncryptionKey) through(service string, actions ...string) []Statement {
	if !k.CustomerManaged() {
		return nil
	}
	return []Statement{{
		Sid: "UseTheKey", Action: actions, Resource: []string{*k.ARN()},
		Condition: stringEquals("kms:ViaService", strings.Join([]string{service, k.env.Region, k.env.partition().DNSSuffix}, ".")),
	}}
}

// AllowLogGroup lets CloudWatch Logs use the key for the log group of the name. It
// takes a name, because AWS wants the key to allow the group before it exists. The
// keys that AWS manages allow every group.
func (k *EncryptionKey) AllowLogGroup(name string) {
	if !k.CustomerManaged() {
		return
	}
	k.logGroups = append(k.logGroups, k.env.ARN("logs", "log-group:"+name))
	k.Key.SetPolicy(k.policy().text())
}

// AllowAlarms lets the account's CloudWatch alarms use the key to publish to a
// topic that it encrypts:
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
func (k *EncryptionKey) AllowAlarms() {
	k.alarms = true
	k.Key.SetPolicy(k.policy().text())
}

// policy lets the account use the key, whose IAM policies grant it further, and
// CloudWatch Logs for the log groups only:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
//
// RDS, Secrets Manager and ECR need no statement: they use the key in the name of
// their caller, or through grants that whoever creates the resource gives them.
func (k *EncryptionKey) policy() Policy {
	statements := Policy{{
		Sid: "LetTheAccountShareItOut", Effect: allow,
		Principal: map[string]string{"AWS": "arn:" + k.env.Partition + ":iam::" + k.env.Account + ":root"},
		Action:    []string{"kms:*"}, Resource: "*",
	}}
	if len(k.logGroups) > 0 {
		statements = append(statements, Statement{
			Sid: "EncryptTheLogGroups", Effect: allow, Principal: serviceOf(k.env, logsService+"."+k.env.Region),
			Action: []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"}, Resource: "*",
			Condition: Condition{"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": k.logGroups}},
		})
	}
	if k.alarms {
		statements = append(statements, Statement{
			Sid: "PublishAlarms", Effect: allow, Principal: serviceOf(k.env, alarmsService),
			Action: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resource: "*",
			Condition: stringEquals("aws:SourceAccount", []string{k.env.Account}),
		})
	}
	if k.retained {
		// Terraform does not ask `prevent_destroy` about a resource that the
		// configuration no longer has, such as a key that was switched off:
		// https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
		statements = append(statements, Statement{
			Sid: "RefuseTheDeletion", Effect: deny, Principal: map[string]string{"AWS": "*"},
			Action: []string{"kms:ScheduleKeyDeletion"}, Resource: "*",
		})
	}
	return statements
}
