package escalation

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flask-api/test/emulator"
)

const (
	iam           = "arn:aws:iam::123456789012:"
	boundary      = iam + "policy/flask-api-boundary"
	administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
	foreignKey    = "arn:aws:kms:eu-south-1:123456789012:key/foreign"
	namedKey      = "arn:aws:kms:eu-south-1:123456789012:key/named"
	foreignGroup  = "arn:aws:ec2:eu-south-1:123456789012:security-group/foreign"
)

// nameTag is how conditions know the name of a thing.
const nameTag = "aws:ResourceTag/Name"

// everything is a policy that allows everything.
var everything = document{Statement: []statement{{Effect: "Allow", Action: []string{"*"}, Resource: "*"}}}

// world is an account, as far as whoever deploys may change it. Steps only add to it: what
// a role has had once, an attacker can have again.
type world struct {
	roles      []*role
	prizes     []prize
	boundaries map[string]*emulator.Role // what they allow, by ARN
	// foreign is what conditions learn of what is not the environment's, by ARN.
	foreign map[string]map[string]string
}

// role is one of the account.
type role struct {
	arn        string
	policies   []*emulator.Role
	boundaries []string // that it has or may be given; "" is none
	trusted    []string // services, and ARNs of roles
	actions    []string // of the policies that the program gives it

	acting    bool     // whether the attacker acts as it
	empowered bool     // whether it has a policy that allows everything
	by        []string // the way to whom the attacker acted as before
	how       []string // what was done to it then
}

// path is the way to the role.
func (r *role) path() []string { return slices.Concat(r.by, r.how) }

// may tells whether the role may do something, with one of its boundaries.
func (w *world) may(r *role, action, resource string, context map[string]string) bool {
	return slices.ContainsFunc(r.policies, func(p *emulator.Role) bool { return p.Allows(action, resource, context) }) &&
		slices.ContainsFunc(r.boundaries, func(b string) bool { return b == "" || w.boundaries[b].Allows(action, resource, context) })
}

// policy is what documents allow together.
func policy(t *testing.T, documents ...document) *emulator.Role {
	t.Helper()
	var texts [][]byte
	for _, d := range documents {
		text, err := json.Marshal(d)
		require.NoError(t, err)
		texts = append(texts, text)
	}
	r, err := emulator.NewRole("escalation", texts...)
	require.NoError(t, err)
	return r
}

// newWorld is an account with the roles of the environments in testdata, whose boundary is
// the one that is given, an administrator's role, which services may use, and two keys,
// one with an alias and one with a name, and a security group of others. The deploy role has the documents, and is bounded by nothing.
func newWorld(t *testing.T, boundaryOfRoles string, deploy ...document) *world {
	t.Helper()
	w := &world{
		prizes:     prizes,
		boundaries: map[string]*emulator.Role{boundary: policy(t, read(t, "permissions-boundary")), administrator: policy(t, everything)},
		foreign: map[string]map[string]string{
			foreignKey:   {"kms:ResourceAliases": "alias/payroll"},
			namedKey:     {nameTag: "payroll"},
			foreignGroup: {}, // The weakest: one that has a name is left alone in any case.
		},
		roles: []*role{
			{arn: iam + "role/deployer", policies: []*emulator.Role{policy(t, deploy...)}, boundaries: []string{""}},
			{arn: iam + "role/administrator", policies: []*emulator.Role{policy(t, everything)}, boundaries: []string{""}, trusted: services()},
		},
	}
	for _, r := range synthesised(t) {
		w.roles = append(w.roles, &role{arn: r.arn, policies: slices.Clone(r.policies), trusted: slices.Clone(r.trusted), boundaries: []string{boundaryOfRoles}})
	}
	return w
}

var (
	trustedService = regexp.MustCompile(`[a-z.-]+\.amazonaws\.com`)
	// expression is one of Terraform's; each here names what is the environment's own.
	expression = regexp.MustCompile(`\$\{[^}]*\}`)
)

// known are those that were read.
var known []*role

// synthesised are the roles of the environments in testdata, which together have every role
// and every statement.
func synthesised(t *testing.T) (roles []*role) {
	t.Helper()
	if known != nil {
		return known
	}
	defer func() { known = roles }()
	for _, name := range []string{"production", "fixtures/chosen", "fixtures/guarded"} {
		path := "../../testdata/" + name + ".golden.json"
		var stack struct {
			Resource struct {
				Roles    map[string]struct{ Name string }           `json:"aws_iam_role"`
				Policies map[string]struct{ Role, Policy jsonText } `json:"aws_iam_role_policy"`
			}
			Data struct {
				Documents map[string]json.RawMessage `json:"aws_iam_policy_document"`
			}
		}
		text, err := os.ReadFile(path) //nolint:gosec // Of the repository.
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &stack), path)
		for id, r := range stack.Resource.Roles {
			created := &role{arn: iam + "role/" + r.Name}
			created.trusted = trustedService.FindAllString(string(stack.Data.Documents[id+"_trust"]), -1)
			for name, p := range stack.Resource.Policies {
				if strings.HasSuffix(name, "_role_permissions") {
					continue // A boundary of one's own has to allow Service.Permissions.
				}
				if strings.Contains(string(p.Role), "."+id+".") {
					text := expression.ReplaceAll(p.Policy, []byte("arn:aws:*flask-api-*"))
					documents, err := emulator.NewRole(path, text)
					require.NoError(t, err)
					var d document
					require.NoError(t, json.Unmarshal(text, &d))
					for _, s := range d.Statement {
						created.actions = append(created.actions, s.Action...)
					}
					created.policies = append(created.policies, documents)
				}
			}
			roles = append(roles, created)
		}
	}
	slices.SortFunc(roles, func(a, b *role) int { return strings.Compare(a.arn, b.arn) })
	require.Greater(t, len(roles), 8)
	return roles
}

// jsonText is a value as it is written, or the text in it.
type jsonText []byte

// UnmarshalJSON keeps the value.
func (j *jsonText) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		data = []byte(text)
	}
	*j = slices.Clone(data)
	return nil
}

// find is the role of that name.
func (w *world) find(name string) *role {
	i := slices.IndexFunc(w.roles, func(r *role) bool { return r.arn == iam+"role/"+name })
	if i < 0 {
		panic(fmt.Sprint("no role is called ", name))
	}
	return w.roles[i]
}
