// Command asm generates the assembly of package optim.
package main

import . "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"

const copies = 2

func main() {
	writeSGD("sgd", func(k *Kernel, gradient, momentum, mu V) V { return momentum })
	writeSGD("sgdNesterov", func(k *Kernel, gradient, momentum, mu V) V { return k.FMA(momentum, mu, gradient) })
	writePlain()
	writeAdam()
	writeAverage()
	Generate()
}

const sgdSignature = "func(newParam, newMomentum, param, grad, momentum []float32, rate, mu, decay float32)"

func writeSGD(name string, direction func(k *Kernel, gradient, momentum, mu V) V) {
	Function(name, sgdSignature, Native, func(k *Kernel) {
		newParam, newMomentum, param := k.Pointer("newParam"), k.Pointer("newMomentum"), k.Pointer("param")
		grad, momentum, n := k.Pointer("grad"), k.Pointer("momentum"), k.Length("param")
		rate, mu, decay := k.Scalar("rate"), k.Scalar("mu"), k.Scalar("decay")
		k.Loop(n, copies, func(at At) {
			w, g, b := k.Load(at.Float(param)), k.Load(at.Float(grad)), k.Load(at.Float(momentum))
			k.MulAdd(g, w, decay)
			k.Step(b, mu, g)
			k.Store(b, at.Float(newMomentum))
			k.MulSub(w, rate, direction(k, g, b, mu))
			k.Store(w, at.Float(newParam))
		})
	})
}

func writePlain() {
	Function("sgdPlain", sgdSignature, Native, func(k *Kernel) {
		newParam, param, grad, n := k.Pointer("newParam"), k.Pointer("param"), k.Pointer("grad"), k.Length("param")
		rate, decay := k.Scalar("rate"), k.Scalar("decay")
		k.Loop(n, copies, func(at At) {
			w, g := k.Load(at.Float(param)), k.Load(at.Float(grad))
			k.MulAdd(g, w, decay)
			k.MulSub(w, rate, g)
			k.Store(w, at.Float(newParam))
		})
	})
}

func writeAdam() {
	signature := "func(newParam, newM, newV, param, grad, m, v []float32, " +
		"beta1, rest1, beta2, rest2, penalty, keep, rate, root, epsilon float32)"
	Function("adam", signature, Native, func(k *Kernel) {
		newParam, newM, newV := k.Pointer("newParam"), k.Pointer("newM"), k.Pointer("newV")
		param, grad, m, v := k.Pointer("param"), k.Pointer("grad"), k.Pointer("m"), k.Pointer("v")
		n := k.Length("param")
		beta1, rest1, beta2, rest2 := k.Scalar("beta1"), k.Scalar("rest1"), k.Scalar("beta2"), k.Scalar("rest2")
		penalty, keep, rate := k.Scalar("penalty"), k.Scalar("keep"), k.Scalar("rate")
		root, epsilon := k.Scalar("root"), k.Scalar("epsilon")
		k.Loop(n, copies, func(at At) {
			w, g := k.Load(at.Float(param)), k.Load(at.Float(grad))
			k.MulAdd(g, w, penalty)
			first := k.Mul(k.Load(at.Float(m)), beta1)
			k.MulAdd(first, g, rest1)
			k.Store(first, at.Float(newM))
			second := k.Mul(k.Load(at.Float(v)), beta2)
			k.MulAdd(second, k.Mul(g, g), rest2)
			k.Store(second, at.Float(newV))
			divisor := k.Sqrt(second)
			k.Step(divisor, root, epsilon)
			y := k.Mul(w, keep)
			k.MulSub(y, rate, k.Div(first, divisor))
			k.Store(y, at.Float(newParam))
		})
	})
}

func writeAverage() {
	Function("average", "func(newAverage, average, param []float32, momentum, rest float32)", Native, func(k *Kernel) {
		newAverage, average, param := k.Pointer("newAverage"), k.Pointer("average"), k.Pointer("param")
		n, momentum, rest := k.Length("param"), k.Scalar("momentum"), k.Scalar("rest")
		k.Loop(n, copies, func(at At) {
			y := k.Mul(k.Load(at.Float(average)), momentum)
			k.MulAdd(y, k.Load(at.Float(param)), rest)
			k.Store(y, at.Float(newAverage))
		})
	})
}
