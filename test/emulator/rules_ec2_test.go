package emulator

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// furnished is what moto answers for a VPC in which everything stands in a subnet of its
// own: a load balancer, a NAT gateway, an endpoint, a database and tasks.
var furnished = map[string]string{
	"DescribeLoadBalancers": `<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerName>alb</LoadBalancerName><VpcId>vpc-1</VpcId>` +
		`<AvailabilityZones><member><SubnetId>subnet-alb</SubnetId></member></AvailabilityZones><SecurityGroups><member>sg-alb</member></SecurityGroups></member></LoadBalancers></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>`,
	"DescribeNatGateways": `<R><natGatewaySet><item><natGatewayId>nat-1</natGatewayId><vpcId>vpc-2</vpcId><subnetId>subnet-nat</subnetId><state>available</state></item>` +
		`<item><natGatewayId>nat-0</natGatewayId><vpcId>vpc-3</vpcId><subnetId>subnet-free</subnetId><state>deleted</state></item></natGatewaySet></R>`,
	"DescribeVpcEndpoints": `<R><vpcEndpointSet><item><serviceName>guardduty-data</serviceName><vpcId>vpc-3</vpcId><state>available</state>` +
		`<subnetIdSet><item>subnet-endpoint</item></subnetIdSet><groupSet><item><groupId>sg-endpoint</groupId></item></groupSet></item>` +
		`<item><vpcId>vpc-3</vpcId><state>deleted</state><subnetIdSet><item>subnet-free</item></subnetIdSet></item></vpcEndpointSet></R>`,
	"DescribeDBClusters": `<R><DescribeDBClustersResult><DBClusters><DBCluster><DBClusterIdentifier>aurora</DBClusterIdentifier><DBSubnetGroup>g</DBSubnetGroup>` +
		`<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-db</VpcSecurityGroupId></VpcSecurityGroupMembership></VpcSecurityGroups></DBCluster></DBClusters></DescribeDBClustersResult></R>`,
	"DescribeDBSubnetGroups": `<R><DescribeDBSubnetGroupsResult><DBSubnetGroups>` +
		`<DBSubnetGroup><DBSubnetGroupName>unused</DBSubnetGroupName><Subnets><Subnet><SubnetIdentifier>subnet-free</SubnetIdentifier></Subnet></Subnets></DBSubnetGroup>` +
		`<DBSubnetGroup><DBSubnetGroupName>g</DBSubnetGroupName><VpcId>vpc-1</VpcId><Subnets><Subnet><SubnetIdentifier>subnet-db</SubnetIdentifier></Subnet></Subnets></DBSubnetGroup></DBSubnetGroups></DescribeDBSubnetGroupsResult></R>`,
	"ListClusters":     `{"clusterArns":["c"]}`,
	"ListServices":     `{"serviceArns":["s"]}`,
	"DescribeServices": `{"services":[{"serviceName":"api","status":"ACTIVE","networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-tasks"],"securityGroups":["sg-tasks"]}},"loadBalancers":[{"containerPort":5000}]},{"status":"INACTIVE","networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-free"]}}}]}`,
	"DescribeSubnets":  `<R><subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet></R>`,
	"DescribeRouteTables": `<R><routeTableSet>` +
		`<item><associationSet><item><routeTableAssociationId>rtbassoc-1</routeTableAssociationId><subnetId>subnet-alb</subnetId></item></associationSet><routeSet><item><gatewayId>igw-1</gatewayId></item></routeSet></item>` +
		`<item><associationSet><item><routeTableAssociationId>rtbassoc-2</routeTableAssociationId><subnetId>subnet-tasks</subnetId></item></associationSet><routeSet><item><gatewayId>local</gatewayId></item><item><natGatewayId>nat-1</natGatewayId></item></routeSet></item>` +
		`</routeTableSet></R>`,
	"DescribeAddresses": `<R><addressesSet><item/><item/></addressesSet></R>`,
	"DescribeVpcs":      `<R><vpcSet><item/><item/></vpcSet></R>`,
	"DescribeSecurityGroupRules": `<R><securityGroupRuleSet><item><isEgress>true</isEgress></item>` +
		`<item><securityGroupRuleId>sgr-1</securityGroupRuleId><isEgress>false</isEgress><fromPort>5000</fromPort><toPort>5000</toPort></item><item><prefixListId>pl-1</prefixListId></item></securityGroupRuleSet></R>`,
	"DescribeManagedPrefixLists": `<R><prefixListSet><item><prefixListName>com.amazonaws.global.cloudfront.origin-facing</prefixListName></item></prefixListSet></R>`,
	"DescribeAvailabilityZones":  `<R><availabilityZoneInfo><item><zoneName>a</zoneName></item><item><zoneName>b</zoneName></item></availabilityZoneInfo></R>`,
}

// newFurnished starts a proxy before a furnished account.
func newFurnished(t *testing.T) *Proxy {
	t.Helper()
	return newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		form, _ := url.ParseQuery(string(body))
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, furnished[action+form.Get("Action")])
	})
}

// asked is what the proxy answers to a call, whatever its status.
func asked(t *testing.T, p *Proxy, service, form string) string {
	t.Helper()
	r := signed(service, http.MethodPost, p.URL+"/", "", formType, form)
	r.RequestURI = ""
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(answer)
}

func TestRuleWhatIsInUseIsNotDeleted(t *testing.T) {
	p := newFurnished(t)
	for form, user := range map[string]string{
		"Action=DeleteSubnet&SubnetId=subnet-alb":          "load balancer alb",
		"Action=DeleteSubnet&SubnetId=subnet-nat":          "NAT gateway nat-1",
		"Action=DeleteSubnet&SubnetId=subnet-endpoint":     "endpoint of guardduty-data",
		"Action=DeleteSubnet&SubnetId=subnet-db":           "database aurora",
		"Action=DeleteSubnet&SubnetId=subnet-tasks":        "tasks of api",
		"Action=DeleteSecurityGroup&GroupId=sg-alb":        "load balancer alb",
		"Action=DeleteSecurityGroup&GroupId=sg-endpoint":   "endpoint of guardduty-data",
		"Action=DeleteSecurityGroup&GroupId=sg-db":         "database aurora",
		"Action=DeleteSecurityGroup&GroupId=sg-tasks":      "tasks of api",
		"Action=DetachInternetGateway&VpcId=vpc-1":         "load balancer alb",
		"Action=DetachInternetGateway&VpcId=vpc-2":         "NAT gateway nat-1",
		"Action=DeleteVpc&VpcId=vpc-3":                     "endpoint of guardduty-data",
		"Action=DeleteSubnet&SubnetId=subnet-free":         "",
		"Action=DeleteSecurityGroup&GroupId=sg-free":       "",
		"Action=DetachInternetGateway&VpcId=vpc-3":         "",
		"Action=DeleteVpc&VpcId=vpc-4":                     "",
		"Action=DeleteVpc&VpcId=vpc-1&Unrelated=parameter": "load balancer alb",
	} {
		answer := asked(t, p, "ec2", form)
		if user == "" {
			assert.Empty(t, answer, form)
			continue
		}
		assert.Contains(t, answer, "<Code>DependencyViolation</Code>", form)
		assert.Contains(t, answer, user, form)
	}
	assert.Len(t, p.memory.network.noticed, 13, "what was tried")
	assert.Contains(t, p.memory.network.noticed, "vpc-3: ec2:DeleteVpc: vpc-3 has a dependent object: endpoint of guardduty-data")
}

func TestRuleWaysThatAreCutOffAreNoticed(t *testing.T) {
	p := newFurnished(t)
	noticed := func(service, form string) string {
		assert.Empty(t, asked(t, p, service, form), "AWS does not refuse it")
		all := strings.Join(p.memory.network.noticed, "\n")
		p.memory.network.noticed = nil
		return all
	}
	assert.Equal(t, "vpc-1: ec2:DisassociateRouteTable: load balancer alb is cut off in subnet-alb", noticed("ec2", "Action=DisassociateRouteTable&AssociationId=rtbassoc-1"))
	assert.Equal(t, "vpc-1: ec2:DeleteNatGateway: tasks of api is cut off in subnet-tasks", noticed("ec2", "Action=DeleteNatGateway&NatGatewayId=nat-1"))
	assert.Empty(t, noticed("ec2", "Action=DeleteNatGateway&NatGatewayId=nat-2"))
	assert.Equal(t, "vpc-1: ec2:RevokeSecurityGroupIngress: tasks of api are cut off at port 5000", noticed("ec2", "Action=RevokeSecurityGroupIngress&GroupId=sg-tasks&SecurityGroupRuleId.1=sgr-1"))
	assert.Empty(t, noticed("ec2", "Action=RevokeSecurityGroupIngress&GroupId=sg-tasks&SecurityGroupRuleId.1=sgr-2"))
	assert.Equal(t, "vpc-1: elasticloadbalancing:SetSubnets: subnet-tasks does not lead to the internet",
		noticed("elasticloadbalancing", "Action=SetSubnets&Subnets.member.1=subnet-alb&Subnets.member.2=subnet-tasks"))
}

func TestRulePrefixListsWeighWhatTheyStandFor(t *testing.T) {
	t.Parallel()
	p := newFurnished(t)
	const form = "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1"
	assert.NotContains(t, asked(t, p, "ec2", form+"&IpPermissions.1.IpRanges.1.CidrIp=203.0.113.7/32"), "RulesPerSecurityGroupLimitExceeded")
	assert.Contains(t, asked(t, p, "ec2", form+"&IpPermissions.1.PrefixListIds.1.PrefixListId=pl-1"), "RulesPerSecurityGroupLimitExceeded")
}

func TestRuleZoneInTroubleIsNotAvailable(t *testing.T) {
	p := newFurnished(t)
	assert.Contains(t, asked(t, p, "ec2", "Action=DescribeAvailabilityZones"), "<zoneName>a</zoneName>")
	p.Constrain("a")
	assert.Equal(t, `<R><availabilityZoneInfo><item><zoneName>b</zoneName></item></availabilityZoneInfo></R>`, asked(t, p, "ec2", "Action=DescribeAvailabilityZones"))
}

func TestRuleRegionsHaveQuotas(t *testing.T) {
	p := newFurnished(t)
	assert.Empty(t, asked(t, p, "ec2", "Action=AllocateAddress"), "without a limit")
	for limit, refused := range map[int]bool{2: true, 3: false} {
		p.memory.network.limit("addresses", limit)
		p.memory.network.limit("vpcs", limit)
		assert.Equal(t, refused, strings.Contains(asked(t, p, "ec2", "Action=AllocateAddress"), "AddressLimitExceeded"), "%d", limit)
		assert.Equal(t, refused, strings.Contains(asked(t, p, "ec2", "Action=CreateVpc"), "VpcLimitExceeded"), "%d", limit)
	}
}

// TestProxyKeepsSubnetGroups changes the subnets of one, which keeps its tags.
func TestProxyKeepsSubnetGroups(t *testing.T) {
	var created url.Values
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		form, _ := url.ParseQuery(string(body))
		switch form.Get("Action") {
		case "DescribeDBSubnetGroups":
			_, _ = io.WriteString(w, `<R><DescribeDBSubnetGroupsResult><DBSubnetGroups><DBSubnetGroup><DBSubnetGroupDescription>d</DBSubnetGroupDescription><DBSubnetGroupArn>arn</DBSubnetGroupArn></DBSubnetGroup></DBSubnetGroups></DescribeDBSubnetGroupsResult></R>`)
		case "ListTagsForResource":
			_, _ = io.WriteString(w, `<R><ListTagsForResourceResult><TagList><Tag><Key>k</Key><Value>v</Value></Tag></TagList></ListTagsForResourceResult></R>`)
		case "CreateDBSubnetGroup":
			created = form
		}
	})
	assert.Contains(t, asked(t, p, "rds", "Action=ModifyDBSubnetGroup&DBSubnetGroupName=g&SubnetIds.SubnetIdentifier.1=s"), "ModifyDBSubnetGroupResult")
	assert.Equal(t, []string{"g", "d", "s", "k"}, []string{
		created.Get("DBSubnetGroupName"), created.Get("DBSubnetGroupDescription"), created.Get("SubnetIds.SubnetIdentifier.1"), created.Get("Tags.Tag.1.Key"),
	})
}
