package review

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"flask-api/internal/controls"
)

func exposes(c Change) []Risk {
	var out []Risk
	for _, d := range c.Differences {
		attribute := d.Path[strings.LastIndex(d.Path, ".")+1:]
		for _, control := range controlsFor(controls.Isolation) {
			// A new resource that merely lacks a defence opens nothing that was closed.
			if attribute == control.Name() && d.To == control.Opposite() && (c.Action != Create || d.To == true) {
				out = append(out, Risk{level(control), "", "is open to everyone (`" + d.Path + "`)"})
			}
		}
	}
	return out
}

// The way of the public subnets, which begins at the internet gateway.
const publicRoute, publicTable = "aws_route.networking_public_route", "${aws_route_table.networking_public_rt.id}"

// opensRoute finds private subnets that the internet may come to.
func opensRoute(c Change) []Risk {
	gateway, _ := c.after["gateway_id"].(string)
	table, _ := c.after["route_table_id"].(string)
	isPublic := c.Address == publicRoute && (table == publicTable || !strings.HasPrefix(table, "${"))
	if c.kind() != "aws_route" || gateway == "" || gateway == c.before["gateway_id"] || isPublic {
		return nil
	}
	return []Risk{{Danger, "", "leads to `" + gateway + "`, by which the internet reaches private subnets"}}
}

const ingressRule = "aws_vpc_security_group_ingress_rule"

// opening is who may connect, and where to.
type opening struct {
	address, group, source, protocol string
	from, to                         float64
}

// openingsOf are those of a rule: AWS takes one source, and a configuration may say several.
func openingsOf(address string, rule attributes) []opening {
	var out []opening
	for _, attribute := range []string{"cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id"} {
		if source, isSet := rule[attribute].(string); isSet && source != "" {
			protocol, _ := rule["ip_protocol"].(string)
			out = append(out, opening{address, fmt.Sprint(rule["security_group_id"]), source, protocol, number(rule, "from_port"), number(rule, "to_port")})
		}
	}
	return out
}

// ingressRisks compares who may connect before and after, all rules together: one that is
// created in place of another may let fewer in.
func ingressRisks(changes []Change) []Risk {
	var before, after []opening
	for _, c := range changes {
		if c.kind() != ingressRule {
			continue
		}
		before = append(before, openingsOf(c.Address, c.before)...)
		after = append(after, openingsOf(c.Address, c.after)...)
	}
	var out []Risk
	for _, o := range after {
		if !slices.ContainsFunc(before, o.within) {
			out = append(out, o.widened(before))
		}
	}
	for _, o := range before {
		if !slices.ContainsFunc(after, o.within) {
			out = append(out, o.narrowed(after))
		}
	}
	return out
}

func (o opening) anyone() bool { return o.source == "0.0.0.0/0" || o.source == "::/0" }

func (o opening) ports() string {
	switch {
	case o.protocol == "-1":
		return "all ports"
	case o.from == o.to:
		return fmt.Sprintf("%s port %v", o.protocol, o.from)
	}
	return fmt.Sprintf("%s ports %v to %v", o.protocol, o.from, o.to)
}

func (o opening) widened(before []opening) Risk {
	risk := Risk{Caution, o.address, "lets " + o.source + " connect to " + o.ports()}
	if o.anyone() {
		risk.Level = Danger
	}
	for _, old := range before {
		if old.address == o.address {
			risk.Text += "; before " + old.source + " to " + old.ports()
		}
	}
	return risk
}

// narrowed names who may still connect.
func (o opening) narrowed(after []opening) Risk {
	var left []string
	for _, still := range after {
		if still.address == o.address {
			left = []string{still.source + " to " + still.ports()}
			break
		}
		if still.group == o.group && still.ports() == o.ports() && !slices.Contains(left, still.source) {
			left = append(left, still.source)
		}
	}
	who := "`" + o.source + "`"
	if o.anyone() {
		who = "the internet"
	}
	text := "lets " + who + " connect to " + o.ports() + " no longer"
	if len(left) > 0 {
		text += ", but only " + quoted(left)
	}
	return Risk{Caution, o.address, text}
}

// within says whether the other lets in at least as many. A security group that is made
// anew has an id that nobody knows yet.
func (o opening) within(other opening) bool {
	if o.address != other.address && o.group != other.group {
		return false
	}
	ports := other.protocol == "-1" || o.protocol == other.protocol && o.from >= other.from && o.to <= other.to
	return ports && (o.address == other.address && (o.source == unknown || other.source == unknown) || within(o.source, other.source))
}

// within says whether the one source is part of the other.
func within(source, other string) bool {
	inner, err := netip.ParsePrefix(source)
	outer, otherErr := netip.ParsePrefix(other)
	if err != nil || otherErr != nil {
		return source == other || err != nil && otherErr == nil && outer.Bits() == 0 // Everyone, a security group included.
	}
	return outer.Contains(inner.Addr()) && outer.Bits() <= inner.Bits()
}
