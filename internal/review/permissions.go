package review

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"flask-api/config"
)

// statement is one of an IAM policy, in either of the forms in which Terraform takes
// them.
type statement struct {
	sid        string
	denies     bool
	actions    []string
	resources  []string
	principals []string
	// conditions are the values by operator and key.
	conditions map[string][]string
}

// broad are the policies of AWS that allow everything, or everything of a service.
var broad = regexp.MustCompile(`(AdministratorAccess|PowerUserAccess|FullAccess)$`)

// document refers to a data source that writes a policy, which is judged itself.
var document = regexp.MustCompile(`^\$\{data\.aws_iam_policy_document\.\w+\.json\}$`)

// widensPermissions tells what IAM statements allow that they did not before.
func widensPermissions(c Change) []Risk {
	if c.kind() == "aws_iam_role_policy_attachment" && c.after != nil {
		level := Caution
		if broad.MatchString(fmt.Sprint(c.after["policy_arn"])) {
			level = Danger
		}
		return []Risk{{level, "", fmt.Sprintf("gives `%v` the policy `%v`", c.after["role"], c.after["policy_arn"])}}
	}
	var out []Risk
	for _, attribute := range slices.Sorted(maps.Keys(c.after)) {
		if !holdsPolicy(c, attribute) || c.after[attribute] == unknown {
			continue
		}
		if text, isText := c.after[attribute].(string); isText && (c.Action != Create || !document.MatchString(text)) && text != c.before[attribute] {
			out = append(out, Risk{Unjudged, "", "has a policy that cannot be read: `" + text + "`"})
		}
		before := statements(attributes{attribute: c.before[attribute]})
		after := statements(attributes{attribute: c.after[attribute]})
		for _, s := range after {
			if added, changed := s.beyond(before); changed && !s.denies {
				out = append(out, added.risk(), c.lends(added))
			}
		}
		for _, s := range before {
			if s.denies && !slices.ContainsFunc(after, s.equal) {
				out = append(out, Risk{Caution, "", "denies " + quoted(s.actions) + " no longer, or not as before"})
			}
		}
	}
	return slices.DeleteFunc(out, func(r Risk) bool { return r.Text == "" })
}

// permitted is where Service.Permissions are, of the API, its workers and services, and lending are the actions by which the API
// could do, with them, what another role, another function or another party may.
var permitted = regexp.MustCompile(`^aws_iam_role_policy\.(task|(worker|service)_\w+)_role_permissions$`)

var lending = []string{
	"cloudformation:CreateStack", "cloudformation:UpdateStack", "codebuild:StartBuild", "ec2:RunInstances", "ecs:RegisterTaskDefinition", "ecs:RunTask",
	"ecs:UpdateService", "events:PutTargets", "kms:CreateGrant", "kms:PutKeyPolicy", "lambda:AddPermission", "lambda:CreateFunction", "lambda:UpdateFunctionCode",
	"lambda:UpdateFunctionConfiguration", "s3:PutBucketPolicy", "secretsmanager:PutResourcePolicy", "sns:AddPermission", "sqs:AddPermission",
	"sqs:SetQueueAttributes", "ssm:SendCommand", "ssm:StartSession", "states:UpdateStateMachine", "sts:AssumeRole",
}

// lends is the risk of what Service.Permissions add beyond the API's own rights, if any.
func (c Change) lends(s statement) Risk {
	actions := shared(s.actions, lending)
	if !permitted.MatchString(c.Address) || len(actions) == 0 {
		return Risk{}
	}
	return Risk{Danger, "", "lets the API, and who breaks into it, do what others may: " + quoted(actions)}
}

// holdsPolicy says whether the attribute has an IAM policy: AWS WAF has statements, too.
func holdsPolicy(c Change, attribute string) bool {
	return slices.Contains([]string{"policy", "assume_role_policy"}, attribute) || attribute == "statement" && c.kind() == "data.aws_iam_policy_document"
}

// unknownPolicies are those that a plan does not know yet, in one line.
func (e Environment) unknownPolicies() []Risk {
	var addresses []string
	for _, c := range e.Changes {
		for _, attribute := range []string{"policy", "assume_role_policy"} {
			if c.after[attribute] == unknown {
				addresses = append(addresses, c.Address)
			}
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	return []Risk{{Caution, e.Name, "has policies that cannot be judged before they are applied, since they name what does not exist yet: " + quoted(addresses)}}
}

// statements are all that are found in the value.
func statements(value any) []statement {
	var out []statement
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if key == "Statement" || key == "statement" {
				for _, entry := range entries(value[key]) {
					out = append(out, newStatement(entry))
				}
				continue
			}
			out = append(out, statements(value[key])...)
		}
	case []any:
		for _, entry := range value {
			out = append(out, statements(entry)...)
		}
	}
	return out
}

// entries are those of a list, of a list by identity, or the one that stands for it.
func entries(value any) []attributes {
	var out []attributes
	switch value := value.(type) {
	case []any:
		for _, entry := range value {
			if entry, isMap := entry.(map[string]any); isMap {
				out = append(out, entry)
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			entry, isMap := value[key].(map[string]any)
			if !isMap || !strings.HasPrefix(key, "[") {
				return []attributes{value}
			}
			out = append(out, entry)
		}
	}
	return out
}

func newStatement(s attributes) statement {
	get := func(keys ...string) []string {
		var out []string
		for _, key := range keys {
			for _, text := range texts(s[key]) {
				if strings.HasPrefix(strings.ToLower(key), "not") {
					text = allBut + text
				}
				out = append(out, text)
			}
		}
		slices.Sort(out)
		return out
	}
	out := statement{
		denies:     s["Effect"] == "Deny" || s["effect"] == "Deny",
		actions:    get("Action", "actions", "NotAction", "not_actions"),
		resources:  get("Resource", "resources", "NotResource", "not_resources"),
		principals: get("Principal", "NotPrincipal"),
	}
	for _, principals := range entries(s["principals"]) {
		out.principals = append(out.principals, texts(principals["identifiers"])...)
	}
	out.conditions = conditions(s)
	out.sid = strings.Join(append(texts(s["Sid"]), texts(s["sid"])...), "")
	return out
}

// conditions are those of a statement, in either form, with their values.
func conditions(s attributes) map[string][]string {
	out := map[string][]string{}
	operators, _ := s["Condition"].(map[string]any)
	for operator, keys := range operators {
		keys, _ := keys.(map[string]any)
		for key, values := range keys {
			out[operator+" "+key] = texts(values)
		}
	}
	for _, condition := range entries(s["condition"]) {
		out[fmt.Sprint(condition["test"], " ", condition["variable"])] = texts(condition["values"])
	}
	for _, values := range out {
		slices.Sort(values)
	}
	return out
}

// loosened says whether something meets the conditions now that did not before: one is
// gone, or has more values, or fewer that it excludes.
func loosened(before, after map[string][]string) bool {
	for condition, values := range before {
		recent, still := after[condition]
		if strings.Contains(condition, "Not") {
			values, recent = recent, values
		}
		if !still || len(missing(recent, values)) > 0 {
			return true
		}
	}
	return false
}

func (s statement) equal(other statement) bool {
	return s.denies == other.denies && slices.Equal(s.actions, other.actions) && slices.Equal(s.resources, other.resources) &&
		slices.Equal(s.principals, other.principals) && maps.EqualFunc(s.conditions, other.conditions, slices.Equal[[]string])
}

// beyond is what the statement allows that the closest one of before did not.
func (s statement) beyond(before []statement) (statement, bool) {
	if slices.ContainsFunc(before, s.equal) {
		return statement{}, false
	}
	for _, old := range before {
		if old.denies || (s.sid == "" || s.sid != old.sid) && len(shared(s.actions, old.actions)) == 0 {
			continue
		}
		actions, resources := missing(s.actions, old.actions), missing(s.resources, old.resources)
		principals := missing(s.principals, old.principals)
		loosened := loosened(old.conditions, s.conditions)
		if len(actions)+len(resources)+len(principals) == 0 && !loosened {
			return statement{}, false // It allows less.
		}
		if len(actions) > 0 && len(resources)+len(principals) == 0 && !loosened {
			s.actions = actions
		}
		if len(resources) > 0 && len(actions)+len(principals) == 0 && !loosened {
			s.resources = resources
		}
		return s, true
	}
	return s, true
}

func (s statement) risk() Risk {
	text := "allows " + quoted(s.actions)
	if len(s.principals) > 0 {
		text = "allows " + quoted(s.principals) + " to call " + quoted(s.actions)
	}
	if len(s.resources) > 0 {
		text += " on " + quoted(s.resources)
	}
	if len(s.conditions) > 0 {
		text += ", under conditions"
	}
	level := Caution
	if s.broad() {
		level = Danger
	}
	return Risk{level, "", text}
}

// unbound are actions that AWS lets nobody narrow to a resource, or that its own guides
// give on all: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var unbound = []string{
	"ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:RegisterTaskDefinition", "logs:DescribeLogGroups",
	"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
	"xray:PutTelemetryRecords", "xray:PutTraceSegments",
}

// allBut stands before what a statement leaves out, as NotPrincipal does.
const allBut = "all but "

// broad says whether the statement allows everyone, everything, or something everywhere.
// In the policy of a resource, everywhere and everything is the resource.
func (s statement) broad() bool {
	everything := func(name string) bool {
		return name == "*" || strings.HasPrefix(name, allBut) || strings.HasSuffix(name, ":*") && strings.Count(name, ":") == 1
	}
	if len(s.principals) > 0 {
		return slices.ContainsFunc(s.principals, everything) && len(s.conditions) == 0
	}
	return slices.ContainsFunc(s.actions, everything) && len(s.conditions) == 0 ||
		slices.Contains(s.resources, "*") && slices.ContainsFunc(missing(s.actions, unbound), func(action string) bool { return !config.Unbound(action) })
}

// quoted names at most five.
func quoted(names []string) string {
	const most = 5
	if len(names) > most {
		return code(names[:most]) + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return code(names)
}

func shared(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

func missing(of, in []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(name string) bool { return slices.Contains(in, name) })
}
