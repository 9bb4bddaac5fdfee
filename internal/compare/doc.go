// Package compare decides between methods: it reads the scores and guesses of
// runs from the store, applies the statistics of package stats to every pair,
// and says of each whether one is better, both are equivalent, or what it would
// take to know.
package compare
