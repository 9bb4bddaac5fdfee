package simdgen

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Mask is a truth value a lane.
type Mask struct {
	k reg.OpmaskVirtual
	y []reg.VecVirtual
}

// Predicate is a comparison. All but those that say otherwise are false for NaN.
type Predicate uint64

// The comparisons, by the numbers of VCMPPS.
const (
	Equal          Predicate = 0
	NotEqual       Predicate = 4 // a and b differ, or either is NaN
	Less           Predicate = 17
	LessOrEqual    Predicate = 18
	GreaterOrEqual Predicate = 29
	Greater        Predicate = 30
	Unordered      Predicate = 3  // either is NaN
	NotLess        Predicate = 21 // a >= b, or either is NaN
	NotLessOrEqual Predicate = 22 // a > b, or either is NaN
)

// Compare returns where a is in the relation to b.
func (k *Kernel) Compare(p Predicate, a V, b Operand) Mask {
	imm := operand.Imm(uint64(p))
	if k.AVX512 {
		m := Mask{k: build.K()}
		switch b := b.(type) {
		case V:
			build.VCMPPS(imm, b[0], a[0], m.k)
		case Const:
			build.VCMPPS_BCST(imm, words(b.bits), a[0], m.k)
		}
		return m
	}
	m := Mask{y: k.New()}
	compare := func(ops ...operand.Op) { build.VCMPPS(append([]operand.Op{imm}, ops...)...) }
	k.binary(compare, nil, m.y, a, b)
	return m
}

// Select returns yes where m, else no.
func (k *Kernel) Select(m Mask, yes Operand, no V) V {
	return k.select_(m, yes, no)
}

func (k *Kernel) select_(m Mask, yes Operand, no V) V {
	v := k.New()
	for p := range v {
		switch yes := yes.(type) {
		case V:
			if k.AVX512 {
				build.VBLENDMPS(yes[p], no[p], m.k, v[p])
			} else {
				build.VBLENDVPS(m.y[p], yes[p], no[p], v[p])
			}
		case Const:
			if k.AVX512 {
				build.VBLENDMPS_BCST(words(yes.bits), no[p], m.k, v[p])
			} else {
				build.VBLENDVPS(m.y[p], words(yes.bits), no[p], v[p])
			}
		}
	}
	return v
}

// Where returns x where m, else 0.
func (k *Kernel) Where(m Mask, x V) V {
	v := k.New()
	for p := range v {
		if k.AVX512 {
			build.VMOVAPS_Z(x[p], m.k, v[p])
		} else {
			build.VANDPS(x[p], m.y[p], v[p])
		}
	}
	return v
}

// StoreBool writes one byte a lane, 1 where m. In AVX2 the vector must be Wide. There must be no tail.
func (k *Kernel) StoreBool(m Mask, to operand.Mem) {
	x := build.XMM()
	if k.AVX512 {
		build.VMOVDQU8_Z(words(0x01010101), m.k, x)
		build.VMOVDQU(x, to)
		return
	}
	y := build.YMM()
	build.VPACKSSDW(m.y[1], m.y[0], y)
	build.VPERMQ(operand.Imm(0xd8), y, y)
	high := build.XMM()
	build.VEXTRACTI128(operand.Imm(1), y, high)
	build.VPACKSSWB(high, y.AsX(), x)
	build.VPAND(words(0x01010101), x, x)
	build.VMOVDQU(x, to)
}

// LoadBool reads one byte a lane. In AVX2 the vector must be Wide. There must be no tail.
func (k *Kernel) LoadBool(from operand.Mem) Mask {
	if k.AVX512 {
		m, x := Mask{k: build.K()}, build.XMM()
		build.VMOVDQU(from, x)
		build.VPTESTMB(x, x, m.k)
		return m
	}
	m, zero := Mask{y: k.New()}, k.Zero()
	for p := range m.y {
		from.Disp += 8 * p
		build.VPMOVZXBD(from, m.y[p])
		build.VPCMPGTD(zero[p], m.y[p], m.y[p])
	}
	return m
}

// SignMask returns where the sign bit is set. In AVX2 it serves Select only.
func (k *Kernel) SignMask(x V) Mask {
	if k.AVX512 {
		m := Mask{k: build.K()}
		build.VPMOVD2M(x[0], m.k)
		return m
	}
	return Mask{y: x} // VBLENDVPS looks at the sign bit
}
