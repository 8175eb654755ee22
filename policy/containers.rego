# What runs in the tasks, and as whom.
package flask_api

import rego.v1

containers contains {"address": address, "container": container} if {
	some address, task in planned.aws_ecs_task_definition
	some container in document(task.container_definitions)
}

found contains {"rule": "privileged", "address": c.address, "what": sprintf("the container %s is privileged", [c.container.name])} if {
	some c in containers
	c.container.privileged
}

found contains {"rule": "root", "address": c.address, "what": sprintf("the container %s runs as root", [c.container.name])} if {
	some c in containers
	regex.match(`^(root|0)(:|$)`, c.container.user)
}

# ECS Exec needs none; Fargate knows no other than SYS_PTRACE.
found contains {"rule": "capability", "address": c.address, "what": sprintf("the container %s gets the capability %s", [c.container.name, capability])} if {
	some c in containers
	some capability in c.container.linuxParameters.capabilities.add
	capability != "SYS_PTRACE"
}

found contains {"rule": "image", "address": c.address, "what": sprintf("the container %s runs %s; images come from the own account's ECR", [c.container.name, c.container.image])} if {
	some c in containers
	not is_trusted(c.container.image)
	not contains(c.container.image, "${")
}

found contains {"rule": "unknown", "address": c.address, "what": sprintf("the image of %s cannot be judged before it is applied", [c.container.name])} if {
	some c in containers
	not is_trusted(c.container.image)
	contains(c.container.image, "${")
}

is_trusted(image) if image in images

is_trusted(image) if regex.match(`^\$\{aws_ecr_repository\.\w+\.repository_url\}[:@]`, image)

is_trusted(image) if is_own(regex.find_all_string_submatch_n(`^(\d{12})\.dkr\.ecr\.`, image, 1)[0][1])

# The roles that something takes on: one of the plan, and none that was there before.
takes_on := {
	"aws_ecs_task_definition": ["execution_role_arn", "task_role_arn"],
	"aws_flow_log": ["iam_role_arn"],
	"aws_lambda_function": ["role"],
	"aws_rds_cluster_instance": ["monitoring_role_arn"],
}

found contains {"rule": "role", "address": address, "what": sprintf("%s is %s, which is no role of this plan", [attribute, resource[attribute]])} if {
	some kind, attributes in takes_on
	some address, resource in planned[kind]
	some attribute in attributes
	filled(resource[attribute])
	not is_reference(resource[attribute])
	not resource[attribute] in {role.arn | some role in planned.aws_iam_role}
	object.get(resource, "monitoring_interval", 1) != 0 # The ARN stays behind when it is turned off.
}

found contains {"rule": "weakened", "address": u.address, "what": sprintf("the container %s loses its %s", [before.name, attribute])} if {
	some u in updated
	u.type == "aws_ecs_task_definition"
	some before in document(u.before.container_definitions)
	some after in document(u.after.container_definitions)
	before.name == after.name
	some attribute in ["healthCheck", "logConfiguration", "readonlyRootFilesystem"]
	filled(before[attribute])
	not filled(object.get(after, attribute, null))
}
