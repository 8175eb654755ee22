package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Permission is a statement of what the API itself may do in AWS.
type Permission struct {
	// Actions are the actions, such as "ses:SendEmail", each written out.
	Actions []string
	// Resources are the ARNs of what the actions are on, each written out; `/*` or `:*` may
	// follow what is named, as in "arn:aws:s3:::example-reports/*". "*" is for actions alone
	// that AWS limits to no resource.
	Resources []string
}

// unboundActions has the actions that AWS limits to no resource, a service in each line:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
//
//go:embed unbound.txt
var unboundActions string

// Unbound tells whether AWS limits the action to no resource, so that a policy has to name
// all of them.
func Unbound(action string) bool {
	service, name, _ := strings.Cut(action, ":")
	_, after, known := strings.Cut(unboundActions, "\n"+service+" ")
	actions, _, _ := strings.Cut(after, "\n")
	return known && slices.Contains(strings.Fields(actions), name)
}

var (
	// actionForm is a service of AWS and one of its actions.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
	actionForm = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	// resourceForm is an ARN of one resource, or of what is below one: of one bucket, or of
	// what has a kind and a name.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
	resourceForm = regexp.MustCompile(`^arn:([a-z-]+):(s3:::[^*?/:]+(/[^*?]*)?(/\*)?|[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^*?]+|[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^*?/:]+[/:][^*?/:]+([/:][^*?]*)?[/:]\*)$`)
)

// ownPowers are the services by which the API could give itself, or others, more.
var ownPowers = []string{"iam", "organizations", "account", "sso", "sso-directory", "identitystore"}

const (
	// maxPermissions is what is left of the policies of the task role to Service.Permissions,
	// beside those of queues and buckets, as IAM counts characters: a test measures the rest.
	maxPermissions = maxRolePolicies - 1200
	// queuePolicy and bucketPolicy are more than the policy for one takes.
	queuePolicy, bucketPolicy = 540, 820
)

// checkPermissions checks the statements.
func (p *problems) checkPermissions(c Config) {
	const field = "Service.Permissions"
	p.checkStatements(field, c.Service.Permissions, c.Region)
	if maxPermissions-queuePolicy*len(c.Queues)-bucketPolicy*len(c.Buckets) < 0 {
		p.add("Buckets", len(c.Buckets), fmt.Sprintf("is too many beside %d queues", len(c.Queues)),
			aws(fmt.Sprintf("%d characters in the policies of a role, of which a bucket takes %d and a queue %d", maxRolePolicies, bucketPolicy, queuePolicy)), do("keep several things in one of them"))
		return
	}
	p.checkPolicySize(field, c.Service.Permissions, len(c.Queues), len(c.Buckets))
}

// checkPolicySize checks that the statements fit into the policies of a role, beside those of
// so many queues and buckets.
func (p *problems) checkPolicySize(field string, permissions []Permission, queues, buckets int) {
	encoded, _ := json.Marshal(permissions) // Strings can be encoded.
	if n, limit := len(encoded), maxPermissions-queuePolicy*queues-bucketPolicy*buckets; len(permissions) > 0 && n > limit {
		p.add(field, n, "is too many characters", aws(fmt.Sprintf("%d in the policies of a role, of which %d are left to them", maxRolePolicies, limit)),
			do("name fewer of them"))
	}
}

// checkStatements checks each statement by itself.
func (p *problems) checkStatements(field string, permissions []Permission, region string) {
	for i, permission := range permissions {
		section := element(field, i) + "."
		p.checkSaid(section+"Actions", permission.Actions)
		for j, action := range permission.Actions {
			p.checkAction(element(section+"Actions", j), action)
		}
		p.checkSaid(section+"Resources", permission.Resources)
		for j, resource := range permission.Resources {
			p.checkResource(element(section+"Resources", j), resource, region)
		}
		p.checkBound(section, permission)
	}
}

// checkSaid requires something in a list.
func (p *problems) checkSaid(field string, list []string) {
	if len(list) == 0 {
		p.add(field, len(list), "says nothing", aws("one or more"), do("write them, or remove the statement"))
	}
}

// checkAction checks that an action is one, and none by which the API could give itself
// more.
func (p *problems) checkAction(field, action string) {
	service, _, _ := strings.Cut(action, ":")
	switch {
	case strings.ContainsAny(action, "*?"):
		p.add(field, action, "is more than one action", ours("each action written out", "AWS adds actions that nobody has thought of"), do("write out those that the API calls"))
	case !actionForm.MatchString(action):
		p.add(field, action, "is not an action", aws("a service, a colon and the name of an action"), suggest("write an action such as", "ses:SendEmail"))
	case slices.Contains(ownPowers, service):
		p.add(field, action, "is about who may do what", ours("actions of other services than "+strings.Join(ownPowers, ", "), "the API, and who breaks into it, could give itself more"),
			do("let the pipeline or a person do it"))
	}
}

// checkResource checks that a resource is one, of the partition of the environment.
func (p *problems) checkResource(field, resource, region string) {
	partition, known := PartitionOf(region)
	named := resourceForm.FindStringSubmatch(resource)
	switch {
	case resource == "*": // checkBound says which actions it is for.
	case strings.Contains(resource, "${"):
		p.noTemplate(field, resource, "write out the ARN")
	case named == nil && strings.ContainsAny(resource, "*?"):
		p.add(field, resource, "is more than one resource", ours("ARNs written out, with /* or :* at most after what is named", "the API may do nothing without need"), do("write out the ARNs of what the API uses"))
	case named == nil:
		p.add(field, resource, "is not an ARN", aws("arn:<partition>:<service>:<region>:<account>:<resource>"), do("copy the ARN of the resource"))
	case known && named[1] != partition.ID:
		p.add(field, resource, "is a resource of another partition", aws(fmt.Sprintf("ARNs that begin with arn:%s: in %s", partition.ID, region)), do("copy the ARN of the resource"))
	}
}

// checkBound checks that "*" is for actions that AWS limits to no resource, and that these
// have no other.
func (p *problems) checkBound(section string, permission Permission) {
	everywhere := slices.Contains(permission.Resources, "*")
	for j, action := range permission.Actions {
		field := element(section+"Actions", j)
		switch unbound := Unbound(action); {
		case !actionForm.MatchString(action) || len(permission.Resources) == 0:
		case everywhere && !unbound:
			p.add(field, action, "is on every resource", ours("ARNs in Resources for it", "AWS limits it to what is named"), do("name the ARNs of what the API uses"))
		case unbound && !slices.Equal(permission.Resources, []string{"*"}):
			p.add(field, action, "is on what AWS does not limit it to", aws("\"*\" alone in Resources for it, without which it grants nothing"), do("move it to a statement with Resources of \"*\""))
		}
	}
}
