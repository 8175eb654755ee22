package constructs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/stacktest"
)

// TestTracing holds the containers of a traced task against each other: the collector is
// there first and comes back, and the API sends it what it takes, and nothing else.
func TestTracing(t *testing.T) {
	containers := load(t, stacktest.Guarded()).Task()["container_definitions"].([]any)
	require.Len(t, containers, 2)
	api, collector := containers[0].(attributes), containers[1].(attributes)
	assert.Equal(t, attributes{"enabled": true, "restartAttemptPeriod": 60.0}, collector["restartPolicy"])
	assert.Equal(t, false, collector["essential"])
	assert.Equal(t, []any{attributes{"containerName": collector["name"], "condition": "START"}}, api["dependsOn"])
	sent := map[any]any{}
	for _, variable := range api["environment"].([]any) {
		sent[variable.(attributes)["name"]] = variable.(attributes)["value"]
	}
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
		"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
		"OTEL_METRICS_EXPORTER":       "none",
		"OTEL_LOGS_EXPORTER":          "none",
	} {
		assert.Equal(t, value, sent[name], name)
	}
}
