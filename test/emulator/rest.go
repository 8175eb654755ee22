package emulator

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// restAction is what IAM calls an operation of a REST service, as far as a
// deployment needs it, and otherwise the method and the path.
func restAction(service, method string, target *url.URL) string {
	action := ""
	switch service {
	case "s3":
		action = s3Action(method, target)
	case "route53":
		action = route53Action(method, target.Path)
	case "account":
		action = accountAction(target.Path)
	}
	if action == "" {
		return method + " " + target.Path
	}
	return action
}

// s3Subresources are the parts of a bucket that a request names in its query, with
// the end of the action's name that reads or writes them. A few are deleted by the
// action that writes them:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var s3Subresources = map[string]string{
	"accelerate":        "AccelerateConfiguration",
	"acl":               "BucketAcl",
	"cors":              "BucketCORS",
	"encryption":        "EncryptionConfiguration",
	"lifecycle":         "LifecycleConfiguration",
	"location":          "BucketLocation",
	"logging":           "BucketLogging",
	"object-lock":       "BucketObjectLockConfiguration",
	"ownershipControls": "BucketOwnershipControls",
	"policy":            "BucketPolicy",
	"publicAccessBlock": "BucketPublicAccessBlock",
	"replication":       "ReplicationConfiguration",
	"requestPayment":    "BucketRequestPayment",
	"tagging":           "BucketTagging",
	"versioning":        "BucketVersioning",
	"website":           "BucketWebsite",
}

// s3ObjectActions read and write an object. Whoever may get one may ask for its head:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
var s3ObjectActions = map[string]string{
	http.MethodDelete: "DeleteObject",
	http.MethodGet:    "GetObject",
	http.MethodHead:   "GetObject",
	http.MethodPut:    "PutObject",
}

// s3Action names what is done to a bucket or to the objects in it.
func s3Action(method string, target *url.URL) string {
	query := target.Query()
	for key, resource := range s3Subresources {
		if !query.Has(key) {
			continue
		}
		switch {
		case method == http.MethodGet:
			return "Get" + resource
		case method == http.MethodDelete && key == "policy":
			return "DeleteBucketPolicy"
		default:
			return "Put" + resource
		}
	}
	object := strings.Contains(strings.Trim(target.Path, "/"), "/")
	switch {
	case query.Has("versions"):
		return "ListBucketVersions"
	case query.Has("delete"):
		return "DeleteObjectVersion"
	case object:
		return s3ObjectActions[method]
	case method == http.MethodPut:
		return "CreateBucket"
	case method == http.MethodDelete:
		return "DeleteBucket"
	case method == http.MethodGet, method == http.MethodHead:
		return "ListBucket"
	}
	return ""
}

// route53Actions are told apart by method and path:
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html
var route53Actions = []struct {
	method string
	path   *regexp.Regexp
	action string
}{
	{http.MethodGet, regexp.MustCompile(`/hostedzone$`), "ListHostedZones"},
	{http.MethodGet, regexp.MustCompile(`/hostedzonesbyname$`), "ListHostedZonesByName"},
	{http.MethodPost, regexp.MustCompile(`/hostedzone$`), "CreateHostedZone"},
	{http.MethodGet, regexp.MustCompile(`/hostedzone/[^/]+$`), "GetHostedZone"},
	{http.MethodPost, regexp.MustCompile(`/hostedzone/[^/]+/rrset/?$`), "ChangeResourceRecordSets"},
	{http.MethodGet, regexp.MustCompile(`/hostedzone/[^/]+/rrset$`), "ListResourceRecordSets"},
	{http.MethodGet, regexp.MustCompile(`/change/[^/]+$`), "GetChange"},
	{http.MethodGet, regexp.MustCompile(`/tags/hostedzone/[^/]+$`), "ListTagsForResource"},
}

func route53Action(method, path string) string {
	for _, a := range route53Actions {
		if a.method == method && a.path.MatchString(path) {
			return a.action
		}
	}
	return ""
}

// accountAction is the path of the request, but for its first letter:
// https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html
func accountAction(path string) string {
	operation := strings.TrimPrefix(path, "/")
	if operation == "" {
		return ""
	}
	return strings.ToUpper(operation[:1]) + operation[1:]
}
