package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
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

// Validate checks the configuration against the limits of AWS and of this
// program. The error joins one [FieldError] for every problem, in the order of
// the fields, so that all of them can be fixed at once.
func (c Config) Validate() error {
	p := &problems{environment: c.Suffix}
	p.checkSuffix(c)
	p.checkRegion(c.Region)
	p.checkTags(c.Tags)
	p.checkNetwork(c)
	p.checkRegistry(c)
	p.checkLoadBalancer(c)
	p.checkService(c)
	p.checkDeployment(c.Deployment)
	p.checkScaling(c.Scaling)
	p.checkDatabase(c.Database)
	p.checkLogs(c.Logs)
	p.checkAlarms(c.Alarms)
	p.checkState(c.State)
	return errors.Join(p.errs...)
}

// validateAll validates every environment, and that no two share a suffix or a
// workspace: they would be one stack and would overwrite each other.
func validateAll(envs []Config) error {
	var errs []error
	seen := make(map[string]bool, len(envs))
	workspaces := map[string]string{}
	for _, c := range envs {
		p := &problems{environment: c.Suffix}
		if seen[c.Suffix] {
			p.add("Suffix", c.Suffix, "is taken by another environment",
				"a suffix of its own for every environment", "rename one of the two")
		}
		seen[c.Suffix] = true
		if workspace := c.State.workspace(); workspace != "" {
			if other, taken := workspaces[workspace]; taken {
				p.add("State.Workspace", c.State.Workspace, fmt.Sprintf("is the workspace of environment %q, too", other),
					"a workspace of its own for every environment", "name another one")
			}
			workspaces[workspace] = c.Suffix
		}
		errs = append(append(errs, c.Validate()), p.errs...)
	}
	return errors.Join(errs...)
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

// regionForm also takes the names of other partitions, such as us-gov-west-1.
var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[1-9]$`)

// checkRegion checks the form only: new regions appear without this program.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
func (p *problems) checkRegion(region string) {
	p.matches("Region", region, regionForm, "the code of an AWS region", "write a code such as eu-south-1")
}
