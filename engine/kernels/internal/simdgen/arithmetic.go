package simdgen

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

type instruction func(ops ...operand.Op)

// binary emits an instruction with the Go operand order (b, a, dst).
func (k *Kernel) binary(plain, broadcast instruction, dst, a V, b Operand) V {
	for p := range dst {
		switch b := b.(type) {
		case V:
			plain(b[p], a[p], dst[p])
		case Const:
			if k.AVX512 {
				broadcast(words(b.bits), a[p], dst[p])
			} else {
				plain(words(b.bits), a[p], dst[p])
			}
		}
	}
	return dst
}

// Add returns a + b.
func (k *Kernel) Add(a V, b Operand) V {
	return k.binary(build.VADDPS, build.VADDPS_BCST, k.New(), a, b)
}

// Sub returns a - b.
func (k *Kernel) Sub(a V, b Operand) V {
	return k.binary(build.VSUBPS, build.VSUBPS_BCST, k.New(), a, b)
}

// Mul returns a * b.
func (k *Kernel) Mul(a V, b Operand) V {
	return k.binary(build.VMULPS, build.VMULPS_BCST, k.New(), a, b)
}

// Div returns a / b.
func (k *Kernel) Div(a V, b Operand) V {
	return k.binary(build.VDIVPS, build.VDIVPS_BCST, k.New(), a, b)
}

// Max returns the greater of a and b, and b if either is NaN or both are 0.
func (k *Kernel) Max(a V, b Operand) V {
	return k.binary(build.VMAXPS, build.VMAXPS_BCST, k.New(), a, b)
}

// Min returns the lesser of a and b, and b if either is NaN or both are 0.
func (k *Kernel) Min(a V, b Operand) V {
	return k.binary(build.VMINPS, build.VMINPS_BCST, k.New(), a, b)
}

// Accumulate sets sum += x.
func (k *Kernel) Accumulate(sum V, x Operand) {
	k.binary(build.VADDPS, build.VADDPS_BCST, sum, sum, x)
}

// MulAdd sets acc += a * b, rounded once.
func (k *Kernel) MulAdd(acc, a V, b Operand) {
	k.binary(build.VFMADD231PS, build.VFMADD231PS_BCST, acc, a, b)
}

// MulSub sets acc -= a * b, rounded once.
func (k *Kernel) MulSub(acc, a V, b Operand) {
	k.binary(build.VFNMADD231PS, build.VFNMADD231PS_BCST, acc, a, b)
}

// Step sets x = x*m + c, rounded once: a step of Horner's scheme.
func (k *Kernel) Step(x, m V, c Operand) {
	k.binary(build.VFMADD213PS, build.VFMADD213PS_BCST, x, m, c)
}

// StepSub sets x = x*m - c, rounded once.
func (k *Kernel) StepSub(x, m V, c Operand) {
	k.binary(build.VFMSUB213PS, build.VFMSUB213PS_BCST, x, m, c)
}

// Polynomial returns the polynomial in x with these coefficients, the highest power first.
func (k *Kernel) Polynomial(x V, coefficients ...float64) V {
	y := k.Broadcast(C(coefficients[0]))
	for _, c := range coefficients[1:] {
		k.Step(y, x, C(c))
	}
	return y
}

// Sqrt returns √x.
func (k *Kernel) Sqrt(x V) V {
	v := k.New()
	for p := range v {
		build.VSQRTPS(x[p], v[p])
	}
	return v
}

// And returns the bits of a and b.
func (k *Kernel) And(a V, b Operand) V {
	return k.binary(build.VANDPS, build.VANDPS_BCST, k.New(), a, b)
}

// Or returns the bits of a or b.
func (k *Kernel) Or(a V, b Operand) V {
	return k.binary(build.VORPS, build.VORPS_BCST, k.New(), a, b)
}

// Xor returns the bits of a xor b.
func (k *Kernel) Xor(a V, b Operand) V {
	return k.binary(build.VXORPS, build.VXORPS_BCST, k.New(), a, b)
}

const (
	signBit   = 1 << 31
	valueBits = signBit - 1
)

// Abs returns |x|.
func (k *Kernel) Abs(x V) V { return k.And(x, Bits(valueBits)) }

// Neg returns -x.
func (k *Kernel) Neg(x V) V { return k.Xor(x, Bits(signBit)) }

// SignBit returns the sign bit of x alone.
func (k *Kernel) SignBit(x V) V { return k.And(x, Bits(signBit)) }

// AddInt returns the sum of integer lanes.
func (k *Kernel) AddInt(a V, b Operand) V {
	return k.binary(build.VPADDD, build.VPADDD_BCST, k.New(), a, b)
}

// SubInt returns the difference of integer lanes.
func (k *Kernel) SubInt(a V, b Operand) V {
	return k.binary(build.VPSUBD, build.VPSUBD_BCST, k.New(), a, b)
}

// ShiftLeft shifts integer lanes.
func (k *Kernel) ShiftLeft(x V, n uint8) V {
	v := k.New()
	for p := range v {
		build.VPSLLD(operand.Imm(uint64(n)), x[p], v[p])
	}
	return v
}

// ShiftRight shifts integer lanes and keeps their sign.
func (k *Kernel) ShiftRight(x V, n uint8) V {
	v := k.New()
	for p := range v {
		build.VPSRAD(operand.Imm(uint64(n)), x[p], v[p])
	}
	return v
}

// ToInt returns the nearest integers.
func (k *Kernel) ToInt(x V) V {
	v := k.New()
	for p := range v {
		build.VCVTPS2DQ(x[p], v[p])
	}
	return v
}

// FromInt converts integer lanes.
func (k *Kernel) FromInt(x V) V {
	v := k.New()
	for p := range v {
		build.VCVTDQ2PS(x[p], v[p])
	}
	return v
}

// Rounding is a direction of Round.
type Rounding uint64

// The directions of Round.
const (
	Nearest Rounding = iota // halves to even
	Down
	Up
)

// Round rounds to integers.
func (k *Kernel) Round(x V, mode Rounding) V {
	v := k.New()
	for p := range v {
		if k.AVX512 {
			build.VRNDSCALEPS(operand.Imm(uint64(mode)), x[p], v[p])
		} else {
			build.VROUNDPS(operand.Imm(uint64(mode)), x[p], v[p])
		}
	}
	return v
}

// Ldexp returns x * 2^n for integers n in [-252, 254], rounded once, if x is in [0.5, 2] or so.
func (k *Kernel) Ldexp(x, n V) V {
	if k.AVX512 {
		v := k.New()
		build.VSCALEFPS(n[0], x[0], v[0])
		return v
	}
	const bias, exponent = 127, 23
	whole := k.ToInt(n)
	half := k.ShiftRight(whole, 1)
	rest := k.SubInt(whole, half)
	v := k.Mul(x, k.ShiftLeft(k.AddInt(half, Bits(bias)), exponent))
	return k.Mul(v, k.ShiftLeft(k.AddInt(rest, Bits(bias)), exponent))
}
