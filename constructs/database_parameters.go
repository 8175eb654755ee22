package constructs

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dbparametergroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdsclusterparametergroup"

	"flask-api/config"
)

// parameterFamily is that of the groups of the engine's major version.
func (d *Database) parameterFamily() string { return engine + d.Settings.EngineMajorVersion() }

// applyMethod is when a parameter takes effect: nil, which is at once, or with the next
// reboot, as AWS wants it of a static one.
func applyMethod(parameter string) *string {
	if config.StaticParameter(parameter) {
		return jsii.String("pending-reboot")
	}
	return nil
}

// clusterParameterGroup makes the cluster refuse connections without TLS:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
func (d *Database) clusterParameterGroup() rdsclusterparametergroup.RdsClusterParameterGroup {
	parameters := append([]*rdsclusterparametergroup.RdsClusterParameterGroupParameter{
		{Name: jsii.String("rds.force_ssl"), Value: jsii.String("1")},
	}, d.monitoring.logParameters()...)
	for _, name := range slices.Sorted(maps.Keys(d.Settings.ClusterParameters)) {
		parameters = append(parameters, &rdsclusterparametergroup.RdsClusterParameterGroupParameter{
			Name: jsii.String(name), Value: jsii.String(d.Settings.ClusterParameters[name]), ApplyMethod: applyMethod(name),
		})
	}
	return rdsclusterparametergroup.NewRdsClusterParameterGroup(d.scope, jsii.String("parameter_group"), &rdsclusterparametergroup.RdsClusterParameterGroupConfig{
		Name:        jsii.String(d.env.Name("aurora-pg")),
		Description: jsii.String("Parameters of the " + d.env.API() + "'s database"),
		Family:      jsii.String(d.parameterFamily()),
		Parameter:   &parameters,
	})
}

// instanceParameterGroup is the name of the instances' group, which is made where they have
// parameters of their own. AWS's default group is named, too: what is not written stays as it
// is, and a group that instances have cannot be deleted. For the same reason Terraform deletes
// the group after it changed the instances, which it does with what it makes before it
// destroys. A group of another family has another name, because both are there for a while.
func (d *Database) instanceParameterGroup() *string {
	if len(d.Settings.InstanceParameters) == 0 {
		return jsii.String("default." + d.parameterFamily())
	}
	var parameters []*dbparametergroup.DbParameterGroupParameter
	for _, name := range slices.Sorted(maps.Keys(d.Settings.InstanceParameters)) {
		parameters = append(parameters, &dbparametergroup.DbParameterGroupParameter{
			Name: jsii.String(name), Value: jsii.String(d.Settings.InstanceParameters[name]), ApplyMethod: applyMethod(name),
		})
	}
	return dbparametergroup.NewDbParameterGroup(d.scope, jsii.String("instance_parameter_group"), &dbparametergroup.DbParameterGroupConfig{
		Name:        jsii.String(d.env.Name("aurora-instance-pg" + d.Settings.EngineMajorVersion())),
		Description: jsii.String("Parameters of the instances of the " + d.env.API() + "'s database"),
		Family:      jsii.String(d.parameterFamily()),
		Parameter:   &parameters,
		Lifecycle:   madeFirst(),
	}).Name()
}
