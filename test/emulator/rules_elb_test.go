package emulator

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const elbARN = "arn:aws:elasticloadbalancing:r:1:"

// newBalancers is a moto with two load balancers of a listener each, which forwards to tg/a
// and tg/b; the first one has as many rules, which forward to tg/rule.
func newBalancers(t *testing.T, rules int) *Proxy {
	t.Helper()
	const arns = "<LoadBalancerArn>" + elbARN + "loadbalancer/app/%s/1</LoadBalancerArn>"
	return newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		content := ""
		switch name := strings.Split(form.Get("LoadBalancerArn")+form.Get("ListenerArn")+"//", "/")[2]; form.Get("Action") {
		case "DescribeLoadBalancers":
			content = fmt.Sprintf("<LoadBalancers><member>"+arns+"</member><member>"+arns+"</member></LoadBalancers>", "a", "b")
		case "DescribeListeners":
			content = "<Listeners><member><ListenerArn>" + elbARN + "listener/app/" + name + "/1/1</ListenerArn><DefaultActions>" + forward("tg/"+name) + "</DefaultActions></member></Listeners>"
		case "DescribeRules":
			content = "<Rules><member><IsDefault>true</IsDefault><Priority>default</Priority><Actions>" + forward("tg/"+name) + "</Actions></member>"
			if name == "a" {
				content += strings.Repeat("<member><Priority>1</Priority><Actions>"+forward("tg/rule")+"</Actions></member>", rules)
			}
			content += "</Rules>"
		default:
			_, _ = io.WriteString(w, "moto")
			return
		}
		_, _ = io.WriteString(w, elbAnswer(form.Get("Action"), content))
	})
}

func forward(group string) string {
	return "<member><Type>forward</Type><TargetGroupArn>" + group + "</TargetGroupArn></member>"
}

// ruleWith is a request for a rule with conditions, each of a field and its values.
func ruleWith(conditions ...[]string) string {
	form := url.Values{}
	for i, condition := range conditions {
		prefix := fmt.Sprintf("Conditions.member.%d.", i+1)
		form.Set(prefix+"Field", condition[0])
		for j, value := range condition[1:] {
			config := map[string]string{"host-header": "HostHeaderConfig.", "path-pattern": "PathPatternConfig."}[condition[0]]
			form.Set(fmt.Sprintf("%s%sValues.member.%d", prefix, config, j+1), value)
		}
	}
	return "Action=CreateRule&ListenerArn=" + elbARN + "listener/app/a/1/1&" + form.Encode()
}

func TestRuleConditionsOfListenerRules(t *testing.T) {
	host := func(values ...string) []string { return append([]string{"host-header"}, values...) }
	path := func(values ...string) []string { return append([]string{"path-pattern"}, values...) }
	p := newBalancers(t, 1)
	for says, forms := range map[string][]string{
		"moto": {
			ruleWith(host("admin.example.com", "*.Example.com"), path("/admin", "/admin/*", `/a?_-.$/~"'@:+&`)),
			ruleWith(path("/a*", "/b*", "/c*", "/d*", "/?")), ruleWith(host("a.b"), path("*")),
		},
		"can only have '5' condition values":                  {ruleWith(host("a.b", "b.b", "c.b"), path("/a", "/b", "/c"))},
		"can only have '5' condition wildcards":               {ruleWith(path("/*/*/*", "/*/*?"))},
		"Condition value 'a_b.com' contains a character":      {ruleWith(host("a_b.com"))},
		"Condition value 'localhost' contains a character":    {ruleWith(host("localhost"))},
		"Condition value 'a.b:80' contains a character":       {ruleWith(host("a.b:80"))},
		"Condition value '192.0.2.1' contains a character":    {ruleWith(host("192.0.2.1"))},
		"Condition value '/a b' contains a character":         {ruleWith(path("/a b"))},
		"Condition value '^/[a-z]' contains a character":      {ruleWith(path("^/[a-z]"))},
		"can only have one 'host-header' condition":           {ruleWith(host("a.b"), host("b.b"))},
		"can only have one 'path-pattern' condition":          {ruleWith(path("/a"), host("b.b"), path("/b"))},
		"Condition value 'admin.example.com.' contains a cha": {strings.Replace(ruleWith(host("admin.example.com.")), "CreateRule", "ModifyRule", 1)},
	} {
		for _, form := range forms {
			if says == "moto" {
				assert.Equal(t, says, asked(t, p, "elasticloadbalancing", form), form)
				continue
			}
			refused := sendRefused(t, p, "elasticloadbalancing", "", formType, form)
			assert.Contains(t, refused, "<Code>ValidationError</Code>", form)
			assert.Contains(t, strings.ReplaceAll(refused, "&#39;", "'"), says)
		}
	}
}

func TestRuleALoadBalancerHas100Rules(t *testing.T) {
	assert.Equal(t, "moto", asked(t, newBalancers(t, 99), "elasticloadbalancing", ruleWith()))
	assert.Contains(t, sendRefused(t, newBalancers(t, 100), "elasticloadbalancing", "", formType, ruleWith()), "<Code>TooManyRules</Code>")
	other := strings.Replace(ruleWith(), "/app/a/", "/app/b/", 1)
	assert.Equal(t, "moto", asked(t, newBalancers(t, 100), "elasticloadbalancing", other))
}

func TestRuleATargetGroupIsBehindOneLoadBalancer(t *testing.T) {
	p := newBalancers(t, 1)
	const action = "&Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn="
	for _, form := range []string{
		ruleWith() + action + "tg/a", ruleWith() + action + "tg/new",
		"Action=ModifyRule&RuleArn=" + elbARN + "listener-rule/app/b/1/1/1" + action + "tg/b",
		"Action=CreateListener&LoadBalancerArn=" + elbARN + "loadbalancer/app/a/1&DefaultActions.member.1.TargetGroupArn=tg/rule",
	} {
		assert.Equal(t, "moto", asked(t, p, "elasticloadbalancing", form), form)
	}
	for _, form := range []string{
		ruleWith() + action + "tg/b",
		"Action=ModifyRule&RuleArn=" + elbARN + "listener-rule/app/b/1/1/1" + action + "tg/rule",
		"Action=ModifyListener&ListenerArn=" + elbARN + "listener/app/b/1/1&DefaultActions.member.1.TargetGroupArn=tg/rule",
		"Action=CreateListener&LoadBalancerArn=" + elbARN + "loadbalancer/app/a/1&DefaultActions.member.1.TargetGroupArn=tg/b",
	} {
		assert.Contains(t, sendRefused(t, p, "elasticloadbalancing", "", formType, form), "<Code>TargetGroupAssociationLimit</Code>", form)
	}
}

func TestRuleAServiceIsBehindALoadBalancer(t *testing.T) {
	p := newBalancers(t, 1)
	for _, action := range []string{"CreateService", "UpdateService"} {
		for _, group := range []string{"tg/a", "tg/rule"} {
			assert.Equal(t, "moto", ecsCall(t, p, action, `{"loadBalancers":[{"targetGroupArn":"`+group+`"}]}`), "%s with %s", action, group)
		}
		assert.Equal(t, "moto", ecsCall(t, p, action, `{}`), action)
		assert.Contains(t, sendRefused(t, p, "ecs", "X."+action, jsonType, `{"loadBalancers":[{"targetGroupArn":"tg/new"}]}`), "does not have an associated load balancer")
	}
}
