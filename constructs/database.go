package constructs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsrdsengineversion"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsrdsorderabledbinstance"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dbsubnetgroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdsclusterinstance"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const engine = "aurora-postgresql"

// The lower an instance's promotion tier, the sooner a failover makes it the writer:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
const (
	writerTier = 0
	readerTier = 1
)

// The roles of instances in a cluster, which a failover exchanges.
const (
	writerRole = "WRITER"
	readerRole = "READER"
)

// DatabaseProps configures a [Database].
type DatabaseProps struct {
	Env Env
	// Settings give the engine version, the instances and the backups.
	Settings config.Database
	// CloneSource is the cluster that a clone is made of.
	CloneSource string
	// LogRetentionDays is how many days PostgreSQL's log is kept.
	LogRetentionDays int
	// Networking holds the private subnets of the instances.
	Networking *Networking
	// Credentials hold the administrator's password.
	Credentials *Credentials
	// Key encrypts what is stored.
	Key *EncryptionKey
}

// Database is an encrypted Aurora PostgreSQL cluster in the private subnets,
// with a writer and its readers, which takes connections over TLS only.
type Database struct {
	Connections
	// Cluster has the endpoints that applications connect to. They follow a
	// failover; an instance's own endpoint does not.
	Cluster rdscluster.RdsCluster
	// Instances are the writer and the readers. What needs a database that
	// answers depends on them.
	Instances []cdktf.ITerraformDependable
	// Settings are the engine version, the instances and the backups.
	Settings config.Database

	scope          constructs.Construct
	env            Env
	monitoring     databaseMonitoring
	parameterGroup *string // of the instances
}

// NewDatabase creates the cluster, its security group, its parameter group and its
// instances, and the log group and the role of its monitoring where that is on.
//
// The zones of the cluster are left to its subnets: AWS spreads the storage
// over three zones whatever is asked, and Terraform would answer the third by
// replacing the cluster.
func NewDatabase(scope constructs.Construct, id string, props DatabaseProps) *Database {
	d := &Database{scope: constructs.NewConstruct(scope, &id), env: props.Env, Settings: props.Settings}
	d.SecurityGroup = NewSecurityGroup(scope, "rds_sg", SecurityGroupProps{
		Env: d.env, Networking: props.Networking, Name: "rds-sg", Members: "the database", Ports: []int{d.Settings.Port},
	})
	d.monitoring = newDatabaseMonitoring(d.scope, d.env, d.Settings, props.Key)
	settings := d.Settings
	subnets := dbsubnetgroup.NewDbSubnetGroup(d.scope, jsii.String("subnet_group"), &dbsubnetgroup.DbSubnetGroupConfig{
		Name:        jsii.String(d.env.Name("db-subnet-group")),
		Description: jsii.String("Private subnets of the " + d.env.API() + "'s database"),
		SubnetIds:   &props.Networking.PrivateSubnetIDs,
		DependsOn:   &props.Networking.PrivateAssociations,
		Lifecycle:   props.Networking.stays(),
	})
	version := d.offeredEngineVersion()
	cluster := &rdscluster.RdsClusterConfig{
		ClusterIdentifier:           jsii.String(d.env.Name("aurora")),
		Engine:                      jsii.String(engine),
		EngineVersion:               version,
		EngineLifecycleSupport:      d.lifecycleSupport(),
		DatabaseName:                jsii.String(settings.Name),
		MasterUsername:              jsii.String(settings.Username),
		Port:                        jsii.Number(settings.Port),
		DbSubnetGroupName:           subnets.Name(),
		VpcSecurityGroupIds:         &[]*string{d.SecurityGroup.Group.Id()},
		DbClusterParameterGroupName: d.clusterParameterGroup().Name(),

		Serverlessv2ScalingConfiguration: d.capacityRange(),

		StorageEncrypted:                 jsii.Bool(true),
		KmsKeyId:                         props.Key.ARN(),
		IamDatabaseAuthenticationEnabled: jsii.Bool(true),

		BackupRetentionPeriod:      jsii.Number(settings.BackupRetentionDays),
		PreferredBackupWindow:      jsii.String(settings.BackupWindow),
		PreferredMaintenanceWindow: jsii.String(settings.MaintenanceWindow),
		CopyTagsToSnapshot:         jsii.Bool(true),
		DeletionProtection:         jsii.Bool(d.env.Protected),
		SkipFinalSnapshot:          jsii.Bool(!d.env.Protected),
		FinalSnapshotIdentifier:    finalSnapshot(d.scope, d.env, "aurora-final"),
		Lifecycle:                  d.lifecycle(d.inTwoZones(d.orderableClass(version), props.Networking.privateZones)),
	}
	d.beginWith(cluster, props.CloneSource)
	d.monitoring.exportLogs(cluster, props.LogRetentionDays)
	d.monitoring.watch(cluster)
	d.Cluster = props.Credentials.GiveTo(d.scope, "cluster", cluster)

	d.parameterGroup = d.instanceParameterGroup()
	writer := d.instance("writer", "aurora-writer", writerTier, nil)
	// The first instance of a cluster becomes its writer, so readers wait.
	afterWriter := &[]cdktf.ITerraformDependable{writer}
	d.Instances = append(d.Instances, writer)
	for i := range settings.ReaderCount {
		d.Instances = append(d.Instances,
			d.instance(numbered("reader", i), numberedName("aurora-reader", i), readerTier, afterWriter))
	}
	return d
}

// The life cycles of a cluster's engine:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/extended-support.html
const (
	extendedSupport   = "open-source-rds-extended-support"
	noExtendedSupport = extendedSupport + "-disabled"
)

// lifecycleSupport is what happens at the end of the version's standard support. AWS
// bills a cluster from then on unless its creation, or a later change, said otherwise.
func (d *Database) lifecycleSupport() *string {
	if d.Settings.ExtendedSupport {
		return jsii.String(extendedSupport)
	}
	return jsii.String(noExtendedSupport)
}

// offeredEngineVersion is the wanted engine version where AWS offers it, and
// otherwise the newest of the same major version. AWS withdraws minor versions
// from time to time; looked up, that shows in the plan. 15.4, the default, is such a
// version: no cluster of it can be created any more.
func (d *Database) offeredEngineVersion() *string {
	major := jsii.String(d.Settings.EngineMajorVersion())
	newest := dataawsrdsengineversion.NewDataAwsRdsEngineVersion(d.scope, jsii.String("newest_engine_version"), &dataawsrdsengineversion.DataAwsRdsEngineVersionConfig{
		Engine:  jsii.String(engine),
		Version: major,
		Latest:  jsii.Bool(true),
	})
	return dataawsrdsengineversion.NewDataAwsRdsEngineVersion(d.scope, jsii.String("engine_version"), &dataawsrdsengineversion.DataAwsRdsEngineVersionConfig{
		Engine:  jsii.String(engine),
		Version: major,
		// The first one offered is taken; if none were, the plan would fail.
		PreferredVersions: &[]*string{jsii.String(d.Settings.EngineVersion), newest.VersionActual()},
	}).VersionActual()
}

// alwaysOffered are classes that every region has of every version, as far as is known.
// The lookup of the wanted class finds one of them in its place.
var alwaysOffered = []string{"db.t3.medium", "db.r5.large", "db.serverless"}

// listClasses is how to find a class that AWS offers.
const listClasses = "; fix: write one that `aws rds describe-orderable-db-instance-options --engine aurora-postgresql` lists."

// orderableClass makes a plan fail when the region does not offer the class of the
// instances, and so of the readers that autoscaling adds, for the version. Otherwise the
// apply would fail, ten minutes later. Asked for the class alone, the provider would not
// name the field.
func (d *Database) orderableClass(version *string) dataawsrdsorderabledbinstance.DataAwsRdsOrderableDbInstance {
	class := d.Settings.InstanceClass
	return dataawsrdsorderabledbinstance.NewDataAwsRdsOrderableDbInstance(d.scope, jsii.String("instance_class"), &dataawsrdsorderabledbinstance.DataAwsRdsOrderableDbInstanceConfig{
		Engine:                   jsii.String(engine),
		EngineVersion:            version,
		PreferredInstanceClasses: jsii.Strings(append([]string{class}, alwaysOffered...)...),
		Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf(`${self.instance_class == "%s"}`, class),
			ErrorMessage: jsii.String(fmt.Sprintf("Database.InstanceClass: AWS does not offer %s in %s for version %s of Aurora PostgreSQL"+listClasses,
				class, d.env.Region, d.Settings.EngineMajorVersion())),
		}}},
	})
}

// inTwoZones is the condition that the class is offered in two zones of the subnets. It
// belongs to the cluster: of the lookup, which it would make wait for the subnets, it
// would be found out by the apply only.
func (d *Database) inTwoZones(class dataawsrdsorderabledbinstance.DataAwsRdsOrderableDbInstance, zones []string) *cdktf.Precondition {
	return &cdktf.Precondition{
		Condition: fmt.Sprintf("${length(setintersection(data.%s.%s.availability_zones, [%s])) > 1}",
			*class.TerraformResourceType(), *class.FriendlyUniqueId(), strings.Join(zones, ", ")),
		ErrorMessage: jsii.String(fmt.Sprintf("Database.InstanceClass: AWS offers %s in fewer than two of the zones of the subnets"+listClasses,
			d.Settings.InstanceClass)),
	}
}

// lifecycle leaves the engine's minor version to AWS once the cluster runs: after an
// upgrade in the maintenance window, the version of the first deployment would be a
// downgrade, which AWS refuses, and each newer one an upgrade outside of the window.
// Another major version is no change in place.
//
// Neither is the support of the engine, which the provider sends with a creation or a snapshot
// only: it would plan that for ever, for a clone and for each cluster that was made before this
// program set it. What the cluster was made of is left alone, too: the provider would replace it.
func (d *Database) lifecycle(precondition *cdktf.Precondition) *cdktf.TerraformResourceLifecycle {
	major := d.Settings.EngineMajorVersion()
	lifecycle := preventDestroyIf(d.env.Protected)
	if lifecycle == nil {
		lifecycle = &cdktf.TerraformResourceLifecycle{}
	}
	lifecycle.IgnoreChanges = jsii.Strings("engine_version", "engine_lifecycle_support", "snapshot_identifier", "restore_to_point_in_time")
	lifecycle.Precondition = &[]*cdktf.Precondition{precondition}
	lifecycle.Postcondition = &[]*cdktf.Postcondition{{
		Condition: fmt.Sprintf(`${startswith(self.engine_version, "%s.")}`, major),
		ErrorMessage: jsii.String(fmt.Sprintf("The cluster does not run version %[1]s, which Database.EngineVersion asks for. "+
			"To a newer one, make upgrade ENVIRONMENT=%[2]s VERSION=%[1]s takes the database, after which deployments go on; there is no way to an older one: see “Another major version” in docs/operations.md.", major, d.env.Suffix)),
	}}
	return lifecycle
}

// capacityRange is the range that the capacity of each instance moves in, or nil for
// instances of a fixed size:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
func (d *Database) capacityRange() *rdscluster.RdsClusterServerlessv2ScalingConfiguration {
	settings := d.Settings
	if settings.ServerlessMaxACU == 0 {
		return nil
	}
	capacity := &rdscluster.RdsClusterServerlessv2ScalingConfiguration{
		MinCapacity: &settings.ServerlessMinACU,
		MaxCapacity: &settings.ServerlessMaxACU,
	}
	if d.Pauses() {
		capacity.SecondsUntilAutoPause = jsii.Number(settings.ServerlessAutoPauseSeconds)
	}
	return capacity
}

// instance creates one instance of the cluster.
func (d *Database) instance(id, name string, promotionTier int, after *[]cdktf.ITerraformDependable) rdsclusterinstance.RdsClusterInstance {
	instance := &rdsclusterinstance.RdsClusterInstanceConfig{
		Identifier:              jsii.String(d.env.Name(name)),
		ClusterIdentifier:       d.Cluster.Id(),
		Engine:                  d.Cluster.Engine(),
		InstanceClass:           jsii.String(d.Settings.InstanceClass),
		PubliclyAccessible:      jsii.Bool(false),
		PromotionTier:           jsii.Number(promotionTier),
		DbParameterGroupName:    d.parameterGroup,
		AutoMinorVersionUpgrade: jsii.Bool(true),
		DependsOn:               after,

		// The cluster's window is not theirs; without one, AWS chooses any.
		PreferredMaintenanceWindow: jsii.String(d.Settings.MaintenanceWindow),
		// Another class comes with the apply, and not in the window, days later.
		ApplyImmediately: jsii.Bool(true),
	}
	if authority := d.Settings.CAIdentifier; authority != "" {
		instance.CaCertIdentifier = &authority
	}
	d.monitoring.observe(instance)
	return rdsclusterinstance.NewRdsClusterInstance(d.scope, &id, instance)
}

// HasReaders tells whether there are readers, or may be some.
func (d *Database) HasReaders() bool {
	return d.Settings.ReaderCount > 0 || d.Settings.MaxReaders > 0
}

// Pauses tells whether the instances stop while nobody is connected.
func (d *Database) Pauses() bool { return d.Settings.ServerlessAutoPauseSeconds > 0 }

// Burstable tells whether the instances are of a class whose CPU is a share, with
// credits for more.
func (d *Database) Burstable() bool {
	return strings.HasPrefix(d.Settings.InstanceClass, "db.t")
}

// GrantConnect lets the service's tasks connect, tells them where, but not as whom, and
// starts them once the database answers.
func (d *Database) GrantConnect(service *Service) {
	service.AllowTo(d)
	service.AddEnvironment("DB_HOST", *d.Cluster.Endpoint())
	service.AddEnvironment("DB_READER_HOST", *d.Cluster.ReaderEndpoint())
	service.AddEnvironment("DB_PORT", strconv.Itoa(d.Settings.Port))
	service.AddEnvironment("DB_NAME", d.Settings.Name)
	service.WaitFor(d.Instances...)
}

// metric is one of the instances of a role:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
func (d *Database) metric(name, role string) metric {
	return metric{"AWS/RDS", name, []dimension{{"DBClusterIdentifier", *d.Cluster.ClusterIdentifier()}, {"Role", role}}}
}
