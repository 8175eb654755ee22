package config

var refusedState = []refusal{
	{"backend", func(c *Config) { c.State.Backend = "disk" }, []string{
		`State.Backend: "disk" is no place for the state; allowed: local, s3 or cloud; fix: write one of these`,
	}},
	{"bucket without S3", func(c *Config) { c.State.Bucket, c.State.WorkspaceTags = "state", []string{"api"} }, []string{
		`State.Bucket: "state" is without effect where State.Backend is local; allowed: empty; fix: remove it or choose another backend`,
		`State.WorkspaceTags: "api" is without effect where State.Backend is local`,
	}},
	{"S3 without bucket", func(c *Config) { c.State = State{Backend: BackendS3, BucketRegion: "Milan", Workspace: "w"} }, []string{
		`State.Workspace: "w" is without effect where State.Backend is s3`,
		`State.Bucket: "" is not of the form; allowed: the name of an S3 bucket; fix: name a bucket that exists, such as example-terraform-state`,
		`State.BucketRegion: "Milan" is not of the form; allowed: empty, or the code of an AWS region`,
	}},
	{"cloud without workspace", func(c *Config) { c.State = State{Backend: BackendCloud, Hostname: "https://x"} }, []string{
		`State.Organization: "" is not of the form; allowed: the name of an organisation: letters, digits, _ and -; fix: write the organisation's name`,
		`State.Workspace: "" is empty, and so is State.WorkspaceTags; allowed: one of the two; fix: name the workspace`,
		`State.Hostname: "https://x" is not of the form; allowed: empty, or the name of a host; fix: write a name such as terraform.example.com`,
	}},
	{"two ways to a workspace", func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "api", WorkspaceTags: []string{"API"}}
	}, []string{
		`State.WorkspaceTags: []string{"API"} contradict State.Workspace, which names the workspace; allowed: one of the two; fix: remove one of the two`,
		`State.WorkspaceTags[0]: "API" is not of the form; allowed: lower-case letters, digits, : _ and -; fix: write a tag such as flask-api`,
	}},
	{"workspace name", func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "the api"}
	}, []string{`State.Workspace: "the api" is not of the form; allowed: up to 90 letters, digits, _ and -; fix: write a name such as flask-api-production`}},
}
