package emulator

import (
	"os"
	"slices"
	"strings"
)

// Rule is one thing that AWS does and moto does not: it refuses, or answers something
// else. In contrast to a [repair], without which nothing could be deployed, a rule is
// there so that a deployment that AWS would not take fails here, too.
type Rule struct {
	// Name is the word by which the rule is switched off.
	Name string
	// Says is what AWS does, in a sentence without its end.
	Says string
	// Source is the address of AWS's documentation of it, or of a report of it.
	Source string

	calls    []string // such as "ec2:DeleteSubnet"; everyCall is all of them
	step     repair
	lifelike bool // only for a proxy that is
}

// Rules are all of them. Each service has a file.
func Rules() []Rule {
	return slices.Concat(everyRule, acmRules, autoscalingRules, ec2Rules, ecsRules, elbRules, iamRules, rdsRules, s3Rules, secretsRules, sqsRules, byHandRules, operateRules, lambdaRules, lifelikeRules, lifelikeKeyRules)
}

// withoutVariable switches rules off by their names, with commas between them, so that
// a person can see which test notices.
const withoutVariable = "EMULATED_AWS_WITHOUT"

// activeRules are those that are on, by the name of the call.
func activeRules() map[string][]Rule {
	off := strings.Split(os.Getenv(withoutVariable), ",")
	rules := map[string][]Rule{}
	for _, r := range Rules() {
		if slices.Contains(off, r.Name) {
			continue
		}
		for _, call := range r.calls {
			rules[call] = append(rules[call], r)
		}
	}
	return rules
}

// everyCall stands for the name of each call.
const everyCall = "*"

// steps are what is done to a call: the rules first, then the repair, and then what
// stands upon it. A server that runs tasks has the last word.
func (m *memory) steps(c *Call) []repair {
	var steps, last []repair
	for _, r := range slices.Concat(m.rules[everyCall], m.rules[c.Name()]) {
		switch {
		case !r.lifelike:
			steps = append(steps, r.step)
		case c.lifelike:
			last = append(last, r.step)
		}
	}
	return slices.Concat(steps, []repair{repairs[c.Name()]}, last, m.server.Load().steps(c))
}
