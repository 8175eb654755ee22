package summary

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"
)

// offersURL is where AWS publishes its price lists:
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html
const offersURL = "https://pricing.us-east-1.amazonaws.com"

// offered says which product of which price list a part of the table is, and whether
// its price is that of an hour or of a month. The part of a database instance is its class,
// and that of a node of a cache its type.
type offered struct {
	part, service, family, usage, unit string
	attributes                         map[string]string
}

const (
	perClass = "db.*"
	perNode  = "cache.*"
)

var postgres = map[string]string{"databaseEngine": "Aurora PostgreSQL"}

// offers is the one table of the products that are chosen. Families, types of usage and
// attributes are those by which Infracost finds the same prices; that of an IPv4 address is
// https://aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge-public-ip-insights/
// https://github.com/infracost/infracost/tree/95ba4f49a7abf5567b04f751a115543281a4ab18/internal/resources/aws
// and that of a node of Valkey is as in AWS's list of 2025-06-24, of which there is a part here:
// https://github.com/bangpound/awspricing/blob/master/tests/data/elasticache_offer.py
var offers = []offered{
	{"nat-gateway", "AmazonEC2", "NAT Gateway", "NatGateway-Hours", perHour, nil},
	{"public-ipv4", "AmazonVPC", "", "PublicIPv4:InUseAddress", perHour, nil},
	{"interface-endpoint", "AmazonVPC", "VpcEndpoint", "VpcEndpoint-Hours", perHour, nil},
	{"load-balancer", "AWSELB", "Load Balancer-Application", "LoadBalancerUsage", perHour, nil},
	{"fargate-x86_64-vcpu", "AmazonECS", "Compute", "Fargate-vCPU-Hours:perCPU", perHour, nil},
	{"fargate-x86_64-gb", "AmazonECS", "Compute", "Fargate-GB-Hours", perHour, nil},
	{"fargate-arm64-vcpu", "AmazonECS", "Compute", "Fargate-ARM-vCPU-Hours:perCPU", perHour, nil},
	{"fargate-arm64-gb", "AmazonECS", "Compute", "Fargate-ARM-GB-Hours", perHour, nil},
	{"aurora-acu", "AmazonRDS", "ServerlessV2", "Aurora:ServerlessV2Usage", perHour, postgres},
	{perClass, "AmazonRDS", "Database Instance", `InstanceUsage:db\..+`, perHour, postgres},
	{perNode, "AmazonElastiCache", "Cache Instance", `NodeUsage:cache\..+`, perHour, map[string]string{"cacheEngine": "Valkey"}},
	{"secret", "AWSSecretsManager", "Secret", ".*", "month", nil},
	{"kms-key", "awskms", "Encryption Key", "KMS-Keys", "month", nil},
	{"alarm", "AmazonCloudWatch", "Alarm", "CW:AlarmMonitorUsage", "month", map[string]string{"alarmType": "Standard"}},
	{"dashboard", "AmazonCloudWatch", "Dashboard", "DashboardsUsageHour", "month", nil},
	{"web-acl", "awswaf", "Web Application Firewall", "WebACLV2", "month", nil},
	{"web-acl-rule", "awswaf", "Web Application Firewall", "RuleV2", "month", nil},
}

// product is one of a price list, and dimension one of its prices: that of a number of
// units from which on it holds.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
type (
	product struct {
		Family     string            `json:"productFamily"`
		Attributes map[string]string `json:"attributes"`
	}
	dimension struct {
		From  string            `json:"beginRange"`
		Price map[string]string `json:"pricePerUnit"`
	}
	term struct {
		Dimensions map[string]dimension `json:"priceDimensions"`
	}
)

// is whether the product is the one that the part is. Its type of usage begins with the
// code of its region, if with anything; Local Zones and Outposts have a second one.
func (o offered) is(service string, p product, usage *regexp.Regexp) bool {
	for name, value := range o.attributes {
		if p.Attributes[name] != value {
			return false
		}
	}
	place := p.Attributes["locationType"]
	return o.service == service && (o.family == "" || o.family == p.Family) &&
		(place == "" || place == "AWS Region") && usage.MatchString(p.Attributes["usagetype"])
}

// usages are the patterns of the types of usage of the offers.
func usages() []*regexp.Regexp {
	patterns := make([]*regexp.Regexp, len(offers))
	for i, o := range offers {
		patterns[i] = regexp.MustCompile(`^(?:[A-Z]{2,4}\d?-|[a-z]{2}(?:-[a-z]+)+-\d-)?(?:` + o.usage + `)$`)
	}
	return patterns
}

// list is a price list while it is read.
type list struct {
	usages        []*regexp.Regexp // of the offers
	code, version string
	published     time.Time
	kept          map[string]price
	rows          map[string]price
}

// errRead ends the reading: nothing is wanted of what follows, which is the larger half.
var errRead = errors.New("all that is wanted was read")

// readOffer is the rows of the table that a price list has. The list of EC2 has hundreds
// of megabytes, and is never in memory as a whole.
func readOffer(r io.Reader) ([]price, error) {
	l := list{usages: usages(), kept: map[string]price{}, rows: map[string]price{}}
	d := json.NewDecoder(r)
	err := members(d, func(key string) error { return l.read(d, key) })
	if err != nil && !errors.Is(err, errRead) {
		return nil, fmt.Errorf("the price list %s: %w", l.code, err)
	}
	if len(l.rows) == 0 {
		return nil, fmt.Errorf("the price list %q has no price that is wanted", l.code)
	}
	var rows []price
	for _, p := range l.rows {
		rows = append(rows, p)
	}
	return rows, nil
}

func (l *list) read(d *json.Decoder, key string) error {
	switch key {
	case "offerCode":
		return d.Decode(&l.code)
	case "version":
		return d.Decode(&l.version)
	case "publicationDate":
		return d.Decode(&l.published)
	case "products":
		return members(d, func(sku string) error { return l.product(d, sku) })
	case "terms":
		return members(d, func(kind string) error {
			if kind != "OnDemand" {
				return skip(d)
			}
			if err := members(d, func(sku string) error { return l.term(d, sku) }); err != nil {
				return err
			}
			return errRead
		})
	}
	return skip(d)
}

// product keeps one that is a part of the table.
func (l *list) product(d *json.Decoder, sku string) error {
	var p product
	if err := d.Decode(&p); err != nil {
		return err
	}
	for i, o := range offers {
		if !o.is(l.code, p, l.usages[i]) {
			continue
		}
		row := price{part: o.part, region: p.Attributes["regionCode"], unit: o.unit, date: l.published}
		if o.part == perClass || o.part == perNode {
			row.part = p.Attributes["instanceType"]
		}
		row.source = fmt.Sprintf("%s/offers/v1.0/aws/%s/%s/%s/index.json", offersURL, l.code, l.version, row.region)
		l.kept[sku] = row
	}
	return nil
}

// term takes the price of a product that was kept: the first that is not free, because
// what is free at first is so once in an account. Two products that are the same part
// have to cost the same.
func (l *list) term(d *json.Decoder, sku string) error {
	row, wanted := l.kept[sku]
	if !wanted {
		return skip(d)
	}
	var terms map[string]term
	if err := d.Decode(&terms); err != nil {
		return err
	}
	least := 0.0
	for _, t := range terms {
		for _, one := range t.Dimensions {
			from, _ := strconv.ParseFloat(one.From, 64)
			usd, err := strconv.ParseFloat(one.Price["USD"], 64)
			if err != nil {
				return fmt.Errorf("%s in %s has no price in USD", row.part, row.region)
			}
			if usd > 0 && (row.usd == 0 || from < least) {
				row.usd, least = usd, from
			}
		}
	}
	key := row.part + " in " + row.region
	if other, twice := l.rows[key]; twice && other.usd != row.usd {
		return fmt.Errorf("%s costs %v and %v: more than one product is taken for it", key, other.usd, row.usd)
	}
	if row.usd > 0 {
		l.rows[key] = row
	}
	return nil
}

// members calls read with the name of each member of the object that comes next.
func members(d *json.Decoder, read func(name string) error) error {
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return errors.Join(err, fmt.Errorf("%v where an object begins", start))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := read(fmt.Sprint(name)); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// skip reads the value that comes next, and forgets it.
func skip(d *json.Decoder) error { return d.Decode(new(json.RawMessage)) }
