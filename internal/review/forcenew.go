package review

// forcesReplacement are the attributes of the stateful types that this program can
// set and that the AWS provider cannot change in place, "ForceNew" in its schema. A
// deployment against an emulated AWS compares them with plans of the real provider.
var forcesReplacement = map[string][]string{
	"aws_cloudwatch_log_group":          {"name"},
	"aws_db_subnet_group":               {"name"},
	"aws_ecr_repository":                {"encryption_configuration", "name"},
	"aws_kms_key":                       {"customer_master_key_spec", "key_usage", "multi_region"},
	"aws_lb":                            {"internal", "load_balancer_type", "name"},
	"aws_rds_cluster":                   {"availability_zones", "cluster_identifier", "database_name", "db_subnet_group_name", "engine", "engine_mode", "kms_key_id", "master_username", "storage_encrypted"},
	"aws_rds_cluster_instance":          {"availability_zone", "cluster_identifier", "db_subnet_group_name", "engine", "identifier"},
	"aws_s3_bucket":                     {"bucket"},
	"aws_secretsmanager_secret":         {"name"},
	"aws_secretsmanager_secret_version": {"secret_id", "secret_string_wo_version"},
	"aws_subnet":                        {"availability_zone", "cidr_block", "vpc_id"},
	"aws_vpc":                           {"cidr_block"},
}
