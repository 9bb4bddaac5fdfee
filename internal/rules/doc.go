// Package rules holds the rules of the repository that no compiler checks. It
// has tests only.
package rules
