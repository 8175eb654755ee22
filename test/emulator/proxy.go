package emulator

import (
	"bytes"
	"context"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Proxy stands between an AWS client and moto. It records every call, makes good
// what moto lacks ([repairs] is the whole list), and refuses as many calls as a
// test asks for.
type Proxy struct {
	// URL is the endpoint to give to AWS clients.
	URL string

	server *httptest.Server
	memory *memory

	gate sync.RWMutex // Calls pass it for reading.

	mu      sync.Mutex
	calls   []string
	faults  faults
	changes int
	trigger trigger
	watch   func(*Call)
	role    *Role

	lifelike    bool
	constrained []string
}

// trigger is what happens once so many changes were made.
type trigger struct {
	changes int
	do      func()
}

// NewProxy starts a proxy in front of the moto server at the given address.
func NewProxy(target *url.URL) *Proxy {
	return newProxy(target, newMemory(defaultRegion, target))
}

func newProxy(target *url.URL, m *memory) *Proxy {
	p := &Proxy{memory: m}
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: p.repairResponse,
		// A client that was interrupted leaves calls behind; that is no news.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.serve(w, r, forward)
	}))
	p.URL = p.server.URL
	return p
}

// Close stops the proxy after the calls under way.
func (p *Proxy) Close() {
	p.server.Close()
}

// Calls returns the recorded calls, "service:Action", in their order of arrival.
func (p *Proxy) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// AfterChanges has do called, once, when the proxy has forwarded so many calls
// that change something, counted from its start. By then every call is answered
// and the answers are noted. Those that arrive meanwhile wait until do returns;
// the ones whose client is gone by then never reach moto.
func (p *Proxy) AfterChanges(changes int, do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trigger = trigger{changes, do}
}

// As has the calls from now on made by the role; nil may do everything.
func (p *Proxy) As(role *Role) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.role = role
}

// Watch has every call shown to look, which must be quick, before it is forwarded.
func (p *Proxy) Watch(look func(*Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = look
}

// timeToNote is how long a client gets to note the answers that it was given, on a busy
// machine, too.
const timeToNote = 6 * time.Second

// callKey is where a request's context carries its [Call].
type callKey struct{}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, forward http.Handler) {
	c, err := parseCall(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.gate.RLock()
	defer p.gate.RUnlock()
	if r.Context().Err() != nil {
		return
	}
	p.mu.Lock()
	p.calls = append(p.calls, c.Name())
	if p.watch != nil {
		p.watch(c)
	}
	c.role, c.lifelike = p.role, p.lifelike
	fault := p.faults.next(c)
	lost := p.faults.loses(c)
	c.constrained = p.constrained
	p.mu.Unlock()
	if fault != nil {
		fault.write(w)
		return
	}

	if lost {
		w = lose(w)
	}
	steps := p.memory.steps(c)
	for _, step := range steps {
		if step.refuse == nil {
			continue
		}
		if refusal := step.refuse(p.memory, c); refusal != nil {
			refusal.write(w)
			return
		}
	}
	for _, step := range steps {
		if step.answer != nil {
			if contentType, body := step.answer(p.memory, c); body != nil {
				maps.Copy(w.Header(), c.answered)
				w.Header().Set("Content-Type", contentType)
				_, _ = w.Write(body) // The client has gone if this fails.
				return
			}
		}
		if step.request != nil {
			c.Body = step.request(p.memory, c)
			setBody(r, c.Body)
		}
		if step.response != nil {
			r.Header.Del("Accept-Encoding") // A compressed answer could not be changed.
		}
	}
	forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	if c.changes() {
		p.changed()
	}
}

// changed counts a change, and sets off what waits for it.
func (p *Proxy) changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes++
	if p.trigger.do == nil || p.changes < p.trigger.changes {
		return
	}
	do := p.trigger.do
	p.trigger.do = nil
	go func() {
		p.gate.Lock()
		defer p.gate.Unlock()
		time.Sleep(timeToNote)
		do()
	}()
}

func (p *Proxy) repairResponse(r *http.Response) error {
	c, _ := r.Request.Context().Value(callKey{}).(*Call)
	if c == nil || r.StatusCode != http.StatusOK {
		return nil
	}
	steps := slices.DeleteFunc(p.memory.steps(c), func(step repair) bool { return step.response == nil })
	if len(steps) == 0 {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close() // It was read to its end.
	for _, step := range steps {
		body = step.response(p.memory, c, body)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.Header.Del("X-Amz-Crc32") // It was of the answer before the change.
	return nil
}
