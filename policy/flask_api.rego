# What may not be in a plan, whoever wrote the configuration, and what to look at. A
# finding has the id of its rule, the resource that it is about, and what is wrong with
# it. The rules are in the files beside this one, by subject.
package flask_api

import rego.v1

# deny stops a run.
deny contains text(f) if {
	some f in found
	not f.rule in cautions
}

# warn is for whoever approves it.
warn contains text(f) if {
	some f in found
	f.rule in cautions
}

text(f) := sprintf("%s: %s [%s]", [f.address, f.what, f.rule])

# rules are what the findings mean. Tests compare the ids with those in the files, and
# docs/security.md with the sentences.
rules := {
	"account": "names no account but the plan's own",
	"action": "a policy allows no action that this program does not",
	"all-requests": "no rule of a listener leaves the API without requests",
	"anew": "no database, key or secret is created in an environment that exists",
	"answer": "listeners and their rules forward or redirect, and answer nothing themselves",
	"attachment": "no managed policy is attached that this program does not",
	"backups": "a protected database keeps 7 days of backups and a final snapshot",
	"bucket-block": "each bucket has a block of public access",
	"capability": "no container gets a Linux capability, ptrace aside",
	"condition-lost": "no statement that allows loses a condition",
	"confused-deputy": "a role is assumed by services on behalf of the own account only",
	"control": "[the controls](../internal/controls/controls.go) of every environment hold",
	"credential": "no key, private key or address with a password is written anywhere",
	"data-type": "no data is read that this program does not, such as the output of a command",
	"database-tls": "the database refuses connections without TLS",
	"default-group": "the default security group is empty",
	"deleted": "nothing is deleted",
	"destroyed": "no data is destroyed in a protected environment",
	"dns-record": "a record names the load balancer, or proves a certificate",
	"endpoint-service": "endpoints lead to AWS only",
	"foreign-group": "only security groups of the plan are used",
	"forgotten": "nothing is forgotten but logs and their keys",
	"group": "only the load balancer is open to addresses",
	"image": "images come from the own account, or are those that this program runs",
	"import": "nothing is taken over",
	"module": "there are no modules",
	"moved": "nothing moves out of a module or to another type",
	"negation": "no policy allows all but something",
	"pass-role": "a role is passed to a named service only",
	"permission": "the API, and what runs beside it, has no permission of its own that nobody looked at",
	"plain-http": "HTTP is redirected where there is HTTPS, and nothing is to HTTP",
	"plain-secret": "no variable of a container is a secret",
	"ports": "only 80 and 443 are open to addresses",
	"prefix-list": "no list of addresses may connect that the plan does not show",
	"principal": "principals are the own account, named services and GitHub, and never everyone without a condition on account, organisation or ARN",
	"private-route": "private subnets have no route to the internet gateway",
	"privileged": "no container is privileged",
	"provider": "there are no providers but `hashicorp/aws` and Terraform's own",
	"provider-argument": "the provider has no arguments but those that this program writes",
	"provisioner": "nothing runs commands",
	"queue-encryption": "queues are encrypted",
	"redirect-host": "no redirect leads to another host",
	"refusal-lost": "no statement that denies is dropped",
	"replaced": "nothing is replaced that is not replaced by every deployment",
	"retention": "logs are kept for a number of days",
	"role": "only roles of the plan are used",
	"root": "no container asks for root",
	"route-target": "routes lead to the gateways of the plan only",
	"setting": "[the settings](../policy/settings.rego) that open or disable something are as they should be",
	"state-secret": "no secret is in the state",
	"subject": "GitHub's tokens are accepted for one repository and a branch or environment",
	"subscription": "alarms go to addresses of mail only",
	"tag": "everything has the three tags",
	"target-group": "requests are forwarded to target groups of the plan only",
	"tls-version": "TLS before 1.2 is not accepted",
	"type": "no resource is managed of a type that this program does not make",
	"unencrypted": "nothing loses its key",
	"unknown": "everything that a rule reads is known; what is not cannot be judged before it is applied",
	"weakened": "no alarm, log, limit, retention or protection is weakened",
	"web-acl": "no rule of the web ACL is dropped, only counts, or allows",
	"wildcard-action": "a role's policy allows no actions by a wildcard",
	"wildcard-resource": "a role's policy names its resources, where AWS lets it",
}

# cautions are the rules that a change may break on purpose.
cautions := {
	"anew", "condition-lost", "deleted", "import", "moved", "permission", "refusal-lost", "replaced",
	"unencrypted", "unknown", "weakened", "web-acl",
}

# Terraform Cloud puts the plan below `plan`; `terraform show -json` is the plan.
plan := object.get(input, "plan", input)

# changes are those of the managed resources, in child modules, too.
changes := [change |
	some change in plan.resource_changes
	change.mode == "managed"
]

# configured has what the configuration says of a resource: text, in which `${…}` stands
# for what is not known.
configured[resource.address] := object.get(resource, "expressions", {}) if {
	some resource in plan.configuration.root_module.resources
}

# planned are the attributes of each resource as they will be, by type and address. What
# is known after the apply only is as the configuration says it.
planned[change.type][change.address] := object.union(said(change), change.change.after) if {
	some change in changes
	change.change.after != null
}

said(change) := {attribute: constant |
	some attribute, true in change.change.after_unknown
	constant := configured[change.address][attribute].constant_value
}

# written is that as text.
written[kind][address] := json.marshal(resource) if some address, resource in planned[kind]

# updated has what exists, and stays, and changes: before and after.
updated := [{"type": change.type, "address": change.address, "before": change.change.before, "after": planned[change.type][change.address]} |
	some change in changes
	change.change.before != null
	change.change.after != null
	change.change.actions != ["no-op"]
]

# own are the ids of the account that the plan is for.
own contains resource.values.account_id if {
	some resource in plan.prior_state.values.root_module.resources
	resource.type == "aws_caller_identity"
}

is_own(account) if account in own

is_own(account) if regex.match(`^\$\{data\.aws_caller_identity\.\w+\.account_id\}$`, account)

# is_reference says that the text names another resource, whatever its value will be.
is_reference(value) if regex.match(`^\$\{(data\.)?aws_\w+\.\w+(\[\w+\])?\.\w+\}$`, value)

as_list(value) := value if is_array(value)

as_list(value) := [value] if not is_array(value)

filled(value) if not value in {null, "", false, 0}

# document decodes JSON, in which an expression may stand for a value.
document(value) := json.unmarshal(regex.replace(value, `":(\$\{[^"}]*\})`, `":"$1"`)) if is_string(value)

document(value) := value if not is_string(value)

# at are the values at a path of blocks, which Terraform shows as lists.
at(resource, [name]) := elements(object.get(resource, name, []))

at(resource, [outer, name]) := {value |
	some block in elements(object.get(resource, outer, []))
	some value in elements(block[name])
}

at(resource, [first, second, name]) := {value |
	some block in elements(object.get(resource, first, []))
	some inner in elements(block[second])
	some value in elements(inner[name])
}

elements(value) := {element | some element in value} if is_array(value)

elements(value) := {value} if not is_array(value)

# What a rule reads and neither the plan nor the configuration says in a way that can be
# read.
found contains {"rule": "unknown", "address": address, "what": sprintf("%s cannot be judged before it is applied", [attribute])} if {
	some kind, attribute in read_by_rules
	some address, resource in planned[kind]
	not document(resource[attribute])
}

read_by_rules := {
	"aws_ecs_task_definition": "container_definitions",
	"aws_iam_role": "assume_role_policy",
	"aws_iam_role_policy": "policy",
	"aws_kms_key": "policy",
	"aws_s3_bucket_policy": "policy",
	"aws_sns_topic_policy": "policy",
}
