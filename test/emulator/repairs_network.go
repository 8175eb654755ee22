package emulator

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// modifySubnetGroup makes the group anew with the subnets of the call.
func (m *memory) modifySubnetGroup(c *Call) (string, []byte) {
	ctx, client := background, rds.NewFromConfig(m.of(c))
	group := &rds.CreateDBSubnetGroupInput{DBSubnetGroupName: aws.String(c.Form.Get("DBSubnetGroupName"))}
	group.DBSubnetGroupDescription = aws.String(c.Form.Get("DBSubnetGroupDescription"))
	for _, key := range slices.Sorted(maps.Keys(c.Form)) {
		if strings.HasPrefix(key, "SubnetIds.") {
			group.SubnetIds = append(group.SubnetIds, c.Form.Get(key))
		}
	}
	found, err := client.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: group.DBSubnetGroupName})
	if err == nil {
		old := found.DBSubnetGroups[0]
		group.DBSubnetGroupDescription = aws.String(cmp.Or(*group.DBSubnetGroupDescription, aws.ToString(old.DBSubnetGroupDescription)))
		if tags, err := client.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: old.DBSubnetGroupArn}); err == nil {
			group.Tags = tags.TagList
		}
		_, _ = client.CreateDBSubnetGroup(ctx, group) // It replaces the one of that name.
	}
	return "text/xml", []byte(`<ModifyDBSubnetGroupResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><ModifyDBSubnetGroupResult/></ModifyDBSubnetGroupResponse>`)
}

// forgetRouteTables takes from the gateway endpoints that are deleted the route tables that
// they were given later: moto gave these no route, which it misses now.
func (m *memory) forgetRouteTables(c *Call) []byte {
	client := ec2.NewFromConfig(m.of(c))
	endpoints, err := client.DescribeVpcEndpoints(background, &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: []string{c.Form.Get("VpcEndpointId.1")}})
	if err != nil || len(endpoints.VpcEndpoints[0].RouteTableIds) == 0 {
		return c.Body
	}
	endpoint := endpoints.VpcEndpoints[0]
	tables, err := client.DescribeRouteTables(background, &ec2.DescribeRouteTablesInput{RouteTableIds: endpoint.RouteTableIds})
	if err != nil {
		return c.Body
	}
	for _, table := range tables.RouteTables {
		if !slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool { return r.DestinationPrefixListId != nil }) {
			_, _ = client.ModifyVpcEndpoint(background, &ec2.ModifyVpcEndpointInput{ // moto complains about the deletion.
				VpcEndpointId: endpoint.VpcEndpointId, RemoveRouteTableIds: []string{*table.RouteTableId},
			})
		}
	}
	return c.Body
}
