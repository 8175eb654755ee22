package emulator

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// listener is a listener with its rules.
type listener struct {
	elbtypes.Listener
	// rules are in the order in which it looks at them, without the default one:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
	rules []elbtypes.Rule
}

// listenersOf are those of a load balancer, or that on the port alone, unless it is 0.
func listenersOf(ctx context.Context, client *elb.Client, balancer *string, port int32) ([]listener, error) {
	found, err := client.DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: balancer})
	if err != nil {
		return nil, err
	}
	var all []listener
	for _, l := range found.Listeners {
		if port != 0 && aws.ToInt32(l.Port) != port {
			continue
		}
		with := listener{Listener: l}
		pages := elb.NewDescribeRulesPaginator(client, &elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			with.rules = append(with.rules, page.Rules...)
		}
		with.rules = slices.DeleteFunc(with.rules, func(r elbtypes.Rule) bool { return aws.ToBool(r.IsDefault) })
		slices.SortFunc(with.rules, func(a, b elbtypes.Rule) int { return cmp.Compare(priority(a), priority(b)) })
		all = append(all, with)
	}
	return all, nil
}

func priority(r elbtypes.Rule) int {
	n, err := strconv.Atoi(aws.ToString(r.Priority))
	if err != nil {
		return math.MaxInt
	}
	return n
}

// action is what the listener does with a request: what the first rule says that it meets,
// or else the default one.
func (l listener) action(r *http.Request) elbtypes.Action {
	for _, rule := range l.rules {
		if len(rule.Actions) > 0 && !slices.ContainsFunc(rule.Conditions, func(c elbtypes.RuleCondition) bool { return !meets(r, c) }) {
			return rule.Actions[0]
		}
	}
	return l.DefaultActions[0]
}

// meets tells whether a request is what a condition on its host or path says. A host name has
// no upper case there, and no port, which stands for another here.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
func meets(r *http.Request, condition elbtypes.RuleCondition) bool {
	values, text := condition.Values, r.URL.EscapedPath()
	if config := condition.PathPatternConfig; config != nil {
		values = config.Values
	}
	if aws.ToString(condition.Field) == "host-header" {
		if config := condition.HostHeaderConfig; config != nil {
			values = config.Values
		}
		text = strings.ToLower(r.Host)
		if host, _, err := net.SplitHostPort(text); err == nil {
			text = host
		}
		values = strings.Split(strings.ToLower(strings.Join(values, " ")), " ")
	}
	return slices.ContainsFunc(values, func(pattern string) bool { return glob(pattern, text) })
}

// condition is one of a rule in a request.
type condition struct {
	field  string
	values []string
}

func conditionsOf(c *Call) (all []condition) {
	for n := 1; ; n++ {
		prefix := fmt.Sprintf("Conditions.member.%d.", n)
		if !c.Form.Has(prefix + "Field") {
			return all
		}
		one := condition{field: c.Form.Get(prefix + "Field")}
		for key := range c.Form {
			if strings.HasPrefix(key, prefix) && strings.Contains(key, "Values.member.") && !strings.HasSuffix(key, ".Key") {
				one.values = append(one.values, c.Form.Get(key))
			}
		}
		all = append(all, one)
	}
}

// conditionValues are those of all conditions.
func conditionValues(c *Call) (all []string) {
	for _, one := range conditionsOf(c) {
		all = append(all, one.values...)
	}
	return all
}

// balancerOf is what the ARN of a load balancer, or of a listener or a rule of it, has of it:
// the kind, the name and the id.
func balancerOf(arn string) string {
	parts := strings.Split(arn, "/")
	return strings.Join(parts[min(1, len(parts)):min(4, len(parts))], "/")
}

// balancers are the listeners of all load balancers of the region of a call.
func (m *memory) balancers(c *Call) (map[string][]listener, error) {
	client := elb.NewFromConfig(m.of(c))
	found, err := client.DescribeLoadBalancers(background, &elb.DescribeLoadBalancersInput{})
	if err != nil {
		return nil, err
	}
	all := map[string][]listener{}
	for _, balancer := range found.LoadBalancers {
		name := balancerOf(aws.ToString(balancer.LoadBalancerArn))
		if all[name], err = listenersOf(background, client, balancer.LoadBalancerArn, 0); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// leadTo tells whether one of the listeners forwards to the target group.
func leadTo(listeners []listener, group string) bool {
	return slices.ContainsFunc(listeners, func(l listener) bool {
		actions := slices.Clone(l.DefaultActions)
		for _, rule := range l.rules {
			actions = append(actions, rule.Actions...)
		}
		return slices.ContainsFunc(actions, func(a elbtypes.Action) bool { return forwardsTo(a, group) })
	})
}

func forwardsTo(a elbtypes.Action, group string) bool {
	return aws.ToString(a.TargetGroupArn) == group || a.ForwardConfig != nil && slices.ContainsFunc(a.ForwardConfig.TargetGroups,
		func(t elbtypes.TargetGroupTuple) bool { return aws.ToString(t.TargetGroupArn) == group })
}
