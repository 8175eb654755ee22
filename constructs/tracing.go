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

// AddTracing adds the collector to the service's tasks, which sends their traces on to
// X-Ray, tells OpenTelemetry in the service's container where the collector listens,
// and grants what the collector does:
// https://opentelemetry.io/docs/languages/sdk-configuration/otlp-exporter/
//
// A task goes on without the collector.
func AddTracing(service *Service, env Env) {
	service.AddContainer(&Container{
		Name:                   collectorName,
		Image:                  collectorImage,
		MemoryMiB:              collectorMemoryMiB,
		ReadonlyRootFilesystem: true,
		Environment:            []variable{{"AOT_CONFIG_CONTENT", collectorConfiguration(env.Region)}},
	})
	service.AddEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:"+strconv.Itoa(otlpHTTPPort))
	service.AddEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	service.AddEnvironment("OTEL_SERVICE_NAME", env.StackName())
	service.Grant("send_traces", Statement{
		Sid:    "SendTraces",
		Action: []string{"xray:PutTraceSegments"},
		// AWS does not limit it to a resource:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		Resource: []string{"*"},
	})
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
