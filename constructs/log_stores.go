package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"

	"flask-api/config"
)

// databaseID is the id of the database in its stack.
const databaseID = "database"

// logStore is the log group of a log that an option turns on.
type logStore struct {
	log config.Log
	// id is the group's in its scope, which has the scopeID in the stack.
	scopeID, id string
	props       LogGroupProps
}

// logStores are the groups of the logs that may be off, as the parts that write them
// create them.
func logStores(env Env, cfg config.Config, key *EncryptionKey) []logStore {
	stores := []logStore{
		{config.FlowLog, "flow_logs", "group", LogGroupProps{Path: "/aws/vpc/", RetentionDays: cfg.Network.FlowLogRetentionDays}},
		{config.WAFLog, "", "waf_logs", LogGroupProps{Path: "aws-waf-logs-"}},
		{config.DatabaseLog, databaseID, "logs", LogGroupProps{Path: "/aws/rds/cluster/", Name: env.Name("aurora") + "/" + postgresqlLog}},
		{config.SessionLog, "execute_command", "logs", LogGroupProps{Path: "/ecs/exec/"}},
	}
	for i := range stores {
		props := &stores[i].props
		props.Env, props.Key = env, key
		if stores[i].log != config.FlowLog {
			props.RetentionDays = cfg.Logs.RetentionDays
		}
	}
	return stores
}

// keepLogs declares the groups of logs that are stopped. Those that are off are not
// destroyed where data is protected: Terraform forgets them, and the key still serves
// them. So it does with a bucket and with the key, if there is one that nothing declares
// any more.
func (s *Stack) keepLogs(cfg config.Config, key *EncryptionKey, database *Database) {
	var forgotten []string
	for _, store := range logStores(s.Env, cfg, key) {
		switch state := cfg.LogState(store.log); {
		case state == config.LogStopped:
			NewLogGroup(store.scopeIn(s, database), store.id, store.props)
		case state == config.LogOff && cfg.Protected:
			key.AllowLogGroup(store.props.name())
			forgotten = append(forgotten, store.address())
		}
	}
	if cfg.Protected && cfg.LogState(config.AccessLog) == config.LogOff {
		forgotten = append(forgotten, accessLogsAddresses...)
	}
	if cfg.Protected && !cfg.Encryption.CustomerManagedKey {
		forgotten = append(forgotten, "aws_kms_alias.encryption_alias", "aws_kms_key.encryption_key")
	}
	if len(forgotten) > 0 {
		s.forget(forgotten...)
	}
}

// scopeIn is the scope of the store's group.
func (l logStore) scopeIn(s *Stack, database *Database) constructs.Construct {
	switch l.scopeID {
	case "":
		return s
	case databaseID:
		return database.scope
	default:
		return constructs.NewConstruct(s, &l.scopeID) // The part that makes it is off.
	}
}

// address is that which [Stack.AllocateLogicalId] makes of the ids.
func (l logStore) address() string {
	return "aws_cloudwatch_log_group." + strings.TrimPrefix(l.scopeID+"_"+l.id, "_")
}
