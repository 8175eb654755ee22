package live

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Pager is a paginator of the SDK.
type Pager[Page, Options any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Options)) (*Page, error)
}

// Collect returns the items of all pages.
func Collect[Page, Options, Item any](ctx context.Context, p Pager[Page, Options], items func(*Page) []Item) ([]Item, error) {
	var all []Item
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, items(page)...)
	}
	return all, nil
}

// Values are those of a list.
func Values[Item, Value any](items []Item, value func(Item) Value) []Value {
	all := make([]Value, len(items))
	for i, item := range items {
		all[i] = value(item)
	}
	return all
}

// tags makes a map of a service's list of tags. Each service has a type of its own for a
// pair of Key and Value, or of TagKey and TagValue.
func tags(list any) map[string]string {
	encoded, _ := json.Marshal(list) //nolint:errchkjson // It holds nothing but strings.
	var pairs []struct{ Key, Value, TagKey, TagValue string }
	_ = json.Unmarshal(encoded, &pairs)
	all := map[string]string{}
	for _, pair := range pairs {
		all[pair.Key+pair.TagKey] = pair.Value + pair.TagValue
	}
	return all
}

// statements are those of a policy, without its version.
func statements(policy *string) any {
	var document struct{ Statement any }
	if json.Unmarshal([]byte(aws.ToString(policy)), &document) != nil {
		return policy
	}
	return document.Statement
}

// afterLast is what follows the last of the marks in the text.
func afterLast(text, mark string) string {
	return text[strings.LastIndex(text, mark)+len(mark):]
}
