package emulator

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// modifySubnetGroup makes the group anew with the subnets of the call.
func (m *memory) modifySubnetGroup(c *Call) (string, []byte) {
	ctx, client := context.Background(), rds.NewFromConfig(m.of(c))
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
