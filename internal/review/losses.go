package review

// loss is what is lost with a resource.
type loss struct {
	level Level
	text  string
}

// destroyed says what is lost when a resource of the type is destroyed. It has every type
// that this program makes.
var destroyed = map[string]loss{
	"aws_acm_certificate":                                {Danger, "nothing serves TLS for its name"},
	"aws_acm_certificate_validation":                     {Caution, "nothing waits for the certificate"},
	"aws_appautoscaling_policy":                          {Caution, "nothing scales by it any more"},
	"aws_appautoscaling_scheduled_action":                {Caution, "nothing scales at its time any more"},
	"aws_appautoscaling_target":                          {Caution, "nothing scales what it names any more"},
	"aws_cloudwatch_dashboard":                           {Caution, "nobody sees it any more"},
	"aws_cloudwatch_log_group":                           {Danger, "its logs are lost"},
	"aws_cloudwatch_metric_alarm":                        {Caution, "nobody is told of it any more"},
	"aws_db_parameter_group":                             {Caution, "the instances lose their settings"},
	"aws_db_subnet_group":                                {Caution, "the database must be replaced with it"},
	"aws_default_security_group":                         {Caution, "nothing keeps it without rules any more"},
	"aws_ecr_lifecycle_policy":                           {Caution, "images are kept, and billed, for ever"},
	"aws_ecr_repository":                                 {Danger, "its images are lost"},
	"aws_ecs_cluster":                                    {Danger, "the API is away"},
	"aws_ecs_cluster_capacity_providers":                 {Caution, "the service loses its spare capacity"},
	"aws_ecs_service":                                    {Danger, "the API is away"},
	"aws_ecs_task_definition":                            {Caution, "there is no revision to start tasks of"},
	"aws_eip":                                            {Caution, "the address that others may have allowed changes"},
	"aws_elasticache_parameter_group":                    {Caution, "the cache loses its settings"},
	"aws_elasticache_replication_group":                  {Danger, "what is in the cache is lost, and it comes back empty, if it does"},
	"aws_elasticache_subnet_group":                       {Caution, "the cache must be replaced with it"},
	"aws_elasticache_user":                               {Caution, "who connects as it is refused"},
	"aws_elasticache_user_group":                         {Caution, "the cache lets its users in no longer"},
	"aws_flow_log":                                       {Caution, "connections are recorded no longer"},
	"aws_iam_role":                                       {Caution, "what acts as it is refused"},
	"aws_iam_role_policy":                                {Caution, "what needs it is refused"},
	"aws_iam_role_policy_attachment":                     {Caution, "what needs it is refused"},
	"aws_internet_gateway":                               {Danger, "the API is away"},
	"aws_kms_alias":                                      {Caution, "its name leads to no key any more"},
	"aws_kms_key":                                        {Danger, "what it encrypted cannot be read any more"},
	"aws_lambda_function":                                {Caution, "releases do not run any more"},
	"aws_lambda_invocation":                              {Caution, "a deployment waits for no release any more"},
	"aws_lb":                                             {Danger, "the API is away, and comes back under another DNS name"},
	"aws_lb_listener":                                    {Danger, "nothing answers on its port"},
	"aws_lb_listener_rule":                               {Caution, "what it matched goes to the API, or to a rule that comes later"},
	"aws_lb_target_group":                                {Danger, "the API is away until its tasks are registered anew"},
	"aws_nat_gateway":                                    {Caution, "what went through it has no way out, or a shared one"},
	"aws_rds_cluster":                                    {Danger, "the database and its data are lost"},
	"aws_rds_cluster_instance":                           {Caution, "connections to it are lost while it is away"},
	"aws_rds_cluster_parameter_group":                    {Caution, "the database loses its settings, TLS among them"},
	"aws_route":                                          {Caution, "its subnets have no such way any more"},
	"aws_route53_record":                                 {Danger, "its name leads nowhere"},
	"aws_route_table":                                    {Caution, "its subnets have no ways of their own any more"},
	"aws_route_table_association":                        {Caution, "the subnet has no ways of its own any more"},
	"aws_s3_bucket":                                      {Danger, "what is in it is lost"},
	"aws_s3_bucket_cors_configuration":                   {Caution, "no page may use the bucket in a browser any more"},
	"aws_s3_bucket_lifecycle_configuration":              {Caution, "what is in the bucket is kept, and billed, for ever"},
	"aws_s3_bucket_ownership_controls":                   {Caution, "objects can be somebody else's"},
	"aws_s3_bucket_policy":                               {Caution, "the bucket is written to no longer, or over plain HTTP"},
	"aws_s3_bucket_public_access_block":                  {Danger, "the bucket can be opened to everyone"},
	"aws_s3_bucket_server_side_encryption_configuration": {Caution, "the bucket is encrypted as AWS sees fit"},
	"aws_s3_bucket_versioning":                           {Caution, "what is overwritten or deleted there is lost"},
	"aws_scheduler_schedule":                             {Caution, "its job is not started by the clock any more"},
	"aws_secretsmanager_secret":                          {Danger, "its value is lost"},
	"aws_secretsmanager_secret_version":                  {Caution, "the value is written anew"},
	"aws_security_group":                                 {Caution, "its connections end"},
	"aws_sfn_state_machine":                              {Caution, "its job does not run any more, and what ran is not told"},
	"aws_sns_topic":                                      {Caution, "nobody is told of alarms any more"},
	"aws_sns_topic_policy":                               {Caution, "alarms cannot be published any more"},
	"aws_sns_topic_subscription":                         {Caution, "one recipient less is told of alarms"},
	"aws_sqs_queue":                                      {Danger, "its messages are lost"},
	"aws_sqs_queue_redrive_allow_policy":                 {Caution, "any queue of the account may send its dead letters there"},
	"aws_ssm_parameter":                                  {Caution, "what it notes is forgotten"},
	"aws_subnet":                                         {Caution, "what runs in it is replaced"},
	"aws_vpc":                                            {Danger, "everything in it is replaced"},
	"aws_vpc_endpoint":                                   {Caution, "what went through it takes the NAT gateways, or has no way"},
	"aws_vpc_security_group_egress_rule":                 {Caution, "its connections are refused"},
	"aws_vpc_security_group_ingress_rule":                {Caution, "its connections are refused"},
	"aws_wafv2_web_acl":                                  {Caution, "requests are filtered no longer"},
	"aws_wafv2_web_acl_association":                      {Caution, "requests are filtered no longer"},
	"aws_wafv2_web_acl_logging_configuration":            {Caution, "what is filtered is recorded no longer"},
	"terraform_data":                                     {Caution, "what the state remembers by it is forgotten"},
}

// renewed are the types whose resources are made anew without a loss, in the course of
// things: a revision, a document, a note, an association.
var renewed = []string{
	"aws_acm_certificate_validation", "aws_cloudwatch_dashboard", "aws_ecr_lifecycle_policy", "aws_ecs_task_definition",
	"aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_kms_alias", "aws_lambda_invocation", "aws_ssm_parameter", "aws_sns_topic_policy", "terraform_data",
}

// once are the types that hold data and of which a stack has one, the repositories of its
// services aside: a second is an empty one in place of the first.
var once = []string{"aws_ecr_repository", "aws_rds_cluster", "aws_secretsmanager_secret"}

// foreign are types that this program never makes and whose meaning is known.
var foreign = map[string]loss{
	"aws_db_cluster_snapshot":                   {Caution, "is a copy of the database"},
	"aws_db_snapshot":                           {Caution, "is a copy of a database"},
	"aws_iam_access_key":                        {Danger, "is a key that never ends, and stands in the state"},
	"aws_iam_group_policy":                      {Danger, "gives people permissions"},
	"aws_iam_group_policy_attachment":           {Danger, "gives people permissions"},
	"aws_iam_openid_connect_provider":           {Danger, "trusts tokens of another party"},
	"aws_iam_policy_attachment":                 {Danger, "takes the policy from everybody else in the account"},
	"aws_iam_role_policies_exclusive":           {Danger, "takes policies away that others gave"},
	"aws_iam_user":                              {Danger, "is a user, whose keys never end"},
	"aws_iam_user_login_profile":                {Danger, "is a password for the console"},
	"aws_iam_user_policy":                       {Danger, "gives a user permissions"},
	"aws_iam_user_policy_attachment":            {Danger, "gives a user permissions"},
	"aws_kms_grant":                             {Danger, "lets somebody use a key, unseen by its policy"},
	"aws_lambda_function_url":                   {Danger, "gives a function an address of its own"},
	"aws_lambda_permission":                     {Danger, "lets somebody call a function"},
	"aws_route53_vpc_association_authorization": {Danger, "lets another account see the zone"},
	"aws_s3_bucket_acl":                         {Danger, "opens a bucket by ACLs"},
	"aws_security_group_rule":                   {Danger, "opens a security group, and is not compared with its other rules"},
	"aws_vpc_peering_connection":                {Danger, "connects the VPC with another one"},
	"aws_vpc_peering_connection_accepter":       {Danger, "connects the VPC with another one"},
	"aws_ec2_transit_gateway_vpc_attachment":    {Danger, "connects the VPC with others"},
	"data.external":                             {Danger, "runs a program wherever this is planned"},
	"data.http":                                 {Danger, "calls an address wherever this is planned"},
	"module":                                    {Danger, "is a module: what it makes is not in this comparison"},
	"null_resource":                             {Danger, "may run programs wherever this is applied"},
}
