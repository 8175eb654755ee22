package emulator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// Config leads an AWS client past every proxy, straight to the account.
func (e *Emulator) Config() aws.Config {
	return aws.Config{
		Region:       e.Region,
		BaseEndpoint: aws.String(e.moto.String()),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// Leftovers names all that exists in the account and that a destroy of the given
// environment should have deleted, each after its kind. EC2 resources are named by
// their Name tag, as all of a deployment have one.
// AWS itself owns the default VPC, and some records outlive their resource:
// inactive ECS clusters and task definitions, deleted NAT gateways.
func (e *Emulator) Leftovers(ctx context.Context, suffix string) ([]string, error) {
	var left []string
	for kind, list := range kinds {
		names, err := list(ctx, e.Config())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		for _, name := range names {
			// What bears no environment's name may be this one's.
			ours := strings.Contains(name, suffix) || !strings.Contains(name, "flask-api-")
			if ours && !strings.HasPrefix(name, automaticSnapshot) {
				left = append(left, kind+": "+name)
			}
		}
	}
	slices.Sort(left)
	return left, nil
}

// automaticSnapshot begins the names of the snapshots that RDS makes by itself.
// AWS deletes them with their cluster; moto keeps them.
const automaticSnapshot = "rds:"

// kinds list the names of what exists, by kind. A deployment has less than a page
// of each.
var kinds = map[string]func(context.Context, aws.Config) ([]string, error){
	"VPC": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := ec2.NewFromConfig(c).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: filter("is-default", "false")})
		if err != nil {
			return nil, err
		}
		return named(out.Vpcs, func(v ec2types.Vpc) string { return nameTag(v.Tags, v.VpcId) }), nil
	},
	"subnet": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := ec2.NewFromConfig(c).DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: filter("default-for-az", "false")})
		if err != nil {
			return nil, err
		}
		return named(out.Subnets, func(s ec2types.Subnet) string { return nameTag(s.Tags, s.SubnetId) }), nil
	},
	"internet gateway": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := ec2.NewFromConfig(c).DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{})
		if err != nil {
			return nil, err
		}
		return named(out.InternetGateways, func(g ec2types.InternetGateway) string { return nameTag(g.Tags, g.InternetGatewayId) }), nil
	},
	"NAT gateway": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := ec2.NewFromConfig(c).DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{
			Filter: filter("state", "pending", "available", "deleting"),
		})
		if err != nil {
			return nil, err
		}
		return named(out.NatGateways, func(g ec2types.NatGateway) string { return nameTag(g.Tags, g.NatGatewayId) }), nil
	},
	"Elastic IP": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := ec2.NewFromConfig(c).DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
		if err != nil {
			return nil, err
		}
		return named(out.Addresses, func(a ec2types.Address) string { return nameTag(a.Tags, a.AllocationId) }), nil
	},
	"load balancer": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := elb.NewFromConfig(c).DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{})
		if err != nil {
			return nil, err
		}
		return named(out.LoadBalancers, func(b elbtypes.LoadBalancer) string { return *b.LoadBalancerName }), nil
	},
	"target group": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := elb.NewFromConfig(c).DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.TargetGroups, func(g elbtypes.TargetGroup) string { return *g.TargetGroupName }), nil
	},
	"role": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := iam.NewFromConfig(c).ListRoles(ctx, &iam.ListRolesInput{})
		if err != nil {
			return nil, err
		}
		return named(out.Roles, func(r iamtypes.Role) string { return *r.RoleName }), nil
	},
	"Aurora cluster": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := rds.NewFromConfig(c).DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{})
		if err != nil {
			return nil, err
		}
		return named(out.DBClusters, func(c rdstypes.DBCluster) string { return *c.DBClusterIdentifier }), nil
	},
	"Aurora instance": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := rds.NewFromConfig(c).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
		if err != nil {
			return nil, err
		}
		return named(out.DBInstances, func(i rdstypes.DBInstance) string { return *i.DBInstanceIdentifier }), nil
	},
	"Aurora snapshot": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := rds.NewFromConfig(c).DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.DBClusterSnapshots, func(s rdstypes.DBClusterSnapshot) string { return *s.DBClusterSnapshotIdentifier }), nil
	},
	"database subnet group": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := rds.NewFromConfig(c).DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.DBSubnetGroups, func(g rdstypes.DBSubnetGroup) string { return *g.DBSubnetGroupName }), nil
	},
	"database parameter group": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := rds.NewFromConfig(c).DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.DBClusterParameterGroups, func(g rdstypes.DBClusterParameterGroup) string { return *g.DBClusterParameterGroupName }), nil
	},
	"repository": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := ecr.NewFromConfig(c).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{})
		if err != nil {
			return nil, err
		}
		return named(out.Repositories, func(r ecrtypes.Repository) string { return *r.RepositoryName }), nil
	},
	"secret": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := secretsmanager.NewFromConfig(c).ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.SecretList, func(s secretstypes.SecretListEntry) string { return *s.Name }), nil
	},
	"log group": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := cloudwatchlogs.NewFromConfig(c).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.LogGroups, func(g logstypes.LogGroup) string { return *g.LogGroupName }), nil
	},
	"scalable target": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := applicationautoscaling.NewFromConfig(c).DescribeScalableTargets(ctx,
			&applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs})
		if err != nil {
			return nil, err
		}
		return named(out.ScalableTargets, func(t scalingtypes.ScalableTarget) string { return *t.ResourceId }), nil
	},
	"scaling policy": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := applicationautoscaling.NewFromConfig(c).DescribeScalingPolicies(ctx,
			&applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs})
		if err != nil {
			return nil, err
		}
		return named(out.ScalingPolicies, func(p scalingtypes.ScalingPolicy) string { return *p.PolicyName }), nil
	},
	"scheduled action": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := applicationautoscaling.NewFromConfig(c).DescribeScheduledActions(ctx,
			&applicationautoscaling.DescribeScheduledActionsInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs})
		if err != nil {
			return nil, err
		}
		return named(out.ScheduledActions, func(a scalingtypes.ScheduledAction) string { return *a.ScheduledActionName }), nil
	},
	"scalable number of readers": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := applicationautoscaling.NewFromConfig(c).DescribeScalableTargets(ctx,
			&applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: scalingtypes.ServiceNamespaceRds})
		if err != nil {
			return nil, err
		}
		return named(out.ScalableTargets, func(t scalingtypes.ScalableTarget) string { return *t.ResourceId }), nil
	},
	"bucket": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := s3.NewFromConfig(c).ListBuckets(ctx, &s3.ListBucketsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.Buckets, func(b s3types.Bucket) string { return *b.Name }), nil
	},
	"web ACL": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := wafv2.NewFromConfig(c).ListWebACLs(ctx, &wafv2.ListWebACLsInput{Scope: waftypes.ScopeRegional})
		if err != nil {
			return nil, err
		}
		return named(out.WebACLs, func(a waftypes.WebACLSummary) string { return *a.Name }), nil
	},
	"certificate": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := acm.NewFromConfig(c).ListCertificates(ctx, &acm.ListCertificatesInput{})
		if err != nil {
			return nil, err
		}
		return named(out.CertificateSummaryList, func(s acmtypes.CertificateSummary) string { return *s.DomainName }), nil
	},
	"DNS record": func(ctx context.Context, c aws.Config) ([]string, error) {
		client := route53.NewFromConfig(c)
		zones, err := client.ListHostedZones(ctx, &route53.ListHostedZonesInput{})
		if err != nil {
			return nil, err
		}
		var names []string
		for _, zone := range zones.HostedZones {
			out, err := client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: zone.Id})
			if err != nil {
				return nil, err
			}
			for _, record := range out.ResourceRecordSets {
				if *record.Name != *zone.Name {
					names = append(names, fmt.Sprintf("%s %s", record.Type, *record.Name))
				}
			}
		}
		return names, nil
	},
	// A key is deleted days after it was decided; its alias goes at once.
	"key": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := kms.NewFromConfig(c).ListAliases(ctx, &kms.ListAliasesInput{})
		if err != nil {
			return nil, err
		}
		ours := slices.DeleteFunc(out.Aliases, func(a kmstypes.AliasListEntry) bool { return strings.HasPrefix(*a.AliasName, "alias/aws/") })
		return named(ours, func(a kmstypes.AliasListEntry) string { return *a.AliasName }), nil
	},
	"topic": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := sns.NewFromConfig(c).ListTopics(ctx, &sns.ListTopicsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.Topics, func(t snstypes.Topic) string { return *t.TopicArn }), nil
	},
	"alarm": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := cloudwatch.NewFromConfig(c).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.MetricAlarms, func(a cloudwatchtypes.MetricAlarm) string { return *a.AlarmName }), nil
	},
	"dashboard": func(ctx context.Context, c aws.Config) ([]string, error) {
		out, err := cloudwatch.NewFromConfig(c).ListDashboards(ctx, &cloudwatch.ListDashboardsInput{})
		if err != nil {
			return nil, err
		}
		return named(out.DashboardEntries, func(d cloudwatchtypes.DashboardEntry) string { return *d.DashboardName }), nil
	},
	"ECS cluster": func(ctx context.Context, c aws.Config) ([]string, error) {
		client := ecs.NewFromConfig(c)
		list, err := client.ListClusters(ctx, &ecs.ListClustersInput{})
		if err != nil || len(list.ClusterArns) == 0 {
			return nil, err // To name none would describe the cluster "default".
		}
		out, err := client.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: list.ClusterArns})
		if err != nil {
			return nil, err
		}
		active := slices.DeleteFunc(out.Clusters, func(c ecstypes.Cluster) bool { return *c.Status == "INACTIVE" })
		return named(active, func(c ecstypes.Cluster) string { return *c.ClusterName }), nil
	},
}

// named returns the items' names.
func named[T any](items []T, name func(T) string) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return names
}

// nameTag is the value of the Name tag, or the id of what has none.
func nameTag(tags []ec2types.Tag, id *string) string {
	for _, tag := range tags {
		if *tag.Key == "Name" {
			return *tag.Value
		}
	}
	return *id
}

// filter is one EC2 filter.
func filter(name string, values ...string) []ec2types.Filter {
	return []ec2types.Filter{{Name: &name, Values: values}}
}
