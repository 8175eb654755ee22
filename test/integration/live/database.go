package live

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// databaseKinds are the clusters in the VPC, and what belongs to them.
func databaseKinds() map[string]Kind {
	const ofApply = "says how Terraform applies a change"
	const ofDestroy = "says what Terraform does when it destroys the cluster"
	return map[string]Kind{
		"aws_rds_cluster": {
			Key: []string{"cluster_identifier"}, List: listDatabaseClusters, Computed: []string{"id", "arn", "cluster_resource_id", "endpoint", "reader_endpoint"},
			Defaults: Attributes{"network_type": "IPV4"}, Decided: clusterDecided,
			Skipped: map[string]string{ //nolint:gosec // It is why no password is read.
				"apply_immediately": ofApply, "final_snapshot_identifier": ofDestroy, "skip_final_snapshot": ofDestroy,
				"engine_version":             "is the newest minor version on the day of the first apply, and AWS upgrades it",
				"master_password_wo":         "is a secret, which AWS never answers",
				"master_password_wo_version": "counts what was written, which AWS never answers",
			},
		},
		"aws_rds_cluster_instance": {
			Key: []string{"identifier"}, List: of("aws_rds_cluster", listInstances), Computed: []string{"id", "arn"},
			Skipped: map[string]string{"apply_immediately": ofApply}, Decided: instanceDecided,
		},
		"aws_rds_cluster_parameter_group": {Key: []string{"name"}, List: of("aws_rds_cluster", listParameterGroups), Computed: []string{"id", "arn"}},
		"aws_db_parameter_group":          {Key: []string{"name"}, List: listInstanceParameterGroups, Computed: []string{"id", "arn"}},
		"aws_db_subnet_group":             {Key: []string{"name"}, List: listSubnetGroups, Computed: []string{"id", "arn"}},
		"aws_db_cluster_snapshot":         {Key: []string{"db_cluster_snapshot_identifier", "shared_accounts"}, List: of("aws_rds_cluster", listSharedSnapshots)},
	}
}

func (e *Environment) rds() *rds.Client { return rds.NewFromConfig(e.AWS) }

func listSubnetGroups(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, rds.NewDescribeDBSubnetGroupsPaginator(env.rds(), &rds.DescribeDBSubnetGroupsInput{}),
		func(page *rds.DescribeDBSubnetGroupsOutput) []types.DBSubnetGroup { return page.DBSubnetGroups })
	return every(found, err, func(g types.DBSubnetGroup) ([]Attributes, error) {
		if ours, err := env.standsIn(ctx, g.VpcId, g.DBSubnetGroupName); err != nil || !ours {
			return nil, err
		}
		tagged, err := env.rds().ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: g.DBSubnetGroupArn})
		if err != nil {
			return nil, err
		}
		return one(Attributes{
			"id": g.DBSubnetGroupName, "arn": g.DBSubnetGroupArn, "name": g.DBSubnetGroupName, "description": g.DBSubnetGroupDescription,
			"subnet_ids": Values(g.Subnets, func(s types.Subnet) *string { return s.SubnetIdentifier }), "tags": tags(tagged.TagList),
		})
	})
}

func listDatabaseClusters(ctx context.Context, env *Environment) ([]Attributes, error) {
	groups, err := env.Found(ctx, "aws_db_subnet_group")
	if err != nil {
		return nil, err
	}
	inVPC := map[string]bool{}
	for _, group := range groups {
		inVPC[group.text("name")] = true
	}
	found, err := Collect(ctx, rds.NewDescribeDBClustersPaginator(env.rds(), &rds.DescribeDBClustersInput{}),
		func(page *rds.DescribeDBClustersOutput) []types.DBCluster { return page.DBClusters })
	return every(found, err, func(c types.DBCluster) ([]Attributes, error) {
		if !inVPC[aws.ToString(c.DBSubnetGroup)] {
			return nil, nil
		}
		return cluster(ctx, env, c)
	})
}

func cluster(ctx context.Context, env *Environment, c types.DBCluster) ([]Attributes, error) {
	key, err := env.customerKey(ctx, c.KmsKeyId)
	if err != nil {
		return nil, err
	}
	insightsKey, err := env.customerKey(ctx, c.PerformanceInsightsKMSKeyId)
	if err != nil {
		return nil, err
	}
	object := Attributes{
		"id": c.DBClusterIdentifier, "arn": c.DBClusterArn, "cluster_resource_id": c.DbClusterResourceId, "endpoint": c.Endpoint, "reader_endpoint": c.ReaderEndpoint, "cluster_identifier": c.DBClusterIdentifier, "tags": tags(c.TagList),
		"engine": c.Engine, "engine_lifecycle_support": c.EngineLifecycleSupport, "database_name": c.DatabaseName, "port": c.Port, "network_type": c.NetworkType,
		"db_cluster_parameter_group_name": c.DBClusterParameterGroup, "db_subnet_group_name": c.DBSubnetGroup,
		"vpc_security_group_ids": Values(c.VpcSecurityGroups, func(g types.VpcSecurityGroupMembership) *string { return g.VpcSecurityGroupId }),
		"master_username":        c.MasterUsername, "iam_database_authentication_enabled": c.IAMDatabaseAuthenticationEnabled, "enable_http_endpoint": c.HttpEndpointEnabled,
		"storage_encrypted": c.StorageEncrypted, "kms_key_id": key, "deletion_protection": c.DeletionProtection,
		"backup_retention_period": c.BackupRetentionPeriod, "preferred_backup_window": c.PreferredBackupWindow, "copy_tags_to_snapshot": c.CopyTagsToSnapshot,
		"preferred_maintenance_window": c.PreferredMaintenanceWindow, "enabled_cloudwatch_logs_exports": c.EnabledCloudwatchLogsExports,
		"iam_roles": Values(c.AssociatedRoles, func(r types.DBClusterRole) *string { return r.RoleArn }),
	}
	if c.DatabaseInsightsMode != types.DatabaseInsightsModeStandard { // AWS's default, of which older clusters say nothing.
		object["database_insights_mode"] = c.DatabaseInsightsMode
	}
	watched(object, c.MonitoringInterval, c.MonitoringRoleArn, c.PerformanceInsightsEnabled, insightsKey, c.PerformanceInsightsRetentionPeriod)
	if c.ServerlessV2ScalingConfiguration != nil {
		object[serverless] = capacity(*c.ServerlessV2ScalingConfiguration)
	}
	return one(object)
}

// watched sets how a cluster or an instance is watched. Of what is off, AWS may still have
// the role, the key and the period with which it was on.
func watched(object Attributes, interval *int32, role *string, insights *bool, key *string, days *int32) {
	object["monitoring_interval"], object["performance_insights_enabled"] = interval, insights
	if aws.ToInt32(interval) > 0 {
		object["monitoring_role_arn"] = role
	}
	if aws.ToBool(insights) {
		object["performance_insights_kms_key_id"], object["performance_insights_retention_period"] = key, days
	}
}

const (
	serverless = "serverlessv2_scaling_configuration"
	autoPause  = "seconds_until_auto_pause"
	// autoPauseSeconds is after how many seconds without a connection a cluster pauses that
	// may, if nobody says otherwise: of one that may not, AWS says nothing.
	autoPauseSeconds = 300
)

func capacity(c types.ServerlessV2ScalingConfigurationInfo) Attributes {
	block := Attributes{"min_capacity": c.MinCapacity, "max_capacity": c.MaxCapacity}
	if seconds := aws.ToInt32(c.SecondsUntilAutoPause); seconds > 0 {
		block[autoPause] = seconds
	}
	return block
}

// clusterDecided leaves AWS the time after which a cluster pauses, where nobody has set it.
func clusterDecided(r *resolver, found, wanted Attributes) {
	lowerWindow(r, found, wanted)
	object, _ := found[serverless].(Attributes)
	for _, block := range blocks(wanted[serverless]) {
		if block[autoPause] == nil && object[autoPause] != nil {
			block[autoPause] = autoPauseSeconds
		}
	}
}

// lowerWindow wants the days of a window of maintenance in lower case, as AWS keeps them.
func lowerWindow(_ *resolver, _, wanted Attributes) {
	wanted["preferred_maintenance_window"] = strings.ToLower(wanted.text("preferred_maintenance_window"))
}

// customerKey is the key unless it is AWS's own, which encrypts where no other is named.
func (e *Environment) customerKey(ctx context.Context, id *string) (*string, error) {
	if aws.ToString(id) == "" {
		return nil, nil
	}
	described, err := kms.NewFromConfig(e.AWS).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
	if err != nil || described.KeyMetadata.KeyManager == kmstypes.KeyManagerTypeAws {
		return nil, err
	}
	return id, nil
}

// scaledReader begins the names of the readers that autoscaling adds. They come and go
// whatever the configuration says, and have no tags of it:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
const scaledReader = "application-autoscaling-"

func listInstances(ctx context.Context, env *Environment, cluster Attributes) ([]Attributes, error) {
	found, err := Collect(ctx, rds.NewDescribeDBInstancesPaginator(env.rds(), &rds.DescribeDBInstancesInput{
		Filters: []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{cluster.text("id")}}},
	}), func(page *rds.DescribeDBInstancesOutput) []types.DBInstance { return page.DBInstances })
	return every(found, err, func(i types.DBInstance) ([]Attributes, error) {
		if strings.HasPrefix(aws.ToString(i.DBInstanceIdentifier), scaledReader) {
			return nil, nil
		}
		key, err := env.customerKey(ctx, i.PerformanceInsightsKMSKeyId)
		if err != nil {
			return nil, err
		}
		object := Attributes{
			"id": i.DBInstanceIdentifier, "arn": i.DBInstanceArn, "identifier": i.DBInstanceIdentifier, "cluster_identifier": i.DBClusterIdentifier,
			"engine": i.Engine, "instance_class": i.DBInstanceClass, "promotion_tier": i.PromotionTier, "publicly_accessible": i.PubliclyAccessible,
			"auto_minor_version_upgrade": i.AutoMinorVersionUpgrade, "preferred_maintenance_window": i.PreferredMaintenanceWindow, "tags": tags(i.TagList),
			"ca_cert_identifier": i.CACertificateIdentifier,
		}
		for _, group := range i.DBParameterGroups {
			object["db_parameter_group_name"] = group.DBParameterGroupName
		}
		watched(object, i.MonitoringInterval, i.MonitoringRoleArn, i.PerformanceInsightsEnabled, key, i.PerformanceInsightsRetentionPeriod)
		return one(object)
	})
}

// instanceDecided leaves the certificate authority to AWS where the stack names none.
func instanceDecided(r *resolver, found, wanted Attributes) {
	lowerWindow(r, found, wanted)
	if wanted["ca_cert_identifier"] == nil {
		delete(found, "ca_cert_identifier")
	}
}

// listParameterGroups are those that clusters use, with the parameters that somebody set.
func listParameterGroups(ctx context.Context, env *Environment, cluster Attributes) ([]Attributes, error) {
	name := aws.String(cluster.text("db_cluster_parameter_group_name"))
	found, err := env.rds().DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{DBClusterParameterGroupName: name})
	if err != nil {
		return nil, err
	}
	parameters, err := Collect(ctx, rds.NewDescribeDBClusterParametersPaginator(env.rds(), &rds.DescribeDBClusterParametersInput{
		DBClusterParameterGroupName: name, Source: aws.String("user"),
	}), func(page *rds.DescribeDBClusterParametersOutput) []types.Parameter { return page.Parameters })
	return every(found.DBClusterParameterGroups, err, func(g types.DBClusterParameterGroup) ([]Attributes, error) {
		return parameterGroup(ctx, env, parameters, types.DBParameterGroup{
			DBParameterGroupName: g.DBClusterParameterGroupName, DBParameterGroupArn: g.DBClusterParameterGroupArn,
			DBParameterGroupFamily: g.DBParameterGroupFamily, Description: g.Description,
		})
	})
}

// listInstanceParameterGroups are those that instances use, but for AWS's own.
func listInstanceParameterGroups(ctx context.Context, env *Environment) ([]Attributes, error) {
	instances, err := env.Found(ctx, "aws_rds_cluster_instance")
	var names []string
	for _, instance := range instances {
		if name := instance.text("db_parameter_group_name"); !strings.HasPrefix(name, "default.") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return every(names, err, func(name string) ([]Attributes, error) {
		found, err := env.rds().DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{DBParameterGroupName: &name})
		if err != nil {
			return nil, err
		}
		parameters, err := Collect(ctx, rds.NewDescribeDBParametersPaginator(env.rds(), &rds.DescribeDBParametersInput{
			DBParameterGroupName: &name, Source: aws.String("user"),
		}), func(page *rds.DescribeDBParametersOutput) []types.Parameter { return page.Parameters })
		return every(found.DBParameterGroups, err, func(g types.DBParameterGroup) ([]Attributes, error) {
			return parameterGroup(ctx, env, parameters, g)
		})
	})
}

// parameterGroup is a group with its parameters.
func parameterGroup(ctx context.Context, env *Environment, parameters []types.Parameter, g types.DBParameterGroup) ([]Attributes, error) {
	tagged, err := env.rds().ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: g.DBParameterGroupArn})
	if err != nil {
		return nil, err
	}
	return one(Attributes{
		"id": g.DBParameterGroupName, "arn": g.DBParameterGroupArn, "name": g.DBParameterGroupName,
		"family": g.DBParameterGroupFamily, "description": g.Description, "tags": tags(tagged.TagList),
		"parameter": Values(parameters, func(p types.Parameter) Attributes {
			written := Attributes{"name": p.ParameterName, "value": p.ParameterValue}
			if p.ApplyMethod == types.ApplyMethodPendingReboot {
				written["apply_method"] = p.ApplyMethod
			}
			return written
		}),
	})
}

// listSharedSnapshots are those that another account may restore, which is all the data.
func listSharedSnapshots(ctx context.Context, env *Environment, cluster Attributes) ([]Attributes, error) {
	found, err := Collect(ctx, rds.NewDescribeDBClusterSnapshotsPaginator(env.rds(), &rds.DescribeDBClusterSnapshotsInput{
		DBClusterIdentifier: aws.String(cluster.text("id")), SnapshotType: aws.String("manual"),
	}), func(page *rds.DescribeDBClusterSnapshotsOutput) []types.DBClusterSnapshot {
		return page.DBClusterSnapshots
	})
	return every(found, err, func(s types.DBClusterSnapshot) ([]Attributes, error) {
		answer, err := env.rds().DescribeDBClusterSnapshotAttributes(ctx, &rds.DescribeDBClusterSnapshotAttributesInput{DBClusterSnapshotIdentifier: s.DBClusterSnapshotIdentifier})
		if err != nil {
			return nil, err
		}
		return every(answer.DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes, nil, func(a types.DBClusterSnapshotAttribute) ([]Attributes, error) {
			if aws.ToString(a.AttributeName) != "restore" || len(a.AttributeValues) == 0 {
				return nil, nil
			}
			return one(Attributes{"db_cluster_snapshot_identifier": s.DBClusterSnapshotIdentifier, "shared_accounts": a.AttributeValues})
		})
	})
}
