package escalation

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/scope"
	"flask-api/test/golden"
)

// prize is a permission that no document here grants, and that most accounts have to lose.
type prize struct{ action, resource string }

var prizes = []prize{
	{"iam:CreateAccessKey", iam + "user/administrator"},
	{"iam:CreateUser", iam + "user/intruder"},
	{"iam:PutRolePolicy", iam + "role/administrator"},
	{"ec2:AuthorizeSecurityGroupIngress", foreignGroup},
	{"ec2:DeleteSecurityGroup", foreignGroup},
	{"iam:CreatePolicyVersion", boundary},
	{"kms:CreateGrant", foreignKey},
	{"kms:Decrypt", foreignKey},
	{"kms:PutKeyPolicy", foreignKey},
	{"kms:PutKeyPolicy", namedKey},
	{"organizations:LeaveOrganization", "*"},
	{"rds:DeleteDBCluster", "arn:aws:rds:eu-south-1:123456789012:cluster:payroll"},
	{"s3:GetObject", "arn:aws:s3:::payroll/2026.csv"},
	{"s3:PutBucketPolicy", "arn:aws:s3:::payroll"},
	{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-south-1:123456789012:secret:payroll-aB3dE6"},
	{"sts:AssumeRole", iam + "role/administrator"},
}

// won are the prizes that the role may take.
func (w *world) won(r *role) (won []string) {
	for _, p := range w.prizes {
		if w.may(r, p.action, p.resource, w.foreign[p.resource]) {
			won = append(won, p.action+" on "+p.resource)
		}
	}
	return won
}

// paths are the ways from the role of that name to a prize: one for each role at the end of
// which there is one, and from which nobody goes on. Steps only add, so that it is enough to
// do all that is allowed until nothing is new.
func (w *world) paths(t *testing.T, from string) []string {
	t.Helper()
	w.find(from).acting = true
	for changed := true; changed; {
		changed = false
		for _, as := range slices.Clone(w.roles) {
			if as.acting {
				changed = w.explore(t, as) || changed
			}
		}
	}
	var paths []string
	for _, r := range w.roles {
		if won := w.won(r); r.acting && len(won) > 0 {
			paths = append(paths, strings.Join(append(r.path(), won[0]), ", "))
		}
	}
	return paths
}

// explore does what the role may do, until there is a prize.
func (w *world) explore(t *testing.T, as *role) bool {
	t.Helper()
	if len(w.won(as)) > 0 {
		return false
	}
	changed := w.create(as)
	for _, to := range slices.Clone(w.roles) {
		if to.acting && len(w.won(to)) > 0 {
			continue
		}
		for _, s := range steps {
			if did := s(t, w, as, to); did != "" {
				changed, to.how = true, append(to.how, did)
			}
		}
	}
	return changed
}

// deployPolicies are the documents of whoever deploys, with a boundary or without.
func deployPolicies(t *testing.T, withBoundary bool) (documents []document) {
	t.Helper()
	roles := "deploy-policy-roles"
	if withBoundary {
		roles += "-bounded"
	}
	for _, name := range []string{"deploy-policy", "deploy-policy-network", "deploy-policy-options", "deploy-policy-release", "deploy-policy-jobs", "deploy-policy-database", "deploy-policy-existing", "deploy-policy-cache", "deploy-policy-background", "state-policy", roles} {
		documents = append(documents, read(t, name))
	}
	return documents
}

// TestNoEscalation wants no way from what is documented to more: neither for whoever
// deploys with the boundary, nor for any role that the program makes.
func TestNoEscalation(t *testing.T) {
	for _, before := range []string{boundary, ""} { // Roles from before have none yet.
		for _, r := range newWorld(t, before, deployPolicies(t, true)...).roles {
			_, name, _ := strings.Cut(r.arn, "/")
			if name == "administrator" {
				continue
			}
			w := newWorld(t, before, deployPolicies(t, true)...)
			require.Empty(t, w.won(w.find(name)), "what %s has without doing anything", name)
			assert.Empty(t, w.paths(t, name), "from %s", name)
		}
	}
}

// operator is the document of whoever operates.
const operator = "operator-policy"

// TestOperatorIsNoEscalation wants no way from what the operator may do to more, but for what
// a task of the API may: whoever runs commands in it may do that. Each weakening opens one.
func TestOperatorIsNoEscalation(t *testing.T) {
	w := newWorld(t, "", read(t, operator))
	require.Empty(t, w.won(w.find("deployer")), "what the operator has without doing anything")
	assert.Empty(t, w.paths(t, "deployer"))
	for _, r := range w.roles {
		_, name, _ := strings.Cut(r.arn, "/")
		assert.Equal(t, name == "deployer" || strings.HasPrefix(name, "flask-api-execution-role-") || strings.HasPrefix(name, "flask-api-task-role-"), r.acting, name)
	}
	for _, weak := range []weakening{
		{"any role for tasks", func(s *statement) {
			if s.Sid == "PassTheTwoRoles" {
				s.Resource = "*"
			}
		}, "role/administrator to ecs-tasks.amazonaws.com", false},
		{"the trust of any role", func(s *statement) {
			if s.Sid == "Look" {
				s.Action = append(s.Action, "iam:UpdateAssumeRolePolicy")
			}
		}, "iam:UpdateAssumeRolePolicy", false},
	} {
		d := read(t, operator)
		for i := range d.Statement {
			weak.do(&d.Statement[i])
		}
		paths := strings.Join(newWorld(t, "", d).paths(t, "deployer"), "\n")
		assert.Contains(t, paths, weak.step, weak.name)
	}
}

// TestUpgradeStaysInside wants whoever upgrades databases to reach those of the environments
// alone, and to tag no other one into reach.
func TestUpgradeStaysInside(t *testing.T) {
	w := newWorld(t, "", read(t, "upgrade-policy"))
	require.Empty(t, w.won(w.find("deployer")), "what the upgrade has without doing anything")
	assert.Empty(t, w.paths(t, "deployer"))
	allowed := policy(t, read(t, "upgrade-policy"))
	const rds = "arn:aws:rds:eu-south-1:123456789012:"
	for _, action := range []string{"rds:AddTagsToResource", "rds:DeleteDBCluster", "rds:ModifyDBCluster", "rds:PromoteReadReplicaDBCluster"} {
		assert.True(t, allowed.Allows(action, rds+"cluster:flask-api-aurora-dev-green-abcdef", nil), action)
		assert.False(t, allowed.Allows(action, rds+"cluster:payroll", nil), action)
	}
	for _, group := range []string{"flask-api-aurora-pg-dev", "flask-api-aurora-upgrade-pg-dev", "payroll"} {
		assert.Equal(t, group != "payroll", allowed.Allows("rds:ModifyDBClusterParameterGroup", rds+"cluster-pg:"+group, nil), group)
	}
	passed := func(role, service string) bool {
		return allowed.Allows("iam:PassRole", iam+"role/"+role, map[string]string{"iam:PassedToService": service})
	}
	for _, service := range []string{"monitoring.rds.amazonaws.com", "rds.amazonaws.com"} { // The copy's role, by either name.
		assert.True(t, passed("flask-api-rds-monitoring-role-dev", service), service)
		assert.False(t, passed("flask-api-task-role-dev", service), service)
	}
	assert.False(t, passed("flask-api-rds-monitoring-role-dev", "ecs-tasks.amazonaws.com"))
	for service, want := range map[string]bool{"rds": true, "s3": false} {
		context := map[string]string{nameTag: "flask-api-key-dev", "kms:ViaService": service + ".eu-south-1.amazonaws.com"}
		assert.Equal(t, want, allowed.Allows("kms:Decrypt", namedKey, context), service)
		context[nameTag] = "payroll"
		assert.False(t, allowed.Allows("kms:Decrypt", namedKey, context), service)
	}
	d := read(t, "upgrade-policy")
	d.Statement[slices.IndexFunc(d.Statement, func(s statement) bool { return s.Sid == "BlueGreen" })].Resource = "*"
	assert.NotEmpty(t, newWorld(t, "", d).paths(t, "deployer"), "any cluster")
}

// TestOperatorStaysInside wants what the operator may run, stop and open to be of the
// environments' own clusters, families and services.
func TestOperatorStaysInside(t *testing.T) {
	allowed := policy(t, read(t, operator))
	const ecs = "arn:aws:ecs:eu-south-1:123456789012:"
	own := map[string]string{"ecs:cluster": ecs + "cluster/flask-api-cluster-dev"}
	foreign := map[string]string{"ecs:cluster": ecs + "cluster/payroll"}
	for _, c := range []struct {
		action, resource string
		context          map[string]string
		want             bool
	}{
		{"ecs:RunTask", ecs + "task-definition/flask-api-task-dev:3", own, true},
		{"ecs:RunTask", ecs + "task-definition/flask-api-toolbox-dev:1", own, true},
		{"ecs:RunTask", ecs + "task-definition/flask-api-task-dev:3", foreign, false},
		{"ecs:RunTask", ecs + "task-definition/payroll:3", own, false},
		{"ecs:RegisterTaskDefinition", ecs + "task-definition/flask-api-toolbox-dev:*", nil, true},
		{"ecs:RegisterTaskDefinition", ecs + "task-definition/flask-api-task-dev:*", nil, false},
		{"ecs:StopTask", ecs + "task/flask-api-cluster-dev/1", own, true},
		{"ecs:StopTask", ecs + "task/payroll/1", foreign, false},
		{"ecs:ExecuteCommand", ecs + "task/payroll/1", foreign, false},
		{"ecs:UpdateService", ecs + "service/flask-api-cluster-dev/flask-api-service-dev", own, true},
		{"ecs:UpdateService", ecs + "service/payroll/payroll", foreign, false},
		{"ssm:StartSession", "arn:aws:ssm:eu-south-1::document/AWS-StartPortForwardingSessionToRemoteHost", nil, true},
		{"ssm:StartSession", "arn:aws:ssm:eu-south-1::document/AWS-StartSSHSession", nil, false},
		{"ssm:StartSession", "arn:aws:ec2:eu-south-1:123456789012:instance/i-1", nil, false},
		{"logs:FilterLogEvents", "arn:aws:logs:eu-south-1:123456789012:log-group:/ecs/flask-api-dev:*", nil, true},
		{"logs:FilterLogEvents", "arn:aws:logs:eu-south-1:123456789012:log-group:/ecs/payroll:*", nil, false},
	} {
		assert.Equal(t, c.want, allowed.Allows(c.action, c.resource, c.context), "%s on %s in %v", c.action, c.resource, c.context)
	}
}

// production is what is another environment's, for whoever deploys dev alone.
var production = []prize{
	{"ecs:RegisterTaskDefinition", "arn:aws:ecs:eu-south-1:123456789012:task-definition/flask-api-task-production:1"},
	{"lambda:UpdateFunctionCode", "arn:aws:lambda:eu-south-1:123456789012:function:flask-api-release-production"},
	{"iam:PutRolePolicy", iam + "role/flask-api-task-role-production"},
	{"iam:UpdateAssumeRolePolicy", iam + "role/flask-api-task-role-production"},
	{"kms:PutKeyPolicy", "arn:aws:kms:eu-south-1:123456789012:key/production"},
	{"ec2:AuthorizeSecurityGroupIngress", "arn:aws:ec2:eu-south-1:123456789012:security-group/production"},
	{"ec2:RevokeSecurityGroupIngress", "arn:aws:ec2:eu-south-1:123456789012:security-group/production"},
	{"ec2:DeleteTags", "arn:aws:ec2:eu-south-1:123456789012:security-group/production"},
	{"rds:DeleteDBCluster", "arn:aws:rds:eu-south-1:123456789012:cluster:flask-api-aurora-production"},
	{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-south-1:123456789012:secret:flask-api-db-credentials-production-aB3dE6"},
}

// TestNoEscalationToAnotherEnvironment wants none from the documents that are narrowed to
// dev, with its boundary, and finds one to each with those that are not.
func TestNoEscalationToAnotherEnvironment(t *testing.T) {
	env := config.Defaults("dev")
	env.Deployment.PermissionsBoundary = boundary + "-dev"
	env.State.Backend, env.State.Bucket = config.BackendS3, "state"
	own := func(name string) (documents []document) {
		parts, err := scope.Narrow(env, readText(t, name))
		require.NoError(t, err)
		for _, part := range parts {
			var d document
			require.NoError(t, json.Unmarshal(part, &d))
			documents = append(documents, d)
		}
		return documents
	}
	for narrowed, want := range map[bool]int{true: 0, false: len(production)} {
		deploy := deployPolicies(t, true)
		if narrowed {
			deploy = nil
			paths, err := scope.Documents(env, docs)
			require.NoError(t, err)
			for _, path := range paths {
				if name := strings.TrimSuffix(filepath.Base(path), ".json"); strings.HasPrefix(name, "deploy-policy") {
					deploy = append(deploy, own(name)...)
				}
			}
		}
		w := newWorld(t, boundary, deploy...)
		w.boundaries[env.Deployment.PermissionsBoundary] = policy(t, own("permissions-boundary")...)
		w.foreign["arn:aws:ec2:eu-south-1:123456789012:security-group/production"] = map[string]string{nameTag: "flask-api-alb-sg-production"}
		w.foreign["arn:aws:kms:eu-south-1:123456789012:key/production"] = map[string]string{nameTag: "flask-api-key-production", "kms:ResourceAliases": "alias/flask-api-production"}
		w.foreign[iam+"role/flask-api-task-role-production"] = map[string]string{"iam:PermissionsBoundary": boundary}
		w.prizes = production
		assert.Len(t, w.won(w.find("deployer")), want)
		if narrowed {
			w.prizes = slices.Concat(prizes, production)
			assert.Empty(t, w.paths(t, "deployer"))
		}
	}
}

// TestBoundaryCoversTheRoles wants the boundary to allow what the program's own roles do.
func TestBoundaryCoversTheRoles(t *testing.T) {
	allowed := policy(t, read(t, "permissions-boundary"))
	context := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com", "aws:ResourceTag/Name": "flask-api-key-dev"} //nolint:gosec // Names of condition keys.
	checked := 0
	for _, r := range synthesised(t) {
		for _, action := range r.actions {
			checked++
			assert.True(t, allowed.Allows(action, "", context), "the boundary forbids %s to %s", r.arn, action)
		}
	}
	assert.Greater(t, checked, 40)
}

// weakening is a change of the documents with the boundary that must open a way.
type weakening struct {
	name string
	do   func(s *statement)
	step string // that is a part of the way
	// before says that it takes a role that has no boundary yet.
	before bool
}

// without leaves a condition out of the statements of that id.
func without(sid, operator, key string) func(*statement) {
	return func(s *statement) {
		if s.Sid == sid {
			delete(s.Condition[operator], key)
		}
	}
}

// with adds an action to the statements of that id.
func with(sid string, actions ...string) func(*statement) {
	return func(s *statement) {
		if s.Sid == sid {
			s.Action = append(s.Action, actions...)
		}
	}
}

var weakenings = []weakening{
	{"roles without the boundary", without("Roles", "StringLike", "iam:PermissionsBoundary"), "iam:PutRolePolicy", false},
	{"removing it", with("KnownRoles", "iam:DeleteRolePermissionsBoundary"), "iam:DeleteRolePermissionsBoundary", false},
	{"another one", with("KnownRoles", "iam:PutRolePermissionsBoundary"), "iam:PutRolePermissionsBoundary", false},
	{"another version of it", with("TaskRevisions", "iam:CreatePolicyVersion"), "iam:CreatePolicyVersion", false},
	{"any policy for monitoring, without the boundary", func(s *statement) {
		switch s.Sid {
		case "Monitoring":
			s.Condition = nil
		case "KnownRoles":
			s.Action = append(s.Action, "iam:UpdateAssumeRolePolicy")
		}
	}, "iam:AttachRolePolicy", true},
	{"any role for tasks", func(s *statement) {
		if s.Sid == "PassTheTwoRoles" {
			s.Resource = "*"
		}
	}, "role/administrator to ecs-tasks.amazonaws.com", false},
	{"any role for functions", func(s *statement) {
		switch s.Sid {
		case "PassTheTwoRoles":
			s.Resource, s.Condition["StringEquals"]["iam:PassedToService"] = "*", "lambda.amazonaws.com"
		case "TaskRevisions":
			s.Action = append(s.Action, "lambda:CreateFunction", "lambda:InvokeFunction")
		}
	}, "role/administrator to lambda.amazonaws.com", false},
	{"any role for schedules", func(s *statement) {
		switch s.Sid {
		case "PassTheTwoRoles":
			s.Resource, s.Condition["StringEquals"]["iam:PassedToService"] = "*", "scheduler.amazonaws.com"
		case "TaskRevisions":
			s.Action = append(s.Action, "scheduler:CreateSchedule")
		}
	}, "role/administrator to scheduler.amazonaws.com, scheduler:CreateSchedule", false},
	{"code of functions", with("TaskRevisions", "lambda:UpdateFunctionCode"), "lambda:UpdateFunctionCode", false},
	{"the trust of any role", func(s *statement) {
		if s.Sid == "TaskRevisions" {
			s.Action = append(s.Action, "iam:UpdateAssumeRolePolicy")
		}
	}, "iam:UpdateAssumeRolePolicy", false},
	{"keys without their tag", without("Keys", "StringLike", "aws:ResourceTag/Name"), "kms:PutKeyPolicy", false},
	{"grants on any key", func(s *statement) {
		if s.Sid == "KeysOfServices" {
			s.Condition = nil
		}
	}, "kms:CreateGrant", false},
	{"security groups without their tag", without("Networking", "StringLike", "aws:ResourceTag/Name"), "ec2:AuthorizeSecurityGroupIngress", false},
	{"a name for any security group", without("TagTheDefaultGroup", "Null", "aws:RequestTag/Name"), "ec2:CreateTags", false},
	{"any tag, not only of what is created", without("TagWhatIsCreated", "StringEquals", "ec2:CreateAction"), "ec2:CreateTags", false},
	{"tags of keys with a name", without("CreateKeys", "Null", "aws:ResourceTag/Name"), "kms:TagResource", false},
	{"tags of keys with an alias", without("CreateKeys", "Null", "kms:ResourceAliases"), "kms:TagResource", false},
}

// TestEscalationIsFound weakens the documents in one place at a time: the search finds what
// that opens.
func TestEscalationIsFound(t *testing.T) {
	for _, weak := range weakenings {
		before := boundary
		if weak.before {
			before = ""
		}
		documents := deployPolicies(t, true)
		for _, d := range documents {
			for i := range d.Statement {
				weak.do(&d.Statement[i])
			}
		}
		paths := newWorld(t, before, documents...).paths(t, "deployer")
		assert.Contains(t, strings.Join(paths, "\n"), weak.step, weak.name)
	}
}

var roleName = regexp.MustCompile(`flask-api-[a-z0-9-]+`)

// TestGoldenEscalation writes what the documents without the boundary do not prevent.
func TestGoldenEscalation(t *testing.T) {
	paths := newWorld(t, "", deployPolicies(t, false)...).paths(t, "deployer")
	for i, path := range paths {
		paths[i] = roleName.ReplaceAllString(path, "flask-api-…")
	}
	slices.Sort(paths)
	require.NotEmpty(t, paths)
	golden.Section(t, docs+"deploy-policy.md", "escalation", "```text\n"+strings.Join(slices.Compact(paths), "\n")+"\n```")
}
