package config

import (
	"regexp"
	"slices"
	"strings"
)

// Bucket is a private bucket of S3, for what the API's clients upload and for what it makes.
type Bucket struct {
	// Name is the name of the bucket, of lower-case letters, digits and single inner
	// hyphens. The API gets the name that it has in AWS as `BUCKET_<NAME>`. A bucket of
	// another name is another bucket, without the objects.
	Name string
	// CORSOrigins are the origins whose pages may use presigned URLs in a browser, such as
	// "https://shop.example.com"; none, the default, are no pages.
	CORSOrigins []string
	// ExpireDays is how many days after its upload an object is deleted; 0, the default,
	// keeps it.
	ExpireDays int
}

// Variable is that by which containers know the name of the bucket.
func (b Bucket) Variable() string { return variableOf("BUCKET", b.Name) }

// Resource is the resource name of the bucket.
func (b Bucket) Resource() string { return "bucket-" + b.Name }

func (b Bucket) made() []made { return []made{{kindBucket, b.Resource()}} }

// originForm is a scheme, a host and a port of its own, as browsers send an origin:
// https://datatracker.ietf.org/doc/html/rfc6454#section-6.2
var originForm = regexp.MustCompile(`^https?://(localhost|` + labels + `)(:[1-9]\d{0,4})?$`)

// checkBuckets checks each bucket.
func (p *problems) checkBuckets(c Config) {
	names := make([]string, len(c.Buckets))
	for i, b := range c.Buckets {
		names[i] = b.Name
		section := element("Buckets", i) + "."
		for j, origin := range b.CORSOrigins {
			p.checkOrigin(element(section+"CORSOrigins", j), origin, slices.Contains(b.CORSOrigins[:j], origin))
		}
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html
		p.between(section+"ExpireDays", b.ExpireDays, bounds{low: 0, high: unlimited})
	}
	// The account is at the end of each:
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	p.checkOwnNames(c, "Buckets", names, ownName{"bucket", Bucket{Name: "%s"}.Resource(), 63 - len("-123456789012"), "uploads"})
}

// checkOrigin checks one origin of a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
func (p *problems) checkOrigin(field, origin string, twice bool) {
	switch {
	case strings.Contains(origin, "*"):
		p.add(field, origin, "is more than one origin", ours("the origin of each page", "any site could upload with a URL that leaked"),
			suggest("write an origin such as", "https://shop.example.com"))
	case !originForm.MatchString(origin):
		p.add(field, origin, "is not an origin", aws("http:// or https:// and a host in lower case, with a port or without, and without a path"),
			suggest("write an origin such as", "https://shop.example.com"))
	case twice:
		p.add(field, origin, "is there twice", ours("each origin once", "the second is without effect"), do("remove one of the two"))
	}
}
