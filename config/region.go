package config

import "regexp"

// regionForm also takes the names of other partitions, such as us-gov-west-1.
var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[1-9]$`)

// checkRegion checks the form only: new regions appear without this program.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
func (p *problems) checkRegion(region string) {
	p.matches("Region", region, regionForm, "the code of an AWS region", "write a code such as eu-south-1")
}
