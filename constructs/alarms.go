package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopic"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopicpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopicsubscription"

	"flask-api/config"
)

const (
	minuteSeconds      = 60
	fiveMinutesSeconds = 300
	// highUsePercent is where a part has no reserve left, well above what scaling
	// aims at.
	highUsePercent = 90
	// leastFreeableMiB is where PostgreSQL begins to read from disk what it would
	// have kept in memory.
	leastFreeableMiB = 256
	// longestReplicaLagMilliseconds is ten times what AWS calls usual:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.html
	longestReplicaLagMilliseconds = 1000
)

// AlarmsProps configures [Alarms].
type AlarmsProps struct {
	Env Env
	// Settings give the recipients and the thresholds.
	Settings config.Alarms
	// Key encrypts the topic. One that AWS manages cannot: the topic then gets a key.
	Key *EncryptionKey
	// FewestTasks is how many tasks run at any time; with 0, a schedule stops the service,
	// which is no reason for an alarm.
	FewestTasks int
}

// Alarms tell people, through one SNS topic, when the API is down, slow or near a
// limit.
type Alarms struct {
	// Topic is what every alarm goes to, and every end of one.
	Topic snstopic.SnsTopic
	// All are the alarms, in the order in which they were added.
	All []cloudwatchmetricalarm.CloudwatchMetricAlarm
	// Settings are the recipients and the thresholds.
	Settings config.Alarms

	scope       constructs.Construct
	env         Env
	actions     *[]*string
	fewestTasks int
}

// NewAlarms creates the topic, which CloudWatch alone may publish to, and its
// subscriptions, each of which its recipient has to confirm.
//
// The topic has a customer-managed key. With the key that AWS manages for SNS,
// alarms would not be published, and nothing would say so:
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
func NewAlarms(scope constructs.Construct, id string, props AlarmsProps) *Alarms {
	a := &Alarms{scope: constructs.NewConstruct(scope, &id), env: props.Env, Settings: props.Settings, fewestTasks: props.FewestTasks}
	key := props.Key
	if !key.CustomerManaged() {
		key = NewEncryptionKey(a.scope, "encryption", EncryptionKeyProps{Env: a.env, Name: "alarms-key"})
	}
	key.AllowAlarms()
	a.Topic = snstopic.NewSnsTopic(a.scope, jsii.String("topic"), &snstopic.SnsTopicConfig{
		Name:           jsii.String(a.env.Name("alarms")),
		KmsMasterKeyId: key.ARN(),
	})
	// The ARN through the policy, so that no alarm publishes before the policy allows it.
	policy := snstopicpolicy.NewSnsTopicPolicy(a.scope, jsii.String("topic_policy"), &snstopicpolicy.SnsTopicPolicyConfig{
		Arn:    a.Topic.Arn(),
		Policy: a.topicPolicy().text(),
	})
	a.actions = &[]*string{policy.Arn()}
	for _, address := range a.Settings.Emails {
		id := "email_" + strings.ReplaceAll(config.AlnumID(address), "-", "_")
		snstopicsubscription.NewSnsTopicSubscription(a.scope, &id, &snstopicsubscription.SnsTopicSubscriptionConfig{
			TopicArn: a.Topic.Arn(),
			Protocol: jsii.String("email"),
			Endpoint: jsii.String(address),
		})
	}
	return a
}

// topicPolicy lets the alarms of this account publish, and nothing that does not
// come over TLS.
func (a *Alarms) topicPolicy() Policy {
	const publish = "sns:Publish"
	topic := *a.Topic.Arn()
	return Policy{
		{
			Sid: "PublishAlarms", Effect: allow, Principal: serviceOf(a.env, alarmsService), Action: publish, Resource: topic,
			Condition: stringEquals("aws:SourceAccount", a.env.Account),
		},
		refusePlainHTTP(publish, topic),
	}
}

// What a period without data means to an alarm:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
const (
	// missingIsGood is for events, which have no data while none happens.
	missingIsGood = "notBreaching"
	// missingIsUnknown is for what AWS measures all the time once it runs.
	missingIsUnknown = "missing"
	// missingIsAsBefore is for what shows that anything runs at all: of a new
	// environment, which has no data at first, nothing is known, and one whose data
	// ended, which counted as 0, stays bad.
	missingIsAsBefore = "ignore"
)

// alarm is a metric, and the threshold from which on it is bad.
type alarm struct {
	id     string
	metric metric
	// statistic is that of each period, such as "Sum" or "p95".
	statistic string
	// below turns the threshold into the least that is good.
	below         bool
	threshold     float64
	periodSeconds int
	// periods is how many in a row must be bad.
	periods     int
	missingData string
	// expression is what is compared, where it is not the metric itself: of "measured",
	// and of "wanted", how many tasks the service should have. FILL counts a period
	// without data as 0, once there was any:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
	expression string
	// wanted is the second metric of the expression, if it has one.
	wanted *metric
	// description says what is wrong and what to do first.
	description string
}

// WatchRequests adds the alarms of what clients of the API see. Those of failures roll a
// deployment back: where it is alone behind the load balancer, also those of the balancer
// itself, which does not say whose request it could not serve.
func (a *Alarms) WatchRequests(l *LoadBalancer, s *Service) {
	settings, measured := a.Settings, l.requestsOf(s)
	targetErrors := a.watchErrors("", "The API", measured, s)
	balancer := alarm{
		id: "alb_5xx", metric: l.metric("HTTPCode_ELB_5XX_Count"), statistic: "Sum",
		threshold: float64(settings.ServerErrors), periodSeconds: fiveMinutesSeconds, periods: 1, missingData: missingIsGood,
		description: fmt.Sprintf("The load balancer itself answered more than %d requests within five minutes with a 5xx status: 503 without a healthy task, 502 when a task closed the connection, 504 when it did not answer in time. Look at the healthy hosts and the events of the ECS service %s first.", settings.ServerErrors, s.Name),
	}
	if a.fewestTasks == 0 { // Stopped, it answers everybody with 503.
		balancer.expression, balancer.wanted = "IF(FILL(wanted, 0) > 0, FILL(measured, 0), 0)", s.wantedTasks()
	}
	balancerErrors := a.add(balancer)
	unhealthy := a.watchHealth("", s)
	a.watchLatency("", measured)
	if l.shared {
		s.RollBackOn(targetErrors, unhealthy)
	} else {
		s.RollBackOn(targetErrors, balancerErrors, unhealthy)
	}
}

// watchErrors adds the alarm of what a service answers wrongly.
func (a *Alarms) watchErrors(prefix, who string, measured func(string) metric, s *Service) *string {
	most := a.Settings.ServerErrors
	return a.add(alarm{
		id: prefix + "target_5xx", metric: measured("HTTPCode_Target_5XX_Count"), statistic: "Sum",
		threshold: float64(most), periodSeconds: fiveMinutesSeconds, periods: 1, missingData: missingIsGood,
		description: fmt.Sprintf("%s answered more than %d requests within five minutes with a 5xx status. Look for the errors in the log group %s first, then at the database's alarms; if it began with a deployment, go back to the image before.", who, most, s.LogGroup.Name),
	})
}

// watchHealth adds the alarm of tasks that the load balancer does not send requests to.
func (a *Alarms) watchHealth(prefix string, s *Service) *string {
	return a.add(alarm{
		id: prefix + "unhealthy_hosts", metric: s.Targets.metric("UnHealthyHostCount"), statistic: "Maximum",
		threshold: 0, periodSeconds: minuteSeconds, periods: 5, missingData: missingIsGood,
		description: fmt.Sprintf("Tasks have failed the health check %s for five minutes. Look at the events of the ECS service %s first, then for the task's errors in the log group %s.", s.Targets.Settings.HealthCheckPath, s.Name, s.LogGroup.Name),
	})
}

// watchLatency adds the alarm of slow answers.
func (a *Alarms) watchLatency(prefix string, measured func(string) metric) {
	longest := a.Settings.LatencySeconds
	a.add(alarm{
		id: prefix + "latency_p95", metric: measured("TargetResponseTime"), statistic: "p95",
		threshold: longest, periodSeconds: fiveMinutesSeconds, periods: 3, missingData: missingIsGood,
		description: fmt.Sprintf("For fifteen minutes one request in twenty has taken longer than %g s. Look at the CPU of the tasks and of the database on the dashboard first: whichever is high is where to look further.", longest),
	})
}

// WatchService adds the alarms of the tasks.
func (a *Alarms) WatchService(s *Service) {
	a.watchUse("ecs", "Scaling.MaxTasks", s)
	a.watchTasks("running_tasks", a.fewestTasks, s)
}

// watchUse adds the alarms of what the tasks use, whose ids begin with the prefix. The field
// limits how many tasks there are.
func (a *Alarms) watchUse(prefix, most string, s *Service) {
	for _, use := range []struct{ id, metric, of string }{{"cpu", "CPUUtilization", "CPU"}, {"memory", "MemoryUtilization", "memory"}} {
		a.add(alarm{
			id: prefix + "_" + use.id, metric: s.metric(use.metric), statistic: "Average",
			threshold: highUsePercent, periodSeconds: fiveMinutesSeconds, periods: 3, missingData: missingIsUnknown,
			description: fmt.Sprintf("For fifteen minutes the tasks have used more than %d %% of their %s. If as many run as %s allows, raise it first; if not, the service cannot start more: read its events.", highUsePercent, use.of, most),
		})
	}
}

// watchTasks adds the alarm of too few tasks. With 0 at times, it compares with how many the
// service wants.
func (a *Alarms) watchTasks(id string, fewest int, s *Service) {
	tooFew, expression, wanted := fmt.Sprintf("than %d tasks have run, or nothing has been measured at all", fewest), "FILL(measured, 0)", (*metric)(nil)
	if fewest == 0 {
		tooFew, expression, wanted = "tasks have run than the service wants", "FILL(measured, 0) - FILL(wanted, 0)", s.wantedTasks()
	}
	a.add(alarm{
		id: id, metric: s.insight("RunningTaskCount"), statistic: "Minimum", below: true,
		threshold: float64(fewest), periodSeconds: minuteSeconds, periods: 5, missingData: missingIsAsBefore, expression: expression, wanted: wanted,
		description: fmt.Sprintf("For five minutes fewer %s. Read the events of the ECS service %s first: an image that cannot be pulled, a secret that cannot be read and a lack of capacity stand there.", tooFew, s.Name),
	})
}

// wantedTasks is how many tasks the service should have at the time. It has the service's
// name as it is written, because the service itself waits for an alarm that asks for this.
func (s *Service) wantedTasks() *metric {
	wanted := s.insight("DesiredTaskCount")
	wanted.dimensions = []dimension{{"ClusterName", *s.Cluster.Cluster.Name()}, {"ServiceName", s.Name}}
	return &wanted
}

// WatchDatabase adds the alarms of the cluster's instances.
func (a *Alarms) WatchDatabase(d *Database) {
	const insights = "Look at Performance Insights, where it is on, and at the slow statements of PostgreSQL's log first"
	roles := []string{writerRole}
	if d.HasReaders() {
		roles = append(roles, readerRole)
	}
	for _, role := range roles {
		who := strings.ToLower(role)
		a.add(alarm{
			id: "database_cpu_" + who, metric: d.metric("CPUUtilization", role), statistic: "Average",
			threshold: highUsePercent, periodSeconds: fiveMinutesSeconds, periods: 3, missingData: missingIsUnknown,
			description: fmt.Sprintf("For fifteen minutes the database's %s has used more than %d %% of its CPU. %s; a larger Database.InstanceClass is the way out.", who, highUsePercent, insights),
		})
		if !d.Pauses() { // What a paused instance has to spare is not documented.
			a.add(alarm{
				id: "database_memory_" + who, metric: d.metric("FreeableMemory", role), statistic: "Average", below: true,
				threshold: leastFreeableMiB << 20, periodSeconds: fiveMinutesSeconds, periods: 3, missingData: missingIsUnknown,
				description: fmt.Sprintf("For fifteen minutes the database's %s has had less than %d MiB to spare. Look at the number of connections first, each of which takes memory; a larger Database.InstanceClass is the way out.", who, leastFreeableMiB),
			})
		}
		a.add(alarm{
			id: "database_connections_" + who, metric: d.metric("DatabaseConnections", role), statistic: "Maximum",
			threshold: float64(a.Settings.DatabaseConnections), periodSeconds: fiveMinutesSeconds, periods: 1, missingData: missingIsUnknown,
			description: fmt.Sprintf("The database's %s has more than %d connections. At its limit it refuses new ones, and requests fail. Look first whether the tasks, their workers and the pool of each together ask for more than that.", who, a.Settings.DatabaseConnections),
		})
		if d.Burstable() {
			// A new instance has no credits yet; what it spends in advance is charged
			// when it exceeds a day's credits only:
			// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-unlimited-mode-concepts.html
			a.add(alarm{
				id: "database_credits_" + who, metric: d.metric("CPUSurplusCreditsCharged", role), statistic: "Maximum",
				threshold: 0, periodSeconds: fiveMinutesSeconds, periods: 1, missingData: missingIsUnknown,
				description: fmt.Sprintf("The database's %s uses more CPU than its share and a day's credits, and AWS bills what is beyond them. Look for what uses it first; if the load is here to stay, choose a Database.InstanceClass that is not of the t family.", who),
			})
		}
	}
	if len(roles) > 1 {
		a.add(alarm{
			id: "replica_lag", metric: d.metric("AuroraReplicaLag", readerRole), statistic: "Maximum",
			threshold: longestReplicaLagMilliseconds, periodSeconds: minuteSeconds, periods: 5, missingData: missingIsUnknown,
			description: fmt.Sprintf("For five minutes readers have been more than %d ms behind the writer, and answer with old data. Look at the writer's load and at long transactions on the readers first.", longestReplicaLagMilliseconds),
		})
	}
}

// WatchQueue adds the alarms of a queue. What AWS has measured last stays true while it
// measures nothing: it does not measure a queue that nobody has called for six hours.
func (a *Alarms) WatchQueue(q *Queue) {
	id, minutes := ownID("queue", q.Settings.Name), q.Settings.OldestMessageAlarmMinutes
	a.add(alarm{
		id: id + "_age", metric: q.oldest(), statistic: "Maximum",
		threshold: float64(minutes * minuteSeconds), periodSeconds: minuteSeconds, periods: 1, missingData: missingIsAsBefore,
		description: fmt.Sprintf("A message has waited in the queue %s for more than %d minutes. Look first whether what receives from it runs, then for its errors in its log; if it only lags behind, let more of it run.", q.Name, minutes),
	})
	a.add(alarm{
		id: id + "_dead_letters", metric: q.dead(), statistic: "Maximum",
		threshold: 0, periodSeconds: minuteSeconds, periods: 1, missingData: missingIsAsBefore,
		description: fmt.Sprintf("A message was received %d times from the queue %s, and nothing could be done with it. Read it in %s and the errors of its work in the log first; when they are mended, start a redrive there: docs/background.md.", q.Settings.MaxReceives, q.Name, q.DeadLettersName),
	})
}

// WatchCache adds the alarms of the cache's nodes, if there is a cache. Each node has its own
// three: the provider cannot plan an expression of nodes whose names AWS is yet to give
// ("inconsistent final plan", once the number of nodes changes).
func (a *Alarms) WatchCache(c *Cache) {
	if c == nil {
		return
	}
	for _, use := range []struct {
		id, metric, statistic string
		threshold             float64
		description           string
	}{
		{"cache_memory", "DatabaseMemoryUsagePercentage", "Average", highUsePercent, "For fifteen minutes a node of the cache has used more than %v %% of the memory that it has for keys. Look at the evictions on the dashboard first: while there are none, nothing is lost yet, and with Cache.MaxMemoryPolicy noeviction new keys are refused soon; a larger Cache.NodeType is the way out."},
		{"cache_cpu", "EngineCPUUtilization", "Average", highUsePercent, "For fifteen minutes a node of the cache has used more than %v %% of the one CPU that executes commands. Look first for commands that walk through many keys; a larger Cache.NodeType is the way out."},
		{"cache_evictions", "Evictions", "Sum", 0, "For fifteen minutes a node of the cache has thrown out more than %v keys that had not expired, to make room for new ones. Look first at whether all keys expire, and how soon; if what is asked for again and again does not fit, choose a larger Cache.NodeType."},
	} {
		for i, node := range c.metric(use.metric) {
			id := use.id
			if i > 0 {
				id = numbered(id, i)
			}
			a.add(alarm{
				id: id, metric: node, statistic: use.statistic, threshold: use.threshold,
				periodSeconds: fiveMinutesSeconds, periods: 3, missingData: missingIsUnknown,
				description: fmt.Sprintf(use.description, use.threshold),
			})
		}
	}
}

// add creates an alarm, `<name>-<id with hyphens>-<suffix>`, and returns its name.
func (a *Alarms) add(w alarm) *string {
	settings := &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName:          jsii.String(a.env.Name(strings.ReplaceAll(w.id, "_", "-"))),
		AlarmDescription:   &w.description,
		ComparisonOperator: jsii.String("GreaterThanThreshold"),
		Threshold:          &w.threshold,
		EvaluationPeriods:  jsii.Number(w.periods),
		TreatMissingData:   &w.missingData,
		AlarmActions:       a.actions,
		OkActions:          a.actions,
	}
	if w.below {
		settings.ComparisonOperator = jsii.String("LessThanThreshold")
	}
	w.measure(settings)
	created := cloudwatchmetricalarm.NewCloudwatchMetricAlarm(a.scope, &w.id, settings)
	a.All = append(a.All, created)
	return created.AlarmName()
}

// measure writes what the alarm watches, one metric or an expression of one.
func (w alarm) measure(settings *cloudwatchmetricalarm.CloudwatchMetricAlarmConfig) {
	if w.expression != "" {
		queries := []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{
			{Id: jsii.String("filled"), Expression: &w.expression, Label: &w.metric.name, ReturnData: jsii.Bool(true)},
			w.metric.query("measured", w.periodSeconds, w.statistic),
		}
		if w.wanted != nil {
			queries = append(queries, w.wanted.query("wanted", w.periodSeconds, "Maximum"))
		}
		settings.MetricQuery = &queries
		return
	}
	settings.Namespace, settings.MetricName, settings.Dimensions = &w.metric.namespace, &w.metric.name, w.metric.dimensionMap()
	settings.Period = jsii.Number(w.periodSeconds)
	if strings.HasPrefix(w.statistic, "p") {
		settings.ExtendedStatistic = &w.statistic
	} else {
		settings.Statistic = &w.statistic
	}
}

// query is the metric in an expression.
func (m metric) query(id string, periodSeconds int, statistic string) *cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery {
	return &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{Id: &id, Metric: &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQueryMetric{
		Namespace: &m.namespace, MetricName: &m.name, Dimensions: m.dimensionMap(), Period: jsii.Number(periodSeconds), Stat: &statistic,
	}}
}
