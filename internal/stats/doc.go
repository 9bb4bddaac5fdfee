// Package stats computes the statistics that comparisons and collapse alarms
// stand on: means and intervals over seeds, paired differences of methods, and
// measures of how embeddings are spread.
package stats
