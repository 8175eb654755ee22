package operate

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// finish deletes what ran before the switchover, then the deployment, by whose end AWS would
// let applications write to it again, and its parameter group.
func (u *upgrade) finish(ctx context.Context) error {
	blue, err := u.cluster(ctx, u.name())
	if err != nil {
		return err
	}
	if blue == nil || majorOf(blue) != u.to {
		return fmt.Errorf("%s does not run version %s", u.name(), u.to)
	}
	deployment, err := u.deployment(ctx)
	if err != nil {
		return err
	}
	if status := aws.ToString(deployment.Status); status != "" && status != switchedOver && status != deploymentGone {
		return fmt.Errorf("the blue/green deployment is %s, and not yet switched over", status)
	}
	if err := u.deleteOld(ctx, u.old(deployment)); err != nil {
		return err
	}
	if err := u.deleteDeployment(ctx, false); err != nil {
		return err
	}
	return u.deleteGroup(ctx, u.replicating())
}

// deleteOld deletes the cluster that ran before, when the caller agrees.
func (u *upgrade) deleteOld(ctx context.Context, name string) error {
	old, err := u.cluster(ctx, name)
	if err != nil || old == nil {
		return err
	}
	if majorOf(old) == u.to {
		return fmt.Errorf("%s runs version %s itself, and is not what ran before", name, *old.EngineVersion)
	}
	snapshot := fmt.Sprintf("%s-%s", u.Config.PhysicalName("aurora-final"), majorOf(old))
	question := fmt.Sprintf("Delete %s, of version %s, and all that it holds?", name, *old.EngineVersion)
	if u.Config.Protected {
		question += " A snapshot is kept: " + snapshot + "."
	}
	if aws.ToString(old.Status) != "deleting" && !u.confirmed(question) {
		return errUnchanged
	}
	if err := u.unprotect(ctx, old); err != nil {
		return err
	}
	instances, err := u.instances(ctx, name)
	if err != nil {
		return err
	}
	for _, i := range instances {
		_, err := u.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: i.DBInstanceIdentifier})
		if err = but[*types.InvalidDBInstanceStateFault](but[*types.DBInstanceNotFoundFault](err)); err != nil {
			return err
		}
	}
	if aws.ToString(old.Status) != "deleting" {
		input := &rds.DeleteDBClusterInput{DBClusterIdentifier: old.DBClusterIdentifier, SkipFinalSnapshot: aws.Bool(!u.Config.Protected)}
		if u.Config.Protected {
			input.FinalDBSnapshotIdentifier = &snapshot
		}
		_, err := u.rds.DeleteDBCluster(ctx, input)
		if err = but[*types.DBClusterNotFoundFault](err); err != nil {
			return err
		}
	}
	return u.until(ctx, name+" is being deleted.", func() (bool, error) {
		c, err := u.cluster(ctx, name)
		return c == nil, err
	})
}

// unprotect takes the protection of a cluster that is to be deleted.
func (u *upgrade) unprotect(ctx context.Context, c *types.DBCluster) error {
	if !aws.ToBool(c.DeletionProtection) {
		return nil
	}
	_, err := u.rds.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{DBClusterIdentifier: c.DBClusterIdentifier, DeletionProtection: aws.Bool(false), ApplyImmediately: aws.Bool(true)})
	return err
}

// abandon goes back to what was before, which is only possible before the switchover: the
// copy is deleted, and the cluster gets the environment's group again, of its own version.
func (u *upgrade) abandon(ctx context.Context) error {
	blue, err := u.cluster(ctx, u.name())
	if err != nil {
		return err
	}
	if blue == nil {
		return u.nothing()
	}
	deployment, err := u.deployment(ctx)
	status := aws.ToString(deployment.Status)
	switch {
	case err != nil:
		return err
	case majorOf(blue) == u.to, status == switching, status == switchedOver:
		return fmt.Errorf("it was switched over to version %s, from which there is no way back; what ran before is %s", u.to, u.old(deployment))
	case !u.confirmed(fmt.Sprintf("Go back to version %s of %s? The copy is deleted, and the writer is restarted.", *blue.EngineVersion, u.name())):
		return errUnchanged
	}
	if err := u.deleteCopy(ctx, identifier(deployment.Target)); err != nil {
		return err
	}
	if *blue.DBClusterParameterGroup == u.replicating() {
		if err := u.renewGroup(ctx, majorOf(blue)); err != nil {
			return err
		}
	}
	if err := u.takeGroup(ctx, u.group()); err != nil {
		return err
	}
	u.note("%s is as it was, with version %s: set Database.EngineVersion back.", u.name(), *blue.EngineVersion)
	return u.deleteGroup(ctx, u.replicating())
}

// deleteCopy deletes the deployment with its copy, unless it has none yet.
func (u *upgrade) deleteCopy(ctx context.Context, name string) error {
	if name == "" {
		return u.deleteDeployment(ctx, true)
	}
	green, err := u.cluster(ctx, name)
	if err == nil && green != nil {
		err = u.unprotect(ctx, green)
	}
	if err == nil {
		err = u.deleteDeployment(ctx, true)
	}
	if err != nil {
		return err
	}
	return u.until(ctx, name+" is being deleted.", func() (bool, error) {
		green, err := u.cluster(ctx, name)
		return green == nil, err
	})
}

// deleteDeployment deletes the deployment, with its copy or without, and waits for its end.
func (u *upgrade) deleteDeployment(ctx context.Context, target bool) error {
	d, err := u.deployment(ctx)
	if err != nil || d.Status == nil {
		return err
	}
	if *d.Status != deploymentGone {
		input := &rds.DeleteBlueGreenDeploymentInput{BlueGreenDeploymentIdentifier: d.BlueGreenDeploymentIdentifier}
		if target {
			input.DeleteTarget = &target
		}
		_, err := u.rds.DeleteBlueGreenDeployment(ctx, input)
		if err = but[*types.BlueGreenDeploymentNotFoundFault](err); err != nil {
			return err
		}
	}
	return u.until(ctx, "The blue/green deployment is being deleted.", func() (bool, error) {
		d, err := u.deployment(ctx)
		return d.Status == nil, err
	})
}

// until waits for the end of something.
func (u *upgrade) until(ctx context.Context, what string, ended func() (bool, error)) error {
	u.note("%s", what)
	for {
		over, err := ended()
		if over || err != nil {
			return err
		}
		if !u.pause(ctx) {
			return ctx.Err()
		}
	}
}
