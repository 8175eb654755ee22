package escalation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/scope"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

const docs = "../../docs/"

type (
	document  = scope.Document
	statement = scope.Statement
)

func read(t *testing.T, name string) (d document) {
	t.Helper()
	require.NoError(t, json.Unmarshal(readText(t, name), &d), name)
	return d
}

func readText(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(docs + name + ".json") //nolint:gosec // Of the repository.
	require.NoError(t, err)
	return text
}

// empowering are the actions that give a role what it had not, and that IAM can be told to
// allow for roles with a boundary alone:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
var empowering = []string{"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"}

// bounded is the document for whoever may give roles no more than the boundary.
func bounded(d document) document {
	for i := range d.Statement {
		s := &d.Statement[i]
		if !slices.ContainsFunc(s.Action, func(action string) bool { return slices.Contains(empowering, action) }) {
			continue
		}
		if slices.Contains(s.Action, "iam:CreateRole") { // A role from before gets it, too.
			s.Action = slices.Sorted(slices.Values(append(s.Action, "iam:PutRolePermissionsBoundary")))
		}
		if s.Condition == nil {
			s.Condition = map[string]map[string]any{}
		}
		s.Condition["StringLike"] = map[string]any{"iam:PermissionsBoundary": scope.Boundary}
	}
	return d
}

// TestGoldenBoundedPolicy makes the variant with the boundary of the one without.
func TestGoldenBoundedPolicy(t *testing.T) {
	compareDocument(t, "deploy-policy-roles-bounded", bounded(read(t, "deploy-policy-roles")))
}

// reading are the first words of actions that change nothing.
var reading = regexp.MustCompile(`:(Describe|Get|List|Validate)`)

// planning is the document of whoever plans: what the documents let read. Of the secrets it
// are the passwords alone, which a plan opens and keeps nowhere.
func planning(documents ...document) document {
	plan := looking(documents...)
	password := statement{
		Sid: "ReadThePassword", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"},
		Resource: []any{
			"arn:aws:secretsmanager:*:*:secret:flask-api-db-app-*", "arn:aws:secretsmanager:*:*:secret:flask-api-db-credentials-*",
			"arn:aws:secretsmanager:*:*:secret:flask-api-db-migrator-*",
		},
	}
	key := statement{
		Sid: "KeyOfThePassword", Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: "arn:aws:kms:*:*:key/*",
		Condition: map[string]map[string]any{"StringLike": {"aws:ResourceTag/Name": "flask-api-*", "kms:ViaService": "secretsmanager.*.amazonaws.com"}},
	}
	plan.Statement = append(plan.Statement, password, key)
	return plan
}

// looking is what the documents let read, but for secrets.
func looking(documents ...document) document {
	plan := document{Version: documents[0].Version}
	for _, d := range documents {
		for _, s := range d.Statement {
			s.Action = slices.DeleteFunc(s.Action, func(action string) bool {
				return !reading.MatchString(action) || action == "secretsmanager:GetSecretValue"
			})
			i := slices.IndexFunc(plan.Statement, func(p statement) bool {
				return p.Sid == s.Sid || reflect.DeepEqual(p.Resource, s.Resource) && reflect.DeepEqual(p.Condition, s.Condition)
			})
			switch {
			case len(s.Action) == 0:
			case i >= 0:
				known := &plan.Statement[i]
				known.Resource = s.Resource // Where the options' document has the same statement, it has more.
				known.Action = slices.Compact(slices.Sorted(slices.Values(append(known.Action, s.Action...))))
			default:
				plan.Statement = append(plan.Statement, s)
			}
		}
	}
	return plan
}

// TestGoldenPlanPolicy makes the policy of whoever plans of those of whoever deploys.
func TestGoldenPlanPolicy(t *testing.T) {
	plan := planning(read(t, "deploy-policy"), read(t, "deploy-policy-network"), read(t, "deploy-policy-roles"), read(t, "deploy-policy-options"), read(t, "deploy-policy-release"), read(t, "deploy-policy-database"))
	sids := map[string]bool{}
	for _, s := range plan.Statement {
		assert.False(t, sids[s.Sid], "%s is twice", s.Sid)
		sids[s.Sid] = true
	}
	compareDocument(t, "plan-policy", plan)
	// One document has no room for all.
	compareDocument(t, "background-plan-policy", looking(read(t, "deploy-policy-background"), read(t, "deploy-policy-jobs"), read(t, "deploy-policy-cache")))
}

// pushing is the document of whoever pushes images by hand: what the program gives the role of
// a pipeline for that, on the registries of all environments.
func pushing(t *testing.T) document {
	t.Helper()
	var stack struct {
		Resource struct {
			Policies map[string]struct{ Policy document } `json:"aws_iam_role_policy"`
		}
	}
	require.NoError(t, json.Unmarshal(stacktest.Golden(t, stacktest.Chosen().Suffix), &stack))
	d := stack.Resource.Policies["deploy_role_push_images"].Policy
	require.NotEmpty(t, d.Statement, "an environment whose images come from a pipeline")
	for i := range d.Statement {
		s := &d.Statement[i]
		if reflect.DeepEqual(s.Resource, []any{"*"}) {
			s.Resource = "*"
		} else {
			s.Resource = "arn:aws:ecr:*:*:repository/flask-api-*"
		}
	}
	return d
}

// TestGoldenPushPolicy makes the policy of whoever pushes images of that of the pipeline's role.
func TestGoldenPushPolicy(t *testing.T) {
	compareDocument(t, "push-policy", pushing(t))
	const ecr = "arn:aws:ecr:eu-south-1:123456789012:repository/"
	allowed := policy(t, read(t, "push-policy"))
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
	for _, action := range []string{"BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"} {
		assert.True(t, allowed.Allows("ecr:"+action, ecr+"flask-api-ecr-dev", nil), action)
		assert.False(t, allowed.Allows("ecr:"+action, ecr+"payroll", nil), action)
	}
	for _, action := range []string{"BatchDeleteImage", "DeleteRepository", "SetRepositoryPolicy", "PutImageTagMutability"} {
		assert.False(t, allowed.Allows("ecr:"+action, ecr+"flask-api-ecr-dev", nil), action)
	}
	assert.True(t, allowed.Allows("ecr:GetAuthorizationToken", "*", nil))
}

func compareDocument(t *testing.T, name string, d document) {
	t.Helper()
	text, err := json.MarshalIndent(d, "", "  ")
	require.NoError(t, err)
	golden.Compare(t, docs+name+".json", string(text)+"\n")
}

// TestDocumentsFit holds each document below what IAM takes of a managed policy, white
// space aside: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestDocumentsFit(t *testing.T) {
	paths, err := filepath.Glob(docs + "*.json")
	require.NoError(t, err)
	assert.Greater(t, len(paths), 5)
	for _, path := range paths {
		text, err := os.ReadFile(path) //nolint:gosec // Of the repository.
		require.NoError(t, err)
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.Join(strings.Fields(string(text)), "")), 6144, path)
	}
}
