package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// replication is the static parameter that a blue cluster needs.
const replication = "rds.logical_replication"

// prepare gives the cluster a parameter group with logical replication, restarts its writer,
// and makes the environment's own group one for the version.
func (u *upgrade) prepare(ctx context.Context, blue *types.DBCluster) error {
	if *blue.DBClusterParameterGroup == u.group() {
		on := types.Parameter{ParameterName: aws.String(replication), ParameterValue: aws.String("1"), ApplyMethod: types.ApplyMethodPendingReboot}
		if err := u.copyGroup(ctx, u.group(), u.replicating(), majorOf(blue), on); err != nil {
			return err
		}
	}
	if err := u.takeGroup(ctx, u.replicating()); err != nil {
		return err
	}
	return u.renewGroup(ctx, u.to)
}

// renewGroup makes the environment's own group, which no cluster has, one for the version.
func (u *upgrade) renewGroup(ctx context.Context, version string) error {
	own, err := u.parameterGroup(ctx, u.group())
	if err != nil {
		return err
	}
	if own != nil && *own.DBParameterGroupFamily != engine+version {
		if err := u.deleteGroup(ctx, u.group()); err != nil {
			return err
		}
	}
	return u.copyGroup(ctx, u.replicating(), u.group(), version)
}

// copyGroup makes a group like another one for a version, unless it is there, and sets its
// parameters, those of the other and the additional ones. The parameter of replication is
// not copied: where it is configured, the next deployment sets it.
func (u *upgrade) copyGroup(ctx context.Context, from, to, version string, additional ...types.Parameter) error {
	source, err := u.parameterGroup(ctx, from)
	if err != nil {
		return err
	}
	if source == nil {
		return fmt.Errorf("there is no parameter group %s", from)
	}
	tags, err := u.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: source.DBClusterParameterGroupArn})
	if err != nil {
		return err
	}
	_, err = u.rds.CreateDBClusterParameterGroup(ctx, &rds.CreateDBClusterParameterGroupInput{
		DBClusterParameterGroupName: &to, DBParameterGroupFamily: aws.String(engine + version), Description: source.Description, Tags: tags.TagList,
	})
	if err = but[*types.DBParameterGroupAlreadyExistsFault](err); err != nil {
		return err
	}
	parameters := additional
	pages := rds.NewDescribeDBClusterParametersPaginator(u.rds, &rds.DescribeDBClusterParametersInput{DBClusterParameterGroupName: &from, Source: aws.String("user")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.Parameters {
			if *p.ParameterName != replication {
				parameters = append(parameters, types.Parameter{ParameterName: p.ParameterName, ParameterValue: p.ParameterValue, ApplyMethod: p.ApplyMethod})
			}
		}
	}
	for some := range slices.Chunk(parameters, 20) { // AWS takes no more at once.
		if _, err := u.rds.ModifyDBClusterParameterGroup(ctx, &rds.ModifyDBClusterParameterGroupInput{DBClusterParameterGroupName: &to, Parameters: some}); err != nil {
			return err
		}
	}
	return nil
}

// takeGroup gives the cluster a group, and restarts its writer where it waits for that.
func (u *upgrade) takeGroup(ctx context.Context, group string) error {
	for looks, given, restarted := 0, false, false; ; looks++ {
		c, err := u.cluster(ctx, u.name())
		if err != nil {
			return err
		}
		if c == nil {
			return u.nothing()
		}
		w := writer(c)
		switch status := aws.ToString(w.DBClusterParameterGroupStatus); {
		case *c.DBClusterParameterGroup != group && !given:
			_, err = u.rds.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{DBClusterIdentifier: c.DBClusterIdentifier, DBClusterParameterGroupName: &group, ApplyImmediately: aws.Bool(true)})
			given, looks = true, 0
		case *c.DBClusterParameterGroup != group:
		case status == "pending-reboot" && !restarted:
			u.note("%s is restarted.", *w.DBInstanceIdentifier)
			_, err = u.rds.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{DBInstanceIdentifier: w.DBInstanceIdentifier})
			restarted, looks = true, 0
		case status == "in-sync" && (restarted || looks > settleLooks):
			return nil
		}
		if err != nil || !u.pause(ctx) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// parameterGroup is the one of that name, or nil.
func (u *upgrade) parameterGroup(ctx context.Context, name string) (*types.DBClusterParameterGroup, error) {
	found, err := u.rds.DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{DBClusterParameterGroupName: &name})
	if err != nil {
		return nil, but[*types.DBParameterGroupNotFoundFault](err)
	}
	return &found.DBClusterParameterGroups[0], nil
}

// deleteGroup deletes a group, which may be gone.
func (u *upgrade) deleteGroup(ctx context.Context, name string) error {
	_, err := u.rds.DeleteDBClusterParameterGroup(ctx, &rds.DeleteDBClusterParameterGroupInput{DBClusterParameterGroupName: &name})
	return but[*types.DBParameterGroupNotFoundFault](err)
}
