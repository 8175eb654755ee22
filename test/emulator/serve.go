package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// ServingTarget is what make builds the Python of the sample API by.
const ServingTarget = ".bin/example-venv/installed"

// Serving is what a [Server] runs tasks with.
type Serving struct {
	// Python is that of the sample API.
	Python string
	// Source is the folder of the sample API.
	Source string
}

// FindServing looks for it; root is the repository's directory. What it does not find it
// names, each with the way to install it.
func FindServing(root string) (found Serving, missing []string) {
	found.Source = filepath.Join(root, "examples", "flask-api")
	found.Python = filepath.Join(root, filepath.Dir(ServingTarget), "bin", "python3")
	if _, err := os.Stat(found.Python); err != nil {
		missing = append(missing, "the Python of the sample API (make "+ServingTarget+")")
	}
	_, err := exec.LookPath("initdb")
	if debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); err != nil && len(debian) == 0 {
		missing = append(missing, "the server of PostgreSQL (apt-get install postgresql)")
	}
	return found, missing
}

const (
	// hurry is by how much what AWS waits for is shorter here: the interval of health
	// checks and the deregistration delay.
	hurry = 10
	// beat is how often services look after their tasks.
	beat = 250 * time.Millisecond
	// wayAge is how long it is remembered where a load balancer sends requests.
	wayAge = time.Second
)

// Server runs what the emulated AWS alone only knows of: each task as a local process, a
// PostgreSQL in the place of each Aurora cluster, and one address in the place of the load
// balancers. It is there to see an application live, and no product: one container of a
// task runs, with one worker, without limits of memory or networks.
type Server struct {
	// URL is where requests are taken.
	URL string

	memory  *memory
	tools   Serving
	dir     string
	suffix  string
	image   image
	front   *httptest.Server
	stop    context.CancelFunc
	looked  chan struct{}  // closed after the last look at the services
	running sync.WaitGroup // processes, and who looks after them

	mu        sync.Mutex
	services  map[string]*servedService // by name
	databases map[string]*servedDatabase
	turn      int
	ways      map[string]way // by the name of the host
}

// way is where requests go that are for a host.
type way struct {
	listener
	found time.Time
}

// Serve has the emulated AWS run the tasks and databases that are created from now on and
// whose names end with the suffix. What they write goes to the folder. The caller closes
// the server.
func (e *Emulator) Serve(tools Serving, dir, suffix string) (*Server, error) {
	var err error
	if tools.Source, err = filepath.Abs(tools.Source); err != nil {
		return nil, err
	}
	if tools.Python, err = filepath.Abs(tools.Python); err != nil {
		return nil, err
	}
	description, err := os.ReadFile(filepath.Join(tools.Source, "Dockerfile"))
	if err != nil {
		return nil, err
	}
	s := &Server{
		memory: e.memory, tools: tools, dir: dir, suffix: suffix,
		services: map[string]*servedService{}, databases: map[string]*servedDatabase{}, ways: map[string]way{},
	}
	if s.image, err = readImage(string(description)); err != nil {
		return nil, err
	}
	s.front = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.front.URL
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	s.looked = make(chan struct{})
	go s.look(ctx)
	e.memory.server.Store(s)
	return s, nil
}

// Close ends all that runs.
func (s *Server) Close() error {
	s.memory.server.Store(nil)
	s.stop()
	<-s.looked
	s.mu.Lock()
	for _, service := range s.services {
		for _, task := range service.tasks() {
			task.process.kill()
		}
	}
	for _, task := range s.memory.operate.processes() {
		task.kill()
	}
	var err error
	for _, db := range s.databases {
		err = errors.Join(err, db.stop())
	}
	s.mu.Unlock()
	s.running.Wait()
	s.front.Close()
	return err
}

// has tells whether the server runs what has the name.
func (s *Server) has(name string) bool { return s != nil && strings.HasSuffix(name, s.suffix) }

// image is what a Dockerfile says of a container.
type image struct {
	environment []string
	command     []string
}

var (
	environmentLine = regexp.MustCompile(`(?m)^ENV (.*)$`)
	commandLine     = regexp.MustCompile(`(?m)^CMD (\[.*\])$`)
)

func readImage(description string) (i image, err error) {
	for _, line := range environmentLine.FindAllStringSubmatch(description, -1) {
		i.environment = append(i.environment, strings.Fields(line[1])...)
	}
	found := commandLine.FindStringSubmatch(description)
	if found == nil {
		return i, errors.New("the sample API's Dockerfile has no CMD")
	}
	return i, json.Unmarshal([]byte(found[1]), &i.command)
}

// steps are those that follow everything else.
func (s *Server) steps(c *Call) []repair {
	if s == nil {
		return nil
	}
	switch c.Name() {
	case "ecs:CreateService", "ecs:UpdateService":
		return []repair{{response: s.deploy}, {response: s.show}}
	case "ecs:DescribeServices":
		return []repair{{response: s.show}}
	case "ecs:DeleteService":
		return []repair{{response: s.endService}}
	case "rds:CreateDBCluster", "rds:ModifyDBCluster", "rds:DescribeDBClusters":
		return []repair{{response: s.changeDatabase}}
	case "rds:DeleteDBCluster":
		return []repair{{response: s.endDatabase}}
	}
	return nil
}
