package review

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Level says how bad a risk is.
type Level int

// The levels.
const (
	// Danger is what cannot be undone, or what opens something to everyone.
	Danger Level = iota
	// Caution is what a reviewer must have meant.
	Caution
)

// Risk is what may go wrong, in one sentence.
type Risk struct {
	Level Level
	// Address is the resource's, or both of a rename.
	Address string
	Text    string
}

// Risks are those of an environment, the worst first. One that is new has nothing to
// lose yet, and all of it has to be read anyway.
func (e Environment) Risks() []Risk {
	switch {
	case e.Added:
		return nil
	case e.Removed:
		return []Risk{{Danger, e.Name, "is defined no longer: nothing destroys it, and nothing manages it any more. Destroy it first"}}
	}
	renamed := renames(e.Changes)
	var out []Risk
	for _, c := range e.Changes {
		if other, found := renamed[c.Address]; found {
			if c.Action == Delete {
				out = append(out, renameRisk(c, other))
			}
			continue
		}
		for _, rule := range rules {
			for _, risk := range rule(c) {
				risk.Address = c.Address
				out = append(out, risk)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Risk) int { return int(a.Level - b.Level) })
	return out
}

// rules find the risks of one change.
var rules = []func(Change) []Risk{
	losesData, removesProtection, exposes, widensIngress, widensPermissions, weakensEncryption, revealsSecret,
	shortensRetention, stopsWatching, stopsFiltering, movesState,
}

// stateful are the types of what holds data, or an address that others know, with
// what is lost with it.
var stateful = map[string]struct {
	level Level
	loss  string
}{
	"aws_db_subnet_group":               {Caution, "the database must be replaced with it"},
	"aws_cloudwatch_log_group":          {Danger, "its logs are lost"},
	"aws_ecr_repository":                {Danger, "its images are lost"},
	"aws_eip":                           {Caution, "the address that others may have allowed changes"},
	"aws_kms_key":                       {Danger, "what it encrypted cannot be read any more"},
	"aws_lb":                            {Caution, "its DNS name changes"},
	"aws_rds_cluster":                   {Danger, "the database and its data are lost"},
	"aws_rds_cluster_instance":          {Caution, "connections to it are lost while it is away"},
	"aws_s3_bucket":                     {Danger, "what is in it is lost"},
	"aws_secretsmanager_secret":         {Danger, "its value is lost"},
	"aws_secretsmanager_secret_version": {Caution, "the value is written anew"},
	"aws_subnet":                        {Caution, "what runs in it is replaced"},
	"aws_vpc":                           {Danger, "everything in it is replaced"},
}

func losesData(c Change) []Risk {
	lost, holds := stateful[c.kind()]
	switch {
	case !holds:
	case c.Action == Delete:
		return []Risk{{lost.level, "", "is destroyed: " + lost.loss}}
	case c.Action == Replace:
		return []Risk{{lost.level, "", "is replaced, because " + code(c.Forcing) + " cannot be changed in place: " + lost.loss}}
	}
	return nil
}

// renames are the addresses that seem to name the same resource before and after,
// both ways.
func renames(changes []Change) map[string]Change {
	out := map[string]Change{}
	for _, removed := range changes {
		if removed.Action != Delete || strings.HasPrefix(removed.Address, "data.") {
			continue
		}
		for _, added := range changes {
			if _, taken := out[added.Address]; taken || added.Action != Create || added.kind() != removed.kind() || !alike(removed, added) {
				continue
			}
			out[removed.Address], out[added.Address] = added, removed
			break
		}
	}
	return out
}

// alike says whether four in five attributes are the same. A plan knows only what is
// configured of the added one.
func alike(removed, added Change) bool {
	same, all := 0, 0
	for key, value := range added.after {
		for _, l := range leaves(key, value) {
			if l.value == unknown {
				continue
			}
			all++
			if slices.ContainsFunc(leaves(key, removed.before[key]), func(old leaf) bool { return old == l }) {
				same++
			}
		}
	}
	return all > 0 && 5*same >= 4*all
}

func renameRisk(removed, added Change) Risk {
	level, loss := Caution, "it is away in between"
	if lost, holds := stateful[removed.kind()]; holds {
		level, loss = lost.level, lost.loss
	}
	return Risk{
		level, removed.Address,
		"is now called `" + added.Address + "`: Terraform destroys the one and creates the other: " + loss +
			". Keep the address, or move it: `terraform state mv`, or a `moved` block",
	}
}

// unsafe are the attributes that protect, with the value that does not.
var unsafe = []struct {
	path  []string
	value any
	loses string
}{
	{[]string{"deletion_protection"}, false, "can be deleted"},
	{[]string{"enable_deletion_protection"}, false, "can be deleted"},
	{[]string{"lifecycle", "prevent_destroy"}, false, "can be destroyed by Terraform"},
	{[]string{"skip_final_snapshot"}, true, "is deleted without a final snapshot"},
	{[]string{"force_destroy"}, true, "can be deleted with what is in it"},
	{[]string{"force_delete"}, true, "can be deleted with what is in it"},
	{[]string{"image_tag_mutability"}, "MUTABLE", "lets a tag name another image later"},
	{[]string{"deployment_circuit_breaker", "rollback"}, false, "does not go back from a deployment that fails"},
}

func removesProtection(c Change) []Risk {
	if c.Action != Update && c.Action != Replace {
		return nil
	}
	var out []Risk
	for _, u := range unsafe {
		if turned(c, u.value, u.path...) {
			out = append(out, Risk{Danger, "", "loses protection (" + code(u.path) + "): it " + u.loses})
		}
	}
	for _, attribute := range []string{"recovery_window_in_days", "deletion_window_in_days"} {
		if from, to := number(c.before, attribute), number(c.after, attribute); to < from {
			out = append(out, Risk{Danger, "", fmt.Sprintf("loses protection (`%s`): it can be recovered for %v days, before %v", attribute, to, from)})
		}
	}
	return out
}

// turned says whether an attribute takes the value now. False is also what is not
// there.
func turned(c Change, value any, path ...string) bool {
	is := func(a attributes) bool {
		found := at(a, path...)
		return found == value || value == false && found == nil
	}
	return c.after != nil && is(c.after) && !is(c.before)
}

func number(a attributes, attribute string) float64 {
	n, _ := a[attribute].(float64)
	return n
}

// public are the attributes that open a resource to everyone, with the value that
// does.
var public = map[string]any{
	"publicly_accessible":     true,
	"map_public_ip_on_launch": true,
	"assign_public_ip":        true,
	"internal":                false,
	"block_public_acls":       false,
	"block_public_policy":     false,
	"ignore_public_acls":      false,
	"restrict_public_buckets": false,
}

func exposes(c Change) []Risk {
	var out []Risk
	for _, d := range c.Differences {
		attribute := d.Path[strings.LastIndex(d.Path, ".")+1:]
		if value, opens := public[attribute]; opens && d.To == value && (c.Action != Create || value == true) {
			out = append(out, Risk{Danger, "", "is open to everyone (`" + d.Path + "`)"})
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

func weakensEncryption(c Change) []Risk {
	if c.Action == Create || c.Action == Delete {
		return nil
	}
	var out []Risk
	for _, attribute := range []string{"storage_encrypted", "encrypted", "enable_key_rotation", "drop_invalid_header_fields"} {
		if turned(c, false, attribute) {
			out = append(out, Risk{Danger, "", "turns `" + attribute + "` off"})
		}
	}
	for _, d := range c.Differences {
		switch attribute := d.Path[strings.LastIndex(d.Path, ".")+1:]; {
		case attribute == "kms_key_id" && d.From != nil && d.To == nil:
			out = append(out, Risk{Caution, "", "is encrypted with AWS's key instead of your own"})
		case attribute == "ssl_policy" && d.From != nil:
			out = append(out, Risk{Caution, "", fmt.Sprintf("takes other TLS versions and ciphers: %v, before %v", d.To, d.From)})
		case attribute == "protocol" && d.From == "HTTPS":
			out = append(out, Risk{Danger, "", "serves without TLS"})
		case strings.HasPrefix(d.Path, "parameter[rds.force_ssl]") && d.From != nil && d.To != "1":
			out = append(out, Risk{Danger, "", "takes connections without TLS"})
		}
	}
	return out
}

// secretWords are in the names of variables that hold secrets.
var secretWords = []string{"PASSWORD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "CREDENTIAL", "PRIVATE_KEY"}

func revealsSecret(c Change) []Risk {
	var out []Risk
	for _, d := range c.Differences {
		_, name, isVariable := strings.Cut(d.Path, ".environment[")
		name, field, _ := strings.Cut(name, "]")
		secret := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(strings.ToUpper(name), word) })
		if isVariable && field == ".value" && secret && d.To != nil && d.To != sensitive {
			out = append(out, Risk{Danger, "", "has a variable `" + name + "` that everyone reads who sees the plan. Make it one of `Service.Secrets`"})
		}
	}
	return out
}

func shortensRetention(c Change) []Risk {
	if c.Action == Create || c.Action == Delete {
		return nil
	}
	var out []Risk
	for _, d := range c.Differences {
		attribute := d.Path[strings.LastIndex(d.Path, ".")+1:]
		isRetention := strings.Contains(attribute, "retention") || strings.HasSuffix(d.Path, "expiration.days")
		from, wasNumber := d.From.(float64)
		to, isNumber := d.To.(float64)
		if !isRetention || !isNumber {
			continue
		}
		// CloudWatch keeps a log group without a retention, or with 0, for ever.
		forever := attribute == "retention_in_days" && (!wasNumber || from == 0)
		if forever || wasNumber && to < from && !(attribute == "retention_in_days" && to == 0) {
			out = append(out, Risk{Caution, "", fmt.Sprintf("keeps what it has for %v days, before %v", to, orForever(d.From, forever))})
		}
	}
	return out
}

func orForever(days any, forever bool) any {
	if forever {
		return "for ever"
	}
	return days
}

// watchers are the types of what tells people, or keeps attackers out.
var watchers = map[string]string{
	"aws_cloudwatch_metric_alarm":             "nobody is told of it any more",
	"aws_flow_log":                            "connections are recorded no longer",
	"aws_sns_topic_subscription":              "one recipient less is told of alarms",
	"aws_wafv2_web_acl":                       "requests are filtered no longer",
	"aws_wafv2_web_acl_association":           "requests are filtered no longer",
	"aws_wafv2_web_acl_logging_configuration": "what is filtered is recorded no longer",
}

func stopsWatching(c Change) []Risk {
	if loss, watches := watchers[c.kind()]; watches && c.Action == Delete {
		return []Risk{{Caution, "", "is destroyed: " + loss}}
	}
	return nil
}

// stopsFiltering tells of the rules of a web ACL that are gone, or only count.
func stopsFiltering(c Change) []Risk {
	if c.kind() != "aws_wafv2_web_acl" || c.Action == Create || c.Action == Delete {
		return nil
	}
	var out []Risk
	filters, _ := at(c.after, "rule").(map[string]any)
	old, _ := at(c.before, "rule").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if filters[name] == nil {
			out = append(out, Risk{Caution, "", "filters by `" + strings.Trim(name, "[]") + "` no longer"})
		}
	}
	for _, d := range c.Differences {
		if rule, counts := strings.CutSuffix(d.Path, "action.count"); counts && d.To != nil {
			rule, _, _ = strings.Cut(strings.TrimPrefix(rule, "rule["), "]")
			out = append(out, Risk{Caution, "", "counts what `" + rule + "` finds, and lets it through"})
		}
	}
	return out
}

func movesState(c Change) []Risk {
	if c.Address != "terraform" || !slices.ContainsFunc(c.Differences, func(d Difference) bool {
		return strings.HasPrefix(d.Path, "backend.") || strings.HasPrefix(d.Path, "cloud.")
	}) {
		return nil
	}
	return []Risk{{Danger, "", "looks for the state in another place: move it first, or everything is created a second time (docs/state.md)"}}
}

// code are names as Markdown shows them.
func code(names []string) string {
	if len(names) == 0 {
		return "what it depends on"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
