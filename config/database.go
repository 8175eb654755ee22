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
	// EngineVersion is the version of a new cluster, such as "15.4", from 13 on. Where
	// AWS no longer offers it, as is the case of 15.4, the newest of the same major
	// version is planned. AWS upgrades the minor version of a running cluster, which
	// Terraform then keeps, and `make upgrade` takes it to another major version.
	EngineVersion string
	// ExtendedSupport lets a new cluster run its major version for up to three years
	// past its standard support, which AWS bills by vCPU and hour. Without it, the
	// default, AWS upgrades the cluster instead. It counts when a cluster is created, and
	// not for a clone: docs/operations.md#upgrade-the-engine has the command for one that runs.
	ExtendedSupport bool
	// InstanceClass is the class of the writer and the readers, such as
	// "db.t3.medium", or "db.serverless" for instances whose capacity follows the load.
	InstanceClass string
	// ServerlessMinACU is the minimum capacity of each instance of db.serverless, in
	// Aurora capacity units of about 2 GiB, 0.5 to 256 in steps of 0.5; 0, the default,
	// with any other class, and where ServerlessAutoPauseSeconds lets instances pause.
	// Each unit costs about 0.12 USD an hour, used or not. AWS recommends 2 or more with
	// Performance Insights.
	ServerlessMinACU float64
	// ServerlessMaxACU is the maximum capacity of each instance of db.serverless, in
	// the same units and at the same price, 1 to 256 in steps of 0.5; 0, the default,
	// with any other class.
	ServerlessMaxACU float64
	// ServerlessAutoPauseSeconds is how long an instance of db.serverless has no
	// connection before it pauses and costs nothing, 300 to 86400, with a
	// ServerlessMinACU of 0; 0, the default, pauses none. The next connection waits for
	// up to 15 seconds, or longer after a day's pause, until it runs again.
	ServerlessAutoPauseSeconds int
	// ReaderCount is the number of readers in addition to the writer, 0 to 15.
	ReaderCount int
	// MaxReaders is the maximum number of readers, up to 15, that autoscaling reaches
	// from ReaderCount as the load asks; 0, the default, scales nothing. Each costs as
	// much as an instance of the class. Terraform does not know the readers that
	// autoscaling added: delete them before the environment is destroyed.
	MaxReaders int
	// ReaderCPUTargetPercent is the readers' average CPU use that autoscaling keeps, 1
	// to 100.
	ReaderCPUTargetPercent int
	// Name is the name of the database that is created in the cluster, up to 63
	// letters, digits and underscores.
	Name string
	// Username is the name of the database's administrator, up to 16 letters, digits
	// and underscores.
	Username string
	// Port is the TCP port where the cluster listens, 1150 to 65535.
	Port int
	// PasswordVersion is the version of the password, from 1 on: raised, it rotates
	// the password.
	PasswordVersion int
	// Roles has the API log in as a role that reads and writes rows, and the release
	// command as one that changes the schema, instead of as the administrator. Secrets
	// Manager bills two more secrets.
	Roles bool
	// Authentication is how the API logs in with Roles: by a "password", the default, or
	// by "iam", with tokens that its tasks sign. Then it has no password, and has to make
	// a token for each connection. It is for fewer than 200 new connections a second.
	Authentication Authentication
	// BackupRetentionDays is how many days of point-in-time recovery are kept, 1 to 35.
	BackupRetentionDays int
	// BackupWindow is the daily time of backups in UTC, "hh:mm-hh:mm", of 30 minutes or
	// more.
	BackupWindow string
	// MaintenanceWindow is the weekly time of maintenance in UTC,
	// "ddd:hh:mm-ddd:hh:mm", of 30 minutes to 24 hours and outside of the BackupWindow.
	MaintenanceWindow string
	// CAIdentifier is the certificate authority that signs the instances' TLS
	// certificates, such as "rds-ca-rsa2048-g1"; empty, the default, is AWS's choice.
	// Where one is named, the provider changes and reboots each instance once after its
	// creation, which takes minutes.
	CAIdentifier string
	// PerformanceInsights records for 7 days which statements the load is made of,
	// which is free. Readers that autoscaling adds have it, too.
	PerformanceInsights bool
	// MonitoringIntervalSeconds is how often the operating system of each instance
	// is measured, 1, 5, 10, 15, 30 or 60; 0, the default, measures nothing. CloudWatch
	// Logs bills the measurements, so that a shorter interval costs more.
	MonitoringIntervalSeconds int
	// LogExports sends PostgreSQL's log to CloudWatch, kept for Logs.RetentionDays,
	// and logs statements that take a second or more or that change the schema.
	// CloudWatch bills what is logged by its size. A password that is set in plain
	// SQL would be logged, too.
	LogExports bool
	// ClusterParameters are parameters of PostgreSQL and Aurora, by their names, for all
	// instances, such as "idle_in_transaction_session_timeout": "60000"; none by default. A
	// static one takes effect when the instances are rebooted, see
	// docs/operations.md#change-a-parameter-of-the-database for how.
	ClusterParameters map[string]string
	// InstanceParameters are parameters of the writer and the readers alone, which override
	// ClusterParameters, such as "work_mem": "65536"; none by default. The first ones of an
	// environment that runs wait for a reboot, and so do static ones.
	InstanceParameters map[string]string
	// SnapshotIdentifier is the snapshot that a new cluster is made of: its name, or its ARN
	// where another account or AWS Backup has it; empty, the default, makes an empty
	// cluster. Name and Username are the snapshot's. It counts when the cluster is created,
	// and is removed or kept afterwards: another one is refused. See
	// docs/operations.md#begin-with-data for the whole.
	SnapshotIdentifier string
	// CloneOf is the suffix of an environment of the same account and region whose database a
	// new cluster is a clone of; empty, the default, makes an empty cluster. A clone is made
	// in minutes, whatever its size, and storage is billed for what changes in either; from the
	// sixteenth of a source on, it is a full copy. Its subnets need two zones of its source's.
	// It is as SnapshotIdentifier otherwise. A clone has the minor version of its source, and is
	// enrolled in Extended Support until somebody declines it.
	CloneOf string
	// MaskSQL is what masks the data of a snapshot or clone, up to 16 KiB; empty, the default,
	// masks nothing. psql runs it as the administrator, once, in one transaction, before the
	// release command and the API start, within Service.ReleaseTimeoutMinutes; where it fails,
	// they do not. An environment that is not protected needs it, unless the one that is cloned
	// is known not to be protected either, or Acknowledged has "unmasked-data".
	MaskSQL string
}

// Authentication is how the API logs in to the database.
type Authentication string

const (
	// AuthenticationPassword has the tasks get a password when they start.
	AuthenticationPassword Authentication = "password"
	// AuthenticationIAM lets the tasks' role connect as one user of the database:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
	AuthenticationIAM Authentication = "iam"
)

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
		Authentication:         AuthenticationPassword,
		BackupRetentionDays:    7,
		BackupWindow:           "02:00-03:00",
		MaintenanceWindow:      "sun:03:30-sun:04:30",
	}
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

// reservation is names that may not be used, and whose rule that is.
type reservation struct {
	names, prefixes []string
	problem         string
	rule            rule
}

// engineWords are reserved for both a database and a user.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
var engineWords = reservation{names: reservedWords, problem: "is a word that the engine reserves", rule: aws("names that the engine does not reserve")}

// reservedDatabases are the names that a database may not have. Every cluster has
// these databases already.
var reservedDatabases = []reservation{
	engineWords,
	{names: []string{"rdsadmin", "template0", "template1"}, problem: "exists in every cluster", rule: aws("a name of its own")},
	{names: []string{"postgres"}, problem: "exists in every cluster", rule: ours("a name of its own", "that database is for administration")},
}

// reservedUsers are the names that the administrator may not have.
var reservedUsers = []reservation{
	engineWords,
	// https://github.com/aws-cloudformation/cfn-lint/pull/4425 tried the first two,
	// and postgres, which AWS accepts. PostgreSQL itself refuses the others:
	// https://www.postgresql.org/docs/15/sql-createrole.html
	{
		names: []string{"admin", "rdsadmin", "none", "public"}, prefixes: []string{"pg_"},
		problem: "is reserved", rule: aws("names that the engine and RDS do not reserve"),
	},
	{prefixes: []string{"rds_"}, problem: "is named like a role of RDS", rule: ours("names that do not begin with rds_", "RDS adds roles that do")},
	{names: []string{"administrator", "postgres", "root"}, problem: "is easily guessed", rule: ours("other names", "attackers try this one first")},
}

// reserves tells whether the name, in lower case, is among the reserved ones.
func (r reservation) reserves(name string) bool {
	return slices.Contains(r.names, name) ||
		slices.ContainsFunc(r.prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

var (
	// identifierForm is AWS's own: "must begin with a letter; subsequent characters can
	// be letters, underscores, or digits".
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	identifierForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	engineVersionForm = regexp.MustCompile(`^([1-9]\d{0,2})\.(\d[0-9A-Za-z.-]*)$`)
	// instanceClassForm is open: AWS adds families and sizes every year.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.html
	instanceClassForm = regexp.MustCompile(`^db(\.[a-z0-9-]+)+$`)
	// caIdentifierForm is open, too, but for the authorities that have expired, which
	// were called by their years.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
	caIdentifierForm = regexp.MustCompile(`^(rds-ca-[a-z][a-z0-9-]*)?$`)
)

// roles are those that Database.Roles makes.
var roles = []string{"app", "app_1", "app_2", "app_iam", "migrator"}

// checkDatabase checks the cluster.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
func (p *problems) checkDatabase(d Database) {
	p.checkEngineVersion(d)
	p.matches("Database.InstanceClass", d.InstanceClass, instanceClassForm,
		aws("classes such as db.r6g.large, or db.serverless"), suggest("write a class such as", "db.t3.medium"))
	p.checkCapacityRange(d)
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html
	p.between("Database.ReaderCount", d.ReaderCount, bounds{low: 0, high: maxReaders})
	p.checkReaderScaling(d)
	p.checkIdentifier("Database.Name", d.Name, 63, reservedDatabases)
	p.checkIdentifier("Database.Username", d.Username, 16, reservedUsers)
	p.checkLogin(d)
	p.between("Database.Port", d.Port, bounds{low: 1150, high: 65535})
	p.between("Database.PasswordVersion", d.PasswordVersion,
		bounds{low: 1, high: unlimited, lowBecause: "the first password has the version 1"})
	p.between("Database.BackupRetentionDays", d.BackupRetentionDays, bounds{low: 1, high: 35})
	p.checkWindows(d)
	p.matches("Database.CAIdentifier", d.CAIdentifier, caIdentifierForm,
		aws("an empty value, or an authority such as rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1"),
		suggest("write", "rds-ca-rsa2048-g1"))
	p.oneOf("Database.MonitoringIntervalSeconds", d.MonitoringIntervalSeconds, monitoringIntervals, "is not an interval of Enhanced Monitoring")
	p.checkParameters("Database.ClusterParameters", d.ClusterParameters)
	p.checkParameters("Database.InstanceParameters", d.InstanceParameters)
}

// checkLogin checks who logs in, and how, which is one way for each user:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/database-authentication.html
func (p *problems) checkLogin(d Database) {
	if d.Roles && slices.Contains(roles, strings.ToLower(d.Username)) {
		p.add("Database.Username", d.Username, "is one of Database.Roles", ours("any other name", "the administrator makes that role"), suggest("write a name such as", "flaskapi"))
	}
	switch {
	case d.Authentication != AuthenticationPassword && d.Authentication != AuthenticationIAM:
		p.add("Database.Authentication", d.Authentication, "is unknown",
			ours(string(AuthenticationPassword)+" or "+string(AuthenticationIAM), "it knows only these two ways to log in"), write(AuthenticationPassword))
	case d.Authentication == AuthenticationIAM && !d.Roles:
		p.add("Database.Authentication", d.Authentication, "has nobody to log in as",
			ours(string(AuthenticationIAM)+" together with Database.Roles", "the administrator would lose its password by it"),
			suggest("set Database.Roles or write", AuthenticationPassword))
	}
}

// monitoringIntervals are those of Enhanced Monitoring, in seconds; 0 is off.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
var monitoringIntervals = []int{0, 1, 5, 10, 15, 30, 60}

// EngineMajorVersion is the part of the engine version before the first dot.
func (d Database) EngineMajorVersion() string {
	major, _, _ := strings.Cut(d.EngineVersion, ".")
	return major
}

// oldestMajorVersion is the oldest major version that the program is tested with. It
// names no newest one: AWS adds a major version every year.
const oldestMajorVersion = 13

// supportEnds is the last day of the standard support of each major version, and
// supportRead the day on which that was read. A configuration is judged by this day
// and not by the clock, so that what was accepted once is accepted until somebody
// reads the page again; AWS judges a new cluster by the clock.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html
var supportEnds = map[int]string{
	13: "2026-02-28",
	14: "2027-02-28",
	15: "2028-02-29",
	16: "2029-02-28",
	17: "2030-02-28",
	18: "2031-02-28",
}

// StandardSupportEnd is the last day of the standard support of a version, if it is known.
func StandardSupportEnd(version string) (end string, known bool) {
	major, _ := strconv.Atoi(Database{EngineVersion: version}.EngineMajorVersion())
	end, known = supportEnds[major]
	return end, known
}

const supportRead = "2026-11-25"

// checkEngineVersion checks the form and the age; whether AWS offers the version
// changes every few months and is looked up at plan time.
func (p *problems) checkEngineVersion(d Database) {
	const field = "Database.EngineVersion"
	example := suggest("write a version such as", "15.4")
	if !engineVersionForm.MatchString(d.EngineVersion) {
		p.add(field, d.EngineVersion, "has the wrong form", ours("<major>.<minor>", "the cluster keeps to its major version"), example)
		return
	}
	// The form has matched, so that the number is a number.
	major, _ := strconv.Atoi(d.EngineMajorVersion())
	if major < oldestMajorVersion {
		p.add(field, d.EngineVersion, "is too old",
			ours(fmt.Sprintf("%d or newer", oldestMajorVersion), "it is tested with no older one"), example)
		return
	}
	if end, known := supportEnds[major]; known && end < supportRead && !d.ExtendedSupport {
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
		p.add(field, d.EngineVersion, "is past the end of its standard support, "+end,
			aws("a newer major version, or this one with Database.ExtendedSupport, which it bills"), example)
	}
}

// serverlessClass is the class of instances whose capacity follows the load.
const serverlessClass = "db.serverless"

// Bounds of a capacity range in Aurora capacity units.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.requirements.html
const (
	lowestMinACU = 0.5
	lowestMaxACU = 1
	highestACU   = 256
	// olderACU is the highest capacity of the versions before minorForHighestACU.
	olderACU = 128
	stepACU  = 0.5
)

// minorForHighestACU is the first minor version with highestACU, of each major
// version that also has older ones.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
var minorForHighestACU = map[string]int{"13": 13, "14": 10, "15": 5, "16": 1}

// highestACU is the highest capacity that the version has.
func (d Database) highestACU() float64 {
	if d.minorBefore(minorForHighestACU) {
		return olderACU
	}
	return highestACU
}

// checkCapacityRange checks that there is a capacity range where the class has one,
// and none elsewhere.
func (p *problems) checkCapacityRange(d Database) {
	const lowField, highField = "Database.ServerlessMinACU", "Database.ServerlessMaxACU"
	low, high := d.ServerlessMinACU, d.ServerlessMaxACU
	p.checkAutoPause(d)
	if d.InstanceClass != serverlessClass {
		p.noACU(lowField, low, d.InstanceClass)
		p.noACU(highField, high, d.InstanceClass)
		return
	}
	highest := d.highestACU()
	problem := "is not a capacity of version " + d.EngineVersion
	switch {
	case low == 0 && d.ServerlessAutoPauseSeconds == 0:
		p.add(lowField, low, "pauses instances without connections",
			ours(capacities(lowestMinACU, highest)+", or 0 with Database.ServerlessAutoPauseSeconds", "whoever connects after a pause waits for seconds"),
			suggest("set Database.ServerlessAutoPauseSeconds or write", lowestMinACU))
	case low != 0:
		p.checkACU(lowField, low, lowestMinACU, highest, problem)
	}
	if high < low {
		problem = "is below " + lowField
	}
	p.checkACU(highField, high, max(lowestMaxACU, nearestACU(low, lowestMinACU, highest)), highest, problem)
}

// autoPause are the bounds of the time until an instance pauses.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html
var autoPause = bounds{low: 300, high: 24 * 60 * 60}

// minorForAutoPause is the first minor version that pauses, of each major version that
// also has older ones.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
var minorForAutoPause = map[string]int{"13": 15, "14": 12, "15": 7, "16": 3}

// checkAutoPause checks that what pauses can, and that nothing keeps it from it.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
func (p *problems) checkAutoPause(d Database) {
	const field = "Database.ServerlessAutoPauseSeconds"
	seconds := d.ServerlessAutoPauseSeconds
	switch major := d.EngineMajorVersion(); {
	case seconds == 0:
	case d.InstanceClass != serverlessClass || d.ServerlessMinACU != 0:
		p.add(field, seconds, "is without effect", aws("0 but with Database.InstanceClass db.serverless and Database.ServerlessMinACU 0"), write(0))
	case d.minorBefore(minorForAutoPause):
		p.add("Database.EngineVersion", d.EngineVersion, "has no automatic pause",
			aws(fmt.Sprintf("%s.%d or newer with %s", major, minorForAutoPause[major], field)), write(fmt.Sprintf("%s.%d", major, minorForAutoPause[major])))
	default:
		p.between(field, seconds, autoPause)
		const replication = "rds.logical_replication"
		if d.ClusterParameters[replication] == "1" {
			p.add(entry("Database.ClusterParameters", replication), "1", "keeps the instances from pausing",
				ours("0 with "+field, "AWS takes both and never pauses"), do("remove it, or let nothing pause"))
		}
	}
}

// minorBefore tells whether the minor version is older than the one of its major version.
func (d Database) minorBefore(minors map[string]int) bool {
	major, minor, _ := strings.Cut(d.EngineVersion, ".")
	number, err := strconv.Atoi(minor)
	return err == nil && number < minors[major]
}

// noACU refuses a capacity where the class has a fixed one.
func (p *problems) noACU(field string, units float64, class string) {
	if units != 0 {
		p.add(field, units, "is without effect", ours("0 with any class but db.serverless", fmt.Sprintf("instances of the class %q have no range", class)),
			suggest("set Database.InstanceClass to db.serverless or write", 0.0))
	}
}

// checkACU checks one end of the capacity range.
func (p *problems) checkACU(field string, units, low, high float64, problem string) {
	nearest := nearestACU(units, low, high)
	if units == nearest {
		return
	}
	f := write(nearest)
	if nearest == high && high == olderACU {
		f = suggest("raise Database.EngineVersion or write", nearest)
	}
	p.add(field, units, problem, aws(capacities(low, high)), f)
}

// capacities says which numbers of capacity units are allowed.
func capacities(low, high float64) string {
	return fmt.Sprintf("%g to %g with db.serverless, in steps of %g", low, high, stepACU)
}

// nearestACU is the capacity within the bounds that is next to the number.
func nearestACU(units, low, high float64) float64 {
	if math.IsNaN(units) {
		return low
	}
	return min(max(math.Ceil(units/stepACU)*stepACU, low), high)
}

// maxReaders is how many readers a cluster may have.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html
const maxReaders = 15

// checkReaderScaling checks the range of readers and the target. Autoscaling
// measures the readers that exist, and so needs one to begin with.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
func (p *problems) checkReaderScaling(d Database) {
	const field = "Database.MaxReaders"
	switch {
	case d.MaxReaders == 0:
	case d.ReaderCount == 0:
		p.add(field, d.MaxReaders, "has no reader to scale from", aws("0 where Database.ReaderCount is 0"),
			suggest("raise Database.ReaderCount or write", 0))
	case d.MaxReaders > maxReaders:
		p.add(field, d.MaxReaders, "is out of range", aws(fmt.Sprintf("up to %d", maxReaders)), write(cappedReaders(d.ReaderCount)))
	case d.MaxReaders <= d.ReaderCount:
		p.add(field, d.MaxReaders, "is not above Database.ReaderCount",
			ours(fmt.Sprintf("0, or %d to %d", d.ReaderCount+1, maxReaders), "otherwise autoscaling would have no reader to add"), write(0))
	}
	p.between("Database.ReaderCPUTargetPercent", d.ReaderCPUTargetPercent, percent)
}

// cappedReaders is the maximum that leaves autoscaling something to add, or 0.
func cappedReaders(count int) int {
	if count >= maxReaders {
		return 0
	}
	return maxReaders
}

// checkIdentifier checks a name inside the database.
func (p *problems) checkIdentifier(field, name string, longest int, reserved []reservation) {
	p.length(field, name, 1, longest)
	if name == "" {
		return // The length is the whole problem.
	}
	if !identifierForm.MatchString(name) {
		p.add(field, name, "has the wrong form", aws("a letter, then letters, digits and underscores"), do("begin with a letter and remove the other characters"))
	}
	for _, r := range reserved {
		if r.reserves(strings.ToLower(name)) {
			p.add(field, name, r.problem, r.rule, suggest("write a name such as", "flaskapi"))
		}
	}
}

// A day and a week in minutes, the unit of a window.
const (
	day  = 24 * 60
	week = 7 * day
	// shortestWindow is the minimum of either window.
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
	shortestWindow = 30
)

// The forms of the windows, which RDS accepts in either case.
const (
	timeOfDay  = `([01]\d|2[0-3]):([0-5]\d)`
	timeOfWeek = `(mon|tue|wed|thu|fri|sat|sun):` + timeOfDay
)

// weekdays are in the order of the week; the empty day of a daily time counts
// like the first one.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// windowKind is what a window of the database looks like.
type windowKind struct {
	form *regexp.Regexp
	// period is after how many minutes the window recurs.
	period  int
	rule    rule
	example string
}

var (
	backupWindow = windowKind{
		regexp.MustCompile(`^()` + timeOfDay + `-()` + timeOfDay + `$`), day,
		aws("hh:mm-hh:mm in UTC, of 30 minutes or more"), "02:00-03:00",
	}
	maintenanceWindow = windowKind{
		regexp.MustCompile(`^` + timeOfWeek + `-` + timeOfWeek + `$`), week,
		aws("ddd:hh:mm-ddd:hh:mm in UTC, of 30 minutes to 24 hours"), "sun:03:30-sun:04:30",
	}
)

// window is a time that recurs, in minutes from the start of its period.
type window struct{ start, length int }

// checkWindows checks both windows, and that they do not overlap, which RDS refuses.
func (p *problems) checkWindows(d Database) {
	backup, ok := p.window("Database.BackupWindow", d.BackupWindow, backupWindow)
	maintenance, both := p.window("Database.MaintenanceWindow", d.MaintenanceWindow, maintenanceWindow)
	if ok && both && backup.overlaps(maintenance) {
		p.add("Database.MaintenanceWindow", d.MaintenanceWindow, fmt.Sprintf("overlaps Database.BackupWindow, %q", d.BackupWindow),
			aws("a time outside of the daily backup"), do("move one of the two"))
	}
}

// window parses a window, which may extend over the end of its period.
func (p *problems) window(field, text string, kind windowKind) (window, bool) {
	example := suggest("write a window such as", kind.example)
	m := kind.form.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		p.add(field, text, "has the wrong form", kind.rule, example)
		return window{}, false
	}
	start, end := minute(m[1:4]), minute(m[4:7])
	w := window{start, (end - start + kind.period) % kind.period}
	if w.length < shortestWindow || w.length > day {
		p.add(field, text, fmt.Sprintf("lasts %d minutes", w.length), kind.rule, example)
		return window{}, false
	}
	return w, true
}

// minute counts the minutes up to a weekday, hour and minute. The form has
// matched, so that the numbers are numbers.
func minute(parts []string) int {
	hours, _ := strconv.Atoi(parts[1])
	minutes, _ := strconv.Atoi(parts[2])
	return max(0, slices.Index(weekdays, parts[0]))*day + hours*60 + minutes
}

// overlaps tells whether the daily window shares a minute with the weekly one: on
// some day, one of them starts while the other lasts, the week's end included.
func (daily window) overlaps(weekly window) bool {
	for i := range weekdays {
		after := (daily.start + i*day - weekly.start + week) % week
		if after < weekly.length || (week-after)%week < daily.length {
			return true
		}
	}
	return false
}
