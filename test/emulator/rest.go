package emulator

import (
	_ "embed" // of the routes
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// routesText are the operations of the REST services that a deployment uses, with method,
// path, and what an operation requires in its query and its headers. update.py takes it
// from AWS's models, and a test compares it with them.
//
//go:embed routes.txt
var routesText string

// route is an operation of a REST service.
type route struct {
	operation, method string
	segments          []string
	query, header     []string
}

var routes = parseRoutes(routesText)

func parseRoutes(text string) map[string][]route {
	parsed := map[string][]route{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		path, query, _ := strings.Cut(fields[3], "?")
		r := route{operation: fields[1], method: fields[2], segments: segments(path)}
		if query != "" {
			r.query = strings.Split(query, "&")
		}
		for _, required := range fields[4:] {
			if name, ok := strings.CutPrefix(required, "query:"); ok {
				r.query = append(r.query, name)
			} else {
				r.header = append(r.header, strings.TrimPrefix(required, "header:"))
			}
		}
		parsed[fields[0]] = append(parsed[fields[0]], r)
	}
	return parsed
}

func segments(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// match returns how closely a request is that of the route, 0 for not at all, and the
// labels of its path.
func (r *route) match(method string, target *url.URL, header http.Header) (closeness int, labels map[string]string) {
	path := segments(target.Path)
	labels = map[string]string{}
	if method != r.method {
		return 0, nil
	}
	for i, segment := range r.segments {
		name, isLabel := strings.CutPrefix(segment, "{")
		switch {
		case i >= len(path), !isLabel && segment != path[i]:
			return 0, nil
		case strings.HasSuffix(name, "+}"):
			labels[strings.TrimSuffix(name, "+}")] = strings.Join(path[i:], "/")
			path = path[:i+1]
		case isLabel:
			labels[strings.TrimSuffix(name, "}")] = path[i]
		default:
			closeness++
		}
	}
	query := target.Query()
	for _, required := range r.query {
		name, value, _ := strings.Cut(required, "=")
		if !query.Has(name) || (value != "" && query.Get(name) != value) {
			return 0, nil
		}
	}
	for _, required := range r.header {
		if header.Get(required) == "" {
			return 0, nil
		}
	}
	if len(path) != len(r.segments) {
		return 0, nil
	}
	return 1 + closeness + len(r.query) + len(r.header), labels
}

// findRoute returns the closest route, or nil.
func findRoute(service, method string, target *url.URL, header http.Header) (found *route, labels map[string]string) {
	best := 0
	for i := range routes[service] {
		if closeness, its := routes[service][i].match(method, target, header); closeness > best {
			best, found, labels = closeness, &routes[service][i], its
		}
	}
	return found, labels
}

// policyActions are the operations of S3 and of Lambda that IAM knows by another name. What deletes a
// part of a bucket is mostly the action that writes it:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var policyActions = map[string]string{
	"DeleteBucketCors":                   "PutBucketCORS",
	"DeleteBucketEncryption":             "PutEncryptionConfiguration",
	"DeleteBucketLifecycle":              "PutLifecycleConfiguration",
	"DeleteBucketOwnershipControls":      "PutBucketOwnershipControls",
	"DeleteBucketReplication":            "PutReplicationConfiguration",
	"DeleteBucketTagging":                "PutBucketTagging",
	"DeleteObjects":                      "DeleteObjectVersion",
	"DeletePublicAccessBlock":            "PutBucketPublicAccessBlock",
	"GetBucketAccelerateConfiguration":   "GetAccelerateConfiguration",
	"GetBucketCors":                      "GetBucketCORS",
	"GetBucketEncryption":                "GetEncryptionConfiguration",
	"GetBucketLifecycleConfiguration":    "GetLifecycleConfiguration",
	"GetBucketNotificationConfiguration": "GetBucketNotification",
	"GetBucketReplication":               "GetReplicationConfiguration",
	"GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"HeadBucket":                         "ListBucket",
	"HeadObject":                         "GetObject",
	"Invoke":                             "InvokeFunction",
	"ListBuckets":                        "ListAllMyBuckets",
	"ListObjectVersions":                 "ListBucketVersions",
	"ListObjects":                        "ListBucket",
	"ListObjectsV2":                      "ListBucket",
	"PutBucketAccelerateConfiguration":   "PutAccelerateConfiguration",
	"PutBucketCors":                      "PutBucketCORS",
	"PutBucketEncryption":                "PutEncryptionConfiguration",
	"PutBucketLifecycleConfiguration":    "PutLifecycleConfiguration",
	"PutBucketReplication":               "PutReplicationConfiguration",
	"PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	"PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
}

// restAction is what IAM calls an operation of a REST service, as far as its routes are
// known, and otherwise the method and the path.
func (c *Call) restAction(r *http.Request) string {
	found, labels := findRoute(c.Service, r.Method, r.URL, r.Header)
	if found == nil {
		return r.Method + " " + r.URL.Path
	}
	c.operation, c.labels, c.header, c.query, c.rest = found.operation, labels, r.Header, r.URL.Query(), true
	c.query.Del("x-id") // A note of the SDK: https://github.com/aws/aws-sdk-go-v2/issues/2221
	for _, required := range found.query {
		if _, _, hasValue := strings.Cut(required, "="); hasValue || !slices.ContainsFunc(c.query[required], notEmpty) {
			name, _, _ := strings.Cut(required, "=")
			c.query.Del(name)
		}
	}
	if action, ok := policyActions[found.operation]; ok && c.Service != "route53" {
		return action
	}
	return found.operation
}

func notEmpty(text string) bool { return text != "" }
