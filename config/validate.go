package config

import (
	"errors"
	"fmt"
)

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
