package emulator

import (
	"bytes"
	"encoding/json"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// repair supplies one thing that moto lacks. Each of its steps is optional.
type repair struct {
	// refuse returns the error that AWS answers the call with, or nil for a call that it
	// takes.
	refuse func(m *memory, c *Call) *fault
	// request changes the call before it is forwarded, and returns its body.
	request func(m *memory, c *Call) []byte
	// answer answers the call in place of moto, unless the body is nil.
	answer func(m *memory, c *Call) (contentType string, body []byte)
	// response changes moto's successful answer.
	response func(m *memory, c *Call, body []byte) []byte
}

// memory is what moto forgets or never knew. All proxies of an emulator share
// it, as they share moto.
type memory struct {
	account        aws.Config // of moto, without a proxy
	bucketPolicies sync.Map   // when a bucket's policy was put, by the bucket's name
	rules          map[string][]Rule
	models         models // of the API; unit tests have none
	mu             sync.Mutex
	engineVersions []string
	tags           map[string]map[string]string // by ARN of the scalable target
	services       map[string]map[string]any    // by ARN of the ECS service
	descriptions   map[string]string            // by id of the security group rule
	instances      map[string]map[string]string // what watches a database instance, by its identifier
	brokenTag      string
	brokenFamilies map[string]bool       // those whose new revisions are broken, whatever they run
	wantsNone      map[string]bool       // services that were last updated while they wanted no task
	broken         map[string]bool       // ARNs of task definitions whose tasks never become healthy
	deployments    map[string]deployment // those under way that will fail, by name of the service
	tasks          map[string][]Task     // by name of the service
	ended          map[string][]Task     // of late, by name of the service
	served         map[string]service    // those that have tasks, by name
	rollouts       map[string]int        // how often a deployment is seen before it is completed, by name of the service
	scheduler      sync.Mutex            // One starts and ends tasks at a time, and counts them.
	placed         int
	passwords      map[string]Password // by identifier of the cluster
	rds            rdsMemory
	queues         struct{ deleted, before, allowed sync.Map } // when, and what, by name of the queue
	network        network
	caches         *caches
	operate        operateMemory
	python         string                 // moto's, which functions run with
	functions      map[string][]byte      // archives of functions, by name
	server         atomic.Pointer[Server] // that runs tasks, or nil
}

func newMemory(region string, moto *url.URL) *memory {
	m := &memory{
		account:        configOf(region, moto),
		rules:          activeRules(),
		engineVersions: DefaultEngineVersions,
		tags:           map[string]map[string]string{},
		services:       map[string]map[string]any{},
		descriptions:   map[string]string{},
		instances:      map[string]map[string]string{},
		brokenFamilies: map[string]bool{},
		wantsNone:      map[string]bool{},
		broken:         map[string]bool{},
		deployments:    map[string]deployment{},
		tasks:          map[string][]Task{},
		ended:          map[string][]Task{},
		served:         map[string]service{},
		rollouts:       map[string]int{},
		passwords:      map[string]Password{},
		rds:            newRDSMemory(),
		functions:      map[string][]byte{},
	}
	m.caches = newCaches(m.vpcOf)
	return m
}

// repairs are what the proxy changes, by the name of the call.
var repairs = map[string]repair{
	// moto has no tags on scalable targets and answers 404, from which the provider
	// concludes that the target is not visible yet, and retries for minutes.
	"application-autoscaling:RegisterScalableTarget": {response: (*memory).storeInitialTags},
	"application-autoscaling:ListTagsForResource":    {answer: (*memory).listTags},
	"application-autoscaling:TagResource":            {answer: (*memory).tagResource},
	"application-autoscaling:UntagResource":          {answer: (*memory).untagResource},

	// moto knows no Aurora engine versions, and few classes, of long ago.
	"rds:DescribeDBEngineVersions":           {answer: (*memory).describeEngineVersions},
	"rds:DescribeOrderableDBInstanceOptions": {answer: (*memory).describeOrderable},

	// moto cannot take a parameter back; the provider does when one is no longer written. It
	// also does not say that somebody has set those of instances, without which the provider
	// sees none.
	"rds:CreateDBClusterParameterGroup": {request: (*memory).forgetParameters},
	"rds:ResetDBClusterParameterGroup":  {answer: (*memory).resetParameters},
	"rds:ModifyDBClusterParameterGroup": {request: (*memory).setParameters},
	"rds:DescribeDBClusterParameters":   {response: (*memory).withoutResetParameters},
	"rds:ResetDBParameterGroup":         {answer: (*memory).resetParameters},
	"rds:ModifyDBParameterGroup":        {request: (*memory).setParameters},
	"rds:DescribeDBParameters":          {response: (*memory).setByUser},

	// moto refuses this filter; all the zones that it has need no opt-in.
	"ec2:DescribeAvailabilityZones": {request: withoutOptInStatus},

	// moto forgets the description of a rule that names another security group or a prefix
	// list, which the next plan would set again.
	"ec2:AuthorizeSecurityGroupIngress": {response: (*memory).rememberDescription},
	"ec2:AuthorizeSecurityGroupEgress":  {response: (*memory).rememberDescription},
	"ec2:DescribeSecurityGroupRules":    {response: (*memory).addDescriptions},

	// moto looks for the log group of a flow log by its name only, and not by its ARN, and
	// says that nothing is delivered.
	"ec2:DescribeFlowLogs": {response: (*memory).deliverFlowLogs},

	// moto gives no route to a route table that a gateway endpoint gets later.
	"ec2:DeleteVpcEndpoints": {request: (*memory).forgetRouteTables},

	// moto refuses a record that was deleted and is created again.
	"route53:ChangeResourceRecordSets": {request: (*memory).createRecordAgain},

	// moto calls every execution that its caller does not name None.
	"states:StartExecution": {request: (*memory).nameExecution},
	// moto does not know these calls. It looks at a definition when it gets it, and no state
	// machine here has a version.
	"states:ListStateMachineVersions":       {answer: always(`{"stateMachineVersions":[]}`)},
	"states:ValidateStateMachineDefinition": {answer: always(`{"result":"OK","diagnostics":[]}`)},

	// moto does not know this call; in the emulated account every region is enabled.
	"account:GetRegionOptStatus": {answer: regionEnabled},

	// moto leaves out the scheme that a load balancer has unless another is asked for.
	"elasticloadbalancing:DescribeLoadBalancers": {response: addDefaultScheme},

	// moto forgets some fields of a service, which the next plan would set again.
	// It also runs no tasks, so that no deployment of it would ever fail.
	"ecs:RegisterTaskDefinition": {response: (*memory).rememberBroken},
	"ecs:CreateService":          {response: (*memory).rememberService},
	"ecs:UpdateService":          {request: (*memory).startDeployment, response: (*memory).rememberService},
	"ecs:DescribeServices":       {response: (*memory).completeServices},

	// moto knows no deployments but the last one.
	"ecs:ListServiceDeployments":   {answer: (*memory).listDeployments},
	"ecs:DescribeServiceRevisions": {answer: (*memory).describeRevisions},

	// moto takes what says nothing for no change.
	"ecr:PutImageScanningConfiguration": {request: scanningOff},

	// moto drops the policy of a queue that is changed, and does not know who may use it for
	// dead letters.
	"sqs:SetQueueAttributes": {request: (*memory).keepAttributes},
	"sqs:GetQueueAttributes": {request: withoutAllowed, response: (*memory).completeQueue},

	// moto forgets what watches an instance, which the next plan would set again.
	"rds:CreateDBInstance":    {response: (*memory).rememberInstance},
	"rds:ModifyDBInstance":    {response: (*memory).rememberInstance},
	"rds:DescribeDBInstances": {response: (*memory).completeInstances},

	// moto writes this element, empty, for clusters that are not serverless;
	// the provider reads a block that the next plan would remove. It forgets what
	// watches the instances of a cluster, and which log is exported after a change.
	"rds:CreateDBCluster":               {response: (*memory).rememberCluster},
	"rds:ModifyDBCluster":               {response: (*memory).rememberCluster},
	"rds:RestoreDBClusterFromSnapshot":  {response: (*memory).rememberCluster},
	"rds:RestoreDBClusterToPointInTime": {response: (*memory).rememberCluster},
	"rds:DescribeDBClusters":            {response: (*memory).completeClusters},

	// moto copies a cluster without its subnets, and loses its instances when it is renamed.
	"rds:CreateBlueGreenDeployment":     {answer: (*memory).createBlueGreen},
	"rds:DescribeBlueGreenDeployments":  {answer: (*memory).describeBlueGreens},
	"rds:SwitchoverBlueGreenDeployment": {answer: (*memory).startSwitchover},
	"rds:DeleteBlueGreenDeployment":     {answer: (*memory).deleteBlueGreen},

	// moto loses a subnet group that is changed.
	"rds:ModifyDBSubnetGroup": {answer: (*memory).modifySubnetGroup},
}

const jsonType = "application/x-amz-json-1.1"

// regionEnabled says that the region that is asked for is enabled.
func regionEnabled(_ *memory, c *Call) (string, []byte) {
	var request struct{ RegionName string }
	c.decode(&request)
	return "application/json", mustJSON(map[string]string{"RegionName": request.RegionName, "RegionOptStatus": "ENABLED"})
}

func addDefaultScheme(_ *memory, _ *Call, body []byte) []byte {
	if bytes.Contains(body, []byte("<Scheme>")) {
		return body
	}
	return bytes.ReplaceAll(body, []byte("<LoadBalancerName>"), []byte("<Scheme>internet-facing</Scheme><LoadBalancerName>"))
}

// mustJSON encodes what is made of maps, strings and numbers, which cannot fail.
func mustJSON(value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return encoded
}
