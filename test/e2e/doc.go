// Package e2e holds no code, only the tests that deploy the program's stack
// with the real CDKTF command line, Terraform and AWS provider to an emulated
// AWS, and destroy it again.
package e2e
