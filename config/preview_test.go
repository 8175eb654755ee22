package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// variables are what the program reads of the environment.
func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// TestPreview wants a new environment to be like a defined one where that is said, and
// one of the defaults where it is not.
func TestPreview(t *testing.T) {
	like := Defaults("dev").withTags(map[string]string{"Environment": "development"})
	getenv := variables("ENVIRONMENT_SUFFIX", "pr-42", "ENVIRONMENT_LIKE", "dev", "ENVIRONMENT_EXPIRES_AT", "2030-01-31", "ENVIRONMENT_OWNER", "example-user")
	envs, err := previewed([]Config{like}, "pr-42", getenv)
	require.NoError(t, err)
	want := Defaults("pr-42")
	want.Network.NAT, want.Database.ReaderCount = NATSingle, 0
	want.Tags = map[string]string{
		"Environment": "preview", "Project": "ecommerce-api", "ManagedBy": "CDKTF",
		"Like": "dev", "ExpiresAt": "2030-01-31", "Owner": "example-user",
	}
	assert.Equal(t, []Config{want}, envs)
	assert.Equal(t, map[string]string{"Environment": "development", "Project": "ecommerce-api", "ManagedBy": "CDKTF"}, like.Tags, "dev keeps its own")

	envs, err = Load(variables("ENVIRONMENT_SUFFIX", "pr-42", "ENVIRONMENT_EXPIRES_AT", "2030-01-31"))
	require.NoError(t, err)
	assert.Equal(t, []Config{Defaults("pr-42")}, envs)
}

// TestPreviewOfMuch wants what belongs to the other environment alone, and what costs, to
// be left out.
func TestPreviewOfMuch(t *testing.T) {
	c := Defaults("staging")
	c.LoadBalancer.Domain, c.LoadBalancer.HostedZone, c.LoadBalancer.DomainRecords = "api.example.com", "example.com", RecordsTakeOver
	c.Deployment.Images, c.Deployment.GitHubRepository, c.Deployment.GitHubBranch = ImagesExternal, "example/shop", "main"
	c.Database.ReaderCount, c.Database.MaxReaders = 2, 4
	c.State = State{Backend: BackendS3, Bucket: "example-terraform-state"}
	admin := DefaultWebService("admin")
	admin.Hosts, admin.Priority, admin.ImageTag = []string{"api.example.com"}, 1, "v1"
	admin.Paths = []string{"/admin/*"}
	c.Services = []WebService{admin}
	p := c.Preview("pr-1", "", "")
	require.NoError(t, p.Validate())
	assert.Equal(t, Defaults("").LoadBalancer, p.LoadBalancer)
	assert.Equal(t, NATSingle, p.Network.NAT)
	assert.Equal(t, ImagesTerraform, p.Deployment.Images)
	assert.Empty(t, p.Deployment.GitHubRepository)
	assert.Zero(t, p.Database.ReaderCount+p.Database.MaxReaders)
	assert.Equal(t, c.State, p.State, "the state is in the same bucket, under another key")
	assert.Equal(t, "v1", c.Services[0].ImageTag, "the environment keeps its own")
	admin.ImageTag = ""
	assert.Equal(t, []WebService{admin}, p.Services, "the preview's own repository has no image yet")
	assert.NotContains(t, p.Tags, "ExpiresAt")
	assert.NotContains(t, p.Tags, "Owner")
	c.Network.NAT = NATNone
	assert.Equal(t, NATNone, c.Preview("pr-1", "", "").Network.NAT)
}

// TestPreviewRefused wants one clear error for each mistake.
func TestPreviewRefused(t *testing.T) {
	workspace := Defaults("cloud")
	workspace.State = State{Backend: BackendCloud, Organization: "example", Workspace: "cloud"}
	guarded := Defaults("production")
	guarded.Protected = true
	defined := []Config{Defaults("dev"), guarded, workspace}
	for want, pairs := range map[string][]string{
		`environment "": ENVIRONMENT_LIKE: "dev" makes an environment without a name; this program allows it together with ENVIRONMENT_SUFFIX, because the new environment has a name of its own; fix: set ENVIRONMENT_SUFFIX`: {
			"ENVIRONMENT_LIKE", "dev",
		},
		`environment "dev": ENVIRONMENT_LIKE: "dev" is for an environment that is defined; this program allows it for a new environment, because dev is what config/environments.go says; fix: choose another name or unset ENVIRONMENT_LIKE`: {
			"ENVIRONMENT_LIKE", "dev", "ENVIRONMENT_SUFFIX", "dev",
		},
		`environment "pr-1": ENVIRONMENT_LIKE: "staging" is not defined; this program allows dev, cloud, because a new environment is like one of config/environments.go that is not protected; fix: write dev`: {
			"ENVIRONMENT_LIKE", "staging", "ENVIRONMENT_SUFFIX", "pr-1",
		},
		`environment "pr-1": ENVIRONMENT_LIKE: "production" is protected; this program allows dev, cloud, because its copy would cost as much, and what expires must not keep its data; fix: write dev`: {
			"ENVIRONMENT_LIKE", "production", "ENVIRONMENT_SUFFIX", "pr-1",
		},
		`environment "pr-1": ENVIRONMENT_LIKE: "cloud" has a workspace of its own; this program allows an environment with State.WorkspaceTags or another backend, because the two would share one state; fix: set State.WorkspaceTags of cloud in place of State.Workspace`: {
			"ENVIRONMENT_LIKE", "cloud", "ENVIRONMENT_SUFFIX", "pr-1",
		},
		`environment "pr-1": ENVIRONMENT_EXPIRES_AT: "tomorrow" is no time; this program allows a day or a time in UTC, such as 2030-01-31 or 2030-01-31T18:00:00Z, because whoever removes what has expired compares it; fix: write a day such as 2030-01-31`: {
			"ENVIRONMENT_LIKE", "dev", "ENVIRONMENT_SUFFIX", "pr-1", "ENVIRONMENT_EXPIRES_AT", "tomorrow",
		},
	} {
		getenv := variables(pairs...)
		_, err := previewed(defined, getenv("ENVIRONMENT_SUFFIX"), getenv)
		require.EqualError(t, err, want)
	}
	_, err := previewed([]Config{guarded}, "pr-1", variables("ENVIRONMENT_LIKE", "production"))
	require.ErrorContains(t, err, `this program allows nothing, because its copy`)
	require.ErrorContains(t, err, "fix: define an environment that is not protected")
	require.ErrorContains(t, Defaults("dev").Preview("a-name-that-is-too-long", "", "").Validate(), "Suffix", "the limits of names hold for a preview, too")
	_, err = Load(variables("ENVIRONMENT_LIKE", "nothing", "ENVIRONMENT_SUFFIX", "pr-1"))
	assert.Error(t, err)
}

func TestParseExpiry(t *testing.T) {
	day, err := ParseExpiry("2030-01-31")
	require.NoError(t, err)
	at, err := ParseExpiry("2030-01-31T18:00:00Z")
	require.NoError(t, err)
	assert.Equal(t, 18*time.Hour, at.Sub(day))
}
