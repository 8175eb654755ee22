package emulator

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"
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
}

// next returns the fault of the call, or nil.
func (f *faults) next(c *Call) *fault {
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
		return newFault(c, http.StatusServiceUnavailable, "RequestLimitExceeded")
	case c.Form != nil:
		return newFault(c, http.StatusBadRequest, "Throttling")
	default:
		return newFault(c, http.StatusBadRequest, "ThrottlingException")
	}
}

// unavailable is the answer of a service that is broken for the moment.
func unavailable(c *Call) *fault {
	return newFault(c, http.StatusServiceUnavailable, "ServiceUnavailable")
}

// newFault writes the error in the call's protocol.
func newFault(c *Call, status int, code string) *fault {
	const message = "injected by the test"
	switch {
	case c.Service == "ec2":
		return &fault{status, "text/xml", "<Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
			"</Message></Error></Errors><RequestID>emulated</RequestID></Response>"}
	case c.Form != nil:
		return &fault{status, "text/xml", "<ErrorResponse><Error><Code>" + code + "</Code><Message>" + message +
			"</Message></Error><RequestId>emulated</RequestId></ErrorResponse>"}
	default:
		return &fault{status, jsonType, `{"__type":` + strconv.Quote(code) + `,"message":` + strconv.Quote(message) + `}`}
	}
}

func (f *fault) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", f.contentType)
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(f.body)) //nolint:gosec // It holds constants only. The client has gone if this fails.
}
