package constructs_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/diagram"
	"flask-api/internal/synthesis"
	"flask-api/test/options"
	"flask-api/test/stacktest"
)

// TestExistingNetwork synthesises an environment in a VPC that is there already: it makes
// nothing of a network, and each plan holds what it finds against what is needed.
func TestExistingNetwork(t *testing.T) {
	env := config.Defaults("joined")
	options.Titled(options.Catalogue(options.Example()), "an existing network").Apply(&env)
	env.Region, env.Scaling.MaxTasks = "us-west-1", 20
	text := synthesise(env)[env.Suffix]
	s := stacktest.Decode(t, env, text)
	for _, kind := range []string{
		"aws_vpc", "aws_subnet", "aws_route_table", "aws_route", "aws_route_table_association", "aws_internet_gateway", "aws_nat_gateway", "aws_eip",
		"aws_vpc_endpoint", "aws_default_security_group",
	} {
		assert.Empty(t, s.Resources[kind], kind)
	}
	conditions := func(block attributes) string { return fmt.Sprint(synthesis.Inner(block, "lifecycle")["postcondition"]) }
	in := env.Network.Existing
	for i, id := range in.PrivateSubnetIDs {
		subnet := s.Data["aws_subnet"][fmt.Sprintf("networking_private_subnet_%d", i+1)]
		assert.Equal(t, id, subnet["id"])
		for _, wanted := range []string{
			`self.vpc_id == "` + in.VPCID + `"`, `regex("^us-west-1[a-z]$", self.availability_zone)`,
			"|| contains([data.aws_subnet.networking_public_subnet_1.availability_zone, data.aws_subnet.networking_public_subnet_2.availability_zone], self.availability_zone)",
			`contains(["usw1-az1", "usw1-az3"], self.availability_zone_id)`,
		} {
			assert.Contains(t, conditions(subnet), wanted)
		}
		assert.Contains(t, conditions(s.Data["aws_route_table"][fmt.Sprintf("networking_private_rt_%d", i+1)]), `!startswith(r.gateway_id, "igw-")`)
	}
	assert.Contains(t, conditions(s.Data["aws_subnet"]["networking_public_subnet_2"]), "!contains([data.aws_subnet.networking_public_subnet_1.availability_zone], self.availability_zone)")
	free := conditions(s.Resources["terraform_data"]["networking_free_addresses"])
	assert.Contains(t, free, "self.input.private >= 42", "twice the tasks, the writer and a reader")
	assert.Contains(t, free, "self.input.public >= 8")
	assert.Contains(t, conditions(s.One("aws_db_subnet_group")), `self.vpc_id == "`+in.VPCID+`"`)
	for _, group := range s.Resources["aws_security_group"] {
		assert.Equal(t, in.VPCID, group["vpc_id"])
	}

	parsed, err := synthesis.Parse(env.StackName(), text)
	require.NoError(t, err)
	picture, err := diagram.Draw(parsed)
	require.NoError(t, err)
	assert.Contains(t, string(picture), "availability zone 2")
}
