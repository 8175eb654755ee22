// Package escalation holds no code, only the tests that search the documented policies
// for a way to more than they grant.
package escalation
