package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/test/golden"
)

var refusedDatabase = []refusal{
	{"engine form", func(c *Config) { c.Database.EngineVersion = "15" }, []string{
		`Database.EngineVersion: "15" has the wrong form; this program allows <major>.<minor>, because the cluster keeps to its major version; fix: write a version such as 15.4`,
	}},
	{"engine major", func(c *Config) { c.Database.EngineVersion = "12.4" }, []string{
		`Database.EngineVersion: "12.4" is too old; this program allows 13 or newer, because it is tested with no older one; fix: write a version such as 15.4`,
	}},
	{"engine past its support", func(c *Config) { c.Database.EngineVersion = "13.23" }, []string{
		`Database.EngineVersion: "13.23" is past the end of its standard support, 2026-02-28; AWS allows a newer major version, or this one with Database.ExtendedSupport, which it bills; fix: write a version such as 15.4`,
	}},
	{"parameters", func(c *Config) {
		c.Database.ClusterParameters = map[string]string{"rds.force_ssl": "0", "work_mem": "${x}", "Work-Mem": "1"}
		c.Database.InstanceParameters = map[string]string{"log_statement": "all", "jit": ""}
	}, []string{
		`Database.ClusterParameters["Work-Mem"]: "Work-Mem" has the wrong form; AWS allows names such as log_lock_waits or rds.logical_replication; fix: write the name as ` + "`aws rds describe-db-cluster-parameters`" + ` does`,
		`Database.ClusterParameters["rds.force_ssl"]: "rds.force_ssl" is set by this program; this program allows other parameters, because the database refuses connections without TLS; fix: remove it`,
		`Database.ClusterParameters["work_mem"]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: write the value itself`,
		`Database.InstanceParameters["jit"]: "" is empty; AWS allows a value; fix: write a value, or remove the parameter for AWS's default`,
		`Database.InstanceParameters["log_statement"]: "log_statement" is set by this program; this program allows other parameters, because Database.LogExports decides what is logged, and every statement would put the data into the log; fix: remove it`,
	}},
	{"class", func(c *Config) { c.Database.InstanceClass = "t3.medium" }, []string{
		`Database.InstanceClass: "t3.medium" has the wrong form; AWS allows classes such as db.r6g.large, or db.serverless; fix: write a class such as db.t3.medium`,
	}},
	{"serverless without range", func(c *Config) { c.Database.InstanceClass = "db.serverless" }, []string{
		`Database.ServerlessMinACU: 0 pauses instances without connections; this program allows 0.5 to 128 with db.serverless, in steps of 0.5, or 0 with Database.ServerlessAutoPauseSeconds, because whoever connects after a pause waits for seconds; fix: set Database.ServerlessAutoPauseSeconds or write 0.5`,
		`Database.ServerlessMaxACU: 0 is not a capacity of version 15.4; AWS allows 1 to 128 with db.serverless, in steps of 0.5; fix: write 1`,
	}},
	{"range without serverless", func(c *Config) { c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = 0.5, 4 }, []string{
		`Database.ServerlessMinACU: 0.5 is without effect; this program allows 0 with any class but db.serverless, because instances of the class "db.t3.medium" have no range; fix: set Database.InstanceClass to db.serverless or write 0`,
		`Database.ServerlessMaxACU: 4 is without effect; this program allows 0 with any class but db.serverless, because instances of the class "db.t3.medium" have no range; fix: set Database.InstanceClass to db.serverless or write 0`,
	}},
	{"range reversed", serverless(4, 2), []string{
		`Database.ServerlessMaxACU: 2 is below Database.ServerlessMinACU; AWS allows 4 to 128 with db.serverless, in steps of 0.5; fix: write 4`,
	}},
	{"range step", serverless(0.75, 1.2), []string{
		`Database.ServerlessMinACU: 0.75 is not a capacity of version 15.4; AWS allows 0.5 to 128 with db.serverless, in steps of 0.5; fix: write 1`,
		`Database.ServerlessMaxACU: 1.2 is not a capacity of version 15.4; AWS allows 1 to 128 with db.serverless, in steps of 0.5; fix: write 1.5`,
	}},
	{"range of an old version", serverless(1, 129), []string{
		`Database.ServerlessMaxACU: 129 is not a capacity of version 15.4; AWS allows 1 to 128 with db.serverless, in steps of 0.5; fix: raise Database.EngineVersion or write 128`,
	}},
	{"range end", serverless(1, 256.5), []string{
		`Database.ServerlessMaxACU: 256.5 is not a capacity of version 15.4; AWS allows 1 to 128 with db.serverless, in steps of 0.5; fix: raise Database.EngineVersion or write 128`,
	}},
	{"range no number", serverless(math.NaN(), 1), []string{
		`Database.ServerlessMinACU: NaN is not a capacity of version 15.4; AWS allows 0.5 to 128 with db.serverless, in steps of 0.5; fix: write 0.5`,
	}},
	{"pause without serverless", func(c *Config) { c.Database.ServerlessAutoPauseSeconds = 300 }, []string{
		`Database.ServerlessAutoPauseSeconds: 300 is without effect; AWS allows 0 but with Database.InstanceClass db.serverless and Database.ServerlessMinACU 0; fix: write 0`,
	}},
	{"pause above a minimum", func(c *Config) { pausing(300)(c); c.Database.ServerlessMinACU = 0.5 }, []string{
		`Database.ServerlessAutoPauseSeconds: 300 is without effect; AWS allows 0 but with Database.InstanceClass db.serverless and Database.ServerlessMinACU 0; fix: write 0`,
	}},
	{"pause too soon", pausing(299), []string{
		`Database.ServerlessAutoPauseSeconds: 299 is out of range; AWS allows 300 to 86400; fix: write 300`,
	}},
	{"pause too late", pausing(86401), []string{
		`Database.ServerlessAutoPauseSeconds: 86401 is out of range; AWS allows 300 to 86400; fix: write 86400`,
	}},
	{"pause of an old version", func(c *Config) { pausing(300)(c); c.Database.EngineVersion = "15.6" }, []string{
		`Database.EngineVersion: "15.6" has no automatic pause; AWS allows 15.7 or newer with Database.ServerlessAutoPauseSeconds; fix: write 15.7`,
	}},
	{"pause with logical replication", func(c *Config) {
		pausing(300)(c)
		c.Database.ClusterParameters = map[string]string{"rds.logical_replication": "1"}
	}, []string{
		`Database.ClusterParameters["rds.logical_replication"]: "1" keeps the instances from pausing; this program allows 0 with Database.ServerlessAutoPauseSeconds, because AWS takes both and never pauses; fix: remove it, or let nothing pause`,
	}},
	{"reader scaling without reader", func(c *Config) { c.Database.ReaderCount, c.Database.MaxReaders = 0, 2 }, []string{
		`Database.MaxReaders: 2 has no reader to scale from; AWS allows 0 where Database.ReaderCount is 0; fix: raise Database.ReaderCount or write 0`,
	}},
	{"reader scaling without range", func(c *Config) { c.Database.MaxReaders = 1 }, []string{
		`Database.MaxReaders: 1 is not above Database.ReaderCount; this program allows 0, or 2 to 15, because otherwise autoscaling would have no reader to add; fix: write 0`,
	}},
	{"max readers", func(c *Config) { c.Database.MaxReaders = 16 }, []string{
		`Database.MaxReaders: 16 is out of range; AWS allows up to 15; fix: write 15`,
	}},
	{"database empty", func(c *Config) { c.Database.Name = "" }, []string{
		`Database.Name: "" has 0 characters; AWS allows 1 to 63 characters; fix: write a text of 1 to 63 characters`,
	}},
	{"database long", func(c *Config) { c.Database.Name = strings.Repeat("d", 64) }, []string{
		`Database.Name: "` + strings.Repeat("d", 64) + `" has 64 characters; AWS allows 1 to 63 characters; fix: write a text of 1 to 63 characters`,
	}},
	{"database form", func(c *Config) { c.Database.Name = "flask-api" }, []string{
		`Database.Name: "flask-api" has the wrong form; AWS allows a letter, then letters, digits and underscores; fix: begin with a letter and remove the other characters`,
	}},
	{"database exists", func(c *Config) { c.Database.Name = "Postgres" }, []string{
		`Database.Name: "Postgres" exists in every cluster; this program allows a name of its own, because that database is for administration; fix: write a name such as flaskapi`,
	}},
	{"database word", func(c *Config) { c.Database.Name = "table" }, []string{
		`Database.Name: "table" is a word that the engine reserves; AWS allows names that the engine does not reserve; fix: write a name such as flaskapi`,
	}},
	{"user long", func(c *Config) { c.Database.Username = strings.Repeat("u", 17) }, []string{
		`Database.Username: "uuuuuuuuuuuuuuuuu" has 17 characters; AWS allows 1 to 16 characters; fix: write a text of 1 to 16 characters`,
	}},
	{"user admin", func(c *Config) { c.Database.Username = "admin" }, []string{
		`Database.Username: "admin" is reserved; AWS allows names that the engine and RDS do not reserve; fix: write a name such as flaskapi`,
	}},
	{"user word", func(c *Config) { c.Database.Username = "user" }, []string{
		`Database.Username: "user" is a word that the engine reserves; AWS allows names that the engine does not reserve; fix: write a name such as flaskapi`,
	}},
	{"user of the roles", func(c *Config) { c.Database.Username, c.Database.Roles = "Migrator", true }, []string{
		`Database.Username: "Migrator" is one of Database.Roles; this program allows any other name, because the administrator makes that role; fix: write a name such as flaskapi`,
	}},
	{"authentication", func(c *Config) { c.Database.Authentication = "kerberos" }, []string{
		`Database.Authentication: "kerberos" is unknown; this program allows password or iam, because it knows only these two ways to log in; fix: write password`,
	}},
	{"authentication without roles", func(c *Config) { c.Database.Authentication = AuthenticationIAM }, []string{
		`Database.Authentication: "iam" has nobody to log in as; this program allows iam together with Database.Roles, because the administrator would lose its password by it; fix: set Database.Roles or write password`,
	}},
	{"roles without NAT", func(c *Config) {
		c.Database.Roles, c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = true, NATNone, true, "v1"
	}, []string{
		`Database.Roles: true runs a public image, from which Network.NAT cuts tasks off; this program allows roles with a NAT gateway, because public images cannot be reached without a NAT gateway; fix: set Network.NAT to single or write false`,
	}},
	{"user of RDS", func(c *Config) { c.Database.Username = "rds_me" }, []string{
		`Database.Username: "rds_me" is named like a role of RDS; this program allows names that do not begin with rds_, because RDS adds roles that do; fix: write a name such as flaskapi`,
	}},
	{"backup form", func(c *Config) { c.Database.BackupWindow = "24:00-25:00" }, []string{
		`Database.BackupWindow: "24:00-25:00" has the wrong form; AWS allows hh:mm-hh:mm in UTC, of 30 minutes or more; fix: write a window such as 02:00-03:00`,
	}},
	{"backup short", func(c *Config) { c.Database.BackupWindow = "02:00-02:29" }, []string{
		`Database.BackupWindow: "02:00-02:29" lasts 29 minutes; AWS allows hh:mm-hh:mm in UTC, of 30 minutes or more; fix: write a window such as 02:00-03:00`,
	}},
	{"maintenance long", func(c *Config) { c.Database.MaintenanceWindow = "sun:03:30-mon:03:31" }, []string{
		`Database.MaintenanceWindow: "sun:03:30-mon:03:31" lasts 1441 minutes; AWS allows ddd:hh:mm-ddd:hh:mm in UTC, of 30 minutes to 24 hours; fix: write a window such as sun:03:30-sun:04:30`,
	}},
	{"windows meet", func(c *Config) { c.Database.MaintenanceWindow = "sun:02:30-sun:03:30" }, []string{
		`Database.MaintenanceWindow: "sun:02:30-sun:03:30" overlaps Database.BackupWindow, "02:00-03:00"; AWS allows a time outside of the daily backup; fix: move one of the two`,
	}},
	{"certificate authority", func(c *Config) { c.Database.CAIdentifier = "rds-ca-2019" }, []string{
		`Database.CAIdentifier: "rds-ca-2019" has the wrong form; AWS allows an empty value, or an authority such as rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1; fix: write rds-ca-rsa2048-g1`,
	}},
	{"monitoring interval", func(c *Config) { c.Database.MonitoringIntervalSeconds = 20 }, []string{
		`Database.MonitoringIntervalSeconds: 20 is not an interval of Enhanced Monitoring; AWS allows 0, 1, 5, 10, 15, 30, 60; fix: write 30`,
	}},
	{"engine of letters", func(c *Config) { c.Database.EngineVersion = "latest" }, []string{
		`Database.EngineVersion: "latest" has the wrong form; this program allows <major>.<minor>, because the cluster keeps to its major version; fix: write a version such as 15.4`,
	}},
	{"engine beyond numbers", func(c *Config) { c.Database.EngineVersion = "99999999999999999999.1" }, []string{
		`Database.EngineVersion: "99999999999999999999.1" has the wrong form; this program allows <major>.<minor>, because the cluster keeps to its major version; fix: write a version such as 15.4`,
	}},
	{"class with a template", func(c *Config) { c.Database.InstanceClass = "db.${x}" }, []string{
		`Database.InstanceClass: "db.${x}" has the wrong form; AWS allows classes such as db.r6g.large, or db.serverless; fix: write a class such as db.t3.medium`,
	}},
	{"range beyond both ends", func(c *Config) { serverless(300, 1)(c) }, []string{
		`Database.ServerlessMinACU: 300 is not a capacity of version 15.4; AWS allows 0.5 to 128 with db.serverless, in steps of 0.5; fix: raise Database.EngineVersion or write 128`,
		`Database.ServerlessMaxACU: 1 is below Database.ServerlessMinACU; AWS allows 128 to 128 with db.serverless, in steps of 0.5; fix: raise Database.EngineVersion or write 128`,
	}},
	{"minimum of nothing", func(c *Config) { serverless(0, 4)(c) }, []string{
		`Database.ServerlessMinACU: 0 pauses instances without connections; this program allows 0.5 to 128 with db.serverless, in steps of 0.5, or 0 with Database.ServerlessAutoPauseSeconds, because whoever connects after a pause waits for seconds; fix: set Database.ServerlessAutoPauseSeconds or write 0.5`,
	}},
	{"readers as many as may be", func(c *Config) { c.Database.ReaderCount, c.Database.MaxReaders = 15, 16 }, []string{
		`Database.MaxReaders: 16 is out of range; AWS allows up to 15; fix: write 0`,
	}},
	{"database of RDS", func(c *Config) { c.Database.Name = "rdsadmin" }, []string{
		`Database.Name: "rdsadmin" exists in every cluster; AWS allows a name of its own; fix: write a name such as flaskapi`,
	}},
	{"user of PostgreSQL", func(c *Config) { c.Database.Username = "pg_dba" }, []string{
		`Database.Username: "pg_dba" is reserved; AWS allows names that the engine and RDS do not reserve; fix: write a name such as flaskapi`,
	}},
	{"user that is guessed", func(c *Config) { c.Database.Username = "Postgres" }, []string{
		`Database.Username: "Postgres" is easily guessed; this program allows other names, because attackers try this one first; fix: write a name such as flaskapi`,
	}},
	{"user none", func(c *Config) { c.Database.Username = "none" }, []string{
		`Database.Username: "none" is reserved; AWS allows names that the engine and RDS do not reserve; fix: write a name such as flaskapi`,
	}},
	{"user form", func(c *Config) { c.Database.Username = "flask-api" }, []string{
		`Database.Username: "flask-api" has the wrong form; AWS allows a letter, then letters, digits and underscores; fix: begin with a letter and remove the other characters`,
	}},
	{"maintenance short", func(c *Config) { c.Database.MaintenanceWindow = "sun:03:30-sun:03:59" }, []string{
		`Database.MaintenanceWindow: "sun:03:30-sun:03:59" lasts 29 minutes; AWS allows ddd:hh:mm-ddd:hh:mm in UTC, of 30 minutes to 24 hours; fix: write a window such as sun:03:30-sun:04:30`,
	}},
	{"maintenance of a day", func(c *Config) { c.Database.MaintenanceWindow = "sun:03:30-mon:03:30" }, []string{
		`Database.MaintenanceWindow: "sun:03:30-mon:03:30" overlaps Database.BackupWindow, "02:00-03:00"; AWS allows a time outside of the daily backup; fix: move one of the two`,
	}},
}

var acceptedDatabase = map[string]func(*Config){
	"no readers":            func(c *Config) { c.Database.ReaderCount = 0 },
	"most readers":          func(c *Config) { c.Database.ReaderCount = 15 },
	"graviton":              func(c *Config) { c.Database.InstanceClass = "db.x2iedn.32xlarge" },
	"serverless":            serverless(0.5, 1),
	"pausing":               pausing(300),
	"pausing after a day":   pausing(86400),
	"pausing of version 17": func(c *Config) { pausing(300)(c); c.Database.EngineVersion = "17.4" },
	"widest serverless": func(c *Config) {
		serverless(0.5, 256)(c)
		c.Database.EngineVersion = "15.5"
	},
	"widest serverless of an old version": serverless(0.5, 128),
	"fixed serverless":                    serverless(8, 8),
	"one reader to add":                   func(c *Config) { c.Database.MaxReaders = 2 },
	"most readers to add":                 func(c *Config) { c.Database.MaxReaders = 15 },
	"elliptic curve":                      func(c *Config) { c.Database.CAIdentifier = "rds-ca-ecc384-g1" },
	"monitoring every second":             func(c *Config) { c.Database.MonitoringIntervalSeconds = 1 },
	"engine":                              func(c *Config) { c.Database.EngineVersion = "17.10" },
	"engine 18":                           func(c *Config) { c.Database.EngineVersion = "18.6" },
	"backup over midnight":                func(c *Config) { c.Database.BackupWindow = "23:30-00:30" },
	"windows that touch":                  func(c *Config) { c.Database.MaintenanceWindow = "sun:03:00-sun:03:30" },
	"over the end of the week":            func(c *Config) { c.Database.MaintenanceWindow = "sun:23:30-mon:02:00" },
	"user pgadmin":                        func(c *Config) { c.Database.Username = "pgadmin" },
	"newer engine than is known":          func(c *Config) { c.Database.EngineVersion = "19.1" },
	"oldest engine":                       func(c *Config) { c.Database.EngineVersion, c.Database.ExtendedSupport = "13.0", true },
	"support that is not needed yet":      func(c *Config) { c.Database.ExtendedSupport = true },
	"engine with a name":                  func(c *Config) { c.Database.EngineVersion = "16.4-limitless" },
	"newer class than is known":           func(c *Config) { c.Database.InstanceClass = "db.m9gd.96xlarge-flex" },
	"range of an unknown version":         func(c *Config) { serverless(1, 256)(c); c.Database.EngineVersion = "19.0" },
	"range of version 13": func(c *Config) {
		serverless(1, 256)(c)
		c.Database.EngineVersion, c.Database.ExtendedSupport = "13.13", true
	},
	"range of version 14": func(c *Config) { serverless(1, 256)(c); c.Database.EngineVersion = "14.10" },
	"range of version 16": func(c *Config) { serverless(1, 256)(c); c.Database.EngineVersion = "16.1" },
	"widest names": func(c *Config) {
		c.Database.Name, c.Database.Username = strings.Repeat("d", 63), "u_"+strings.Repeat("1", 14)
	},
	"newer authority than is known":          func(c *Config) { c.Database.CAIdentifier = "rds-ca-mldsa65-g2" },
	"days in upper case, as AWS writes them": func(c *Config) { c.Database.MaintenanceWindow = "Sun:03:30-Sun:04:30" },
	"shortest windows": func(c *Config) {
		c.Database.BackupWindow, c.Database.MaintenanceWindow = "02:00-02:30", "sun:03:30-sun:04:00"
	},
	"longest maintenance": func(c *Config) {
		c.Database.BackupWindow, c.Database.MaintenanceWindow = "02:00-02:30", "sun:02:30-mon:02:00"
	},
	"user of the roles without them": func(c *Config) { c.Database.Username = "app" },
	"roles":                          func(c *Config) { c.Database.Roles = true },
	"roles and IAM":                  func(c *Config) { c.Database.Roles, c.Database.Authentication = true, AuthenticationIAM },
	"class of a family that Aurora does not have yet": func(c *Config) { c.Database.InstanceClass = "db.m5.large" },
}

// serverless chooses the class db.serverless with a range.
func serverless(minimum, maximum float64) func(*Config) {
	return func(c *Config) {
		c.Database.InstanceClass = "db.serverless"
		c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = minimum, maximum
	}
}

// pausing chooses the class db.serverless with a version that pauses.
func pausing(seconds int) func(*Config) {
	return func(c *Config) {
		serverless(0, 4)(c)
		c.Database.EngineVersion, c.Database.ServerlessAutoPauseSeconds = "15.7", seconds
	}
}

// TestWindowsMeet tries windows around midnight and the end of the week.
func TestWindowsMeet(t *testing.T) {
	for _, test := range []struct {
		backup, maintenance string
		meet                bool
	}{
		{"23:30-00:30", "mon:00:00-mon:00:30", true},
		{"23:30-00:30", "sun:23:00-sun:23:30", false},
		{"23:30-00:30", "sun:23:00-sun:23:31", true},
		{"23:30-00:30", "wed:00:30-wed:01:00", false},
		{"00:00-00:30", "sun:23:30-mon:00:01", true},
		{"00:00-00:30", "sun:23:30-mon:00:00", false},
		{"02:00-08:00", "thu:03:00-thu:04:00", true},
		{"03:00-03:30", "thu:02:00-thu:08:00", true},
		{"03:00-03:30", "thu:04:00-fri:04:00", true},
		{"03:00-04:00", "thu:04:00-fri:03:00", false},
	} {
		c := Defaults("dev")
		c.Database.BackupWindow, c.Database.MaintenanceWindow = test.backup, test.maintenance
		assert.Equal(t, test.meet, c.Validate() != nil, "%s and %s: %v", test.backup, test.maintenance, c.Validate())
	}
}

var edgesDatabase = []edge{
	{field: "Database.ReaderCount", low: 0, high: 15},
	{field: "Database.ReaderCPUTargetPercent", low: 1, high: 100, highOurs: true},
	{field: "Database.Port", low: 1150, high: 65535},
	{field: "Database.PasswordVersion", low: 1, high: unlimited, lowOurs: true},
	{field: "Database.BackupRetentionDays", low: 1, high: 35},
}

// TestGoldenSupport makes the table of support dates.
func TestGoldenSupport(t *testing.T) {
	lines := []string{"| major version | standard support ends |", "| --- | --- |"}
	for _, major := range slices.Sorted(maps.Keys(supportEnds)) {
		lines = append(lines, fmt.Sprintf("| %d | %s |", major, supportEnds[major]))
	}
	golden.Section(t, "../docs/operations.md", "support", strings.Join(lines, "\n")+"\n\nFrom [AWS's calendar]("+
		"https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html) on "+supportRead+".")
}

func TestStandardSupportEnd(t *testing.T) {
	end, known := StandardSupportEnd("15.4")
	assert.True(t, known)
	assert.Equal(t, "2028-02-29", end)
	_, known = StandardSupportEnd("${var.version}")
	assert.False(t, known)
}
