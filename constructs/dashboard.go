package constructs

import (
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchdashboard"

	"flask-api/config"
)

// DashboardProps configures a [NewDashboard].
type DashboardProps struct {
	Env Env
	// Alarms are shown first, and their thresholds in the graphs.
	Alarms *Alarms
	// LoadBalancer, Service, Database, Queues, Workers and Services are what is measured, and Scaling its limits.
	LoadBalancer *LoadBalancer
	Service      *Service
	Scaling      config.Scaling
	Database     *Database
	Queues       []*Queue
	Workers      []*Worker
	Services     []*WebService
	// Cache may be nil.
	Cache *Cache
	// Jobs are nil where there are none.
	Jobs *Jobs
}

// widget is a part of a dashboard:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type widget struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties any    `json:"properties"`
}

type textProperties struct {
	Markdown string `json:"markdown"`
}

type alarmProperties struct {
	Title  string   `json:"title"`
	Alarms []string `json:"alarms"`
}

type metricProperties struct {
	Title       string       `json:"title"`
	Region      string       `json:"region"`
	View        string       `json:"view"`
	Period      int          `json:"period"`
	Metrics     [][]any      `json:"metrics"`
	Annotations *annotations `json:"annotations,omitempty"`
}

type annotations struct {
	Horizontal []annotation `json:"horizontal"`
}

type annotation struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// line is a metric in a widget.
type line struct {
	metric    metric
	statistic string
	label     string
}

// The dashboard is a grid of 24 columns.
const (
	gridWidth    = 24
	titleHeight  = 2
	alarmHeight  = 4
	graphHeight  = 6
	graphsPerRow = 3
)

// dashboard lays out widgets from top to bottom.
type dashboard struct {
	region  string
	widgets []widget
	y       int
}

// title adds a line of text that says what the graphs below it answer.
func (d *dashboard) title(question string) {
	d.widgets = append(d.widgets, widget{Type: "text", Y: d.y, Width: gridWidth, Height: titleHeight, Properties: textProperties{"## " + question}})
	d.y += titleHeight
}

// row adds graphs side by side.
func (d *dashboard) row(graphs ...metricProperties) {
	const width = gridWidth / graphsPerRow
	for i, g := range graphs {
		g.Region, g.View, g.Period = d.region, "timeSeries", minuteSeconds
		d.widgets = append(d.widgets, widget{
			Type: "metric", X: i % graphsPerRow * width, Y: d.y + i/graphsPerRow*graphHeight, Width: width, Height: graphHeight, Properties: g,
		})
	}
	d.y += (len(graphs) + graphsPerRow - 1) / graphsPerRow * graphHeight
}

// graph is a widget of lines, with a horizontal line at each limit.
func graph(title string, lines []line, limits ...annotation) metricProperties {
	g := metricProperties{Title: title}
	for _, l := range lines {
		m := []any{l.metric.namespace, l.metric.name}
		for _, dimension := range l.metric.dimensions {
			m = append(m, dimension.name, dimension.value)
		}
		g.Metrics = append(g.Metrics, append(m, map[string]string{"stat": l.statistic, "label": l.label}))
	}
	if len(limits) > 0 {
		g.Annotations = &annotations{limits}
	}
	return g
}

// tasksGraph shows how many tasks there are, between the fewest and the most.
func (s *Service) tasksGraph(title string, fewest, most int) metricProperties {
	return graph(title, []line{{s.insight("RunningTaskCount"), "Minimum", "running"}, {s.insight("DesiredTaskCount"), "Maximum", "wanted"}},
		annotation{"fewest", float64(fewest)}, annotation{"most", float64(most)})
}

// NewDashboard creates the dashboard `<name>-<suffix>`, which answers in this
// order whether the API is up, fast, and near a limit.
func NewDashboard(scope constructs.Construct, id string, props DashboardProps) cloudwatchdashboard.CloudwatchDashboard {
	d := &dashboard{region: props.Env.Region}
	d.title(props.Env.StackName() + ": is the API up, fast, near a limit?")
	arns := make([]string, len(props.Alarms.All))
	for i, alarm := range props.Alarms.All {
		arns[i] = *alarm.Arn()
	}
	d.widgets = append(d.widgets, widget{Type: "alarm", Y: d.y, Width: gridWidth, Height: alarmHeight, Properties: alarmProperties{"Alarms", arns}})
	d.y += alarmHeight

	balancer, service, scaling := props.LoadBalancer, props.Service, props.Scaling
	measured := balancer.requestsOf(service)
	d.title("Is it up?")
	d.row(
		graph("Requests and errors a minute", []line{
			{measured("RequestCount"), "Sum", "requests"},
			{measured("HTTPCode_Target_5XX_Count"), "Sum", "5xx of the API"},
			{balancer.metric("HTTPCode_ELB_5XX_Count"), "Sum", "5xx of the load balancer"},
			{measured("HTTPCode_Target_4XX_Count"), "Sum", "4xx of the API"},
		}),
		graph("Tasks behind the load balancer", []line{
			{service.Targets.metric("HealthyHostCount"), "Minimum", "healthy"},
			{service.Targets.metric("UnHealthyHostCount"), "Maximum", "unhealthy"},
		}),
		service.tasksGraph("Running tasks", scaling.FewestTasks(), scaling.MostTasks()),
	)
	d.title("Is it fast?")
	response := measured("TargetResponseTime")
	d.row(
		graph("Response time in seconds", []line{{response, "p50", "p50"}, {response, "p95", "p95"}, {response, "p99", "p99"}},
			annotation{"alarm of p95", props.Alarms.Settings.LatencySeconds}),
		graph("Database: latency of the writer in seconds", []line{
			{props.Database.metric("ReadLatency", writerRole), "Average", "read"},
			{props.Database.metric("WriteLatency", writerRole), "Average", "write"},
		}),
		graph("Database: commits of the writer in milliseconds", []line{{props.Database.metric("CommitLatency", writerRole), "Average", "commit"}}),
	)
	d.title("Is it near a limit?")
	d.row(append([]metricProperties{
		graph("Tasks: use in percent", []line{
			{service.metric("CPUUtilization"), "Average", "CPU"},
			{service.metric("MemoryUtilization"), "Average", "memory"},
		}, annotation{"CPU that scaling aims at", float64(scaling.CPUTargetPercent)}, annotation{"alarm", highUsePercent}),
	}, slices.Concat(databaseLimits(props), cacheLimits(props.Cache))...)...)
	if len(props.Queues)+len(props.Workers) > 0 {
		d.title("Does the background keep up?")
		for _, q := range props.Queues {
			d.row(
				graph("Queue "+q.Settings.Name+": messages", []line{
					{q.visible(), "Maximum", "waiting"}, {q.inFlight(), "Maximum", "worked on"}, {q.dead(), "Maximum", "dead letters"},
				}),
				graph("Queue "+q.Settings.Name+": age of the oldest message in seconds", []line{{q.oldest(), "Maximum", "age"}},
					annotation{"alarm", float64(q.Settings.OldestMessageAlarmMinutes * minuteSeconds)}),
				graph("Queue "+q.Settings.Name+": messages a minute", []line{
					{q.metric("NumberOfMessagesSent"), "Sum", "sent"}, {q.metric("NumberOfMessagesDeleted"), "Sum", "done"},
				}),
			)
		}
		d.workers(props.Workers)
	}
	if len(props.Services) > 0 {
		d.title("Are the other services up and fast?")
		d.services(props.Services, props.Alarms.Settings)
	}
	if props.Jobs != nil {
		d.title("Did the jobs run?")
		d.row(
			graph("Runs that failed", props.Jobs.lines("ExecutionsFailed", "Sum")),
			graph("Time of a run in milliseconds", props.Jobs.lines("ExecutionTime", "Maximum")),
		)
	}
	return cloudwatchdashboard.NewCloudwatchDashboard(scope, &id, &cloudwatchdashboard.CloudwatchDashboardConfig{
		DashboardName: jsii.String(props.Env.StackName()),
		DashboardBody: jsii.String(mustJSON(map[string]any{"widgets": d.widgets})),
	})
}

// cacheLimits are the graphs of what a cache may run out of, if there is one.
func cacheLimits(c *Cache) []metricProperties {
	if c == nil {
		return nil
	}
	each := func(name, statistic string) []line {
		var lines []line
		for i, node := range c.metric(name) {
			lines = append(lines, line{node, statistic, numberedName("node", i)})
		}
		return lines
	}
	return []metricProperties{
		graph("Cache: memory in percent", each("DatabaseMemoryUsagePercentage", "Average"), annotation{"alarm", highUsePercent}),
		graph("Cache: keys thrown out a minute", each("Evictions", "Sum")),
		graph("Cache: CPU of the engine in percent", each("EngineCPUUtilization", "Average"), annotation{"alarm", highUsePercent}),
		graph("Cache: connections", each("CurrConnections", "Maximum")),
		graph("Cache: keys found and not found a minute", append(each("CacheHits", "Sum"), each("CacheMisses", "Sum")...)),
	}
}

// databaseLimits are the graphs of what a database may run out of.
func databaseLimits(props DashboardProps) []metricProperties {
	readers := props.Database.HasReaders()
	each := func(name, statistic string) []line {
		lines := []line{{props.Database.metric(name, writerRole), statistic, "writer"}}
		if readers {
			lines = append(lines, line{props.Database.metric(name, readerRole), statistic, "readers"})
		}
		return lines
	}
	graphs := []metricProperties{
		graph("Database: CPU in percent", each("CPUUtilization", "Average"), annotation{"alarm", highUsePercent}),
		graph("Database: connections", each("DatabaseConnections", "Maximum"), annotation{"alarm", float64(props.Alarms.Settings.DatabaseConnections)}),
		graph("Database: freeable memory in bytes", each("FreeableMemory", "Average"), annotation{"alarm", leastFreeableMiB << 20}),
	}
	if readers {
		graphs = append(graphs, graph("Database: lag of the readers in milliseconds",
			[]line{{props.Database.metric("AuroraReplicaLag", readerRole), "Maximum", "lag"}}, annotation{"alarm", longestReplicaLagMilliseconds}))
	}
	if most := props.Database.Settings.ServerlessMaxACU; most > 0 {
		graphs = append(graphs, graph("Database: capacity in ACU", each("ServerlessDatabaseCapacity", "Maximum"),
			annotation{"most", most}))
	}
	return graphs
}
