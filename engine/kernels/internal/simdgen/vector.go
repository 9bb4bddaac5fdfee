package simdgen

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// V is a vector of float32 lanes (or of 32-bit integers, for the operations that say so).
type V []reg.VecVirtual

// Operand is a V or a Const.
type Operand interface{ isOperand() }

// Const is a constant in all lanes, read from memory where it is used.
type Const struct{ bits uint32 }

func (V) isOperand()     {}
func (Const) isOperand() {}

// C is the constant nearest to x.
func C(x float64) Const { return Const{bits: math.Float32bits(float32(x))} }

// Bits is the constant with these bits.
func Bits(bits uint32) Const { return Const{bits: bits} }

// Constants beyond the numbers.
var (
	Infinity         = Bits(infinity)
	NegativeInfinity = Bits(infinity | signBit)
	// Lowest is the least finite number: subtracted from -Inf it leaves -Inf, not NaN.
	Lowest = Bits(0xff7fffff)
)

// First is the address of the first element of the array at p.
func First(p Pointer) operand.Mem { return operand.Mem{Base: p} }

// Next moves to the next element of each array.
func Next(pointers ...Pointer) {
	for _, p := range pointers {
		build.ADDQ(operand.Imm(4), p)
	}
}

// New returns an undefined vector.
func (k *Kernel) New() V {
	v := make(V, k.parts)
	for p := range v {
		if k.AVX512 {
			v[p] = build.ZMM()
		} else {
			v[p] = build.YMM()
		}
	}
	return v
}

func at(m operand.Mem, part int) operand.Mem {
	m.Disp += 32 * part
	return m
}

// Load reads a vector; the lanes beyond the end are 0.
func (k *Kernel) Load(m operand.Mem) V {
	v := k.New()
	for p := range v {
		switch {
		case !k.tail:
			build.VMOVUPS(at(m, p), v[p])
		case k.AVX512:
			build.VMOVUPS_Z(m, k.kmask, v[p])
		default:
			build.VMASKMOVPS(at(m, p), k.ymask[p], v[p])
		}
	}
	return v
}

// LoadOr reads a vector; the lanes beyond the end are those of fill.
func (k *Kernel) LoadOr(m operand.Mem, fill V) V {
	if !k.tail {
		return k.Load(m)
	}
	if k.AVX512 {
		v := k.Copy(fill)
		build.VMOVUPS(m, k.kmask, v[0])
		return v
	}
	return k.select_(Mask{y: k.ymask}, k.Load(m), fill)
}

// Keep zeroes the lanes beyond the end.
func (k *Kernel) Keep(v V) V {
	if !k.tail {
		return v
	}
	return k.Where(Mask{k: k.kmask, y: k.ymask}, v)
}

// Store writes a vector, without the lanes beyond the end.
func (k *Kernel) Store(v V, m operand.Mem) {
	for p := range v {
		switch {
		case !k.tail:
			build.VMOVUPS(v[p], at(m, p))
		case k.AVX512:
			build.VMOVUPS(v[p], k.kmask, m)
		default:
			build.VMASKMOVPS(v[p], k.ymask[p], at(m, p))
		}
	}
}

// BroadcastMem reads one float32 into all lanes.
func (k *Kernel) BroadcastMem(m operand.Mem) V {
	v := k.New()
	for p := range v {
		build.VBROADCASTSS(m, v[p])
	}
	return v
}

// Broadcast puts a constant into a register.
func (k *Kernel) Broadcast(c Const) V {
	if c.bits == 0 {
		return k.Zero()
	}
	return k.BroadcastMem(words(c.bits))
}

// Zero returns 0 in all lanes.
func (k *Kernel) Zero() V {
	v := k.New()
	for p := range v {
		if k.AVX512 {
			build.VPXORD(v[p], v[p], v[p])
		} else {
			build.VXORPS(v[p], v[p], v[p])
		}
	}
	return v
}

// Copy returns a copy.
func (k *Kernel) Copy(x V) V {
	v := k.New()
	k.Set(v, x)
	return v
}

// Set assigns x to v.
func (k *Kernel) Set(v, x V) {
	for p := range v {
		build.VMOVAPS(x[p], v[p])
	}
}
