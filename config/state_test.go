package config

var refusedState = []refusal{
	{"backend", func(c *Config) { c.State.Backend = "disk" }, []string{
		`State.Backend: "disk" is unknown; this program allows local, s3 or cloud, because it knows only these places for the state; fix: write local`,
	}},
	{"bucket without S3", func(c *Config) { c.State.Bucket, c.State.WorkspaceTags = "state", []string{"api"} }, []string{
		`State.Bucket: "state" is without effect where State.Backend is local; this program allows an empty value, because it belongs to another backend; fix: remove it or choose another backend`,
		`State.WorkspaceTags: "api" is without effect where State.Backend is local; this program allows an empty value, because it belongs to another backend; fix: remove it or choose another backend`,
	}},
	{"S3 without bucket", func(c *Config) { c.State = State{Backend: BackendS3, BucketRegion: "Milan", Workspace: "w"} }, []string{
		`State.Bucket: "" is not the name of a bucket; AWS allows 3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address; fix: name a bucket that exists, such as example-terraform-state`,
		`State.BucketRegion: "Milan" is not the code of a region; AWS allows codes such as eu-south-1, us-gov-west-1 or eusc-de-east-1; fix: write a code such as eu-south-1`,
		`State.Workspace: "w" is without effect where State.Backend is s3; this program allows an empty value, because it belongs to another backend; fix: remove it or choose another backend`,
	}},
	{"cloud without workspace", func(c *Config) { c.State = State{Backend: BackendCloud, Hostname: "https://x"} }, []string{
		`State.Organization: "" has the wrong form; this program allows up to 40 letters, digits, _ and -, because Terraform Cloud accepts nothing else; fix: write the organisation's name, such as example`,
		`State.Workspace: "" is empty, and so is State.WorkspaceTags; this program allows one of the two, because a workspace is found either by its name or by its tags; fix: write a name such as flask-api`,
		`State.Hostname: "https://x" has the wrong form; this program allows the name of a host, without https://, because Terraform adds the rest of the address; fix: write a name such as terraform.example.com`,
	}},
	{"two ways to a workspace", func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "api", WorkspaceTags: []string{"API"}}
	}, []string{
		`State.WorkspaceTags: []string{"API"} is set, and so is State.Workspace; this program allows one of the two, because a workspace is found either by its name or by its tags; fix: remove one of the two`,
		`State.WorkspaceTags[0]: "API" has the wrong form; this program allows lower-case letters, digits, : _ and -, because Terraform Cloud accepts nothing else; fix: write a tag such as flask-api`,
	}},
	{"workspace name", func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "the api"}
	}, []string{
		`State.Workspace: "the api" has the wrong form; this program allows up to 90 letters, digits, _ and -, because Terraform Cloud accepts nothing else; fix: write a name such as flask-api`,
	}},
	{"bucket without S3 in order", func(c *Config) { c.State.WorkspaceTags = []string{"", "b"} }, []string{
		`State.WorkspaceTags: ", b" is without effect where State.Backend is local; this program allows an empty value, because it belongs to another backend; fix: remove it or choose another backend`,
	}},
	{"bucket of two dots", func(c *Config) { c.State = State{Backend: BackendS3, Bucket: "example..com"} }, []string{
		`State.Bucket: "example..com" is not the name of a bucket; AWS allows 3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address; fix: name a bucket that exists, such as example-terraform-state`,
	}},
	{"bucket of an address", func(c *Config) { c.State = State{Backend: BackendS3, Bucket: "192.168.5.4"} }, []string{
		`State.Bucket: "192.168.5.4" is not the name of a bucket; AWS allows 3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address; fix: name a bucket that exists, such as example-terraform-state`,
	}},
	{"bucket with an underscore", func(c *Config) { c.State = State{Backend: BackendS3, Bucket: "amzn_s3_demo_bucket"} }, []string{
		`State.Bucket: "amzn_s3_demo_bucket" is not the name of a bucket; AWS allows 3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address; fix: name a bucket that exists, such as example-terraform-state`,
	}},
	{"bucket in upper case", func(c *Config) { c.State = State{Backend: BackendS3, Bucket: "AmznS3DemoBucket"} }, []string{
		`State.Bucket: "AmznS3DemoBucket" is not the name of a bucket; AWS allows 3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address; fix: name a bucket that exists, such as example-terraform-state`,
	}},
	{"bucket with a hyphen at the end", func(c *Config) { c.State = State{Backend: BackendS3, Bucket: "amzn-s3-demo-bucket-"} }, []string{
		`State.Bucket: "amzn-s3-demo-bucket-" is not the name of a bucket; AWS allows 3 to 63 lower-case letters, digits, hyphens and single dots, not in the form of an IP address; fix: name a bucket that exists, such as example-terraform-state`,
	}},
}

var acceptedState = map[string]func(*Config){
	"bucket": func(c *Config) {
		c.State = State{Backend: BackendS3, Bucket: "amzn-s3-demo-bucket1.example.com", BucketRegion: "us-iso-east-1"}
	},
	"workspace": func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "flask-api_1", Hostname: "terraform.example.com:8443"}
	},
	"tags": func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", WorkspaceTags: []string{"flask-api", "env:dev"}}
	},
}
