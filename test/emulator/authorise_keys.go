package emulator

import (
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// contextOf is what AWS tells a policy of an action of the call on a resource, as far as
// policies here ask.
func (m *memory) contextOf(c *Call, values map[string][]string, action, resource string) map[string]string {
	context := map[string]string{}
	service, _, _ := strings.Cut(action, ":")
	switch service {
	case "ecs":
		if cluster := first(values["cluster"]); cluster != "" {
			context["ecs:cluster"] = "arn:aws:ecs:" + c.Region + ":" + account + ":cluster/" + path.Base(cluster)
		}
		if action == "ecs:TagResource" {
			context["ecs:CreateAction"] = c.Action
		}
	case "iam":
		context["iam:PolicyARN"], context["iam:AWSServiceName"] = first(values["PolicyArn"]), first(values["AWSServiceName"])
		if boundary := m.boundary(values); boundary != "" {
			context["iam:PermissionsBoundary"] = boundary
		}
	case "kms":
		if c.Service == "secretsmanager" {
			context["kms:EncryptionContext:SecretARN"] = first(values["SecretId"])
		}
		if c.Service != "kms" {
			context["kms:ViaService"] = c.Service + "." + c.Region + ".amazonaws.com"
			context["kms:GrantIsForAWSResource"] = "true"
		}
		for i, key := range values["TagKey"] {
			context["aws:RequestTag/"+key] = values["TagValue"][i]
		}
		m.describeKey(c.Region, resource, first(values["AliasName"]), context)
	}
	return context
}

// boundary is the permissions boundary that the call gives a role, or that the role has.
func (m *memory) boundary(values map[string][]string) string {
	name := first(values["RoleName"])
	if given := first(values["PermissionsBoundary"]); given != "" || name == "" {
		return given
	}
	role, err := iam.NewFromConfig(m.account).GetRole(background, &iam.GetRoleInput{RoleName: &name})
	if err != nil || role.Role.PermissionsBoundary == nil {
		return "" // A role that is not there is refused by the emulator.
	}
	return aws.ToString(role.Role.PermissionsBoundary.PermissionsBoundaryArn)
}

// describeKey adds the tags and the aliases of a key that is there. A call that names an
// alias alone is about its key, too.
func (m *memory) describeKey(region, resource, alias string, context map[string]string) {
	_, key, _ := strings.Cut(resource, ":key/")
	if key == "emulated" {
		key = alias
	}
	if key == "" { // Not of a key, or of one that is only being created.
		return
	}
	account := m.account.Copy()
	account.Region = region
	client := kms.NewFromConfig(account)
	if described, err := client.DescribeKey(background, &kms.DescribeKeyInput{KeyId: &key}); err == nil && described.KeyMetadata != nil {
		key = *described.KeyMetadata.KeyId
	}
	if tags, err := client.ListResourceTags(background, &kms.ListResourceTagsInput{KeyId: &key}); err == nil {
		for _, tag := range tags.Tags {
			context["aws:ResourceTag/"+*tag.TagKey] = *tag.TagValue
		}
	}
	if aliases, err := client.ListAliases(background, &kms.ListAliasesInput{KeyId: &key}); err == nil && len(aliases.Aliases) > 0 {
		context["kms:ResourceAliases"] = *aliases.Aliases[0].AliasName
	}
}

// secretKey is the ARN of the key that the secret of the call is encrypted with, or empty
// for AWS's own, which everyone in the account may use.
func (m *memory) secretKey(c *Call, values map[string][]string) string {
	if key := keyOf(values); key != "" {
		return key
	}
	account := m.account.Copy()
	account.Region = c.Region
	secret, err := secretsmanager.NewFromConfig(account).DescribeSecret(background, &secretsmanager.DescribeSecretInput{
		SecretId: aws.String(first(values["SecretId"])),
	})
	if err != nil || secret.KmsKeyId == nil {
		return "" // A secret that is not there is refused by the emulator.
	}
	return keyOf(map[string][]string{"KmsKeyId": {*secret.KmsKeyId}})
}

// copyAccesses are what a blue/green deployment needs for a copy that is measured and encrypted
// as its source, which the call does not name: the use of the key, as for a cluster that is
// created, and the role, which is passed to RDS itself. AWS documents neither:
// https://github.com/mitodl/ol-infrastructure/pull/5874
func (m *memory) copyAccesses(c *Call, values map[string][]string) (needed []access) {
	if c.Name() != "rds:CreateBlueGreenDeployment" {
		return nil
	}
	name := nameOf(first(values["Source"]))
	found, err := rds.NewFromConfig(m.of(c)).DescribeDBClusters(background, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if err != nil || len(found.DBClusters) == 0 {
		return nil // A cluster that is not there is refused by the emulator.
	}
	m.mu.Lock()
	role := m.rds.clusters[name]["MonitoringRoleArn"]
	m.mu.Unlock()
	if role != "" {
		needed = append(needed, access{"iam:PassRole", role, map[string]string{"iam:PassedToService": "rds.amazonaws.com"}}) //nolint:gosec // The name of an action.
	}
	if key := keyOf(map[string][]string{"KmsKeyId": {aws.ToString(found.DBClusters[0].KmsKeyId)}}); key != "" {
		for _, action := range []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"} {
			needed = append(needed, access{action, key, m.contextOf(c, values, action, key)})
		}
	}
	return needed
}
