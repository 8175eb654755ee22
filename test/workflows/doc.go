// Package workflows has no code, only the tests of what GitHub's workflows run.
package workflows
