package constructs_test

// credentialsInvariants are about credentials.go.
var credentialsInvariants = []invariant{
	{
		sentence: "the password stands nowhere: it is ephemeral and passed to write-only arguments",
		controls: "CKV_SECRET; FSBP ECS.8",
		violations: func(s stack) []string {
			var v violations
			stored := `${jsondecode(ephemeral.aws_secretsmanager_secret_version.credentials_stored.secret_string)["password"]}`
			v.want(s, "aws_rds_cluster", attributes{"master_password": nil, "master_password_wo": stored})
			v.want(s, "aws_secretsmanager_secret_version", attributes{"secret_string": nil, "secret_binary": nil})
			v.unless(len(s.Data["aws_secretsmanager_random_password"])+len(s.Data["aws_secretsmanager_secret_version"]) == 0, "a data source puts it into the state")
			v.unless(s.Resources["random_password"] == nil, "a resource puts it into the state")
			return v
		},
		broken: set("aws_rds_cluster", "master_password", "hunter2"),
	},
}
