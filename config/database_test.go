package config

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var refusedDatabase = []refusal{
	{"engine form", func(c *Config) { c.Database.EngineVersion = "15" }, []string{
		`Database.EngineVersion: "15" is not of the form; allowed: major.minor with a major version of 13, 14, 15, 16, 17; fix: write a version such as 15.4`,
	}},
	{"engine major", func(c *Config) { c.Database.EngineVersion = "12.4" }, []string{`Database.EngineVersion: "12.4" is not supported; allowed: major.minor with a major version of 13`}},
	{"class", func(c *Config) { c.Database.InstanceClass = "t3.medium" }, []string{
		`Database.InstanceClass: "t3.medium" is not of the form; allowed: db.<family>.<size> of the families r, t and x, or db.serverless; fix: write a class such as db.t3.medium`,
	}},
	{"class family", func(c *Config) { c.Database.InstanceClass = "db.m5.large" }, []string{`"db.m5.large" is not of the form`}},
	{"class size", func(c *Config) { c.Database.InstanceClass = "db.r6g.2large" }, []string{`"db.r6g.2large" is not of the form`}},
	{"serverless without range", func(c *Config) { c.Database.InstanceClass = "db.serverless" }, []string{
		`Database.ServerlessMinACU: 0 is not a capacity; allowed: 0.5 to 256 with db.serverless, in steps of 0.5; fix: write a number of Aurora capacity units, of about 2 GiB each`,
		`Database.ServerlessMaxACU: 0 is not a capacity; allowed: 1 to 256 with db.serverless, in steps of 0.5`,
	}},
	{"range without serverless", func(c *Config) { c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = 0.5, 4 }, []string{
		`Database.ServerlessMinACU: 0.5 is a capacity that the class "db.t3.medium" does not have; allowed: 0 with any class but db.serverless; fix: write 0, or db.serverless as Database.InstanceClass`,
		`Database.ServerlessMaxACU: 4 is a capacity that the class "db.t3.medium" does not have`,
	}},
	{"range reversed", serverless(4, 2), []string{
		`Database.ServerlessMaxACU: 2 is below Database.ServerlessMinACU; allowed: 4 or more; fix: write 4`,
	}},
	{"range step", serverless(0.75, 1.2), []string{
		`Database.ServerlessMinACU: 0.75 is not a capacity`,
		`Database.ServerlessMaxACU: 1.2 is not a capacity`,
	}},
	{"range of an old version", serverless(1, 129), []string{
		`Database.ServerlessMaxACU: 129 is more than version 15.4 has; allowed: 128 at most, or version 15.5; fix: write 128, or a newer Database.EngineVersion`,
	}},
	{"range end", serverless(1, 256.5), []string{`Database.ServerlessMaxACU: 256.5 is not a capacity`}},
	{"range no number", serverless(math.NaN(), 1), []string{`Database.ServerlessMinACU: NaN is not a capacity`}},
	{"readers", func(c *Config) { c.Database.ReaderCount = 16 }, []string{`Database.ReaderCount: 16 is out of range; allowed: 0 to 15; fix: write 15`}},
	{"reader scaling without reader", func(c *Config) { c.Database.ReaderCount, c.Database.MaxReaders = 0, 2 }, []string{
		`Database.MaxReaders: 2 has no reader to scale from; allowed: 0 where Database.ReaderCount is 0; fix: write 0, or 1 or more as Database.ReaderCount`,
	}},
	{"reader scaling without range", func(c *Config) { c.Database.MaxReaders = 1 }, []string{
		`Database.MaxReaders: 1 is out of range; allowed: 0, or more than Database.ReaderCount, 1, and 15 at most; fix: write 0, or a number in that range`,
	}},
	{"max readers", func(c *Config) { c.Database.MaxReaders = 16 }, []string{`Database.MaxReaders: 16 is out of range`}},
	{"reader CPU target", func(c *Config) { c.Database.ReaderCPUTargetPercent = 0 }, []string{
		`Database.ReaderCPUTargetPercent: 0 is out of range; allowed: 1 to 100; fix: write 1`,
	}},
	{"database empty", func(c *Config) { c.Database.Name = "" }, []string{`Database.Name: "" has 0 characters; allowed: 1 to 63 characters`}},
	{"database long", func(c *Config) { c.Database.Name = strings.Repeat("d", 64) }, []string{`has 64 characters; allowed: 1 to 63 characters`}},
	{"database form", func(c *Config) { c.Database.Name = "flask-api" }, []string{
		`Database.Name: "flask-api" is not of the form; allowed: a letter, then letters, digits and underscores; fix: remove the other characters`,
	}},
	{"database exists", func(c *Config) { c.Database.Name = "Postgres" }, []string{
		`Database.Name: "Postgres" is reserved; allowed: names that neither PostgreSQL nor RDS reserves; fix: write a name such as flaskapi`,
	}},
	{"database word", func(c *Config) { c.Database.Name = "table" }, []string{`Database.Name: "table" is reserved`}},
	{"user long", func(c *Config) { c.Database.Username = strings.Repeat("u", 17) }, []string{`has 17 characters; allowed: 1 to 16 characters`}},
	{"user admin", func(c *Config) { c.Database.Username = "admin" }, []string{`Database.Username: "admin" is reserved`}},
	{"user word", func(c *Config) { c.Database.Username = "user" }, []string{`Database.Username: "user" is reserved`}},
	{"user of RDS", func(c *Config) { c.Database.Username = "rds_me" }, []string{`Database.Username: "rds_me" is reserved`}},
	{"database port", func(c *Config) { c.Database.Port = 1149 }, []string{`Database.Port: 1149 is out of range; allowed: 1150 to 65535; fix: write 1150`}},
	{"password version", func(c *Config) { c.Database.PasswordVersion = 0 }, []string{`Database.PasswordVersion: 0 is out of range; allowed: 1 to 2147483647; fix: write 1`}},
	{"backup retention", func(c *Config) { c.Database.BackupRetentionDays = 36 }, []string{`Database.BackupRetentionDays: 36 is out of range; allowed: 1 to 35; fix: write 35`}},
	{"backup form", func(c *Config) { c.Database.BackupWindow = "24:00-25:00" }, []string{
		`Database.BackupWindow: "24:00-25:00" is not of the form; allowed: hh:mm-hh:mm in UTC, of 30 minutes or more; fix: write a window such as 02:00-03:00 or sun:03:30-sun:04:30`,
	}},
	{"backup short", func(c *Config) { c.Database.BackupWindow = "02:00-02:29" }, []string{
		`Database.BackupWindow: "02:00-02:29" lasts 29 minutes; allowed: hh:mm-hh:mm in UTC, of 30 minutes or more; fix: lengthen the window`,
	}},
	{"maintenance form", func(c *Config) { c.Database.MaintenanceWindow = "Sun:03:30-Sun:04:30" }, []string{
		`Database.MaintenanceWindow: "Sun:03:30-Sun:04:30" is not of the form; allowed: ddd:hh:mm-ddd:hh:mm in UTC and lower case`,
	}},
	{"maintenance long", func(c *Config) { c.Database.MaintenanceWindow = "sun:03:30-mon:03:31" }, []string{
		`Database.MaintenanceWindow: "sun:03:30-mon:03:31" lasts 1441 minutes; allowed: ddd:hh:mm-ddd:hh:mm in UTC and lower case, of 30 minutes to 24 hours; fix: shorten the window`,
	}},
	{"windows meet", func(c *Config) { c.Database.MaintenanceWindow = "sun:02:30-sun:03:30" }, []string{
		`Database.MaintenanceWindow: "sun:02:30-sun:03:30" overlaps Database.BackupWindow, "02:00-03:00"; allowed: a time outside of the daily backup; fix: move one of the two`,
	}},
	{"certificate authority", func(c *Config) { c.Database.CAIdentifier = "rds-ca-2019" }, []string{
		`Database.CAIdentifier: "rds-ca-2019" is not of the form; allowed: empty, or an authority of RDS: rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1; fix: write rds-ca-rsa2048-g1`,
	}},
	{"monitoring interval", func(c *Config) { c.Database.MonitoringIntervalSeconds = 20 }, []string{
		`Database.MonitoringIntervalSeconds: 20 is not an interval of enhanced monitoring; allowed: 0, 1, 5, 10, 15, 30, 60; fix: write 30`,
	}},
}

var acceptedDatabase = map[string]func(*Config){
	"no readers":   func(c *Config) { c.Database.ReaderCount = 0 },
	"most readers": func(c *Config) { c.Database.ReaderCount = 15 },
	"graviton":     func(c *Config) { c.Database.InstanceClass = "db.x2iedn.32xlarge" },
	"serverless":   serverless(0.5, 1),
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
	"backup over midnight":                func(c *Config) { c.Database.BackupWindow = "23:30-00:30" },
	"windows that touch":                  func(c *Config) { c.Database.MaintenanceWindow = "sun:03:00-sun:03:30" },
	"over the end of the week":            func(c *Config) { c.Database.MaintenanceWindow = "sun:23:30-mon:02:00" },
	"user pgadmin":                        func(c *Config) { c.Database.Username = "pgadmin" },
}

// serverless chooses the class db.serverless with a range.
func serverless(minimum, maximum float64) func(*Config) {
	return func(c *Config) {
		c.Database.InstanceClass = "db.serverless"
		c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = minimum, maximum
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
