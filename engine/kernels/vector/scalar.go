package vector

import "math"

// The functions of the portable tier, which also define the others: float64
// inside, rounded once.

var unaryFuncs = [unaryOps]func(float32) float32{
	Neg:        func(x float32) float32 { return -x },
	Abs:        func(x float32) float32 { return float32(math.Abs(float64(x))) },
	Sqrt:       func(x float32) float32 { return float32(math.Sqrt(float64(x))) },
	Rsqrt:      func(x float32) float32 { return float32(1 / math.Sqrt(float64(x))) },
	Reciprocal: func(x float32) float32 { return 1 / x },
	Square:     func(x float32) float32 { return x * x },
	Exp:        func(x float32) float32 { return float32(math.Exp(float64(x))) },
	Expm1:      func(x float32) float32 { return float32(math.Expm1(float64(x))) },
	Log:        func(x float32) float32 { return float32(math.Log(float64(x))) },
	Log1p:      func(x float32) float32 { return float32(math.Log1p(float64(x))) },
	Tanh:       func(x float32) float32 { return float32(math.Tanh(float64(x))) },
	Logistic:   func(x float32) float32 { return float32(logistic(float64(x))) },
	Erf:        func(x float32) float32 { return float32(math.Erf(float64(x))) },
	Sin:        func(x float32) float32 { return float32(math.Sin(float64(x))) },
	Cos:        func(x float32) float32 { return float32(math.Cos(float64(x))) },
	Floor:      func(x float32) float32 { return float32(math.Floor(float64(x))) },
	Ceil:       func(x float32) float32 { return float32(math.Ceil(float64(x))) },
	Round:      func(x float32) float32 { return float32(math.RoundToEven(float64(x))) },
	Sign:       sign,
	Gelu:       func(x float32) float32 { return gelu(x) },
}

var binaryFuncs = [binaryOps]func(a, b float32) float32{
	Add:        func(a, b float32) float32 { return a + b },
	Sub:        func(a, b float32) float32 { return a - b },
	Mul:        func(a, b float32) float32 { return a * b },
	Div:        func(a, b float32) float32 { return a / b },
	Max:        func(a, b float32) float32 { return max(a, b) },
	Min:        func(a, b float32) float32 { return min(a, b) },
	Pow:        pow,
	ReverseSub: func(a, b float32) float32 { return b - a },
	ReverseDiv: func(a, b float32) float32 { return b / a },
	ReversePow: func(a, b float32) float32 { return pow(b, a) },
	GeluGrad:   geluGrad,
}

var compareFuncs = [compareOps]func(a, b float32) bool{
	Equal:          func(a, b float32) bool { return a == b },
	NotEqual:       func(a, b float32) bool { return a != b },
	Less:           func(a, b float32) bool { return a < b },
	LessOrEqual:    func(a, b float32) bool { return a <= b },
	Greater:        func(a, b float32) bool { return a > b },
	GreaterOrEqual: func(a, b float32) bool { return a >= b },
}

func pow(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) }

func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// normalCDF is Φ, the distribution function of the standard normal distribution.
func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func gelu(x float32) float32 {
	finite := float64(max(x, -100)) // where Φ is 0 in float64
	if x > 100 {
		return x
	}
	return float32(finite * normalCDF(finite))
}

func geluGrad(a, b float32) float32 {
	x := float64(min(max(a, -100), 100)) // beyond, Φ and the density have their limits
	density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
	return float32(float64(b) * (normalCDF(x) + x*density))
}
