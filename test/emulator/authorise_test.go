package emulator

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// accessTexts are the accesses of a call with that input.
func accessTexts(t *testing.T, m *memory, name string, input map[string]any) []string {
	t.Helper()
	service, action, _ := strings.Cut(name, ":")
	var texts []string
	for _, a := range m.accesses(&Call{Service: service, Action: action, Region: "eu-south-1", input: input}) {
		texts = append(texts, a.String())
	}
	return texts
}

func TestAccesses(t *testing.T) {
	const (
		key  = "arn:aws:kms:eu-south-1:123456789012:key/k"
		role = "arn:aws:iam::123456789012:role/flask-api-task"
		alb  = "arn:aws:elasticloadbalancing:eu-south-1:123456789012:loadbalancer/app/flask-api-alb/1"
		acl  = "arn:aws:wafv2:eu-south-1:123456789012:regional/webacl/flask-api-waf/1"
	)
	server := newTestProxy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = io.WriteString(w, `{"KmsKeyId":"`+key+`"}`)
	})
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	m := newMemory("eu-south-1", target)
	const password = "flask-api-db-credentials-dev" //nolint:gosec // Its name.
	for _, test := range []struct {
		name  string
		input map[string]any
		want  []string
	}{
		{"secretsmanager:GetRandomPassword", nil, []string{"secretsmanager:GetRandomPassword on *"}},
		{"sns:Unsubscribe", map[string]any{"SubscriptionArn": "arn:aws:sns:eu-south-1:123456789012:flask-api-alarms:1"}, []string{"sns:Unsubscribe on *"}},
		{"ec2:DescribeVpcs", nil, []string{"ec2:DescribeVpcs"}},
		{"ecs:DeleteService", map[string]any{"cluster": "arn:aws:ecs:eu-south-1:123456789012:cluster/c", "service": "s"}, []string{"ecs:DeleteService on arn:aws:ecs:eu-south-1:123456789012:service/c/s"}},
		{"ecs:RegisterTaskDefinition", map[string]any{"family": "f", "taskRoleArn": role}, []string{
			"ecs:RegisterTaskDefinition on arn:aws:ecs:eu-south-1:123456789012:task-definition/f:emulated", "iam:PassRole on " + role,
		}},
		{"wafv2:AssociateWebACL", map[string]any{"WebACLArn": acl, "ResourceArn": alb}, []string{
			"wafv2:AssociateWebACL on " + alb, "wafv2:AssociateWebACL on " + acl,
			"elasticloadbalancing:CreateWebACLAssociation on " + alb, "elasticloadbalancing:SetWebAcl on *",
		}},
		{"secretsmanager:GetSecretValue", map[string]any{"SecretId": password}, []string{
			"secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-south-1:123456789012:secret:" + password, "kms:Decrypt on " + key,
		}},
		{"rds:DeleteDBCluster", map[string]any{"DBClusterIdentifier": "c", "SkipFinalSnapshot": "true"}, []string{
			"rds:DeleteDBCluster on arn:aws:rds:eu-south-1:123456789012:cluster:c", "rds:DeleteDBInstance",
		}},
		{"ssm:PutParameter", map[string]any{"Name": "/flask-api/dev"}, []string{"ssm:PutParameter on arn:aws:ssm:eu-south-1:123456789012:parameter/flask-api/dev"}},
		{"elasticloadbalancing:CreateTargetGroup", map[string]any{"Name": "t", "Tags": []any{map[string]any{"Key": "k", "Value": "v"}}}, []string{
			"elasticloadbalancing:CreateTargetGroup on arn:aws:elasticloadbalancing:eu-south-1:123456789012:targetgroup/t/emulated",
			"elasticloadbalancing:AddTags on arn:aws:elasticloadbalancing:eu-south-1:123456789012:targetgroup/t/emulated",
		}},
		{"ssm:DescribeParameters", nil, []string{"ssm:DescribeParameters on *"}},
		{"s3:PutObject", map[string]any{"Bucket": "b", "Key": "k/l"}, []string{"s3:PutObject on arn:aws:s3:::b/k/l"}},
	} {
		assert.Equal(t, test.want, accessTexts(t, m, test.name, test.input), test.name)
	}
}

// TestContexts wants a policy to learn what a key is called and tagged, also where a call
// names its alias alone, and what bounds a role.
func TestContexts(t *testing.T) {
	answers := map[string]string{
		"DescribeKey":      `{"KeyMetadata":{"KeyId":"k"}}`,
		"ListResourceTags": `{"Tags":[{"TagKey":"Name","TagValue":"flask-api-key-dev"}]}`,
		"ListAliases":      `{"Aliases":[{"AliasName":"alias/flask-api-dev"}]}`,
	}
	server := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if answers[action] != "" {
			_, _ = io.WriteString(w, answers[action])
			return
		}
		_, _ = io.WriteString(w, `<GetRoleResponse><GetRoleResult><Role><PermissionsBoundary><PermissionsBoundaryArn>boundary</PermissionsBoundaryArn>`+
			`</PermissionsBoundary></Role></GetRoleResult></GetRoleResponse>`)
	})
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	m := newMemory("eu-south-1", target)
	key := map[string]string{"aws:ResourceTag/Name": "flask-api-key-dev", "kms:ResourceAliases": "alias/flask-api-dev"}
	ofService := maps.Clone(key)
	ofService["kms:ViaService"], ofService["kms:GrantIsForAWSResource"] = "rds.eu-south-1.amazonaws.com", "true"
	for _, test := range []struct {
		name  string
		input map[string]any
		want  access
	}{
		{"kms:DeleteAlias", map[string]any{"AliasName": "alias/flask-api-dev"}, access{"kms:DeleteAlias", "arn:aws:kms:eu-south-1:123456789012:key/emulated", key}},
		{"kms:CreateKey", map[string]any{"Tags": []any{map[string]any{"TagKey": "Name", "TagValue": "n"}}}, access{"kms:TagResource", "arn:aws:kms:eu-south-1:123456789012:key/emulated", map[string]string{"aws:RequestTag/Name": "n"}}},
		{"rds:CreateDBCluster", map[string]any{"KmsKeyId": "arn:aws:kms:eu-south-1:123456789012:key/k"}, access{"kms:CreateGrant", "arn:aws:kms:eu-south-1:123456789012:key/k", ofService}},
		{"iam:PutRolePolicy", map[string]any{"RoleName": "r"}, access{"iam:PutRolePolicy", "arn:aws:iam::123456789012:role/r", map[string]string{
			"iam:PermissionsBoundary": "boundary", "iam:PolicyARN": "", "iam:AWSServiceName": "",
		}}},
		{"iam:CreateRole", map[string]any{"RoleName": "r", "PermissionsBoundary": "given"}, access{"iam:CreateRole", "arn:aws:iam::123456789012:role/r", map[string]string{
			"iam:PermissionsBoundary": "given", "iam:PolicyARN": "", "iam:AWSServiceName": "",
		}}},
	} {
		service, action, _ := strings.Cut(test.name, ":")
		assert.Contains(t, m.accesses(&Call{Service: service, Action: action, Region: "eu-south-1", input: test.input}), test.want, test.name)
	}
}

// TestCopyAccesses wants a blue/green deployment to need what its source has.
func TestCopyAccesses(t *testing.T) {
	const (
		key  = "arn:aws:kms:eu-south-1:123456789012:key/k"
		role = "arn:aws:iam::123456789012:role/flask-api-rds-monitoring-role-dev"
	)
	used := "aws/rds"
	server := newTestProxy(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster><DBClusterIdentifier>c</DBClusterIdentifier><KmsKeyId>"+used+
			"</KmsKeyId></DBCluster></DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>")
	})
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	m := newMemory("eu-south-1", target)
	needed := func() []access {
		call := &Call{Service: "rds", Action: "CreateBlueGreenDeployment", Region: "eu-south-1"}
		return m.copyAccesses(call, map[string][]string{"Source": {"arn:aws:rds:eu-south-1:123456789012:cluster:c"}})
	}
	assert.Empty(t, needed())
	used, m.rds.clusters["c"] = key, map[string]string{"MonitoringRoleArn": role}
	ofService := map[string]string{"kms:ViaService": "rds.eu-south-1.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
	assert.Equal(t, []access{
		{"iam:PassRole", role, map[string]string{"iam:PassedToService": "rds.amazonaws.com"}}, //nolint:gosec // The name of an action.
		{"kms:CreateGrant", key, ofService}, {"kms:Decrypt", key, ofService}, {"kms:DescribeKey", key, ofService}, {"kms:GenerateDataKey", key, ofService},
	}, needed())
}

// TestNetworkAccesses wants what EC2 is asked to change, and to create, with the tags that
// decide.
func TestNetworkAccesses(t *testing.T) {
	server := newTestProxy(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<DescribeTagsResponse><tagSet><item><key>Name</key><value>flask-api-vpc-dev</value></item></tagSet></DescribeTagsResponse>`)
	})
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	m := newMemory("eu-south-1", target)
	const arn = "arn:aws:ec2:eu-south-1:123456789012:"
	owned := map[string]string{"aws:ResourceTag/Name": "flask-api-vpc-dev"}
	tags := []any{map[string]any{"Key": "Name", "Value": "n"}}
	for _, test := range []struct {
		action string
		input  map[string]any
		want   []access
	}{
		{"DeleteVpc", map[string]any{"VpcId": "vpc-01"}, []access{{"ec2:DeleteVpc", arn + "vpc/vpc-01", owned}}},
		{"CreateSubnet", map[string]any{"VpcId": "vpc-01", "TagSpecifications": []any{map[string]any{"ResourceType": "subnet", "Tags": tags}}}, []access{
			{"ec2:CreateSubnet", arn + "subnet/*", map[string]string{"aws:RequestTag/Name": "n"}},
			{"ec2:CreateSubnet", arn + "vpc/vpc-01", owned},
			{"ec2:CreateTags", arn + "subnet/*", map[string]string{"aws:RequestTag/Name": "n", "ec2:CreateAction": "CreateSubnet"}},
		}},
		{"CreateTags", map[string]any{"Resources": []any{"sg-01"}, "Tags": tags}, []access{
			{"ec2:CreateTags", arn + "security-group/sg-01", map[string]string{"aws:RequestTag/Name": "n", "aws:ResourceTag/Name": "flask-api-vpc-dev"}},
		}},
		{"RevokeSecurityGroupEgress", map[string]any{"GroupId": "sg-01", "SecurityGroupRuleIds": []any{"sgr-01"}}, []access{
			{"ec2:RevokeSecurityGroupEgress", arn + "security-group/sg-01", owned},
		}},
		{"DisassociateRouteTable", map[string]any{"AssociationId": "rtbassoc-01"}, []access{{"ec2:DisassociateRouteTable", "", nil}}},
	} {
		assert.Equal(t, test.want, m.accesses(&Call{Service: "ec2", Action: test.action, Region: "eu-south-1", input: test.input}), test.action)
	}
}

func TestRolesUnderstandPolicies(t *testing.T) {
	role, err := NewRole("r", []byte(`{"Statement":[
		{"Effect":"Allow","Action":["iam:PassRole","iam:Get*"],"Resource":["arn:aws:iam::*:role/flask-api-?"],"Condition":{"StringEquals":{"iam:PassedToService":["a","b"]}}},
		{"Effect":"Allow","Action":"S3:*","Resource":"*"},
		{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::kept","Condition":{"StringLike":{"kms:ViaService":"secretsmanager.*"}}}]}`))
	require.NoError(t, err)
	passed := map[string]string{"iam:PassedToService": "b"}
	for _, test := range []struct {
		access access
		want   bool
	}{
		{access{"iam:PassRole", "arn:aws:iam::1:role/flask-api-x", passed}, true},
		{access{"iam:getrole", "arn:aws:iam::1:role/flask-api-x", passed}, true},
		{access{"iam:PassRole", "arn:aws:iam::1:role/flask-api-xy", passed}, false},
		{access{"iam:PassRole", "arn:aws:iam::1:role/flask-api-x", map[string]string{"iam:PassedToService": "c"}}, false},
		{access{"iam:PassRole", "arn:aws:iam::1:role/flask-api-x", nil}, false},
		{access{"iam:PassRole", "", passed}, true},
		{access{"s3:DeleteBucket", "arn:aws:s3:::kept", nil}, true},
		{access{"s3:DeleteBucket", "arn:aws:s3:::kept", map[string]string{"kms:ViaService": "secretsmanager.eu-south-1.amazonaws.com"}}, false},
		{access{"sqs:SendMessage", "*", nil}, false},
	} {
		assert.Equal(t, test.want, role.allows(test.access), "%v", test.access)
	}
	for _, document := range []string{
		`[]`, `{"Statement":[{"Effect":"Allow","NotAction":"*","Resource":"*"}]}`, `{"Statement":[{"Effect":"Allow","Action":["a"],"Resource":{}}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"a":"b"}}}]}`,
	} {
		_, err := NewRole("r", []byte(document))
		assert.ErrorContains(t, err, "a policy of r", document)
	}
}

func TestRefusalsOfEachProtocol(t *testing.T) {
	nobody, err := NewRole("nobody")
	require.NoError(t, err)
	p := newTestProxy(t, answering("moto"))
	p.As(nobody)
	assert.Equal(t, "moto", send(t, p, "sts", "", formType, "Action=GetCallerIdentity"), "everyone may")
	assert.Contains(t, sendRefused(t, p, "ec2", "", formType, "Action=DescribeVpcs"), "<Code>UnauthorizedOperation</Code>")
	assert.Contains(t, sendRefused(t, p, "iam", "", formType, "Action=GetRole"), "<Code>AccessDenied</Code>")
	assert.Contains(t, refusedRequest(t, signed("s3", "PUT", p.URL+"/bucket", "", "", "")), "<Code>AccessDenied</Code>")
	assert.Contains(t, sendRefused(t, p, "ecs", "X.CreateService", jsonType, "{}"), `"__type":"AccessDeniedException"`)
	assert.Equal(t, []string{
		"ec2:DescribeVpcs needs ec2:DescribeVpcs", "iam:GetRole needs iam:GetRole", "s3:CreateBucket needs s3:CreateBucket",
		"ecs:CreateService needs ecs:CreateService",
	}, nobody.Denied())
}

// TestPoliciesNameKnownActions finds misspelt actions of the documented policies, and those
// that are allowed on a resource though AWS knows none for them.
func TestPoliciesNameKnownActions(t *testing.T) {
	known := map[string]bool{}
	for name, action := range reference().Actions {
		known[strings.ToLower(name)] = strings.HasPrefix(name, "ec2:") || len(action.Required)+len(action.Optional) > 0
	}
	paths, err := filepath.Glob("../../docs/*-policy*.json")
	require.NoError(t, err)
	for _, path := range paths {
		if strings.HasSuffix(path, "trust-policy.json") {
			continue
		}
		document, err := os.ReadFile(path) //nolint:gosec // Of the repository.
		require.NoError(t, err)
		role, err := NewRole(path, document)
		require.NoError(t, err)
		for _, s := range role.statements {
			for _, action := range s.Action {
				hasResources, isKnown := known[action]
				assert.True(t, isKnown, "%s: %s", path, action)
				assert.True(t, hasResources || s.Resource.cover("*"), "%s: %s works on no resource, and %s allows it on some", path, action, s.Sid)
			}
		}
	}
}
