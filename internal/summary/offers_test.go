package summary

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/golden"
)

// offer writes a price list in AWS's form; the keys of the terms are those of products.
func offer(code string, products map[string]product, terms map[string]map[string]string) []byte {
	onDemand := map[string]map[string]term{}
	for sku, prices := range terms {
		dimensions := map[string]dimension{}
		for from, usd := range prices {
			dimensions[sku+".JRTCKXETXF."+from] = dimension{From: from, Price: map[string]string{"USD": usd}}
		}
		onDemand[sku] = map[string]term{sku + ".JRTCKXETXF": {Dimensions: dimensions}}
	}
	text := func(value any) string { raw, _ := json.Marshal(value); return string(raw) }
	return fmt.Appendf(nil, `{"formatVersion":"v1.0","disclaimer":"…","offerCode":%q,"version":"20260930120000","publicationDate":"2026-09-30T12:00:00Z",
"products":%s,"terms":{"OnDemand":%s,"Reserved":{`, code, text(products), text(onDemand))
}

// in is a product of the type of usage in eu-south-1.
func in(family, usage string, more ...string) product {
	p := product{family, map[string]string{"regionCode": "eu-south-1", "locationType": "AWS Region", "usagetype": usage}}
	for pair := range slices.Chunk(more, 2) {
		p.Attributes[pair[0]] = pair[1]
	}
	return p
}

// TestOffersChooseOneProduct has, for each part of the table, the product that it is, and
// such that are like it and cost something else.
func TestOffersChooseOneProduct(t *testing.T) {
	const engine, postgres = "databaseEngine", "Aurora PostgreSQL"
	wanted := map[string]product{
		"nat-gateway":         in("NAT Gateway", "EUS1-NatGateway-Hours"),
		"public-ipv4":         in("VPC Public IPv4 Address", "EUS1-PublicIPv4:InUseAddress"),
		"interface-endpoint":  in("VpcEndpoint", "EUS1-VpcEndpoint-Hours"),
		"load-balancer":       in("Load Balancer-Application", "EUS1-LoadBalancerUsage"),
		"fargate-x86_64-vcpu": in("Compute", "EUS1-Fargate-vCPU-Hours:perCPU"),
		"fargate-x86_64-gb":   in("Compute", "EUS1-Fargate-GB-Hours"),
		"fargate-arm64-vcpu":  in("Compute", "EUS1-Fargate-ARM-vCPU-Hours:perCPU"),
		"fargate-arm64-gb":    in("Compute", "EUS1-Fargate-ARM-GB-Hours"),
		"aurora-acu":          in("ServerlessV2", "EUS1-Aurora:ServerlessV2Usage", engine, postgres),
		perClass:              in("Database Instance", "EUS1-InstanceUsage:db.r6g.xl", engine, postgres, "instanceType", "db.r6g.xlarge"),
		perNode:               in("Cache Instance", "EUS1-NodeUsage:cache.m7g.large", "cacheEngine", "Valkey", "instanceType", "cache.m7g.large"),
		"secret":              in("Secret", "EUS1-AWSSecretsManager-Secrets"),
		"kms-key":             in("Encryption Key", "eu-south-1-KMS-Keys"),
		"alarm":               in("Alarm", "EUS1-CW:AlarmMonitorUsage", "alarmType", "Standard"),
		"dashboard":           in("Dashboard", "DashboardsUsageHour"),
		"web-acl":             in("Web Application Firewall", "EUS1-WebACLV2"),
		"web-acl-rule":        in("Web Application Firewall", "EUS1-RuleV2"),
	}
	others := []product{
		in("NAT Gateway", "EUS1-NatGateway-Bytes"),
		in("Cache Instance", "EUS1-NodeUsage:cache.m7g.large", "cacheEngine", "Redis", "instanceType", "cache.m7g.large"),
		in("VPC Public IPv4 Address", "EUS1-PublicIPv4:IdleAddress"),
		in("Load Balancer-Network", "EUS1-LoadBalancerUsage"),
		in("Load Balancer-Application", "EUS1-Outposts-LoadBalancerUsage"),
		in("Load Balancer-Application", "LoadBalancerUsage", "locationType", "AWS Local Zone"),
		in("Compute", "EUS1-Fargate-Windows-vCPU-Hours:perCPU"),
		in("ServerlessV2", "EUS1-Aurora:ServerlessV2IOOptimizedUsage", engine, postgres),
		in("Database Instance", "EUS1-InstanceUsageIOOptimized:db.r6g.xl", engine, postgres, "instanceType", "db.r6g.xlarge"),
		in("Database Instance", "EUS1-InstanceUsage:db.r6g.xl", engine, "Aurora MySQL", "instanceType", "db.r6g.xlarge"),
		in("Alarm", "EUS1-CW:AlarmMonitorUsage", "alarmType", "High Resolution"),
		in("Web Application Firewall", "EUS1-ShieldProtected-WebACLV2"),
		in("API Request", "EUS1-AWSSecretsManagerAPIRequest"),
		in("Key Requests", "eu-south-1-KMS-Requests"),
	}
	for _, o := range offers {
		products := map[string]product{"wanted": wanted[o.part]}
		terms := map[string]map[string]string{"wanted": {"0": "0.0000000000", "5": "0.0450000000", "9": "0.0300000000"}, "unknown": {"0": "7"}}
		for i, other := range others {
			products[strconv.Itoa(i)], terms[strconv.Itoa(i)] = other, map[string]string{"0": "9.9"}
		}
		rows, err := readOffer(bytes.NewReader(offer(o.service, products, terms)))
		require.NoError(t, err, o.part)
		require.Len(t, rows, 1, o.part)
		part := o.part
		switch part {
		case perClass:
			part = "db.r6g.xlarge"
		case perNode:
			part = "cache.m7g.large"
		}
		assert.Equal(t, part, rows[0].part)
		assert.InDelta(t, 0.045, rows[0].usd, 1e-9, "the first that is not free")
		assert.Equal(t, "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/"+o.service+"/20260930120000/eu-south-1/index.json", rows[0].source)
	}
}

// TestGoldenOffers writes the table of the products into docs/costs.md.
func TestGoldenOffers(t *testing.T) {
	var table strings.Builder
	table.WriteString("| part | price list | family | type of usage, after the region | and |\n| --- | --- | --- | --- | --- |\n")
	for _, o := range offers {
		var with []string
		for name, value := range o.attributes {
			with = append(with, name+" is "+value)
		}
		fmt.Fprintf(&table, "| `%s`, by the %s | %s | %s | `%s` | %s |\n", o.part, o.unit, o.service, cmp.Or(o.family, "any"), o.usage, strings.Join(with, ", "))
	}
	golden.Section(t, "../../docs/costs.md", "offers", strings.TrimSuffix(table.String(), "\n"))
}

// TestOffersRefuse reads lists that are not what they should be.
func TestOffersRefuse(t *testing.T) {
	nat := in("NAT Gateway", "NatGateway-Hours")
	two := map[string]product{"a": nat, "b": nat}
	for want, text := range map[string][]byte{
		"nat-gateway in eu-south-1 costs":               offer("AmazonEC2", two, map[string]map[string]string{"a": {"0": "1"}, "b": {"0": "2"}}),
		"nat-gateway in eu-south-1 has no price in USD": offer("AmazonEC2", two, map[string]map[string]string{"a": {"0": ""}}),
		`"AmazonRDS" has no price that is wanted`:       offer("AmazonRDS", two, map[string]map[string]string{"a": {"0": "1"}}),
		"where an object begins":                        []byte(`[]`),
		"unexpected EOF":                                offer("AmazonEC2", two, nil)[:300],
	} {
		_, err := readOffer(bytes.NewReader(text))
		require.ErrorContains(t, err, want)
	}
	rows, err := readOffer(bytes.NewReader(offer("AmazonEC2", two, map[string]map[string]string{"a": {"0": "1"}, "b": {"0": "1"}})))
	require.NoError(t, err)
	assert.Len(t, rows, 1, "two products of one price are no matter")
}

// TestRefresh puts the prices of a file into a table, and leaves the others alone.
func TestRefresh(t *testing.T) {
	const head = "# A comment.\npart,region,usd,unit,date,source\n"
	const table = head + "secret,us-east-1,0.4,month,2026-07-22,https://example.com/a\ndb.t3.medium,us-east-1,0.9,hour,2025-07-22,https://example.com/b\npublic-ipv4,any,0.005,hour,2026-07-28,https://example.com/c\n"
	const source = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonRDS/20260930120000/us-east-1/index.json\n"
	const want = head + "public-ipv4,any,0.005,hour,2026-07-28,https://example.com/c\n" +
		"aurora-acu,us-east-1,0.12,hour,2026-09-30," + source + "db.t3.medium,us-east-1,0.082,hour,2026-09-30," + source +
		"secret,us-east-1,0.4,month,2026-07-22,https://example.com/a\n"
	var told strings.Builder
	file := filepath.Join("testdata", "AmazonRDS.json")
	got, err := Refresh(t.Context(), table, []string{file}, nil, &told)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Contains(t, told.String(), "AmazonRDS.json: 2 prices\n")
	again, err := Refresh(t.Context(), got, []string{file}, nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, want, again)

	for text, files := range map[string][]string{table: {"testdata/none.json"}, table + "\n": {"offers.go"}, "part\nx,y\n": {file}} {
		_, err = Refresh(t.Context(), text, files, nil, io.Discard)
		require.Error(t, err)
	}
	written, err := Refresh(t.Context(), pricesCSV, []string{file}, nil, io.Discard)
	require.NoError(t, err)
	_, err = parsePrices(written)
	require.NoError(t, err)
}

// TestDownload asks a server in the place of AWS for the lists of every region that there
// is, or of one. A canceled refresh says what to do where AWS cannot be reached.
func TestDownload(t *testing.T) {
	rds, err := os.ReadFile("testdata/AmazonRDS.json")
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.Split(strings.TrimPrefix(r.URL.Path, "/offers/v1.0/aws/"), "/")
		if len(path) > 1 && path[len(path)-1] == "region_index.json" {
			urls := map[string]any{}
			for _, region := range []string{"us-east-1", "us-gov-west-1", "us-east-1-wl1-bos-wlz-1"} {
				urls[region] = map[string]string{"regionCode": "eu-south-1", "currentVersionUrl": "/offers/v1.0/aws/" + path[0] + "/20260930120000/" + region + "/index.json"}
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"regions": urls})
			return
		}
		_, _ = w.Write(rds)
	}))
	defer server.Close()
	for _, test := range []struct {
		regions []string
		want    []string
	}{{nil, []string{"us-east-1", "us-gov-west-1"}}, {[]string{"us-gov-west-1"}, []string{"us-gov-west-1"}}} {
		asked := map[string]bool{}
		services := 0
		require.NoError(t, download(t.Context(), server.URL, test.regions, func(url string, _ io.Reader) error {
			path := strings.Split(url, "/")
			asked[path[len(path)-2]] = true
			services++
			return nil
		}))
		assert.Equal(t, test.want, slices.Sorted(maps.Keys(asked)))
		assert.Equal(t, 10*len(test.want), services)
	}
	require.ErrorIs(t, download(t.Context(), server.URL, nil, func(string, io.Reader) error { return io.ErrUnexpectedEOF }), io.ErrUnexpectedEOF)
	require.ErrorContains(t, get(t.Context(), server.URL+"/%zz", nil), "invalid URL")
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	require.ErrorContains(t, download(t.Context(), missing.URL, nil, nil), "404")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Refresh(ctx, pricesCSV, nil, nil, io.Discard)
	require.ErrorContains(t, err, "make prices FILES=")
}
