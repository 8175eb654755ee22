package constructs

import "strconv"

const (
	// collectorName is the collector's container, and begins its log streams.
	collectorName = "aws-otel-collector"
	// collectorImage is public: https://gallery.ecr.aws/aws-observability/aws-otel-collector
	collectorImage = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1"
	// collectorMemoryMiB ends the collector, and not the API, when traces pile up.
	collectorMemoryMiB = 256
	// otlpGRPCPort and otlpHTTPPort are where OpenTelemetry's protocol listens:
	// https://opentelemetry.io/docs/specs/otlp/
	otlpGRPCPort = 4317
	otlpHTTPPort = 4318
)

// collector is the container that sends the API's traces on to X-Ray. The task
// lives on without it.
func collector(props ServiceProps) containerDefinition {
	definition := hardened(props, collectorName)
	definition.Image = collectorImage
	definition.MemoryMiB = collectorMemoryMiB
	definition.ReadonlyRootFilesystem = true
	definition.Environment = []variable{{"AOT_CONFIG_CONTENT", collectorConfiguration(props.Config.Region)}}
	return definition
}

// collectorConfiguration takes traces from the task itself only. The collector
// reads YAML, of which JSON is a part:
// https://opentelemetry.io/docs/collector/configuration/
func collectorConfiguration(region string) string {
	listen := func(port int) any { return map[string]string{"endpoint": "127.0.0.1:" + strconv.Itoa(port)} }
	return mustJSON(map[string]any{
		"receivers": map[string]any{
			"otlp": map[string]any{"protocols": map[string]any{"grpc": listen(otlpGRPCPort), "http": listen(otlpHTTPPort)}},
		},
		"processors": map[string]any{
			"memory_limiter": map[string]any{"check_interval": "1s", "limit_percentage": 75, "spike_limit_percentage": 20},
			"batch":          map[string]any{"timeout": "1s"},
		},
		"exporters": map[string]any{"awsxray": map[string]string{"region": region}},
		"service": map[string]any{
			"pipelines": map[string]any{"traces": map[string][]string{
				"receivers":  {"otlp"},
				"processors": {"memory_limiter", "batch"},
				"exporters":  {"awsxray"},
			}},
		},
	})
}

// tracingVariables tell OpenTelemetry in the API where the collector listens:
// https://opentelemetry.io/docs/languages/sdk-configuration/otlp-exporter/
func tracingVariables(props ServiceProps) []variable {
	return []variable{
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + strconv.Itoa(otlpHTTPPort)},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
		{"OTEL_SERVICE_NAME", props.Config.StackName()},
	}
}

// GrantTracing lets the role send traces to X-Ray, which AWS does not limit to a
// resource:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
func GrantTracing(role *Role) {
	role.Grant("send_traces", Statement{
		Sid:      "SendTraces",
		Action:   []string{"xray:PutTraceSegments"},
		Resource: []string{"*"},
	})
}
