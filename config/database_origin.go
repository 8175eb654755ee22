package config

import (
	"regexp"
	"slices"
)

// snapshotForm is the name of a snapshot, "rds:" before those that RDS takes by itself, or an
// ARN, which those of another account and of AWS Backup have.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html
var snapshotForm = regexp.MustCompile(`^((rds:)?[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*|arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:cluster-snapshot:[A-Za-z0-9:-]+)?$`)

// maxMaskSQL leaves a task definition, of 64 KiB at most, room for the rest and for quotes:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const maxMaskSQL = 16 * 1024

// Copied tells whether the cluster is made of other data than none.
func (d Database) Copied() bool { return d.SnapshotIdentifier != "" || d.CloneOf != "" }

// CloneSource is the identifier of the cluster that is cloned.
func (c Config) CloneSource() string {
	source := c
	source.Suffix = c.Database.CloneOf
	return source.PhysicalName("aurora")
}

// leavesUnmasked tells whether an environment that is not protected has the data of one that
// is, or may be, as it is.
func (c Config) leavesUnmasked() bool {
	if c.Protected || !c.Database.Copied() || c.Database.MaskSQL != "" {
		return false
	}
	return !slices.ContainsFunc(Environments(), func(source Config) bool {
		return source.Suffix == c.Database.CloneOf && !source.Protected
	})
}

// checkDatabaseOrigin checks what a new cluster is made of.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.html
func (p *problems) checkDatabaseOrigin(c Config) {
	d := c.Database
	const snapshot, clone, mask = "Database.SnapshotIdentifier", "Database.CloneOf", "Database.MaskSQL"
	p.matches(snapshot, d.SnapshotIdentifier, snapshotForm, aws("the name or the ARN of a snapshot of a cluster"), do("copy it from `aws rds describe-db-cluster-snapshots`"))
	if d.CloneOf != "" {
		p.matches(clone, d.CloneOf, suffixForm, ours("the suffix of an environment", "its cluster is called by it"), do("write the suffix of an environment"))
	}
	switch {
	case d.CloneOf != "" && d.SnapshotIdentifier != "":
		p.add(clone, d.CloneOf, "stands beside "+snapshot, aws("one of the two"), do("remove one of the two"))
	case d.CloneOf != "" && d.CloneOf == c.Suffix:
		p.add(clone, d.CloneOf, "is the environment itself", aws("another environment"), do("write another one"))
	}
	if d.SnapshotIdentifier != "" && d.Authentication == AuthenticationIAM {
		p.add("Database.Authentication", d.Authentication, "is of no use in the first deployment of a snapshot",
			ours(string(AuthenticationPassword)+" with "+snapshot, "the provider restores without IAM authentication, and turns it on with the second deployment"),
			do("write "+string(AuthenticationPassword)+" until the environment is deployed and "+snapshot+" removed"))
	}
	p.noTemplate(mask, d.MaskSQL, "write it in another way")
	if len(d.MaskSQL) > maxMaskSQL {
		p.add(mask, len(d.MaskSQL), "is its length in bytes", ours("16384 or less", "it stands in a task definition, which has 64 KiB"), do("put functions into the database, and call them"))
	}
	switch {
	case d.MaskSQL != "" && !d.Copied():
		p.add(mask, d.MaskSQL, "has nothing to mask", ours("it with "+snapshot+" or "+clone, "a new cluster is empty"), do("remove it"))
	case c.leavesUnmasked() && !slices.Contains(c.Acknowledged, UnmaskedData):
		p.add(mask, d.MaskSQL, "leaves the data as it is, in an environment that is not protected",
			ours(`SQL that masks it, or "unmasked-data" in Acknowledged`, "its source is protected, or not known"), do("write SQL that masks it"))
	}
}
