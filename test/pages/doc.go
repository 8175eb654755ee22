// Package pages has no code, only the tests of the pages that people read: what they
// link to and what they name must exist.
package pages
