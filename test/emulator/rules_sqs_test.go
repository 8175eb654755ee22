package emulator

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const sqsJSON = "application/x-amz-json-1.0"

// fakeQueues is a moto whose every queue has these attributes.
func fakeQueues(attributes map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", sqsJSON)
		_, _ = w.Write(mustJSON(map[string]any{"Attributes": attributes}))
	}
}

const deniesDeletion = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
	`{"Effect":"Deny","Principal":"*","Action":["sqs:DeleteQueue","s3:DeleteBucketPolicy"]}]}`

func TestRulePoliciesDeny(t *testing.T) {
	const deletion = `{"QueueUrl":"http://localhost/123456789012/orders"}`
	p := newTestProxy(t, fakeQueues(map[string]string{"Policy": deniesDeletion}))
	assert.Contains(t, sendRefused(t, p, "sqs", "AmazonSQS.DeleteQueue", sqsJSON, deletion), "explicit deny")
	p = newTestProxy(t, fakeQueues(map[string]string{"Policy": strings.ReplaceAll(deniesDeletion, "DeleteQueue", "SendMessage")}))
	send(t, p, "sqs", "AmazonSQS.DeleteQueue", sqsJSON, deletion)

	p = newTestProxy(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, deniesDeletion) })
	assert.Contains(t, refusedRequest(t, signed("s3", http.MethodDelete, p.URL+"/uploads?policy", "", "", "")), "explicit deny")
}

func TestRuleNamesOfQueuesAreFreeLater(t *testing.T) {
	p := newTestProxy(t, fakeQueues(nil))
	const creation = `{"QueueName":"orders"}`
	send(t, p, "sqs", "AmazonSQS.CreateQueue", sqsJSON, creation)
	send(t, p, "sqs", "AmazonSQS.DeleteQueue", sqsJSON, `{"QueueUrl":"http://localhost/123456789012/orders"}`)
	assert.Contains(t, sendRefused(t, p, "sqs", "AmazonSQS.CreateQueue", sqsJSON, creation), "QueueDeletedRecently")
	p.memory.queues.deleted.Store("orders", time.Now().Add(-nameFreeAfter))
	send(t, p, "sqs", "AmazonSQS.CreateQueue", sqsJSON, creation)
}

func TestRuleAttributesOfQueuesTakeTime(t *testing.T) {
	attributes := map[string]string{"VisibilityTimeout": "30"}
	p := newTestProxy(t, fakeQueues(attributes))
	const queue = `{"QueueUrl":"http://localhost/123456789012/orders"`
	send(t, p, "sqs", "AmazonSQS.SetQueueAttributes", sqsJSON, queue+`,"Attributes":{"VisibilityTimeout":"60"}}`)
	attributes["VisibilityTimeout"] = "60"
	ask := func() string { return send(t, p, "sqs", "AmazonSQS.GetQueueAttributes", sqsJSON, queue+`}`) }
	assert.Contains(t, ask(), `"30"`)
	p.memory.queues.before.Store("orders", attributesBefore{at: time.Now().Add(-2 * attributesSeenAfter)})
	assert.Contains(t, ask(), `"60"`)
}

func TestRuleLimitsOfQueues(t *testing.T) {
	p := newTestProxy(t, fakeQueues(nil))
	request := func(name, value string) string {
		return fmt.Sprintf(`{"QueueName":"orders","Attributes":{%q:%q}}`, name, value)
	}
	for name, values := range map[string][2]string{
		"VisibilityTimeout": {"43200", "43201"}, "MessageRetentionPeriod": {"60", "59"}, "ReceiveMessageWaitTimeSeconds": {"20", "x"},
		"RedrivePolicy": {`{"deadLetterTargetArn":"arn:aws:sqs:eu-south-1:123456789012:dead","maxReceiveCount":1000}`, `{"maxReceiveCount":"0"}`},
	} {
		send(t, p, "sqs", "AmazonSQS.CreateQueue", sqsJSON, request(name, values[0]))
		assert.Contains(t, sendRefused(t, p, "sqs", "AmazonSQS.CreateQueue", sqsJSON, request(name, values[1])), "InvalidAttributeValue", name)
	}
}

// TestQueuesKeepWhatMotoForgets changes a queue, and asks for what moto refuses.
func TestQueuesKeepWhatMotoForgets(t *testing.T) {
	var asked []string
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Header.Get("X-Amz-Target")+" "+string(body))
		_, _ = io.WriteString(w, `{"Attributes":{"Policy":"as it was","KmsMasterKeyId":"k","SqsManagedSseEnabled":"true"}}`)
	})
	p.memory.rules = nil
	const queue = `{"QueueUrl":"http://localhost/123456789012/dead"`
	send(t, p, "sqs", "AmazonSQS.SetQueueAttributes", sqsJSON, queue+`,"Attributes":{"RedriveAllowPolicy":"{}","DelaySeconds":"1"}}`)
	assert.Contains(t, asked[len(asked)-1], `"Attributes":{"DelaySeconds":"1","Policy":"as it was"}`)
	answer := send(t, p, "sqs", "AmazonSQS.GetQueueAttributes", sqsJSON, queue+`,"AttributeNames":["RedriveAllowPolicy"]}`)
	assert.Contains(t, asked[len(asked)-1], `"AttributeNames":["QueueArn"]`)
	assert.JSONEq(t, `{"Attributes":{"Policy":"as it was","KmsMasterKeyId":"k","SqsManagedSseEnabled":"false","RedriveAllowPolicy":"{}"}}`, answer)
	send(t, p, "sqs", "AmazonSQS.GetQueueAttributes", sqsJSON, queue+`,"AttributeNames":["All"]}`)
	assert.Contains(t, asked[len(asked)-1], `["All"]`)
	send(t, p, "sqs", "AmazonSQS.SetQueueAttributes", sqsJSON, queue+`}`)
}

func TestRuleDeadLettersAreAllowed(t *testing.T) {
	p := newTestProxy(t, fakeQueues(nil))
	send(t, p, "sqs", "AmazonSQS.SetQueueAttributes", sqsJSON, `{"QueueUrl":"http://localhost/123456789012/dead","Attributes":{"RedriveAllowPolicy":`+
		`"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:aws:sqs:eu-south-1:123456789012:orders\"]}"}}`)
	request := func(name string) string {
		return `{"QueueUrl":"http://localhost/123456789012/` + name + `","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-south-1:123456789012:dead\",\"maxReceiveCount\":3}"}}`
	}
	send(t, p, "sqs", "AmazonSQS.SetQueueAttributes", sqsJSON, request("orders"))
	assert.Contains(t, sendRefused(t, p, "sqs", "AmazonSQS.SetQueueAttributes", sqsJSON, request("mail")), "does not allow")
}
