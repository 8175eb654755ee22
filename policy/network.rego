# Who may connect to what, and where packets go.
package flask_api

import rego.v1

# ingress is what a plan lets in from ranges of addresses.
ingress contains {"address": address, "group": rule.security_group_id, "cidr": rule[attribute], "protocol": rule.ip_protocol, "ports": ports(rule)} if {
	some address, rule in planned.aws_vpc_security_group_ingress_rule
	some attribute in ["cidr_ipv4", "cidr_ipv6"]
	filled(rule[attribute])
}

# A security group also shows the rules that are resources of their own, or somebody's:
# only those that the plan adds are the group's.
ingress contains {"address": address, "group": object.get(group, "id", sprintf("${%s.id}", [address])), "cidr": cidr, "protocol": rule.protocol, "ports": ports(rule)} if {
	some address, group in planned.aws_security_group
	some rule in group.ingress
	not rule in shown_before(address, "ingress")
	some attribute in ["cidr_blocks", "ipv6_cidr_blocks"]
	some cidr in rule[attribute]
}

shown_before(address, attribute) := [element |
	some change in changes
	change.address == address
	some element in change.change.before[attribute]
]

ports(rule) := {"from": object.get(rule, "from_port", null), "to": object.get(rule, "to_port", null)}

found contains {"rule": "ports", "address": i.address, "what": sprintf("lets %s connect to %s; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs", [i.cidr, named(i)])} if {
	some i in ingress
	not is_web(i)
}

found contains {"rule": "group", "address": i.address, "what": sprintf("lets %s connect to %s past the load balancer; only its group may be open to addresses", [i.cidr, named(i)])} if {
	some i in ingress
	is_web(i)
	not i.group in {group | some balancer in planned.aws_lb; some group in balancer.security_groups}
}

is_web(i) if {
	i.protocol == "tcp"
	i.ports.from == i.ports.to
	i.ports.from in {80, 443}
}

named(i) := "all ports" if i.protocol == "-1"

named(i) := sprintf("port %v", [i.ports.from]) if {
	i.protocol != "-1"
	i.ports.from == i.ports.to
}

named(i) := sprintf("ports %v to %v", [i.ports.from, i.ports.to]) if {
	i.protocol != "-1"
	i.ports.from != i.ports.to
}

# listed has the addresses of the prefix lists that the plan looked up.
listed[list.values.id] contains entry.cidr if {
	some list in plan.prior_state.values.root_module.resources
	list.type == "aws_ec2_managed_prefix_list"
	some entry in list.values.entries
}

ingress contains {"address": address, "group": rule.security_group_id, "cidr": cidr, "protocol": rule.ip_protocol, "ports": ports(rule)} if {
	some address, rule in planned.aws_vpc_security_group_ingress_rule
	some cidr in listed[rule.prefix_list_id]
}

found contains {"rule": "prefix-list", "address": address, "what": sprintf("lets in the list %s, whose addresses the plan does not show", [rule.prefix_list_id])} if {
	some address, rule in planned.aws_vpc_security_group_ingress_rule
	filled(rule.prefix_list_id)
	not rule.prefix_list_id in looked_up
	not is_reference(rule.prefix_list_id)
}

looked_up contains list.values.id if {
	some list in plan.prior_state.values.root_module.resources
	list.type == "aws_ec2_managed_prefix_list"
}

# uses are the security groups that something has, or lets in.
uses := {
	"aws_ecs_service": ["network_configuration", "security_groups"],
	"aws_elasticache_replication_group": ["security_group_ids"],
	"aws_lb": ["security_groups"],
	"aws_rds_cluster": ["vpc_security_group_ids"],
	"aws_vpc_endpoint": ["security_group_ids"],
	"aws_vpc_security_group_egress_rule": ["security_group_id"],
	"aws_vpc_security_group_ingress_rule": ["referenced_security_group_id"],
}

found contains {"rule": "foreign-group", "address": address, "what": sprintf("uses the security group %s, which this plan does not show", [group])} if {
	some kind, path in uses
	some address, resource in planned[kind]
	some group in at(resource, path)
	filled(group)
	not is_reference(group)
	not group in {known.id | some known in planned.aws_security_group}
}

found contains {"rule": "default-group", "address": address, "what": sprintf("has rules of %s; the default group stays empty", [attribute])} if {
	some address, group in planned.aws_default_security_group
	some attribute in ["egress", "ingress"]
	count(group[attribute]) > 0
}

# private are the route tables of the database's subnets.
private contains association.route_table_id if {
	some association in planned.aws_route_table_association
	some group in planned.aws_db_subnet_group
	association.subnet_id in group.subnet_ids
}

found contains {"rule": "private-route", "address": address, "what": "leads from private subnets to the internet gateway"} if {
	some address, route in planned.aws_route
	route.route_table_id in private
	filled(route.gateway_id)
}

found contains {"rule": "route-target", "address": address, "what": sprintf("leads to a %s; routes lead to the plan's own gateways", [attribute])} if {
	some address, route in planned.aws_route
	some attribute, value in route
	regex.match(`^(carrier_gateway|core_network|egress_only_gateway|local_gateway|network_interface|transit_gateway|vpc_endpoint|vpc_peering_connection)_(id|arn)$`, attribute)
	filled(value)
}

found contains {"rule": "endpoint-service", "address": address, "what": sprintf("leads to %s; only services of AWS are called", [endpoint.service_name])} if {
	some address, endpoint in planned.aws_vpc_endpoint
	not regex.match(`^(cn\.)?com\.amazonaws\.[a-z]{2}(-[a-z]+)+-\d\.`, endpoint.service_name)
}

found contains {"rule": "tls-version", "address": address, "what": "takes TLS before 1.2; ssl_policy must be an ELBSecurityPolicy-TLS13-1-2 or newer"} if {
	some address, listener in planned.aws_lb_listener
	listener.protocol == "HTTPS"
	not regex.match(`^ELBSecurityPolicy-TLS13-1-[23]-`, listener.ssl_policy)
}

# answers are what listeners and their rules do with requests.
answers contains {"address": address, "listener": object.get(resource, row.of, ""), "protocol": object.get(resource, "protocol", ""), "action": action} if {
	some row in [
		{"type": "aws_lb_listener", "of": "arn", "attribute": "default_action"},
		{"type": "aws_lb_listener_rule", "of": "listener_arn", "attribute": "action"},
	]
	some address, resource in planned[row.type]
	some action in elements(resource[row.attribute])
}

# plain are the listeners without TLS where there is one with it.
plain contains name if {
	some other in planned.aws_lb_listener
	other.protocol == "HTTPS"
	some address, listener in planned.aws_lb_listener
	listener.protocol == "HTTP"
	some name in [address, object.get(listener, "arn", address), sprintf("${%s.arn}", [address])]
}

found contains {"rule": "plain-http", "address": a.address, "what": "serves without TLS although there is an HTTPS listener; it must redirect"} if {
	some a in answers
	{a.address, a.listener} & plain != set()
	a.action.type != "redirect"
}

found contains {"rule": "answer", "address": a.address, "what": sprintf("does %s; requests are forwarded, or redirected to HTTPS", [a.action.type])} if {
	some a in answers
	not a.action.type in {"forward", "redirect"}
}

found contains {"rule": "redirect-host", "address": a.address, "what": sprintf("redirects to %s", [host])} if {
	some a in answers
	some host in at(a.action, ["redirect", "host"])
	not host in {null, "#{host}"}
}

found contains {"rule": "plain-http", "address": a.address, "what": "redirects to plain HTTP"} if {
	some a in answers
	at(a.action, ["redirect", "protocol"]) == {"HTTP"}
}

found contains {"rule": "target-group", "address": a.address, "what": sprintf("forwards to %s, which is no target group of this plan", [group])} if {
	some a in answers
	some group in (at(a.action, ["target_group_arn"]) | at(a.action, ["forward", "target_group", "arn"]))
	filled(group)
	not is_reference(group)
	not group in {known.arn | some known in planned.aws_lb_target_group}
}

found contains {"rule": "all-requests", "address": address, "what": "takes all requests from the API; conditions name hosts or paths"} if {
	some address, rule in planned.aws_lb_listener_rule
	values := {value | walk(rule.condition, [_, value]); is_string(value)}
	count(values) > 0
	values - {"*", "/*"} == set()
}

found contains {"rule": "dns-record", "address": address, "what": sprintf("points %s at %v", [record.name, target])} if {
	some address, record in planned.aws_route53_record
	some target in record.records
	not regex.match(`\.acm-validations\.aws\.?$|^\$\{`, target)
}
