package constructs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/config"
)

// groupsOfLogs are the log group of each log that an option turns on: its address and what
// its name begins with, before the stack's.
var groupsOfLogs = map[config.Log]struct{ address, name string }{
	config.FlowLog:     {"flow_logs_group", "/aws/vpc/%s-%s"},
	config.WAFLog:      {"waf_logs", "aws-waf-logs-%s-%s"},
	config.DatabaseLog: {"database_logs", "/aws/rds/cluster/%s-aurora-%s/postgresql"},
	config.SessionLog:  {"execute_command_logs", "/ecs/exec/%s-%s"},
}

// logStoresInvariants are about log_stores.go.
var logStoresInvariants = []invariant{
	{
		sentence: "a log that is stopped has the same store as one that is written, and a protected environment destroys none that is off",
		violations: func(s stack) []string {
			var v violations
			forgotten := func(address string) bool { return strings.Contains(s.Text, fmt.Sprintf(`"from": %q`, address)) }
			for _, log := range slices.Sorted(maps.Keys(groupsOfLogs)) {
				group := groupsOfLogs[log]
				declared, exists := s.Resources["aws_cloudwatch_log_group"][group.address]
				off := s.Config.LogState(log) == config.LogOff
				v.unless(exists == !off, "the log group of %s is there: %v", log, exists)
				v.unless(off || declared["name"] == fmt.Sprintf(group.name, s.Config.Name, s.Config.Suffix), "the log group of %s is called %v", log, declared["name"])
				v.unless(forgotten("aws_cloudwatch_log_group."+group.address) == (off && s.Config.Protected), "what is left of %s is not kept", log)
			}
			off := s.Config.LogState(config.AccessLog) == config.LogOff
			for _, address := range s.Addresses() {
				v.unless(!forgotten(address), "%s is declared and forgotten", address)
			}
			for _, part := range []string{
				"bucket", "bucket_lifecycle_configuration", "bucket_ownership_controls", "bucket_policy", "bucket_public_access_block",
				"bucket_server_side_encryption_configuration", "bucket_versioning",
			} {
				v.unless(strings.Contains(s.Text, `"from": "aws_s3_`+part+`.`) == (off && s.Config.Protected), "the %s is not kept", part)
			}
			keyless := s.Config.Protected && !s.Config.Encryption.CustomerManagedKey
			v.unless(forgotten("aws_kms_key.encryption_key") == keyless, "the key is not kept")
			return v
		},
		broken: func(s *stack) {
			s.Config.Protected, s.Config.Service.ExecuteCommand = true, false
			s.Text = strings.ReplaceAll(s.Text, "execute_command_logs", "others")
		},
	},
	{
		sentence: "the state remembers a customer-managed key, and refuses a plan that turns it off",
		violations: func(s stack) []string {
			var v violations
			memory := s.Resources["terraform_data"]["encryption_memory"]
			if s.Config.Encryption.CustomerManagedKey {
				v.unless(memory["input"] == "customer-managed" && memory["lifecycle"] == nil, "the key is not remembered: %v", memory)
				return v
			}
			lifecycle := fmt.Sprint(memory["lifecycle"])
			v.unless(memory["input"] != "customer-managed", "a key is remembered that is none")
			for _, part := range []string{`self.input != "customer-managed"`, "ignore_changes:[input]", "Encryption.CustomerManagedKey cannot be turned off"} {
				v.unless(strings.Contains(lifecycle, part), "%q is not in %s", part, lifecycle)
			}
			return v
		},
		broken: func(s *stack) { s.Resources["terraform_data"]["encryption_memory"] = attributes{} },
	},
}
