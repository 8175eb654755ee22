# Where what is in a plan comes from: what this program makes, and nothing else.
package flask_api

import rego.v1

found contains {"rule": "type", "address": address, "what": sprintf("is of the type %s, which this program does not make; `make golden` lists those that it does", [kind])} if {
	some kind, resources in planned
	not kind in types
	some address, _ in resources
}

# configuration are the resources of the configuration, those of modules among them.
configuration contains resource if some resource in plan.configuration.root_module.resources

configuration contains resource if {
	walk(object.get(plan.configuration.root_module, "module_calls", {}), [_, resource])
	resource.mode
}

found contains {"rule": "data-type", "address": block.address, "what": "reads what this program does not; no data may run a program or call an address"} if {
	some block in configuration
	block.mode in {"data", "ephemeral"}
	not block.type in data_types
}

found contains {"rule": "provisioner", "address": block.address, "what": sprintf("runs commands (%s); nothing may", [provisioner.type])} if {
	some block in configuration
	some provisioner in block.provisioners
}

providers contains "registry.terraform.io/hashicorp/aws"

# The same in OpenTofu's registry.
providers contains "registry.opentofu.org/hashicorp/aws"

providers contains "terraform.io/builtin/terraform"

found contains {"rule": "provider", "address": name, "what": sprintf("is %s; only hashicorp/aws is used", [provider.full_name])} if {
	some name, provider in plan.configuration.provider_config
	not provider.full_name in providers
}

found contains {"rule": "provider-argument", "address": name, "what": sprintf("has the argument %s, which this program does not write", [argument])} if {
	some name, provider in plan.configuration.provider_config
	some argument, _ in provider.expressions
	not argument in provider_arguments
}

found contains {"rule": "module", "address": name, "what": sprintf("is a module of %s; there are none", [call.source])} if {
	some name, call in plan.configuration.root_module.module_calls
}

found contains {"rule": "import", "address": change.address, "what": sprintf("takes over %s", [change.change.importing.id])} if {
	some change in changes
	change.change.importing
}

found contains {"rule": "moved", "address": change.address, "what": sprintf("was %s", [change.previous_address])} if {
	some change in changes
	from := change.previous_address
	not startswith(from, concat("", [change.type, "."]))
}

# What records something is forgotten by a protected environment whose option is off.
found contains {"rule": "forgotten", "address": change.address, "what": "goes on to exist, and Terraform forgets it; only logs and their keys may be left so"} if {
	some change in changes
	"forget" in change.change.actions
	not regex.match(`^aws_(cloudwatch_log_group|kms_alias|kms_key|s3_bucket\w*)$`, change.type)
}

# An ARN or a registry of another account: a key, a topic, a role, an image. The last part of
# a UUID, after a hyphen, may have twelve digits, too.
found contains {"rule": "account", "address": address, "what": sprintf("names %s, of another account", [match[0]])} if {
	count(own) > 0
	some kind, texts in written
	some address, text in texts
	some match in regex.find_all_string_submatch_n(`(?:arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:|^|[^-\w])(\d{12})(?::|\.dkr\.ecr\.)`, text, -1)
	not match[1] in own
	not writes_logs(kind, match[1])
}
