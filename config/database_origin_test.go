package config

import "strings"

var refusedOrigin = []refusal{
	{"a snapshot and a clone", func(c *Config) {
		c.Database.SnapshotIdentifier, c.Database.CloneOf, c.Database.MaskSQL = "last_night", "Production", "SELECT '${x}';"
	}, []string{
		`Database.SnapshotIdentifier: "last_night" has the wrong form; AWS allows the name or the ARN of a snapshot of a cluster; fix: copy it from ` + "`aws rds describe-db-cluster-snapshots`",
		`Database.CloneOf: "Production" has the wrong form; this program allows the suffix of an environment, because its cluster is called by it; fix: write the suffix of an environment`,
		`Database.CloneOf: "Production" stands beside Database.SnapshotIdentifier; AWS allows one of the two; fix: remove one of the two`,
		`Database.MaskSQL: "SELECT '${x}';" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: write it in another way`,
	}},
	{"a clone of itself", func(c *Config) { c.Database.CloneOf, c.Database.MaskSQL = "dev", "SELECT 1" }, []string{
		`Database.CloneOf: "dev" is the environment itself; AWS allows another environment; fix: write another one`,
	}},
	{"IAM authentication in a snapshot", func(c *Config) {
		c.Protected, c.Database.SnapshotIdentifier = true, "last-night"
		c.Database.Roles, c.Database.Authentication = true, AuthenticationIAM
	}, []string{
		`Database.Authentication: "iam" is of no use in the first deployment of a snapshot; this program allows password with Database.SnapshotIdentifier, because the provider restores without IAM authentication, and turns it on with the second deployment; fix: write password until the environment is deployed and Database.SnapshotIdentifier removed`,
	}},
	{"nothing to mask", func(c *Config) { c.Database.MaskSQL = "SELECT 1" }, []string{
		`Database.MaskSQL: "SELECT 1" has nothing to mask; this program allows it with Database.SnapshotIdentifier or Database.CloneOf, because a new cluster is empty; fix: remove it`,
	}},
	{"much to mask", func(c *Config) {
		c.Database.CloneOf, c.Database.MaskSQL = "production", strings.Repeat("-", maxMaskSQL+1)
	}, []string{
		`Database.MaskSQL: 16385 is its length in bytes; this program allows 16384 or less, because it stands in a task definition, which has 64 KiB; fix: put functions into the database, and call them`,
	}},
	{"unmasked data of a protected environment", func(c *Config) { c.Database.CloneOf = "production" }, []string{
		`Database.MaskSQL: "" leaves the data as it is, in an environment that is not protected; this program allows SQL that masks it, or "unmasked-data" in Acknowledged, because its source is protected, or not known; fix: write SQL that masks it`,
	}},
	{"unmasked data of a snapshot", func(c *Config) { c.Database.SnapshotIdentifier = "rds:flask-api-aurora-production-2026-11-25" }, []string{
		`Database.MaskSQL: "" leaves the data as it is, in an environment that is not protected; this program allows SQL that masks it, or "unmasked-data" in Acknowledged, because its source is protected, or not known; fix: write SQL that masks it`,
	}},
	{"a mask without a NAT gateway", func(c *Config) {
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, "v1"
		c.Database.CloneOf, c.Database.MaskSQL = "production", "SELECT 1"
	}, []string{
		`Database.MaskSQL: "SELECT 1" runs in a public image, from which Network.NAT cuts tasks off; this program allows it with a NAT gateway, because public images cannot be reached without a NAT gateway; fix: set Network.NAT to single`,
	}},
	{"a mask beside its acknowledgement", func(c *Config) {
		c.Database.CloneOf, c.Database.MaskSQL, c.Acknowledged = "production", "SELECT 1", []Gap{UnmaskedData}
	}, []string{
		`Acknowledged[0]: "unmasked-data" is not there; this program allows the gaps that there are, because each is acknowledged once, while it is there; fix: remove it`,
	}},
}

var acceptedOrigin = map[string]func(*Config){
	"a snapshot of AWS Backup": func(c *Config) {
		c.Database.SnapshotIdentifier, c.Database.MaskSQL = "arn:aws:rds:eu-south-1:123456789012:cluster-snapshot:awsbackup:job-01234567-89ab", strings.Repeat("-", maxMaskSQL)
	},
	"a clone of what is not protected": func(c *Config) { c.Suffix, c.Database.CloneOf = "pr-1", "dev" },
	"a clone as it is":                 func(c *Config) { c.Database.CloneOf, c.Acknowledged = "production", []Gap{UnmaskedData} },
	"a protected clone":                func(c *Config) { c.Protected, c.Database.CloneOf = true, "production" },
}
