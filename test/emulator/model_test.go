package emulator

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// awsModels are AWS's own models. They come with moto, which unit tests do without.
func awsModels(t *testing.T) *models {
	t.Helper()
	python := findMoto(t.Context(), "../..")
	if python == "" {
		t.Skip("needs moto")
	}
	dir, err := FindModels(t.Context(), python)
	require.NoError(t, err)
	return &models{dir: dir}
}

func TestFindModelsFails(t *testing.T) {
	_, err := FindModels(t.Context(), "/no/python")
	assert.ErrorContains(t, err, "looking for AWS's API models with /no/python")
}

// TestRoutesAreTheModels compares the routes with AWS's models.
func TestRoutesAreTheModels(t *testing.T) {
	s := awsModels(t)
	for service, known := range routes {
		m, err := s.of(service)
		require.NoError(t, err)
		for _, r := range known {
			assert.Contains(t, m.Operations, r.operation, service)
		}
		assert.Greater(t, len(known), len(m.Operations)*9/10, "%s: all but what is deprecated", service)
	}
}

// TestRequestsOfEachProtocol checks a request that AWS takes, and some that it does not,
// with AWS's own models.
func TestRequestsOfEachProtocol(t *testing.T) {
	s := awsModels(t)
	xml := func(method, path, body string) *http.Request {
		return signed("", method, path, "", "application/xml", body)
	}
	form := func(body string) *http.Request { return signed("", "POST", "/", "", formType, body) }
	for name, test := range map[string]struct {
		service string
		request *http.Request
		wrong   string // empty: right
	}{
		"ec2":             {"ec2", form("Action=DescribeVpcs&Filter.1.Name=a&Filter.1.Value.1=b&Filter.1.Value.2=c&MaxResults=5"), ""},
		"ec2 number":      {"ec2", form("Action=DescribeVpcs&MaxResults=4"), "'MaxResults' failed to satisfy constraint: Member must have value greater than or equal to 5"},
		"ec2 unknown":     {"ec2", form("Action=DescribeVpcs&Filters.1.Name=a"), "'Filters' failed to satisfy constraint"},
		"ec2 nested":      {"ec2", form("Action=DescribeVpcs&Filter.1.Nam=a"), "'Filters.1.Nam' failed to satisfy constraint: Member is not known"},
		"ec2 enumeration": {"ec2", form("Action=CreateFlowLogs&ResourceId.1=a&ResourceType=VPCS"), "'ResourceType' failed to satisfy constraint: Member must satisfy enum"},
		"query":           {"rds", form("Action=CreateDBSubnetGroup&DBSubnetGroupName=a&DBSubnetGroupDescription=b&SubnetIds.SubnetIdentifier.1=s&Tags.Tag.1.Key=k&Version=1"), ""},
		"query missing":   {"rds", form("Action=CreateDBSubnetGroup&DBSubnetGroupName=a&SubnetIds.SubnetIdentifier.1=s"), "'DBSubnetGroupDescription' failed to satisfy constraint: Member must not be null"},
		"query list":      {"elasticloadbalancing", form("Action=DescribeTags&ResourceArns.member.1=a&ResourceArns.member.2=b"), ""},
		"query map":       {"sns", form("Action=CreateTopic&Name=a&Attributes.entry.1.key=k&Attributes.entry.1.value=v"), ""},
		"query boolean":   {"rds", form("Action=DescribeDBEngineVersions&DefaultOnly=yes"), "'DefaultOnly' failed to satisfy constraint: Member must be a boolean"},
		"iam pattern":     {"iam", form("Action=GetRole&RoleName=a/b"), "'RoleName' failed to satisfy constraint: Member must satisfy regular expression pattern"},
		"REST":            {"route53", xml("GET", "/2013-04-01/hostedzone/Z1/rrset?maxitems=1&name=a", ""), ""},
		"REST unknown":    {"route53", xml("GET", "/2013-04-01/hostedzone/Z1/rrset?max=1", ""), "'max' failed to satisfy constraint: Member is not known"},
		"XML": {"route53", xml("POST", "/2013-04-01/hostedzone/Z1/rrset/", `<ChangeResourceRecordSetsRequest xmlns="x"><ChangeBatch><Changes><Change><Action>UPSERT</Action>`+
			`<ResourceRecordSet><Name>a</Name><Type>A</Type></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`), ""},
		"XML nested": {"route53", xml("POST", "/2013-04-01/hostedzone/Z1/rrset/", `<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>PUT</Action>`+
			`<ResourceRecordSet><Name>a</Name><Type>A</Type></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`), "'ChangeBatch.Changes.1.Action' failed to satisfy constraint: Member must satisfy enum"},
		"XML broken":         {"route53", xml("POST", "/2013-04-01/hostedzone/Z1/rrset/", `nothing`), "'body' failed to satisfy constraint"},
		"XML payload":        {"s3", xml("PUT", "/bucket?versioning", `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`), ""},
		"XML flat":           {"s3", xml("PUT", "/bucket?lifecycle", `<LifecycleConfiguration><Rule><Status>On</Status></Rule></LifecycleConfiguration>`), "'LifecycleConfiguration.Rules.1.Status' failed to satisfy constraint: Member must satisfy enum"},
		"a document":         {"s3", xml("PUT", "/bucket?policy", `{"Statement":[]}`), ""},
		"rest-json":          {"account", signed("", "POST", "/getRegionOptStatus", "", "application/json", `{"RegionName":"eu-south-1"}`), ""},
		"rest-json, missing": {"account", signed("", "POST", "/getRegionOptStatus", "", "application/json", `{}`), "'RegionName' failed to satisfy constraint: Member must not be null"},
	} {
		t.Run(name, func(t *testing.T) {
			test.request.Header.Set("Authorization", fmt.Sprintf(signature, test.service))
			c, err := parseCall(test.request)
			require.NoError(t, err)
			if err = s.check(c); test.wrong == "" {
				require.NoError(t, err)
				assert.NotEmpty(t, c.input)
			} else {
				assert.ErrorContains(t, err, test.wrong)
			}
		})
	}
}

func TestErrorsAreNamedByTheService(t *testing.T) {
	var codes []string
	for _, request := range []*http.Request{
		signed("ec2", "POST", "/", "", formType, "Action=A"), signed("rds", "POST", "/", "", formType, "Action=A"), signed("iam", "POST", "/", "", formType, "Action=A"),
		signed("s3", "GET", "/b", "", "", ""), signed("route53", "GET", "/", "", "", ""), signed("logs", "POST", "/", "X.A", jsonType, ""),
	} {
		c, err := parseCall(request)
		require.NoError(t, err)
		codes = append(codes, (&invalidError{missing: true}).code(c))
	}
	assert.Equal(t, []string{"MissingParameter", "InvalidParameterValue", "ValidationError", "MalformedXML", "InvalidInput", "ValidationException"}, codes)
}

func TestPatternsOfJava(t *testing.T) {
	for pattern, texts := range map[string][2]string{
		`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*`: {"é 😀\n", "\x01"},
		`[\w+=,.@-]+`: {"a@b", "a b"},
	} {
		assert.True(t, compilePattern(pattern).MatchString(texts[0]), pattern)
		assert.False(t, compilePattern(pattern).MatchString(texts[1]), pattern)
	}
	assert.True(t, compilePattern(`(?!aws).*`).MatchString("aws"), "one that Go does not know")
}

func TestBrokenModels(t *testing.T) {
	s := &models{dir: t.TempDir()}
	dir := filepath.Join(s.dir, "ecs", "2025-01-01")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "service-2.json.gz"), []byte("not packed"), 0o600))
	_, err := s.of("ecs")
	require.Error(t, err)
	p := newTestProxy(t, answering("moto"))
	p.memory.models.dir = s.dir
	assert.Contains(t, sendRefused(t, p, "ecs", "X.CreateService", jsonType, "{}"), `"__type":"InternalFailure"`)
}

// TestReferenceNamesTheRoutes makes sure that names of actions are IAM's.
func TestReferenceNamesTheRoutes(t *testing.T) {
	for operation, action := range policyActions {
		service := map[bool]string{false: "s3:", true: "lambda:"}[operation == "Invoke"]
		assert.Contains(t, reference().Actions, service+action)
	}
	assert.True(t, slices.ContainsFunc(routes["route53"], func(r route) bool { return r.operation == "ListTagsForResource" }))
}
