package constructs_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// securityGroupInvariants are about security_group.go.
var securityGroupInvariants = []invariant{
	{
		sentence: "only the load balancer takes traffic from outside, from the configured ranges, and only on 80 and 443",
		controls: "FSBP EC2.18, EC2.19; CKV_AWS_24, CKV_AWS_25, CKV_AWS_277",
		violations: func(s stack) (v []string) {
			var out violations
			var open, want []string
			for _, cidr := range s.Config.LoadBalancer.IngressCIDRs {
				want = append(want, "80 to "+cidr, "443 to "+cidr)
			}
			served := map[bool]string{true: "443 to ", false: "80 to "}[s.Config.LoadBalancer.HTTPS()]
			for _, list := range s.Config.LoadBalancer.IngressPrefixLists {
				want = append(want, served+"${data.aws_ec2_managed_prefix_list.alb_sg_"+strings.NewReplacer(".", "_", "-", "_").Replace(list)+".id}")
			}
			s.Visit("aws_vpc_security_group_ingress_rule", func(name string, a attributes) {
				if a["referenced_security_group_id"] != nil {
					return
				}
				to := cmp.Or(a["cidr_ipv4"], a["prefix_list_id"])
				open = append(open, fmt.Sprintf("%v to %v", a["from_port"], to))
				out.unless(a["security_group_id"] == "${aws_security_group.alb_sg.id}", "%s opens %v to %v", name, a["security_group_id"], to)
				out.unless(a["from_port"] == a["to_port"], "%s opens a range", name)
			})
			slices.Sort(open)
			slices.Sort(want)
			out.unless(slices.Equal(open, want), "open ports are %v, want %v", open, want)
			return out
		},
		broken: func(s *stack) {
			s.Resources["aws_vpc_security_group_ingress_rule"]["rds_sg_from_anywhere"] = attributes{
				"cidr_ipv4": "0.0.0.0/0", "security_group_id": "${aws_security_group.rds_sg.id}", "from_port": 5432.0, "to_port": 5432.0,
			}
		},
	},
	{
		sentence: "tasks take traffic from the load balancer alone, and the database and the cache from the tasks alone that use them",
		controls: "FSBP EC2.18; AwsSolutions-RDS8",
		violations: func(s stack) []string {
			var v violations
			chain := map[string]string{}
			s.Visit("aws_vpc_security_group_ingress_rule", func(_ string, a attributes) {
				if from := a["referenced_security_group_id"]; from != nil {
					chain[fmt.Sprint(a["security_group_id"])] += fmt.Sprintf("%v from %v;", a["from_port"], from)
				}
			})
			want := map[string]string{
				"${aws_security_group.ecs_sg.id}": fmt.Sprintf("%d from ${aws_security_group.alb_sg.id};", s.Config.Service.ContainerPort),
				"${aws_security_group.rds_sg.id}": fmt.Sprintf("%d from ${aws_security_group.ecs_sg.id};", s.Config.Database.Port),
			}
			if s.Resources["aws_security_group"]["endpoints_sg"] != nil {
				want["${aws_security_group.endpoints_sg.id}"] = "443 from ${aws_security_group.ecs_sg.id};"
			}
			if s.Config.Cache.Enabled() {
				want["${aws_security_group.cache_sg.id}"] = "6379 from ${aws_security_group.ecs_sg.id};"
			}
			for _, w := range s.Config.Services {
				group := "${aws_security_group.service_" + underscored(w.Name) + "_sg.id}"
				want[group] = fmt.Sprintf("%d from ${aws_security_group.alb_sg.id};", w.ContainerPort)
				for _, used := range []struct {
					used bool
					by   string
					port int
				}{{w.Database, "rds_sg", s.Config.Database.Port}, {w.Cache, "cache_sg", 6379}, {s.Config.Network.InterfaceEndpoints, "endpoints_sg", 443}} {
					if used.used {
						want["${aws_security_group."+used.by+".id}"] += fmt.Sprintf("%d from %s;", used.port, group)
					}
				}
			}
			v.unless(maps.Equal(chain, want), "the chain is %v", chain)
			return v
		},
		broken: func(s *stack) {
			rule := fmt.Sprintf("rds_sg_from_ecs_sg_%d", s.Config.Database.Port)
			s.Resources["aws_vpc_security_group_ingress_rule"][rule]["referenced_security_group_id"] = "${aws_security_group.alb_sg.id}"
		},
	},
	{
		sentence: "every rule of a security group is a resource of its own with a description",
		controls: "CKV_AWS_23; AwsSolutions-EC27",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_security_group", func(name string, a attributes) {
				v.unless(a["ingress"] == nil && a["egress"] == nil, "%s has inline rules", name)
			})
			for _, kind := range []string{"aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"} {
				s.Visit(kind, func(name string, a attributes) {
					v.unless(a["description"] != nil, "%s.%s has no description", kind, name)
				})
			}
			return v
		},
		broken: set("aws_security_group", "ingress", []any{attributes{}}),
	},
	{
		sentence: "the load balancer, the tasks and the database may send, and the endpoints and the cache only answer",
		violations: func(s stack) []string {
			var v violations
			want := []string{"${aws_security_group.alb_sg.id}", "${aws_security_group.ecs_sg.id}", "${aws_security_group.rds_sg.id}"}
			for _, w := range s.Config.Services {
				want = append(want, "${aws_security_group.service_"+underscored(w.Name)+"_sg.id}")
			}
			var senders []string
			s.Visit("aws_vpc_security_group_egress_rule", func(_ string, a attributes) { senders = append(senders, fmt.Sprint(a["security_group_id"])) })
			slices.Sort(senders)
			v.unless(slices.Equal(senders, want), "%v may send, want %v", senders, want)
			return v
		},
		broken: func(s *stack) { delete(s.Resources["aws_vpc_security_group_egress_rule"], "ecs_sg_egress") },
	},
	{
		sentence: "the default security group has no rules",
		controls: "CKV2_AWS_12; FSBP EC2.2",
		violations: func(s stack) []string {
			var v violations
			group := s.One("aws_default_security_group")
			v.unless(group["ingress"] == nil && group["egress"] == nil, "it has rules")
			return v
		},
		broken: set("aws_default_security_group", "ingress", []any{attributes{}}),
	},
}
