package emulator

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// failedDelivery is the part of a flow log in an answer from what went wrong to the name of
// the log group that it leads to.
var failedDelivery = regexp.MustCompile(`(?s)<deliverLogsErrorMessage>[^<]*</deliverLogsErrorMessage>(.*?<deliverLogsStatus>)FAILED(.*?<logDestination>[^<]*:log-group:([^<:]*))`)

// deliverFlowLogs says that what leads to a log group that exists is delivered.
func (m *memory) deliverFlowLogs(c *Call, body []byte) []byte {
	return failedDelivery.ReplaceAllFunc(body, func(log []byte) []byte {
		parts := failedDelivery.FindSubmatch(log)
		found, err := cloudwatchlogs.NewFromConfig(m.of(c)).DescribeLogGroups(background, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(string(parts[3]))})
		if err != nil || !slices.ContainsFunc(found.LogGroups, func(g types.LogGroup) bool { return aws.ToString(g.LogGroupName) == string(parts[3]) }) {
			return log
		}
		return slices.Concat(parts[1], []byte("SUCCESS"), parts[2])
	})
}

// withoutOptInStatus removes the filter of that name from an EC2 request.
func withoutOptInStatus(_ *memory, c *Call) []byte {
	removeFilter(c.Form, "opt-in-status")
	return []byte(c.Form.Encode())
}

// removeFilter takes the filter of the given name out of an EC2 request, and renumbers
// those after it, because EC2 wants no gap in the numbers.
func removeFilter(form url.Values, name string) {
	kept := 0
	for i := 1; form.Has(fmt.Sprintf("Filter.%d.Name", i)); i++ {
		from := fmt.Sprintf("Filter.%d.", i)
		keep := form.Get(from+"Name") != name
		if keep {
			kept++
		}
		for _, key := range slices.Collect(maps.Keys(form)) {
			field, ok := strings.CutPrefix(key, from)
			if !ok {
				continue
			}
			values := form[key]
			delete(form, key)
			if keep {
				form[fmt.Sprintf("Filter.%d.%s", kept, field)] = values
			}
		}
	}
}

// rememberDescription keeps the description of a rule between two security
// groups, or with a prefix list. The provider authorises one rule at a time.
func (m *memory) rememberDescription(c *Call, body []byte) []byte {
	description := cmp.Or(c.Form.Get("IpPermissions.1.Groups.1.Description"), c.Form.Get("IpPermissions.1.PrefixListIds.1.Description"))
	rules, err := texts(body, "securityGroupRuleSet/item/securityGroupRuleId")
	if err != nil || len(rules) != 1 || description == "" {
		return body
	}
	m.mu.Lock()
	m.descriptions[rules[0]] = description
	m.mu.Unlock()
	return m.addDescriptions(c, body)
}

// addDescriptions adds the kept descriptions to the rules of an answer.
func (m *memory) addDescriptions(_ *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for rule, description := range m.descriptions {
		id := "<securityGroupRuleId>" + rule + "</securityGroupRuleId>"
		body = bytes.ReplaceAll(body, []byte(id), []byte(id+"<description>"+html.EscapeString(description)+"</description>"))
	}
	return body
}

// texts returns the texts of the elements whose path ends with the given one.
func texts(document []byte, path string) ([]string, error) {
	var found, at []string
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = append(at, token.Name.Local)
		case xml.EndElement:
			at = at[:len(at)-1]
		case xml.CharData:
			if strings.HasSuffix("/"+strings.Join(at, "/"), "/"+path) {
				found = append(found, string(token))
			}
		}
	}
}
