package summary

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// TestGoldenSummary compares the screen of what is defined with the one last reviewed,
// and with the example in docs/costs.md.
func TestGoldenSummary(t *testing.T) {
	var stacks []Stack
	for _, env := range config.Environments() {
		stacks = append(stacks, reviewed(t, env, nil))
	}
	text := screen(t, nothing, stacks...)
	golden.Compare(t, "../../testdata/summary.txt", text)

	golden.Section(t, "../../docs/costs.md", "screen", "```\n"+strings.Trim(text, "\n")+"\n```")
}

// TestSummaryOfChoices shows the environments of which nothing is usual.
func TestSummaryOfChoices(t *testing.T) {
	for _, test := range []struct {
		env   config.Config
		shown []string
	}{
		{stacktest.Chosen(), []string{
			"1 NAT gateway for all zones", "HTTPS as api.example.com and 2 more,", "open to 2 IPv4 ranges, WAF with 5 rules",
			"2 to 10 tasks of 1 vCPU, 2 GiB,", "stopped at times, ARM64,", "spare capacity above 2", "images from a pipeline",
			"3 × db.serverless, 0 to 4 ACU each", "paused when idle", "a key of your own", "2 jobs by the clock, 1 paused", "25 alarms, mail to 2 addresses",
			"s3://example-terraform-state/" + stacktest.Chosen().StackName() + ".tfstate", "make plan deploy ENVIRONMENT=chosen NEW=1", "protected          nothing",
		}},
		{stacktest.Closed(), []string{"no NAT gateway, 8 interface endpoints", "1 queue, 1 bucket", "plain HTTP as closed.example.com,", "internal\n", "image v1", "example at app.terraform.io"}},
		{stacktest.Elsewhere(), []string{"resources in eu-south-2, 2 zones", "HTTPS, open to the internet, access logs", "example at terraform.example.com"}},
	} {
		got := screen(t, nothing, reviewed(t, test.env, nil))
		for _, text := range test.shown {
			assert.Contains(t, got, text, test.env.Suffix)
		}
		assert.NotContains(t, got, "\n  other ", "every resource belongs to a part")
	}
}
