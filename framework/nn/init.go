package nn

import (
	"math"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// Init writes the initial value of a variable of the given dimensions to into,
// row-major. The stream is the variable's own: it depends on nothing but the
// seed and the path.
type Init func(stream *random.Stream, into []float32, dims []int)

// Zeros and Ones are constant initial values.
var (
	Zeros = Constant(0)
	Ones  = Constant(1)
)

// Constant sets every element to the value.
func Constant(value float64) Init {
	return func(_ *random.Stream, into []float32, _ []int) {
		for i := range into {
			into[i] = float32(value)
		}
	}
}

// Uniform draws from the uniform distribution on [-bound, bound).
func Uniform(bound float64) Init {
	return func(stream *random.Stream, into []float32, _ []int) {
		for i := range into {
			into[i] = float32(stream.Uniform(-bound, bound))
		}
	}
}

// Normal draws from the normal distribution with mean 0 and that standard deviation.
func Normal(std float64) Init {
	return func(stream *random.Stream, into []float32, _ []int) {
		for i := range into {
			into[i] = float32(std * stream.Normal())
		}
	}
}

// TruncatedNormal draws from the normal distribution with mean 0 and that
// standard deviation, limited to [-2, 2]: the absolute limits of PyTorch's
// trunc_normal_, not two standard deviations.
func TruncatedNormal(std float64) Init {
	return func(stream *random.Stream, into []float32, _ []int) {
		for i := range into {
			into[i] = float32(stream.TruncatedNormal(0, std, -2, 2))
		}
	}
}

// KaimingNormal draws from the normal distribution with variance 2/fan-out, as
// torchvision does for the convolutions of its ResNets (He et al. 2015,
// arXiv:1502.01852, §2.2, backward case).
func KaimingNormal(stream *random.Stream, into []float32, dims []int) {
	_, fanOut := fans(dims)
	Normal(math.Sqrt(2/fanOut))(stream, into, dims)
}

// HeNormal draws from the normal distribution with variance 2/fan-in: PyTorch's
// kaiming_normal_ (He et al. 2015, arXiv:1502.01852, §2.2, forward case).
func HeNormal(stream *random.Stream, into []float32, dims []int) {
	fanIn, _ := fans(dims)
	Normal(math.Sqrt(2/fanIn))(stream, into, dims)
}

// LeCunNormal draws from the normal distribution that, cut off at two standard
// deviations, has variance 1/fan-in (LeCun et al. 1998, Efficient BackProp, §4.6):
// the default of Flax, and of TensorFlow's variance scaling.
func LeCunNormal(stream *random.Stream, into []float32, dims []int) {
	fanIn, _ := fans(dims)
	std := 1 / math.Sqrt(fanIn) / cutNormalStd
	for i := range into {
		into[i] = float32(stream.TruncatedNormal(0, std, -2*std, 2*std))
	}
}

// cutNormalStd is the standard deviation of the standard normal distribution, cut off at -2 and 2.
const cutNormalStd = 0.87962566103423978

// KaimingUniform draws from the uniform distribution on ±√(6/((1+a²)·fan-in)).
// With a = √5, that is ±1/√fan-in, it is PyTorch's default for linear layers
// and convolutions.
func KaimingUniform(a float64) Init {
	return func(stream *random.Stream, into []float32, dims []int) {
		fanIn, _ := fans(dims)
		Uniform(math.Sqrt(6/((1+a*a)*fanIn)))(stream, into, dims)
	}
}

// XavierUniform draws from the uniform distribution on ±√(6/(fan-in+fan-out))
// (Glorot and Bengio 2010). A weight that packs several matrices of one size
// side by side, such as queries, keys and values, gives their number as parts
// to be treated as separate matrices; 0 means 1.
func XavierUniform(parts int) Init {
	return func(stream *random.Stream, into []float32, dims []int) {
		fanIn, fanOut := fans(dims)
		Uniform(math.Sqrt(6/(fanIn+fanOut/float64(max(parts, 1)))))(stream, into, dims)
	}
}

// scaled multiplies what another draws.
func scaled(of Init, factor float32) Init {
	return func(stream *random.Stream, into []float32, dims []int) {
		of(stream, into, dims)
		for i := range into {
			into[i] *= factor
		}
	}
}

// UnitVectors draws vectors along the last axis uniformly from the unit sphere.
func UnitVectors(stream *random.Stream, into []float32, dims []int) {
	Normal(1)(stream, into, dims)
	width := dims[len(dims)-1]
	for start := 0; start < len(into); start += width {
		row := into[start : start+width]
		squares := 0.0
		for _, v := range row {
			squares += float64(v) * float64(v)
		}
		for i := range row {
			row[i] = float32(float64(row[i]) / math.Sqrt(squares))
		}
	}
}

// fans counts the inputs and outputs of one unit: of weights [In,Out] and kernels [H,W,In,Out].
func fans(dims []int) (in, out float64) {
	last := len(dims) - 1
	in, out = 1, float64(dims[last])
	for i, n := range dims[:last] {
		in *= float64(n)
		if i < last-1 {
			out *= float64(n)
		}
	}
	return in, out
}
