package emulator

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// servedMoto is a moto with services of one task behind a load balancer, each with a target
// group of its name. What their task definitions run is in the map, by their names.
type servedMoto struct {
	commands map[string][]string
	rules    string
	logs     chan string
}

func (m *servedMoto) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // An empty one has no answer.
	request, target := string(body), r.Header.Get("X-Amz-Target")
	_, action, _ := strings.Cut(target, ".")
	definition := regexp.MustCompile(`"taskDefinition":"(?:[^"]*/)?([a-z0-9:]+)"`).FindStringSubmatch(request)
	for _, name := range []string{"DescribeLoadBalancers", "DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetGroupAttributes"} {
		if strings.Contains(request, "Action="+name+"&") {
			action = name
		}
	}
	service := "api"
	if strings.Contains(request, "admin") {
		service = "admin"
	}
	switch action {
	case "CreateService", "UpdateService", "DescribeServices":
		described := `{"serviceName":"` + service + `-dev","clusterArn":"arn:aws:ecs:r:1:cluster/c","taskDefinition":"` + append(definition, "", "")[1] +
			`","desiredCount":1,"loadBalancers":[{"targetGroupArn":"` + service + `"}]}`
		if action == "DescribeServices" {
			_, _ = fmt.Fprintf(w, `{"services":[%s]}`, described)
		} else {
			_, _ = fmt.Fprintf(w, `{"service":%s}`, described)
		}
	case "DescribeTaskDefinition":
		_, _ = w.Write(mustJSON(map[string]any{"taskDefinition": map[string]any{
			"family": "f", "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/" + definition[1], "containerDefinitions": []any{map[string]any{
				"name": "api", "essential": true, "image": "public.ecr.aws/python", "command": m.commands[definition[1]],
				"portMappings":     []any{map[string]any{"containerPort": 5000}},
				"logConfiguration": map[string]any{"logDriver": "awslogs", "options": map[string]string{"awslogs-group": "g", "awslogs-stream-prefix": "p"}},
			}},
		}}))
	case "PutLogEvents":
		m.logs <- request
		_, _ = io.WriteString(w, `{}`)
	case "DescribeLoadBalancers":
		_, _ = io.WriteString(w, elbAnswer(action, "<LoadBalancers><member><LoadBalancerArn>lb</LoadBalancerArn><LoadBalancerName>alb-dev</LoadBalancerName></member></LoadBalancers>"))
	case "DescribeListeners":
		_, _ = io.WriteString(w, elbAnswer(action, "<Listeners><member><Port>80</Port><DefaultActions>"+forward("api")+"</DefaultActions></member></Listeners>"))
	case "DescribeRules":
		_, _ = io.WriteString(w, elbAnswer(action, "<Rules>"+m.rules+"</Rules>"))
	case "DescribeTargetGroups":
		_, _ = io.WriteString(w, elbAnswer(action, "<TargetGroups><member><HealthCheckPath>/health/"+service+"</HealthCheckPath><Matcher><HttpCode>200</HttpCode></Matcher>"+
			"<HealthCheckIntervalSeconds>5</HealthCheckIntervalSeconds><HealthCheckTimeoutSeconds>5</HealthCheckTimeoutSeconds>"+
			"<HealthyThresholdCount>2</HealthyThresholdCount><UnhealthyThresholdCount>2</UnhealthyThresholdCount></member></TargetGroups>"))
	case "DescribeTargetGroupAttributes":
		_, _ = io.WriteString(w, elbAnswer(action, "<Attributes><member><Key>deregistration_delay.timeout_seconds</Key><Value>10</Value></member></Attributes>"))
	default:
		_, _ = io.WriteString(w, `{}`)
	}
}

func elbAnswer(action, result string) string {
	return fmt.Sprintf(`<%[1]sResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>`, action, result)
}

// answersWith is the command of a container that answers everything with the status.
func answersWith(status int, text string) []string {
	return []string{"python3", "-c", fmt.Sprintf(`import http.server, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.2 if self.path == "/" else 0)
        self.send_response(%d)
        self.end_headers()
        self.wfile.write(b"%s " + self.headers["X-Forwarded-For"].encode() if self.path == "/" else b"")
http.server.ThreadingHTTPServer(("127.0.0.1", 5000), Handler).serve_forever()`, status, text)}
}

// answersAt is the command of a container that answers with its name, and is healthy at a path
// alone.
func answersAt(path, name string) []string {
	return []string{"python3", "-c", fmt.Sprintf(`import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "%s" else 404)
        self.end_headers()
        self.wfile.write(b"%s")
http.server.ThreadingHTTPServer(("127.0.0.1", 5000), Handler).serve_forever()`, path, name)}
}

// servingTools are those of the checkout.
func servingTools(t *testing.T) Serving {
	t.Helper()
	tools, missing := FindServing("../..")
	if len(missing) > 0 {
		t.Skip("missing: " + strings.Join(missing, "; "))
	}
	return tools
}

// serving is a server in front of the moto, with a proxy to it.
func serving(t *testing.T, moto *servedMoto) (*Server, *Proxy) {
	t.Helper()
	moto.logs = make(chan string, 100)
	tools := servingTools(t)
	p := newTestProxy(t, moto.answer)
	tools.Source = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(tools.Source, "Dockerfile"), []byte("FROM x\nENV A=1 B=2\nCMD [\"gunicorn\", \"app:app\"]\n"), 0o600))
	s, err := (&Emulator{memory: p.memory}).Serve(tools, t.TempDir(), "-dev")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, p
}

// answered is what the load balancer's place answers, or why it does not, with no status.
func answered(t *testing.T, s *Server) (int, string) {
	t.Helper()
	return answeredAt(t, s, "", "/")
}

// answeredAt is the same for a host and a path.
func answeredAt(t *testing.T, s *Server, host, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		return 0, err.Error()
	}
	request.Host = host
	request.Header.Set("X-Forwarded-For", "claimed")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(body)
}

func TestServeRollsBack(t *testing.T) {
	s, p := serving(t, &servedMoto{commands: map[string][]string{
		"a:1": answersWith(200, "first"), "a:2": {"sh", "-c", "exit 3"}, "a:3": answersWith(200, "third"), "a:4": answersWith(500, "fourth"),
	}})
	rollout := func() string { return ecsCall(t, p, "DescribeServices", `{}`) }
	steady := func() bool {
		return strings.Count(rollout(), `"rolloutState"`) == 1 && strings.Contains(rollout(), `"rolloutState":"COMPLETED"`)
	}
	status, _ := answered(t, s)
	assert.Equal(t, http.StatusServiceUnavailable, status, "before there is a task")

	assert.Contains(t, ecsCall(t, p, "CreateService", `{"taskDefinition":"a:1","healthCheckGracePeriodSeconds":60,"deploymentConfiguration":{"deploymentCircuitBreaker":{"enable":true,"rollback":true}}}`),
		`"rolloutState":"IN_PROGRESS"`)
	require.Eventually(t, steady, time.Minute, beat)
	status, body := answered(t, s)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "first claimed, 127.0.0.1", body)

	for i, bad := range []string{"a:2", "a:4"} {
		assert.Contains(t, ecsCall(t, p, "UpdateService", `{"taskDefinition":"`+bad+`","healthCheckGracePeriodSeconds":0}`), `"taskDefinition":"`+bad+`"`)
		require.Eventually(t, steady, time.Minute, beat, bad)
		assert.Contains(t, rollout(), `"taskDefinition":"a:1"`)
		assert.Equal(t, 1+i, strings.Count(rollout(), "deployment failed: tasks failed to start"), "events")
		_, body = answered(t, s)
		assert.Contains(t, body, "first")
	}

	ecsCall(t, p, "UpdateService", `{"taskDefinition":"a:3","healthCheckGracePeriodSeconds":60}`)
	for began := time.Now(); !steady() && time.Since(began) < time.Minute; {
		var some sync.WaitGroup
		for range 4 {
			some.Go(func() {
				status, _ := answered(t, s)
				assert.Equal(t, http.StatusOK, status, "while tasks replace others")
			})
		}
		some.Wait()
	}
	assert.True(t, steady())
	_, body = answered(t, s)
	assert.Contains(t, body, "third")
}

// TestServeGoesByTheRules has two services, of which one is healthy at its own path alone, and
// rules that are in the answer in another order than that of their priorities.
func TestServeGoesByTheRules(t *testing.T) {
	rule := func(priority, condition, group string) string {
		return "<member><Priority>" + priority + "</Priority><Conditions><member>" + condition + "</member></Conditions><Actions>" + forward(group) + "</Actions></member>"
	}
	const values = "<Values><member>%s</member></Values>"
	host := "<Field>host-header</Field><HostHeaderConfig>" + fmt.Sprintf(values, "admin.Example.com") + "</HostHeaderConfig>"
	path := func(pattern string) string {
		return "<Field>path-pattern</Field><PathPatternConfig>" + fmt.Sprintf(values, pattern) + "</PathPatternConfig>"
	}
	s, p := serving(t, &servedMoto{
		commands: map[string][]string{"a:1": answersAt("/health/api", "api"), "b:1": answersAt("/health/admin", "admin")},
		rules: rule("20", path("/tools/*"), "admin") + rule("3", path("/tools/a?i"), "api") + rule("100", host, "admin") +
			"<member><IsDefault>true</IsDefault><Priority>default</Priority><Actions>" + forward("api") + "</Actions></member>",
	})
	for service, definition := range map[string]string{"api": "a:1", "admin": "b:1"} {
		ecsCall(t, p, "CreateService", `{"serviceName":"`+service+`","taskDefinition":"`+definition+`","healthCheckGracePeriodSeconds":60}`)
	}
	require.Eventually(t, func() bool {
		return strings.Contains(ecsCall(t, p, "DescribeServices", `{"services":["api"]}`), `"rolloutState":"COMPLETED"`) &&
			strings.Contains(ecsCall(t, p, "DescribeServices", `{"services":["admin"]}`), `"rolloutState":"COMPLETED"`)
	}, time.Minute, beat)
	for _, test := range []struct{ host, path, want string }{
		{"", "/", "api"},
		{"www.example.com", "/tools", "api"},
		{"www.example.com", "/tools/x", "admin"},
		{"www.example.com", "/tools/api", "api"},
		{"www.example.com", "/Tools/x", "api"},
		{"www.example.com", "/tools/api?x=/tools/x", "api"},
		{"ADMIN.example.com", "/", "admin"},
		{"admin.example.com:8080", "/", "admin"},
		{"admin.example.com", "/tools/api", "api"},
		{"my.admin.example.com", "/", "api"},
	} {
		_, body := answeredAt(t, s, test.host, test.path)
		assert.Equal(t, test.want, body, "%s%s", test.host, test.path)
	}
}

func TestServeRunsTasks(t *testing.T) {
	moto := &servedMoto{commands: map[string][]string{"a:1": {"sh", "-c", "echo said; exit 7"}}}
	_, p := serving(t, moto)
	arn := regexp.MustCompile(`arn:aws:ecs:[a-z0-9:-]+:task/cluster-dev/[0-9a-f]{32}`)
	run := func(more string) string {
		return arn.FindString(ecsCall(t, p, "RunTask", `{"cluster":"cluster-dev","taskDefinition":"arn:task-definition/a:1"`+more+`}`))
	}
	describe := func(task string) string {
		return ecsCall(t, p, "DescribeTasks", `{"cluster":"cluster-dev","tasks":["`+task+`"]}`)
	}

	task := run(`,"clientToken":"once"`)
	require.NotEmpty(t, task)
	assert.Equal(t, task, run(`,"clientToken":"once"`))
	require.Eventually(t, func() bool { return strings.Contains(describe(task), `"lastStatus":"STOPPED"`) }, 10*time.Second, beat)
	assert.Contains(t, describe(task), `"exitCode":7`)
	assert.Contains(t, describe(task), "Essential container in task exited")
	var sent string
	select {
	case sent = <-moto.logs:
	case <-time.After(10 * time.Second):
	}
	assert.Contains(t, sent, `"message":"said"`)
	assert.Contains(t, sent, `"logStreamName":"p/api/`+filepath.Base(task)+`"`)

	task = run(`,"overrides":{"containerOverrides":[{"name":"api","command":["sleep","60"]}]}`)
	assert.Contains(t, ecsCall(t, p, "ListTasks", `{"cluster":"cluster-dev","family":"a"}`), task)
	assert.Contains(t, describe(task), `"lastStatus":"RUNNING"`)
	ecsCall(t, p, "StopTask", `{"cluster":"cluster-dev","task":"`+task+`","reason":"enough"}`)
	require.Eventually(t, func() bool { return strings.Contains(describe(task), `"lastStatus":"STOPPED"`) }, 10*time.Second, beat)
	assert.Contains(t, describe(task), `"stoppedReason":"enough"`)
	assert.Contains(t, describe(task), `"exitCode":143`)
	assert.NotContains(t, ecsCall(t, p, "ListTasks", `{"cluster":"cluster-dev","family":"a"}`), task)
}

func TestServeEnvironment(t *testing.T) {
	s := &Server{
		tools: Serving{Python: "/venv/bin/python3"}, dir: "/home", image: image{environment: []string{"A=1"}, command: []string{"gunicorn"}},
		databases: map[string]*servedDatabase{"aurora-dev": {port: "6543"}},
	}
	variable := func(name, value string) ecstypes.KeyValuePair {
		return ecstypes.KeyValuePair{Name: aws.String(name), Value: aws.String(value)}
	}
	container := ecstypes.ContainerDefinition{
		Image:       aws.String("1.dkr.ecr.r.amazonaws.com/api:v1"),
		Environment: []ecstypes.KeyValuePair{variable("DB_HOST", "aurora-dev.cluster-ro-abc.r.rds.amazonaws.com"), variable("DB_PORT", "5432"), variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x")},
		Secrets:     []ecstypes.Secret{{Name: aws.String("DB_PASSWORD")}},
	}
	assert.ElementsMatch(t, []string{
		"A=1", "DB_HOST=127.0.0.1", "DB_PORT=6543", "DB_PASSWORD=secret", "MORE=1", "HOME=/home", "PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin",
		"GUNICORN_CMD_ARGS=--bind 127.0.0.1:7000 --workers 1 --forwarded-allow-ips=192.0.2.1",
	}, s.environment(container, []ecstypes.KeyValuePair{variable("MORE", "1")}, map[string]string{"DB_PASSWORD": "secret", "OTHER": "not this container's"}, 7000))

	assert.Equal(t, []string{"gunicorn"}, s.words(container, nil, false, 7000))
	assert.Equal(t, []string{"sh", "-c", broken}, s.words(container, nil, true, 7000))
	assert.Equal(t, []string{"flask"}, s.words(container, []string{"flask"}, true, 7000), "another command than the image's own")
	assert.True(t, ofAPI(container))
}

func TestServeFailsOpen(t *testing.T) {
	s := &Server{services: map[string]*servedService{}}
	v := &servedService{deployments: []*rollout{{}}}
	v.Service.LoadBalancers = []struct{ TargetGroupArn string }{{"group"}}
	s.services["api"] = v
	assert.Empty(t, s.next("group"))
	for _, state := range []string{"unhealthy", "initial", "draining"} {
		v.deployments[0].tasks = append(v.deployments[0].tasks, Task{process: &process{address: state, target: state}})
		assert.Equal(t, "unhealthy", s.next("group"), "with none that is healthy, nor another state")
	}
	v.deployments[0].tasks = append(v.deployments[0].tasks, Task{process: &process{address: "a", target: "healthy"}}, Task{process: &process{address: "b", target: "healthy"}})
	assert.ElementsMatch(t, []string{"a", "b"}, []string{s.next("group"), s.next("group")})
	assert.Empty(t, s.next("another"))
}

func TestServeMatches(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer server.Close()
	for matcher, want := range map[string]bool{"200": false, "200,204": true, "200-299": true, "300-399": false} {
		g := targetGroup{path: "/", statuses: ranges(matcher), timeout: time.Second}
		assert.Equal(t, want, g.probe(strings.TrimPrefix(server.URL, "http://")), matcher)
	}
}

// TestServeDatabase changes the password of a PostgreSQL under a connection that is open.
func TestServeDatabase(t *testing.T) {
	tools := servingTools(t)
	db, err := (&Server{tools: tools}).startDatabase("flaskapi", "products")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.stop()) })
	require.NoError(t, db.take("one"))
	login := func(password string) error { return db.login(t, tools.Python, password) }
	require.NoError(t, login("one"))
	require.Error(t, login("two"))
	require.NoError(t, db.take("two"))
	require.NoError(t, login("two"))
	require.Error(t, login("one"))
}

// login logs in with TLS, and fails unless the user is without the rights that Aurora gives
// nobody.
func (db *servedDatabase) login(t *testing.T, python, password string) error {
	t.Helper()
	const program = `import os, psycopg
c = psycopg.connect(host="127.0.0.1", user="flaskapi", dbname="products", sslmode="require")
c.execute("CREATE TABLE IF NOT EXISTS t ()")
assert c.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'flaskapi'").fetchone() == (False,)`
	command := exec.CommandContext(t.Context(), python, "-c", program)
	command.Env = []string{"PGPORT=" + db.port, "PGPASSWORD=" + password}
	output, err := command.CombinedOutput()
	t.Logf("%s", output)
	return err
}
