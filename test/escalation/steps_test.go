package escalation

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// runs are the services that run something of the caller's as a role that is passed to
// them: all of one of the lists of actions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
var runs = map[string][][]string{
	"cloudformation.amazonaws.com": {{"cloudformation:CreateStack"}},
	"codebuild.amazonaws.com":      {{"codebuild:CreateProject", "codebuild:StartBuild"}},
	"ec2.amazonaws.com":            {{"iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile", "ec2:RunInstances"}},
	"ecs-tasks.amazonaws.com":      {{"ecs:RegisterTaskDefinition", "ecs:RunTask"}, {"ecs:RegisterTaskDefinition", "ecs:UpdateService"}, {"ecs:RegisterTaskDefinition", "ecs:CreateService"}},
	"glue.amazonaws.com":           {{"glue:CreateJob", "glue:StartJobRun"}},
	"lambda.amazonaws.com":         {{"lambda:CreateFunction", "lambda:InvokeFunction"}, {"lambda:CreateFunction", "lambda:CreateEventSourceMapping"}},
	"scheduler.amazonaws.com":      {{"scheduler:CreateSchedule"}},
	"states.amazonaws.com":         {{"states:CreateStateMachine", "states:StartExecution"}},
}

func services() []string { return slices.Sorted(maps.Keys(runs)) }

// names are those of the roles that an attacker may try to create.
var names = []string{"intruder", "flask-api-intruder", "flask-api-task-role-intruder", "flask-api-task-role-dev", "flask-api-rds-monitoring-role-intruder"}

// step is something that the attacker does as one role, to another one. It returns what it
// did, or nothing where it may not, or changes nothing.
type step func(t *testing.T, w *world, as, to *role) string

// change is a step that changes the other role, with an action that can depend on the
// boundary.
func change(action string, context map[string]string, do func(t *testing.T, as, to *role) bool) step {
	return func(t *testing.T, w *world, as, to *role) string {
		t.Helper()
		if w.mayBounded(as, action, to, context) && do(t, as, to) {
			return action
		}
		return ""
	}
}

func trust(_ *testing.T, as, to *role) bool { return add(&to.trusted, append(services(), as.arn)...) }
func empower(t *testing.T, _, to *role) bool {
	t.Helper()
	return to.empower(t)
}

// steps are the known ways from some permissions to others.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
// https://github.com/DataDog/pathfinding.cloud
var steps = []step{
	change("iam:UpdateAssumeRolePolicy", nil, trust),
	change("iam:PutRolePolicy", nil, empower),
	change("iam:AttachRolePolicy", map[string]string{"iam:PolicyARN": administrator}, empower),
	change("iam:DeleteRolePermissionsBoundary", nil, func(_ *testing.T, _, to *role) bool { return add(&to.boundaries, "") }),
	func(_ *testing.T, w *world, as, to *role) string {
		const action = "iam:PutRolePermissionsBoundary"
		if w.may(as, action, to.arn, map[string]string{"iam:PermissionsBoundary": administrator}) && add(&to.boundaries, administrator) {
			return action
		}
		return ""
	},
	func(_ *testing.T, w *world, as, to *role) string {
		if slices.Contains(to.boundaries, boundary) && w.may(as, "iam:CreatePolicyVersion", boundary, nil) && add(&to.boundaries, "") {
			return "iam:CreatePolicyVersion of the boundary"
		}
		return ""
	},
	func(t *testing.T, w *world, as, to *role) string {
		t.Helper()
		if as == to && w.may(as, "iam:CreatePolicyVersion", iam+"policy/deploy-flask-api", nil) && to.empower(t) {
			return "iam:CreatePolicyVersion of its own policy"
		}
		return ""
	},
	func(_ *testing.T, _ *world, as, to *role) string { // The trust is enough within an account.
		if slices.Contains(to.trusted, as.arn) && to.actAs(as) {
			return "sts:AssumeRole of " + to.arn
		}
		return ""
	},
	passRole,
	func(_ *testing.T, w *world, as, to *role) string { // Of a function of the administrator's.
		const action = "lambda:UpdateFunctionCode"
		if to == w.find("administrator") && w.may(as, action, "arn:aws:lambda:eu-south-1:123456789012:function:nightly", nil) && to.actAs(as) {
			return action + " of a function of " + to.arn
		}
		return ""
	},
	tag("kms:TagResource", foreignKey),
	tag("kms:TagResource", namedKey),
	tag("ec2:CreateTags", foreignGroup),
}

// tag gives what is another's a name of the environment's.
func tag(action, resource string) step {
	return func(_ *testing.T, w *world, as, to *role) string {
		const own = "flask-api-own"
		context := maps.Clone(w.foreign[resource])
		context["aws:RequestTag/Name"] = own
		if as != to || context[nameTag] == own || !w.may(as, action, resource, context) {
			return ""
		}
		w.foreign[resource][nameTag] = own
		return action + " of another's"
	}
}

// passRole has a service run something as the role.
func passRole(_ *testing.T, w *world, as, to *role) string {
	for _, service := range services() {
		if !slices.Contains(to.trusted, service) || !w.may(as, "iam:PassRole", to.arn, map[string]string{"iam:PassedToService": service}) {
			continue
		}
		for _, actions := range runs[service] {
			if !slices.ContainsFunc(actions, func(action string) bool { return !w.may(as, action, "", nil) }) && to.actAs(as) {
				return "iam:PassRole of " + to.arn + " to " + service + ", " + strings.Join(actions, ", ")
			}
		}
	}
	return ""
}

// mayBounded tells whether the action is allowed on a role with one of its boundaries.
func (w *world) mayBounded(as *role, action string, to *role, context map[string]string) bool {
	return slices.ContainsFunc(to.boundaries, func(b string) bool {
		with := maps.Clone(context)
		if with == nil {
			with = map[string]string{}
		}
		if b != "" {
			with["iam:PermissionsBoundary"] = b
		}
		return w.may(as, action, to.arn, with)
	})
}

// empower gives the role a policy that allows everything.
func (r *role) empower(t *testing.T) bool {
	t.Helper()
	if !r.empowered {
		r.policies = append(r.policies, policy(t, everything))
	}
	was := r.empowered
	r.empowered = true
	return !was
}

// actAs makes the attacker act as the role, too.
func (r *role) actAs(as *role) bool {
	if r.acting {
		return false
	}
	r.acting, r.by = true, as.path()
	return true
}

// add adds what is not there yet, and tells whether something was.
func add(list *[]string, values ...string) bool {
	before := len(*list)
	for _, value := range values {
		if !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}
	return len(*list) > before
}

// create creates the roles that the attacker may create, with each boundary or none, and
// with a trust that names them and every service.
func (w *world) create(as *role) bool {
	created := false
	for _, name := range names {
		for _, b := range append(slices.Sorted(maps.Keys(w.boundaries)), "") {
			context := map[string]string{}
			if b != "" {
				context["iam:PermissionsBoundary"] = b
			}
			if !w.may(as, "iam:CreateRole", iam+"role/"+name, context) {
				continue
			}
			i := slices.IndexFunc(w.roles, func(r *role) bool { return r.arn == iam+"role/"+name })
			if i < 0 {
				i, w.roles = len(w.roles), append(w.roles, &role{arn: iam + "role/" + name, how: []string{"iam:CreateRole"}})
			}
			created = add(&w.roles[i].boundaries, b) || created
			created = add(&w.roles[i].trusted, append(services(), as.arn)...) || created
		}
	}
	return created
}
