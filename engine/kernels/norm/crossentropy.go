package norm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// CrossEntropy sets loss[r] = lse[r] - logits[r, labels[r]], the cross-entropy of softmax(logits) [R, cols] with
// the classes in labels [R], and lse [R], the log of the row's partition sum, which the gradient needs.
// labels must be in [0, cols).
func CrossEntropy(p *pool.Pool, loss, lse, logits []float32, labels []int32, cols int) {
	LogSumExp(p, lse, logits, cols)
	for r, label := range labels {
		loss[r] = lse[r] - logits[r*cols+int(label)]
	}
}

// CrossEntropyGradient sets dlogits = (softmax(logits) - onehot(labels)) * dloss, row by row.
func CrossEntropyGradient(p *pool.Pool, dlogits, logits, lse []float32, labels []int32, dloss []float32, cols int) {
	forRows(p, len(logits), cols, func(from, to int) {
		for r := from / cols; r < to/cols; r++ {
			row := dlogits[r*cols:][:cols]
			expShift(row, logits[r*cols:][:cols], lse[r])
			row[labels[r]]--
			vector.BinaryScalar(vector.Mul, row, row, dloss[r])
		}
	})
}

// CrossEntropyDense is CrossEntropy with a distribution for each row instead of a class:
// loss[r] = Σ targets[r,c] * (lse[r] - logits[r,c]). The targets need not sum to 1.
func CrossEntropyDense(p *pool.Pool, loss, lse, logits, targets []float32, cols int) {
	LogSumExp(p, lse, logits, cols)
	forRows(p, len(logits), cols, func(from, to int) {
		for r := from / cols; r < to/cols; r++ {
			row, target := logits[r*cols:][:cols], targets[r*cols:][:cols]
			loss[r] = reduce.Block(reduce.Sum, target)*lse[r] - reduce.DotBlock(target, row)
		}
	})
}

// CrossEntropyDenseGradient sets dlogits = (softmax(logits) * Σ targets - targets) * dloss, row by row.
// dlogits must not be targets.
func CrossEntropyDenseGradient(p *pool.Pool, dlogits, logits, lse, targets, dloss []float32, cols int) {
	forRows(p, len(logits), cols, func(from, to int) {
		for r := from / cols; r < to/cols; r++ {
			row, target := dlogits[r*cols:][:cols], targets[r*cols:][:cols]
			expShift(row, logits[r*cols:][:cols], lse[r])
			vector.BinaryScalar(vector.Mul, row, row, reduce.Block(reduce.Sum, target))
			vector.Binary(vector.Sub, row, row, target)
			vector.BinaryScalar(vector.Mul, row, row, dloss[r])
		}
	})
}

// expShift sets y = exp(x - shift).
func expShift(y, x []float32, shift float32) {
	vector.BinaryScalar(vector.Sub, y, x, shift)
	vector.Unary(vector.Exp, y, y)
}
