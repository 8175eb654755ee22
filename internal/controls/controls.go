// Package controls has the attributes that must hold in what this program deploys, each
// with the value that it must have. The invariants, the policy set, the review and the
// tests that break a deployment on purpose read them from here, each with words of its
// own.
package controls

import (
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// Severity says how bad it is when a control does not hold.
type Severity int

// The severities.
const (
	// High is what cannot be undone, or what opens something to everyone.
	High Severity = iota
	// Medium weakens a defence while others remain.
	Medium
)

// Purpose is what a control is for.
type Purpose int

// The purposes.
const (
	// Hardening switches on what AWS offers against attacks and mistakes.
	Hardening Purpose = iota
	// Isolation keeps the internet out.
	Isolation
	// Protection keeps data and the running service from being lost.
	Protection
)

// Control is an attribute that must have a value.
type Control struct {
	// Type is that of the resources.
	Type string
	// Attribute has the block that it stands in, if any, before a dot.
	Attribute string
	// Wanted is the value that it must have.
	Wanted any
	// Unwanted is the value that it has otherwise; nil where that is the other boolean.
	Unwanted any
	// Default says that it need not be set, since the provider's default is as wanted.
	Default bool
	// Protected says that it holds only in environments that are protected.
	Protected bool
	Purpose   Purpose
	Severity  Severity
	// IDs are the public security controls that it satisfies.
	IDs string
	// Sentence is what a reviewer may rely on.
	Sentence string
	// Otherwise says of a resource what is wrong when the control does not hold.
	Otherwise string
}

// All are the controls, by type. Minimums, such as the days of backups, are not among
// them: each environment chooses its own.
var All = []Control{
	{
		Type: "aws_ecr_repository", Attribute: "image_scanning_configuration.scan_on_push", Wanted: true,
		Severity: Medium, IDs: "CKV_AWS_163; FSBP ECR.1",
		Sentence: "the registry scans what is pushed", Otherwise: "images are not scanned",
	},
	{
		Type: "aws_ecr_repository", Attribute: "image_tag_mutability", Wanted: "IMMUTABLE", Unwanted: "MUTABLE", Protected: true,
		Purpose: Protection, IDs: "CKV_AWS_51; FSBP ECR.2",
		Sentence: "a tag means the same image for ever", Otherwise: "lets a tag name another image later",
	},
	{
		Type: "aws_ecr_repository", Attribute: "force_delete", Wanted: false, Protected: true,
		Purpose:  Protection,
		Sentence: "the registry is not deleted with images in it", Otherwise: "can be deleted with what is in it",
	},
	{
		Type: "aws_ecs_service", Attribute: "network_configuration.assign_public_ip", Wanted: false,
		Purpose: Isolation, IDs: "CKV_AWS_333; FSBP ECS.2",
		Sentence: "tasks have no public address", Otherwise: "gives tasks public addresses",
	},
	{
		Type: "aws_ecs_service", Attribute: "deployment_circuit_breaker.enable", Wanted: true,
		Purpose:  Protection,
		Sentence: "a deployment that fails ends by itself", Otherwise: "does not end a deployment that fails",
	},
	{
		Type: "aws_ecs_service", Attribute: "deployment_circuit_breaker.rollback", Wanted: true,
		Purpose:  Protection,
		Sentence: "a deployment that fails is rolled back by itself", Otherwise: "does not go back from a deployment that fails",
	},
	{
		Type: "aws_elasticache_replication_group", Attribute: "at_rest_encryption_enabled", Wanted: "true", Unwanted: "false",
		IDs:      "CKV_AWS_29; FSBP ElastiCache.4",
		Sentence: "the cache is encrypted", Otherwise: "what it stores is not encrypted",
	},
	{
		Type: "aws_elasticache_replication_group", Attribute: "transit_encryption_enabled", Wanted: true,
		IDs:      "CKV_AWS_30; FSBP ElastiCache.5",
		Sentence: "the cache has TLS", Otherwise: "takes connections without TLS",
	},
	{
		Type: "aws_elasticache_replication_group", Attribute: "transit_encryption_mode", Wanted: "required", Unwanted: "preferred",
		IDs:      "CKV_AWS_31; FSBP ElastiCache.5",
		Sentence: "the cache takes connections over TLS only", Otherwise: "takes connections without TLS, too",
	},
	{
		Type: "aws_kms_key", Attribute: "enable_key_rotation", Wanted: true,
		IDs:      "CKV_AWS_7; FSBP KMS.4",
		Sentence: "a key of the account's own rotates", Otherwise: "the key is not rotated",
	},
	{
		Type: "aws_lb", Attribute: "drop_invalid_header_fields", Wanted: true,
		IDs:      "CKV_AWS_131; FSBP ELB.4",
		Sentence: "the load balancer drops invalid headers", Otherwise: "passes invalid headers on",
	},
	{
		Type: "aws_lb", Attribute: "enable_deletion_protection", Wanted: true, Protected: true,
		Purpose: Protection, IDs: "CKV_AWS_150; FSBP ELB.6",
		Sentence: "the load balancer cannot be deleted", Otherwise: "can be deleted",
	},
	{
		Type: "aws_rds_cluster", Attribute: "storage_encrypted", Wanted: true,
		IDs:      "CKV_AWS_96; FSBP RDS.27",
		Sentence: "the database is encrypted", Otherwise: "storage is not encrypted",
	},
	{
		Type: "aws_rds_cluster", Attribute: "deletion_protection", Wanted: true, Protected: true,
		Purpose: Protection, IDs: "CKV_AWS_139; FSBP RDS.7",
		Sentence: "the database cannot be deleted", Otherwise: "can be deleted",
	},
	{
		Type: "aws_rds_cluster", Attribute: "skip_final_snapshot", Wanted: false, Protected: true,
		Purpose:  Protection,
		Sentence: "a final snapshot is taken of the database", Otherwise: "is deleted without a final snapshot",
	},
	{
		Type: "aws_rds_cluster_instance", Attribute: "publicly_accessible", Wanted: false,
		Purpose: Isolation, IDs: "CKV_AWS_17; FSBP RDS.2",
		Sentence: "the database has no public address", Otherwise: "is reachable from the internet",
	},
	{
		Type: "aws_s3_bucket", Attribute: "force_destroy", Wanted: false, Protected: true,
		Purpose:  Protection,
		Sentence: "a bucket is not deleted with anything in it", Otherwise: "can be deleted with what is in it",
	},
	{
		Type: "aws_s3_bucket_public_access_block", Attribute: "block_public_acls", Wanted: true,
		Purpose: Isolation, IDs: "CKV_AWS_53; FSBP S3.8",
		Sentence: "nothing gives a bucket public ACLs", Otherwise: "ACLs can open the bucket",
	},
	{
		Type: "aws_s3_bucket_public_access_block", Attribute: "block_public_policy", Wanted: true,
		Purpose: Isolation, IDs: "CKV_AWS_54; FSBP S3.8",
		Sentence: "nothing gives a bucket a public policy", Otherwise: "a policy can open the bucket",
	},
	{
		Type: "aws_s3_bucket_public_access_block", Attribute: "ignore_public_acls", Wanted: true,
		Purpose: Isolation, IDs: "CKV_AWS_55; FSBP S3.8",
		Sentence: "public ACLs of a bucket have no effect", Otherwise: "public ACLs take effect",
	},
	{
		Type: "aws_s3_bucket_public_access_block", Attribute: "restrict_public_buckets", Wanted: true,
		Purpose: Isolation, IDs: "CKV_AWS_56; FSBP S3.8",
		Sentence: "a public policy of a bucket has no effect", Otherwise: "a public policy takes effect",
	},
	{
		// Subnets that do not say otherwise assign none.
		Type: "aws_subnet", Attribute: "map_public_ip_on_launch", Wanted: false, Default: true,
		Purpose: Isolation, IDs: "CKV_AWS_130; FSBP EC2.15",
		Sentence: "no subnet assigns public addresses", Otherwise: "gives what is in it public addresses",
	},
	preventsDestroy("aws_ecr_repository", "the registry"),
	preventsDestroy("aws_elasticache_replication_group", "the cache"),
	preventsDestroy("aws_kms_key", "a key of the account's own"),
	preventsDestroy("aws_rds_cluster", "the database"),
	preventsDestroy("aws_s3_bucket", "a bucket"),
	preventsDestroy("aws_secretsmanager_secret", "the secret"),
	preventsDestroy("aws_sqs_queue", "a queue"),
}

// preventsDestroy is the control of what Terraform itself refuses to destroy. What is
// not protected need not say so.
func preventsDestroy(kind, subject string) Control {
	return Control{
		Type: kind, Attribute: "lifecycle.prevent_destroy", Wanted: true, Protected: true, Purpose: Protection,
		Sentence: "Terraform does not destroy " + subject, Otherwise: "can be destroyed by Terraform",
	}
}

// Everywhere are the controls that hold in every environment, protected or not.
func Everywhere() []Control {
	return slices.DeleteFunc(slices.Clone(All), func(c Control) bool { return c.Protected })
}

// Path has the attribute's block, if any, and its name.
func (c Control) Path() []string { return strings.Split(c.Attribute, ".") }

// Name is the attribute's name without its block.
func (c Control) Name() string { return c.Attribute[strings.LastIndex(c.Attribute, ".")+1:] }

// Opposite is the value with which the control does not hold.
func (c Control) Opposite() any {
	if wanted, isBool := c.Wanted.(bool); isBool {
		return !wanted
	}
	return c.Unwanted
}

// Holds says whether the resource has the wanted value.
func (c Control) Holds(resource synthesis.Attributes) bool {
	value := synthesis.At(resource, c.Path()...)
	return value == c.Wanted || c.Default && value == nil
}

// Lifted says whether the resource has the opposite value, as in an environment that is
// not protected. To Terraform, false is also what is not there.
func (c Control) Lifted(resource synthesis.Attributes) bool {
	value := synthesis.At(resource, c.Path()...)
	return value == c.Opposite() || value == nil && c.Opposite() == false
}

// Set gives the resource the value, in the block that the attribute stands in.
func (c Control) Set(resource synthesis.Attributes, value any) {
	path := c.Path()
	for _, name := range path[:len(path)-1] {
		block := synthesis.Inner(resource, name)
		if block == nil {
			block = synthesis.Attributes{}
			resource[name] = block
		}
		resource = block
	}
	resource[c.Name()] = value
}
