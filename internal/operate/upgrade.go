package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"flask-api/config"
)

// The steps of [Platform.Upgrade]: as far as the switchover; the end of what is kept of the
// time before; and the way back, while there is one.
const (
	UpgradeGoOn    = ""
	UpgradeFinish  = "finish"
	UpgradeAbandon = "abandon"
)

// The statuses of a blue/green deployment:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_BlueGreenDeployment.html
const (
	provisioning   = "PROVISIONING"
	available      = "AVAILABLE"
	switching      = "SWITCHOVER_IN_PROGRESS"
	switchedOver   = "SWITCHOVER_COMPLETED"
	switchFailed   = "SWITCHOVER_FAILED"
	deploymentGone = "DELETING"
)

// settleLooks is how often AWS may show what was before a change, after it.
const settleLooks = 10

var errUnchanged = errors.New("nothing was changed")

// upgrade takes the database to another major version by a blue/green deployment, which
// replicates the cluster, the blue one, to a green one, and gives that its name:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/blue-green-deployments.html
//
// What AWS shows says how far it is, so that it goes on wherever it was interrupted. The
// green cluster has a parameter group with the name of the environment's, which Terraform
// therefore takes for its own. The blue one gets another, with logical replication.
type upgrade struct {
	*Platform
	rds       *rds.Client
	to        string // major version
	confirmed func(question string) bool
	told      string
}

// Upgrade goes on with the upgrade of the database to a major version, or ends it. The
// caller is asked before what is felt, and before anything is deleted that holds data.
func (p *Platform) Upgrade(ctx context.Context, to, step string, confirmed func(question string) bool) error {
	u := &upgrade{Platform: p, rds: rds.NewFromConfig(p.AWS), to: to, confirmed: confirmed}
	do := map[string]func(context.Context) error{UpgradeGoOn: u.goOn, UpgradeFinish: u.finish, UpgradeAbandon: u.abandon}[step]
	switch wanted := p.Config.Database.EngineMajorVersion(); {
	case do == nil:
		return fmt.Errorf("STEP=%s is none of its steps, which are %s and %s; without one it goes on", step, UpgradeFinish, UpgradeAbandon)
	case to == "":
		return errors.New("which version? make upgrade ENVIRONMENT=… VERSION=17")
	case step == UpgradeGoOn && to != wanted:
		return fmt.Errorf("set Database.EngineVersion to a version %s.… first, which is %q: until the database runs it, the environment is then not deployed, and its schema stays as it is", to, p.Config.Database.EngineVersion)
	}
	if err := do(ctx); err != nil {
		return fmt.Errorf("upgrading %s: %w", p.Config.PhysicalName("aurora"), explainedBy(err, "docs/upgrade-policy.json"))
	}
	return nil
}

// goOn does what comes next until the cluster runs the version.
func (u *upgrade) goOn(ctx context.Context) error {
	for acted, looks := "nothing", 0; ; looks++ {
		blue, err := u.cluster(ctx, u.name())
		if err != nil {
			return err
		}
		if blue == nil {
			return u.nothing()
		}
		deployment, err := u.deployment(ctx)
		status := aws.ToString(deployment.Status)
		u.tell(status)
		switch {
		case err != nil:
			return err
		case status == "" && majorOf(blue) == u.to, status == switchedOver:
			u.done(blue, deployment)
			return nil
		case status == acted && looks < settleLooks: // AWS may show it a while longer.
		case acted == available && (status == available || status == switchFailed):
			return fmt.Errorf("AWS took the switchover back, and nothing is changed: %s; run this again, or %s", details(deployment), u.command(UpgradeAbandon))
		case status == "":
			err, acted, looks = u.begin(ctx, blue), status, 0
		case status == available || status == switchFailed:
			err, acted, looks = u.switchOver(ctx, deployment), available, 0
		case status != provisioning && status != switching:
			return fmt.Errorf("the blue/green deployment is %s: %s; %s goes back", status, details(deployment), u.command(UpgradeAbandon))
		}
		if err != nil || !u.pause(ctx) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// begin looks whether the cluster can be upgraded, makes it a source and copies it.
func (u *upgrade) begin(ctx context.Context, blue *types.DBCluster) error {
	target, err := u.target(ctx, *blue.EngineVersion)
	if err != nil {
		return err
	}
	if err := u.checkInstances(ctx); err != nil {
		return err
	}
	if !u.confirmed(fmt.Sprintf("Copy %s, of version %s, to version %s? Its writer is restarted for it, which takes seconds, and from then on until the switchover the schema must stay as it is.", u.name(), *blue.EngineVersion, target)) {
		return errUnchanged
	}
	if err := u.prepare(ctx, blue); err != nil {
		return err
	}
	_, err = u.rds.CreateBlueGreenDeployment(ctx, &rds.CreateBlueGreenDeploymentInput{
		BlueGreenDeploymentName: aws.String(u.Config.PhysicalName("aurora-upgrade")), Source: blue.DBClusterArn, TargetEngineVersion: &target,
		TargetDBClusterParameterGroupName: aws.String(u.group()), Tags: blue.TagList,
	})
	if err = but[*types.BlueGreenDeploymentAlreadyExistsFault](err); err == nil {
		u.note("Aurora copies the cluster and upgrades the copy, which takes half an hour or longer. Ctrl-C does not stop that: run this again to go on.")
	}
	return err
}

// but is an error unless it is of a kind, by which AWS says that an interrupted run did it.
func but[Kind error](err error) error {
	var kind Kind
	if errors.As(err, &kind) {
		return nil
	}
	return err
}

// target is the version that AWS upgrades the running one to: the configured one if it is
// offered, and otherwise the newest of its major version.
func (u *upgrade) target(ctx context.Context, running string) (target string, _ error) {
	found, err := u.rds.DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{Engine: aws.String(engine), EngineVersion: &running, IncludeAll: aws.Bool(true)})
	if err != nil {
		return "", err
	}
	for _, version := range found.DBEngineVersions {
		for _, offered := range version.ValidUpgradeTarget {
			switch name := *offered.EngineVersion; {
			case name == u.Config.Database.EngineVersion:
				return name, nil
			case strings.HasPrefix(name, u.to+".") && minor(name) > minor(target):
				target = name
			}
		}
	}
	if target == "" {
		return "", fmt.Errorf("AWS offers no upgrade from version %s to %s", running, u.to)
	}
	return target, nil
}

// minor is the number after the first dot; of a version with letters, 0.
func minor(version string) int {
	_, after, _ := strings.Cut(version, ".")
	number, _ := strconv.Atoi(after)
	return number
}

const (
	engine       = "aurora-postgresql"
	scaledReader = "application-autoscaling-"
)

// checkInstances refuses what a blue/green deployment does not carry over.
func (u *upgrade) checkInstances(ctx context.Context) error {
	instances, err := u.instances(ctx, u.name())
	for _, i := range instances {
		switch group := i.DBParameterGroups; {
		case strings.HasPrefix(*i.DBInstanceIdentifier, scaledReader):
			return fmt.Errorf("autoscaling added %s, whose name is too long for a copy; set Database.MaxReaders to 0 and deploy, before Database.EngineVersion is changed", *i.DBInstanceIdentifier)
		case len(group) > 0 && !strings.HasPrefix(aws.ToString(group[0].DBParameterGroupName), "default."):
			return fmt.Errorf("%s has the parameter group %s, of its major version; take Database.InstanceParameters away and deploy, before Database.EngineVersion is changed", *i.DBInstanceIdentifier, *group[0].DBParameterGroupName)
		}
	}
	return err
}

// switchOver gives the copy the names of the cluster, when the caller agrees.
func (u *upgrade) switchOver(ctx context.Context, d types.BlueGreenDeployment) error {
	question := fmt.Sprintf("Switch %s over to the copy, %s? Connections break, and for a minute nothing is written.", u.name(), identifier(d.Target))
	if u.Config.Database.Authentication == config.AuthenticationIAM {
		question += " Then the tasks cannot log in, by IAM, until make deploy, which is to follow at once."
	}
	if !u.confirmed(question) {
		return fmt.Errorf("it was not switched over; the copy stays, and is billed: run this again, or %s", u.command(UpgradeAbandon))
	}
	_, err := u.rds.SwitchoverBlueGreenDeployment(ctx, &rds.SwitchoverBlueGreenDeploymentInput{BlueGreenDeploymentIdentifier: d.BlueGreenDeploymentIdentifier})
	return but[*types.InvalidBlueGreenDeploymentStateFault](err)
}

func (u *upgrade) done(blue *types.DBCluster, d types.BlueGreenDeployment) {
	u.note("%s runs version %s. Deploy the environment: make deploy ENVIRONMENT=%s. What ran before is kept as %s, read-only, and billed; %s deletes it.",
		u.name(), *blue.EngineVersion, u.Config.Suffix, u.old(d), u.command(UpgradeFinish))
}

func (u *upgrade) command(step string) string {
	return fmt.Sprintf("make upgrade ENVIRONMENT=%s VERSION=%s STEP=%s", u.Config.Suffix, u.to, step)
}

// tell says how far it is whenever that has changed.
func (u *upgrade) tell(status string) {
	if line := strings.ToLower(strings.ReplaceAll(status, "_", " ")); line != u.told && line != "" {
		u.note("The blue/green deployment: %s.", line)
		u.told = line
	}
}

func (u *upgrade) name() string { return u.Config.PhysicalName("aurora") }

// old is the name that AWS gave the cluster that ran before.
func (u *upgrade) old(d types.BlueGreenDeployment) string {
	if source := identifier(d.Source); aws.ToString(d.Status) == switchedOver && strings.HasPrefix(source, u.name()+"-old") {
		return source
	}
	return u.name() + "-old1"
}

// group is the parameter group that Terraform knows, and replicating the one that the blue
// cluster has meanwhile.
func (u *upgrade) group() string       { return u.Config.PhysicalName("aurora-pg") }
func (u *upgrade) replicating() string { return u.Config.PhysicalName("aurora-upgrade-pg") }

// cluster is the one of that name, or nil.
func (u *upgrade) cluster(ctx context.Context, name string) (*types.DBCluster, error) {
	found, err := u.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if err != nil {
		return nil, but[*types.DBClusterNotFoundFault](err)
	}
	return &found.DBClusters[0], nil
}

func (u *upgrade) instances(ctx context.Context, cluster string) (all []types.DBInstance, _ error) {
	pages := rds.NewDescribeDBInstancesPaginator(u.rds, &rds.DescribeDBInstancesInput{
		Filters: []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{cluster}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.DBInstances...)
	}
	return all, nil
}

// deployment is the environment's blue/green deployment, or an empty one.
func (u *upgrade) deployment(ctx context.Context) (types.BlueGreenDeployment, error) {
	found, err := u.rds.DescribeBlueGreenDeployments(ctx, &rds.DescribeBlueGreenDeploymentsInput{
		Filters: []types.Filter{{Name: aws.String("blue-green-deployment-name"), Values: []string{u.Config.PhysicalName("aurora-upgrade")}}},
	})
	if err != nil || len(found.BlueGreenDeployments) == 0 {
		return types.BlueGreenDeployment{}, err
	}
	return found.BlueGreenDeployments[0], nil
}

func majorOf(c *types.DBCluster) string {
	version, _, _ := strings.Cut(aws.ToString(c.EngineVersion), ".")
	return version
}

// writer is the member that writes.
func writer(c *types.DBCluster) types.DBClusterMember {
	i := slices.IndexFunc(c.DBClusterMembers, func(m types.DBClusterMember) bool { return aws.ToBool(m.IsClusterWriter) })
	if i < 0 {
		return types.DBClusterMember{}
	}
	return c.DBClusterMembers[i]
}

// identifier is the end of an ARN.
func identifier(arn *string) string {
	text := aws.ToString(arn)
	return text[strings.LastIndex(text, ":")+1:]
}

func details(d types.BlueGreenDeployment) string {
	if text := aws.ToString(d.StatusDetails); text != "" {
		return text
	}
	return "it gives no reason, the events of the cluster may"
}
