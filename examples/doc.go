// Package examples holds what a user of kontrast copies: a method in a module
// of its own (ownmethod), a study with a grid (study.yaml), and queries of the
// results (queries.sql). Its tests keep them working.
package examples
