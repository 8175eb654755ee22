package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// movingRuns is how often the integration tests run in a row while all moves.
	movingRuns = 5
	// movingPause is between two things that move.
	movingPause = 500 * time.Millisecond
)

// checkWhileMoving runs the integration tests while the service scales and deploys, tasks
// are replaced, and readers come, go and are maintained.
func (l *life) checkWhileMoving(t *testing.T) {
	t.Helper()
	described := l.describeDeployed(t)
	proxy := l.aws.NewProxy()
	defer proxy.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	moved := make(chan error, 1) // A test that fails does not wait for it.
	var rounds int
	go func() {
		var err error
		for ctx.Err() == nil && err == nil {
			err = l.move(proxy.URL)
			rounds++
		}
		moved <- err
	}()
	for range movingRuns {
		l.integration(t, described)
	}
	stop()
	require.NoError(t, <-moved)
	assert.GreaterOrEqual(t, rounds, 2, "rounds of what moves")
}

// move has everything move once, and leaves it as it was.
func (l *life) move(endpoint string) error {
	account, ctx := l.aws.Config(), context.Background()
	direct := rds.NewFromConfig(account)
	account.BaseEndpoint = &endpoint
	containers := ecs.NewFromConfig(account)
	cluster, service, own := l.cfg.PhysicalName("cluster"), l.cfg.PhysicalName("service"), l.cfg.PhysicalName("aurora-reader-1")
	update := func(input *ecs.UpdateServiceInput) func() error {
		input.Cluster, input.Service = &cluster, &service
		return func() error { _, err := containers.UpdateService(ctx, input); return err }
	}
	var reader string
	show := func(id *string, status string) func() error {
		return func() error { l.aws.ShowInstance(*id, status); return nil }
	}
	for _, step := range []func() error{
		update(&ecs.UpdateServiceInput{DesiredCount: aws.Int32(4)}),
		func() (err error) {
			reader, err = l.aws.AddReader(ctx, l.cfg.PhysicalName("aurora"))
			l.aws.ShowInstance(reader, "creating")
			return err
		},
		func() error { l.aws.ReplaceTask(service); return nil },
		show(&reader, "configuring-enhanced-monitoring"),
		update(&ecs.UpdateServiceInput{DesiredCount: aws.Int32(2)}),
		show(&reader, ""),
		update(&ecs.UpdateServiceInput{ForceNewDeployment: true}),
		show(&own, "maintenance"),
		show(&reader, "deleting"),
		show(&own, ""),
		func() error {
			_, err := direct.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: &reader})
			l.aws.ShowInstance(reader, "")
			return err
		},
	} {
		if err := step(); err != nil {
			return errors.Join(errors.New("what moves while the tests run"), err)
		}
		time.Sleep(movingPause)
	}
	return nil
}
