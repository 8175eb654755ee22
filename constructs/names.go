package constructs

import "strconv"

// resourceID is the construct id that stays out of a Terraform address, for a
// part that is little more than its one resource.
const resourceID = "Resource"

// anywhere is the IPv4 range of the whole internet.
const anywhere = "0.0.0.0/0"

// The ports of HTTP and of HTTPS, where the load balancer and AWS's own services listen.
const (
	httpPort  = 80
	httpsPort = 443
)

// The services of AWS that act for the account, as [Env.Principal] takes them.
const (
	alarmsService     = "cloudwatch"
	flowLogsService   = "vpc-flow-logs"
	functionsService  = "lambda"
	logDelivery       = "logdelivery.elasticloadbalancing"
	logsService       = "logs"
	monitoringService = "monitoring.rds"
	schedulerService  = "scheduler"
	statesService     = "states"
	tasksService      = "ecs-tasks"
)

// numbered is the construct id of the index-th of several like resources,
// counted from one as their physical names are.
func numbered(id string, index int) string {
	return id + "_" + strconv.Itoa(index+1)
}

// numberedName is [numbered] for physical names.
func numberedName(name string, index int) string {
	return name + "-" + strconv.Itoa(index+1)
}
