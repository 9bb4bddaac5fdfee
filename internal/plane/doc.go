// Package plane lays features out in two dimensions, for maps that people look
// at: the directions of the largest variance (PCA), and t-SNE.
package plane

// Points are positions in the plane, one for each row of the features.
type Points [][2]float64
