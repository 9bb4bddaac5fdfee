package plane

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// TSNE is t-distributed stochastic neighbor embedding (van der Maaten and
// Hinton 2008, Journal of Machine Learning Research 9), exact: time and memory
// grow with the square of the number of samples. The schedule is the one that
// programs have settled on: a start at the principal components (Kobak and
// Berens 2019, Nature Communications 10:5416), 250 iterations with 12 times the
// attraction and a momentum of 0.5, and then a momentum of 0.8; the learning
// rate is n/12 of that exaggeration (Belkina et al. 2019, Nature Communications
// 10:5415). The result is the same for the same features, at any number of
// threads.
type TSNE struct {
	Perplexity float64 // effective number of neighbors, in [1, (n-1)/3]; 0 means 30, or what n allows
	Iterations int     // of gradient descent; 0 means 1000
}

// MostTSNE is the number of samples up to which TSNE maps.
const MostTSNE = 5000

const (
	exaggeration     = 12.0
	exaggerated      = 250 // iterations
	leastLearning    = 50.0
	startingSpread   = 1e-4 // standard deviation of the first coordinate
	leastProbability = 1e-12
)

// Map returns the positions of the rows of x [n, d], 4 to [MostTSNE] of them,
// and the Kullback-Leibler divergence of their neighborhoods from those of the
// features, which the descent has made small. It ends soon after its context does.
func (t TSNE) Map(ctx context.Context, x mat.Matrix) (Points, float64, error) {
	n, _ := x.Dims()
	most := float64(n-1) / 3
	perplexity := t.Perplexity
	if perplexity == 0 {
		perplexity = min(30, most)
	}
	switch {
	case n < 4 || n > MostTSNE:
		return nil, 0, fmt.Errorf("t-SNE of %d samples: expected 4 to %d", n, MostTSNE)
	case !(perplexity >= 1 && perplexity <= most):
		return nil, 0, fmt.Errorf("t-SNE with a perplexity of %g: %d samples allow 1 to %.4g", perplexity, n, most)
	}
	start, _, err := PCA(x)
	if err != nil {
		return nil, 0, err
	}
	d := descent{
		n: n, p: jointProbabilities(x, perplexity), y: start, similarity: make([]float64, n*n), sums: make([]float64, n),
	}
	d.shrink()
	if err := d.run(ctx, t.Iterations); err != nil {
		return nil, 0, err
	}
	return d.y, d.divergence, nil
}

// jointProbabilities are the symmetric probabilities p [n·n] that two samples
// are neighbors: Gaussians whose widths give every sample the perplexity.
func jointProbabilities(x mat.Matrix, perplexity float64) []float64 {
	n, d := x.Dims()
	rows := mat.NewDense(n, d, nil)
	rows.Copy(x)
	conditional := make([]float64, n*n)
	inParallel(n, func(i int) {
		row := conditional[i*n : (i+1)*n]
		own := rows.RawRowView(i)
		for j := range row {
			for k, v := range rows.RawRowView(j) {
				row[j] += (own[k] - v) * (own[k] - v)
			}
		}
		spread(row, i, math.Log(perplexity))
	})
	p := make([]float64, n*n)
	for i := range n {
		for j := range i {
			both := max((conditional[i*n+j]+conditional[j*n+i])/float64(2*n), leastProbability)
			p[i*n+j], p[j*n+i] = both, both
		}
	}
	return p
}

// spread replaces the squared distances from sample i by the probabilities of
// the Gaussian with that entropy.
func spread(row []float64, i int, entropy float64) {
	nearest := math.Inf(1)
	for j, distance := range row {
		if j != i {
			nearest = min(nearest, distance)
		}
	}
	p := make([]float64, len(row))
	low, high, precision := 0.0, math.Inf(1), 1.0
	for range 100 {
		sum, weighted := 0.0, 0.0
		for j, distance := range row {
			p[j] = 0
			if j != i {
				p[j] = math.Exp(-(distance - nearest) * precision)
				sum += p[j]
				weighted += p[j] * (distance - nearest)
			}
		}
		for j := range p {
			p[j] /= sum
		}
		excess := math.Log(sum) + precision*weighted/sum - entropy
		if math.Abs(excess) < 1e-5 {
			break
		}
		if excess > 0 {
			low = precision
		} else {
			high = precision
		}
		if math.IsInf(high, 1) {
			precision *= 2
		} else {
			precision = (low + high) / 2
		}
	}
	copy(row, p)
}

// descent is the gradient descent of the positions y.
type descent struct {
	n          int
	p          []float64 // [n·n]
	y          Points
	similarity []float64 // [n·n], of the positions
	sums       []float64 // of the rows of similarity
	divergence float64
}

// shrink makes the positions small, so that neighbors can pass each other.
func (d *descent) shrink() {
	square := 0.0
	for _, at := range d.y {
		square += at[0] * at[0]
	}
	deviation := math.Sqrt(square / float64(d.n))
	for i := range d.y {
		for axis := range d.y[i] {
			if deviation > 0 {
				d.y[i][axis] *= startingSpread / deviation
			}
		}
		if deviation == 0 { // all alike: any order will do
			d.y[i] = [2]float64{startingSpread * float64(i), 0}
		}
	}
}

func (d *descent) run(ctx context.Context, iterations int) error {
	if iterations == 0 {
		iterations = 1000
	}
	rate := max(float64(d.n)/exaggeration/4, leastLearning)
	velocity, gains := make(Points, d.n), make(Points, d.n)
	for i := range gains {
		gains[i] = [2]float64{1, 1}
	}
	gradient := make(Points, d.n)
	for step := range iterations {
		if err := ctx.Err(); err != nil {
			return err
		}
		attraction, momentum := 1.0, 0.8
		if step < exaggerated {
			attraction, momentum = exaggeration, 0.5
		}
		d.gradient(gradient, attraction)
		for i := range d.y {
			for axis := range d.y[i] {
				slope, gain := gradient[i][axis], &gains[i][axis]
				if velocity[i][axis]*slope < 0 {
					*gain += 0.2
				} else {
					*gain = max(*gain*0.8, 0.01)
				}
				velocity[i][axis] = momentum*velocity[i][axis] - rate**gain*slope
				d.y[i][axis] += velocity[i][axis]
			}
		}
	}
	d.measure()
	return nil
}

// similarities fills in those of the positions and returns their sum.
func (d *descent) similarities() float64 {
	inParallel(d.n, func(i int) {
		row, own, sum := d.similarity[i*d.n:(i+1)*d.n], d.y[i], 0.0
		for j, at := range d.y {
			dx, dy := own[0]-at[0], own[1]-at[1]
			row[j] = 1 / (1 + dx*dx + dy*dy)
			sum += row[j]
		}
		d.sums[i] = sum - 1 // without itself
	})
	total := 0.0
	for _, sum := range d.sums {
		total += sum
	}
	return total
}

// gradient is that of the divergence by the positions (equation 5 of the
// paper), with the attraction of neighbors multiplied.
func (d *descent) gradient(into Points, attraction float64) {
	total := d.similarities()
	inParallel(d.n, func(i int) {
		p, row, own, sum := d.p[i*d.n:(i+1)*d.n], d.similarity[i*d.n:(i+1)*d.n], d.y[i], [2]float64{}
		for j, at := range d.y {
			pull := (attraction*p[j] - row[j]/total) * row[j]
			sum[0] += pull * (own[0] - at[0])
			sum[1] += pull * (own[1] - at[1])
		}
		into[i] = [2]float64{4 * sum[0], 4 * sum[1]}
	})
}

func (d *descent) measure() {
	total := d.similarities()
	d.divergence = 0
	for i := range d.n {
		for j := range d.n {
			if i != j {
				p, q := d.p[i*d.n+j], max(d.similarity[i*d.n+j]/total, leastProbability)
				d.divergence += p * math.Log(p/q)
			}
		}
	}
}

// inParallel calls f for every row, in stretches on all processors.
func inParallel(rows int, f func(i int)) {
	workers := min(rows, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w * rows / workers; i < (w+1)*rows/workers; i++ {
				f(i)
			}
		})
	}
	group.Wait()
}
