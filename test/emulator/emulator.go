// Package emulator provides an AWS to deploy to without an account: a moto
// server, and before it as many a [Proxy] as there are clients, which record each
// call, repair what moto lacks and refuse what a test wants refused. It also
// finds the programs that a deployment needs. Tests use it, and `make emulated`.
package emulator

import (
	"bytes"
	"context"
	_ "embed" // For the start of moto.
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startTimeout is how long moto may take to answer; it imports much Python.
const startTimeout = 90 * time.Second

// startMoto is moto's own start, with what is different.
//
//go:embed start_moto.py
var startMoto string

// Emulator is a running moto server: one AWS account.
type Emulator struct {
	// Region is where [Emulator.Leftovers] and the like look.
	Region string

	moto    *url.URL
	memory  *memory
	steps   *Proxy // what state machines call through
	command *exec.Cmd
	exited  chan struct{}
	output  bytes.Buffer // Read after exited is closed.
}

// Start runs moto with the given Python on a free local port and waits until it
// answers. The caller calls [Emulator.Stop].
func Start(ctx context.Context, python, region string) (*Emulator, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	moto := &url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	e := &Emulator{
		Region:  region,
		memory:  newMemory(region, moto),
		moto:    moto,
		command: exec.Command(python, "-c", startMoto, "-H", "127.0.0.1", "-p", strconv.Itoa(port)), //nolint:gosec // The Python that was found.
		exited:  make(chan struct{}),
	}
	if e.memory.models.dir, err = FindModels(ctx, python); err != nil {
		return nil, err
	}
	e.memory.python = python
	// Services become steady only if moto claims that their tasks run:
	// https://docs.getmoto.org/en/latest/docs/services/ecs.html
	// The policies that AWS manages exist only if they are asked for:
	// https://docs.getmoto.org/en/latest/docs/services/iam.html
	e.steps = e.NewProxy()
	_, stepsPort, _ := strings.Cut(strings.TrimPrefix(e.steps.URL, "http://"), ":")
	e.command.Env = append(os.Environ(), "MOTO_ECS_SERVICE_RUNNING=2", "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_PORT="+stepsPort)
	e.command.Stdout, e.command.Stderr = &e.output, &e.output
	// Python may be a wrapper (pyenv's is), so all its group is ended.
	e.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := e.command.Start(); err != nil {
		return nil, fmt.Errorf("starting moto with %s: %w", python, err)
	}
	go func() {
		_ = e.command.Wait() // It ends by a signal, which is no news.
		close(e.exited)
	}()
	if err := e.waitUntilReady(ctx); err != nil {
		e.Stop()
		return nil, fmt.Errorf("moto with %s: %w\n%s", python, err, e.output.String())
	}
	return e, nil
}

// Stop ends moto; all that was deployed is gone with it.
func (e *Emulator) Stop() {
	// The negative id means the process group.
	_ = syscall.Kill(-e.command.Process.Pid, syscall.SIGKILL)
	<-e.exited
	e.steps.Close()
}

// MachinesAs has state machines call as the role from now on; nil may do everything.
func (e *Emulator) MachinesAs(role *Role) { e.steps.As(role) }

// NewProxy starts a proxy of its own in front of the account. The caller closes it.
func (e *Emulator) NewProxy() *Proxy {
	return newProxy(e.moto, e.memory)
}

// OfferEngineVersions sets the Aurora PostgreSQL versions that AWS is to offer.
func (e *Emulator) OfferEngineVersions(versions ...string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	e.memory.engineVersions = versions
}

// Env returns the environment variables that lead any AWS client to the proxy.
func (e *Emulator) Env(p *Proxy) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + p.URL,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION=" + e.Region,
		"AWS_DEFAULT_REGION=" + e.Region,
		"AWS_EC2_METADATA_DISABLED=true",
		// Keep the machine's own settings, and any HTTP proxy, out of the way.
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"NO_PROXY=127.0.0.1,localhost",
		"no_proxy=127.0.0.1,localhost",
	}
}

func (e *Emulator) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.moto.JoinPath("moto-api", "data.json").String(), nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			return nil
		}
		select {
		case <-e.exited:
			return errors.New("ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("does not answer: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// freePort returns a local port that was free a moment ago.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
