package constructs_test

// executeCommandInvariants are about execute_command.go.
var executeCommandInvariants = []invariant{
	{
		sentence: "where people may open a shell in a task, the session is logged, and encrypted with the environment's key if it has one",
		controls: "CKV_AWS_223, CKV_AWS_224",
		violations: func(s stack) []string {
			var v violations
			enabled := s.Config.Service.ExecuteCommand
			inService := enabled && !s.Config.Service.ReadOnlyRootFilesystem // Its agent writes.
			v.unless((s.One("aws_ecs_service")["enable_execute_command"] == true) == inService, "shells may be opened: %t", !inService)
			if !enabled {
				v.want(s, "aws_ecs_cluster", attributes{"configuration": attributes{"execute_command_configuration": attributes{"logging": "DEFAULT"}}})
				return v
			}
			execute := attributes{"logging": "OVERRIDE", "log_configuration": attributes{
				"cloud_watch_log_group_name":     "${aws_cloudwatch_log_group.execute_command_logs.name}",
				"cloud_watch_encryption_enabled": s.Config.Encryption.CustomerManagedKey,
			}}
			if s.Config.Encryption.CustomerManagedKey {
				execute["kms_key_id"] = "${aws_kms_key.encryption_key.arn}"
			}
			v.want(s, "aws_ecs_cluster", attributes{"configuration": attributes{"execute_command_configuration": execute}})
			return v
		},
		broken: set("aws_ecs_service", "enable_execute_command", true),
	},
}
