package config

import (
	"cmp"
	"net/netip"
	"regexp"
	"strings"
)

// StateFile is the name of the local state of a stack, beside the project.
func StateFile(stack string) string { return "terraform." + stack + ".tfstate" }

// State is where Terraform keeps what it knows of the environment. Whoever deploys
// provides the credentials for it; they are never written down.
type State struct {
	// Backend is where Terraform keeps its state: "local", the default, is a file in
	// this folder, "s3" an object in a bucket, "cloud" a workspace. See docs/state.md
	// before it is changed.
	Backend Backend
	// Bucket is the name of an S3 bucket that exists already, with versioning, for the
	// backend "s3". The state is its encrypted object `<name>-<suffix>.tfstate`,
	// with the lock in another object.
	Bucket string
	// BucketRegion is the region of the bucket; empty, the default, is Region.
	BucketRegion string
	// Organization is the organisation in Terraform Cloud, for the backend "cloud".
	Organization string
	// Workspace is the name of the workspace, unless WorkspaceTags select it.
	Workspace string
	// WorkspaceTags are the tags of the workspaces that `terraform workspace select`
	// chooses from: each of these has all of the tags.
	WorkspaceTags []string
	// Hostname is the host of a Terraform Enterprise; empty, the default, is
	// app.terraform.io.
	Hostname string
}

// Backend is where the state is.
type Backend string

const (
	// BackendLocal is a file in the project's folder.
	BackendLocal Backend = "local"
	// BackendS3 is an object in an S3 bucket.
	BackendS3 Backend = "s3"
	// BackendCloud is a workspace of Terraform Cloud (HCP Terraform) or Enterprise.
	BackendCloud Backend = "cloud"
)

func defaultState() State { return State{Backend: BackendLocal} }

var (
	// bucketForm is the characters of a general purpose bucket's name.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/create
	workspaceForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,90}$`)
	organizationForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	workspaceTagForm = regexp.MustCompile(`^[a-z0-9][a-z0-9:_-]*$`)
	// hostnameForm is a host's name, with or without a port.
	// https://developer.hashicorp.com/terraform/cli/cloud/settings#hostname
	hostnameForm = regexp.MustCompile(`^` + labels + `(:[1-9]\d{0,4})?$`)
)

// hcp is a rule of Terraform Cloud, which the program applies early.
func hcp(allowed string) rule { return ours(allowed, "Terraform Cloud accepts nothing else") }

// checkState checks that the backend has all that it needs, and that nothing is set
// that belongs to another one.
func (p *problems) checkState(s State) {
	switch s.Backend {
	case BackendLocal:
		p.unset(s.Backend, s.bucketFields(), s.cloudFields())
	case BackendS3:
		p.unset(s.Backend, s.cloudFields())
		p.checkBucket(s)
	case BackendCloud:
		p.unset(s.Backend, s.bucketFields())
		p.checkWorkspace(s)
	default:
		p.add("State.Backend", s.Backend, "is unknown", ours("local, s3 or cloud", "it knows only these places for the state"), write(BackendLocal))
	}
}

// checkBucket checks the name of the bucket, and where it is.
func (p *problems) checkBucket(s State) {
	_, err := netip.ParseAddr(s.Bucket)
	if !bucketForm.MatchString(s.Bucket) || strings.Contains(s.Bucket, "..") || err == nil {
		p.add("State.Bucket", s.Bucket, "is not the name of a bucket",
			aws("3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address"),
			suggest("name a bucket that exists, such as", "example-terraform-state"))
	}
	if s.BucketRegion != "" {
		p.checkRegion("State.BucketRegion", s.BucketRegion)
	}
}

// checkWorkspace checks which workspace is meant, and where.
func (p *problems) checkWorkspace(s State) {
	p.matches("State.Organization", s.Organization, organizationForm,
		hcp("up to 40 letters, digits, _ and -"), suggest("write the organisation's name, such as", "example"))
	const either = "a workspace is found either by its name or by its tags"
	switch {
	case s.Workspace == "" && len(s.WorkspaceTags) == 0:
		p.add("State.Workspace", s.Workspace, "is empty, and so is State.WorkspaceTags", ours("one of the two", either),
			suggest("write a name such as", "flask-api"))
	case s.Workspace != "" && len(s.WorkspaceTags) > 0:
		p.add("State.WorkspaceTags", s.WorkspaceTags, "is set, and so is State.Workspace", ours("one of the two", either), do("remove one of the two"))
	case s.Workspace != "":
		p.matches("State.Workspace", s.Workspace, workspaceForm, hcp("up to 90 letters, digits, _ and -"), suggest("write a name such as", "flask-api"))
	}
	for i, tag := range s.WorkspaceTags {
		p.matches(element("State.WorkspaceTags", i), tag, workspaceTagForm,
			hcp("lower-case letters, digits, : _ and -"), suggest("write a tag such as", "flask-api"))
	}
	if s.Hostname != "" {
		p.matches("State.Hostname", s.Hostname, hostnameForm, ours("the name of a host, without https://", "Terraform adds the rest of the address"),
			suggest("write a name such as", "terraform.example.com"))
	}
}

// field is a field and what it holds.
type field struct{ name, value string }

func (s State) bucketFields() []field {
	return []field{{"State.Bucket", s.Bucket}, {"State.BucketRegion", s.BucketRegion}}
}

func (s State) cloudFields() []field {
	return []field{
		{"State.Organization", s.Organization},
		{"State.Workspace", s.Workspace},
		{"State.WorkspaceTags", strings.Join(s.WorkspaceTags, ", ")},
		{"State.Hostname", s.Hostname},
	}
}

// unset requires the fields of other backends empty.
func (p *problems) unset(backend Backend, others ...[]field) {
	for _, fields := range others {
		for _, f := range fields {
			if f.value != "" {
				p.add(f.name, f.value, "is without effect where State.Backend is "+string(backend),
					ours("an empty value", "it belongs to another backend"), do("remove it or choose another backend"))
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
