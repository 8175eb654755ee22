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
	if c.Action == Delete && c.kind() == "aws_s3_bucket_public_access_block" {
		out = append(out, Risk{Danger, "", "is gone: the bucket can be opened to everyone"})
	}
	return out
}

func widensIngress(c Change) []Risk {
	if c.kind() != "aws_vpc_security_group_ingress_rule" || c.after == nil {
		return nil
	}
	source, ports := ingress(c.after)
	level := Caution
	if slices.Contains([]string{"0.0.0.0/0", "::/0"}, source) {
		level = Danger
	}
	if c.before == nil {
		return []Risk{{level, "", "lets " + source + " connect to " + ports}}
	}
	oldSource, oldPorts := ingress(c.before)
	if source == unknown {
		source = oldSource // The id of a security group that is replaced.
	}
	if within(source, oldSource) && (ports == oldPorts || narrower(c)) {
		return nil
	}
	return []Risk{{level, "", "lets " + source + " connect to " + ports + "; before " + oldSource + " to " + oldPorts}}
}

// ingress is who may connect, and where to.
func ingress(rule attributes) (source, ports string) {
	for _, attribute := range []string{"cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id"} {
		if value, set := rule[attribute].(string); set && value != "" {
			source = value
		}
	}
	protocol, _ := rule["ip_protocol"].(string)
	from, to := rule["from_port"], rule["to_port"]
	switch {
	case protocol == "-1":
		return source, "all ports"
	case from == to:
		return source, fmt.Sprintf("%s port %v", protocol, from)
	}
	return source, fmt.Sprintf("%s ports %v to %v", protocol, from, to)
}

// within says whether the one source is part of the other.
func within(source, other string) bool {
	inner, err := netip.ParsePrefix(source)
	outer, otherErr := netip.ParsePrefix(other)
	if err != nil || otherErr != nil {
		return source == other
	}
	return outer.Contains(inner.Addr()) && outer.Bits() <= inner.Bits()
}

func narrower(c Change) bool {
	return c.after["ip_protocol"] == c.before["ip_protocol"] &&
		number(c.after, "from_port") >= number(c.before, "from_port") && number(c.after, "to_port") <= number(c.before, "to_port")
}
