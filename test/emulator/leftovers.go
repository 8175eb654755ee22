package emulator

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
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
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// Config leads an AWS client past every proxy, straight to the account.
func (e *Emulator) Config() aws.Config {
	return configOf(e.Region, e.moto)
}

func configOf(region string, moto *url.URL) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(moto.String()),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// Leftovers names all that exists in the account and that a destroy of the given
// environment should have deleted, each after its kind. Names of other environments have
// one of the platforms in them. EC2 resources are named by their Name tag, which all of a
// deployment have. The default VPC is AWS's own, and the records of inactive ECS clusters
// and deleted NAT gateways outlive these.
func (e *Emulator) Leftovers(ctx context.Context, suffix string, platforms ...string) ([]string, error) {
	var left []string
	keep := func(kind string, names []string) {
		for _, name := range names {
			// A name without that of an environment may be this one's.
			ours := strings.Contains(name, suffix) || !slices.ContainsFunc(platforms, func(p string) bool { return strings.Contains(name, p+"-") })
			if ours && !slices.ContainsFunc(automatic, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				left = append(left, kind+": "+name)
			}
		}
	}
	for kind, list := range kinds {
		names, err := list(ctx, e.Config())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		keep(kind, names)
	}
	for kind, names := range e.memory.caches.names() {
		keep(kind, names)
	}
	slices.Sort(left)
	return left, nil
}

// automatic are the prefixes of what AWS makes by itself: snapshots, which AWS deletes
// with their cluster and moto keeps, the aliases of its own keys, and its groups of parameters.
var automatic = []string{"rds:", "alias/aws/", "default."}

// lister returns the names of all resources of one kind.
type lister func(context.Context, aws.Config) ([]string, error)

// list makes a lister of an operation: the constructor of its client, its input, which
// may be nil, and where its output has the resources and these their names. It reads every
// page: environments share the account, and some services have ten resources on a page.
func list[Client, Options, In, Out, Resource any](
	newClient func(aws.Config, ...func(*Options)) *Client,
	operation func(*Client, context.Context, *In, ...func(*Options)) (*Out, error),
	in *In, resources func(*Out) []Resource, name func(Resource) string,
) lister {
	return func(ctx context.Context, c aws.Config) (names []string, _ error) {
		client, request := newClient(c), new(In)
		if in != nil {
			*request = *in
		}
		for {
			out, err := operation(client, ctx, request)
			if err != nil {
				return nil, err
			}
			for _, resource := range resources(out) {
				names = append(names, name(resource))
			}
			if !turnPage(request, out) {
				return names, nil
			}
		}
	}
}

// turnPage makes the request one for the page after the answer's, when there is one. The
// services have several names for where that page begins, and some have one name for it in
// the answer and another in the request.
func turnPage(request, answer any) bool {
	for _, name := range []string{"NextToken", "NextMarker", "Marker", "ContinuationToken"} {
		next := reflect.ValueOf(answer).Elem().FieldByName(name)
		if !next.IsValid() || next.IsNil() || next.Elem().Len() == 0 {
			continue
		}
		begin := reflect.ValueOf(request).Elem().FieldByName(name)
		if !begin.IsValid() {
			begin = reflect.ValueOf(request).Elem().FieldByName("Marker")
		}
		begin.Set(next)
		return true
	}
	return false
}

// kinds are the listers by the kind of what they list.
var kinds = map[string]lister{
	"VPC": list(ec2.NewFromConfig, (*ec2.Client).DescribeVpcs, &ec2.DescribeVpcsInput{Filters: filter("is-default", "false")},
		func(out *ec2.DescribeVpcsOutput) []ec2types.Vpc { return out.Vpcs },
		func(v ec2types.Vpc) string { return nameTag(v.Tags, v.VpcId) }),
	"subnet": list(ec2.NewFromConfig, (*ec2.Client).DescribeSubnets, &ec2.DescribeSubnetsInput{Filters: filter("default-for-az", "false")},
		func(out *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return out.Subnets },
		func(s ec2types.Subnet) string { return nameTag(s.Tags, s.SubnetId) }),
	"internet gateway": list(ec2.NewFromConfig, (*ec2.Client).DescribeInternetGateways, nil,
		func(out *ec2.DescribeInternetGatewaysOutput) []ec2types.InternetGateway { return out.InternetGateways },
		func(g ec2types.InternetGateway) string { return nameTag(g.Tags, g.InternetGatewayId) }),
	"NAT gateway": list(ec2.NewFromConfig, (*ec2.Client).DescribeNatGateways, &ec2.DescribeNatGatewaysInput{Filter: filter("state", "pending", "available", "deleting")},
		func(out *ec2.DescribeNatGatewaysOutput) []ec2types.NatGateway { return out.NatGateways },
		func(g ec2types.NatGateway) string { return nameTag(g.Tags, g.NatGatewayId) }),
	"Elastic IP": list(ec2.NewFromConfig, (*ec2.Client).DescribeAddresses, nil,
		func(out *ec2.DescribeAddressesOutput) []ec2types.Address { return out.Addresses },
		func(a ec2types.Address) string { return nameTag(a.Tags, a.AllocationId) }),
	"load balancer": list(elb.NewFromConfig, (*elb.Client).DescribeLoadBalancers, nil,
		func(out *elb.DescribeLoadBalancersOutput) []elbtypes.LoadBalancer { return out.LoadBalancers },
		func(b elbtypes.LoadBalancer) string { return *b.LoadBalancerName }),
	"target group": list(elb.NewFromConfig, (*elb.Client).DescribeTargetGroups, nil,
		func(out *elb.DescribeTargetGroupsOutput) []elbtypes.TargetGroup { return out.TargetGroups },
		func(g elbtypes.TargetGroup) string { return *g.TargetGroupName }),
	"role": list(iam.NewFromConfig, (*iam.Client).ListRoles, nil,
		func(out *iam.ListRolesOutput) []iamtypes.Role { return out.Roles },
		func(r iamtypes.Role) string { return *r.RoleName }),
	"Aurora cluster": list(rds.NewFromConfig, (*rds.Client).DescribeDBClusters, nil,
		func(out *rds.DescribeDBClustersOutput) []rdstypes.DBCluster { return out.DBClusters },
		func(c rdstypes.DBCluster) string { return *c.DBClusterIdentifier }),
	"Aurora instance": list(rds.NewFromConfig, (*rds.Client).DescribeDBInstances, nil,
		func(out *rds.DescribeDBInstancesOutput) []rdstypes.DBInstance { return out.DBInstances },
		// One that autoscaling added has no name of the environment's.
		func(i rdstypes.DBInstance) string {
			return *i.DBInstanceIdentifier + " of " + aws.ToString(i.DBClusterIdentifier)
		}),
	"Aurora snapshot": list(rds.NewFromConfig, (*rds.Client).DescribeDBClusterSnapshots, nil,
		func(out *rds.DescribeDBClusterSnapshotsOutput) []rdstypes.DBClusterSnapshot {
			return out.DBClusterSnapshots
		},
		func(s rdstypes.DBClusterSnapshot) string { return *s.DBClusterSnapshotIdentifier }),
	"database subnet group": list(rds.NewFromConfig, (*rds.Client).DescribeDBSubnetGroups, nil,
		func(out *rds.DescribeDBSubnetGroupsOutput) []rdstypes.DBSubnetGroup { return out.DBSubnetGroups },
		func(g rdstypes.DBSubnetGroup) string { return *g.DBSubnetGroupName }),
	"database parameter group": list(rds.NewFromConfig, (*rds.Client).DescribeDBClusterParameterGroups, nil,
		func(out *rds.DescribeDBClusterParameterGroupsOutput) []rdstypes.DBClusterParameterGroup {
			return out.DBClusterParameterGroups
		},
		func(g rdstypes.DBClusterParameterGroup) string { return *g.DBClusterParameterGroupName }),
	"database parameter group of instances": list(rds.NewFromConfig, (*rds.Client).DescribeDBParameterGroups, nil,
		func(out *rds.DescribeDBParameterGroupsOutput) []rdstypes.DBParameterGroup {
			return out.DBParameterGroups
		},
		func(g rdstypes.DBParameterGroup) string { return *g.DBParameterGroupName }),
	"repository": list(ecr.NewFromConfig, (*ecr.Client).DescribeRepositories, nil,
		func(out *ecr.DescribeRepositoriesOutput) []ecrtypes.Repository { return out.Repositories },
		func(r ecrtypes.Repository) string { return *r.RepositoryName }),
	"secret": list(secretsmanager.NewFromConfig, (*secretsmanager.Client).ListSecrets, nil,
		func(out *secretsmanager.ListSecretsOutput) []secretstypes.SecretListEntry { return out.SecretList },
		func(s secretstypes.SecretListEntry) string { return *s.Name }),
	"function": list(lambda.NewFromConfig, (*lambda.Client).ListFunctions, nil,
		func(out *lambda.ListFunctionsOutput) []lambdatypes.FunctionConfiguration { return out.Functions },
		func(f lambdatypes.FunctionConfiguration) string { return *f.FunctionName }),
	"log group": list(cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).DescribeLogGroups, nil,
		func(out *cloudwatchlogs.DescribeLogGroupsOutput) []logstypes.LogGroup { return out.LogGroups },
		func(g logstypes.LogGroup) string { return *g.LogGroupName }),
	"scalable target":            scalableTargets(scalingtypes.ServiceNamespaceEcs),
	"scaling policy":             scalingPolicies(scalingtypes.ServiceNamespaceEcs),
	"scalable number of readers": scalableTargets(scalingtypes.ServiceNamespaceRds),
	"scaling policy of readers":  scalingPolicies(scalingtypes.ServiceNamespaceRds),
	"scheduled action": list(scaling.NewFromConfig, (*scaling.Client).DescribeScheduledActions,
		&scaling.DescribeScheduledActionsInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs},
		func(out *scaling.DescribeScheduledActionsOutput) []scalingtypes.ScheduledAction {
			return out.ScheduledActions
		},
		func(a scalingtypes.ScheduledAction) string { return *a.ScheduledActionName }),
	"bucket": list(s3.NewFromConfig, (*s3.Client).ListBuckets, nil,
		func(out *s3.ListBucketsOutput) []s3types.Bucket { return out.Buckets },
		func(b s3types.Bucket) string { return *b.Name }),
	"web ACL": list(wafv2.NewFromConfig, (*wafv2.Client).ListWebACLs, &wafv2.ListWebACLsInput{Scope: waftypes.ScopeRegional},
		func(out *wafv2.ListWebACLsOutput) []waftypes.WebACLSummary { return out.WebACLs },
		func(a waftypes.WebACLSummary) string { return *a.Name }),
	"certificate": list(acm.NewFromConfig, (*acm.Client).ListCertificates, nil,
		func(out *acm.ListCertificatesOutput) []acmtypes.CertificateSummary { return out.CertificateSummaryList },
		func(s acmtypes.CertificateSummary) string { return *s.DomainName }),
	"DNS record": dnsRecords,
	// AWS deletes a key days after the request, and its alias at once.
	"key": list(kms.NewFromConfig, (*kms.Client).ListAliases, nil,
		func(out *kms.ListAliasesOutput) []kmstypes.AliasListEntry { return out.Aliases },
		func(a kmstypes.AliasListEntry) string { return *a.AliasName }),
	"queue": list(sqs.NewFromConfig, (*sqs.Client).ListQueues, nil,
		func(out *sqs.ListQueuesOutput) []string { return out.QueueUrls },
		func(url string) string { return url }),
	"schedule": list(scheduler.NewFromConfig, (*scheduler.Client).ListSchedules, nil,
		func(out *scheduler.ListSchedulesOutput) []schedulertypes.ScheduleSummary { return out.Schedules },
		func(s schedulertypes.ScheduleSummary) string { return *s.Name }),
	"state machine": list(sfn.NewFromConfig, (*sfn.Client).ListStateMachines, nil,
		func(out *sfn.ListStateMachinesOutput) []sfntypes.StateMachineListItem { return out.StateMachines },
		func(m sfntypes.StateMachineListItem) string { return *m.Name }),
	"topic": list(sns.NewFromConfig, (*sns.Client).ListTopics, nil,
		func(out *sns.ListTopicsOutput) []snstypes.Topic { return out.Topics },
		func(t snstypes.Topic) string { return *t.TopicArn }),
	"alarm": list(cloudwatch.NewFromConfig, (*cloudwatch.Client).DescribeAlarms, nil,
		func(out *cloudwatch.DescribeAlarmsOutput) []cloudwatchtypes.MetricAlarm { return out.MetricAlarms },
		func(a cloudwatchtypes.MetricAlarm) string { return *a.AlarmName }),
	"dashboard": list(cloudwatch.NewFromConfig, (*cloudwatch.Client).ListDashboards, nil,
		func(out *cloudwatch.ListDashboardsOutput) []cloudwatchtypes.DashboardEntry {
			return out.DashboardEntries
		},
		func(d cloudwatchtypes.DashboardEntry) string { return *d.DashboardName }),
	"parameter": list(ssm.NewFromConfig, (*ssm.Client).DescribeParameters, nil,
		func(out *ssm.DescribeParametersOutput) []ssmtypes.ParameterMetadata { return out.Parameters },
		func(p ssmtypes.ParameterMetadata) string { return *p.Name }),
	"ECS cluster": ecsClusters,
}

// dnsRecords lists the records of every zone but those that a zone always has.
func dnsRecords(ctx context.Context, c aws.Config) ([]string, error) {
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
}

// ecsClusters lists the active clusters. Only a description says which are active.
func ecsClusters(ctx context.Context, c aws.Config) ([]string, error) {
	client := ecs.NewFromConfig(c)
	list, err := client.ListClusters(ctx, &ecs.ListClustersInput{})
	if err != nil || len(list.ClusterArns) == 0 {
		return nil, err // Naming none would describe the cluster "default".
	}
	out, err := client.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: list.ClusterArns})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, cluster := range out.Clusters {
		if *cluster.Status != "INACTIVE" {
			names = append(names, *cluster.ClusterName)
		}
	}
	return names, nil
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
