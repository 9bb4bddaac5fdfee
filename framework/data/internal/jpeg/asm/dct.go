package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fractional bits of the constants, and those that the first pass leaves, as in ../dct.go.
const (
	fraction = 13
	kept     = 2
)

type vector = reg.VecVirtual

// inverse transforms the columns of a block, each in a lane of its own, and then its rows in the same way.
func inverse() {
	leaf("inverse", "func(to *uint8, stride int, coefficients *int32)",
		"writes the samples of a block, whose coefficients are scaled, to 8 columns of 8 rows.")
	f := newFactors()
	to, stride, from := pointer("to"), pointer("stride"), pointer("coefficients")
	var rows [8]vector
	for i := range rows {
		rows[i] = YMM()
		VMOVDQU(Mem{Base: from, Disp: 32 * i}, rows[i])
	}
	rows = f.inverse8(rows)
	shift(rows, numbers("half1", 1<<(fraction-kept-1)), fraction-kept)
	rows = f.inverse8(transposed(rows))
	shift(rows, numbers("half2", 1<<(fraction+kept+2)), fraction+kept+3)
	store(transposed(rows), to, stride)
	VZEROUPPER()
	RET()
}

type factors struct {
	m0390, p0541, p0765, m0899, p1175, p1501, m1847, m1961, p2053, m2562, p0298, p3072 Mem
}

func newFactors() factors {
	return factors{
		numbers("m0390", -3196), numbers("p0541", 4433), numbers("p0765", 6270), numbers("m0899", -7373),
		numbers("p1175", 9633), numbers("p1501", 12299), numbers("m1847", -15137), numbers("m1961", -16069),
		numbers("p2053", 16819), numbers("m2562", -20995), numbers("p0298", 2446), numbers("p3072", 25172),
	}
}

// inverse8 is the function of that name in ../dct.go.
func (f factors) inverse8(c [8]vector) [8]vector {
	z := times(plus(c[2], c[6]), f.p0541)
	even2, even3 := plus(z, times(c[6], f.m1847)), plus(z, times(c[2], f.p0765))
	even0, even1 := plus(c[0], c[4]), minus(c[0], c[4])
	VPSLLD(Imm(fraction), even0, even0)
	VPSLLD(Imm(fraction), even1, even1)
	a0, a3, a1, a2 := plus(even0, even3), minus(even0, even3), plus(even1, even2), minus(even1, even2)

	z3, z4 := plus(c[7], c[3]), plus(c[5], c[1])
	z5 := times(plus(z3, z4), f.p1175)
	z3, z4 = plus(times(z3, f.m1961), z5), plus(times(z4, f.m0390), z5)
	z1, z2 := times(plus(c[7], c[1]), f.m0899), times(plus(c[5], c[3]), f.m2562)
	odd0 := plus(times(c[7], f.p0298), plus(z1, z3))
	odd1 := plus(times(c[5], f.p2053), plus(z2, z4))
	odd2 := plus(times(c[3], f.p3072), plus(z2, z3))
	odd3 := plus(times(c[1], f.p1501), plus(z1, z4))
	return [8]vector{
		plus(a0, odd3), plus(a1, odd2), plus(a2, odd1), plus(a3, odd0),
		minus(a3, odd0), minus(a2, odd1), minus(a1, odd2), minus(a0, odd3),
	}
}

func plus(a, b vector) vector {
	sum := YMM()
	VPADDD(b, a, sum)
	return sum
}

func minus(a, b vector) vector {
	difference := YMM()
	VPSUBD(b, a, difference)
	return difference
}

func times(a vector, factor Mem) vector {
	product := YMM()
	VPMULLD(factor, a, product)
	return product
}

// shift rounds away the lowest bits.
func shift(rows [8]vector, half Mem, bits uint64) {
	for _, row := range rows {
		VPADDD(half, row, row)
		VPSRAD(Imm(bits), row, row)
	}
}

// transposed exchanges rows and lanes.
func transposed(r [8]vector) (out [8]vector) {
	pick := func(instruction func(...Op), a, b vector) vector {
		picked := YMM()
		instruction(b, a, picked)
		return picked
	}
	var pairs, fours [8]vector
	for i := 0; i < 8; i += 2 {
		pairs[i], pairs[i+1] = pick(VPUNPCKLDQ, r[i], r[i+1]), pick(VPUNPCKHDQ, r[i], r[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			a, b := pairs[i+j], pairs[i+j+2]
			fours[i+2*j], fours[i+2*j+1] = pick(VPUNPCKLQDQ, a, b), pick(VPUNPCKHQDQ, a, b)
		}
	}
	for i := range 4 {
		out[i], out[i+4] = YMM(), YMM()
		VPERM2I128(Imm(0x20), fours[i+4], fours[i], out[i])
		VPERM2I128(Imm(0x31), fours[i+4], fours[i], out[i+4])
	}
	return out
}

// store writes values around 0 as samples around 128.
func store(rows [8]vector, to, stride reg.Register) {
	order := GLOBL("order", RODATA|NOPTR)
	for i, v := range []uint32{0, 4, 1, 5, 2, 6, 3, 7} {
		DATA(4*i, U32(v))
	}
	center := GLOBL("center16", RODATA|NOPTR)
	for i := range 16 {
		DATA(2*i, U16(128))
	}
	indices := YMM()
	VMOVDQU(order, indices)
	for i := 0; i < 8; i += 4 {
		upper, lower := YMM(), YMM()
		VPACKSSDW(rows[i+1], rows[i], upper)
		VPACKSSDW(rows[i+3], rows[i+2], lower)
		VPADDW(center, upper, upper)
		VPADDW(center, lower, lower)
		VPACKUSWB(lower, upper, upper)
		VPERMD(upper, indices, upper)
		rest := XMM()
		VEXTRACTI128(Imm(1), upper, rest)
		for _, two := range []vector{upper, rest} {
			VMOVQ(two.AsX(), Mem{Base: to})
			ADDQ(stride, to)
			VPEXTRQ(Imm(1), two.AsX(), Mem{Base: to})
			ADDQ(stride, to)
		}
	}
}
