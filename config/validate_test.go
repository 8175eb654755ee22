package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fieldErrors takes a joined error apart.
func fieldErrors(t *testing.T, err error) []*FieldError {
	t.Helper()
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	var all []*FieldError
	for _, e := range joined.Unwrap() {
		var field *FieldError
		require.ErrorAs(t, e, &field)
		assert.Equal(t, strings.TrimRight(e.Error(), ".\n"), e.Error(), "no trailing period")
		assert.NotContains(t, e.Error(), "\n", "one line for each problem")
		all = append(all, field)
	}
	return all
}

// refusal is a configuration with something broken and the lines that it must give,
// without `environment "dev": `.
type refusal struct {
	name  string
	spoil func(*Config)
	lines []string
}

// refused are the refusals of all sections.
var refused = slices.Concat(
	refusedRegion, refusedTags, refusedNetwork, refusedRegistry, refusedLoadBalancer, refusedService, refusedDeployment, refusedScaling, refusedDatabase, refusedLogs, refusedAlarms, refusedState,
)

// accepted are changes at the edges of what is allowed, by section.
var accepted = []map[string]func(*Config){
	acceptedRegion, acceptedTags, acceptedNetwork, acceptedRegistry, acceptedLoadBalancer, acceptedDeployment, acceptedDatabase, acceptedLogs,
}

func TestValidateReportsEachProblem(t *testing.T) {
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			c := Defaults("dev")
			test.spoil(&c)
			errs := fieldErrors(t, c.Validate())
			require.Len(t, errs, len(test.lines), "%v", c.Validate())
			for i, err := range errs {
				assert.Equal(t, "dev", err.Environment)
				assert.True(t, strings.HasPrefix(err.Error(), `environment "dev": `+err.Field+": "), err.Error())
				assert.Contains(t, err.Error(), test.lines[i])
			}
		})
	}
}

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	err := Config{}.Validate()
	var fields []string
	for _, e := range fieldErrors(t, err) {
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{
		"Suffix", "Region", `Tags["Environment"]`, `Tags["ManagedBy"]`, `Tags["Project"]`,
		"Network.PublicSubnetCIDRs", "Network.PrivateSubnetCIDRs", "Network.NAT", "Network.CIDR", "Network.PrivateSubnetCIDRs",
		"Registry.UntaggedImageExpiryDays",
		"LoadBalancer.IngressCIDRs", "LoadBalancer.IdleTimeoutSeconds", "LoadBalancer.WAF.RateLimit",
		"LoadBalancer.HealthCheckPath", "LoadBalancer.HealthCheckPath", "LoadBalancer.HealthCheckMatcher",
		"LoadBalancer.HealthCheckIntervalSeconds", "LoadBalancer.HealthCheckTimeoutSeconds", "LoadBalancer.HealthCheckTimeoutSeconds",
		"LoadBalancer.HealthyThreshold", "LoadBalancer.UnhealthyThreshold",
		"Service.CPUUnits", "Service.CPUArchitecture", "Service.EphemeralStorageGiB", "Service.ContainerPort",
		"Service.StopTimeoutSeconds", "Service.DeploymentTimeoutMinutes",
		"Deployment.Images", "Deployment.GitHubBranch",
		"Scaling.MinTasks", "Scaling.MaxTasks", "Scaling.CPUTargetPercent",
		"Database.EngineVersion", "Database.InstanceClass", "Database.ReaderCPUTargetPercent", "Database.Name", "Database.Username", "Database.Port",
		"Database.PasswordVersion", "Database.BackupRetentionDays", "Database.BackupWindow", "Database.MaintenanceWindow",
		"Logs.RetentionDays",
		"Alarms.LatencySeconds", "Alarms.ServerErrors", "Alarms.DatabaseConnections", "State.Backend",
	}, fields)
}

func TestValidateIsDeterministic(t *testing.T) {
	c := Defaults("dev")
	for i := range 10 {
		c.Tags[fmt.Sprintf("aws:%d", i)] = "${x}"
	}
	first := c.Validate().Error()
	for range 20 {
		require.Equal(t, first, c.Validate().Error())
	}
}

// TestValidValues tries values at the edges of what is allowed.
func TestValidValues(t *testing.T) {
	for _, section := range accepted {
		for name, change := range section {
			c := Defaults("dev")
			change(&c)
			assert.NoError(t, c.Validate(), name)
		}
	}
}

func TestValidateAllRefusesSharedSuffix(t *testing.T) {
	err := validateAll([]Config{Defaults("dev"), Defaults("production"), Defaults("dev")})
	assert.EqualError(t, err, `environment "dev": Suffix: "dev" is taken by another environment; `+
		`allowed: a suffix of its own for every environment; fix: rename one of the two`)
}

func TestFieldErrorIsFoundInLoadsError(t *testing.T) {
	_, err := Load(env(map[string]string{"ENVIRONMENT_SUFFIX": "Dev"}))
	var field *FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Suffix", field.Field)
}

func TestWorkspaceOfItsOwn(t *testing.T) {
	one, two := Defaults("one"), Defaults("two")
	one.State = State{Backend: BackendCloud, Organization: "example", Workspace: "api"}
	two.State = one.State
	require.EqualError(t, validateAll([]Config{one, two}), `environment "two": State.Workspace: "api" is the workspace of environment "one", too; `+
		"allowed: a workspace of its own for every environment; fix: name another one")
	two.State.Hostname = "terraform.example.com"
	assert.NoError(t, validateAll([]Config{one, two}))
}
