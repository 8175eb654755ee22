package config

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// uploads has so many paths for large bodies.
func uploads(c *Config, n int) {
	c.LoadBalancer.WAF.AllowLargeBodies, c.LoadBalancer.WAF.UploadPaths = true, slices.Repeat([]string{"/upload"}, n)
}

var refusedWAF = []refusal{
	{"unknown group of rules", func(c *Config) {
		c.LoadBalancer.WAF.ManagedRuleGroups = []string{"AWSManagedRulesLinuxRuleSet", "AWSManagedRulesLinuxRuleSet", "AWSManagedRulesBotControlRuleSet"}
	}, []string{
		`LoadBalancer.WAF.ManagedRuleGroups[1]: "AWSManagedRulesLinuxRuleSet"` + notAGroup,
		`LoadBalancer.WAF.ManagedRuleGroups[2]: "AWSManagedRulesBotControlRuleSet"` + notAGroup,
	}},
	{"rule of no group", func(c *Config) {
		c.LoadBalancer.WAF.CountedRules = []string{"CrossSiteScripting_BODY", "AWSManagedRulesLinuxRuleSet/LFI_BODY"}
	}, []string{
		`LoadBalancer.WAF.CountedRules[0]: "CrossSiteScripting_BODY"` + notARule,
		`LoadBalancer.WAF.CountedRules[1]: "AWSManagedRulesLinuxRuleSet/LFI_BODY"` + notARule,
	}},
	{"large bodies nowhere", func(c *Config) { c.LoadBalancer.WAF.UploadPaths = []string{"/upload"} }, []string{
		`LoadBalancer.WAF.UploadPaths: 1 is without effect; this program allows none without LoadBalancer.WAF.AllowLargeBodies, because large bodies are refused everywhere; fix: set LoadBalancer.WAF.AllowLargeBodies, or remove them`,
	}},
	{"eleven paths", func(c *Config) { uploads(c, 11) }, []string{
		`LoadBalancer.WAF.UploadPaths: 11 is too many paths; this program allows 10 or less, because each takes capacity of the web ACL; fix: name their common beginning`,
	}},
	{"path of uploads", func(c *Config) { uploads(c, 1); c.LoadBalancer.WAF.UploadPaths[0] = "upload" }, []string{
		`LoadBalancer.WAF.UploadPaths[0]: "upload" has the wrong form; AWS allows a slash, then printable ASCII characters other than spaces; fix: write a path such as /upload/`,
	}},
}

const (
	notAGroup = ` is unknown or there already; this program allows each of AWSManagedRulesAdminProtectionRuleSet, AWSManagedRulesAnonymousIpList, AWSManagedRulesLinuxRuleSet, AWSManagedRulesPHPRuleSet, AWSManagedRulesUnixRuleSet, AWSManagedRulesWindowsRuleSet, AWSManagedRulesWordPressRuleSet once, because AWS bills others by the request; fix: write one of them`
	notARule  = ` is no rule of the web ACL; this program allows <group>/<rule> of AWSManagedRulesAmazonIpReputationList, AWSManagedRulesCommonRuleSet, AWSManagedRulesKnownBadInputsRuleSet, AWSManagedRulesSQLiRuleSet or LoadBalancer.WAF.ManagedRuleGroups, because AWS would ignore another one; fix: write a rule such as AWSManagedRulesCommonRuleSet/CrossSiteScripting_BODY`
)

var acceptedWAF = map[string]func(*Config){
	"ten paths": func(c *Config) { uploads(c, 10) },
}

// TestWAFCapacity adds up what AWS says of all groups, which is below what a web ACL can
// have. The rule of ten paths takes less than what is left.
func TestWAFCapacity(t *testing.T) {
	units := 1127
	for _, group := range extraGroups {
		units += group
	}
	assert.Equal(t, 1977, units)
	assert.Less(t, units+1+10*maxUploadPaths, 5000)
}
