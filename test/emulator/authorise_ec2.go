package emulator

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// idForm is the id of something of EC2.
var idForm = regexp.MustCompile(`^(eipalloc|eni|fl|igw|nat|rtb|sg|sgr|subnet|vpc|vpce)-[0-9a-f]+$`)

// networkKinds are what ARNs call the things of ids:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
var networkKinds = map[string]string{
	"eipalloc": "elastic-ip", "eni": "network-interface", "fl": "vpc-flow-log", "igw": "internet-gateway", "nat": "natgateway",
	"rtb": "route-table", "sg": "security-group", "sgr": "security-group-rule", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
}

// networkAccesses are what a call that changes a network needs: its action on each thing
// that it names, with the tags that this has, and on each that it creates, with those that
// it gets. That these may be given at once is an action of its own:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
func (m *memory) networkAccesses(c *Call, values map[string][]string) []access {
	arn := func(kind, id string) string {
		return strings.Join([]string{"arn:aws:ec2", c.Region, account, kind + "/" + id}, ":")
	}
	var needed []access
	requested := requestTags(c.input)
	for _, texts := range values {
		for _, id := range texts {
			// Who revokes a rule changes its group, says the reference.
			match := idForm.FindStringSubmatch(id)
			if match != nil && (match[1] != "sgr" || !strings.HasPrefix(c.Action, "Revoke")) {
				context := m.networkTags(c.Region, id)
				maps.Copy(context, requested)
				needed = append(needed, access{c.Name(), arn(networkKinds[match[1]], id), context})
			}
		}
	}
	specifications, _ := c.input["TagSpecifications"].([]any)
	for _, s := range specifications {
		specification, _ := s.(map[string]any)
		kind, _ := specification["ResourceType"].(string)
		context := requestTags(specification)
		needed = append(needed, access{c.Name(), arn(kind, "*"), context})
		tagging := maps.Clone(context)
		tagging["ec2:CreateAction"] = c.Action
		needed = append(needed, access{"ec2:CreateTags", arn(kind, "*"), tagging})
	}
	if len(needed) == 0 {
		needed = []access{{c.Name(), "", nil}}
	}
	slices.SortFunc(needed, func(a, b access) int { return strings.Compare(a.String(), b.String()) })
	return needed
}

// requestTags are the tags of a request, as conditions know them.
func requestTags(input map[string]any) map[string]string {
	context := map[string]string{}
	tags, _ := input["Tags"].([]any)
	for _, t := range tags {
		tag, _ := t.(map[string]any)
		key, _ := tag["Key"].(string)
		context["aws:RequestTag/"+key], _ = tag["Value"].(string)
	}
	return context
}

// networkTags are the tags of something of EC2.
func (m *memory) networkTags(region, id string) map[string]string {
	account := m.account.Copy()
	account.Region = region
	name := "resource-id"
	context := map[string]string{}
	tags, err := ec2.NewFromConfig(account).DescribeTags(background, &ec2.DescribeTagsInput{Filters: []ec2types.Filter{{Name: &name, Values: []string{id}}}})
	if err != nil {
		return context // What is not there is refused by the emulator.
	}
	for _, tag := range tags.Tags {
		context["aws:ResourceTag/"+*tag.Key] = *tag.Value
	}
	return context
}
