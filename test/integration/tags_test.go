package integration

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTags asks each service for the tags of its own resources, which shows a
// tag that is set at once; AWS's tagging API follows only after a while.
func TestTags(t *testing.T) {
	d := deployed(t)
	found := map[string]map[string]string{}
	maps.Copy(found, d.networkTags(t))
	maps.Copy(found, d.loadBalancerTags(t))
	maps.Copy(found, d.serviceTags(t))
	maps.Copy(found, d.databaseTags(t))
	maps.Copy(found, d.otherTags(t))
	for resource, tags := range found {
		for key, want := range d.cfg.Tags {
			got, ok := tags[key]
			if assert.True(t, ok, "%s has no tag %s", resource, key) {
				assert.Equal(t, want, got, "tag %s of %s", key, resource)
			}
		}
	}
	t.Logf("%d resources carry the tags", len(found))
}

// tagMap makes a map of a service's list of tags. Each service has a type of its
// own for a pair of Key and Value.
func tagMap(t *testing.T, tags any) map[string]string {
	t.Helper()
	encoded, err := json.Marshal(tags)
	require.NoError(t, err)
	var pairs []struct{ Key, Value string }
	require.NoError(t, json.Unmarshal(encoded, &pairs))
	m := map[string]string{}
	for _, pair := range pairs {
		m[pair.Key] = pair.Value
	}
	return m
}

func (d *deployment) networkTags(t *testing.T) map[string]map[string]string {
	t.Helper()
	ids := slices.Concat(
		[]string{d.outputs["vpc_id"], aws.ToString(d.internetGateway(t).InternetGatewayId)},
		values(d.allSubnets(t), subnetID),
		slices.Collect(maps.Values(d.securityGroups(t))),
		values(d.securityGroupRules(t), func(r ec2types.SecurityGroupRule) string { return aws.ToString(r.SecurityGroupRuleId) }),
		values(d.endpoints(t), func(e ec2types.VpcEndpoint) string { return aws.ToString(e.VpcEndpointId) }),
		values(d.flowLogs(t), func(l ec2types.FlowLog) string { return aws.ToString(l.FlowLogId) }),
	)
	for _, table := range d.routeTables(t) {
		ids = append(ids, aws.ToString(table.RouteTableId))
	}
	for _, nat := range d.natGateways(t) {
		ids = append(ids, aws.ToString(nat.NatGatewayId))
		for _, address := range nat.NatGatewayAddresses {
			ids = append(ids, aws.ToString(address.AllocationId))
		}
	}
	found := map[string]map[string]string{}
	for _, id := range ids {
		found[id] = map[string]string{}
	}
	for _, tag := range collect(t, ec2.NewDescribeTagsPaginator(d.ec2, &ec2.DescribeTagsInput{
		Filters: []ec2types.Filter{filter("resource-id", ids...)},
	}), func(page *ec2.DescribeTagsOutput) []ec2types.TagDescription { return page.Tags }) {
		found[aws.ToString(tag.ResourceId)][aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return found
}

func (d *deployment) loadBalancerTags(t *testing.T) map[string]map[string]string {
	t.Helper()
	arns := []string{aws.ToString(d.loadBalancer(t).LoadBalancerArn), aws.ToString(d.targetGroup(t).TargetGroupArn)}
	for _, listener := range d.listeners(t) {
		arns = append(arns, aws.ToString(listener.ListenerArn))
	}
	answer, err := d.elb.DescribeTags(t.Context(), &elb.DescribeTagsInput{ResourceArns: arns})
	require.NoError(t, err)
	assert.Len(t, answer.TagDescriptions, len(arns), "tags of %v", arns)
	found := map[string]map[string]string{}
	for _, resource := range answer.TagDescriptions {
		found[aws.ToString(resource.ResourceArn)] = tagMap(t, resource.Tags)
	}
	return found
}

func (d *deployment) serviceTags(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for _, arn := range []*string{d.cluster(t).ClusterArn, d.service(t).ServiceArn, d.taskDefinition(t).TaskDefinitionArn} {
		answer, err := d.ecs.ListTagsForResource(t.Context(), &ecs.ListTagsForResourceInput{ResourceArn: arn})
		require.NoError(t, err, *arn)
		found[*arn] = tagMap(t, answer.Tags)
	}
	target := d.scalableTarget(t).ScalableTargetARN
	answer, err := d.autoscaling.ListTagsForResource(t.Context(), &applicationautoscaling.ListTagsForResourceInput{ResourceARN: target})
	require.NoError(t, err)
	found[*target] = answer.Tags
	return found
}

func (d *deployment) databaseTags(t *testing.T) map[string]map[string]string {
	t.Helper()
	group, err := d.rds.DescribeDBClusterParameterGroups(t.Context(), &rds.DescribeDBClusterParameterGroupsInput{
		DBClusterParameterGroupName: aws.String(d.cfg.Name("aurora-pg")),
	})
	require.NoError(t, err)
	arns := []*string{
		d.database(t).DBClusterArn,
		d.subnetGroup(t).DBSubnetGroupArn,
		only(t, group.DBClusterParameterGroups, d.cfg.Name("aurora-pg")).DBClusterParameterGroupArn,
	}
	for _, instance := range slices.DeleteFunc(d.instances(t), scaled) {
		arns = append(arns, instance.DBInstanceArn)
	}
	found := map[string]map[string]string{}
	for _, arn := range arns {
		answer, err := d.rds.ListTagsForResource(t.Context(), &rds.ListTagsForResourceInput{ResourceName: arn})
		require.NoError(t, err, aws.ToString(arn))
		found[*arn] = tagMap(t, answer.TagList)
	}
	return found
}

// otherTags are those of the repository, the log groups, the secret and the roles.
func (d *deployment) otherTags(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	repository := d.repository(t).RepositoryArn
	images, err := d.ecr.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: repository})
	require.NoError(t, err)
	found[*repository] = tagMap(t, images.Tags)

	for _, path := range []string{"/ecs/", "/aws/alb/"} {
		group := d.logGroup(t, path).LogGroupArn
		answer, err := d.logs.ListTagsForResource(t.Context(), &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: group})
		require.NoError(t, err, *group)
		found[*group] = answer.Tags
	}

	secret, err := d.secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String(d.cfg.Name("db-credentials"))})
	require.NoError(t, err)
	found[*secret.ARN] = tagMap(t, secret.Tags)

	for _, name := range []string{"execution-role", "task-role"} {
		role := d.role(t, name)
		tags := collect(t, iam.NewListRoleTagsPaginator(d.iam, &iam.ListRoleTagsInput{RoleName: role.RoleName}),
			func(page *iam.ListRoleTagsOutput) []iamtypes.Tag { return page.Tags })
		found[*role.Arn] = tagMap(t, tags)
	}
	return found
}
