package emulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// defaultRegion is assumed of requests that carry no signature.
const defaultRegion = "us-east-1"

// Call is one request to AWS, understood as far as the protocols allow.
type Call struct {
	// Service is the name that the request is signed for, such as "ecs".
	Service string
	// Action is the operation as IAM calls it, such as "CreateService", or, of a REST
	// service whose routes are not known, the method and path.
	Action string
	// Region is the region that the request is signed for.
	Region string
	// Form holds the parameters of the query protocol; nil for the others.
	Form url.Values
	// Body is the request's body as it was sent.
	Body []byte

	signedFor string         // the service's own name, where policies have another one
	operation string         // as the API calls it
	input     map[string]any // as the API's model names it; nil without a model
	role      *Role          // who calls; nil for one who may do everything
	lifelike  bool           // is of a proxy that is lifelike
	answered  http.Header    // of the answer, in addition to its type
	answer    []byte         // of a service that the emulator is itself

	rest        bool // what follows is of REST services only
	labels      map[string]string
	query       url.Values
	header      http.Header
	constrained []string // zones that are in trouble for this client
}

// Name is the call as IAM policies write it, "service:Action".
func (c *Call) Name() string {
	return c.Service + ":" + c.Action
}

// changes reports whether the call changes something, by the verbs that AWS uses
// for those that do not.
func (c *Call) changes() bool {
	return !slices.ContainsFunc([]string{"Describe", "List", "Get"}, func(verb string) bool {
		return strings.HasPrefix(c.Action, verb)
	})
}

// decode reads the body of the JSON protocol. What is no JSON leaves the
// target as it is: the emulator is the one to complain about it.
func (c *Call) decode(into any) {
	_ = json.Unmarshal(c.Body, into)
}

// credentialScope is the part of a Signature Version 4 header that names the
// region and the service:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
var credentialScope = regexp.MustCompile(`Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request`)

// parseCall reads a request, and leaves its body to be read again.
func parseCall(r *http.Request) (*Call, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	setBody(r, body)
	c := &Call{Service: "unsigned", Region: defaultRegion, Body: body}
	if scope := credentialScope.FindStringSubmatch(r.Header.Get("Authorization")); scope != nil {
		c.Region, c.Service = scope[1], scope[2]
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if c.Form, err = url.ParseQuery(string(body)); err != nil {
			return nil, err
		}
	}
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case target != "":
		c.Action = target
	case c.Form.Get("Action") != "":
		c.Action = c.Form.Get("Action")
	default:
		c.Action = c.restAction(r)
	}
	if !c.rest {
		c.operation = c.Action
	}
	c.signedFor = c.Service
	if name, ok := policyNames[c.Service]; ok {
		c.Service = name
	}
	return c, nil
}

// policyNames are the names that IAM policies have for services that sign by
// another one.
var policyNames = map[string]string{"monitoring": "cloudwatch"}

// setBody replaces a request's body together with the length it announces.
func setBody(r *http.Request, body []byte) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
}
