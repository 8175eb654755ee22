package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var refusedRegion = []refusal{
	{"region", func(c *Config) { c.Region = "milan" }, []string{
		`Region: "milan" is not the code of a region; AWS allows codes such as eu-south-1, us-gov-west-1 or eusc-de-east-1; fix: write a code such as eu-south-1`,
	}},
	{"zone for a region", func(c *Config) { c.Region = "eu-south-1a" }, []string{
		`Region: "eu-south-1a" is not the code of a region; AWS allows codes such as eu-south-1, us-gov-west-1 or eusc-de-east-1; fix: write a code such as eu-south-1`,
	}},
	{"region in upper case", func(c *Config) { c.Region = "EU-SOUTH-1" }, []string{
		`Region: "EU-SOUTH-1" is not the code of a region; AWS allows codes such as eu-south-1, us-gov-west-1 or eusc-de-east-1; fix: write a code such as eu-south-1`,
	}},
	{"account", func(c *Config) { c.Account = "1234" }, []string{
		`Account: "1234" has the wrong form; AWS allows an empty value or 12 digits; fix: copy the id of the account`,
	}},
}

var acceptedRegion = map[string]func(*Config){
	"government region": func(c *Config) { c.Region = "us-gov-west-1" },
}

// regions are those that version 5.100 of the AWS provider accepts, by partition.
// https://github.com/hashicorp/aws-sdk-go-base/blob/v2.0.0-beta.65/endpoints/endpoints_gen.go
var regions = map[string]struct {
	dnsSuffix string
	regions   []string
}{
	"aws": {"amazonaws.com", []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
		"ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
		"ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
		"eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
		"sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}},
	"aws-cn":     {"amazonaws.com.cn", []string{"cn-north-1", "cn-northwest-1"}},
	"aws-us-gov": {"amazonaws.com", []string{"us-gov-east-1", "us-gov-west-1"}},
	"aws-iso":    {"c2s.ic.gov", []string{"us-iso-east-1", "us-iso-west-1"}},
	"aws-iso-b":  {"sc2s.sgov.gov", []string{"us-isob-east-1"}},
	"aws-iso-e":  {"cloud.adc-e.uk", []string{"eu-isoe-west-1"}},
	"aws-iso-f":  {"csp.hci.ic.gov", []string{"us-isof-east-1", "us-isof-south-1"}},
	"aws-eusc":   {"amazonaws.eu", []string{"eusc-de-east-1"}},
}

func TestEveryRegionOfTheProviderIsAccepted(t *testing.T) {
	require.Len(t, regions, len(partitions))
	for id, want := range regions {
		for _, region := range want.regions {
			c := Defaults("dev")
			c.Region = region
			c.LoadBalancer.CertificateARN = "arn:" + id + ":acm:" + region + ":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
			require.NoError(t, c.Validate(), region)
			partition, ok := PartitionOf(region)
			require.True(t, ok, region)
			assert.Equal(t, id, partition.ID, region)
			assert.Equal(t, want.dnsSuffix, partition.DNSSuffix, region)
		}
	}
}

// TestPartitionsDoNotOverlap requires one partition for each region: "aws", which is the
// last one, matches those that no other matches.
func TestPartitionsDoNotOverlap(t *testing.T) {
	for id, want := range regions {
		for _, region := range want.regions {
			for _, p := range partitions[:len(partitions)-1] {
				assert.Equal(t, p.ID == id, p.regions.MatchString(region), "%s and %s", p.ID, region)
			}
		}
	}
}

func TestNamesOfPartitions(t *testing.T) {
	for region, want := range map[string][3]string{
		"eu-south-1":     {"com.amazonaws.eu-south-1.ecr.api", "com.amazonaws.eu-south-1.logs", "logs.eu-south-1.amazonaws.com"},
		"us-gov-west-1":  {"com.amazonaws.us-gov-west-1.ecr.api", "com.amazonaws.us-gov-west-1.logs", "logs.us-gov-west-1.amazonaws.com"},
		"cn-north-1":     {"cn.com.amazonaws.cn-north-1.ecr.api", "com.amazonaws.cn-north-1.logs", "logs.cn-north-1.amazonaws.com.cn"},
		"us-iso-east-1":  {"gov.ic.c2s.us-iso-east-1.ecr.api", "com.amazonaws.us-iso-east-1.logs", "logs.us-iso-east-1.c2s.ic.gov"},
		"eusc-de-east-1": {"eu.amazonaws.eusc-de-east-1.ecr.api", "com.amazonaws.eusc-de-east-1.logs", "logs.eusc-de-east-1.amazonaws.com"},
	} {
		p, _ := PartitionOf(region)
		assert.Equal(t, want, [3]string{p.EndpointService(region, "ecr.api"), p.EndpointService(region, "logs"), p.Principal("logs." + region)}, region)
		assert.Equal(t, "ecs-tasks.amazonaws.com", p.Principal("ecs-tasks"), region)
	}
}

// TestUnknownRegionIsReportedOnce expects no error about what is named in a region
// that is wrong itself.
func TestUnknownRegionIsReportedOnce(t *testing.T) {
	c := Defaults("dev")
	c.Region = "milan"
	c.LoadBalancer.CertificateARN = certificate("eu-south-1")
	assert.Len(t, fieldErrors(t, c.Validate()), 1)
}
