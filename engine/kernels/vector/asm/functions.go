package main

import . "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"

type unaryFunc struct {
	name   string
	copies int
	body   func(k *Kernel, x V) V
}

// unary lists the ops that have assembly: Sin and Cos for numbers up to 2^17.
var unary = []unaryFunc{
	{"Neg", light, (*Kernel).Neg},
	{"Abs", light, (*Kernel).Abs},
	{"Sqrt", light, (*Kernel).Sqrt},
	{"Rsqrt", light, func(k *Kernel, x V) V { return k.Div(k.Broadcast(C(1)), k.Sqrt(x)) }},
	{"Reciprocal", light, func(k *Kernel, x V) V { return k.Div(k.Broadcast(C(1)), x) }},
	{"Square", light, func(k *Kernel, x V) V { return k.Mul(x, x) }},
	{"Exp", heavy, (*Kernel).Exp},
	{"Expm1", heavy, (*Kernel).Expm1},
	{"Log", heavy, (*Kernel).Log},
	{"Log1p", heavy, (*Kernel).Log1p},
	{"Tanh", heavy, (*Kernel).Tanh},
	{"Logistic", heavy, (*Kernel).Logistic},
	{"Erf", heavy, (*Kernel).Erf},
	{"Sin", heavy, (*Kernel).Sin},
	{"Cos", heavy, (*Kernel).Cos},
	{"Floor", light, func(k *Kernel, x V) V { return k.Round(x, Down) }},
	{"Ceil", light, func(k *Kernel, x V) V { return k.Round(x, Up) }},
	{"Round", light, func(k *Kernel, x V) V { return k.Round(x, Nearest) }},
	{"Sign", light, sign},
	{"Gelu", heavy, (*Kernel).Gelu},
}

type binaryFunc struct {
	name   string
	copies int
	body   func(k *Kernel, a, b V) V
}

// binary lists the ops that have assembly; the powers are portable in every tier.
var binary = []binaryFunc{
	{"Add", light, func(k *Kernel, a, b V) V { return k.Add(a, b) }},
	{"Sub", light, func(k *Kernel, a, b V) V { return k.Sub(a, b) }},
	{"Mul", light, func(k *Kernel, a, b V) V { return k.Mul(a, b) }},
	{"Div", light, func(k *Kernel, a, b V) V { return k.Div(a, b) }},
	{"Max", light, func(k *Kernel, a, b V) V { return orNaN(k, a, k.Max(a, b)) }},
	{"Min", light, func(k *Kernel, a, b V) V { return orNaN(k, a, k.Min(a, b)) }},
	{"ReverseSub", light, func(k *Kernel, a, b V) V { return k.Sub(b, a) }},
	{"ReverseDiv", light, func(k *Kernel, a, b V) V { return k.Div(b, a) }},
	{"GeluGrad", heavy, func(k *Kernel, a, b V) V { return k.Mul(k.GeluGrad(a), b) }},
}

type compareFunc struct {
	name      string
	predicate Predicate
}

var compare = []compareFunc{
	{"Equal", Equal}, {"NotEqual", NotEqual}, {"Less", Less}, {"LessOrEqual", LessOrEqual},
	{"Greater", Greater}, {"GreaterOrEqual", GreaterOrEqual},
}

func sign(k *Kernel, x V) V {
	up := k.Where(k.Compare(Greater, x, C(0)), k.Broadcast(C(1)))
	return k.Select(k.Compare(Less, x, C(0)), C(-1), up)
}

// orNaN returns a where it is NaN, else y.
func orNaN(k *Kernel, a, y V) V { return k.Select(k.Compare(Unordered, a, a), a, y) }
