package constructs

// metric is what CloudWatch measures of one resource.
type metric struct {
	namespace, name string
	dimensions      []dimension
}

type dimension struct{ name, value string }

// dimensionMap is the dimensions as an alarm takes them.
func (m metric) dimensionMap() *map[string]*string {
	dimensions := make(map[string]*string, len(m.dimensions))
	for _, d := range m.dimensions {
		dimensions[d.name] = &d.value
	}
	return &dimensions
}

// metric is one of the load balancer:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func (l *LoadBalancer) metric(name string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{{"LoadBalancer", *l.LoadBalancer.ArnSuffix()}}}
}

// targetMetric is one of the target group.
func (l *LoadBalancer) targetMetric(name string) metric {
	m := l.metric(name)
	m.dimensions = append([]dimension{{"TargetGroup", *l.TargetGroup.ArnSuffix()}}, m.dimensions...)
	return m
}

// metric is one of the service:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
func (s *Service) metric(name string) metric {
	return metric{"AWS/ECS", name, []dimension{{"ClusterName", *s.Cluster.Name()}, {"ServiceName", *s.Service.Name()}}}
}

// insight is one that Container Insights measures of the service:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
func (s *Service) insight(name string) metric {
	m := s.metric(name)
	m.namespace = "ECS/ContainerInsights"
	return m
}

// The roles of instances in a cluster, which a failover exchanges.
const (
	writerRole = "WRITER"
	readerRole = "READER"
)

// metric is one of the instances of a role:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
func (d *Database) metric(name, role string) metric {
	return metric{"AWS/RDS", name, []dimension{{"DBClusterIdentifier", *d.Cluster.ClusterIdentifier()}, {"Role", role}}}
}
