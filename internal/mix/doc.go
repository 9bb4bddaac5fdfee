// Package mix makes a method of the hooks of several: the positives of one, the
// negatives of another, the loss of a third, so that an experiment can say which
// of them made a difference. What the parts keep from step to step is kept up by
// the Update of the method that it is of.
package mix
