package constructs

import "strconv"

const (
	// collectorName is the collector's container, and begins its log streams.
	collectorName = "aws-otel-collector"
	// collectorImage is public: https://gallery.ecr.aws/aws-observability/aws-otel-collector
	collectorImage = "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0"
	// collectorMemoryMiB ends the collector, and not the API, when traces pile up.
	collectorMemoryMiB = 256
	// collectorRestartSeconds is the shortest that ECS takes:
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerRestartPolicy.html
	collectorRestartSeconds = 60
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
// The API starts after the collector, and ends before it. A task goes on without the
// collector, which is started again.
func AddTracing(service *Service, env Env) {
	service.AddContainer(&Container{
		Name:                   collectorName,
		Image:                  collectorImage,
		MemoryMiB:              collectorMemoryMiB,
		ReadonlyRootFilesystem: true,
		RestartPolicy:          &restartPolicy{Enabled: true, AttemptPeriodSeconds: collectorRestartSeconds},
		Environment:            []variable{{"AOT_CONFIG_CONTENT", collectorConfiguration(env.Region)}},
	})
	service.StartAfter(collectorName)
	service.AddEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:"+strconv.Itoa(otlpHTTPPort))
	service.AddEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	service.AddEnvironment("OTEL_SERVICE_NAME", env.StackName())
	// The collector takes traces only. Of what else OpenTelemetry sends by default, each
	// attempt would be an error in the API's log.
	service.AddEnvironment("OTEL_METRICS_EXPORTER", "none")
	service.AddEnvironment("OTEL_LOGS_EXPORTER", "none")
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
