package optim

import "math"

func portableKernels() *kernels {
	return &kernels{
		sgd:         portableSGD,
		sgdNesterov: portableNesterov,
		sgdPlain:    portablePlain,
		adam:        portableAdam,
		average:     portableAverage,
	}
}

func portableSGD(newParam, newMomentum, param, grad, momentum []float32, rate, mu, decay float32) {
	for i, w := range param {
		g := grad[i] + decay*w
		b := mu*momentum[i] + g
		newMomentum[i] = b
		newParam[i] = w - rate*b
	}
}

func portableNesterov(newParam, newMomentum, param, grad, momentum []float32, rate, mu, decay float32) {
	for i, w := range param {
		g := grad[i] + decay*w
		b := mu*momentum[i] + g
		newMomentum[i] = b
		newParam[i] = w - rate*(g+mu*b)
	}
}

func portablePlain(newParam, _, param, grad, _ []float32, rate, _, decay float32) {
	for i, w := range param {
		newParam[i] = w - rate*(grad[i]+decay*w)
	}
}

func portableAdam(newParam, newM, newV, param, grad, m, v []float32, s *adamScalars) {
	for i, w := range param {
		g := grad[i] + s.penalty*w
		a := s.beta1*m[i] + s.rest1*g
		b := s.beta2*v[i] + s.rest2*g*g
		newM[i], newV[i] = a, b
		newParam[i] = s.keep*w - s.rate*a/(float32(math.Sqrt(float64(b)))*s.root+s.epsilon)
	}
}

func portableAverage(newAverage, average, param []float32, momentum, rest float32) {
	for i, w := range param {
		newAverage[i] = momentum*average[i] + rest*w
	}
}
