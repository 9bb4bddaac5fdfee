package plane

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// PCA returns the coordinates of the rows of x [n, d] along the two directions
// of the largest variance, around their mean, and the share of the variance
// that the two have, in [0, 1]. Each direction is turned so that its largest
// weight is positive. At least two rows, of one number at least, are needed.
func PCA(x mat.Matrix) (Points, float64, error) {
	n, d := x.Dims()
	if n < 2 {
		return nil, 0, fmt.Errorf("principal components of %d samples: at least 2 are needed", n)
	}
	var pc stat.PC
	if !pc.PrincipalComponents(x, nil) {
		return nil, 0, fmt.Errorf("principal components of %d samples of %d numbers: the decomposition did not converge; "+
			"are all of them finite?", n, d)
	}
	var directions mat.Dense // [d, min(n, d)]
	pc.VectorsTo(&directions)
	means := make([]float64, d)
	for j := range means {
		means[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	points := make(Points, n)
	_, found := directions.Dims()
	for axis := range min(2, found) {
		direction := mat.Col(nil, axis, &directions)
		sign := signOfLargest(direction)
		for i := range points {
			for j, weight := range direction {
				points[i][axis] += sign * weight * (x.At(i, j) - means[j])
			}
		}
	}
	variances := pc.VarsTo(nil)
	total, two := 0.0, 0.0
	for i, v := range variances {
		total += v
		if i < 2 {
			two += v
		}
	}
	if total == 0 {
		return points, 1, nil
	}
	return points, two / total, nil
}

func signOfLargest(weights []float64) float64 {
	largest := 0.0
	for _, w := range weights {
		if math.Abs(w) > math.Abs(largest) {
			largest = w
		}
	}
	return math.Copysign(1, largest)
}
