package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Database is the Aurora PostgreSQL cluster.
type Database struct {
	// EngineVersion is the version of a new cluster, such as "15.4". Where AWS no
	// longer offers it, the newest of the same major version is planned. AWS upgrades
	// the minor version of a cluster that runs, and Terraform leaves it at that.
	EngineVersion string
	// InstanceClass is the class of writer and readers, such as "db.t3.medium",
	// or "db.serverless" for instances whose capacity follows the load.
	InstanceClass string
	// ServerlessMinACU is the least capacity of an instance of db.serverless, in
	// Aurora capacity units of about 2 GiB, from 0.5 in steps of 0.5; 0 with any
	// other class. Each unit costs about 0.12 USD an hour, used or not. AWS wants
	// 2 or more beside Performance Insights.
	ServerlessMinACU float64
	// ServerlessMaxACU is the most capacity of an instance of db.serverless, in
	// the same units and at the same price; 0 with any other class.
	ServerlessMaxACU float64
	// ReaderCount is the number of readers beside the writer.
	ReaderCount int
	// MaxReaders is how many readers autoscaling may have running, from
	// ReaderCount upwards; 0 scales nothing. Each costs as much as an instance of
	// the class. Those that autoscaling added are unknown to Terraform: delete
	// them before the environment is destroyed.
	MaxReaders int
	// ReaderCPUTargetPercent is the readers' average CPU use that scaling aims at.
	ReaderCPUTargetPercent int
	// Name is the database that is created in the cluster.
	Name string
	// Username is the administrator's name.
	Username string
	// Port is where the cluster listens.
	Port int
	// PasswordVersion rotates the password when it is raised.
	PasswordVersion int
	// BackupRetentionDays is how many days of point-in-time recovery are kept.
	BackupRetentionDays int
	// BackupWindow is the daily backup time in UTC, "hh:mm-hh:mm".
	BackupWindow string
	// MaintenanceWindow is the weekly maintenance time in UTC, "ddd:hh:mm-ddd:hh:mm".
	MaintenanceWindow string
	// CAIdentifier is the certificate authority that signs the instances' TLS
	// certificates, such as "rds-ca-rsa2048-g1"; empty is AWS's choice. Where one is
	// named, the provider changes and reboots each instance once after its creation,
	// which takes minutes.
	CAIdentifier string
	// PerformanceInsights records which statements the load is made of, for 7
	// days, which is free. Set back to false it goes on, until it is turned off
	// in the console: Terraform leaves alone what is no longer written.
	PerformanceInsights bool
	// MonitoringIntervalSeconds is how often the operating system of each instance
	// is measured, 1, 5, 10, 15, 30 or 60; 0 measures nothing. CloudWatch Logs
	// bills the measurements, the more often the dearer.
	MonitoringIntervalSeconds int
	// LogExports sends PostgreSQL's log to CloudWatch, kept for Logs.RetentionDays,
	// and logs statements that take a second or more or that change the schema.
	// CloudWatch bills what is logged by its size. A password that is set in plain
	// SQL would be logged, too.
	LogExports bool
}

func defaultDatabase() Database {
	return Database{ //nolint:gosec // PasswordVersion counts; it is no password.
		EngineVersion:          "15.4",
		InstanceClass:          "db.t3.medium",
		ReaderCount:            1,
		ReaderCPUTargetPercent: 70,
		Name:                   "flaskapi",
		Username:               "flaskapi",
		Port:                   5432,
		PasswordVersion:        1,
		BackupRetentionDays:    7,
		BackupWindow:           "02:00-03:00",
		MaintenanceWindow:      "sun:03:30-sun:04:30",
	}
}

// EngineMajorVersion is the part of the engine version before the first dot.
func (d Database) EngineMajorVersion() string {
	major, _, _ := strings.Cut(d.EngineVersion, ".")
	return major
}

// reservedWords are the key words that PostgreSQL 15 reserves, wholly or except
// for functions and types.
// https://www.postgresql.org/docs/15/sql-keywords-appendix.html
var reservedWords = strings.Fields(`
	all analyse analyze and any array as asc asymmetric authorization binary both
	case cast check collate collation column concurrently constraint create cross
	current_catalog current_date current_role current_schema current_time
	current_timestamp current_user default deferrable desc distinct do else end
	except false fetch for foreign freeze from full grant group having ilike in
	initially inner intersect into is isnull join lateral leading left like limit
	localtime localtimestamp natural not notnull null offset on only or order
	outer overlaps placing primary references returning right select session_user
	similar some symmetric table tablesample then to trailing true union unique
	user using variadic verbose when where window with`)

var (
	// reservedDatabases exist in every cluster.
	reservedDatabases = []string{"postgres", "rdsadmin", "template0", "template1"}
	// reservedUsers are refused by RDS or by PostgreSQL, or are names that
	// attackers try first.
	reservedUsers = []string{"admin", "administrator", "none", "postgres", "public", "rdsadmin", "root"}
	// reservedUserPrefixes begin the roles of PostgreSQL and of RDS.
	// https://www.postgresql.org/docs/15/sql-createrole.html
	reservedUserPrefixes = []string{"pg_", "rds_"}
)

var (
	identifierForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	engineVersionForm = regexp.MustCompile(`^([1-9]\d*)\.(0|[1-9]\d*)$`)
	instanceClassForm = regexp.MustCompile(`^db\.([rtx]\d+[a-z]*\.(medium|(\d*x)?large)|serverless)$`)
	caIdentifierForm  = regexp.MustCompile(`^(rds-ca-(rsa2048|rsa4096|ecc384)-g[1-9]\d*)?$`)
)

// Major versions of Aurora PostgreSQL that this program supports.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html
var engineMajorVersions = []string{"13", "14", "15", "16", "17"}

// checkDatabase checks the cluster.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
func (p *problems) checkDatabase(d Database) {
	p.checkEngineVersion(d)
	p.checkCapacityRange(d)
	p.between("Database.ReaderCount", d.ReaderCount, 0, maxReaders)
	p.checkReaderScaling(d)
	p.checkIdentifier("Database.Name", d.Name, 63, isReservedDatabase)
	p.checkIdentifier("Database.Username", d.Username, 16, isReservedUser)
	p.between("Database.Port", d.Port, 1150, 65535)
	p.between("Database.PasswordVersion", d.PasswordVersion, 1, unlimited)
	p.between("Database.BackupRetentionDays", d.BackupRetentionDays, 1, 35)
	p.checkWindows(d)
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
	p.matches("Database.CAIdentifier", d.CAIdentifier, caIdentifierForm,
		"empty, or an authority of RDS: rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1", "write rds-ca-rsa2048-g1")
	if !slices.Contains(monitoringIntervals, d.MonitoringIntervalSeconds) {
		p.add("Database.MonitoringIntervalSeconds", d.MonitoringIntervalSeconds, "is not an interval of enhanced monitoring",
			oneOf(monitoringIntervals), fmt.Sprintf("write %d", atLeast(monitoringIntervals, d.MonitoringIntervalSeconds)))
	}
}

// monitoringIntervals are those of enhanced monitoring, in seconds; 0 is off.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
var monitoringIntervals = []int{0, 1, 5, 10, 15, 30, 60}

// checkEngineVersion checks the form and the major version; whether AWS offers
// the minor version changes every few months and is looked up at plan time.
func (p *problems) checkEngineVersion(d Database) {
	allowed := "major.minor with a major version of " + strings.Join(engineMajorVersions, ", ")
	switch {
	case !engineVersionForm.MatchString(d.EngineVersion):
		p.add("Database.EngineVersion", d.EngineVersion, "is not of the form", allowed, "write a version such as 15.4")
	case !slices.Contains(engineMajorVersions, d.EngineMajorVersion()):
		p.add("Database.EngineVersion", d.EngineVersion, "is not supported", allowed, "write a version such as 15.4")
	}
}

// serverlessClass is the class of instances whose capacity follows the load.
const serverlessClass = "db.serverless"

// Bounds of a capacity range in Aurora capacity units. AWS also has a minimum of
// 0, at which an idle instance pauses; the connections of the tasks would keep it
// from being idle. Versions before those of minorForMostACU end at 128.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.requirements.html
const (
	leastMinACU = 0.5
	leastMaxACU = 1
	mostACU     = 256
	olderACU    = 128
	stepACU     = 0.5
)

// minorForMostACU is the first minor version with mostACU, of each major version.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
var minorForMostACU = map[string]int{"13": 13, "14": 10, "15": 5, "16": 1, "17": 0}

// checkCapacityRange checks the class, and that a capacity range is there when the
// class is the one that has a range.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.html
func (p *problems) checkCapacityRange(d Database) {
	p.matches("Database.InstanceClass", d.InstanceClass, instanceClassForm,
		"db.<family>.<size> of the families r, t and x, or db.serverless", "write a class such as db.t3.medium")
	p.checkACU("Database.ServerlessMinACU", d.ServerlessMinACU, leastMinACU, d.InstanceClass)
	p.checkACU("Database.ServerlessMaxACU", d.ServerlessMaxACU, leastMaxACU, d.InstanceClass)
	if d.ServerlessMaxACU < d.ServerlessMinACU {
		p.add("Database.ServerlessMaxACU", d.ServerlessMaxACU, "is below Database.ServerlessMinACU",
			fmt.Sprintf("%g or more", d.ServerlessMinACU), fmt.Sprintf("write %g", d.ServerlessMinACU))
	}
	first, known := minorForMostACU[d.EngineMajorVersion()]
	_, minor, _ := strings.Cut(d.EngineVersion, ".")
	if number, err := strconv.Atoi(minor); err == nil && known && number < first && d.ServerlessMaxACU > olderACU && d.ServerlessMaxACU <= mostACU {
		p.add("Database.ServerlessMaxACU", d.ServerlessMaxACU, fmt.Sprintf("is more than version %s has", d.EngineVersion),
			fmt.Sprintf("%d at most, or version %s.%d", olderACU, d.EngineMajorVersion(), first),
			fmt.Sprintf("write %d, or a newer Database.EngineVersion", olderACU))
	}
}

// checkACU checks one end of the capacity range of the class.
func (p *problems) checkACU(field string, units, least float64, class string) {
	switch {
	case class != serverlessClass && units != 0:
		p.add(field, units, fmt.Sprintf("is a capacity that the class %q does not have", class), "0 with any class but db.serverless",
			"write 0, or db.serverless as Database.InstanceClass")
	case class != serverlessClass:
	case units < least || units > mostACU || math.Mod(units, stepACU) != 0:
		p.add(field, units, "is not a capacity", fmt.Sprintf("%g to %d with db.serverless, in steps of %g", least, mostACU, stepACU),
			"write a number of Aurora capacity units, of about 2 GiB each")
	}
}

// maxReaders is how many readers a cluster may have.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html
const maxReaders = 15

// checkReaderScaling checks the range of readers and the target. Autoscaling
// measures the readers that exist, and so needs one to begin with.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
func (p *problems) checkReaderScaling(d Database) {
	switch {
	case d.MaxReaders == 0:
	case d.ReaderCount == 0:
		p.add("Database.MaxReaders", d.MaxReaders, "has no reader to scale from", "0 where Database.ReaderCount is 0",
			"write 0, or 1 or more as Database.ReaderCount")
	case d.MaxReaders <= d.ReaderCount || d.MaxReaders > maxReaders:
		p.add("Database.MaxReaders", d.MaxReaders, "is out of range",
			fmt.Sprintf("0, or more than Database.ReaderCount, %d, and %d at most", d.ReaderCount, maxReaders),
			"write 0, or a number in that range")
	}
	p.between("Database.ReaderCPUTargetPercent", d.ReaderCPUTargetPercent, 1, 100)
}

// checkIdentifier checks a name inside the database.
func (p *problems) checkIdentifier(field, name string, longest int, reserved func(string) bool) {
	p.length(field, name, 1, longest)
	switch {
	case name == "": // The length says it all.
	case !identifierForm.MatchString(name):
		p.add(field, name, "is not of the form", "a letter, then letters, digits and underscores", "remove the other characters")
	case reserved(strings.ToLower(name)):
		p.add(field, name, "is reserved", "names that neither PostgreSQL nor RDS reserves", "write a name such as flaskapi")
	}
}

// isReservedDatabase tells whether no database may be called by the name.
func isReservedDatabase(name string) bool {
	return slices.Contains(reservedWords, name) || slices.Contains(reservedDatabases, name)
}

// isReservedUser tells whether no administrator may be called by the name.
func isReservedUser(name string) bool {
	return slices.Contains(reservedWords, name) || slices.Contains(reservedUsers, name) ||
		slices.ContainsFunc(reservedUserPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// A day and a week in minutes, the unit of a window.
const (
	day  = 24 * 60
	week = 7 * day
	// shortestWindow is the least that RDS takes for either window.
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
	shortestWindow = 30
)

const (
	timeOfDay  = `([01]\d|2[0-3]):([0-5]\d)`
	timeOfWeek = `(mon|tue|wed|thu|fri|sat|sun):` + timeOfDay
)

var (
	backupForm      = regexp.MustCompile(`^()` + timeOfDay + `-()` + timeOfDay + `$`)
	maintenanceForm = regexp.MustCompile(`^` + timeOfWeek + `-` + timeOfWeek + `$`)
)

// weekdays are in the order of the week; the empty day of a daily time counts
// like the first one.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// window is a time that comes again, in minutes from the start of its period.
type window struct{ start, length int }

// checkWindows checks both windows, and that they do not meet, which RDS refuses.
func (p *problems) checkWindows(d Database) {
	backup, ok := p.window("Database.BackupWindow", d.BackupWindow, backupForm, day, "hh:mm-hh:mm in UTC, of 30 minutes or more")
	maintenance, both := p.window("Database.MaintenanceWindow", d.MaintenanceWindow, maintenanceForm, week,
		"ddd:hh:mm-ddd:hh:mm in UTC and lower case, of 30 minutes to 24 hours")
	if ok && both && backup.meets(maintenance) {
		p.add("Database.MaintenanceWindow", d.MaintenanceWindow, fmt.Sprintf("overlaps Database.BackupWindow, %q", d.BackupWindow),
			"a time outside of the daily backup", "move one of the two")
	}
}

// window parses a window of the period, a day or a week, over whose end it may
// reach.
func (p *problems) window(field, text string, form *regexp.Regexp, period int, allowed string) (window, bool) {
	m := form.FindStringSubmatch(text)
	if m == nil {
		p.add(field, text, "is not of the form", allowed, "write a window such as 02:00-03:00 or sun:03:30-sun:04:30")
		return window{}, false
	}
	start, end := minute(m[1:4]), minute(m[4:7])
	w := window{start, (end - start + period) % period}
	switch {
	case w.length < shortestWindow:
		p.add(field, text, fmt.Sprintf("lasts %d minutes", w.length), allowed, "lengthen the window")
	case w.length > day:
		p.add(field, text, fmt.Sprintf("lasts %d minutes", w.length), allowed, "shorten the window")
	default:
		return w, true
	}
	return window{}, false
}

// minute counts the minutes up to a weekday, hour and minute. The form has
// matched, so that the numbers are numbers.
func minute(parts []string) int {
	hours, _ := strconv.Atoi(parts[1])
	minutes, _ := strconv.Atoi(parts[2])
	return max(0, slices.Index(weekdays, parts[0]))*day + hours*60 + minutes
}

// meets tells whether the daily window shares a minute with the weekly one: on
// some day, one of them starts while the other lasts, the week's end included.
func (daily window) meets(weekly window) bool {
	for start := daily.start; start < week; start += day {
		after := (start - weekly.start + week) % week
		if after < weekly.length || (week-after)%week < daily.length {
			return true
		}
	}
	return false
}
