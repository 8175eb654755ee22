# What policies allow, and whom.
package flask_api

import rego.v1

# statements are those of all policies that are known, with where they are.
statements contains {"type": kind, "address": address, "statement": statement} if {
	some kind in object.keys(granted) | holds_policy
	some address, resource in planned[kind]
	some text in policies(resource)
	some statement in as_list(document(text).Statement)
}

# Some resources have a policy as an attribute, too, which AWS fills in.
holds_policy := {"aws_s3_bucket", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue"}

policies(resource) := {resource[attribute] | some attribute in ["policy", "assume_role_policy"]} |
	{inline.policy | some inline in resource.inline_policy}

allowing contains s if {
	some s in statements
	s.statement.Effect == "Allow"
}

of_role := {"aws_iam_role", "aws_iam_role_policy"}

found contains {"rule": "wildcard-action", "address": s.address, "what": sprintf("allows %s; name the actions", [action])} if {
	some s in allowing
	s.type in of_role
	some action in as_list(s.statement.Action)
	regex.match(`[*?]`, action)
}

# The key of an account is the account's own to share out, and nobody else's.
found contains {"rule": "wildcard-action", "address": p.s.address, "what": sprintf("allows %s to %s; name the actions", [action, p.id])} if {
	some p in principals
	p.kind != "AWS"
	some action in as_list(p.s.statement.Action)
	regex.match(`^(\w+:)?\*$`, action)
}

found contains {"rule": "action", "address": s.address, "what": sprintf("allows %s, which this program does not; `make golden` lists what it does", [action])} if {
	some s in allowing
	some action in as_list(s.statement.Action)
	not action in permitted(s.type)
	not is_wildcard(s.type, action)
	not is_permission(s, action)
}

# What Service.Permissions say is for whoever approves the plan to judge. The program refuses
# what is not exact there, and resources where AWS knows some.
is_permission(s, action) if {
	regex.match(`^(aws_iam_role\.(task|(worker|service)_\w+)_role|aws_iam_role_policy\.(task|(worker|service)_\w+)_role_permissions)$`, s.address)
	not action in permitted(s.type)
	not regex.match(`[*?]|^(account|iam|identitystore|organizations|sso|sso-directory):`, action)
}

found contains {"rule": "permission", "address": s.address, "what": sprintf("allows what runs %s on %v", [action, s.statement.Resource])} if {
	some s in allowing
	some change in changes
	change.address == s.address
	change.type == "aws_iam_role_policy"
	change.change.actions != ["no-op"]
	some action in as_list(s.statement.Action)
	is_permission(s, action)
}

is_wildcard(kind, action) if {
	kind in of_role
	regex.match(`[*?]`, action)
}

# A role shows its policies, which are resources of their own, too.
permitted(kind) := granted[kind] if kind != "aws_iam_role"

permitted(kind) := granted.aws_iam_role | granted.aws_iam_role_policy if kind == "aws_iam_role"

found contains {"rule": "negation", "address": s.address, "what": sprintf("allows all but what its %s names; name what it allows", [element])} if {
	some s in allowing
	some element in ["NotAction", "NotPrincipal", "NotResource"]
	s.statement[element]
}

found contains {"rule": "pass-role", "address": s.address, "what": "passes a role to any service; add a condition on iam:PassedToService"} if {
	some s in allowing
	"iam:PassRole" in as_list(s.statement.Action)
	not s.statement.Condition.StringEquals["iam:PassedToService"]
}

# AWS does not let these be narrowed to resources:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
unnarrowable := {
	"ecr:GetAuthorizationToken",
	"ecs:DescribeTaskDefinition",
	"ecs:ListServices", # A condition names the cluster, here and of tasks.
	"ecs:ListTasks", # But for those of one container instance.
	"logs:DescribeLogGroups",
	"ssmmessages:CreateControlChannel",
	"ssmmessages:CreateDataChannel",
	"ssmmessages:OpenControlChannel",
	"ssmmessages:OpenDataChannel",
	"xray:PutTraceSegments",
}

found contains {"rule": "wildcard-resource", "address": s.address, "what": sprintf("allows %s on %s; name the resources", [action, resource])} if {
	some s in allowing
	s.type in of_role
	some resource in as_list(s.statement.Resource)
	is_wide(resource)
	some action in as_list(s.statement.Action)
	not action in unnarrowable
	not is_permitted_everywhere(s, action, resource)
}

is_permitted_everywhere(s, action, "*") if is_permission(s, action)

# is_wide says that an ARN means everything of a kind, or other accounts.
is_wide("*")

is_wide(arn) if regex.match(`^arn:([^:]*:){0,3}[^:]*\*[^:]*:`, arn)

is_wide(arn) if {
	regex.match(`^arn:([^:]*:){4}([a-z-]+[:/])?\*$`, arn)
	not regex.match(`:s3:::[^*]`, arn) # Everything in a bucket.
}

# An attached policy is AWS's own, and one of those that this program attaches.
found contains {"rule": "attachment", "address": address, "what": sprintf("attaches %s; name the actions in a policy of its own", [arn])} if {
	some address, arn in attached[_]
	not regex.replace(arn, `^arn:[^:]*:iam::aws:policy/`, "") in attachments
}

attached contains {address: attachment.policy_arn} if some address, attachment in planned.aws_iam_role_policy_attachment

attached contains {address: arn} if {
	some address, role in planned.aws_iam_role
	some arn in role.managed_policy_arns
}

# principals are those of the statements that allow, one by one.
principals contains {"s": s, "kind": kind, "id": id} if {
	some s in allowing
	some kind, ids in principal(s.statement)
	some id in as_list(ids)
}

principal(statement) := statement.Principal if is_object(statement.Principal)

principal(statement) := {"AWS": statement.Principal} if is_string(statement.Principal)

found contains {"rule": "principal", "address": p.s.address, "what": sprintf("is open to %s; name the own account, a service that this program names, or a condition on account, organisation or ARN", [p.id])} if {
	some p in principals
	not is_known(p)
	not is_bounded(p.s.statement)
}

is_known(p) if {
	p.kind == "Service"
	regex.replace(p.id, `\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?$`, ".amazonaws.com") in services
}

is_known(p) if {
	p.kind == "AWS"
	is_own(regex.replace(p.id, `^arn:[^:]*:iam::([^:]*):.*$`, "$1"))
}

is_known(p) if {
	p.kind == "AWS"
	is_reference(p.id)
}

is_known(p) if {
	writes_logs(p.s.type, regex.replace(p.id, `^arn:[^:]*:iam::([^:]*):.*$`, "$1"))
}

# writes_logs says that it is an account of AWS, whose load balancers write access logs.
writes_logs(kind, account) if {
	kind in {"aws_s3_bucket", "aws_s3_bucket_policy"}
	account in log_delivery_accounts
}

is_known(p) if {
	p.kind == "Federated"
	regex.match(`^\$\{data\.aws_iam_openid_connect_provider\.\w+\.arn\}$|^arn:[^:]*:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com$`, p.id)
}

# is_bounded says that a condition keeps others out: of this account, of an
# organisation, or one ARN.
is_bounded(statement) if {
	some operator in ["StringEquals", "StringLike", "ArnEquals", "ArnLike"]
	some key, values in statement.Condition[operator]
	every value in as_list(values) {
		keeps_out(lower(key), value)
	}
}

keeps_out(key, value) if {
	key in {"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount"}
	is_own(value)
}

keeps_out(key, value) if {
	key in {"aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"}
	regex.match(`^o-[a-z0-9]+(/[^*]*)?$`, value)
}

keeps_out(key, value) if {
	key in {"aws:principalarn", "aws:sourcearn"}
	regex.match(`^arn:[^:*]+:[^:*]+:[^:*]*:[^:*]+:`, value)
}

keeps_out(key, value) if {
	key in {"aws:principalarn", "aws:sourcearn"}
	is_reference(value)
}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
found contains {"rule": "confused-deputy", "address": p.s.address, "what": sprintf("%s may assume it for any account; add a condition on aws:SourceAccount", [p.id])} if {
	some p in principals
	p.s.type == "aws_iam_role"
	p.kind == "Service"
	is_known(p)
	not is_bounded(p.s.statement)
}

# https://docs.github.com/en/actions/reference/security/oidc
found contains {"rule": "subject", "address": p.s.address, "what": "accepts tokens of any repository or branch; add StringEquals conditions on the audience, and on the subject without a wildcard"} if {
	some p in principals
	p.kind == "Federated"
	not names_subject(p.s.statement)
}

names_subject(statement) if {
	equals := statement.Condition.StringEquals
	as_list(equals["token.actions.githubusercontent.com:aud"]) == ["sts.amazonaws.com"]
	every subject in as_list(equals["token.actions.githubusercontent.com:sub"]) {
		regex.match(`^repo:[^:*]+/[^:*]+:[^*]+$`, subject)
	}
}

# effects are the statements of a resource's policies, before or after, of one effect.
effects(resource, effect) := [statement |
	some text in policies(resource)
	some statement in as_list(document(text).Statement)
	statement.Effect == effect
]

found contains {"rule": "refusal-lost", "address": u.address, "what": "denies less than before"} if {
	some u in updated
	u.type in object.keys(granted) | holds_policy
	count(effects(u.before, "Deny")) > count(effects(u.after, "Deny"))
}

found contains {"rule": "condition-lost", "address": u.address, "what": sprintf("allows %v on fewer conditions than before", [after.Action])} if {
	some u in updated
	u.type in object.keys(granted)
	some before in effects(u.before, "Allow")
	some after in effects(u.after, "Allow")
	object.remove(before, ["Condition"]) == object.remove(after, ["Condition"])
	count(conditions(before)) > count(conditions(after))
}

conditions(statement) := {[operator, key] | some operator, keys in statement.Condition; some key, _ in keys}
