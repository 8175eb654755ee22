package emulator

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// sqsRules are what SQS does, and what the policies of queues and buckets refuse.
var sqsRules = []Rule{
	{
		Name:   "policy-denies",
		Says:   "what the policy of a queue or of a bucket denies to everyone is refused to its owner, too: here the deletion",
		Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
		calls:  []string{"sqs:DeleteQueue", "s3:DeleteBucket", "s3:DeleteBucketPolicy"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if !m.denied(c) {
				return nil
			}
			return refusal(c, "AccessDenied", "User is not authorized to perform: "+c.Name()+" with an explicit deny in a resource-based policy")
		}},
	},
	{
		Name:   "queue-deleted-recently",
		Says:   "the name of a queue that was deleted can be taken again after 60 seconds, here after 10",
		Source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html",
		calls:  []string{"sqs:DeleteQueue", "sqs:CreateQueue"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			var request struct{ QueueUrl, QueueName string } //nolint:revive,staticcheck // AWS's names.
			c.decode(&request)
			if c.Action == "DeleteQueue" {
				m.queues.allowed.Delete(path.Base(request.QueueUrl))
				m.queues.deleted.Store(path.Base(request.QueueUrl), time.Now())
			} else if at, is := m.queues.deleted.Load(request.QueueName); is && time.Since(at.(time.Time)) < nameFreeAfter {
				return refusal(c, "QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
			}
			return nil
		}},
	},
	{
		Name:   "queue-attributes-take-time",
		Says:   "changed attributes of a queue are as they were for up to 60 seconds, here for 3",
		Source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
		calls:  []string{"sqs:SetQueueAttributes", "sqs:GetQueueAttributes"},
		step: repair{
			request: (*memory).noteAttributes,
			response: func(m *memory, c *Call, body []byte) []byte {
				before, changed := m.queues.before.Load(queueOf(c))
				if !changed || c.Action != "GetQueueAttributes" || time.Since(before.(attributesBefore).at) > attributesSeenAfter {
					return body
				}
				return mustJSON(map[string]any{"Attributes": before.(attributesBefore).attributes})
			},
		},
	},
	{
		Name:   "queue-limits",
		Says:   "a queue keeps messages for 60 seconds to 14 days, hides them for 12 hours at most, waits for them for 20 seconds at most, and lets them be received 1 to 1000 times",
		Source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
		calls:  []string{"sqs:CreateQueue", "sqs:SetQueueAttributes"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			values := queueAttributes(c)
			values["maxReceiveCount"] = redriveOf(values).MaxReceiveCount
			for name, limits := range queueLimits {
				if n, err := strconv.Atoi(values[name]); values[name] != "" && (err != nil || n < limits[0] || n > limits[1]) {
					return refusal(c, "InvalidAttributeValue", "Invalid value for the parameter "+name+".")
				}
			}
			return nil
		}},
	},
	{
		Name:   "dead-letters-allowed",
		Says:   "a queue of dead letters that names the queues that may use it is refused to others",
		Source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
		calls:  []string{"sqs:CreateQueue", "sqs:SetQueueAttributes"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			target := redriveOf(queueAttributes(c)).DeadLetterTargetArn
			name := target[strings.LastIndex(target, ":")+1:]
			allowed, _ := m.queues.allowed.Load(name)
			own := "arn:aws:sqs:" + c.Region + ":" + account + ":" + queueOf(c)
			if target == "" || !strings.Contains(fmt.Sprint(allowed), "byQueue") || strings.Contains(fmt.Sprint(allowed), `"`+own+`"`) {
				return nil
			}
			return refusal(c, "InvalidParameterValue", "Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not allow "+own+".")
		}},
	},
}

const (
	nameFreeAfter       = 10 * time.Second
	attributesSeenAfter = 3 * time.Second
)

// queueLimits are the ends of the numbers.
var queueLimits = map[string][2]int{
	"VisibilityTimeout": {0, 43200}, "MessageRetentionPeriod": {60, 1209600}, "ReceiveMessageWaitTimeSeconds": {0, 20},
	"DelaySeconds": {0, 900}, "maxReceiveCount": {1, 1000},
}

// attributesBefore are those of a queue before a change.
type attributesBefore struct {
	at         time.Time
	attributes map[string]string
}

// queueOf is the name of the queue that a call is about.
func queueOf(c *Call) string {
	var request struct{ QueueUrl, QueueName string } //nolint:revive,staticcheck // AWS's names.
	c.decode(&request)
	if request.QueueName != "" {
		return request.QueueName
	}
	return path.Base(request.QueueUrl)
}

// queueAttributes are those that a call sets.
func queueAttributes(c *Call) map[string]string {
	request := struct{ Attributes map[string]string }{map[string]string{}}
	c.decode(&request)
	return request.Attributes
}

// redrive is what a queue says of its dead letters.
type redrive struct {
	DeadLetterTargetArn string
	MaxReceiveCount     string
}

func redriveOf(attributes map[string]string) redrive {
	var policy map[string]any
	_ = json.Unmarshal([]byte(attributes["RedrivePolicy"]), &policy) // None is none.
	if policy == nil {
		return redrive{}
	}
	return redrive{fmt.Sprint(policy["deadLetterTargetArn"]), fmt.Sprint(policy["maxReceiveCount"])}
}

// attributesOf are those that moto knows of the queue of the name, or none.
func (m *memory) attributesOf(queue string) map[string]string {
	url := aws.ToString(m.account.BaseEndpoint) + "/" + account + "/" + queue
	out, err := sqs.NewFromConfig(m.account).GetQueueAttributes(background, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil
	}
	return out.Attributes
}

// noteAttributes remembers what a queue's attributes are before a change.
func (m *memory) noteAttributes(c *Call) []byte {
	if c.Action == "SetQueueAttributes" {
		m.queues.before.Store(queueOf(c), attributesBefore{time.Now(), m.attributesOf(queueOf(c))})
	}
	return c.Body
}

// denied says whether the policy of the queue or of the bucket denies the call to everyone.
func (m *memory) denied(c *Call) bool {
	text := ""
	if c.Service == "sqs" {
		text = m.attributesOf(queueOf(c))["Policy"]
	} else {
		bucket := c.labels["Bucket"]
		client := s3.NewFromConfig(m.account, func(o *s3.Options) { o.UsePathStyle = true })
		if policy, err := client.GetBucketPolicy(background, &s3.GetBucketPolicyInput{Bucket: &bucket}); err == nil {
			text = *policy.Policy
		}
	}
	var policy struct {
		Statement []struct {
			Effect    string
			Principal any
			Action    stringOrList
			Condition any
		}
	}
	_ = json.Unmarshal([]byte(text), &policy) // None is none.
	for _, s := range policy.Statement {
		if s.Effect == "Deny" && s.Principal == "*" && s.Condition == nil && s.Action.cover(c.Name()) {
			return true
		}
	}
	return false
}
