package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// weigh sums three times one row and another one, 16 values at a time.
func weigh() {
	leaf("weigh", "func(sums *int16, near, far *uint8, n int)", "sets n sums, a multiple of 16, to 3·near + far.")
	sums, near, far, n := pointer("sums"), pointer("near"), pointer("far"), pointer("n")
	Label("weigh")
	a, b, out := YMM(), YMM(), YMM()
	VPMOVZXBW(Mem{Base: near}, a)
	VPMOVZXBW(Mem{Base: far}, b)
	VPADDW(a, a, out)
	VPADDW(out, a, out)
	VPADDW(out, b, out)
	VMOVDQU(out, Mem{Base: sums})
	ADDQ(Imm(32), sums)
	ADDQ(Imm(16), near)
	ADDQ(Imm(16), far)
	SUBQ(Imm(16), n)
	JNE(LabelRef("weigh"))
	VZEROUPPER()
	RET()
}

// double interpolates between neighbors, 16 values at a time to 32.
func double() {
	leaf("double", "func(to *uint8, sums *int16, n int, left, right int16)",
		"makes two values of each of n sums, a multiple of 16, which begin at sums[1]: (3·sum + before + left)/16 and "+
			"(3·sum + after + right)/16.")
	to, sums, n := pointer("to"), pointer("sums"), pointer("n")
	left, right := YMM(), YMM()
	for _, side := range []struct {
		name string
		to   vector
	}{{"left", left}, {"right", right}} {
		value := Load(Param(side.name), GP32())
		VMOVD(value, side.to.AsX())
		VPBROADCASTW(side.to.AsX(), side.to)
	}
	Label("double")
	before, this, after, three := YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: sums}, before)
	VMOVDQU(Mem{Base: sums, Disp: 2}, this)
	VMOVDQU(Mem{Base: sums, Disp: 4}, after)
	VPADDW(this, this, three)
	VPADDW(three, this, three)
	VPADDW(three, before, before)
	VPADDW(before, left, before)
	VPSRLW(Imm(4), before, before)
	VPADDW(three, after, after)
	VPADDW(after, right, after)
	VPSRLW(Imm(4), after, after)
	VPSLLW(Imm(8), after, after)
	VPOR(before, after, after)
	VMOVDQU(after, Mem{Base: to})
	ADDQ(Imm(32), to)
	ADDQ(Imm(32), sums)
	SUBQ(Imm(16), n)
	JNE(LabelRef("double"))
	VZEROUPPER()
	RET()
}

// colors converts 16 pixels at a time. The products have more than 16 bits; of each factor a whole number is split off,
// so that the rest fits the multiplications of 16 bits, and rounding is that of the whole product.
func colors() {
	leaf("colors", "func(to, luma, cb, cr *uint8, n int)",
		"converts n pixels, a multiple of 16, to red, green and blue.")
	center, one := words("center", 128), words("one", 1)
	red, blue := words("red", fixed(1.402)-1<<16), words("blue", fixed(1.772)-2<<16)
	half := numbers("half", 1<<15)
	green := GLOBL("green", RODATA|NOPTR) // of cb and cr in turns
	for i := range 8 {
		DATA(4*i, I16(int16(-fixed(0.34414))))
		DATA(4*i+2, I16(int16(1<<16-fixed(0.71414))))
	}
	to, luma, cb, cr, n := pointer("to"), pointer("luma"), pointer("cb"), pointer("cr"), pointer("n")
	shuffles := interleaving()
	Label("colors")
	light, u, v := YMM(), YMM(), YMM()
	VPMOVZXBW(Mem{Base: luma}, light)
	VPMOVZXBW(Mem{Base: cb}, u)
	VPMOVZXBW(Mem{Base: cr}, v)
	VPSUBW(center, u, u)
	VPSUBW(center, v, v)
	// nearest is the rounded product with a factor of 16 fractional bits.
	nearest := func(x vector, factor Mem) vector {
		out := YMM()
		VPADDW(x, x, out)
		VPMULHW(factor, out, out)
		VPADDW(one, out, out)
		VPSRAW(Imm(1), out, out)
		return out
	}
	r, g, b := nearest(v, red), YMM(), nearest(u, blue)
	VPADDW(v, r, r)
	VPADDW(light, r, r)
	VPADDW(u, b, b)
	VPADDW(u, b, b)
	VPADDW(light, b, b)
	low, high := YMM(), YMM()
	VPUNPCKLWD(v, u, low)
	VPUNPCKHWD(v, u, high)
	for _, part := range []vector{low, high} {
		VPMADDWD(green, part, part)
		VPADDD(half, part, part)
		VPSRAD(Imm(16), part, part)
	}
	VPACKSSDW(high, low, g)
	VPSUBW(v, g, g)
	VPADDW(light, g, g)
	var bytes [3]vector // 16 pixels, in the lower half
	for c, color := range []vector{r, g, b} {
		packed := YMM()
		VPACKUSWB(color, color, packed)
		VPERMQ(Imm(0b00_00_10_00), packed, packed)
		bytes[c] = packed
	}
	for third := range 3 {
		out, part := XMM(), XMM()
		VPSHUFB(shuffles[third][0], bytes[0].AsX(), out)
		for c := 1; c < 3; c++ {
			VPSHUFB(shuffles[third][c], bytes[c].AsX(), part)
			VPOR(part, out, out)
		}
		VMOVDQU(out, Mem{Base: to, Disp: 16 * third})
	}
	ADDQ(Imm(48), to)
	ADDQ(Imm(16), luma)
	ADDQ(Imm(16), cb)
	ADDQ(Imm(16), cr)
	SUBQ(Imm(16), n)
	JNE(LabelRef("colors"))
	VZEROUPPER()
	RET()
}

// fixed has 16 fractional bits.
func fixed(x float64) int32 { return int32(x*65536 + 0.5) }

// interleaving is, for each third of 48 bytes and each color, which of its 16 values goes where.
func interleaving() (masks [3][3]Mem) {
	for third := range 3 {
		for c := range 3 {
			masks[third][c] = GLOBL("third"+string(rune('0'+third))+"color"+string(rune('0'+c)), RODATA|NOPTR)
			for i := range 16 {
				at, from := 16*third+i, uint8(0x80) // 0x80 is none
				if at%3 == c {
					from = uint8(at / 3)
				}
				DATA(i, U8(from))
			}
		}
	}
	return masks
}
