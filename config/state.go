package config

import (
	"cmp"
	"regexp"
)

// State is where Terraform keeps what it knows of the environment. Whoever deploys
// brings the credentials for it; none is ever written down.
type State struct {
	// Backend is the place. See docs/state.md before it is changed.
	Backend Backend
	// Bucket is an S3 bucket that exists already, with versioning, for BackendS3. The
	// state is the object flask-api-<suffix>.tfstate, encrypted, with its lock beside
	// it.
	Bucket string
	// BucketRegion is where the bucket is; empty is Region.
	BucketRegion string
	// Organization is that of Terraform Cloud, for BackendCloud.
	Organization string
	// Workspace is the workspace's name, unless WorkspaceTags choose it.
	Workspace string
	// WorkspaceTags choose the workspaces that have all of them, of which `terraform
	// workspace select` takes one.
	WorkspaceTags []string
	// Hostname is that of a Terraform Enterprise; empty is app.terraform.io.
	Hostname string
}

// Backend is where the state is.
type Backend string

const (
	// BackendLocal is a file beside the project.
	BackendLocal Backend = "local"
	// BackendS3 is an object in an S3 bucket.
	BackendS3 Backend = "s3"
	// BackendCloud is a workspace of Terraform Cloud (HCP Terraform) or Enterprise.
	BackendCloud Backend = "cloud"
)

func defaultState() State {
	return State{Backend: BackendLocal}
}

var (
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/create
	workspaceForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,90}$`)
	organizationForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	workspaceTagForm = regexp.MustCompile(`^[a-z0-9][a-z0-9:_-]*$`)
)

// checkState checks that the backend has all that it needs, and that nothing is set
// that belongs to another one.
func (p *problems) checkState(s State) {
	switch s.Backend {
	case BackendLocal:
		p.unset(s.Backend, s.bucketFields(), s.cloudFields())
	case BackendS3:
		p.unset(s.Backend, s.cloudFields())
		p.matches("State.Bucket", s.Bucket, bucketForm, "the name of an S3 bucket", "name a bucket that exists, such as example-terraform-state")
		if s.BucketRegion != "" {
			p.matches("State.BucketRegion", s.BucketRegion, regionForm, "empty, or the code of an AWS region", "write a code such as eu-south-1")
		}
	case BackendCloud:
		p.unset(s.Backend, s.bucketFields())
		p.checkWorkspace(s)
	default:
		p.add("State.Backend", string(s.Backend), "is no place for the state", "local, s3 or cloud", "write one of these")
	}
}

// checkWorkspace checks which workspace is meant, and where.
func (p *problems) checkWorkspace(s State) {
	p.matches("State.Organization", s.Organization, organizationForm, "the name of an organisation: letters, digits, _ and -", "write the organisation's name")
	switch {
	case s.Workspace == "" && len(s.WorkspaceTags) == 0:
		p.add("State.Workspace", s.Workspace, "is empty, and so is State.WorkspaceTags", "one of the two", "name the workspace")
	case s.Workspace != "" && len(s.WorkspaceTags) > 0:
		p.add("State.WorkspaceTags", s.WorkspaceTags, "contradict State.Workspace, which names the workspace", "one of the two", "remove one of the two")
	case s.Workspace != "":
		p.matches("State.Workspace", s.Workspace, workspaceForm, "up to 90 letters, digits, _ and -", "write a name such as flask-api-production")
	}
	for i, tag := range s.WorkspaceTags {
		p.matches(element("State.WorkspaceTags", i), tag, workspaceTagForm, "lower-case letters, digits, : _ and -", "write a tag such as flask-api")
	}
	if s.Hostname != "" {
		p.matches("State.Hostname", s.Hostname, domainForm, "empty, or the name of a host", "write a name such as terraform.example.com")
	}
}

// field is a field and what it holds.
type field struct{ name, value string }

func (s State) bucketFields() []field {
	return []field{{"State.Bucket", s.Bucket}, {"State.BucketRegion", s.BucketRegion}}
}

func (s State) cloudFields() []field {
	tags := ""
	if len(s.WorkspaceTags) > 0 {
		tags = s.WorkspaceTags[0]
	}
	return []field{
		{"State.Organization", s.Organization},
		{"State.Workspace", s.Workspace},
		{"State.WorkspaceTags", tags},
		{"State.Hostname", s.Hostname},
	}
}

// unset wants the fields of other backends empty.
func (p *problems) unset(backend Backend, others ...[]field) {
	for _, fields := range others {
		for _, f := range fields {
			if f.value != "" {
				p.add(f.name, f.value, "is without effect where State.Backend is "+string(backend), "empty", "remove it or choose another backend")
			}
		}
	}
}

// workspace tells one named workspace from all others; empty without one.
func (s State) workspace() string {
	if s.Workspace == "" {
		return ""
	}
	return cmp.Or(s.Hostname, "app.terraform.io") + "/" + s.Organization + "/" + s.Workspace
}
