package live

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
)

func TestWindowsAreWantedInLowerCase(t *testing.T) {
	for _, kind := range []string{"aws_rds_cluster", "aws_rds_cluster_instance"} {
		wanted := Attributes{"preferred_maintenance_window": "Sun:03:30-SUN:04:30"}
		kinds()[kind].Decided(nil, nil, wanted)
		assert.Equal(t, "sun:03:30-sun:04:30", wanted["preferred_maintenance_window"], kind)
	}
}

// TestCapacityThatPauses leaves AWS the time of a capacity that may be nothing, where
// nobody has set it.
func TestCapacityThatPauses(t *testing.T) {
	pauses := func(seconds int32) Attributes {
		return Attributes{serverless: capacity(types.ServerlessV2ScalingConfigurationInfo{SecondsUntilAutoPause: aws.Int32(seconds)})}
	}
	for seconds, set := range map[int32]map[string]any{300: {}, 600: {autoPause: 600}} {
		wanted := Attributes{serverless: set, "preferred_maintenance_window": ""}
		clusterDecided(nil, pauses(seconds), wanted)
		assert.EqualValues(t, seconds, set[autoPause])
	}
	never := map[string]any{}
	clusterDecided(nil, pauses(0), Attributes{serverless: never, "preferred_maintenance_window": ""})
	assert.Empty(t, never, "one that never pauses")
}

// TestWhatWatchedBefore leaves out what is kept of a monitoring that is off.
func TestWhatWatchedBefore(t *testing.T) {
	off, on := Attributes{}, Attributes{}
	watched(off, aws.Int32(0), aws.String("role"), aws.Bool(false), aws.String("key"), aws.Int32(7))
	watched(on, aws.Int32(60), aws.String("role"), aws.Bool(true), aws.String("key"), aws.Int32(7))
	for _, attribute := range []string{"monitoring_role_arn", "performance_insights_kms_key_id", "performance_insights_retention_period"} {
		assert.NotContains(t, off, attribute)
		assert.Contains(t, on, attribute)
	}
}
