package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmsalias"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"

	"flask-api/config"
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
	// Config gives the region, the protection and the names.
	Config config.Config
	// Caller is the account that owns the key.
	Caller dataawscalleridentity.DataAwsCallerIdentity
	// Name is the key's resource name. Empty is the key of all that holds data,
	// which a protected environment does not delete.
	Name string
}

// EncryptionKey is a customer-managed KMS key for everything of the environment
// that holds data. A nil one stands for the keys that AWS manages.
type EncryptionKey struct {
	// Key is what data is encrypted with. It is rotated every year.
	Key kmskey.KmsKey

	config    config.Config
	account   string
	partition string
	kept      bool
	alarms    bool
	logGroups []string // ARNs of those that are encrypted with the key
}

// NewEncryptionKey creates the key and its alias, `alias/flask-api-<suffix>`, or
// `alias/flask-api-<name>-<suffix>` with a name.
func NewEncryptionKey(scope constructs.Construct, id string, props EncryptionKeyProps) *EncryptionKey {
	scope = constructs.NewConstruct(scope, &id)
	k := &EncryptionKey{
		config: props.Config, account: *props.Caller.AccountId(), partition: partition(scope),
		kept: props.Config.Protected && props.Name == "",
	}
	name, alias, purpose := "key", k.config.StackName(), "Data"
	if props.Name != "" {
		name, alias, purpose = props.Name, k.config.Name(props.Name), "Alarms"
	}
	deletionDays := shortestDeletionDays
	if k.kept {
		deletionDays = longestDeletionDays
	}
	k.Key = kmskey.NewKmsKey(scope, jsii.String("key"), &kmskey.KmsKeyConfig{
		Description:          jsii.String(purpose + " of the Flask API in " + k.config.StackName()),
		Policy:               jsii.String(k.policy()),
		EnableKeyRotation:    jsii.Bool(true),
		DeletionWindowInDays: jsii.Number(deletionDays),
		Tags:                 nameTag(k.config, name),
		Lifecycle:            keepIf(k.kept),
	})
	kmsalias.NewKmsAlias(scope, jsii.String("alias"), &kmsalias.KmsAliasConfig{
		Name:        jsii.String("alias/" + alias),
		TargetKeyId: k.Key.KeyId(),
	})
	return k
}

// ARN is the key's, or nil for the keys that AWS manages.
func (k *EncryptionKey) ARN() *string {
	if k == nil {
		return nil
	}
	return k.Key.Arn()
}

// AllowLogGroup lets CloudWatch Logs use the key for the log group of the name. It
// takes a name, because AWS wants the key to allow the group before it exists.
func (k *EncryptionKey) AllowLogGroup(name string) {
	if k == nil {
		return
	}
	k.logGroups = append(k.logGroups, strings.Join([]string{
		"arn", k.partition, "logs", k.config.Region, k.account, "log-group", name,
	}, ":"))
	k.Key.SetPolicy(jsii.String(k.policy()))
}

// AllowAlarms lets the account's CloudWatch alarms use the key to publish to a
// topic that it encrypts:
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
func (k *EncryptionKey) AllowAlarms() {
	k.alarms = true
	k.Key.SetPolicy(jsii.String(k.policy()))
}

// keyStatement is a statement of a key policy. In one, the resource `*` is the key
// that has the policy.
type keyStatement struct {
	Sid, Effect string
	Principal   map[string]string
	Action      []string
	Resource    string
	Condition   map[string]map[string][]string `json:",omitempty"`
}

// policy gives the use of the key to the account, whose IAM policies share it out
// further, and to CloudWatch Logs for the log groups only:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
//
// RDS, Secrets Manager and ECR need no statement: they use the key in the name of
// their caller, or through grants that whoever creates the resource gives them.
func (k *EncryptionKey) policy() string {
	statements := []keyStatement{{
		Sid:       "LetTheAccountShareItOut",
		Effect:    "Allow",
		Principal: map[string]string{"AWS": "arn:" + k.partition + ":iam::" + k.account + ":root"},
		Action:    []string{"kms:*"},
		Resource:  "*",
	}}
	if len(k.logGroups) > 0 {
		statements = append(statements, keyStatement{
			Sid:       "EncryptTheLogGroups",
			Effect:    "Allow",
			Principal: map[string]string{"Service": "logs." + k.config.Region + ".amazonaws.com"},
			Action:    []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
			Resource:  "*",
			Condition: map[string]map[string][]string{"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": k.logGroups}},
		})
	}
	if k.alarms {
		statements = append(statements, keyStatement{
			Sid:       "PublishAlarms",
			Effect:    "Allow",
			Principal: map[string]string{"Service": alarmsService},
			Action:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
			Resource:  "*",
			Condition: map[string]map[string][]string{"StringEquals": {"aws:SourceAccount": {k.account}}},
		})
	}
	if k.kept {
		// Terraform does not ask `prevent_destroy` about a resource that the
		// configuration no longer has, such as a key that was switched off:
		// https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
		statements = append(statements, keyStatement{
			Sid:       "RefuseTheDeletion",
			Effect:    "Deny",
			Principal: map[string]string{"AWS": "*"},
			Action:    []string{"kms:ScheduleKeyDeletion"},
			Resource:  "*",
		})
	}
	return mustJSON(map[string]any{"Version": "2012-10-17", "Statement": statements})
}

// partition is the part of AWS that the region belongs to, such as "aws" or
// "aws-us-gov", which every ARN names.
func partition(scope constructs.Construct) string {
	return *dataawspartition.NewDataAwsPartition(scope, jsii.String("partition"), &dataawspartition.DataAwsPartitionConfig{}).Partition()
}
