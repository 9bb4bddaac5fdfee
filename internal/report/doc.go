// Package report shows results: comparisons of methods with intervals over
// seeds, leaderboards, learning curves, and the rows of any query, as tables
// for people and as CSV or JSON for programs.
package report
