// Package constructs holds the parts of the platform and [Stack], which
// composes them into one Terraform stack per environment:
//
//	internet ─► LoadBalancer ─► TargetGroup ─► Service ─► Database
//	                                          (in a Cluster)   └──► Credentials
//
// around a [Networking], with a [Registry], log groups, roles and [Autoscaling].
// Domain, WebACL and AccessLogs surround the load balancer where the configuration
// asks for them.
//
// A part takes a plain props struct: the [Env], its own section of the configuration
// or single values of it, and the parts that it uses. It exposes what others need as
// fields, or as methods that state their intent, such as [Registry.GrantPull],
// [Connections.AllowFrom] and [Alarms.WatchDatabase].
//
// A part that a service uses adds itself to the service, by [Service.AddEnvironment],
// [Service.AddSecret], [Service.AddContainer], [Service.Grant], [Service.AllowTo] and
// [Service.WaitFor]: [Database.GrantConnect] and [AddTracing] do so, and neither
// service.go nor container.go knows them. A new part is a file of its own and one line
// in [NewStack].
//
// Files use each other in one direction; stack.go alone uses all.
//
// The parts trust a configuration that has been validated; they check nothing
// again and return no errors.
package constructs
