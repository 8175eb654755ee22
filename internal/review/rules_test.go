package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/golden"
)

// values are pairs of which each rule of the table is true for one, and none but the
// unconditional ones for all.
var values = [][2]any{
	{nil, "x"},
	{"x", nil},
	{"x", "y"},
	{"x", "engine_version"},
	{true, false},
	{false, true},
	{1.0, 2.0},
	{2.0, 1.0},
	{1.0, 0.0},
	{"ALL", "REJECT"},
	{"Enabled", "Suspended"},
	{"aws:kms", "AES256"},
	{"BucketOwnerEnforced", "ObjectWriter"},
	{"customer-managed", "AWS-managed"},
	{"iam", "password"},
	{"x", "root"},
	{"x", "host"},
	{"x", "all"},
	{"x", "*"},
	{"x", "NONE"},
	{"x", "disabled"},
	{"x", "DISABLED"},
	{"x", "monitor"},
	{"redirect", "forward"},
	{"forward", "fixed-response"},
	{"x", "docker.io/x/y"},
	{"x", config.PlaceholderImage},
	{"hashicorp/aws", "evil/aws"},
	{"HTTPS", "HTTP"},
}

// TestGoldenEveryRule changes what each pattern of each rule names, and writes down what each
// says: one that is gone is missed.
func TestGoldenEveryRule(t *testing.T) {
	var said strings.Builder
	for _, r := range rules {
		for _, pattern := range strings.Split(r.paths, "|") {
			address := strings.ReplaceAll(strings.Split(strings.ReplaceAll(r.kinds, "aws_rds_cluster*", "aws_rds_cluster"), "|")[0], "*", "x") + ".it"
			switch {
			case r.kinds == "*":
				address = "aws_lb.it"
			case !strings.HasPrefix(r.kinds, "aws_") && r.kinds != "terraform_data" && !strings.HasPrefix(r.kinds, "data.") && !strings.HasPrefix(r.kinds, "ephemeral."):
				address = strings.ReplaceAll(strings.Split(r.kinds, "|")[0], "*", "x")
			}
			path := strings.ReplaceAll(strings.ReplaceAll(pattern, "[*]", "[x]"), "*", "")
			if path == "" {
				path = "x"
			}
			path = strings.TrimSuffix(path, ".")
			worse := 0
			for _, pair := range values {
				d := Difference{Path: path, From: pair[0], To: pair[1]}
				c := Change{Address: address, Action: Update, Differences: []Difference{d}, before: attributes{}, after: attributes{}}
				risks := judgesAttributes(c)
				assert.Equal(t, r.when(d.From, d.To), slices.Contains(risks, r.risk(d)), "%s %s: %v", r.kinds, path, pair)
				if slices.Contains(risks, r.risk(d)) {
					if worse++; worse == 1 {
						fmt.Fprintf(&said, "%s %s: %s %s\n", address, path, marks[r.level], r.risk(d).Text)
					}
				}
				assert.False(t, slices.ContainsFunc(risks, func(risk Risk) bool { return risk.Level == Unjudged }), "%s %s", r.kinds, path)
			}
			assert.Positive(t, worse, "%s %s is never worse", r.kinds, path)
		}
	}
	golden.Compare(t, "rules.txt", said.String())
}

// TestTables wants each type of the program in the tables, and no other as its own.
func TestTables(t *testing.T) {
	own := append(slices.Sorted(maps.Keys(provided)), "terraform_data")
	assert.Equal(t, slices.Sorted(maps.Keys(destroyed)), own)
	for kind := range foreign {
		assert.NotContains(t, own, kind)
	}
	for kind := range known {
		if strings.HasPrefix(kind, "aws_") {
			assert.Contains(t, own, kind)
		}
	}
	for _, kind := range slices.Concat(renewed, once, slices.Collect(maps.Keys(notSet))) {
		assert.Contains(t, own, kind)
	}
}

// TestCredentials are found in values, and not in references and examples of a form.
func TestCredentials(t *testing.T) {
	for value, want := range map[string]bool{
		"postgresql://user:password@db/x": true, "AKIAIOSFODNN7EXAMPLE": true, "-----BEGIN RSA PRIVATE KEY-----": true,
		"ghp_0123456789abcdefghijABCDEFGHIJ012345": true, "postgresql://user:${local.password}@db/x": false, "postgresql://user@db/x": false,
		"https://example.com:443/a@b": false, "arn:aws:iam::123456789012:role/x": false, "AKIA": false,
	} {
		assert.Equal(t, want, credential(value), value)
	}
}
