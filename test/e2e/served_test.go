package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
	"flask-api/test/options"
)

const (
	// requestPause is between two requests of the client that never stops.
	requestPause = 100 * time.Millisecond
	// requestTimeout is more than the sample API lets a request wait for its database.
	requestTimeout = 15 * time.Second
)

// client sends requests, one after the other is due, whatever becomes of those before.
type client struct {
	url        string
	sent, lost atomic.Int64
	unanswered sync.WaitGroup
	why        sync.Map // what became of the lost ones, which is also how many
	orders     sync.Map // the ids of those that were taken
}

// load is what the client counted in a phase of a life.
type load struct {
	phase      string
	sent, lost int64
	duration   time.Duration
}

// run sends requests until the context ends, and waits for their answers.
func (c *client) run(ctx context.Context) {
	ticker := time.NewTicker(requestPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			c.unanswered.Wait()
			return
		case <-ticker.C:
			number := c.sent.Add(1)
			c.unanswered.Go(func() {
				if problem := c.request(number); problem != "" {
					c.lost.Add(1)
					c.why.Store(problem, true)
				}
			})
		}
	}
}

// request makes a product, orders the first one, lists them, asks for the health or has the
// admin service list the orders, in turn, and returns what is wrong with the answer.
func (c *client) request(number int64) string {
	method, host, path, want, body := http.MethodGet, "", "/products", http.StatusOK, ""
	switch number % 5 {
	case 0:
		path = "/health"
	case 1:
		method, want, body = http.MethodPost, http.StatusCreated, fmt.Sprintf(`{"name": "Pen %d", "price_cents": 250}`, number)
	case 2:
		host, path = adminHost, "/orders"
	case 3:
		method, path, want, body = http.MethodPost, "/orders", http.StatusCreated, `{"product_id": 1, "quantity": 2}`
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	request.Host = host
	request.Header.Set("Authorization", "Bearer "+staffToken)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != want || err != nil {
		return fmt.Sprint(method, " ", path, ": ", answer.StatusCode, " ", string(text), err)
	}
	if method == http.MethodPost && path == "/orders" {
		var order struct{ ID string }
		if err := json.Unmarshal(text, &order); err != nil {
			return err.Error()
		}
		c.orders.Store(order.ID, true)
	}
	return ""
}

// shipped counts the orders that were taken, and of these those that no worker has shipped, and
// those that were shipped more than once.
func (c *client) shipped(t *testing.T) (taken, lost, twice int) {
	t.Helper()
	c.orders.Range(func(id, _ any) bool {
		answer, err := http.Get(c.url + "/orders/" + id.(string))
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		var order struct{ Shipments int }
		require.NoError(t, json.Unmarshal(text, &order))
		taken++
		switch {
		case order.Shipments == 0:
			lost++
			c.why.Store(fmt.Sprint("order ", id, ": ", answer.StatusCode, " ", string(text)), true)
		case order.Shipments > 1:
			twice++
		}
		return true
	})
	return taken, lost, twice
}

// during counts the requests while something is done.
func (c *client) during(t *testing.T, l *life, phase string, do func()) load {
	t.Helper()
	sent, lost, began := c.sent.Load(), c.lost.Load(), time.Now()
	do()
	counted := load{phase, c.sent.Load() - sent, c.lost.Load() - lost, time.Since(began)}
	l.mu.Lock()
	l.loads = append(l.loads, counted)
	l.mu.Unlock()
	c.why.Range(func(problem, _ any) bool { t.Log(phase, "lost: ", problem); return true })
	c.why.Clear()
	assert.Positive(t, counted.sent, phase)
	return counted
}

// The admin service of the life: its name, and what its secret holds.
const (
	adminHost  = "admin.example.com"
	staffToken = "of-a-test"
)

// serving is an environment whose release command changes the schema.
func serving(account options.Account) config.Config {
	c := config.Defaults("served")
	c.Registry.ImageTag = "v1"
	c.Service.ReleaseCommand = releasing().Service.ReleaseCommand
	c.Queues = []config.Queue{{Name: "orders", VisibilityTimeoutSeconds: 30, RetentionDays: 4, MaxReceives: 5, OldestMessageAlarmMinutes: 15}}
	c.Buckets = []config.Bucket{{Name: "uploads"}}
	worker := config.DefaultWorker("shipping", "orders", "python", "worker.py")
	worker.StopTimeoutSeconds = 30
	c.Workers = []config.Worker{worker}
	c.Jobs = []config.Job{config.NewJob("nightly", "cron(30 2 * * ? *)", "python", "nightly.py")}
	c.Cache.NodeType = "cache.t4g.micro"
	admin := config.DefaultWebService("admin")
	admin.Hosts, admin.Priority, admin.ImageTag, admin.Command = []string{adminHost}, 1, "v1", []string{"gunicorn", "admin:app"}
	admin.Secrets = map[string]string{"ADMIN_TOKEN": account.SecretARN + ":token::"}
	c.Services = []config.WebService{admin}
	return c
}

// served takes an environment whose tasks and database run on this machine through its
// life, under requests that never stop.
func (l *life) served(t *testing.T) {
	t.Helper()
	tools, missing := emulator.FindServing(root)
	if len(missing) > 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "what the life needs is missing: %v", missing)
		t.Skip("no life with requests, missing: " + strings.Join(missing, "; "))
	}
	r := l.begin(t, "21. requests and orders while roles of the database are made, passwords rotated, workers interrupted, a broken image rolled back and another one released")
	tasks := filepath.Join(l.dir, "tasks")
	require.NoError(t, os.Mkdir(tasks, 0o700))
	server, err := l.aws.Serve(tools, tasks, "-"+l.cfg.Suffix)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })

	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	passwords := l.passwords(t)

	c := &client{url: server.URL}
	// Terraform is content with tasks that run: see cmd/rollout.
	require.Eventually(t, func() bool { return c.request(1) == "" && c.request(2) == "" }, time.Minute, time.Second, "the first tasks become healthy")
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { defer close(stopped); c.run(ctx) }()
	t.Cleanup(func() { stop(); <-stopped })
	var lost int64
	for _, step := range []struct {
		phase string
		do    func()
	}{
		{"the API logs in as a role of its own", func() {
			l.cfg.Database.Roles = true
			l.replaceStack(t, l.cfg)
			l.apply(t, l.stackDir())
			passwords = append(passwords, l.passwords(t)...)
		}},
		{"the password is rotated", func() {
			l.cfg.Database.PasswordVersion++
			l.replaceStack(t, l.cfg)
			l.apply(t, l.stackDir())
			passwords = append(passwords, l.passwords(t)...)
		}},
		{"workers are interrupted, with a warning and without", func() {
			for _, atOnce := range []bool{false, true, false} {
				service := l.cfg.PhysicalName(l.cfg.Workers[0].Resource())
				require.Eventually(t, func() bool { return server.Interrupt(service, atOnce) }, time.Minute, time.Second)
				time.Sleep(5 * time.Second)
			}
		}},
		{"an image that does not start is rolled back", func() {
			l.replaceStack(t, l.tagged(brokenTag))
			output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color")
			assert.NotZero(t, code, "the apply of a deployment that was rolled back fails")
			assert.Contains(t, strings.Join(strings.Fields(string(output)), " "), "ECS rolled the deployment back")
		}},
		{"the next image is deployed", func() {
			l.replaceStack(t, l.tagged("v2"))
			l.apply(t, l.stackDir())
			l.runs(t, ":v2")
		}},
	} {
		lost += c.during(t, l, step.phase, step.do).lost
	}
	stop()
	<-stopped
	assert.Zero(t, lost, "requests lost")
	l.ships(t, c)
	assert.Equal(t, 5, l.released(), "a release for each deployment")

	r.changes = l.unchanged(t)
	write(t, filepath.Join(l.dir, "outputs.json"), l.terraform(t, l.stackDir(), "output", "-json"))
	l.checkPasswords(t, passwords...)
	for _, password := range passwords {
		assert.NotContains(t, commandLines(t), password, "command lines of what runs")
	}
	l.endDestroyed(t, r)
}

// ships waits until the workers have done what they can, and counts messages that were lost and
// effects that were had twice: none of either, however often SQS delivered a message.
func (l *life) ships(t *testing.T, c *client) {
	t.Helper()
	assert.Eventually(t, func() bool { _, lost, _ := c.shipped(t); return lost == 0 }, 10*time.Minute, 5*time.Second)
	taken, lost, twice := c.shipped(t)
	assert.Greater(t, taken, 100)
	assert.Zero(t, lost, "orders lost of %d", taken)
	assert.Zero(t, twice, "orders shipped twice of %d", taken)
	t.Logf("%d orders taken, lost %d, shipped twice %d", taken, lost, twice)
	if lost > 0 {
		c.why.Range(func(order, _ any) bool { t.Log(order); return true })
		l.tellsOfWorkers(t)
	}
}

// tellsOfWorkers logs what queues still have, and what workers complained of.
func (l *life) tellsOfWorkers(t *testing.T) {
	t.Helper()
	queues := sqs.NewFromConfig(l.aws.Config())
	for _, name := range []string{"queue-orders", "dead-letters-orders"} {
		url, err := queues.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(l.cfg.PhysicalName(name))})
		require.NoError(t, err)
		found, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
		require.NoError(t, err)
		t.Log(name, found.Attributes)
	}
	group := "/ecs/" + l.cfg.StackName()
	events, err := cloudwatchlogs.NewFromConfig(l.aws.Config()).FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, LogStreamNamePrefix: aws.String(l.cfg.Workers[0].Resource()), Limit: aws.Int32(200),
	})
	require.NoError(t, err)
	for _, event := range events.Events {
		t.Log(*event.LogStreamName, *event.Message)
	}
}

// commandLines are those of all processes, where the system shows them in files.
func commandLines(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		line, _ := os.ReadFile(file) //nolint:gosec // A process may have ended meanwhile.
		all.Write(append(line, '\n'))
	}
	if len(files) > 0 {
		assert.Contains(t, all.String(), "gunicorn", "processes that run")
	}
	return all.String()
}
