// Package constructs holds the parts of the platform and [Stack], which
// composes them into one Terraform stack per environment:
//
//	internet ─► LoadBalancer ─► Service ─► Database
//	                 │             │  └──► Credentials (its password)
//	                 └─ Networking ┴─ Registry, LogGroup, Role, Autoscaling
//
// Domain, WebACL and AccessLogs stand around the load balancer where the
// configuration asks for them.
//
// Every part takes a plain props struct and the parts it stands on, and exposes
// what others need as fields or as methods that say their intent, such as
// [SecurityGroup.AllowFrom] and [Registry.GrantPull]. A permission or a network
// rule between two parts is written once, in [NewStack].
//
// The parts trust a configuration that has been validated; they check nothing
// again and return no errors.
package constructs
