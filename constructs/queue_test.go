package constructs_test

import (
	"fmt"
	"strings"

	"flask-api/config"
)

// arnOf is what an ARN of the account in the region begins with.
func arnOf(s stack, service string) string {
	return "arn:${data.aws_partition.partition.partition}:" + service + ":" + s.Config.Region + ":${data.aws_caller_identity.caller.account_id}:"
}

// plainHTTP is the statement that refuses it.
func plainHTTP(action string, resource any) attributes {
	return attributes{
		"Sid": "RefusePlainHTTP", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
		"Condition": attributes{"Bool": attributes{"aws:SecureTransport": "false"}},
	}
}

// underscored is a name as addresses have it.
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

// use is the statement by which a role uses the key by way of a service, if there is one.
func useOfKey(s stack, service string, actions ...any) []any {
	if !s.Config.Encryption.CustomerManagedKey {
		return nil
	}
	return []any{attributes{
		"Sid": "UseTheKey", "Effect": "Allow", "Action": actions, "Resource": []any{"${aws_kms_key.encryption_key.arn}"},
		"Condition": attributes{"StringEquals": attributes{"kms:ViaService": service + "." + s.Config.Region + ".amazonaws.com"}},
	}}
}

// variableOf is the value of a variable of the API's container.
func variableOf(s stack, name string) any {
	for _, v := range s.Container()["environment"].([]any) {
		if v := v.(attributes); v["name"] == name {
			return v["value"]
		}
	}
	return nil
}

// queueInvariants are about queue.go.
var queueInvariants = []invariant{
	{
		sentence: "each queue has one of dead letters, which no other one may use and which keeps them longer; both are encrypted, and reached over TLS only",
		controls: "CKV_AWS_27; FSBP SQS.1, SQS.3",
		violations: func(s stack) []string {
			var v violations
			ofJobs := min(len(s.Config.Jobs), 1)
			v.unless(len(s.Resources["aws_sqs_queue"]) == 2*len(s.Config.Queues)+ofJobs, "%d queues", len(s.Resources["aws_sqs_queue"]))
			for _, q := range s.Config.Queues {
				id := "queue_" + underscored(q.Name)
				for suffix, made := range map[string]string{"_queue": "queue-", "_dead_letters": "dead-letters-"} {
					name := s.Config.PhysicalName(made + q.Name)
					statements := []any{plainHTTP("sqs:*", arnOf(s, "sqs")+name)}
					if s.Config.Protected {
						statements = append(statements, attributes{"Sid": "RefuseTheDeletion", "Effect": "Deny", "Principal": "*", "Action": "sqs:DeleteQueue", "Resource": arnOf(s, "sqs") + name})
					}
					want := attributes{
						"name": name, "policy": attributes{"Version": "2012-10-17", "Statement": statements}, "receive_wait_time_seconds": 20.0,
						"visibility_timeout_seconds": float64(q.VisibilityTimeoutSeconds), "sqs_managed_sse_enabled": true, "kms_master_key_id": nil,
					}
					if s.Config.Encryption.CustomerManagedKey {
						want["sqs_managed_sse_enabled"], want["kms_master_key_id"] = nil, "${aws_kms_key.encryption_key.arn}"
					}
					v.wantAt(s, "aws_sqs_queue."+id+suffix, want)
				}
				v.wantAt(s, "aws_sqs_queue."+id+"_queue", attributes{
					"message_retention_seconds": float64(q.RetentionDays * 86400),
					"redrive_policy":            attributes{"deadLetterTargetArn": "${aws_sqs_queue." + id + "_dead_letters.arn}", "maxReceiveCount": float64(q.MaxReceives)},
				})
				v.wantAt(s, "aws_sqs_queue."+id+"_dead_letters", attributes{"message_retention_seconds": 14 * 86400.0, "redrive_policy": nil})
				v.wantAt(s, "aws_sqs_queue_redrive_allow_policy."+id+"_redrive_allow_policy", attributes{
					"queue_url":            "${aws_sqs_queue." + id + "_dead_letters.url}",
					"redrive_allow_policy": attributes{"redrivePermission": "byQueue", "sourceQueueArns": []any{"${aws_sqs_queue." + id + "_queue.arn}"}},
				})
			}
			return v
		},
		broken: func(s *stack) { s.Config.Queues = []config.Queue{{Name: "lost"}} },
	},
	{
		sentence: "the API may send to each queue, and nothing else with it, and knows its address",
		violations: func(s stack) []string {
			var v violations
			for _, q := range s.Config.Queues {
				id := underscored(q.Name)
				v.wantAt(s, "aws_iam_role_policy.task_role_send_to_queue_"+id, attributes{"policy": attributes{"Version": "2012-10-17", "Statement": append([]any{
					attributes{"Sid": "SendMessages", "Effect": "Allow", "Action": []any{"sqs:SendMessage"}, "Resource": []any{"${aws_sqs_queue.queue_" + id + "_queue.arn}"}},
				}, useOfKey(s, "sqs", "kms:GenerateDataKey", "kms:Decrypt")...)}})
				address := variableOf(s, "QUEUE_"+strings.ToUpper(id)+"_URL")
				v.unless(address == "${aws_sqs_queue.queue_"+id+"_queue.url}", "the address of %s is %v", q.Name, address)
			}
			_, endpoint := s.Resources["aws_vpc_endpoint"]["endpoints_sqs"]
			v.unless(endpoint == (s.Config.Network.InterfaceEndpoints && len(s.Config.Queues) > 0), "an endpoint of SQS: %v", endpoint)
			return v
		},
		broken: func(s *stack) { s.Config.Queues = []config.Queue{{Name: "lost"}} },
	},
	{
		sentence: "the API may do what Service.Permissions say, and nothing else of its own",
		violations: func(s stack) []string {
			var v violations
			var statements []any
			for i, p := range s.Config.Service.Permissions {
				statement := attributes{"Sid": fmt.Sprint("Permission", i+1), "Effect": "Allow", "Action": []any{}, "Resource": []any{}}
				for _, action := range p.Actions {
					statement["Action"] = append(statement["Action"].([]any), action)
				}
				for _, resource := range p.Resources {
					statement["Resource"] = append(statement["Resource"].([]any), resource)
				}
				statements = append(statements, statement)
			}
			if statements != nil {
				v.wantAt(s, "aws_iam_role_policy.task_role_permissions", attributes{"policy": attributes{"Version": "2012-10-17", "Statement": statements}})
				return v
			}
			v.unless(s.Resources["aws_iam_role_policy"]["task_role_permissions"] == nil, "there are permissions")
			return v
		},
		broken: func(s *stack) { s.Config.Service.Permissions = []config.Permission{{}} },
	},
}
