package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// house is a stack of one house, with a door that refers to it by what AWS chose.
const house = `{
  "provider": {"aws": [{"default_tags": [{"tags": {"Project": "village"}}]}]},
  "data": {
    "aws_caller_identity": {"caller": {}},
    "aws_iam_policy_document": {"trust": {"statement": [{"actions": ["open"], "principals": [{"type": "AWS", "identifiers": ["${data.aws_caller_identity.caller.account_id}"]}]}]}},
    "aws_weather": {"today": {}}
  },
  "locals": {"colour": "${aws_house.home.name == \"home\" ? \"red\" : \"blue\"}"},
  "resource": {
    "aws_door": {"front": {
      "house": "${aws_house.home.id}", "number": "1", "colour": "${local.colour}", "keys": ["b", "a"], "steps": ["first", "second"],
      "policy": "${data.aws_iam_policy_document.trust.json}", "lock": {"bolts": 2}, "glass": [{"name": "left", "clear": true}, {"name": "right", "clear": true}], "weather": "${data.aws_weather.today.rain}",
      "lifecycle": {"ignore_changes": ["bell"]}, "bell": "rings", "depends_on": ["aws_house.home"], "tags": {"Name": "front"}
    }},
    "aws_house": {"home": {"name": "home"}}
  }
}`

// asBuilt are the objects that the stack says.
func asBuilt() (houses, doors []Attributes) {
	houses = []Attributes{{"id": "h-1", "name": "home", "tags": map[string]any{"Project": "village", "Owner": "the organisation"}}}
	doors = []Attributes{{
		"arn": "arn:door", "house": "h-1", "number": 1, "colour": "red", "keys": []string{"a", "b"}, "steps": []string{"first", "second"},
		"policy": `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "open", "Principal": {"AWS": ["1"]}}}`,
		"lock":   []Attributes{{"bolts": 2, "rust": false, "material": "iron"}}, "weather": "dry", "glass": []Attributes{{"name": "right", "clear": true}, {"name": "left", "clear": true}}, "bell": "silent", "height": 2, "hinges": nil,
		"tags": map[string]string{"Project": "village", "Name": "front"},
	}}
	return houses, doors
}

func list(objects *[]Attributes) func(context.Context, *Environment) ([]Attributes, error) {
	return func(context.Context, *Environment) ([]Attributes, error) { return *objects, nil }
}

func TestDifferences(t *testing.T) {
	const front = "aws_door.front (arn:door)"
	for _, c := range []struct {
		name   string
		change func(houses, doors *[]Attributes)
		want   []string
	}{
		{"as it was built", func(_, _ *[]Attributes) {}, nil},
		{"another value", func(_, doors *[]Attributes) { (*doors)[0]["colour"] = "blue" }, []string{front + `: colour is "blue", synthesised is "red"`}},
		{"no value", func(_, doors *[]Attributes) { delete((*doors)[0], "colour") }, []string{front + `: colour is not set, synthesised is "red"`}},
		{"not the default", func(_, doors *[]Attributes) { (*doors)[0]["height"] = 3 }, []string{front + `: height is "3", synthesised is "2"`}},
		{"a value where there was none", func(_, doors *[]Attributes) { (*doors)[0]["hinges"] = "oiled" }, []string{front + `: hinges is "oiled", synthesised is not set`}},
		{"another default in a block", func(_, doors *[]Attributes) {
			(*doors)[0]["lock"] = []Attributes{{"bolts": 2, "material": "wood"}}
		}, []string{front + `: lock.material is "wood", synthesised is "iron"`}},
		{"one member more", func(_, doors *[]Attributes) { (*doors)[0]["keys"] = []string{"a", "b", "c"} }, []string{front + `: keys is ["a","b","c"], synthesised is ["a","b"]`}},
		{"one long member more", func(_, doors *[]Attributes) {
			(*doors)[0]["keys"] = []string{"a", "b", strings.Repeat("c", shown)}
		}, []string{front + `: keys is ["` + strings.Repeat("c", shown) + `"], synthesised is []`}},
		{"another order", func(_, doors *[]Attributes) { (*doors)[0]["steps"] = []string{"second", "first"} }, []string{front + `: steps is ["second","first"], synthesised is ["first","second"]`}},
		{"another of the named blocks", func(_, doors *[]Attributes) {
			(*doors)[0]["glass"] = []Attributes{{"name": "left", "clear": false}}
		}, []string{front + `: glass.left.clear is "false", synthesised is "true"`, front + `: glass.right.clear is "false", synthesised is "true"`, front + `: glass.right.name is not set, synthesised is "right"`}},
		{"trust opened", func(_, doors *[]Attributes) {
			(*doors)[0]["policy"] = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "open", "Principal": "*"}}`
		}, []string{front + `: policy.Statement.Principal is "*", synthesised is {"AWS":"1"}`}},
		{"a tag gone", func(_, doors *[]Attributes) { (*doors)[0]["tags"] = map[string]string{"Name": "front"} }, []string{front + `: tags.Project is not set, synthesised is "village"`}},
		{"one object more", func(_, doors *[]Attributes) {
			*doors = append(*doors, Attributes{"arn": "arn:back", "house": "h-1", "number": 2})
		}, []string{`aws_door arn:back (h-1 2) is there and was not synthesised`}},
		{"one object less", func(_, doors *[]Attributes) { *doors = nil }, []string{`aws_door.front is not there: h-1 1`}},
		{"what others refer to is gone", func(houses, _ *[]Attributes) { *houses = nil }, []string{
			`aws_door arn:door (h-1 1) is there and was not synthesised`, "aws_door.front is not there, nor is what it refers to", `aws_house.home is not there: home`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			houses, doors := asBuilt()
			c.change(&houses, &doors)
			assert.ElementsMatch(t, c.want, compareHouse(t, map[string]Kind{
				"aws_house": {Key: []string{"name"}, List: list(&houses), Computed: []string{"id"}},
				"aws_door": {
					Key: []string{"house", "number"}, List: list(&doors), Computed: []string{"arn"}, Ordered: []string{"steps"},
					Defaults: Attributes{"height": 2, "lock.material": "iron"}, Skipped: map[string]string{"weather": "nobody knows"},
				},
			}))
		})
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	houses, doors := asBuilt()
	kinds := map[string]Kind{
		"aws_house": {Key: []string{"name"}, List: list(&houses), Computed: []string{"id"}},
		"aws_door":  {Key: []string{"house", "number"}, List: list(&doors), Computed: []string{"arn", "height", "lock.material"}, Ordered: []string{"steps"}},
	}
	assert.Equal(t, []string{"aws_door.front (arn:door) cannot be compared: weather refers to what is not known"}, compareHouse(t, kinds))

	kinds["aws_door"] = Kind{List: func(context.Context, *Environment) ([]Attributes, error) { return nil, errors.New("AccessDenied") }}
	assert.Equal(t, []string{"aws_door was not compared: aws_door: AccessDenied"}, compareHouse(t, kinds))

	delete(kinds, "aws_door")
	assert.Equal(t, []string{"aws_door is a type that these tests do not know"}, compareHouse(t, kinds))
}

func compareHouse(t *testing.T, kinds map[string]Kind) []string {
	t.Helper()
	stack, err := Parse([]byte(house))
	require.NoError(t, err)
	all, err := differences(t.Context(), &Environment{Account: "1"}, stack, kinds)
	require.NoError(t, err)
	var messages []string
	for _, kind := range all {
		messages = append(messages, Values(kind, Difference.String)...)
	}
	slices.Sort(messages)
	return messages
}

func TestPolicyDocument(t *testing.T) {
	document := policyDocument(map[string]any{"statement": map[string]any{
		"sid": "Read", "effect": "Deny", "actions": []any{"s3:GetObject"}, "resources": []any{"*"},
		"condition": []any{
			map[string]any{"test": "Bool", "variable": "aws:SecureTransport", "values": []any{"false"}},
			map[string]any{"test": "Bool", "variable": "aws:ViaAWSService", "values": []any{"false"}},
		},
	}})
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "Read", "Effect": "Deny", "Action": []any{"s3:GetObject"}, "Resource": []any{"*"},
		"Condition": map[string]map[string]any{"Bool": {"aws:SecureTransport": []any{"false"}, "aws:ViaAWSService": []any{"false"}}},
	}}}, document)
}
