package emulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

// Proxy stands between an AWS client and moto. It records every call and makes
// good what moto lacks; [repairs] is the whole list.
type Proxy struct {
	// URL is the endpoint to give to AWS clients.
	URL string

	server *httptest.Server

	mu             sync.Mutex
	calls          []string
	engineVersions []string
	tags           map[string]map[string]string // by ARN of the scalable target
	services       map[string]map[string]any    // what moto forgets, by ARN of the ECS service
	descriptions   map[string]string            // by id of the security group rule
}

// DefaultEngineVersions are the Aurora PostgreSQL versions that the proxy offers
// until [Proxy.OfferEngineVersions] says otherwise. 15.4 is not among them, as
// AWS retires minor versions, so that the newest of the major one is planned.
var DefaultEngineVersions = []string{"14.15", "15.8", "15.10", "16.6"}

// NewProxy starts a proxy in front of the moto server at the given address.
func NewProxy(target *url.URL) *Proxy {
	p := &Proxy{
		engineVersions: DefaultEngineVersions,
		tags:           map[string]map[string]string{},
		services:       map[string]map[string]any{},
		descriptions:   map[string]string{},
	}
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: p.repairResponse,
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

// OfferEngineVersions sets the Aurora PostgreSQL versions that AWS is to offer.
func (p *Proxy) OfferEngineVersions(versions ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.engineVersions = versions
}

// Calls returns the recorded calls, "service:Action", in their order of arrival.
func (p *Proxy) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Counts returns how often each "service:Action" was called.
func (p *Proxy) Counts() map[string]int {
	counts := map[string]int{}
	for _, call := range p.Calls() {
		counts[call]++
	}
	return counts
}

// callKey is where a request's context carries its [Call].
type callKey struct{}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, forward http.Handler) {
	c, err := parseCall(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.calls = append(p.calls, c.Name())
	p.mu.Unlock()

	fix := repairs[c.Name()]
	if fix.answer != nil {
		contentType, body := fix.answer(p, c)
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body) // The client has gone if this fails.
		return
	}
	if fix.request != nil {
		fix.request(c.Form)
		setBody(r, []byte(c.Form.Encode()))
	}
	if fix.response != nil {
		r.Header.Del("Accept-Encoding") // A compressed answer could not be changed.
	}
	forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
}

func (p *Proxy) repairResponse(r *http.Response) error {
	c, _ := r.Request.Context().Value(callKey{}).(*Call)
	if c == nil || r.StatusCode != http.StatusOK || repairs[c.Name()].response == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close() // It was read to its end.
	body = repairs[c.Name()].response(p, c, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.Header.Del("X-Amz-Crc32") // It was of the answer before the change.
	return nil
}
