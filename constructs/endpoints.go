package constructs

import (
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcendpoint"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// endpointServices are what a Fargate task calls to start, beside S3:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
var endpointServices = []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager"}

// EndpointsProps configures [Endpoints].
type EndpointsProps struct {
	// Config gives the region and the names.
	Config config.Config
	// Networking holds the VPC and the private subnets.
	Networking *Networking
	// Clients may use the endpoints.
	Clients *SecurityGroup
}

// Endpoints are interface endpoints, through which tasks reach AWS's services
// without leaving the VPC.
type Endpoints struct {
	// Endpoints are what tasks need to start without a NAT gateway.
	Endpoints []cdktf.ITerraformDependable
}

// NewEndpoints creates an endpoint of each service in all private subnets, under
// the service's usual name, and the security group that lets the clients in.
func NewEndpoints(scope constructs.Construct, id string, props EndpointsProps) *Endpoints {
	scope = constructs.NewConstruct(scope, &id)
	group := NewSecurityGroup(scope, "sg", SecurityGroupProps{
		Config: props.Config, Networking: props.Networking, Name: "endpoints-sg", Members: "the endpoints",
	})
	group.AllowFrom(props.Clients, httpsPort)
	e := &Endpoints{}
	services := endpointServices
	if props.Config.Service.ExecuteCommand {
		services = append(slices.Clone(services), "ssmmessages")
		if props.Config.Encryption.CustomerManagedKey {
			// The task decrypts the key of each session.
			services = append(services, "kms")
		}
	}
	for _, service := range services {
		name := strings.ReplaceAll(service, ".", "_")
		e.Endpoints = append(e.Endpoints, vpcendpoint.NewVpcEndpoint(scope, &name, &vpcendpoint.VpcEndpointConfig{
			VpcId:             props.Networking.VPC.Id(),
			VpcEndpointType:   jsii.String("Interface"),
			ServiceName:       jsii.String("com.amazonaws." + props.Config.Region + "." + service),
			PrivateDnsEnabled: jsii.Bool(true),
			SubnetIds:         subnetIDs(props.Networking.PrivateSubnets),
			SecurityGroupIds:  &[]*string{group.Group.Id()},
			Tags:              nameTag(props.Config, strings.ReplaceAll(service, ".", "-")+"-endpoint"),
		}))
	}
	return e
}
