package live

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// own describes those of the items of all pages that have a name of the environment.
func own[Page, Options, Item any](ctx context.Context, env *Environment, p Pager[Page, Options], items func(*Page) []Item,
	name func(Item) *string, describe func(Item) ([]Attributes, error),
) ([]Attributes, error) {
	all, err := Collect(ctx, p, items)
	return every(all, err, func(item Item) ([]Attributes, error) {
		if ours, err := env.owns(ctx, aws.ToString(name(item))); err != nil || !ours {
			return nil, err
		}
		return describe(item)
	})
}

// every describes all items.
func every[Item any](items []Item, err error, describe func(Item) ([]Attributes, error)) ([]Attributes, error) {
	var all []Attributes
	for _, item := range items {
		described, failed := describe(item)
		if failed != nil {
			return nil, failed
		}
		all = append(all, described...)
	}
	return all, err
}

// of lists what belongs to each object of another kind.
func of(kind string, list func(ctx context.Context, env *Environment, owner Attributes) ([]Attributes, error)) func(context.Context, *Environment) ([]Attributes, error) {
	return func(ctx context.Context, env *Environment) ([]Attributes, error) {
		owners, err := env.Found(ctx, kind)
		return every(owners, err, func(owner Attributes) ([]Attributes, error) { return list(ctx, env, owner) })
	}
}

// text is the attribute, or empty where there is none.
func (a Attributes) text(name string) string {
	s, _ := a[name].(string)
	return s
}

// one is the list of one object, without what AWS does not say of it.
func one(a Attributes) ([]Attributes, error) {
	maps.DeleteFunc(a, func(_ string, value any) bool {
		v := reflect.ValueOf(value)
		return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() || v.Kind() == reflect.String && v.Len() == 0
	})
	return []Attributes{a}, nil
}

// none is nothing where AWS answers in one of these words that there is nothing.
func none(err error, absent ...string) ([]Attributes, error) {
	var answer smithy.APIError
	if errors.As(err, &answer) && slices.Contains(absent, answer.ErrorCode()) {
		return nil, nil
	}
	return nil, err
}

// unescaped is a policy of IAM, which is answered as part of a URL is written.
func unescaped(document *string) string {
	text, err := url.PathUnescape(aws.ToString(document))
	if err != nil {
		return aws.ToString(document)
	}
	return text
}

var camelCase = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// snake writes a name as Terraform does: kms_key_id.
func snake(name string) string {
	return strings.ToLower(camelCase.ReplaceAllString(strings.ReplaceAll(name, "GiB", "Gib"), "${1}${3}_${2}${4}"))
}

// camel writes a name as the definition of a container does: logDriver.
func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// renamed makes of a struct of the SDK what JSON says of it, without what is empty and
// with its names as Terraform writes them.
func renamed(v any, name func(string) string) any {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // Every struct of the SDK is JSON.
	}
	var decoded any
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		panic(err)
	}
	return rename(decoded, name)
}

func rename(v any, name func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		a := Attributes{}
		for key, value := range v {
			if inner := rename(value, name); inner != nil {
				a[name(key)] = inner
			}
		}
		return a
	case []any:
		var list []any
		for _, value := range v {
			if inner := rename(value, name); inner != nil {
				list = append(list, inner)
			}
		}
		if len(list) > 0 {
			return list
		}
	default:
		if v != nil && !reflect.ValueOf(v).IsZero() {
			return v
		}
	}
	return nil
}

// block is a struct, or are structs, of the SDK as Terraform's blocks of them.
func block(v any) any {
	b := renamed(v, snake)
	if a, ok := b.(Attributes); ok {
		return []any{a}
	}
	return b
}

// prefix begins the names of the platform's environments.
func (e *Environment) prefix() string { return strings.TrimSuffix(e.StackName, e.Suffix) }

// owns tells whether the name is one of this environment: it ends with its suffix, and
// not with that of another one, whose suffix may end with this.
func (e *Environment) owns(ctx context.Context, name string) (bool, error) {
	if !strings.HasPrefix(name, e.prefix()) || !strings.HasSuffix(name, "-"+e.Suffix) {
		return false, nil
	}
	others, err := e.others(ctx)
	for _, suffix := range others {
		if strings.HasSuffix(name, "-"+suffix) {
			return false, err
		}
	}
	return err == nil, err
}

// others are the suffixes of the environments of the account, in all regions, that end
// with this one's: each has an execution role.
func (e *Environment) others(ctx context.Context) ([]string, error) {
	role := e.prefix() + "execution-role-"
	roles, err := e.roles(ctx)
	var suffixes []string
	for _, r := range roles {
		if suffix, ok := strings.CutPrefix(r.text("name"), role); ok && strings.HasSuffix(suffix, "-"+e.Suffix) {
			suffixes = append(suffixes, suffix)
		}
	}
	return suffixes, err
}

// roles are the names of all roles of the account, which are asked for once.
func (e *Environment) roles(ctx context.Context) ([]Attributes, error) {
	return e.once("roles", func() ([]Attributes, error) {
		roles, err := Collect(ctx, iam.NewListRolesPaginator(iam.NewFromConfig(e.AWS), &iam.ListRolesInput{}),
			func(page *iam.ListRolesOutput) []types.Role { return page.Roles })
		return every(roles, err, func(r types.Role) ([]Attributes, error) { return one(Attributes{"name": *r.RoleName}) })
	})()
}
