package emulator

import (
	_ "embed" // of the reference
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// referenceText is AWS's Service Authorization Reference, as far as services are used:
// which kinds of resources an action works on, their ARNs, and which other actions it
// may need. It says itself where it is from; update.py makes it anew.
//
//go:embed reference.json
var referenceText []byte

type authorization struct {
	Resources map[string]string // the ARN of each kind, by "service:kind"
	Actions   map[string]struct{ Required, Optional, Dependent []string }
}

var reference = sync.OnceValue(func() (r authorization) {
	if err := json.Unmarshal(referenceText, &r); err != nil {
		panic(err)
	}
	return r
})

// Role is who calls: the policies of an IAM role.
type Role struct {
	name       string
	statements []statement

	mu     sync.Mutex
	denied []string
}

// NewRole makes a role of policy documents.
func NewRole(name string, documents ...[]byte) (*Role, error) {
	role := &Role{name: name}
	for _, document := range documents {
		var policy struct{ Statement []statement }
		if err := json.Unmarshal(document, &policy); err != nil {
			return nil, fmt.Errorf("a policy of %s: %w", name, err)
		}
		for _, s := range policy.Statement {
			if len(s.Action) == 0 || len(s.Resource) == 0 || s.Effect != "Allow" && s.Effect != "Deny" {
				return nil, fmt.Errorf("a policy of %s: statement %q: only effect, action, resource and condition are understood", name, s.Sid)
			}
			for operator := range s.Condition {
				if conditions[operator] == nil {
					return nil, fmt.Errorf("a policy of %s: statement %q: condition %s is not understood", name, s.Sid, operator)
				}
			}
			for i := range s.Action {
				s.Action[i] = strings.ToLower(s.Action[i]) // IAM does not tell them apart.
			}
			role.statements = append(role.statements, s)
		}
	}
	return role, nil
}

// Denied are the accesses that were refused, in their order.
func (r *Role) Denied() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.denied)
}

// statement is a policy's.
type statement struct {
	Sid, Effect      string
	Action, Resource stringOrList
	Condition        map[string]map[string]stringOrList
}

// stringOrList is how policies write one or several.
type stringOrList []string

// UnmarshalJSON reads a text or a list of them.
func (t *stringOrList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = stringOrList{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// cover reports whether one of the patterns is that of the text.
func (t stringOrList) cover(text string) bool {
	return slices.ContainsFunc(t, func(pattern string) bool { return glob(pattern, text) })
}

// conditions are the operators that policies use: whether a value is as wanted. Null, which
// asks whether there is one, is looked at by itself.
var conditions = map[string]func(wanted, value string) bool{
	"Bool":         strings.EqualFold,
	"Null":         func(wanted, _ string) bool { return wanted == "false" },
	"StringEquals": func(wanted, value string) bool { return wanted == value },
	"StringLike":   glob,
	"ArnEquals":    glob,
	"ArnLike":      glob,
}

// glob reports whether a text is as a pattern with * and ? says. Policies have thousands
// of them, so that expressions would take long.
func glob(pattern, text string) bool {
	star, from := -1, 0 // the last *, and where what it stands for ends
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// access is what a policy allows or not.
type access struct {
	action string
	// resource is empty if the call does not say it: then any that is allowed will do.
	resource string
	context  map[string]string
}

func (a access) String() string {
	if a.resource == "" {
		return a.action
	}
	return a.action + " on " + a.resource
}

// Allows reports whether the role may do the action on the resource, in that context. Any
// resource will do where it is empty.
func (r *Role) Allows(action, resource string, context map[string]string) bool {
	return r.allows(access{action, resource, context})
}

// allows reports whether an access is allowed by a statement and denied by none.
func (r *Role) allows(a access) bool {
	allowed := false
	for _, s := range r.statements {
		if !s.covers(a) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func (s *statement) covers(a access) bool {
	if !s.Action.cover(strings.ToLower(a.action)) || (a.resource != "" && !s.Resource.cover(a.resource)) {
		return false
	}
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			value, known := a.context[key]
			if operator == "Null" && !known && wanted.cover("true") {
				continue
			}
			if !known || !slices.ContainsFunc(wanted, func(w string) bool { return conditions[operator](w, value) }) {
				return false
			}
		}
	}
	return true
}

// authorise refuses a call that needs an access that its role does not have.
func (m *memory) authorise(c *Call) *fault {
	// Everyone may ask who they are:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
	if c.role == nil || c.Name() == "sts:GetCallerIdentity" {
		return nil
	}
	for _, a := range m.accesses(c) {
		if c.role.allows(a) {
			continue
		}
		c.role.mu.Lock()
		c.role.denied = append(c.role.denied, fmt.Sprintf("%s needs %s", c.Name(), a))
		c.role.mu.Unlock()
		code := "AccessDenied"
		switch {
		case c.Service == "ec2":
			code = "UnauthorizedOperation"
		case c.Form == nil && !c.rest:
			code = "AccessDeniedException"
		}
		return newFault(c, http.StatusForbidden, code, "User: arn:aws:sts::"+account+":assumed-role/"+c.role.name+
			"/session is not authorized to perform: "+a.String()+" because no identity-based policy allows it")
	}
	return nil
}

// account is moto's.
const account = "123456789012"

// accesses are all that a call needs.
func (m *memory) accesses(c *Call) []access {
	values := valuesOf(c.input)
	if c.Service == "ec2" && !strings.HasPrefix(c.Action, "Describe") {
		return append(m.networkAccesses(c, values), passes(c, values)...)
	}
	actions := []string{c.Name()}
	for _, dependent := range reference().Actions[c.Name()].Dependent {
		if needs(c, values, dependent) {
			actions = append(actions, dependent)
		}
	}
	var needed []access
	for _, action := range actions {
		for _, resource := range resourcesOf(c, values, action) {
			needed = append(needed, access{action, resource, m.contextOf(c, values, action, resource)})
		}
	}
	if service := serviceLinkedRole(c.Name(), values); service != "" {
		needed = append(needed, access{"iam:CreateServiceLinkedRole", "", map[string]string{"iam:AWSServiceName": service}})
	}
	return slices.Concat(needed, passes(c, values), m.passesOfTask(c), m.keyAccesses(c, values), m.copyAccesses(c, values))
}

// passes are the roles that the call passes to a service.
func passes(c *Call, values map[string][]string) (needed []access) {
	if service, passes := passedTo[c.Name()]; passes {
		for _, role := range matching(values, "arn:aws:iam::*:role/*") {
			needed = append(needed, access{"iam:PassRole", role, map[string]string{"iam:PassedToService": service}})
		}
	}
	return needed
}

// passedTo are the services that calls pass the roles that they name to. The reference
// leaves out some of them:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
var passedTo = map[string]string{
	"ec2:CreateFlowLogs":         "vpc-flow-logs.amazonaws.com",
	"ecs:CreateService":          "ecs.amazonaws.com",
	"ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
	"ecs:RunTask":                "ecs-tasks.amazonaws.com",
	"lambda:CreateFunction":      "lambda.amazonaws.com",
	"scheduler:CreateSchedule":   "scheduler.amazonaws.com",
	"scheduler:UpdateSchedule":   "scheduler.amazonaws.com",
	"states:CreateStateMachine":  "states.amazonaws.com",
	"states:UpdateStateMachine":  "states.amazonaws.com",
	"rds:CreateDBCluster":        "monitoring.rds.amazonaws.com",
	"rds:CreateDBInstance":       "monitoring.rds.amazonaws.com",
	"rds:ModifyDBCluster":        "monitoring.rds.amazonaws.com",
	"rds:ModifyDBInstance":       "monitoring.rds.amazonaws.com",
}

// serviceLinkedRole is the service whose role a call creates in an account that has none:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
func serviceLinkedRole(name string, values map[string][]string) string {
	if name == "application-autoscaling:RegisterScalableTarget" {
		return first(values["ServiceNamespace"]) + ".application-autoscaling.amazonaws.com"
	}
	return map[string]string{
		"ecs:CreateCluster": "ecs.amazonaws.com", "elasticloadbalancing:CreateLoadBalancer": "elasticloadbalancing.amazonaws.com",
		"elasticache:CreateReplicationGroup": "elasticache.amazonaws.com", "rds:CreateDBCluster": "rds.amazonaws.com", "wafv2:PutLoggingConfiguration": "wafv2.amazonaws.com",
	}[name]
}

// needs reports whether a call needs a dependent action, of which the reference lists
// all that it may.
func needs(c *Call, values map[string][]string, dependent string) bool {
	service, action, _ := strings.Cut(dependent, ":")
	switch {
	case unneeded[c.Name()+" "+dependent] != "":
		return false
	case service == "kms" && c.Service != "kms":
		return keyOf(values) != ""
	case service == "secretsmanager":
		return values["ManageMasterUserPassword"] != nil
	case strings.Contains(action, "Tag"):
		return hasTags(c.input)
	case service == "route53":
		return first(values["PrivateDnsEnabled"]) == "true"
	case strings.HasSuffix(action, "TenantDatabase"): // of Oracle
		return false
	case strings.HasSuffix(action, "Snapshot"):
		return values["FinalDBSnapshotIdentifier"] != nil
	case service == "iam": // Looked at by themselves.
		return false
	case service == c.Service:
		return true
	}
	return len(matching(values, "arn:aws:"+service+":*")) > 0
}

// unneeded are dependent actions that are for another use of the call than ours.
var unneeded = map[string]string{
	"rds:CreateDBCluster rds:CreateDBInstance":                      "of a Multi-AZ DB cluster, which makes its instances itself",
	"rds:ModifyDBCluster rds:ModifyDBInstance":                      "of a Multi-AZ DB cluster",
	"rds:CreateBlueGreenDeployment rds:CreateDBInstanceReadReplica": "of a deployment of an instance, as those below",
	"rds:SwitchoverBlueGreenDeployment rds:ModifyDBInstance":        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/blue-green-deployments-authorizing-access.html",
	"rds:SwitchoverBlueGreenDeployment rds:PromoteReadReplica":      "of an instance",
	"rds:DeleteBlueGreenDeployment rds:PromoteReadReplica":          "of an instance",
	"rds:DeleteBlueGreenDeployment rds:PromoteReadReplicaDBCluster": "of a target that is kept",
	"kms:CreateKey kms:PutKeyPolicy":                                "of a key that exists: https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html",
	"wafv2:AssociateWebACL wafv2:GetPermissionPolicy":               "of a user pool or another service that shares its web ACL",
	"wafv2:AssociateWebACL wafv2:PutPermissionPolicy":               "of a user pool or another service that shares its web ACL",

	"lambda:CreateFunction lambda:PassCapacityProvider":           "of a function on instances of one's own",
	"states:CreateStateMachine states:PublishStateMachineVersion": "of one that is published, with versions",
	"states:UpdateStateMachine states:PublishStateMachineVersion": "of one that is published, with versions",

	"wafv2:DisassociateWebACL wafv2:PutPermissionPolicy": "of a user pool or another service that shares its web ACL",
}

// keyAccesses are what Secrets Manager and ElastiCache do with a key of one's own in the name
// of their caller, which the reference does not list:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
func (m *memory) keyAccesses(c *Call, values map[string][]string) []access {
	var actions []string
	switch c.Name() {
	case "secretsmanager:GetSecretValue":
		actions = []string{"kms:Decrypt"}
	case "elasticache:CreateReplicationGroup":
		actions = []string{"kms:CreateGrant", "kms:DescribeKey"}
	case "secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret":
		actions = []string{"kms:Decrypt", "kms:GenerateDataKey"}
	}
	if len(actions) == 0 {
		return nil
	}
	key := m.secretKey(c, values)
	if key == "" {
		return nil
	}
	var needed []access
	for _, action := range actions {
		needed = append(needed, access{action, key, m.contextOf(c, values, action, key)})
	}
	return needed
}

// keyOf is the ARN of the key of one's own that a call names, or empty.
func keyOf(values map[string][]string) string {
	for _, name := range []string{"KmsKeyId", "kmsKeyId", "KmsKeyID", "KmsMasterKeyId"} {
		if key := first(values[name]); strings.Contains(key, ":key/") {
			return key
		}
	}
	return ""
}

// resourcesOf are the ARNs that an action of the call works on; one that is empty if the
// call does not say, and "*" if the action knows no resources.
func resourcesOf(c *Call, values map[string][]string, name string) []string {
	action, known := reference().Actions[name]
	service, _, _ := strings.Cut(name, ":")
	if known && service != "ec2" && len(action.Required)+len(action.Optional) == 0 {
		return []string{"*"}
	}
	own := slices.Concat(reference().Actions[c.Name()].Required, reference().Actions[c.Name()].Optional)
	found := map[string]bool{}
	for i, kind := range slices.Concat(action.Required, action.Optional) {
		arn := reference().Resources[service+":"+kind]
		arns := matching(values, placeholder.ReplaceAllString(arn, "*"))
		// A name in the request is that of what the call itself works on.
		named := (len(own) == 0 || slices.Contains(own, kind)) && !slices.Contains(unused, kind)
		if len(arns) == 0 && service == c.Service && named {
			arns = filled(c, arn, i < len(action.Required))
		}
		for _, resource := range arns {
			found[resource] = true
		}
	}
	if service == "kms" && c.Service != "kms" {
		found = map[string]bool{keyOf(values): true}
	}
	if len(found) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(found))
}

// unused are kinds of resources whose names a request gives to another kind.
var unused = []string{"loadbalancer", "loadbalancer/gwy/", "loadbalancer/net/", "ipset", "regexpatternset", "rulegroup", "healthcheck"}

var placeholder = regexp.MustCompile(`\$\{\w+\}`)

// namedBy are the members of requests that fill the placeholders of ARNs. Names that AWS
// chooses are missing: they become emulated.
var namedBy = map[string][]string{
	"AlarmName":                        {"AlarmName", "AlarmNames"},
	"Alias":                            {"AliasName"},
	"BucketName":                       {"Bucket"},
	"ClusterName":                      {"clusterName", "cluster", "clusters"},
	"ClusterParameterGroupName":        {"DBClusterParameterGroupName"},
	"CacheClusterId":                   {"CacheClusterId"},
	"CacheParameterGroupName":          {"CacheParameterGroupName"},
	"CacheSubnetGroupName":             {"CacheSubnetGroupName"},
	"DashboardName":                    {"DashboardName", "DashboardNames"},
	"DbClusterInstanceName":            {"DBClusterIdentifier"},
	"DbInstanceName":                   {"DBInstanceIdentifier"},
	"Id":                               {"HostedZoneId", "ResourceId", "Id"},
	"KeyId":                            {"KeyId", "TargetKeyId"},
	"FunctionName":                     {"FunctionName"},
	"LogGroupName":                     {"logGroupName"},
	"LogStreamName":                    {"logStreamName"},
	"LoadBalancerName":                 {"Name"},
	"TargetGroupName":                  {"Name"},
	"Name":                             {"Name"},
	"ObjectName":                       {"Key"},
	"OptionGroupName":                  {"OptionGroupName"},
	"ParameterNameWithoutLeadingSlash": {"Name", "Names", "Path"},
	"ReplicationGroupId":               {"ReplicationGroupId"},
	"QueueName":                        {"QueueName", "QueueUrl"},
	"RepositoryName":                   {"repositoryName", "repositoryNames"},
	"RoleNameWithPath":                 {"RoleName"},
	"SecretId":                         {"SecretId", "Name"},
	"ServiceName":                      {"service", "serviceName", "services"},
	"SubnetGroupName":                  {"DBSubnetGroupName"},
	"TaskDefinitionFamilyName":         {"family"},
	"SnapshotName":                     {"FinalSnapshotIdentifier"},
	"TopicName":                        {"Name"},
	"UserGroupId":                      {"UserGroupId", "UserGroupIds", "UserGroupIdsToAdd", "UserGroupIdsToRemove"},
	"UserId":                           {"UserId", "UserIds", "UserIdsToAdd", "UserIdsToRemove"},
}

// chosen are the placeholders that AWS fills.
var chosen = []string{"CertificateId", "Id", "KeyId", "LoadBalancerId", "ResourceId", "TargetGroupId", "TaskDefinitionRevisionNumber"}

// filled is an ARN with its placeholders filled from the request's own members, or nothing
// if it does not say all of them. Of a kind that may be meant it must say one.
func filled(c *Call, arn string, required bool) []string {
	values := map[string][]string{}
	for name, value := range c.input {
		if _, nested := value.(map[string]any); !nested {
			values[name] = valuesOf(map[string]any{name: value})[name]
		}
	}
	arns := []string{strings.NewReplacer("${Partition}", "aws", "${Region}", c.Region, "${Account}", account, "${Scope}", "regional").Replace(arn)}
	for _, match := range placeholder.FindAllString(arns[0], -1) {
		name := match[2 : len(match)-1]
		var texts []string
		for _, member := range namedBy[name] {
			texts = append(texts, values[member]...)
		}
		required = required || len(texts) > 0
		if len(texts) == 0 && slices.Contains(chosen, name) {
			texts = []string{"emulated"}
		}
		var next []string
		for _, text := range texts {
			text = strings.TrimPrefix(strings.TrimPrefix(text, "alias/"), "/hostedzone/")
			if name == "ParameterNameWithoutLeadingSlash" {
				text = strings.TrimPrefix(text, "/")
			}
			if strings.HasPrefix(text, "arn:aws:ecs:") { // Of which the kind and the cluster are a part.
				text = text[strings.LastIndex(text, "/")+1:]
			}
			if strings.Contains(text, "://") { // The address of a queue.
				text = path.Base(text)
			}
			text = text[strings.LastIndex(text, ":")+1:] // An ARN's name.
			for _, arn := range arns {
				next = append(next, strings.Replace(arn, match, text, 1))
			}
		}
		arns = next
	}
	if !required {
		return nil
	}
	return arns
}

// valuesOf are the texts of a decoded request by the names of their members.
func valuesOf(input map[string]any) map[string][]string {
	values := map[string][]string{}
	var walk func(name string, value any)
	walk = func(name string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, element := range v {
				walk(key, element)
			}
		case []any:
			for _, element := range v {
				walk(name, element)
			}
		case nil:
		default:
			values[name] = append(values[name], fmt.Sprint(v))
		}
	}
	walk("", input)
	return values
}

// matching are the ARNs among the values that match a pattern.
func matching(values map[string][]string, pattern string) []string {
	var found []string
	for _, texts := range values {
		for _, text := range texts {
			if strings.HasPrefix(text, "arn:") && glob(pattern, text) {
				found = append(found, text)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func hasTags(input map[string]any) bool {
	return slices.ContainsFunc([]string{"Tags", "tags", "TagList", "TagSpecifications"}, func(name string) bool {
		return input[name] != nil
	})
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
