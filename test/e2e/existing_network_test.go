package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
)

// inNetwork is an environment in the account's own VPC, whose container is set up in all
// ways.
func inNetwork(suffix string, account options.Account) config.Config {
	c := config.Defaults(suffix)
	for _, title := range []string{"an existing network", "parameters, keys and files", "a process of its own", "logs of several lines, and enhanced insights"} {
		options.Titled(options.Catalogue(account), title).Apply(&c)
	}
	return c
}

// refusesPlan plans the configuration, which must fail and say each of the sentences.
func (l *life) refusesPlan(t *testing.T, cfg config.Config, sentences ...string) {
	t.Helper()
	require.NoError(t, cfg.Validate())
	l.replaceStack(t, cfg)
	l.proxy.As(l.plans)
	defer l.proxy.As(l.deploys)
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
	assert.NotZero(t, code)
	said := strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", " ")), " ")
	for _, sentence := range sentences {
		assert.Contains(t, said, sentence)
	}
}

// refusesUnfitNetworks names subnets of a VPC that is there in which no environment can
// stand: each plan says why.
func (l *life) refusesUnfitNetworks(t *testing.T) {
	t.Helper()
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	public, private := l.cfg.Network.Existing.PublicSubnetIDs, l.cfg.Network.Existing.PrivateSubnetIDs
	mistaken := l.cfg
	mistaken.Network.Existing.PublicSubnetIDs, mistaken.Network.Existing.PrivateSubnetIDs = private, public
	l.refusesPlan(t, mistaken,
		"Network.Existing.PublicSubnetIDs: "+private[0]+" has no route to an internet gateway",
		"Network.Existing.PrivateSubnetIDs: "+public[1]+" has no route to the internet through a NAT gateway")
	crowded := l.cfg
	crowded.Scaling.MaxTasks = 251
	l.refusesPlan(t, crowded, "addresses are free in all, and twice Scaling.MaxTasks and the database take 504")
	elsewhere := l.cfg
	elsewhere.Network.Existing.VPCID = "vpc-0123456789abcdef0"
	l.refusesPlan(t, elsewhere, "vpc-0123456789abcdef0")
	closed := l.cfg
	closed.Network.NAT, closed.Registry.ImageTag = config.NATNone, "v1"
	l.refusesPlan(t, closed, "networking_ecr_api_endpoint", "no matching EC2 VPC Endpoint found")
	l.refusesPrefixLists(t)
}

// refusesPrefixLists names lists that the load balancer cannot have, and leaves the life
// with those that it can: CloudFront's and one of the account.
func (l *life) refusesPrefixLists(t *testing.T) {
	t.Helper()
	list := func(family string, entries int32) string {
		out, err := ec2.NewFromConfig(l.aws.Config()).CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{
			PrefixListName: aws.String("partners"), AddressFamily: &family, MaxEntries: &entries,
		})
		require.NoError(t, err)
		return *out.PrefixList.PrefixListId
	}
	const cloudFront = "com.amazonaws.global.cloudfront.origin-facing"
	l.cfg.LoadBalancer.IngressCIDRs = nil
	of6, large, unfit := list("IPv6", 1), list("IPv4", 6), l.cfg
	unfit.LoadBalancer.IngressPrefixLists = []string{of6}
	l.refusesPlan(t, unfit, of6+" is a list of IPv6 addresses")
	unfit.LoadBalancer.IngressPrefixLists = []string{cloudFront, large}
	l.refusesPlan(t, unfit, "with "+large+", which counts as 6 rules, the security group has 61 of 60")
	l.cfg.LoadBalancer.IngressPrefixLists = []string{cloudFront, list("IPv4", 5)}
}

// leavesNetwork wants the VPC as it was before: with its subnets, routes and groups.
func (l *life) leavesNetwork(t *testing.T) {
	t.Helper()
	network, in := ec2.NewFromConfig(l.aws.Config()), l.cfg.Network.Existing
	ofVPC := []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{in.VPCID}}}
	found, err := network.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: slices.Concat(in.PublicSubnetIDs, in.PrivateSubnetIDs)})
	require.NoError(t, err)
	assert.Len(t, found.Subnets, 4)
	tables, err := network.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{Filters: ofVPC})
	require.NoError(t, err)
	for _, table := range tables.RouteTables {
		assert.LessOrEqual(t, len(table.Routes), 2, "routes of %s", *table.RouteTableId)
	}
	groups, err := network.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: ofVPC})
	require.NoError(t, err)
	require.Len(t, groups.SecurityGroups, 1, "the default one")
	assert.NotEmpty(t, groups.SecurityGroups[0].IpPermissionsEgress, "its rules are as AWS made them")
}

// refusesNetwork takes an environment that runs to another VPC, which its plan refuses.
func (l *life) refusesNetwork(t *testing.T, way options.Way) {
	t.Helper()
	moved := l.cfg
	way.Apply(&moved)
	l.refusesPlan(t, moved, "and no database goes from one VPC to another")
	l.replaceStack(t, l.cfg)
}
