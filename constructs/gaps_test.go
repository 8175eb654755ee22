package constructs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// TestGapsAreRefused wants a condition for what a protected environment lacks, and for
// nothing else. The life "production" has Terraform judge it.
func TestGapsAreRefused(t *testing.T) {
	for _, env := range stacktest.All() {
		s := load(t, env)
		lifecycle, _ := s.One("aws_lb")["lifecycle"].(attributes)
		gaps := env.Unacknowledged()
		assert.Equal(t, len(gaps) > 0, lifecycle["precondition"] != nil, env.Suffix)
		if lifecycle["precondition"] == nil {
			continue
		}
		condition := lifecycle["precondition"].([]any)[0].(attributes)
		for _, gap := range []config.Gap{config.PlainHTTP, config.SilentAlarms, config.StillPlaceholder} {
			for _, key := range []string{"condition", "error_message"} {
				named := strings.Contains(condition[key].(string), string(gap))
				assert.Equal(t, slices.Contains(gaps, gap), named, "%s in the %s of %s", gap, key, env.Suffix)
			}
		}
	}
}
