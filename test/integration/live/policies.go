package live

import (
	"regexp"
	"slices"
	"strings"
)

// accountRoot is how S3 answers with an account that a policy names by its number.
var accountRoot = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):root$`)

// principal writes what a policy says of a principal in one of the ways that mean the
// same: everybody as *, and an account as its number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func principal(name string, normal any) any {
	block, isBlock := normal.(map[string]any)
	if name != "Principal" || !isBlock {
		return normal
	}
	switch accounts := block["AWS"].(type) {
	case string:
		block["AWS"] = accountRoot.ReplaceAllString(accounts, "$1")
	case []any:
		for i := range accounts {
			if account, isText := accounts[i].(string); isText {
				accounts[i] = accountRoot.ReplaceAllString(account, "$1")
			}
		}
		slices.SortFunc(accounts, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	}
	if len(block) == 1 && block["AWS"] == "*" {
		return "*"
	}
	return block
}
