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

// unlimited is the upper bound of a number that AWS bounds only by its type, a
// signed integer of 32 bits.
const unlimited = math.MaxInt32

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
	// Fix says what to do.
	Fix string
}

// Error is the whole problem on one line.
func (e *FieldError) Error() string {
	return fmt.Sprintf("environment %q: %s: %#v %s; allowed: %s; fix: %s",
		e.Environment, e.Field, e.Value, e.Problem, e.Allowed, e.Fix)
}

// problems collects what is wrong with one environment.
type problems struct {
	environment string
	errs        []error
}

// add records one problem.
func (p *problems) add(field string, value any, problem, allowed, fix string) {
	p.errs = append(p.errs, &FieldError{p.environment, field, value, problem, allowed, fix})
}

// between wants a number of at least low and at most high.
func (p *problems) between(field string, value, low, high int) {
	if value < low || value > high {
		p.add(field, value, "is out of range", fmt.Sprintf("%d to %d", low, high),
			fmt.Sprintf("write %d", min(max(value, low), high)))
	}
}

// matches wants a string of a form.
func (p *problems) matches(field, value string, form *regexp.Regexp, allowed, fix string) {
	if !form.MatchString(value) {
		p.add(field, value, "is not of the form", allowed, fix)
	}
}

// length wants low to high characters.
func (p *problems) length(field, value string, low, high int) {
	if n := utf8.RuneCountInString(value); n < low || n > high {
		p.add(field, value, fmt.Sprintf("has %d characters", n), fmt.Sprintf("%d to %d characters", low, high),
			fmt.Sprintf("write a text of %d to %d characters", low, high))
	}
}

// oneOf lists the numbers.
func oneOf(numbers []int) string {
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
