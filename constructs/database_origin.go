package constructs

import (
	"fmt"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdscluster"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// beginWith makes a new cluster of a snapshot or of another cluster, with the passwords,
// windows and backups of this one, which the provider sets afterwards.
//
// A cluster that has data is never replaced because of where it came from. The state remembers
// that, so that a plan refuses another origin, and says what differs of what only a new cluster
// could have otherwise: who the administrator is, the name of the database, and whether it is
// encrypted. Without these settings none of it is looked at, and the cluster stays as well.
func (d *Database) beginWith(cluster *rdscluster.RdsClusterConfig, source string) {
	settings := d.Settings
	if !settings.Copied() {
		return
	}
	origin, field := fmt.Sprintf(`self.snapshot_identifier == %q`, settings.SnapshotIdentifier), "Database.SnapshotIdentifier"
	if settings.CloneOf != "" {
		cluster.RestoreToPointInTime = &rdscluster.RdsClusterRestoreToPointInTime{
			SourceClusterIdentifier: &source, RestoreType: jsii.String("copy-on-write"), UseLatestRestorableTime: jsii.Bool(true),
		}
		origin, field = fmt.Sprintf(`try(self.restore_to_point_in_time[0].source_cluster_identifier, "") == %q`, source), "Database.CloneOf"
	} else {
		cluster.SnapshotIdentifier = &settings.SnapshotIdentifier
	}
	ignored := append(*cluster.Lifecycle.IgnoreChanges.(*[]*string), *jsii.Strings("master_username", "database_name", "storage_encrypted")...)
	cluster.Lifecycle.IgnoreChanges = &ignored
	conditions := *cluster.Lifecycle.Postcondition
	for _, c := range [][2]string{
		{origin, field + ": the cluster was not made of it, and what a cluster is made of is decided when it is created. Remove the field, or make a new environment."},
		{fmt.Sprintf(`self.master_username == %q`, settings.Username), "Database.Username: the administrator of the data that the cluster was made of is ${self.master_username}. Write that name, and raise Database.PasswordVersion by one."},
		{fmt.Sprintf(`self.database_name == %q`, settings.Name), "Database.Name: the database that the cluster was made of is ${self.database_name}. Write that name, and raise Database.PasswordVersion by one."},
		{`self.storage_encrypted`, field + ": its data is not encrypted, and neither is the cluster. Destroy the environment, copy the snapshot with a KMS key, and make it of the copy."},
	} {
		conditions = append(conditions, &cdktf.Postcondition{Condition: "${" + c[0] + "}", ErrorMessage: jsii.String(c[1])})
	}
	cluster.Lifecycle.Postcondition = &conditions
}
