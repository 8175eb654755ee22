package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcendpoint"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// EndpointsProps configures [Endpoints].
type EndpointsProps struct {
	Env Env
	// Services are those of AWS that get an endpoint, such as "ecr.api".
	Services []string
	// Networking holds the VPC and the private subnets.
	Networking *Networking
}

// Endpoints are interface endpoints, through which tasks reach AWS's services
// without leaving the VPC.
type Endpoints struct {
	Connections
	// Endpoints are what tasks need to start without a NAT gateway.
	Endpoints []cdktf.ITerraformDependable
}

// NewEndpoints creates an endpoint of each service in all private subnets, under
// the service's usual name, and their security group.
func NewEndpoints(scope constructs.Construct, id string, props EndpointsProps) *Endpoints {
	scope = constructs.NewConstruct(scope, &id)
	e := &Endpoints{Connections: Connections{NewSecurityGroup(scope, "sg", SecurityGroupProps{
		Env: props.Env, Networking: props.Networking, Name: "endpoints-sg", Members: "the endpoints", Ports: []int{httpsPort}, AnswersOnly: true,
	})}}
	for _, service := range props.Services {
		name := strings.ReplaceAll(service, ".", "_")
		e.Endpoints = append(e.Endpoints, vpcendpoint.NewVpcEndpoint(scope, &name, &vpcendpoint.VpcEndpointConfig{
			VpcId:             props.Networking.VPCID,
			VpcEndpointType:   jsii.String("Interface"),
			ServiceName:       props.Env.EndpointService(service),
			PrivateDnsEnabled: jsii.Bool(true),
			SubnetIds:         &props.Networking.PrivateSubnetIDs,
			SecurityGroupIds:  &[]*string{e.SecurityGroup.Group.Id()},
			Tags:              props.Env.NameTag(strings.ReplaceAll(service, ".", "-") + "-endpoint"),
			DependsOn:         &props.Networking.PrivateAssociations,
		}))
	}
	return e
}

// GrantConnect lets the service's tasks use the endpoints, and starts them afterwards.
func (e *Endpoints) GrantConnect(service *Service) {
	service.AllowTo(e)
	service.WaitFor(e.Endpoints...)
}
