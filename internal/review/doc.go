// Package review writes the report that a reviewer reads: what a change does to each
// environment, and what is risky about it first. It compares two syntheses, or reads
// the plan of Terraform; both are told in the same words.
package review
