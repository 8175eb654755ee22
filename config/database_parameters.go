package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// parameterNameForm is what the names of the parameters of PostgreSQL, its extensions and Aurora
// have in common.
var parameterNameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$`)

// staticParameters take effect when an instance is rebooted. The provider does not look up
// which do, and AWS refuses to set one at once; a dynamic one that is missing here by mistake
// would only be set later. The first lines are those that AWS lists as static, the others what
// PostgreSQL, Aurora and their extensions set at the start of the server.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
// https://www.postgresql.org/docs/18/runtime-config.html
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Reference.ParameterGroups.html
var staticParameters = strings.Fields(`
	autovacuum_freeze_max_age autovacuum_max_workers logging_collector max_connections
	max_files_per_process max_locks_per_transaction max_pred_locks_per_transaction
	max_prepared_transactions rds.restrict_password_commands shared_buffers
	shared_preload_libraries ssl temp_file_limit track_activity_query_size wal_buffers

	autovacuum_multixact_freeze_max_age autovacuum_worker_slots commit_timestamp_buffers
	huge_pages io_max_combine_limit io_max_concurrency io_method jit_provider
	max_active_replication_origins max_logical_replication_workers max_notify_queue_pages
	max_replication_slots max_wal_senders max_worker_processes min_dynamic_shared_memory
	multixact_member_buffers multixact_offset_buffers notify_buffers old_snapshot_threshold
	reserved_connections serializable_buffers shared_memory_type subtransaction_buffers
	superuser_reserved_connections track_commit_timestamp transaction_buffers
	wal_decode_buffer_size wal_level wal_log_hints
	cron.database_name cron.log_run cron.log_statement cron.max_running_jobs
	cron.use_background_workers pg_prewarm.autoprewarm pg_stat_statements.max
	rds.babelfish_status rds.enable_plan_management rds.logical_replication
	rds.logical_wal_cache rds.pg_stat_ramdisk_size rds.rds_superuser_reserved_connections`)

// StaticParameter tells whether a parameter takes effect when an instance is rebooted.
func StaticParameter(name string) bool { return slices.Contains(staticParameters, name) }

// ownParameters are those that this program sets, and why nothing else may.
var ownParameters = map[string]string{
	"rds.force_ssl":              "the database refuses connections without TLS",
	"log_min_duration_statement": "Database.LogExports decides what is logged",
	"log_statement":              "Database.LogExports decides what is logged, and every statement would put the data into the log",
	"port":                       "Database.Port is where it listens",
}

// checkParameters checks the parameters of the cluster or of its instances. AWS knows the
// names and the values, which are others in each version.
func (p *problems) checkParameters(field string, parameters map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		at, value := entry(field, name), parameters[name]
		p.matches(at, name, parameterNameForm, aws("names such as log_lock_waits or rds.logical_replication"), do("write the name as `aws rds describe-db-cluster-parameters` does"))
		if because, own := ownParameters[name]; own {
			p.add(at, name, "is set by this program", ours("other parameters", because), do("remove it"))
		}
		if value == "" {
			p.add(at, value, "is empty", aws("a value"), do("write a value, or remove the parameter for AWS's default"))
		}
		p.noTemplate(at, value, "write the value itself")
	}
}
