// Package stats computes the statistics that comparisons stand on: means and
// intervals over seeds, and paired differences of methods.
package stats
