// Package optim has the optimiser updates of the engine: each reads and
// writes every array once, and one call handles all tensors of a model.
//
// The new values may be written to the arrays they come from or elsewhere.
// Every element is computed alone, so results do not depend on the threads.
package optim

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// SGD is stochastic gradient descent with momentum (Sutskever et al. 2013, in the form of PyTorch, where the
// learning rate is outside the momentum):
//
//	g = grad + WeightDecay*param
//	momentum = Momentum*momentum + g
//	param = param - LearningRate * (momentum, or g + Momentum*momentum if Nesterov)
type SGD struct {
	LearningRate float32
	Momentum     float32 // 0 for none: the momentum arrays are not used then
	WeightDecay  float32 // L2 penalty, added to the gradient
	Nesterov     bool
}

// SGDTensor is one parameter of SGD. All slices have one length.
type SGDTensor struct {
	Param, Grad, Momentum []float32
	NewParam, NewMomentum []float32 // results
}

// Update makes one step of all tensors.
func (s SGD) Update(p *pool.Pool, tensors []SGDTensor) {
	update := active().sgd
	switch {
	case s.Momentum == 0:
		update = active().sgdPlain
	case s.Nesterov:
		update = active().sgdNesterov
	}
	run(p, len(tensors), func(i int) int { return len(tensors[i].Param) }, func(i, from, to int) {
		t := tensors[i]
		update(t.NewParam[from:to], window(t.NewMomentum, from, to), t.Param[from:to], t.Grad[from:to],
			window(t.Momentum, from, to), s.LearningRate, s.Momentum, s.WeightDecay)
	})
}

// Adam is Adam (Kingma & Ba 2015, arXiv:1412.6980) or, with Decoupled, AdamW (Loshchilov & Hutter 2019,
// arXiv:1711.05101):
//
//	g = grad + WeightDecay*param            (not Decoupled)
//	param = param * (1 - LearningRate*WeightDecay)  (Decoupled)
//	m = Beta1*m + (1 - Beta1)*g
//	v = Beta2*v + (1 - Beta2)*g²
//	param = param - LearningRate * (m / (1 - Beta1^Step)) / (√(v / (1 - Beta2^Step)) + Epsilon)
type Adam struct {
	LearningRate float64
	Beta1, Beta2 float64 // in [0, 1)
	Epsilon      float64
	WeightDecay  float64
	Decoupled    bool
	Step         int // number of this step, from 1
}

// AdamTensor is one parameter of Adam. All slices have one length.
type AdamTensor struct {
	Param, Grad, M, V    []float32
	NewParam, NewM, NewV []float32 // results
}

// adamScalars are Adam's hyperparameters as the kernels use them:
//
//	g = grad + penalty*param
//	m = beta1*m + rest1*g
//	v = beta2*v + rest2*g²
//	param = keep*param - rate * m / (√v*root + epsilon)
type adamScalars struct {
	beta1, rest1, beta2, rest2, penalty, keep, rate, root, epsilon float32
}

func (a Adam) scalars() adamScalars {
	s := adamScalars{
		beta1: float32(a.Beta1), rest1: float32(1 - a.Beta1),
		beta2: float32(a.Beta2), rest2: float32(1 - a.Beta2),
		keep:    1,
		rate:    float32(a.LearningRate / (1 - math.Pow(a.Beta1, float64(a.Step)))),
		root:    float32(1 / math.Sqrt(1-math.Pow(a.Beta2, float64(a.Step)))),
		epsilon: float32(a.Epsilon),
	}
	if a.Decoupled {
		s.keep = float32(1 - a.LearningRate*a.WeightDecay)
	} else {
		s.penalty = float32(a.WeightDecay)
	}
	return s
}

// Update makes one step of all tensors.
func (a Adam) Update(p *pool.Pool, tensors []AdamTensor) {
	update, scalars := active().adam, a.scalars()
	run(p, len(tensors), func(i int) int { return len(tensors[i].Param) }, func(i, from, to int) {
		t := tensors[i]
		update(t.NewParam[from:to], t.NewM[from:to], t.NewV[from:to],
			t.Param[from:to], t.Grad[from:to], t.M[from:to], t.V[from:to], &scalars)
	})
}

// AverageTensor is one parameter of an exponential moving average. All slices have one length.
type AverageTensor struct {
	Average, Param []float32
	NewAverage     []float32 // result
}

// MovingAverage sets NewAverage = momentum*Average + (1 - momentum)*Param for all tensors.
func MovingAverage(p *pool.Pool, momentum float32, tensors []AverageTensor) {
	update, rest := active().average, float32(1-float64(momentum))
	run(p, len(tensors), func(i int) int { return len(tensors[i].Param) }, func(i, from, to int) {
		t := tensors[i]
		update(t.NewAverage[from:to], t.Average[from:to], t.Param[from:to], momentum, rest)
	})
}

func window(s []float32, from, to int) []float32 {
	if s == nil {
		return nil
	}
	return s[from:to]
}
