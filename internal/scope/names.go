package scope

import (
	"slices"
	"strings"
)

// names are what each pattern of the documents means in one environment, whose suffix
// stands for @, and whose name for that of the documents. They are whole names, and not all that end in the suffix: to end in "-dev"
// is what those of an environment "my-dev" do, too. A ? is one character: a digit, or one
// of those that AWS adds.
//
// {queue}, {bucket}, {service} and {worker} stand for the name of each of those.
var names = map[string][]string{
	"arn:aws:cloudwatch::*:dashboard/flask-api-*":                     {"arn:aws:cloudwatch::*:dashboard/flask-api-@"},
	"arn:aws:ecr:*:*:repository/flask-api-*":                          {"arn:aws:ecr:*:*:repository/flask-api-ecr-@", "arn:aws:ecr:*:*:repository/flask-api-service-{service}-ecr-@"},
	"arn:aws:ecs:*:*:*/flask-api-*":                                   {"arn:aws:ecs:*:*:cluster/flask-api-cluster-@", "arn:aws:ecs:*:*:service/flask-api-cluster-@/*", "arn:aws:ecs:*:*:task/flask-api-cluster-@/*", "arn:aws:ecs:*:*:task-definition/flask-api-db-mask-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-db-roles-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-release-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-service-{service}-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-task-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-worker-{worker}-@:*"},
	"arn:aws:ecs:*:*:cluster/flask-api-*":                             {"arn:aws:ecs:*:*:cluster/flask-api-cluster-@"},
	"arn:aws:ecs:*:*:service/flask-api-*":                             {"arn:aws:ecs:*:*:service/flask-api-cluster-@/*"},
	"arn:aws:ecs:*:*:task-definition/flask-api-*":                     {"arn:aws:ecs:*:*:task-definition/flask-api-db-mask-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-db-roles-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-release-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-service-{service}-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-task-@:*", "arn:aws:ecs:*:*:task-definition/flask-api-worker-{worker}-@:*"},
	"arn:aws:ecs:*:*:cluster/flask-api-cluster-*":                     {"arn:aws:ecs:*:*:cluster/flask-api-cluster-@"},
	"arn:aws:ecs:*:*:service/flask-api-cluster-*/flask-api-service-*": {"arn:aws:ecs:*:*:service/flask-api-cluster-@/flask-api-service-@", "arn:aws:ecs:*:*:service/flask-api-cluster-@/flask-api-service-{service}-@"},
	"arn:aws:ecs:*:*:service/flask-api-cluster-*/flask-api-worker-*":  {"arn:aws:ecs:*:*:service/flask-api-cluster-@/flask-api-worker-{worker}-@"},
	"arn:aws:ecs:*:*:task-definition/flask-api-task-*":                {"arn:aws:ecs:*:*:task-definition/flask-api-task-@:*"},
	"arn:aws:ecs:*:*:task-definition/flask-api-toolbox-*":             {"arn:aws:ecs:*:*:task-definition/flask-api-toolbox-@:*"},
	"arn:aws:ecs:*:*:task/flask-api-*":                                {"arn:aws:ecs:*:*:task/flask-api-cluster-@/*"},
	"arn:aws:ecs:*:*:task/flask-api-cluster-*/*":                      {"arn:aws:ecs:*:*:task/flask-api-cluster-@/*"},
	"arn:aws:elasticloadbalancing:*:*:*/flask-api-*":                  {"arn:aws:elasticloadbalancing:*:*:*/flask-api-alb-@/*", "arn:aws:elasticloadbalancing:*:*:targetgroup/flask-api-svc-{service}-@/*", "arn:aws:elasticloadbalancing:*:*:targetgroup/flask-api-tg-@/*"},
	"arn:aws:elasticloadbalancing:*:*:listener*/app/flask-api-*":      {"arn:aws:elasticloadbalancing:*:*:listener*/app/flask-api-alb-@/*"},
	"arn:aws:elasticloadbalancing:*:*:loadbalancer/app/flask-api-*":   {"arn:aws:elasticloadbalancing:*:*:loadbalancer/app/flask-api-alb-@/*"},
	"arn:aws:iam::*:role/flask-api-*": {
		"arn:aws:iam::*:role/flask-api-deploy-role-@", "arn:aws:iam::*:role/flask-api-execution-role-@", "arn:aws:iam::*:role/flask-api-flow-logs-role-@",
		"arn:aws:iam::*:role/flask-api-rds-monitoring-role-@", "arn:aws:iam::*:role/flask-api-release-role-@", "arn:aws:iam::*:role/flask-api-task-role-@",
		"arn:aws:iam::*:role/flask-api-db-roles-execution-role-@", "arn:aws:iam::*:role/flask-api-release-execution-role-@",
		"arn:aws:iam::*:role/flask-api-service-{service}-execution-role-@", "arn:aws:iam::*:role/flask-api-service-{service}-role-@", "arn:aws:iam::*:role/flask-api-worker-{worker}-role-@",
		"arn:aws:iam::*:role/flask-api-jobs-role-@", "arn:aws:iam::*:role/flask-api-jobs-scheduler-role-@",
		"arn:aws:iam::*:role/flask-api-db-roles-execution-role-@", "arn:aws:iam::*:role/flask-api-release-execution-role-@", "arn:aws:iam::*:role/flask-api-db-mask-execution-role-@",
	},
	"arn:aws:iam::*:role/flask-api-service-*":                    {"arn:aws:iam::*:role/flask-api-service-{service}-execution-role-@", "arn:aws:iam::*:role/flask-api-service-{service}-role-@"},
	"arn:aws:iam::*:role/flask-api-worker-*":                     {"arn:aws:iam::*:role/flask-api-worker-{worker}-role-@"},
	"arn:aws:iam::*:role/flask-api-db-roles-execution-role-*":    {"arn:aws:iam::*:role/flask-api-db-roles-execution-role-@"},
	"arn:aws:iam::*:role/flask-api-release-execution-role-*":     {"arn:aws:iam::*:role/flask-api-release-execution-role-@"},
	"arn:aws:iam::*:role/flask-api-release-role-*":               {"arn:aws:iam::*:role/flask-api-release-role-@"},
	"arn:aws:lambda:*:*:function:flask-api-release-*":            {"arn:aws:lambda:*:*:function:flask-api-release-@"},
	"arn:aws:logs:*:*:log-group:/aws/lambda/flask-api-*":         {"arn:aws:logs:*:*:log-group:/aws/lambda/flask-api-release-@", "arn:aws:logs:*:*:log-group:/aws/lambda/flask-api-release-@:*"},
	"arn:aws:logs:*:*:log-group:/aws/lambda/flask-api-release-*": {"arn:aws:logs:*:*:log-group:/aws/lambda/flask-api-release-@", "arn:aws:logs:*:*:log-group:/aws/lambda/flask-api-release-@:*"},
	"arn:aws:iam::*:role/flask-api-execution-role-*":             {"arn:aws:iam::*:role/flask-api-execution-role-@"},
	"arn:aws:iam::*:role/flask-api-flow-logs-role-*":             {"arn:aws:iam::*:role/flask-api-flow-logs-role-@"},
	"arn:aws:iam::*:role/flask-api-rds-monitoring-role-*":        {"arn:aws:iam::*:role/flask-api-rds-monitoring-role-@"},
	"arn:aws:iam::*:role/flask-api-task-role-*":                  {"arn:aws:iam::*:role/flask-api-task-role-@"},
	"arn:aws:elasticache:*:*:*:flask-api-*": {
		"arn:aws:elasticache:*:*:cluster:flask-api-cache-@-???", "arn:aws:elasticache:*:*:parametergroup:flask-api-cache-valkey?-@",
		"arn:aws:elasticache:*:*:replicationgroup:flask-api-cache-@", "arn:aws:elasticache:*:*:subnetgroup:flask-api-cache-@",
		"arn:aws:elasticache:*:*:user:flask-api-cache-api-@", "arn:aws:elasticache:*:*:usergroup:flask-api-cache-@",
		"arn:aws:elasticache:*:*:snapshot:flask-api-cache-final-@-????????-????-????-????-????????????",
	},
	"arn:aws:elasticache:*:*:replicationgroup:flask-api-*":         {"arn:aws:elasticache:*:*:replicationgroup:flask-api-cache-@"},
	"arn:aws:elasticache:*:*:user:flask-api-*":                     {"arn:aws:elasticache:*:*:user:flask-api-cache-api-@"},
	"arn:aws:iam::*:role/flask-api-jobs-role-*":                    {"arn:aws:iam::*:role/flask-api-jobs-role-@"},
	"arn:aws:iam::*:role/flask-api-jobs-scheduler-role-*":          {"arn:aws:iam::*:role/flask-api-jobs-scheduler-role-@"},
	"arn:aws:scheduler:*:*:schedule/default/flask-api-job-*":       {"arn:aws:scheduler:*:*:schedule/default/flask-api-job-*-@"},
	"arn:aws:sqs:*:*:flask-api-jobs-dead-letters-*":                {"arn:aws:sqs:*:*:flask-api-jobs-dead-letters-@"},
	"arn:aws:states:*:*:execution:flask-api-job-*":                 {"arn:aws:states:*:*:execution:flask-api-job-*-@:*"},
	"arn:aws:states:*:*:stateMachine:flask-api-job-*":              {"arn:aws:states:*:*:stateMachine:flask-api-job-*-@"},
	"arn:aws:iam::*:role/flask-api-db-mask-execution-role-*":       {"arn:aws:iam::*:role/flask-api-db-mask-execution-role-@"},
	"arn:aws:kms:*:*:alias/flask-api-*":                            {"arn:aws:kms:*:*:alias/flask-api-@", "arn:aws:kms:*:*:alias/flask-api-alarms-key-@"},
	"arn:aws:logs:*:*:log-group:/aws/alb/flask-api-*":              {"arn:aws:logs:*:*:log-group:/aws/alb/flask-api-@", "arn:aws:logs:*:*:log-group:/aws/alb/flask-api-@:*"},
	"arn:aws:logs:*:*:log-group:/aws/rds/cluster/flask-api-*":      {"arn:aws:logs:*:*:log-group:/aws/rds/cluster/flask-api-aurora-@/*"},
	"arn:aws:logs:*:*:log-group:/aws/vpc/flask-api-*":              {"arn:aws:logs:*:*:log-group:/aws/vpc/flask-api-@", "arn:aws:logs:*:*:log-group:/aws/vpc/flask-api-@:*"},
	"arn:aws:logs:*:*:log-group:/ecs/flask-api-*":                  {"arn:aws:logs:*:*:log-group:/ecs/flask-api-@", "arn:aws:logs:*:*:log-group:/ecs/flask-api-@:*"},
	"arn:aws:logs:*:*:log-group:/ecs/exec/flask-api-*":             {"arn:aws:logs:*:*:log-group:/ecs/exec/flask-api-@", "arn:aws:logs:*:*:log-group:/ecs/exec/flask-api-@:*"},
	"arn:aws:logs:*:*:log-group:aws-waf-logs-flask-api-*":          {"arn:aws:logs:*:*:log-group:aws-waf-logs-flask-api-@", "arn:aws:logs:*:*:log-group:aws-waf-logs-flask-api-@:*"},
	"arn:aws:rds:*:*:*:flask-api-*":                                append([]string{"arn:aws:rds:*:*:cluster:flask-api-aurora-@", "arn:aws:rds:*:*:cluster-pg:flask-api-aurora-pg-@", "arn:aws:rds:*:*:cluster-snapshot:flask-api-aurora-final-@-????????-????-????-????-????????????", "arn:aws:rds:*:*:pg:flask-api-aurora-instance-pg??-@", "arn:aws:rds:*:*:subgrp:flask-api-db-subnet-group-@"}, instances...),
	"arn:aws:rds:*:*:db:flask-api-*":                               instances,
	"arn:aws:rds:*:*:db:flask-api-aurora-*":                        upgraded(instances...),
	"arn:aws:rds:*:*:cluster:flask-api-aurora-*":                   upgraded("arn:aws:rds:*:*:cluster:flask-api-aurora-@"),
	"arn:aws:rds:*:*:cluster-endpoint:flask-api-aurora-*":          {"arn:aws:rds:*:*:cluster-endpoint:flask-api-aurora-@-green-??????"},
	"arn:aws:rds:*:*:cluster-pg:flask-api-aurora-*":                {"arn:aws:rds:*:*:cluster-pg:flask-api-aurora-pg-@", "arn:aws:rds:*:*:cluster-pg:flask-api-aurora-upgrade-pg-@"},
	"arn:aws:rds:*:*:cluster-pg:flask-api-aurora-pg-*":             {"arn:aws:rds:*:*:cluster-pg:flask-api-aurora-pg-@"},
	"arn:aws:rds:*:*:cluster-pg:flask-api-aurora-upgrade-pg-*":     {"arn:aws:rds:*:*:cluster-pg:flask-api-aurora-upgrade-pg-@"},
	"arn:aws:rds:*:*:cluster-snapshot:flask-api-aurora-final-*":    {"arn:aws:rds:*:*:cluster-snapshot:flask-api-aurora-final-@-??"},
	"arn:aws:rds:*:*:subgrp:flask-api-db-subnet-group-*":           {"arn:aws:rds:*:*:subgrp:flask-api-db-subnet-group-@"},
	"arn:aws:s3:::flask-api-alb-logs-*":                            {"arn:aws:s3:::flask-api-alb-logs-@-????????????"},
	"arn:aws:s3:::flask-api-bucket-*":                              {"arn:aws:s3:::flask-api-bucket-{bucket}-@-????????????"},
	"arn:aws:s3:::flask-api-bucket-*/*":                            {"arn:aws:s3:::flask-api-bucket-{bucket}-@-????????????/*"},
	"arn:aws:sqs:*:*:flask-api-dead-letters-*":                     {"arn:aws:sqs:*:*:flask-api-dead-letters-{queue}-@"},
	"arn:aws:sqs:*:*:flask-api-queue-*":                            {"arn:aws:sqs:*:*:flask-api-queue-{queue}-@"},
	"arn:aws:s3:::flask-api-variables-*":                           {"arn:aws:s3:::flask-api-variables-@"},
	"arn:aws:s3:::flask-api-variables-*/*":                         {"arn:aws:s3:::flask-api-variables-@/*"},
	"arn:aws:s3:::flask-api-alb-logs-*/*":                          {"arn:aws:s3:::flask-api-alb-logs-@-????????????/*"},
	"arn:aws:secretsmanager:*:*:secret:flask-api-*":                slices.Concat(secret("app"), secret("credentials"), secret("migrator")),
	"arn:aws:secretsmanager:*:*:secret:flask-api-db-app-*":         secret("app"),
	"arn:aws:secretsmanager:*:*:secret:flask-api-db-credentials-*": secret("credentials"),
	"arn:aws:secretsmanager:*:*:secret:flask-api-db-migrator-*":    secret("migrator"),
	"arn:aws:sns:*:*:flask-api-alarms-*":                           {"arn:aws:sns:*:*:flask-api-alarms-@"},
	"arn:aws:ssm:*:*:parameter/flask-api-*":                        {"arn:aws:ssm:*:*:parameter/flask-api-@/*"},
	"arn:aws:wafv2:*:*:regional/webacl/flask-api-*":                {"arn:aws:wafv2:*:*:regional/webacl/flask-api-web-acl-@/*"},
	// The sixteen names of alarms would not fit. Alarms themselves are made and deleted
	// whatever they are called, since autoscaling chooses names.
	"arn:aws:cloudwatch:*:*:alarm:flask-api-*": {"arn:aws:cloudwatch:*:*:alarm:flask-api-*-@"},
}

var instances = []string{"arn:aws:rds:*:*:db:flask-api-aurora-reader-?-@", "arn:aws:rds:*:*:db:flask-api-aurora-reader-1?-@", "arn:aws:rds:*:*:db:flask-api-aurora-writer-@"}

// upgraded are the names, those that AWS gives a copy before a switchover, and those that it
// leaves to what ran before.
func upgraded(arns ...string) (all []string) {
	for _, arn := range arns {
		all = append(all, arn, arn+"-green-??????", arn+"-old?")
	}
	return all
}

// secret has six characters in its ARN that AWS adds, but for the call that creates it.
func secret(of string) []string {
	arn := "arn:aws:secretsmanager:*:*:secret:flask-api-db-" + of + "-@"
	return []string{arn, arn + "-??????"}
}

// tagged are the values of the tag Name, by the resource.
var tagged = map[string][]string{
	"arn:aws:ec2:*:*:elastic-ip/*":       {"flask-api-nat-eip-?-@"},
	"arn:aws:ec2:*:*:internet-gateway/*": {"flask-api-igw-@"},
	"arn:aws:ec2:*:*:natgateway/*":       {"flask-api-nat-?-@"},
	"arn:aws:ec2:*:*:route-table/*":      {"flask-api-private-rt-?-@", "flask-api-public-rt-@"},
	"arn:aws:ec2:*:*:security-group/*":   {"flask-api-alb-sg-@", "flask-api-cache-sg-@", "flask-api-ecs-sg-@", "flask-api-endpoints-sg-@", "flask-api-rds-sg-@", "flask-api-service-{service}-sg-@"},
	"arn:aws:ec2:*:*:subnet/*":           {"flask-api-private-subnet-?-@", "flask-api-public-subnet-?-@"},
	"arn:aws:ec2:*:*:vpc/*":              {"flask-api-vpc-@"},
	"arn:aws:ec2:*:*:vpc-endpoint/*": {
		"flask-api-ecr-api-endpoint-@", "flask-api-ecr-dkr-endpoint-@", "flask-api-kms-endpoint-@", "flask-api-logs-endpoint-@", "flask-api-s3-endpoint-@",
		"flask-api-secretsmanager-endpoint-@", "flask-api-sqs-endpoint-@", "flask-api-ssm-endpoint-@", "flask-api-ssmmessages-endpoint-@",
	},
	"arn:aws:ec2:*:*:vpc-flow-log/*": {"flask-api-flow-logs-@"},
	"arn:aws:kms:*:*:key/*":          {"flask-api-alarms-key-@", "flask-api-key-@"},
}

// tags are the values for the statement: those of its resources, or of all of its service.
func (s Statement) tags() []string {
	var out []string
	service, _, _ := strings.Cut(s.Action[0], ":")
	for resource, values := range tagged {
		if list := listed(s.Resource); slices.Contains(list, resource) || slices.Contains(list, "*") && strings.HasPrefix(resource, "arn:aws:"+service+":") {
			out = append(out, values...)
		}
	}
	return out
}
