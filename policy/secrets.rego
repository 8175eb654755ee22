# Secrets in what everyone reads who may read a plan, a state or a task definition.
package flask_api

import rego.v1

found contains {"rule": "state-secret", "address": address, "what": sprintf("%s would be in the state; use %s_wo", [attribute, attribute])} if {
	some kind, attribute in {"aws_rds_cluster": "master_password", "aws_secretsmanager_secret_version": "secret_string"}
	some address, resource in planned[kind]
	filled(resource[attribute])
}

# The provider has no write-only arguments for those of a cache.
found contains {"rule": "state-secret", "address": address, "what": sprintf("%s would be in the state; the cache lets roles in", [attribute])} if {
	some kind, attribute in {"aws_elasticache_replication_group": "auth_token", "aws_elasticache_user": "passwords"}
	some address, resource in planned[kind]
	filled(resource[attribute])
}

# scanned is all that somebody wrote.
scanned[address] := text if some address, text in written[_]

scanned[block.address] := json.marshal(block.expressions) if {
	some block in configuration
	block.mode != "managed"
}

scanned["configuration"] := json.marshal([
	object.get(plan.configuration, "provider_config", {}),
	object.get(plan.configuration.root_module, "module_calls", {}),
	object.get(plan.configuration.root_module, "outputs", {}),
	object.get(plan.configuration.root_module, "variables", {}),
	[object.get(block, "provisioners", []) | some block in configuration],
	object.get(plan, "variables", {}),
])

# An access key, a private key, an address with a password, or a token of GitHub.
credential := `\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|[a-z]://[^/\s:@"\\]+:[^/\s:@"\\]+@|\b(gh[pousr]|github_pat)_[A-Za-z0-9_]{20,}`

found contains {"rule": "credential", "address": address, "what": sprintf("has a credential in it, %s…; it belongs into Secrets Manager", [substring(match, 0, 6)])} if {
	some address, text in scanned
	some match in regex.find_n(credential, text, 1)
}

found contains {"rule": "plain-secret", "address": c.address, "what": sprintf("everyone who sees the plan reads the variable %s; make it one of Service.Secrets", [variable.name])} if {
	some c in containers
	some variable in c.container.environment
	regex.match(`(?i)password|secret|token|api_?key|credential|private_key`, variable.name)
}
