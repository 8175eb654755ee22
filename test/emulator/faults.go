package emulator

import (
	"fmt"
	"hash/fnv"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"time"
)

// InjectFaults makes the proxy refuse the given share of all calls from now on,
// half of them throttled and half with a server error, before they reach moto.
// The seed decides which; a call's fate depends on its name and on how often it
// was made, and not on what else happens at the same time. A share of 0 ends it.
func (p *Proxy) InjectFaults(share float64, seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.share, p.faults.seed = share, seed
}

// Refuse makes the proxy refuse the next calls of the name, such as
// "rds:ModifyDBCluster", with the error's code, before they reach moto. AWS's clients
// repeat what fails with a server's error, and not what is refused.
func (p *Proxy) Refuse(call string, times int, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.refused = append(p.faults.refused, refused{call, times, code})
}

// Lose makes the connections of the next calls of the name break after a moment. What was
// called goes on, and its answer reaches nobody.
func (p *Proxy) Lose(call string, times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.lost = map[string]int{call: times}
}

// lostAfter is how long a connection lasts that breaks.
const lostAfter = 2 * time.Second

// lose takes the connection from an answer, which then goes nowhere.
func lose(w http.ResponseWriter) http.ResponseWriter {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err) // The server's connections can be taken.
	}
	time.AfterFunc(lostAfter, func() { _ = connection.Close() })
	return httptest.NewRecorder()
}

// loses tells whether the call's connection breaks.
func (f *faults) loses(c *Call) bool {
	if f.lost[c.Name()] == 0 {
		return false
	}
	f.lost[c.Name()]--
	return true
}

// Faults returns how many calls were refused.
func (p *Proxy) Faults() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults.injected
}

// faults decides which calls are refused.
type faults struct {
	share    float64
	seed     uint64
	seen     map[string]uint64
	injected int
	refused  []refused
	lost     map[string]int // calls whose connections will break
}

// refused are calls that will be refused.
type refused struct {
	call  string
	times int
	code  string
}

// next returns the fault of the call, or nil.
func (f *faults) next(c *Call) *fault {
	for i, r := range f.refused {
		if r.call == c.Name() && r.times > 0 {
			f.refused[i].times--
			f.injected++
			return refusal(c, r.code, injected)
		}
	}
	if f.share == 0 {
		return nil
	}
	if f.seen == nil {
		f.seen = map[string]uint64{}
	}
	f.seen[c.Name()]++
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, c.Name(), f.seen[c.Name()]) // A hash takes everything.
	dice := rand.New(rand.NewPCG(f.seed, hash.Sum64())) //nolint:gosec // Chance that can be repeated is wanted.
	if dice.Float64() >= f.share {
		return nil
	}
	f.injected++
	if dice.IntN(2) == 0 {
		return throttled(c)
	}
	return unavailable(c)
}

// fault is an error as AWS answers it.
type fault struct {
	status      int
	contentType string
	body        string
}

// throttled is the answer to one call too many, which each protocol has its own
// name for.
func throttled(c *Call) *fault {
	switch {
	case c.Service == "ec2":
		return newFault(c, http.StatusServiceUnavailable, "RequestLimitExceeded", injected)
	case c.Form != nil:
		return newFault(c, http.StatusBadRequest, "Throttling", injected)
	default:
		return newFault(c, http.StatusBadRequest, "ThrottlingException", injected)
	}
}

// unavailable is the answer of a service that is broken for the moment.
func unavailable(c *Call) *fault {
	return newFault(c, http.StatusServiceUnavailable, "ServiceUnavailable", injected)
}

// injected is the message of a fault that a test wants.
const injected = "injected by the test"

// refusal is the answer to a call that AWS does not take.
func refusal(c *Call, code, message string) *fault {
	return newFault(c, http.StatusBadRequest, code, message)
}

// newFault writes the error in the call's protocol.
func newFault(c *Call, status int, code, message string) *fault {
	escaped := html.EscapeString(message)
	switch {
	case c.Service == "ec2":
		return &fault{status, "text/xml", "<Response><Errors><Error><Code>" + code + "</Code><Message>" + escaped +
			"</Message></Error></Errors><RequestID>emulated</RequestID></Response>"}
	case c.Service == "s3":
		return &fault{status, "application/xml", "<Error><Code>" + code + "</Code><Message>" + escaped + "</Message></Error>"}
	case c.Form != nil, c.Service == "route53":
		return &fault{status, "text/xml", "<ErrorResponse><Error><Code>" + code + "</Code><Message>" + escaped +
			"</Message></Error><RequestId>emulated</RequestId></ErrorResponse>"}
	default:
		return &fault{status, jsonType, string(mustJSON(map[string]string{"__type": code, "message": message}))}
	}
}

func (f *fault) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("X-Amzn-Requestid", "0") // Step Functions repeats it.
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(f.body)) //nolint:gosec // Its text is escaped. The client has gone if this fails.
}
