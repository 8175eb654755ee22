package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/controls"
	"flask-api/internal/synthesis"
	"flask-api/test/corpus"
	"flask-api/test/golden"
)

// attributes are those of an object of a plan.
type attributes = corpus.Attributes

// read reads a plan of the real provider, which the deploy tests keep up to date: the
// first of an environment.
func read(t *testing.T, environment string) attributes {
	t.Helper()
	text, err := os.ReadFile("testdata/" + environment + ".plan.json") //nolint:gosec // The path is the test's own.
	require.NoError(t, err)
	return decode(t, string(text))
}

func decode(t *testing.T, text string) attributes {
	t.Helper()
	var out attributes
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// settled is what the plan says of an environment once it is applied, formed like a
// synthesis: what the configuration says stands for what is not known.
func settled(t *testing.T, environment string) corpus.Stack {
	t.Helper()
	plan := read(t, environment)
	expressions := map[any]any{}
	for _, resource := range synthesis.At(plan, "configuration", "root_module", "resources").([]any) {
		expressions[synthesis.At(resource, "address")] = synthesis.At(resource, "expressions")
	}
	stack := corpus.Stack{}
	for _, change := range plan["resource_changes"].([]any) {
		address := synthesis.At(change, "address").(string)
		resource := stack.Resource(address)
		maps.Copy(resource, synthesis.At(change, "change", "after").(attributes))
		said, _ := expressions[address].(attributes)
		for name, expression := range said {
			resource[name] = synthesis.At(expression, "constant_value")
		}
	}
	stack.Section("provider")["aws"] = []any{attributes{"region": "eu-south-1"}}
	return corpus.Stack(decode(t, corpus.Settle(encode(t, stack))))
}

// clone is a copy that can be changed.
func clone(t *testing.T, stack corpus.Stack) corpus.Stack {
	t.Helper()
	return corpus.Stack(decode(t, encode(t, stack)))
}

func check(t *testing.T, plan any) []Finding {
	t.Helper()
	found, err := Check(t.Context(), []byte(encode(t, plan)))
	require.NoError(t, err)
	return found
}

// ids are the rules of the findings, each once.
func ids(found []Finding) []string {
	rules := map[string]bool{}
	for _, f := range found {
		rules[f.Rule] = true
	}
	return slices.Sorted(maps.Keys(rules))
}

// TestAcceptsThePlans gives the rules the plans of both environments, as `terraform show
// -json` writes them and as Terraform Cloud does, and those of everything that the
// repository holds a synthesis of, which change nothing.
func TestAcceptsThePlans(t *testing.T) {
	accepted, unjudged := 0, 0
	for _, environment := range []string{"dev", "production"} {
		plan := read(t, environment)
		assert.NotEmpty(t, plan["resource_changes"])
		for _, plan := range []any{plan, attributes{"plan": plan, "run": attributes{}}} {
			found := check(t, plan)
			assert.Subset(t, []string{"unknown"}, ids(found), "%v", found)
			unjudged += len(found)
			accepted++
		}
		stack := settled(t, environment)
		assert.Empty(t, check(t, corpus.Plan(stack, stack)), environment)
		accepted++
	}
	t.Logf("%d good plans are accepted; %d findings are what a first plan cannot know", accepted, unjudged)
	assert.Equal(t, 8, unjudged, "the image of the service and of its release in each first plan; if there is more, judge it by the configuration")
}

// TestCorpus applies each mutation to an environment that exists, and one for each rule
// to one that does not, and wants exactly the rule for it. Each rule of the files is the
// only one to find something: without it, a mutation would not be found.
func TestCorpus(t *testing.T) {
	rules, places := located(t)
	before, cautious := settled(t, "production"), cautions(t)
	find := func(t *testing.T, before, after corpus.Stack) []Finding {
		t.Helper()
		found, err := evaluate(t.Context(), rules, corpus.Plan(before, after))
		require.NoError(t, err)
		return found
	}
	seen, needed, first := map[string]string{}, map[string]bool{}, map[string]bool{"destroyed": true, "forgotten": true}
	mutations := corpus.Mutations()
	for _, m := range mutations {
		t.Run(m.Name, func(t *testing.T) {
			after := clone(t, before)
			m.Apply(after)
			found := find(t, before, after)
			require.Equal(t, []string{m.Rule}, ids(found), "%v", found)
			kind, _, _ := strings.Cut(found[0].Address, ".")
			what, place, _ := strings.Cut(found[0].What, placed)
			key := fmt.Sprint(m.Rule, kind, what)
			assert.Empty(t, seen[key], "what finds the same")
			seen[key] = m.Name
			if !slices.ContainsFunc(found, func(f Finding) bool { return !strings.HasSuffix(f.What, placed+place) }) {
				needed[place] = true
			}
			if !cautious[m.Rule] && !first[m.Rule] {
				first[m.Rule] = true
				assert.Equal(t, []string{m.Rule}, ids(find(t, corpus.Stack{}, after)), "in a first plan")
			}
		})
	}
	for place, id := range places {
		assert.True(t, needed[place], "no mutation needs the rule %s at %s", id, place)
	}
	assert.GreaterOrEqual(t, len(mutations), 60)
	t.Logf("%d bad plans are found by the right rule; each of %d rules is needed", len(mutations), len(places))
}

// placed stands before the place of a rule in what [located] rules say.
const placed = " @"

// located prepares the rules so that each finding says where its rule stands, and returns
// the ids of the rules by that place.
func located(t *testing.T) (rego.PreparedEvalQuery, map[string]string) {
	t.Helper()
	places := map[string]string{}
	options := []func(*rego.Rego){rego.Query(query), rego.Imports([]string{"rego.v1"})}
	for name, text := range modules() {
		module, err := ast.ParseModule(name, text)
		require.NoError(t, err)
		for _, rule := range module.Rules {
			if rule.Head.Name != "found" {
				continue
			}
			place := fmt.Sprintf("%s:%d", name, rule.Location.Row)
			finding := rule.Head.Key.Value.(ast.Object)
			places[place] = string(finding.Get(ast.StringTerm("rule")).Value.(ast.String))
			what := finding.Get(ast.StringTerm("what"))
			finding.Insert(ast.StringTerm("what"), ast.CallTerm(ast.RefTerm(ast.VarTerm("concat")), ast.StringTerm(placed), ast.ArrayTerm(what, ast.StringTerm(place))))
		}
		options = append(options, rego.ParsedModule(module))
	}
	prepared, err := rego.New(options...).PrepareForEval(t.Context())
	require.NoError(t, err)
	return prepared, places
}

// TestRulesAreSaid compares the ids of the sentences, of the cautions and of the rules.
func TestRulesAreSaid(t *testing.T) {
	said := slices.Collect(maps.Keys(ask(t, "data.flask_api.rules").(attributes)))
	_, places := located(t)
	assert.Subset(t, said, slices.Collect(maps.Values(places)))
	assert.Subset(t, slices.Collect(maps.Values(places)), said)
	assert.Subset(t, said, slices.Collect(maps.Keys(cautions(t))))
}

// cautions are the ids of the rules that only warn.
func cautions(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, id := range ask(t, "[id | some id in data.flask_api.cautions]").([]any) {
		out[id.(string)] = true
	}
	return out
}

// ask evaluates a query without a plan.
func ask(t *testing.T, query string) any {
	t.Helper()
	prepared, err := prepare(query)
	require.NoError(t, err)
	results, err := prepared.Eval(t.Context())
	require.NoError(t, err)
	return results[0].Expressions[0].Value
}

// TestRefusesWithoutControl lifts each control in an environment of production.
func TestRefusesWithoutControl(t *testing.T) {
	stack := settled(t, "production")
	for _, c := range controls.Everywhere() {
		t.Run(c.Type+"."+c.Attribute, func(t *testing.T) {
			after := clone(t, stack)
			names := slices.Sorted(maps.Keys(corpus.Stack(after.Section("resource")).Section(c.Type)))
			if len(names) == 0 { // It has no such part.
				names = []string{"other"}
				for _, other := range controls.Everywhere() {
					if other.Type == c.Type {
						other.Set(after.Resource(c.Type+".other"), other.Wanted)
					}
				}
			}
			address := c.Type + "." + names[0]
			c.Set(after.Resource(address), c.Opposite())
			assert.Equal(t, []Finding{{Rule: "control", Address: address, What: fmt.Sprintf("%s; %s must be %v", c.Otherwise, c.Name(), c.Wanted)}}, check(t, corpus.Plan(corpus.Stack{}, after)))
		})
	}
}

// TestAcceptsNetworkLoadBalancers plans a load balancer that reads no headers.
func TestAcceptsNetworkLoadBalancers(t *testing.T) {
	stack := settled(t, "dev")
	stack.Set("aws_lb.load_balancer_alb", "load_balancer_type", "network")
	stack.Set("aws_lb.load_balancer_alb", "drop_invalid_header_fields", false)
	assert.Empty(t, check(t, corpus.Plan(corpus.Stack{}, stack)))
}

// TestProtectedIsNotDestroyed plans destructions of an environment that is protected,
// and of one that is no longer.
func TestProtectedIsNotDestroyed(t *testing.T) {
	stack := settled(t, "production")
	assert.Contains(t, ids(check(t, corpus.Plan(stack, corpus.Stack{}))), "destroyed")

	with, address := clone(t, stack), "aws_kms_key.alarms_encryption_key" // Alarms may be turned off.
	with.Resource(address)["enable_key_rotation"] = true
	assert.Equal(t, []Finding{{Rule: "deleted", Address: address, What: "is deleted", Caution: true}}, check(t, corpus.Plan(with, stack)))

	stack.Set("aws_rds_cluster.database_cluster", "deletion_protection", false)
	assert.Equal(t, []string{"deleted"}, ids(check(t, corpus.Plan(stack, corpus.Stack{}))))
}

// TestServices plans one more service, which is accepted with its repository, and what
// somebody has to look at: permissions of its own, and another place among the rules.
func TestServices(t *testing.T) {
	const rule, repository = "aws_lb_listener_rule.load_balancer_service_ops_http_rule", "aws_ecr_repository.service_ops_registry_repository"
	before := settled(t, "production")
	with := clone(t, before)
	maps.Copy(with.Resource(repository), with.Resource("aws_ecr_repository.registry_repository"))
	maps.Copy(with.Resource(rule), attributes{
		"listener_arn": "${aws_lb_listener.load_balancer_http_listener.arn}", "priority": 10.0,
		"action":    []any{attributes{"type": "forward", "target_group_arn": "${aws_lb_target_group.load_balancer_service_ops_target_group.arn}"}},
		"condition": []any{attributes{"host_header": []any{attributes{"values": []any{"ops.example.com"}}}}, attributes{"path_pattern": []any{attributes{"values": []any{"/ops/*"}}}}},
	})
	assert.Empty(t, check(t, corpus.Plan(before, with)))
	for name, want := range map[string]struct {
		change func(corpus.Stack)
		rule   string
	}{
		"permissions": {func(s corpus.Stack) {
			s.Resource("aws_iam_role_policy.service_ops_role_permissions")["policy"] = `{"Statement":[{"Effect":"Allow","Action":["textract:DetectDocumentText"],"Resource":["arn:aws:s3:::b"]}]}`
		}, "permission"},
		"another place": {func(s corpus.Stack) { s.Set(rule, "priority", 5.0) }, "weakened"},
		"every host":    {func(s corpus.Stack) { s.Set(rule, "condition.0.host_header", []any{}) }, "weakened"},
		"every path":    {func(s corpus.Stack) { s.Set(rule, "condition.1.path_pattern", []any{}) }, "weakened"},
		"no service":    {func(s corpus.Stack) { s.Remove(repository) }, "destroyed"},
	} {
		after := clone(t, with)
		want.change(after)
		assert.Equal(t, []string{want.rule}, ids(check(t, corpus.Plan(with, after))), name)
	}
}

// TestRulesOfOthersAreAccepted plans for a security group into which somebody wrote a
// rule: Terraform shows it and leaves it alone, and the plan must not be refused.
func TestRulesOfOthersAreAccepted(t *testing.T) {
	stack := settled(t, "production")
	stack.Set("aws_security_group.ecs_sg", "ingress", []any{attributes{"cidr_blocks": []any{"0.0.0.0/0"}, "protocol": "tcp", "from_port": 22.0, "to_port": 22.0}})
	assert.Empty(t, check(t, corpus.Plan(stack, stack)))
	assert.Len(t, check(t, corpus.Plan(settled(t, "production"), stack)), 1)
}

// TestListsAreWhatTheyHold plans a rule for a prefix list that the plan has looked up, and
// one for a list that it has not.
func TestListsAreWhatTheyHold(t *testing.T) {
	for name, want := range map[string]struct {
		list string
		port float64
		ids  []string
	}{
		"the API's port":  {"pl-1", 443, []string{}},
		"another port":    {"pl-1", 22, []string{"ports"}},
		"not in the plan": {"pl-2", 443, []string{"prefix-list"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := settled(t, "production"), settled(t, "production")
			maps.Copy(after.Resource("aws_vpc_security_group_ingress_rule.list"), attributes{
				"prefix_list_id": want.list, "ip_protocol": "tcp", "from_port": want.port, "to_port": want.port, "security_group_id": "${aws_security_group.alb_sg.id}",
			})
			plan := corpus.Plan(before, after)
			state := synthesis.At(plan, "prior_state", "values", "root_module").(attributes)
			known, _ := state["resources"].([]any)
			state["resources"] = append(known, attributes{"type": "aws_ec2_managed_prefix_list", "values": attributes{
				"id": "pl-1", "entries": []any{attributes{"cidr": "120.52.22.96/27"}},
			}})
			assert.Equal(t, want.ids, append([]string{}, ids(check(t, plan))...))
		})
	}
}

// The last part of a UUID may have twelve digits, as an account has.
func TestUUIDsAreNoAccounts(t *testing.T) {
	before, after := settled(t, "production"), settled(t, "production")
	for uuid, found := range map[string]int{"8a3cf1d2-1f2e-4c55-9d0a-659527653843": 0, "659527653843": 1} {
		after.Set("aws_appautoscaling_policy.autoscaling_cpu", "arn", "arn:aws:autoscaling:eu-south-1:123456789012:scalingPolicy:"+uuid+":resource/ecs")
		assert.Len(t, check(t, corpus.Plan(before, after)), found, uuid)
	}
}

// TestGoldenRules keeps the page's table of the rules current.
func TestGoldenRules(t *testing.T) {
	said, cautious := ask(t, "data.flask_api.rules").(attributes), cautions(t)
	lines := []string{"| rule | a plan that is let through |", "| --- | --- |"}
	for _, caution := range []bool{false, true} {
		for _, id := range slices.Sorted(maps.Keys(said)) {
			if cautious[id] == caution {
				lines = append(lines, fmt.Sprintf("| `%s`%s | %s |", id, map[bool]string{true: ", a caution"}[caution], said[id]))
			}
		}
	}
	golden.Section(t, "../docs/security.md", "rules", "\n"+strings.Join(lines, "\n"))
}

// TestTextsAreWhatIsAsked compares what Go says with what Terraform Cloud is told, which
// loads the folder as a bundle.
func TestTextsAreWhatIsAsked(t *testing.T) {
	stack := settled(t, "production")
	after := clone(t, stack)
	after.Set("aws_rds_cluster.database_cluster", "master_password", "hunter2")
	after.Remove("aws_flow_log.flow_logs_vpc")
	plan := corpus.Plan(stack, after)
	var texts []any
	for _, f := range check(t, plan) {
		texts = append(texts, f.String())
	}
	prepared, err := rego.New(rego.Query("[data.flask_api.deny, data.flask_api.warn]"), rego.LoadBundle(".")).PrepareForEval(t.Context())
	require.NoError(t, err)
	results, err := prepared.Eval(t.Context(), rego.EvalInput(plan))
	require.NoError(t, err)
	both := results[0].Expressions[0].Value.([]any)
	assert.Len(t, both[0], 1)
	assert.ElementsMatch(t, texts, slices.Concat(both[0].([]any), both[1].([]any)))
}

func TestCheckRefusesWhatIsNoPlan(t *testing.T) {
	_, err := Check(t.Context(), []byte("{"))
	require.ErrorContains(t, err, "the plan's JSON")
}
