// Package examples holds what a user of kontrast copies: a method, a backbone
// and a data set in modules of their own (ownmethod, ownbackbone, owndataset), a
// study with a grid (study.yaml), and queries of the results (queries.sql). Its
// tests keep them working.
package examples
