package constructs_test

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"flask-api/config"
)

// oneService is a trust policy's principal when it is a single service of AWS.
var oneService = regexp.MustCompile(`principals:\[map\[identifiers:\[[a-z.-]+\.amazonaws\.com\] type:Service\]\]`)

var (
	// exactResource is an ARN, of a resource of the stack or written out, that has
	// no wildcard but one for the streams of a log group, the revisions of a task
	// definition, the tasks of a cluster or the objects of a bucket.
	exactResource = regexp.MustCompile(`^(\$\{aws_[a-z0-9_]+\.[a-z0-9_]+\.(arn|id)\}|arn:[^*]*)(:\*|:log-stream:([a-z-]+/)?\*)?$|^arn:[^*]*:task/[^*/]+/\*$|^\$\{aws_s3_bucket\.[a-z0-9_]+\.arn\}/\*$`)
	// unlimitedAction is one that AWS does not limit to a resource.
	unlimitedAction = regexp.MustCompile(`^(ecr:GetAuthorizationToken|ecs:DescribeTaskDefinition|ecs:ListTasks|logs:DescribeLogGroups|ssmmessages:\w+|xray:PutTraceSegments)$`)
)

// roleInvariants are about role.go.
var roleInvariants = []invariant{
	{
		sentence: "every IAM statement names exact actions and exact resources",
		controls: "CKV_AWS_62, CKV_AWS_63, CKV_AWS_290, CKV_AWS_355; AwsSolutions-IAM5",
		violations: func(s stack) []string {
			var v violations
			v.unless(len(s.Resources["aws_iam_role_policy"]) > 0, "there is no aws_iam_role_policy")
			s.Visit("aws_iam_role_policy", func(name string, a attributes) {
				for _, statement := range a["policy"].(attributes)["Statement"].([]any) {
					statement := statement.(attributes)
					for _, action := range statement["Action"].([]any) {
						v.unless(!strings.Contains(fmt.Sprint(action), "*"), "%s allows %s", name, action)
						for _, resource := range statement["Resource"].([]any) {
							exact := exactResource.MatchString(fmt.Sprint(resource)) || resource == "*" && (unlimitedAction.MatchString(fmt.Sprint(action)) || config.Unbound(fmt.Sprint(action)))
							v.unless(exact, "%s allows %s on %s", name, action, resource)
							v.unless(action != "logs:DescribeLogGroups" || resource == "*", "%s allows %s on %s, which grants nothing", name, action, resource)
						}
					}
				}
			})
			return v
		},
		broken: func(s *stack) {
			policy := s.Resources["aws_iam_role_policy"]["execution_role_read_credentials"]["policy"].(attributes)
			policy["Statement"].([]any)[0].(attributes)["Resource"] = []any{"*"}
		},
	},
	{
		sentence: "each role is assumed by one service of AWS for this account alone, or by one branch or environment of one GitHub repository",
		controls: "CKV_AWS_60, CKV_AWS_61, CKV_AWS_393",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_iam_role", func(name string, a attributes) {
				policy := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(a["assume_role_policy"]), "${data.aws_iam_policy_document."), ".json}")
				trust := fmt.Sprint(s.Data["aws_iam_policy_document"][policy]["statement"])
				if name == "deploy_role" {
					d := s.Config.Deployment
					var subjects []string
					if d.GitHubBranch != "" {
						subjects = append(subjects, "repo:"+d.GitHubRepository+":ref:refs/heads/"+d.GitHubBranch)
					}
					if d.GitHubEnvironment != "" {
						subjects = append(subjects, "repo:"+d.GitHubRepository+":environment:"+d.GitHubEnvironment)
					}
					exact := "values:[" + strings.Join(subjects, " ") + "] variable:token.actions.githubusercontent.com:sub"
					v.unless(strings.Contains(trust, exact), "%s trusts %s", name, trust)
					v.unless(strings.Contains(trust, "values:[sts.amazonaws.com] variable:token.actions.githubusercontent.com:aud"), "%s trusts other audiences: %s", name, trust)
					return
				}
				v.unless(oneService.MatchString(trust), "%s trusts %s", name, trust)
				v.unless(strings.Contains(trust, "values:[${data.aws_caller_identity.caller.account_id}] variable:aws:SourceAccount"), "%s trusts other accounts: %s", name, trust)
			})
			return v
		},
		broken: func(s *stack) {
			delete(s.Data["aws_iam_policy_document"]["task_role_trust"]["statement"].([]any)[0].(attributes), "condition")
		},
	},
	{
		sentence: "every role has the permissions boundary and the path that are set, if any",
		controls: "none of the catalogues",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_iam_role", func(name string, a attributes) {
				d := s.Config.Deployment
				v.unless(cmp.Or(a["permissions_boundary"], any("")) == any(d.PermissionsBoundary), "%s has the boundary %v", name, a["permissions_boundary"])
				v.unless(cmp.Or(a["path"], any("/")) == any(d.RolePath), "%s has the path %v", name, a["path"])
			})
			return v
		},
		broken: set("aws_iam_role", "path", "/elsewhere/"),
	},
	{
		sentence: "tasks start with one role and run with another",
		controls: "CKV_AWS_249",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_ecs_task_definition", func(name string, task attributes) {
				v.unless(task["execution_role_arn"] != task["task_role_arn"], "both of %s are %v", name, task["task_role_arn"])
			})
			return v
		},
		broken: set("aws_ecs_task_definition", "execution_role_arn", "${aws_iam_role.task_role.arn}"),
	},
}
