package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueue"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueueredriveallowpolicy"

	"flask-api/config"
)

const (
	// deadLetterDays is the longest that SQS keeps a message:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
	deadLetterDays = 14
	daySeconds     = 24 * 60 * 60
	// longPollSeconds is the longest that a call for messages waits for one. Calls that find
	// nothing cost as much as others.
	longPollSeconds = 20
)

// QueueProps configures a [Queue].
type QueueProps struct {
	Env Env
	// Settings give the name and the times.
	Settings config.Queue
	// Key encrypts the messages.
	Key *EncryptionKey
}

// Queue is a queue of SQS, with another one for the messages that nothing could be done with.
type Queue struct {
	// Queue is sent to and received from.
	Queue sqsqueue.SqsQueue
	// DeadLetters has what was received too often.
	DeadLetters sqsqueue.SqsQueue
	// Settings are the configuration's.
	Settings config.Queue
	// Name and DeadLettersName are the physical names.
	Name, DeadLettersName string

	env Env
	key *EncryptionKey
}

// ownID is the construct id of a part by the name of its own, such as queue_orders.
func ownID(kind, name string) string { return kind + "_" + strings.ReplaceAll(name, "-", "_") }

// NewQueue creates both queues, encrypted, and reached over TLS only. Where data is
// protected, neither is deleted: also not when the configuration has them no longer, which
// Terraform does not ask `prevent_destroy` about.
func NewQueue(scope constructs.Construct, id string, props QueueProps) *Queue {
	scope = constructs.NewConstruct(scope, &id)
	env, settings := props.Env, props.Settings
	q := &Queue{
		Settings: settings, env: env, key: props.Key,
		Name: env.Name(settings.Resource()), DeadLettersName: env.Name(settings.DeadLettersName()),
	}
	q.DeadLetters = q.newQueue(scope, "dead_letters", q.DeadLettersName, deadLetterDays, nil)
	q.Queue = q.newQueue(scope, "queue", q.Name, settings.RetentionDays, map[string]any{
		"deadLetterTargetArn": *q.DeadLetters.Arn(), "maxReceiveCount": settings.MaxReceives,
	})
	sqsqueueredriveallowpolicy.NewSqsQueueRedriveAllowPolicy(scope, jsii.String("redrive_allow_policy"), &sqsqueueredriveallowpolicy.SqsQueueRedriveAllowPolicyConfig{
		QueueUrl:           q.DeadLetters.Url(),
		RedriveAllowPolicy: jsii.String(mustJSON(map[string]any{"redrivePermission": "byQueue", "sourceQueueArns": []string{*q.Queue.Arn()}})),
	})
	return q
}

// newQueue creates one of the two. Its policy is an attribute of it, and names it as it is
// written, so that there is no time without.
func (q *Queue) newQueue(scope constructs.Construct, id, name string, retentionDays int, redrive any) sqsqueue.SqsQueue {
	queue := &sqsqueue.SqsQueueConfig{
		Name:                     &name,
		MessageRetentionSeconds:  jsii.Number(retentionDays * daySeconds),
		VisibilityTimeoutSeconds: jsii.Number(q.Settings.VisibilityTimeoutSeconds),
		ReceiveWaitTimeSeconds:   jsii.Number(longPollSeconds),
		Policy:                   q.policy(q.env.ARN("sqs", name)).text(),
		Lifecycle:                preventDestroyIf(q.env.Protected),
	}
	if redrive != nil {
		queue.RedrivePolicy = jsii.String(mustJSON(redrive))
	}
	return encrypted(scope, id, queue, q.key)
}

// encrypted creates the queue, whose messages the key encrypts, or one of SQS's own.
func encrypted(scope constructs.Construct, id string, queue *sqsqueue.SqsQueueConfig, key *EncryptionKey) sqsqueue.SqsQueue {
	if key.CustomerManaged() {
		queue.KmsMasterKeyId = key.ARN()
	} else {
		queue.SqsManagedSseEnabled = jsii.Bool(true)
	}
	return sqsqueue.NewSqsQueue(scope, &id, queue)
}

// policy refuses everything that does not come over TLS, and, where data is protected, the
// deletion.
func (q *Queue) policy(arn string) Policy {
	policy := Policy{refusePlainHTTP("sqs:*", arn)}
	if q.env.Protected {
		policy = append(policy, Statement{Sid: "RefuseTheDeletion", Effect: deny, Principal: "*", Action: "sqs:DeleteQueue", Resource: arn})
	}
	return policy
}

// URL is where the queue is.
func (q *Queue) URL() *string { return q.Queue.Url() }

// GrantSend lets the service's tasks send, and tells them where to.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
func (q *Queue) GrantSend(service *Service) {
	service.AddEnvironment(q.Settings.Variable(), *q.URL())
	service.Call("sqs")
	service.Grant(ownID("send_to_queue", q.Settings.Name), append([]Statement{
		{Sid: "SendMessages", Action: []string{"sqs:SendMessage"}, Resource: []string{*q.Queue.Arn()}},
	}, q.key.through("sqs", "kms:GenerateDataKey", "kms:Decrypt")...)...)
}

// GrantConsume lets the role receive messages, keep them from others while it works on them,
// and delete them.
func (q *Queue) GrantConsume(role *Role) {
	role.Grant(ownID("consume_queue", q.Settings.Name), append([]Statement{
		{
			Sid:      "ConsumeMessages",
			Action:   []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
			Resource: []string{*q.Queue.Arn()},
		},
	}, q.key.through("sqs", "kms:Decrypt")...)...)
}

// metric is one of the queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
func (q *Queue) metric(name string) metric {
	return metric{"AWS/SQS", name, []dimension{{"QueueName", *q.Queue.Name()}}}
}

// deadLetterMetric is one of the queue of dead letters.
func (q *Queue) deadLetterMetric(name string) metric {
	return metric{"AWS/SQS", name, []dimension{{"QueueName", *q.DeadLetters.Name()}}}
}

// visible is how many messages wait, and inFlight how many are worked on.
func (q *Queue) visible() metric  { return q.metric("ApproximateNumberOfMessagesVisible") }
func (q *Queue) inFlight() metric { return q.metric("ApproximateNumberOfMessagesNotVisible") }

// oldest is how many seconds the oldest message has waited.
func (q *Queue) oldest() metric { return q.metric("ApproximateAgeOfOldestMessage") }

// dead is how many dead letters there are.
func (q *Queue) dead() metric {
	return q.deadLetterMetric("ApproximateNumberOfMessagesVisible")
}

// addQueues creates the queues of the configuration, which the API sends to.
func (s *Stack) addQueues(cfg config.Config, key *EncryptionKey, service *Service) {
	for _, settings := range cfg.Queues {
		queue := NewQueue(s, ownID("queue", settings.Name), QueueProps{Env: s.Env, Settings: settings, Key: key})
		queue.GrantSend(service)
		s.Queues = append(s.Queues, queue)
	}
}
