package config

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMadeNames wants each list whose elements have names of their own to say which resources
// have these in their names.
func TestMadeNames(t *testing.T) {
	lists := 0
	for field := range reflect.TypeFor[Config]().Fields() {
		if field.Type.Kind() != reflect.Slice || field.Type.Elem().Kind() != reflect.Struct {
			continue
		}
		if _, named := field.Type.Elem().FieldByName("Name"); named {
			lists++
			assert.True(t, field.Type.Elem().Implements(reflect.TypeFor[maker]()), "%s make nothing", field.Name)
		}
	}
	assert.Equal(t, 5, lists, "queues, buckets, workers, services and jobs")
}

// twins are two environments in each of which an element has a name, so that both make one.
func twins(add func(c *Config, name string)) (one, two Config) {
	one, two = Defaults("dev"), Defaults("eu-dev")
	add(&one, "a-eu")
	add(&two, "a")
	return one, two
}

// addQueue adds a queue of that name, and what its kind wants.
func addQueue(c *Config, name string) {
	c.Queues = append(c.Queues, Queue{Name: name, VisibilityTimeoutSeconds: 60, RetentionDays: 4, MaxReceives: 3, OldestMessageAlarmMinutes: 15})
}

// TestMade refuses the second of two elements that would have one resource.
func TestMade(t *testing.T) {
	for list, test := range map[string]struct {
		add        func(c *Config, name string)
		name, kind string
	}{
		"Queues":  {addQueue, "flask-api-queue-a-eu-dev", "queue"},
		"Buckets": {func(c *Config, name string) { c.Buckets = []Bucket{{Name: name}} }, "flask-api-bucket-a-eu-dev", "bucket"},
		"Jobs":    {func(c *Config, name string) { c.Jobs = []Job{NewJob(name, "rate(1 day)", "report")} }, "flask-api-job-a-eu-dev", "state machine"},
		"Workers": {func(c *Config, name string) {
			w := DefaultWorker(name, "", "work")
			w.MinTasks, w.BacklogPerTask = 1, 0
			c.Workers = []Worker{w}
		}, "flask-api-worker-a-eu-dev", "task definition"},
		"Services": {func(c *Config, name string) {
			w := DefaultWebService(name)
			w.Priority, w.Paths = 1, []string{"/a/*"}
			c.Services = []WebService{w}
		}, "flask-api-service-a-eu-dev", "task definition"},
	} {
		one, two := twins(test.add)
		want := `environment "eu-dev": ` + list + `[0].Name: "a" makes "` + test.name + `", which ` + list + `[0].Name, "a-eu", makes in environment "dev", too; ` +
			"this program allows names of its own for every environment, because both would have one " + test.kind + "; fix: set Account of both where they are in two accounts, or else rename one of the two, or choose another suffix for what is new"
		require.EqualError(t, validateAll([]Config{one, two}), want)
		require.EqualError(t, validateAll([]Config{two}, one), want, "a defined one that is not loaded")

		one.Account, two.Account = "111111111111", "222222222222"
		require.NoError(t, validateAll([]Config{one, two}), "%s of two accounts", list)
		one.Account, two.Account = "", ""
		two.Region = "eu-west-1"
		assert.Equal(t, list == "Buckets", validateAll([]Config{one, two}) != nil, "%s of two regions", list)
		two.Region, two.Name = one.Region, one.Name+"-2"
		require.NoError(t, validateAll([]Config{one, two}), "%s of two names", list)
	}
	one, two := Defaults("dev"), Defaults("dev")
	addQueue(&one, "mail")
	addQueue(&two, "mail")
	assert.Len(t, fieldErrors(t, validateAll([]Config{one, two})), 1, "their suffix alone")
}

// TestMadeKinds lets a role have the name of a task definition.
func TestMadeKinds(t *testing.T) {
	one, two := Defaults("dev"), Defaults("eu-dev")
	for c, name := range map[*Config]string{&one: "a-role-eu", &two: "a"} {
		w := DefaultWorker(name, "", "work")
		w.MinTasks, w.BacklogPerTask = 1, 0
		c.Workers = []Worker{w}
	}
	assert.Equal(t, one.PhysicalName(one.Workers[0].Resource()), two.PhysicalName(two.Workers[0].RoleName()))
	assert.NoError(t, validateAll([]Config{one, two}))
}

// TestLoadRefusesMade wants an environment that is loaded alone to be compared with those that are
// defined.
func TestLoadRefusesMade(t *testing.T) {
	dev, numbered, eu := Defaults("dev"), Defaults("42"), Defaults("eu-dev")
	addQueue(&dev, "mail")
	addQueue(&numbered, "mail-pr")
	addQueue(&eu, "orders")
	defined := []Config{dev, numbered, eu}
	_, err := load(defined, env(nil))
	require.NoError(t, err)
	preview := map[string]string{"ENVIRONMENT_SUFFIX": "pr-42", "ENVIRONMENT_LIKE": "dev"}
	_, err = load(defined, env(preview))
	require.ErrorContains(t, err, `environment "pr-42": Queues[0].Name: "mail" makes "flask-api-queue-mail-pr-42", which Queues[0].Name, "mail-pr", makes in environment "42", too`)
	preview["ENVIRONMENT_SUFFIX"] = "pr-43"
	_, err = load(defined, env(preview))
	require.NoError(t, err)
	defined[0].Queues[0].Name = "orders-eu"
	for _, selected := range []string{"dev", "eu-dev", ""} {
		_, err = load(defined, env(map[string]string{"ENVIRONMENT_SUFFIX": selected}))
		require.ErrorContains(t, err, `"flask-api-queue-orders-eu-dev"`)
	}
	_, err = load(defined, env(map[string]string{"ENVIRONMENT_SUFFIX": "new"}))
	require.NoError(t, err)
}
