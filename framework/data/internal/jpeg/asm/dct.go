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

// inverse transforms the columns of a block, each in a lane of its own, and then its rows in the same way. A lane of 32
// bits has two coefficients of the column, so that one multiplication is with two numbers and adds both products.
func inverse() {
	leaf("inverse", "func(to *uint8, stride int, coefficients, scale *int16)",
		"writes the samples of a block to 8 columns of 8 rows.")
	to, stride := pointer("to"), pointer("stride")
	from, scale := pointer("coefficients"), pointer("scale")
	f := newFactors()
	var pairs [4]vector
	for i := range pairs {
		factors := YMM()
		pairs[i] = YMM()
		VMOVDQU(Mem{Base: from, Disp: 32 * i}, pairs[i])
		VMOVDQU(Mem{Base: scale, Disp: 32 * i}, factors)
		VPMULLW(factors, pairs[i], pairs[i])
	}
	rows := f.inverse8(pairs, numbers("half1", 1<<(fraction-kept-1)), fraction-kept)
	columns := f.inverse8(transposed(rows), numbers("half2", 1<<(fraction+kept+2)+128<<(fraction+kept+3)), fraction+kept+3)
	store(columns, to, stride)
	VZEROUPPER()
	RET()
}

// factors are pairs of numbers for the pairs of coefficients 0 and 4, 2 and 6, 1 and 3, and 5 and 7.
type factors struct {
	sum, difference, even2, even3 Mem
	odd13, odd57                  [4]Mem
}

// newFactors multiplies out what inverse8 of ../dct.go computes step by step: in whole numbers it is the same.
func newFactors() factors {
	const (
		f0298, f0390, f0541, f0765, f0899, f1175 = 2446, 3196, 4433, 6270, 7373, 9633
		f1501, f1847, f1961, f2053, f2562, f3072 = 12299, 15137, 16069, 16819, 20995, 25172
	)
	return factors{
		sum: two("sum", 1<<fraction, 1<<fraction), difference: two("difference", 1<<fraction, -1<<fraction),
		even2: two("even2", f0541, f0541-f1847), even3: two("even3", f0541+f0765, f0541),
		odd13: [4]Mem{
			two("odd13_0", f1175-f0899, f1175-f1961), two("odd13_1", f1175-f0390, f1175-f2562),
			two("odd13_2", f1175, f1175+f3072-f2562-f1961), two("odd13_3", f1175+f1501-f0899-f0390, f1175),
		},
		odd57: [4]Mem{
			two("odd57_0", f1175, f1175+f0298-f0899-f1961), two("odd57_1", f1175+f2053-f2562-f0390, f1175),
			two("odd57_2", f1175-f2562, f1175-f1961), two("odd57_3", f1175-f0390, f1175-f0899),
		},
	}
}

// two is a constant of two numbers of 16 bits in all lanes of 32.
func two(name string, first, second int16) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, I16(first))
		DATA(4*i+2, I16(second))
	}
	return m
}

// inverse8 is the function of that name in ../dct.go, and rounds away the lowest bits.
func (f factors) inverse8(c [4]vector, half Mem, bits uint64) (out [8]vector) {
	even0, even1 := times(c[0], f.sum), times(c[0], f.difference)
	VPADDD(half, even0, even0)
	VPADDD(half, even1, even1)
	even2, even3 := times(c[1], f.even2), times(c[1], f.even3)
	a := [4]vector{plus(even0, even3), plus(even1, even2), minus(even1, even2), minus(even0, even3)}
	for i := range a {
		odd := plus(times(c[2], f.odd13[3-i]), times(c[3], f.odd57[3-i]))
		out[i], out[7-i] = plus(a[i], odd), minus(a[i], odd)
		VPSRAD(Imm(bits), out[i], out[i])
		VPSRAD(Imm(bits), out[7-i], out[7-i])
	}
	return out
}

func plus(a, b vector) vector      { return combined(VPADDD, a, b) }
func minus(a, b vector) vector     { return combined(VPSUBD, a, b) }
func times(a vector, f Mem) vector { return combined(VPMADDWD, a, f) }

// combined is the result of an instruction with two operands.
func combined(instruction func(...Op), a vector, b Op) vector {
	out := YMM()
	instruction(b, a, out)
	return out
}

// transposed makes pairs of columns of 8 rows, whose lanes are then rows 0, 2, 4, 6, 1, 3, 5 and 7.
func transposed(r [8]vector) [4]vector {
	inPairs := shuffle("inpairs", 0, 1, 8, 9, 4, 5, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15)
	var rows [4]vector // two rows each, of 16 bits
	for i := range rows {
		rows[i] = combined(VPACKSSDW, r[2*i], r[2*i+1])
		VPERMQ(Imm(0b11_01_10_00), rows[i], rows[i])
		VPSHUFB(inPairs, rows[i], rows[i])
	}
	a, b := combined(VPUNPCKLDQ, rows[0], rows[1]), combined(VPUNPCKHDQ, rows[0], rows[1])
	c, d := combined(VPUNPCKLDQ, rows[2], rows[3]), combined(VPUNPCKHDQ, rows[2], rows[3])
	return [4]vector{
		combined(VPUNPCKLQDQ, a, c), combined(VPUNPCKHQDQ, a, c), combined(VPUNPCKLQDQ, b, d), combined(VPUNPCKHQDQ, b, d),
	}
}

// shuffle is an order of bytes, the same for both halves of a vector.
func shuffle(name string, order ...uint8) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, from := range append(order, order...) {
		DATA(i, U8(from))
	}
	return m
}

// store writes columns whose lanes are rows 0, 2, 4, 6, 1, 3, 5 and 7 as samples.
func store(columns [8]vector, to, stride reg.Register) {
	fours := shuffle("fours", 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
	var sides [2]vector // four columns each
	for i := range sides {
		c := columns[4*i:]
		sides[i] = combined(VPACKUSWB, combined(VPACKSSDW, c[0], c[1]), combined(VPACKSSDW, c[2], c[3]))
		VPSHUFB(fours, sides[i], sides[i])
	}
	for _, rows := range []vector{combined(VPUNPCKLDQ, sides[0], sides[1]), combined(VPUNPCKHDQ, sides[0], sides[1])} {
		even, odd := rows.AsX(), XMM()
		VEXTRACTI128(Imm(1), rows, odd)
		for _, row := range []func(){
			func() { VMOVQ(even, Mem{Base: to}) }, func() { VMOVQ(odd, Mem{Base: to}) },
			func() { VPEXTRQ(Imm(1), even, Mem{Base: to}) }, func() { VPEXTRQ(Imm(1), odd, Mem{Base: to}) },
		} {
			row()
			ADDQ(stride, to)
		}
	}
}
