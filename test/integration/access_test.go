package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// securityGroups returns the ids of the VPC's groups by short names such as
// "alb-sg" and "default".
func (d *deployment) securityGroups(t *testing.T) map[string]string {
	t.Helper()
	ids := map[string]string{}
	shorts := []string{"alb-sg", "ecs-sg", "rds-sg"}
	if d.cfg.Network.InterfaceEndpoints {
		shorts = append(shorts, "endpoints-sg")
	}
	found := collect(t, ec2.NewDescribeSecurityGroupsPaginator(d.ec2, &ec2.DescribeSecurityGroupsInput{Filters: d.inVPC()}),
		func(page *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup { return page.SecurityGroups })
	for _, group := range found {
		for _, short := range shorts {
			if aws.ToString(group.GroupName) == d.cfg.Name(short) {
				ids[short] = aws.ToString(group.GroupId)
			}
		}
		if aws.ToString(group.GroupName) == "default" {
			ids["default"] = aws.ToString(group.GroupId)
		}
	}
	require.Len(t, ids, len(shorts)+1, "security groups of %s", d.outputs["vpc_id"])
	return ids
}

func (d *deployment) securityGroupID(t *testing.T, name string) string {
	t.Helper()
	return d.securityGroups(t)[name]
}

func (d *deployment) securityGroupRules(t *testing.T) []ec2types.SecurityGroupRule {
	t.Helper()
	ids := slices.Collect(maps.Values(d.securityGroups(t)))
	return collect(t, ec2.NewDescribeSecurityGroupRulesPaginator(d.ec2, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{filter("group-id", ids...)},
	}), func(page *ec2.DescribeSecurityGroupRulesOutput) []ec2types.SecurityGroupRule {
		return page.SecurityGroupRules
	})
}

func TestSecurityGroups(t *testing.T) {
	d := deployed(t)
	want := []string{
		fmt.Sprintf("ecs-sg lets in tcp %[1]d-%[1]d from alb-sg", d.cfg.Service.ContainerPort),
		fmt.Sprintf("rds-sg lets in tcp %[1]d-%[1]d from ecs-sg", d.cfg.Database.Port),
		"alb-sg lets out everything to 0.0.0.0/0",
		"ecs-sg lets out everything to 0.0.0.0/0",
		"rds-sg lets out everything to 0.0.0.0/0",
	}
	if d.cfg.Network.InterfaceEndpoints {
		want = append(want, "endpoints-sg lets in tcp 443-443 from ecs-sg")
	}
	for _, cidr := range d.cfg.LoadBalancer.IngressCIDRs {
		want = append(want, "alb-sg lets in tcp 80-80 from "+cidr, "alb-sg lets in tcp 443-443 from "+cidr)
	}
	names := map[string]string{}
	for name, id := range d.securityGroups(t) {
		names[id] = name
	}
	var got []string
	for _, rule := range d.securityGroupRules(t) {
		text := ruleText(rule, names)
		assert.Contains(t, want, text, "%s is a rule too many", aws.ToString(rule.SecurityGroupRuleId))
		got = append(got, text)
	}
	assert.ElementsMatch(t, want, got, "rules of %v", names)
}

// ruleText says what a rule lets through, with groups of the VPC by name.
func ruleText(rule ec2types.SecurityGroupRule, names map[string]string) string {
	direction, preposition := "in", "from"
	if aws.ToBool(rule.IsEgress) {
		direction, preposition = "out", "to"
	}
	traffic := "everything"
	if protocol := aws.ToString(rule.IpProtocol); protocol != "-1" {
		traffic = fmt.Sprintf("%s %d-%d", protocol, aws.ToInt32(rule.FromPort), aws.ToInt32(rule.ToPort))
	}
	peer := aws.ToString(rule.CidrIpv4) + aws.ToString(rule.CidrIpv6) + aws.ToString(rule.PrefixListId)
	if group := rule.ReferencedGroupInfo; group != nil {
		peer += aws.ToString(group.GroupId)
		if name, ok := names[peer]; ok {
			peer = name
		}
	}
	return fmt.Sprintf("%s lets %s %s %s %s", names[aws.ToString(rule.GroupId)], direction, traffic, preposition, peer)
}

// secret is the current version of the database's credentials. Its values must
// not get into any message.
type secret struct {
	arn    string
	values map[string]any
}

func (d *deployment) secret(t *testing.T) secret {
	t.Helper()
	return d.labelledSecret(t, "AWSCURRENT")
}

func (d *deployment) labelledSecret(t *testing.T, label string) secret {
	t.Helper()
	name := d.cfg.Name("db-credentials")
	found, err := d.secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{
		SecretId: &name, VersionStage: &label,
	})
	require.NoError(t, err)
	s := secret{arn: aws.ToString(found.ARN)}
	decoder := json.NewDecoder(strings.NewReader(aws.ToString(found.SecretString)))
	decoder.UseNumber()
	if decoder.Decode(&s.values) != nil {
		t.Fatalf("%s does not hold a JSON object", name)
	}
	return s
}

func TestSecret(t *testing.T) {
	d := deployed(t)
	secret := d.secret(t)
	assert.Equal(t, []string{"dbname", "engine", "password", "port", "username"},
		slices.Sorted(maps.Keys(secret.values)), "keys of %s", secret.arn)
	for key, want := range map[string]any{
		"username": d.cfg.Database.Username,
		"engine":   "postgres",
		"port":     json.Number(strconv.Itoa(d.cfg.Database.Port)),
		"dbname":   d.cfg.Database.Name,
	} {
		if secret.values[key] != want {
			t.Errorf("%s: %s is not %v", secret.arn, key, want)
		}
	}
	described, err := d.secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &secret.arn})
	require.NoError(t, err)
	// A secret whose password was never rotated since it had one version only has no other label.
	pending := slices.Contains(slices.Concat(slices.Collect(maps.Values(described.VersionIdsToStages))...), "AWSPENDING")
	if pending && !reflect.DeepEqual(d.labelledSecret(t, "AWSPENDING").values, secret.values) {
		t.Errorf("%s: the newest version is not the current one: a rotation has not ended", secret.arn)
	}
	if password, _ := secret.values["password"].(string); len(password) < 8 {
		t.Errorf("%s: the password has %d characters, and RDS takes 8 or more", secret.arn, len(password))
	}
}

// policy is an IAM policy as far as this program's roles use it.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Principal map[string]oneOrMore
	Action    oneOrMore
	Resource  oneOrMore
	Condition map[string]map[string]oneOrMore
}

// oneOrMore is a list that IAM writes as a string when it has one member.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// parsePolicy decodes a document, which IAM answers URL-encoded.
func parsePolicy(t *testing.T, document *string) policy {
	t.Helper()
	decoded, err := url.PathUnescape(aws.ToString(document))
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(decoded))
	decoder.DisallowUnknownFields() // A NotAction or NotResource must not go unseen.
	var p policy
	require.NoError(t, decoder.Decode(&p), decoded)
	return p
}

func (d *deployment) role(t *testing.T, name string) *types.Role {
	t.Helper()
	found, err := d.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String(d.cfg.Name(name))})
	require.NoError(t, err)
	return found.Role
}

// permissions returns what the inline policies of a role allow.
func (d *deployment) permissions(t *testing.T, role *types.Role) []string {
	t.Helper()
	var all []string
	for _, name := range collect(t, iam.NewListRolePoliciesPaginator(d.iam, &iam.ListRolePoliciesInput{RoleName: role.RoleName}),
		func(page *iam.ListRolePoliciesOutput) []string { return page.PolicyNames }) {
		found, err := d.iam.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: role.RoleName, PolicyName: &name})
		require.NoError(t, err)
		for _, s := range parsePolicy(t, found.PolicyDocument).Statement {
			for _, action := range s.Action {
				for _, resource := range s.Resource {
					all = append(all, fmt.Sprintf("%s %s on %s", s.Effect, action, resource))
				}
			}
		}
	}
	return all
}

// key is the ARN of the environment's own key, or empty.
func (d *deployment) key(t *testing.T) string {
	t.Helper()
	if !d.cfg.Encryption.CustomerManagedKey {
		return ""
	}
	found, err := d.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/" + d.cfg.StackName())})
	require.NoError(t, err)
	return aws.ToString(found.KeyMetadata.Arn)
}

// extraPermissions are what the execution role may do for the chosen options.
func (d *deployment) extraPermissions(t *testing.T) []string {
	t.Helper()
	var all []string
	if key := d.key(t); key != "" {
		all = append(all, "Allow kms:Decrypt on "+key)
	}
	for _, secret := range d.cfg.Service.Secrets {
		arn := "Allow secretsmanager:GetSecretValue on " + strings.Join(strings.SplitN(secret, ":", 8)[:7], ":")
		if !slices.Contains(all, arn) {
			all = append(all, arn)
		}
	}
	return all
}

// taskPermissions are what the API may do for the chosen options: without any,
// nothing.
func (d *deployment) taskPermissions(t *testing.T) []string {
	t.Helper()
	var all []string
	if d.cfg.Service.Tracing {
		all = append(all, "Allow xray:PutTraceSegments on *")
	}
	if !d.cfg.Service.ExecuteCommand {
		return all
	}
	log := aws.ToString(d.logGroup(t, "/ecs/exec/").LogGroupArn) + ":*"
	all = append(all,
		"Allow ssmmessages:CreateControlChannel on *", "Allow ssmmessages:CreateDataChannel on *",
		"Allow ssmmessages:OpenControlChannel on *", "Allow ssmmessages:OpenDataChannel on *",
		"Allow logs:DescribeLogGroups on *",
		"Allow logs:CreateLogStream on "+log, "Allow logs:DescribeLogStreams on "+log, "Allow logs:PutLogEvents on "+log,
	)
	if key := d.key(t); key != "" {
		all = append(all, "Allow kms:Decrypt on "+key)
	}
	return all
}

// TestDeployRole wants the workflows of one branch of one repository, and nobody
// else, to be able to push and deploy images, and to do nothing else.
func TestDeployRole(t *testing.T) {
	d := deployed(t)
	settings := d.cfg.Deployment
	if settings.GitHubRepository == "" {
		return // It is not deployed from GitHub.
	}
	role := d.role(t, "deploy-role")
	assert.Equal(t, d.outputs["deploy_role_arn"], aws.ToString(role.Arn), "deploy_role_arn")
	trust := only(t, parsePolicy(t, role.AssumeRolePolicyDocument).Statement, "who may assume the deploy role")
	assert.Equal(t, oneOrMore{"sts:AssumeRoleWithWebIdentity"}, trust.Action, "how the deploy role is assumed")
	assert.Contains(t, strings.Join(trust.Principal["Federated"], " "), "oidc-provider/token.actions.githubusercontent.com", "who may assume the deploy role")
	assert.Equal(t, map[string]map[string]oneOrMore{"StringEquals": {
		"token.actions.githubusercontent.com:aud": {"sts.amazonaws.com"},
		"token.actions.githubusercontent.com:sub": {"repo:" + settings.GitHubRepository + ":ref:refs/heads/" + settings.GitHubBranch},
	}}, trust.Condition, "who may assume the deploy role")

	repository := aws.ToString(d.repository(t).RepositoryArn)
	task, _, _ := strings.Cut(aws.ToString(d.taskDefinition(t).TaskDefinitionArn), d.cfg.Name("task"))
	assert.ElementsMatch(t, []string{
		"Allow ecr:BatchCheckLayerAvailability on " + repository,
		"Allow ecr:BatchGetImage on " + repository,
		"Allow ecr:CompleteLayerUpload on " + repository,
		"Allow ecr:InitiateLayerUpload on " + repository,
		"Allow ecr:PutImage on " + repository,
		"Allow ecr:UploadLayerPart on " + repository,
		"Allow ecr:GetAuthorizationToken on *",
		"Allow ecs:RegisterTaskDefinition on " + task + d.cfg.Name("task") + ":*",
		"Allow ecs:TagResource on " + task + d.cfg.Name("task") + ":*",
		"Allow ecs:DescribeTaskDefinition on *",
		"Allow ecs:DescribeServices on " + aws.ToString(d.service(t).ServiceArn),
		"Allow ecs:UpdateService on " + aws.ToString(d.service(t).ServiceArn),
		"Allow iam:PassRole on " + aws.ToString(d.role(t, "execution-role").Arn),
		"Allow iam:PassRole on " + aws.ToString(d.role(t, "task-role").Arn),
	}, d.permissions(t, role), "permissions of the deploy role")
}

func TestRoles(t *testing.T) {
	d := deployed(t)
	repository := aws.ToString(d.repository(t).RepositoryArn)
	streams := aws.ToString(d.logGroup(t, "/ecs/").LogGroupArn) + ":log-stream:*"
	for name, want := range map[string][]string{
		"execution-role": append(d.extraPermissions(t),
			"Allow ecr:BatchCheckLayerAvailability on "+repository,
			"Allow ecr:BatchGetImage on "+repository,
			"Allow ecr:GetDownloadUrlForLayer on "+repository,
			"Allow ecr:GetAuthorizationToken on *",
			"Allow logs:CreateLogStream on "+streams,
			"Allow logs:PutLogEvents on "+streams,
			"Allow secretsmanager:GetSecretValue on "+d.secret(t).arn,
		),
		"task-role": d.taskPermissions(t),
	} {
		role := d.role(t, name)
		roleName := aws.ToString(role.RoleName)
		account, err := arn.Parse(aws.ToString(role.Arn))
		require.NoError(t, err)
		assert.Equal(t, []statement{{
			Effect:    "Allow",
			Action:    oneOrMore{"sts:AssumeRole"},
			Principal: map[string]oneOrMore{"Service": {"ecs-tasks.amazonaws.com"}},
			Condition: map[string]map[string]oneOrMore{"StringEquals": {"aws:SourceAccount": {account.AccountID}}},
		}}, parsePolicy(t, role.AssumeRolePolicyDocument).Statement, "who may assume %s", roleName)
		assert.ElementsMatch(t, want, d.permissions(t, role), "permissions of %s", roleName)
		assert.Empty(t, collect(t, iam.NewListAttachedRolePoliciesPaginator(d.iam, &iam.ListAttachedRolePoliciesInput{RoleName: role.RoleName}),
			func(page *iam.ListAttachedRolePoliciesOutput) []types.AttachedPolicy { return page.AttachedPolicies }), "managed policies of %s", roleName)
	}
}
