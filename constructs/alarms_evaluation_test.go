package constructs_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/stacktest"
)

// series is a metric, minute by minute from the creation of its alarm on; no number is no
// data.
type series func(minute int) float64

var noData = math.NaN()

// constant has the same value all the time.
func constant(value float64) series { return func(int) float64 { return value } }

// from is the first series up to a minute, and the second from then on.
func (s series) from(minute int, then series) series {
	return func(m int) float64 {
		if m < minute {
			return s(m)
		}
		return then(m)
	}
}

const (
	mebibyte = 1 << 20
	// quietMinutes is how long a fresh environment raises no alarm.
	quietMinutes = 120
	// delayMinutes is how late CloudWatch has the data of a minute.
	delayMinutes = 2
	// extraPeriods is how many more periods CloudWatch looks at, in case that data is
	// missing. Its documentation has examples with two.
	extraPeriods = 2
)

// fresh is what each metric is like in the first two hours of an environment that is
// well: without data at first, then busy with its start, and then idle.
var fresh = map[string]series{
	"HTTPCode_Target_5XX_Count": constant(noData),
	// Clients that are there before the tasks meet a 503.
	"HTTPCode_ELB_5XX_Count": constant(noData).from(2, constant(2)).from(5, constant(noData)),
	"UnHealthyHostCount":     constant(noData).from(1, constant(2)).from(4, constant(0)),
	"TargetResponseTime":     constant(noData).from(3, constant(4)).from(8, constant(0.02)),
	"CPUUtilization":         constant(noData).from(3, constant(100)).from(9, constant(3)),
	"MemoryUtilization":      constant(noData).from(3, constant(35)),
	// Container Insights begins late.
	"RunningTaskCount":    constant(noData).from(8, constant(4)),
	"FreeableMemory":      constant(noData).from(3, constant(1200*mebibyte)),
	"DatabaseConnections": constant(noData).from(3, constant(0)).from(10, constant(12)),
	"AuroraReplicaLag":    constant(noData).from(3, constant(60_000)).from(6, constant(20)),
	// A cache that is restored is busy at first.
	"DatabaseMemoryUsagePercentage": constant(noData).from(3, constant(1)),
	"EngineCPUUtilization":          constant(noData).from(3, constant(100)).from(9, constant(1)),
	"Evictions":                     constant(noData).from(3, constant(0)),
	// A burstable instance starts without credits, and earns two in five minutes.
	"CPUCreditBalance":         constant(noData).from(3, func(m int) float64 { return float64(m) / 2.5 }),
	"CPUSurplusCreditsCharged": constant(noData).from(3, constant(0)),
	// Nothing is measured of a queue that nobody calls.
	"ApproximateAgeOfOldestMessage":      constant(noData).from(10, constant(3)).from(100, constant(noData)),
	"ApproximateNumberOfMessagesVisible": constant(noData).from(10, constant(0)).from(100, constant(noData)),
	// A job's first run is due some time.
	"ExecutionsFailed": constant(noData),
}

// bad is what the metric of each alarm is like when the alarm is to be raised.
var bad = map[string]series{
	"target_5xx":                  constant(3),
	"alb_5xx":                     constant(3),
	"unhealthy_hosts":             constant(1),
	"latency_p95":                 constant(1.5),
	"ecs_cpu":                     constant(95),
	"ecs_memory":                  constant(95),
	"running_tasks":               constant(0),
	"database_cpu_writer":         constant(95),
	"database_cpu_reader":         constant(95),
	"database_memory_writer":      constant(200 * mebibyte),
	"database_memory_reader":      constant(200 * mebibyte),
	"database_connections_writer": constant(400),
	"database_connections_reader": constant(400),
	"database_credits_writer":     constant(1),
	"database_credits_reader":     constant(1),
	"replica_lag":                 constant(1500),
	"queue_orders_age":            constant(901),
	"queue_orders_dead_letters":   constant(1),
	"cache_memory":                constant(95),
	"cache_cpu":                   constant(95),
	"cache_evictions":             constant(1),
	"job_nightly":                 constant(1),
	"jobs_dead_letters":           constant(1),
}

// TestAlarmsInTime evaluates every alarm as CloudWatch does: none is raised in the first
// two hours of an environment that is well, and each is within twenty minutes when what it
// is for happens.
func TestAlarmsInTime(t *testing.T) {
	text, err := os.ReadFile("../testdata/fixtures/closed.golden.json")
	require.NoError(t, err)
	s := stacktest.Decode(t, stacktest.Closed(), text)
	s.Visit("aws_cloudwatch_metric_alarm", func(name string, a attributes) {
		id := strings.TrimPrefix(name, "alarms_")
		start, known := fresh[fmt.Sprint(measured(a)["metric_name"])]
		require.True(t, known, "what %s is like in a fresh environment", id)
		worst, known := bad[id]
		require.True(t, known, "what raises %s", id)

		states := evaluate(a, start, quietMinutes)
		assert.NotContains(t, states, stateAlarm, "%s in a fresh environment", id)
		states = evaluate(a, start.from(quietMinutes, worst), quietMinutes+20)
		assert.Equal(t, stateAlarm, states[len(states)-1], "%s when it is to be raised", id)
	})
	assert.Len(t, bad, s.Count("aws_cloudwatch_metric_alarm"), "alarms")

	// Nothing at all is as bad as no task, also hours later.
	running := s.Resources["aws_cloudwatch_metric_alarm"]["alarms_running_tasks"]
	states := evaluate(running, fresh["RunningTaskCount"].from(quietMinutes, constant(noData)), 2*quietMinutes)
	assert.Equal(t, stateAlarm, states[len(states)-1], "the tasks have gone, and what counts them")
}

// TestAlarmsAtRest wants no alarm of a service that a schedule has stopped, nor of a
// database that pauses, and the same alarms as ever while the service should run.
func TestAlarmsAtRest(t *testing.T) {
	s := load(t, stacktest.Chosen())
	all := s.Resources["aws_cloudwatch_metric_alarm"]
	for _, test := range []struct {
		alarm            string
		measured, wanted float64
		raised           bool
	}{
		{"alarms_running_tasks", noData, 0, false},
		{"alarms_running_tasks", 0, 0, false},
		{"alarms_running_tasks", 2, 2, false},
		{"alarms_running_tasks", 1, 2, true},
		{"alarms_running_tasks", noData, 2, true},
		{"alarms_alb_5xx", 1000, 0, false},
		{"alarms_alb_5xx", 1000, noData, false},
		{"alarms_alb_5xx", noData, 2, false},
		{"alarms_alb_5xx", 1000, 2, true},
	} {
		a := all[test.alarm]
		queries := a["metric_query"].([]any)
		assert.Equal(t, "DesiredTaskCount", queries[2].(attributes)["metric"].(attributes)["metric_name"])
		fill := func(value float64) float64 {
			if isNumber(value) {
				return value
			}
			return 0
		}
		var value float64
		switch expression := queries[0].(attributes)["expression"]; expression {
		case "FILL(measured, 0) - FILL(wanted, 0)":
			value = fill(test.measured) - fill(test.wanted)
		case "IF(FILL(wanted, 0) > 0, FILL(measured, 0), 0)":
			if fill(test.wanted) > 0 {
				value = fill(test.measured)
			}
		default:
			t.Fatal("unknown expression ", expression)
		}
		raised := value > a["threshold"].(float64)
		if a["comparison_operator"] == "LessThanThreshold" {
			raised = value < a["threshold"].(float64)
		}
		assert.Equal(t, test.raised, raised, test)
	}
	assert.NotContains(t, all, "alarms_database_memory_writer")
	assert.Contains(t, all, "alarms_database_cpu_writer")
}

// The states of an alarm.
const (
	stateOK      = "OK"
	stateAlarm   = "ALARM"
	stateUnknown = "INSUFFICIENT_DATA"
)

// evaluate returns the states of an alarm, minute by minute.
func evaluate(a attributes, data series, minutes int) []string {
	states := []string{stateUnknown}
	for now := range minutes {
		states = append(states, stateOf(a, data, now, states[len(states)-1]))
	}
	return states
}

// stateOf is the state that CloudWatch gives an alarm, whose state was another so far:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func stateOf(a attributes, data series, now int, before string) string {
	wanted := int(a["evaluation_periods"].(float64))
	points := periods(a, data, now, wanted+extraPeriods)
	if a["metric_query"] != nil && slices.ContainsFunc(points, isNumber) { // FILL(measured, 0)
		for i, p := range points {
			if !isNumber(p) {
				points[i] = 0
			}
		}
	}
	breaches := func(p float64) bool {
		if a["comparison_operator"] == "LessThanThreshold" {
			return p < a["threshold"].(float64)
		}
		return p > a["threshold"].(float64)
	}
	oldest := slices.IndexFunc(points, isNumber)
	numbers := slices.DeleteFunc(slices.Clone(points), func(p float64) bool { return !isNumber(p) })
	numbers = numbers[max(0, len(numbers)-wanted):]
	good := slices.ContainsFunc(numbers, func(p float64) bool { return !breaches(p) })
	switch missing := wanted - len(numbers); {
	case missing == 0 && !good:
		return stateAlarm
	case good, a["treat_missing_data"] == "notBreaching":
		return stateOK
	case a["treat_missing_data"] == "breaching":
		return stateAlarm
	case a["treat_missing_data"] == "ignore":
		return before
	case len(numbers) == 0:
		return stateUnknown
	case len(points)-oldest >= wanted: // Nothing but bad for so long.
		return stateAlarm
	}
	return before
}

func isNumber(p float64) bool { return !math.IsNaN(p) }

// periods are the last so many periods up to now, the oldest first.
func periods(a attributes, data series, now, count int) []float64 {
	m := measured(a)
	length := int(m["period"].(float64)) / 60
	end := now / length * length
	points := make([]float64, count)
	for i := range points {
		var values []float64
		for minute := end - (count-i)*length; minute < end-(count-i-1)*length; minute++ {
			if value := data(minute); minute >= 0 && minute <= now-delayMinutes && isNumber(value) {
				values = append(values, value)
			}
		}
		points[i] = statistic(m, values)
	}
	return points
}

// statistic is what becomes of the values of a period.
func statistic(m attributes, values []float64) float64 {
	if len(values) == 0 {
		return noData
	}
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	for _, key := range []string{"statistic", "stat", "extended_statistic"} {
		switch m[key] {
		case "Sum":
			return sum
		case "Average":
			return sum / float64(len(values))
		case "Minimum":
			return slices.Min(values)
		case "Maximum":
			return slices.Max(values)
		case "p95":
			slices.Sort(values)
			return values[int(math.Ceil(0.95*float64(len(values))))-1]
		}
	}
	panic(fmt.Sprint("no statistic in ", m))
}
