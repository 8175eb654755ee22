package config

import (
	"regexp"
	"slices"
	"strings"
)

// Partition is a part of AWS that has accounts, regions and names of its own.
type Partition struct {
	// ID is the name of the partition in every ARN.
	ID string
	// DNSSuffix ends the names of its hosts, such as those of its ECR registries.
	DNSSuffix string
	// regions is the form of the codes of its regions. AWS adds regions, so that none
	// is listed.
	regions *regexp.Regexp
	// ownPrincipals are the services whose principal ends in the DNSSuffix. The
	// principals of all others end in amazonaws.com, in every partition.
	ownPrincipals []string
	// ownEndpoints are the services whose VPC endpoints are named after the
	// DNSSuffix. The names of all others begin with com.amazonaws.
	ownEndpoints []string
}

// registryEndpoints are the endpoints of ECR.
var registryEndpoints = []string{"ecr.api", "ecr.dkr"}

// partitions is the one table of what differs between the partitions. The forms of
// the regions and the suffixes are those that the AWS provider has from
// https://github.com/hashicorp/aws-sdk-go-base/blob/main/endpoints/endpoints_gen.go,
// except that a region of "aws" may begin with any two letters, because AWS adds
// countries, as with mx-central-1. The principals and endpoints
// are those of the services that this program uses:
// https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts
// https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts
//
// "aws" is the last, because its form also matches the regions of China.
var partitions = []Partition{
	{"aws-cn", "amazonaws.com.cn", regexp.MustCompile(`^cn-[a-z]+-[1-9]\d*$`), []string{"logs"}, registryEndpoints},
	{"aws-us-gov", "amazonaws.com", regexp.MustCompile(`^us-gov-[a-z]+-[1-9]\d*$`), nil, nil},
	{"aws-iso", "c2s.ic.gov", regexp.MustCompile(`^us-iso-[a-z]+-[1-9]\d*$`), []string{"logs"}, registryEndpoints},
	{"aws-iso-b", "sc2s.sgov.gov", regexp.MustCompile(`^us-isob-[a-z]+-[1-9]\d*$`), []string{"logs"}, registryEndpoints},
	{"aws-iso-e", "cloud.adc-e.uk", regexp.MustCompile(`^eu-isoe-[a-z]+-[1-9]\d*$`), nil, registryEndpoints},
	{"aws-iso-f", "csp.hci.ic.gov", regexp.MustCompile(`^us-isof-[a-z]+-[1-9]\d*$`), nil, registryEndpoints},
	{"aws-eusc", "amazonaws.eu", regexp.MustCompile(`^eusc-[a-z]{2}-[a-z]+-[1-9]\d*$`), nil, registryEndpoints},
	{"aws", "amazonaws.com", regexp.MustCompile(`^[a-z]{2}-[a-z]+-[1-9]\d*$`), nil, nil},
}

// PartitionOf is the partition of a region, and whether there is one.
func PartitionOf(region string) (Partition, bool) {
	i := slices.IndexFunc(partitions, func(p Partition) bool { return p.regions.MatchString(region) })
	if i < 0 {
		return Partition{}, false
	}
	return partitions[i], true
}

// Principal is the principal of a service in IAM policies, such as
// logs.amazonaws.com for "logs". CloudWatch Logs has one in each region, which is
// "logs.<region>" here.
func (p Partition) Principal(service string) string {
	name, _, _ := strings.Cut(service, ".")
	if slices.Contains(p.ownPrincipals, name) {
		return service + "." + p.DNSSuffix
	}
	return service + ".amazonaws.com"
}

// EndpointService is the name that a VPC endpoint of a service has in a region, such
// as com.amazonaws.eu-south-1.ecr.api for "ecr.api".
func (p Partition) EndpointService(region, service string) string {
	prefix := "com.amazonaws"
	if slices.Contains(p.ownEndpoints, service) {
		labels := strings.Split(p.DNSSuffix, ".")
		slices.Reverse(labels)
		prefix = strings.Join(labels, ".")
	}
	return prefix + "." + region + "." + service
}

// isRegion tells whether the text is the code of a region of some partition.
func isRegion(text string) bool {
	_, known := PartitionOf(text)
	return known
}

// checkRegion checks the form of a region's code.
func (p *problems) checkRegion(field, region string) {
	if !isRegion(region) {
		p.add(field, region, "is not the code of a region", aws("codes such as eu-south-1, us-gov-west-1 or eusc-de-east-1"),
			suggest("write a code such as", "eu-south-1"))
	}
}

// arn is an ARN in parts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type arn struct{ partition, service, region, account, resource string }

var arnForm = regexp.MustCompile(`^arn:([^:]+):([^:]+):([^:]+):(\d{12}):(.+)$`)

// parseARN splits an ARN that has a region and an account.
func parseARN(text string) (arn, bool) {
	m := arnForm.FindStringSubmatch(text)
	if m == nil {
		return arn{}, false
	}
	return arn{m[1], m[2], m[3], m[4], m[5]}, true
}
