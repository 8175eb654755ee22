package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// errUnknown is of an expression that refers to what is not there, or to what nothing in
// AWS tells.
var errUnknown = errors.New("refers to what is not known")

// resolver finds the object of each resource, and evaluates the expressions with what it
// found: an id is known as soon as its object is.
type resolver struct {
	stack Stack
	env   *Environment
	kinds map[string]Kind
	// free are the found objects by type that belong to no resource, yet.
	free map[string][]Attributes
	// matched has the object of each resource, by type and name, data the values of data
	// sources, and locals those of locals.
	matched, data map[string]map[string]Attributes
	locals        Attributes
	scope         *hcl.EvalContext
}

// resolve matches until nothing moves any more: a key may refer to another object.
func (r *resolver) resolve(ctx context.Context) error {
	r.remember()
	for moved := true; moved; {
		r.look()
		looked, err := r.readData(ctx)
		if err != nil {
			return err
		}
		moved = looked || r.readLocals()
		for _, kind := range slices.Sorted(maps.Keys(r.stack.Resources)) {
			moved = r.match(kind) || moved
		}
	}
	return nil
}

// match finds the objects of a type whose keys are known.
func (r *resolver) match(kind string) (moved bool) {
	for _, name := range slices.Sorted(maps.Keys(r.stack.Resources[kind])) {
		if r.matched[kind][name] != nil {
			continue
		}
		want, err := r.key(kind, r.stack.Resources[kind][name])
		if err != nil {
			continue
		}
		i := slices.IndexFunc(r.free[kind], func(object Attributes) bool {
			return slices.Equal(r.kinds[kind].keyOf(object), want)
		})
		if i < 0 {
			continue
		}
		put(r.matched, kind, name, r.free[kind][i])
		r.free[kind] = slices.Delete(r.free[kind], i, i+1)
		moved = true
	}
	return moved
}

// key is that of the object that the block is for.
func (r *resolver) key(kind string, block Attributes) ([]string, error) {
	evaluated := Attributes{}
	for _, path := range r.kinds[kind].Key {
		attribute, _ := parent(path)
		value, err := r.evaluate(block[attribute])
		if err != nil {
			return nil, err
		}
		evaluated[attribute] = value
	}
	return r.kinds[kind].keyOf(evaluated), nil
}

// readData reads the data sources whose arguments are known.
func (r *resolver) readData(ctx context.Context) (moved bool, err error) {
	for kind, blocks := range r.stack.Data {
		for name, block := range blocks {
			if r.data[kind][name] != nil {
				continue
			}
			looked := maps.Clone(map[string]any(block))
			delete(looked, "lifecycle") // Its conditions are on what is found.
			arguments, err := r.evaluate(looked)
			if err != nil {
				continue
			}
			values, err := source(ctx, r.env, kind, arguments.(map[string]any)) //nolint:forcetypeassert // It is a map as before.
			if err != nil {
				return false, fmt.Errorf("data.%s.%s: %w", kind, name, err)
			}
			if values != nil {
				put(r.data, kind, name, values)
				moved = true
			}
		}
	}
	return moved, nil
}

func (r *resolver) readLocals() (moved bool) {
	for name, expression := range r.stack.Locals {
		if _, known := r.locals[name]; known {
			continue
		}
		if value, err := r.evaluate(expression); err == nil {
			r.locals[name], moved = value, true
		}
	}
	return moved
}

func put(all map[string]map[string]Attributes, kind, name string, values Attributes) {
	if all[kind] == nil {
		all[kind] = map[string]Attributes{}
	}
	all[kind][name] = values
}

// look makes the scope in which expressions are evaluated of what is known.
func (r *resolver) look() {
	variables := map[string]cty.Value{"ephemeral": cty.DynamicVal}
	for kind, blocks := range r.stack.Resources {
		variables[kind] = objects(blocks, r.matched[kind])
	}
	const version = "aws_secretsmanager_secret_version"
	if blocks, some := r.stack.Resources[version]; some {
		variables[version] = objects(blocks, r.versions(blocks))
	}
	data := map[string]cty.Value{}
	for kind, blocks := range r.stack.Data {
		data[kind] = objects(blocks, r.data[kind])
	}
	locals := map[string]cty.Value{}
	for name := range r.stack.Locals {
		locals[name] = cty.DynamicVal
		if value, known := r.locals[name]; known {
			locals[name] = toCty(value)
		}
	}
	variables["data"], variables["local"] = cty.ObjectVal(data), cty.ObjectVal(locals)
	r.scope = &hcl.EvalContext{Variables: variables, Functions: functions}
}

// versions are those of secrets, of which a block has one label each.
func (r *resolver) versions(blocks map[string]Attributes) map[string]Attributes {
	known := map[string]Attributes{}
	for name, block := range blocks {
		secret, err := r.evaluate(block["secret_id"])
		labels, _ := block["version_stages"].([]any)
		for _, object := range r.matched["aws_secretsmanager_secret"] {
			if versions, _ := object[secretVersions].(map[string]any); err == nil && len(labels) == 1 && object["id"] == secret {
				known[name] = Attributes{"version_id": versions[labels[0].(string)]} //nolint:forcetypeassert // It is a label.
			}
		}
	}
	return known
}

// objects are the blocks of a type in an expression: what is known of each.
func objects(blocks, known map[string]Attributes) cty.Value {
	values := map[string]cty.Value{}
	for name := range blocks {
		values[name] = cty.DynamicVal
		if known[name] != nil {
			values[name] = toCty(known[name])
		}
	}
	return cty.ObjectVal(values)
}

// functions are those of Terraform that the stacks use in what is compared.
var functions = map[string]function.Function{
	"coalesce":   stdlib.CoalesceFunc,
	"concat":     stdlib.ConcatFunc,
	"contains":   stdlib.ContainsFunc,
	"jsondecode": stdlib.JSONDecodeFunc,
	"jsonencode": stdlib.JSONEncodeFunc,
	"sort":       stdlib.SortFunc,
	"tolist":     stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
	"trimprefix": stdlib.TrimPrefixFunc,
	"trimsuffix": stdlib.TrimSuffixFunc,
	"try":        tryfunc.TryFunc,
}

// evaluate returns the value with its expressions evaluated.
func (r *resolver) evaluate(value any) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		result := map[string]any{}
		for key, inner := range value {
			evaluated, err := r.evaluate(inner)
			if err != nil {
				return nil, err
			}
			result[key] = evaluated
		}
		return result, nil
	case []any:
		result := make([]any, len(value))
		for i := range value {
			evaluated, err := r.evaluate(value[i])
			if err != nil {
				return nil, err
			}
			result[i] = evaluated
		}
		return result, nil
	case string:
		return r.evaluateTemplate(value)
	}
	return value, nil
}

func (r *resolver) evaluateTemplate(text string) (any, error) {
	expression, problems := hclsyntax.ParseTemplate([]byte(text), "", hcl.InitialPos)
	if problems.HasErrors() {
		return nil, problems
	}
	result, problems := expression.Value(r.scope)
	if problems.HasErrors() {
		return nil, problems
	}
	if !result.IsWhollyKnown() {
		return nil, errUnknown
	}
	encoded, err := ctyjson.Marshal(result, result.Type())
	if err != nil {
		return nil, err
	}
	var value any
	return value, json.Unmarshal(encoded, &value)
}

// toCty makes a value of an expression of one that JSON knows.
func toCty(value any) cty.Value {
	encoded, err := json.Marshal(value)
	if err != nil {
		return cty.DynamicVal
	}
	kind, err := ctyjson.ImpliedType(encoded)
	if err != nil {
		return cty.DynamicVal
	}
	result, err := ctyjson.Unmarshal(encoded, kind)
	if err != nil {
		return cty.DynamicVal
	}
	return result
}
