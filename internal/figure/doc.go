// Package figure draws results as SVG, PNG and PDF: learning curves, rankings,
// differences, costs, hyperparameters, the family of the methods, and what
// networks make of images. A method has the same color and shape in all.
package figure
