package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldError is one thing that is wrong with one field of one environment.
type FieldError struct {
	// Environment is the suffix of the environment.
	Environment string
	// Field is the path of the field, such as "Network.CIDR".
	Field string
	// Value is what the field holds.
	Value any
	// Problem says what is wrong with the value, as in "is not an address".
	Problem string
	// Allowed says which values the field may hold.
	Allowed string
	// Because says why this program refuses what AWS may well accept. It is empty
	// where AWS itself refuses the value.
	Because string
	// Fix says what to do.
	Fix string
	// Suggestion is the value that the fix names, or nil where it names none.
	Suggestion any
}

// Error is the whole problem on one line.
func (e *FieldError) Error() string {
	whose := "AWS allows " + e.Allowed
	if e.Because != "" {
		whose = "this program allows " + e.Allowed + ", because " + e.Because
	}
	return fmt.Sprintf("environment %q: %s: %#v %s; %s; fix: %s",
		e.Environment, e.Field, e.Value, e.Problem, whose, e.Fix)
}

// rule is what is allowed, and whose rule that is.
type rule struct{ allowed, because string }

// aws is a rule of AWS. The code that states it links to where AWS does.
func aws(allowed string) rule { return rule{allowed: allowed} }

// ours is a rule of this program, which AWS does not have, and its reason.
func ours(allowed, because string) rule { return rule{allowed, because} }

// fix is what to do about a problem.
type fix struct {
	text       string
	suggestion any
}

// do is a fix that names no value.
func do(text string) fix { return fix{text: text} }

// write is a fix that names the one value to write.
func write(value any) fix { return suggest("write", value) }

// suggest is a fix that ends in an example.
func suggest(text string, value any) fix { return fix{fmt.Sprintf("%s %v", text, value), value} }

// problems collects what is wrong with one environment.
type problems struct {
	environment string
	errs        []*FieldError
}

// add records one problem.
func (p *problems) add(field string, value any, problem string, r rule, f fix) {
	p.errs = append(p.errs, &FieldError{p.environment, field, value, problem, r.allowed, r.because, f.text, f.suggestion})
}

// unlimited is the upper bound of a number that AWS bounds only by its type, a
// signed integer of 32 bits.
const unlimited = math.MaxInt32

// bounds are the ends of a range of numbers. An end is AWS's own unless it has a
// reason of this program.
type bounds struct {
	low, high               int
	lowBecause, highBecause string
}

// between requires a number within the bounds. The two ends may be rules of different
// owners; then the error names the end that the value is beyond, alone.
func (p *problems) between(field string, value int, b bounds) {
	low, high := fmt.Sprintf("%d or more", b.low), fmt.Sprintf("%d or less", b.high)
	if b.lowBecause == b.highBecause {
		low = fmt.Sprintf("%d to %d", b.low, b.high)
		high = low
	}
	switch {
	case value < b.low:
		p.add(field, value, "is out of range", rule{low, b.lowBecause}, write(b.low))
	case value > b.high:
		p.add(field, value, "is out of range", rule{high, b.highBecause}, write(b.high))
	}
}

// oneOf requires one of the numbers, which are sorted.
func (p *problems) oneOf(field string, value int, numbers []int, problem string) {
	if !slices.Contains(numbers, value) {
		p.add(field, value, problem, aws(list(numbers)), write(atLeast(numbers, value)))
	}
}

// matches requires a string of a form.
func (p *problems) matches(field, value string, form *regexp.Regexp, r rule, f fix) {
	if !form.MatchString(value) {
		p.add(field, value, "has the wrong form", r, f)
	}
}

// length requires low to high characters; both are limits of AWS.
func (p *problems) length(field, value string, low, high int) {
	if n := utf8.RuneCountInString(value); n < low || n > high {
		p.add(field, value, fmt.Sprintf("has %d characters", n), aws(fmt.Sprintf("%d to %d characters", low, high)),
			do(fmt.Sprintf("write a text of %d to %d characters", low, high)))
	}
}

// noTemplate requires a string that Terraform does not change. It evaluates every
// string in its JSON as a template.
// https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
func (p *problems) noTemplate(field, value, instead string) {
	if strings.Contains(value, "${") || strings.Contains(value, "%{") {
		p.add(field, value, "contains a template", ours("text without ${ and %{", "Terraform would evaluate it"), do(instead))
	}
}

// list lists the numbers.
func list(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

// atLeast is the first of the sorted numbers that is not below n, or the last.
func atLeast(numbers []int, n int) int {
	i, _ := slices.BinarySearch(numbers, n)
	return numbers[min(i, len(numbers)-1)]
}

// element is the path of an element of a list.
func element(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// entry is the path of an entry of a map.
func entry(field, key string) string { return fmt.Sprintf("%s[%q]", field, key) }
