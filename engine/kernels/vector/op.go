package vector

import "fmt"

// UnaryOp is an elementwise function of one operand.
type UnaryOp uint8

// The functions of one operand.
const (
	Neg        UnaryOp = iota // -x
	Abs                       // |x|
	Sqrt                      // √x
	Rsqrt                     // 1/√x
	Reciprocal                // 1/x
	Square                    // x²
	Exp                       // eˣ
	Expm1                     // eˣ - 1
	Log                       // ln x
	Log1p                     // ln(1 + x)
	Tanh                      // tanh x
	Logistic                  // 1/(1 + e⁻ˣ)
	Erf                       // the error function
	Sin                       // sin x, x in radians
	Cos                       // cos x, x in radians
	Floor                     // the greatest integer ≤ x
	Ceil                      // the least integer ≥ x
	Round                     // the nearest integer, halves to even
	Sign                      // -1, 0 or 1; 0 for NaN
	Gelu                      // x Φ(x) with the normal distribution function Φ; Hendrycks & Gimpel 2016 (arXiv:1606.08415)
	unaryOps
)

var unaryNames = [unaryOps]string{
	"Neg", "Abs", "Sqrt", "Rsqrt", "Reciprocal", "Square", "Exp", "Expm1", "Log", "Log1p", "Tanh", "Logistic",
	"Erf", "Sin", "Cos", "Floor", "Ceil", "Round", "Sign", "Gelu",
}

// String returns the name of the constant.
func (op UnaryOp) String() string { return name(unaryNames[:], int(op), "UnaryOp") }

// BinaryOp is an elementwise function of two operands a and b.
type BinaryOp uint8

// The functions of two operands.
const (
	Add        BinaryOp = iota // a + b
	Sub                        // a - b
	Mul                        // a b
	Div                        // a / b
	Max                        // the greater; NaN if either is
	Min                        // the lesser; NaN if either is
	Pow                        // a to the power b, as math.Pow
	ReverseSub                 // b - a
	ReverseDiv                 // b / a
	ReversePow                 // b to the power a
	GeluGrad                   // b d Gelu(a)/da
	binaryOps
)

var binaryNames = [binaryOps]string{
	"Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "ReverseSub", "ReverseDiv", "ReversePow", "GeluGrad",
}

// String returns the name of the constant.
func (op BinaryOp) String() string { return name(binaryNames[:], int(op), "BinaryOp") }

// CompareOp is an elementwise comparison of two operands a and b. A comparison
// with NaN is false, NotEqual true.
type CompareOp uint8

// The comparisons.
const (
	Equal          CompareOp = iota // a == b
	NotEqual                        // a != b
	Less                            // a < b
	LessOrEqual                     // a <= b
	Greater                         // a > b
	GreaterOrEqual                  // a >= b
	compareOps
)

var compareNames = [compareOps]string{"Equal", "NotEqual", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}

// String returns the name of the constant.
func (op CompareOp) String() string { return name(compareNames[:], int(op), "CompareOp") }

func name(names []string, i int, kind string) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}
