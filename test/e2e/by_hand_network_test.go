package e2e

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// networkByHand are changes of the ways in and out.
func networkByHand() []byHand {
	const table, balancer, https = "aws_route_table.networking_private_rt_1", "aws_lb.load_balancer_alb", "aws_lb_listener.load_balancer_https_listener"
	return []byHand{
		{
			what: "`0.0.0.0/1` and `128.0.0.0/1` lead from a private subnet to the internet gateway",
			do: func(c *console) {
				for _, half := range []string{"0.0.0.0/1", "128.0.0.0/1"} {
					call(c, c.ec2.CreateRoute, &ec2.CreateRouteInput{
						RouteTableId: c.of(table, "id"), DestinationCidrBlock: &half, GatewayId: c.of("aws_internet_gateway.networking_igw", "id"),
					})
				}
			},
			says: []string{"aws_route", "128.0.0.0/1"},
		},
		{
			what: "the network ACL denies what comes from anywhere",
			do: func(c *console) {
				acl := call(c, c.ec2.DescribeNetworkAcls, &ec2.DescribeNetworkAclsInput{Filters: []ec2types.Filter{
					{Name: aws.String("vpc-id"), Values: []string{*c.of("aws_vpc.networking_vpc", "id")}}, {Name: aws.String("default"), Values: []string{"true"}},
				}}).NetworkAcls[0].NetworkAclId
				call(c, c.ec2.CreateNetworkAclEntry, &ec2.CreateNetworkAclEntryInput{
					NetworkAclId: acl, RuleNumber: aws.Int32(1), Protocol: aws.String("-1"), RuleAction: ec2types.RuleActionDeny,
					Egress: aws.Bool(false), CidrBlock: aws.String("0.0.0.0/0"),
				})
			},
			says: []string{"deny"},
		},
		{
			what: "a rule lets the whole internet into the database's group",
			do:   func(c *console) { c.admit("aws_security_group.rds_sg", "0.0.0.0/0") },
			says: []string{"aws_vpc_security_group_ingress_rule", "-1 0.0.0.0/0)"},
		},
		{
			what: "the VPC's default group lets a network in",
			do:   func(c *console) { c.admit("aws_default_security_group.networking_default_sg", "10.99.0.0/16") },
			says: []string{"aws_vpc_security_group_ingress_rule", "10.99.0.0/16"},
		},
		{
			what: "a public subnet gives its instances public addresses",
			do: func(c *console) {
				call(c, c.ec2.ModifySubnetAttribute, &ec2.ModifySubnetAttributeInput{
					SubnetId: c.of("aws_subnet.networking_public_subnet_1", "id"), MapPublicIpOnLaunch: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
				})
			},
			at: "aws_subnet.networking_public_subnet_1.map_public_ip_on_launch",
		},
		{
			what: "the endpoint of S3 lets everything but reads through no longer",
			do: func(c *console) {
				call(c, c.ec2.ModifyVpcEndpoint, &ec2.ModifyVpcEndpointInput{
					VpcEndpointId:  c.of("aws_vpc_endpoint.networking_s3_endpoint", "id"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`),
				})
			},
			says: []string{"networking_s3_endpoint", "policy"},
		},
		{
			what: "the flow log cannot be delivered: its role may write no longer",
			do: func(c *console) {
				call(c, c.iam.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: c.name("flow-logs-role"), PolicyName: aws.String("write-flow-logs")})
			},
			at: "aws_iam_role_policy.flow_logs_role_write_flow_logs", says: []string{"fl-", "FAILED"},
		},
		{
			what: "a rule stands in front of the listener's action",
			do: func(c *console) {
				call(c, c.elb.CreateRule, &elb.CreateRuleInput{
					ListenerArn: c.of(https, "arn"), Priority: aws.Int32(1),
					Conditions: []elbtypes.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/login*"}}},
					Actions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumRedirect, RedirectConfig: &elbtypes.RedirectActionConfig{
						Host: aws.String("stranger.example.org"), StatusCode: elbtypes.RedirectActionStatusCodeEnumHttp302,
					}}},
				})
			},
			says: []string{"aws_lb_listener_rule"},
		},
		{
			what: "the listener takes older versions of TLS",
			do: func(c *console) {
				call(c, c.elb.ModifyListener, &elb.ModifyListenerInput{ListenerArn: c.of(https, "arn"), SslPolicy: aws.String("ELBSecurityPolicy-2016-08")})
			},
			at: https + ".ssl_policy",
		},
		{
			what: "another listener forwards without TLS",
			do: func(c *console) {
				call(c, c.elb.CreateListener, &elb.CreateListenerInput{
					LoadBalancerArn: c.of(balancer, "arn"), Port: aws.Int32(8080), Protocol: elbtypes.ProtocolEnumHttp,
					DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: c.of("aws_lb_target_group.load_balancer_target_group", "arn")}},
				})
			},
			says: []string{"aws_lb_listener", "8080"},
		},
		{
			what: "the load balancer's protection is off",
			do:   func(c *console) { c.balancer("deletion_protection.enabled", "false") },
			at:   balancer + ".enable_deletion_protection",
		},
		{
			what: "the load balancer passes invalid headers on",
			do:   func(c *console) { c.balancer("routing.http.drop_invalid_header_fields.enabled", "false") },
			at:   balancer + ".drop_invalid_header_fields",
		},
		{
			what: "the load balancer writes access logs no longer",
			do:   func(c *console) { c.balancer("access_logs.s3.enabled", "false") },
			at:   balancer + ".access_logs",
		},
		{
			what: "the targets' health is asked for elsewhere",
			do: func(c *console) {
				call(c, c.elb.ModifyTargetGroup, &elb.ModifyTargetGroupInput{
					TargetGroupArn: c.of("aws_lb_target_group.load_balancer_target_group", "arn"), HealthCheckPath: aws.String("/always-well"),
				})
			},
			at: "aws_lb_target_group.load_balancer_target_group.health_check",
		},
		{
			what: "the WAF's rules count instead of refusing",
			do: func(c *console) {
				c.webACL(func(rules []waftypes.Rule) {
					for i := range rules {
						if rules[i].OverrideAction != nil {
							rules[i].OverrideAction = &waftypes.OverrideAction{Count: &waftypes.CountAction{}}
						} else {
							rules[i].Action = &waftypes.RuleAction{Count: &waftypes.CountAction{}}
						}
					}
				})
			},
			at: "aws_wafv2_web_acl.web_acl.rule",
		},
		{
			what: "the WAF's log is off",
			do: func(c *console) {
				call(c, c.waf.DeleteLoggingConfiguration, &wafv2.DeleteLoggingConfigurationInput{ResourceArn: c.of("aws_wafv2_web_acl.web_acl", "arn")})
			},
			at: "aws_wafv2_web_acl_logging_configuration.web_acl_logging",
		},
		{
			what: "the domain leads elsewhere",
			do: func(c *console) {
				call(c, c.route53.ChangeResourceRecordSets, &route53.ChangeResourceRecordSetsInput{
					HostedZoneId: c.of("aws_route53_record.domain_alias", "zone_id"),
					ChangeBatch: &route53types.ChangeBatch{Changes: []route53types.Change{{
						Action: route53types.ChangeActionUpsert,
						ResourceRecordSet: &route53types.ResourceRecordSet{
							Name: &c.cfg.LoadBalancer.Domain, Type: route53types.RRTypeA,
							AliasTarget: &route53types.AliasTarget{DNSName: aws.String("stranger.eu-south-1.elb.amazonaws.com"), HostedZoneId: aws.String("Z3ULH7SSC9OV64")},
						},
					}}},
				})
			},
			at: "aws_route53_record.domain_alias.alias",
		},
	}
}

// admit lets everything in from a range.
func (c *console) admit(group, from string) {
	c.Helper()
	call(c, c.ec2.AuthorizeSecurityGroupIngress, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId:       c.of(group, "id"),
		IpPermissions: []ec2types.IpPermission{{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: &from}}}},
	})
}

// balancer sets an attribute of the load balancer.
func (c *console) balancer(key, value string) {
	c.Helper()
	call(c, c.elb.ModifyLoadBalancerAttributes, &elb.ModifyLoadBalancerAttributesInput{
		LoadBalancerArn: c.of("aws_lb.load_balancer_alb", "arn"), Attributes: []elbtypes.LoadBalancerAttribute{{Key: &key, Value: &value}},
	})
}

// webACL changes the rules of the web ACL.
func (c *console) webACL(change func([]waftypes.Rule)) {
	c.Helper()
	id, name := c.of("aws_wafv2_web_acl.web_acl", "id"), c.of("aws_wafv2_web_acl.web_acl", "name")
	found := call(c, c.waf.GetWebACL, &wafv2.GetWebACLInput{Id: id, Name: name, Scope: waftypes.ScopeRegional})
	change(found.WebACL.Rules)
	call(c, c.waf.UpdateWebACL, &wafv2.UpdateWebACLInput{
		Id: id, Name: name, Scope: waftypes.ScopeRegional, LockToken: found.LockToken, Rules: found.WebACL.Rules,
		DefaultAction: found.WebACL.DefaultAction, Description: found.WebACL.Description, VisibilityConfig: found.WebACL.VisibilityConfig,
	})
}

// hidingByHand are changes that hide others.
func hidingByHand() []byHand {
	return []byHand{
		{
			what: "the key is disabled",
			do: func(c *console) {
				call(c, c.kms.DisableKey, &kms.DisableKeyInput{KeyId: c.of("aws_kms_key.encryption_key", "key_id")})
			},
			at: "aws_kms_key.encryption_key.is_enabled",
		},
		{
			what: "tasks run whose health checks fail",
			do:   func(c *console) { c.aws.FailHealthChecks(*c.name("service")) },
			says: []string{"RUNNING", "UNHEALTHY"},
		},
		{
			what: "the cluster is stopped",
			do: func(c *console) {
				call(c, c.rds.StopDBCluster, &rds.StopDBClusterInput{DBClusterIdentifier: c.name("aurora")})
			},
			says: []string{"flask-api-aurora-by-hand", "stopped"},
		},
		{
			what: "the way to the NAT gateway is gone",
			do: func(c *console) {
				call(c, c.ec2.DeleteRoute, &ec2.DeleteRouteInput{RouteTableId: c.of("aws_route_table.networking_private_rt_2", "id"), DestinationCidrBlock: aws.String("0.0.0.0/0")})
			},
			at: "aws_route.networking_private_route_2",
		},
		{
			what: "the WAF is detached",
			do: func(c *console) {
				call(c, c.waf.DisassociateWebACL, &wafv2.DisassociateWebACLInput{ResourceArn: c.of("aws_lb.load_balancer_alb", "arn")})
			},
			at: "aws_wafv2_web_acl_association.web_acl_association",
		},
	}
}
