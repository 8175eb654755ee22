package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Difference is one between what was synthesised and what exists.
type Difference struct {
	// Object is the address of the resource with the object's name, or the latter alone.
	Object string
	// Attribute is where the object has the value Found and the stack wants another.
	Attribute, Found, Wanted string
	// Problem stands in their place where it is no matter of a value.
	Problem string
}

func (d Difference) String() string {
	if d.Problem != "" {
		return d.Object + " " + d.Problem
	}
	return fmt.Sprintf("%s: %s is %s, synthesised is %s", d.Object, d.Attribute, d.Found, d.Wanted)
}

// unseen are the types that are no objects in AWS.
var unseen = map[string]string{ //nolint:gosec // It is why no secret is read.
	"terraform_data":        "is a value that Terraform keeps in its state, and nothing in AWS",
	"aws_lambda_invocation": "is a call, which leaves nothing but what it did",
	// Which label is where, TestSecret looks at.
	"aws_secretsmanager_secret_version": "is a value, which nothing that compares may read",
}

// untagged are the types that have no tags in AWS. All others have those of the provider.
var untagged = []string{
	"aws_acm_certificate_validation",
	"aws_appautoscaling_policy",
	"aws_appautoscaling_scheduled_action",
	"aws_cloudwatch_dashboard",
	"aws_ecr_lifecycle_policy",
	"aws_ecs_cluster_capacity_providers",
	"aws_iam_role_policy",
	"aws_iam_role_policy_attachment",
	"aws_kms_alias",
	"aws_route",
	"aws_route53_record",
	"aws_route_table_association",
	"aws_s3_bucket_cors_configuration",
	"aws_s3_bucket_lifecycle_configuration",
	"aws_s3_bucket_ownership_controls",
	"aws_s3_bucket_policy",
	"aws_s3_bucket_public_access_block",
	"aws_s3_bucket_server_side_encryption_configuration",
	"aws_s3_bucket_versioning",
	"aws_scheduler_schedule",
	"aws_sns_topic_policy",
	"aws_sns_topic_subscription",
	"aws_sqs_queue_redrive_allow_policy",
	"aws_wafv2_web_acl_association",
	"aws_wafv2_web_acl_logging_configuration",
}

// Types are all that is compared: those of the kinds, and what else the stack has.
func Types(stack Stack) []string {
	all := maps.Clone(stack.Resources)
	if all == nil {
		all = map[string]map[string]Attributes{}
	}
	for kind := range kinds() {
		all[kind] = nil
	}
	for kind := range unseen {
		delete(all, kind)
	}
	return slices.Sorted(maps.Keys(all))
}

// Differences compares everything that the kinds find with the stack, by type. A type
// that AWS does not answer for has that as its only difference.
func Differences(ctx context.Context, env *Environment, stack Stack) (map[string][]Difference, error) {
	return differences(ctx, env, stack, kinds())
}

func differences(ctx context.Context, env *Environment, stack Stack, kinds map[string]Kind) (map[string][]Difference, error) {
	found, failed := findAll(ctx, env, kinds)
	r := &resolver{
		stack: stack, env: env, kinds: kinds, free: found,
		matched: map[string]map[string]Attributes{}, data: map[string]map[string]Attributes{}, locals: Attributes{},
	}
	if err := r.resolve(ctx); err != nil {
		return nil, err
	}
	all := map[string][]Difference{}
	for kind := range kinds {
		if failed[kind] != nil {
			all[kind] = []Difference{{Object: kind, Problem: "was not compared: " + failed[kind].Error()}}
			continue
		}
		for _, object := range slices.DeleteFunc(r.free[kind], func(object Attributes) bool { return stack.forgot(kind, object) }) {
			all[kind] = append(all[kind], Difference{Object: kind + " " + kinds[kind].described(object), Problem: "is there and was not synthesised"})
		}
	}
	for kind, blocks := range stack.Resources {
		if failed[kind] != nil || unseen[kind] != "" {
			continue
		}
		if kinds[kind].List == nil {
			all[kind] = []Difference{{Object: kind, Problem: "is a type that these tests do not know"}}
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(blocks)) {
			all[kind] = append(all[kind], r.compare(kind, name)...)
		}
	}
	return all, nil
}

// findAll asks AWS for the objects of all kinds, some at a time.
func findAll(ctx context.Context, env *Environment, kinds map[string]Kind) (found map[string][]Attributes, failed map[string]error) {
	found, failed = map[string][]Attributes{}, map[string]error{}
	var group errgroup.Group
	group.SetLimit(8)
	names := slices.Sorted(maps.Keys(kinds))
	objects, errs := make([][]Attributes, len(names)), make([]error, len(names))
	for i, kind := range names {
		group.Go(func() error {
			objects[i], errs[i] = env.list(ctx, kind, kinds[kind])
			return nil
		})
	}
	_ = group.Wait() // Each error is told with its kind.
	for i, kind := range names {
		found[kind], failed[kind] = slices.Clone(objects[i]), errs[i]
	}
	return found, failed
}

// compare are the differences of one resource.
func (r *resolver) compare(kind, name string) []Difference {
	address, block, k := kind+"."+name, r.stack.Resources[kind][name], r.kinds[kind]
	object := r.matched[kind][name]
	if object == nil {
		return []Difference{{Object: address, Problem: r.missing(kind, block)}}
	}
	address += " (" + k.name(object) + ")"
	found, wanted := maps.Clone(object), Attributes{}
	var all []Difference
	if !slices.Contains(untagged, kind) {
		all = unlikeTags(found["tags"], r.stack.tags(block))
	}
	maps.DeleteFunc(found, func(attribute string, _ any) bool { return attribute == "tags" || !configured(block, attribute) })
	for attribute, expression := range block {
		_, returned := found[attribute]
		_, skipped := k.Skipped[attribute]
		value, err := r.evaluate(expression)
		compared := attribute != "tags" && configured(block, attribute) && (returned || !skipped)
		if compared && err != nil && !skipped {
			all = append(all, Difference{Problem: "cannot be compared: " + attribute + " " + err.Error()})
		}
		if !compared || err != nil {
			delete(found, attribute)
			value = nil
		}
		wanted[attribute] = value
	}
	if k.Decided != nil {
		k.Decided(r, found, wanted)
	}
	all = append(all, unlike("", k.normal("", found, false), k.normal("", wanted, true))...)
	for i := range all {
		all[i].Object = address
		if named(k.Hidden, all[i].Attribute) && all[i].Found != notSet {
			all[i].Found = "a value that is not shown"
		}
	}
	return all
}

// unlikeTags are the wanted tags that are not there. An organisation may add others.
func unlikeTags(found any, wanted map[string]any) []Difference {
	has, _ := found.(map[string]any)
	var all []Difference
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if has[key] != wanted[key] {
			all = append(all, Difference{Attribute: "tags." + key, Found: text(has[key]), Wanted: text(wanted[key])})
		}
	}
	return all
}

// missing says that the object of a block was not found, by what it would be known.
func (r *resolver) missing(kind string, block Attributes) string {
	key, err := r.key(kind, block)
	if errors.Is(err, errUnknown) {
		return "is not there, nor is what it refers to"
	}
	if err != nil {
		return "cannot be looked for: " + err.Error()
	}
	return "is not there: " + joined(key)
}

// described is the object's name, with its key if that says more.
func (k Kind) described(object Attributes) string {
	name := k.name(object)
	if key := joined(k.keyOf(object)); key != "" && key != name {
		return name + " (" + key + ")"
	}
	return name
}

// joined are the parts of a key that are not empty.
func joined(key []string) string {
	return strings.Join(slices.DeleteFunc(key, func(part string) bool { return part == "" }), " ")
}

// name is what AWS calls the object.
func (k Kind) name(object Attributes) string {
	for _, attribute := range []string{"arn", "id", "name"} {
		if name, isText := object[attribute].(string); isText && name != "" {
			return name
		}
	}
	return joined(k.keyOf(object))
}
