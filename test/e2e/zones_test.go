package e2e

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// zones returns the configuration with so many zones.
func zones(cfg config.Config, count int, nat config.NAT) config.Config {
	cfg.Network.PublicSubnetCIDRs = []string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}[:count]
	cfg.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"}[:count]
	cfg.Network.NAT = nat
	return cfg
}

// zonesLife is an environment of another platform.
func zonesLife() config.Config {
	c := config.Defaults("zones")
	c.Name = another
	return c
}

// zonesChanged takes an environment from three zones to two and back, and from a NAT
// gateway per zone to one and back, without a call that AWS refuses, and without a moment
// in which something that serves is cut off.
func (l *life) zonesChanged(t *testing.T) {
	t.Helper()
	l.narrow(t)
	l.cfg.Network.InterfaceEndpoints = true
	l.cfg = zones(l.cfg, 3, config.NATPerZone)
	r := l.beginDeployed(t, "14. zones from three to two and back, one NAT gateway and back, another port")
	l.checkDeployed(t)
	l.keepsZones(t)
	l.refusesMovedSubnets(t)

	otherPort := zones(l.cfg, 3, config.NATPerZone)
	otherPort.Service.ContainerPort = 8080
	changes := []config.Config{zones(l.cfg, 2, config.NATPerZone), zones(l.cfg, 3, config.NATSingle), zones(l.cfg, 2, config.NATSingle)}
	if l.hasPipelineTools(t) {
		changes = append(changes, otherPort)
	}
	for _, cfg := range changes {
		between := func(string) {}
		if cfg.Service.ContainerPort != l.cfg.Service.ContainerPort {
			between = func(command string) { l.portsBetween(t, command) }
		}
		l.cfg = cfg
		l.replaceStack(t, cfg)
		between("authorize")
		l.applyUnlessNoticed(t)
		between("revoke")
		r.changes += l.unchanged(t)
	}
	l.checkDeployed(t)
	l.foreignEndpoint(t)
	l.endDestroyed(t, r)
}

// applyUnlessNoticed applies, and ends that at the first call which AWS refuses or which
// cuts something off: the provider would repeat a refused one for twenty minutes.
func (l *life) applyUnlessNoticed(t *testing.T) {
	t.Helper()
	vpc := l.outputs(t, l.stackDir())["vpc_id"]
	noticed := func() []string {
		return slices.DeleteFunc(l.aws.Noticed(), func(sentence string) bool { return !strings.HasPrefix(sentence, vpc) })
	}
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Second):
				if len(noticed()) > 0 {
					_ = syscall.Kill(-l.active.Load().process.Pid, syscall.SIGKILL) // It may have ended by itself.
					return
				}
			}
		}
	}()
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color")
	close(done)
	<-ended
	require.Empty(t, noticed(), "what AWS refuses, and what was cut off")
	require.Zero(t, code, "terraform apply:\n%s", tail(output))
}

// portsBetween runs what docs/operations.md says before and after another port.
func (l *life) portsBetween(t *testing.T, command string) {
	t.Helper()
	page := string(readFile(t, root+"/docs/operations.md"))
	_, section, found := strings.Cut(page, "\n## Another port\n")
	require.True(t, found)
	functions := regexp.MustCompile("(?s)```sh\n(.*?)between authorize\n").FindStringSubmatch(section)
	require.NotNil(t, functions)
	script := strings.NewReplacer("flask-api-", l.cfg.Name+"-", "-production", "-"+l.cfg.Suffix).Replace(functions[1]) + "between " + command
	proxy := l.aws.NewProxy() // These calls are not the deployment's.
	defer proxy.Close()
	output, code := l.run(t, l.dir, append(os.Environ(), l.aws.Env(proxy)...), "bash", "-ec", script)
	require.Zero(t, code, "%s", output)
}

// keepsZones plans while one of the zones is in trouble: nothing moves.
func (l *life) keepsZones(t *testing.T) {
	t.Helper()
	l.proxy.Constrain("eu-south-1a")
	defer l.proxy.Constrain()
	assert.Empty(t, l.plan(t, l.stackDir()), "changes while a zone is in trouble")
}

// refusesMovedSubnets plans without the zone in the middle, which would move the ranges of
// the last one to other subnets, and with other zones.
func (l *life) refusesMovedSubnets(t *testing.T) {
	t.Helper()
	moved := zones(l.cfg, 3, config.NATPerZone)
	moved.Network.PublicSubnetCIDRs = []string{"10.0.0.0/24", "10.0.2.0/24"}
	moved.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/24", "10.0.12.0/24"}
	elsewhere := zones(l.cfg, 2, config.NATPerZone)
	elsewhere.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"}
	for cfg, sentence := range map[*config.Config]string{
		&moved:     "has the range 10.0.1.0/24, and not 10.0.2.0/24",
		&elsewhere: "is in eu-south-1b, and not eu-south-1c",
	} {
		l.replaceStack(t, *cfg)
		output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
		assert.Equal(t, 1, code)
		assert.Contains(t, strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", "")), " "), sentence)
	}
}

// foreignEndpoint has somebody else make an endpoint in the VPC, as GuardDuty does. It
// belongs to nobody here: it changes no plan, and the integration tests pass.
func (l *life) foreignEndpoint(t *testing.T) {
	t.Helper()
	client, vpc := ec2.NewFromConfig(l.aws.Config()), l.outputs(t, l.stackDir())["vpc_id"]
	subnets, err := client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}})
	require.NoError(t, err)
	endpoint, err := client.CreateVpcEndpoint(t.Context(), &ec2.CreateVpcEndpointInput{
		VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-south-1.guardduty-data"), VpcEndpointType: ec2types.VpcEndpointTypeInterface,
		SubnetIds: []string{*subnets.Subnets[0].SubnetId},
		TagSpecifications: []ec2types.TagSpecification{{
			ResourceType: ec2types.ResourceTypeVpcEndpoint, Tags: []ec2types.Tag{{Key: aws.String("GuardDutyManaged"), Value: aws.String("true")}},
		}},
	})
	require.NoError(t, err)
	l.unchanged(t)
	l.checkDeployed(t)
	_, err = client.DeleteVpcEndpoints(t.Context(), &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: []string{*endpoint.VpcEndpoint.VpcEndpointId}})
	require.NoError(t, err)
}
