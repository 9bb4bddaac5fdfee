// Command asm generates the inner loops of views with vectors of float32 (AVX2). They give the same values, bit for
// bit, as the loops in Go, which say what they mean: products and sums are rounded one by one, in the same order.
package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	unpack()
	combine()
	columns()
	affine()
	solarize()
	normalize()
	t := newTurns()
	saturate(t)
	hue(t)
	Generate()
}

type vector = reg.VecVirtual

func leaf(name, signature, comment string) {
	TEXT(name+"AVX2", NOSPLIT, signature)
	Doc(name + "AVX2 " + comment)
	Pragma("noescape")
}

func pointer(name string) reg.Register { return Load(Param(name), GP64()) }

// all is a parameter of 32 bits in all lanes.
func all(name string) vector {
	v := YMM()
	address, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(address.Addr, v)
	return v
}

// lanes is a constant in all lanes.
func lanes(name string, value float32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(math.Float32bits(value)))
	}
	return m
}

func plus(a, b Op) vector  { v := YMM(); VADDPS(b, a, v); return v }
func minus(a, b Op) vector { v := YMM(); VSUBPS(b, a, v); return v }
func times(a, b Op) vector { v := YMM(); VMULPS(b, a, v); return v }
func and(a, b Op) vector   { v := YMM(); VANDPS(b, a, v); return v }

// clamp limits the bits, as whole numbers, to those from low to top.
func clamp(v vector, low, top Op) vector {
	out := YMM()
	VPMAXSD(low, v, out)
	VPMINSD(top, out, out)
	return out
}

// unpack converts eight bytes at a time.
func unpack() {
	leaf("unpack", "func(dst *float32, src *uint8, n int)", "sets n values, a multiple of 8, to bytes on the scale 0 to 1.")
	dst, src, n := pointer("dst"), pointer("src"), pointer("n")
	most := YMM()
	VMOVUPS(lanes("most", 255), most)
	Label("unpack")
	v := YMM()
	VPMOVZXBD(Mem{Base: src}, v)
	VCVTDQ2PS(v, v)
	VDIVPS(most, v, v)
	VMOVUPS(v, Mem{Base: dst})
	ADDQ(Imm(8), src)
	ADDQ(Imm(32), dst)
	SUBQ(Imm(8), n)
	JNE(LabelRef("unpack"))
	VZEROUPPER()
	RET()
}

// combine keeps 32 sums, and then 8, in registers while it goes through the rows.
func combine() {
	leaf("combine", "func(dst *float32, n int, rows *[]float32, weights *float32, taps int)",
		"sets n values, a multiple of 8, to the sums of the rows, each with its weight; rows are the headers of slices.")
	dst, n, rows, weights, taps := pointer("dst"), pointer("n"), pointer("rows"), pointer("weights"), pointer("taps")
	at := GP64()
	XORQ(at, at)
	block := func(name string, count int) {
		sums := make([]vector, count)
		for i := range sums {
			sums[i] = YMM()
			VXORPS(sums[i], sums[i], sums[i])
		}
		header, weight, left, row := GP64(), GP64(), GP64(), GP64()
		MOVQ(rows, header)
		MOVQ(weights, weight)
		MOVQ(taps, left)
		Label(name + "taps")
		w := YMM()
		VBROADCASTSS(Mem{Base: weight}, w)
		MOVQ(Mem{Base: header}, row)
		for i := range sums {
			product := YMM()
			VMULPS(Mem{Base: row, Index: at, Scale: 4, Disp: 32 * i}, w, product)
			VADDPS(product, sums[i], sums[i])
		}
		ADDQ(Imm(24), header)
		ADDQ(Imm(4), weight)
		DECQ(left)
		JNE(LabelRef(name + "taps"))
		for i := range sums {
			VMOVUPS(sums[i], Mem{Base: dst, Index: at, Scale: 4, Disp: 32 * i})
		}
		ADDQ(Imm(uint64(8*count)), at)
		SUBQ(Imm(uint64(8*count)), n)
	}
	Label("many")
	CMPQ(n, Imm(32))
	JLT(LabelRef("few"))
	block("many", 4)
	JMP(LabelRef("many"))
	Label("few")
	CMPQ(n, Imm(0))
	JEQ(LabelRef("done"))
	block("few", 1)
	JMP(LabelRef("few"))
	Label("done")
	VZEROUPPER()
	RET()
}

// columns computes a pixel at a time; each store writes a value too much, which the next pixel overwrites.
func columns() {
	leaf("columns", "func(dst, src *float32, start *int, weights *float32, n, taps int, zero float32)",
		"sets n pixels to the sums of so many pixels of the row from start on, each with its weight, added to zero. A value "+
			"more is read behind the row and written behind the pixels.")
	dst, src, start, weights := pointer("dst"), pointer("src"), pointer("start"), pointer("weights")
	n, taps := pointer("n"), pointer("taps")
	zero := all("zero")
	Label("pixel")
	at, left := GP64(), GP64()
	MOVQ(Mem{Base: start}, at)
	LEAQ(Mem{Base: at, Index: at, Scale: 2}, at)
	LEAQ(Mem{Base: src, Index: at, Scale: 4}, at)
	MOVQ(taps, left)
	sum := XMM()
	VMOVAPS(zero.AsX(), sum)
	Label("tap")
	product := XMM()
	VBROADCASTSS(Mem{Base: weights}, product)
	VMULPS(Mem{Base: at}, product, product)
	VADDPS(product, sum, sum)
	ADDQ(Imm(12), at)
	ADDQ(Imm(4), weights)
	DECQ(left)
	JNE(LabelRef("tap"))
	VMOVUPS(sum, Mem{Base: dst})
	ADDQ(Imm(12), dst)
	ADDQ(Imm(8), start)
	DECQ(n)
	JNE(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// affine does brightness and contrast.
func affine() {
	leaf("affine", "func(x *float32, n int, factor, add float32, low, top int32)",
		"sets n values, a multiple of 8, to factor·x + add, whose bits are limited to those from low to top.")
	x, n := pointer("x"), pointer("n")
	factor, add, low, top := all("factor"), all("add"), all("low"), all("top")
	Label("affine")
	v := clamp(plus(times(factor, Mem{Base: x}), add), low, top)
	VMOVUPS(v, Mem{Base: x})
	ADDQ(Imm(32), x)
	SUBQ(Imm(8), n)
	JNE(LabelRef("affine"))
	VZEROUPPER()
	RET()
}

func solarize() {
	leaf("solarize", "func(x *float32, n int, threshold float32)",
		"inverts those of n values, a multiple of 8, that reach the threshold.")
	x, n := pointer("x"), pointer("n")
	threshold, one := all("threshold"), lanes("one", 1)
	Label("solarize")
	v, whole, reached := YMM(), YMM(), YMM()
	VMOVUPS(Mem{Base: x}, v)
	VMOVUPS(one, whole)
	const greaterOrEqual = 13
	VCMPPS(Imm(greaterOrEqual), threshold, v, reached)
	VBLENDVPS(reached, minus(whole, v), v, v)
	VMOVUPS(v, Mem{Base: x})
	ADDQ(Imm(32), x)
	SUBQ(Imm(8), n)
	JNE(LabelRef("solarize"))
	VZEROUPPER()
	RET()
}

// normalize has the factors of eight pixels in registers.
func normalize() {
	leaf("normalize", "func(dst, x *float32, n int, scale, shift *float32)",
		"sets n values, a multiple of 24, to scale·x + shift, of which 24 values are given.")
	dst, x, n, scale, shift := pointer("dst"), pointer("x"), pointer("n"), pointer("scale"), pointer("shift")
	var scales, shifts [3]vector
	for i := range 3 {
		scales[i], shifts[i] = YMM(), YMM()
		VMOVUPS(Mem{Base: scale, Disp: 32 * i}, scales[i])
		VMOVUPS(Mem{Base: shift, Disp: 32 * i}, shifts[i])
	}
	Label("normalize")
	for i := range 3 {
		v := plus(times(scales[i], Mem{Base: x, Disp: 32 * i}), shifts[i])
		VMOVUPS(v, Mem{Base: dst, Disp: 32 * i})
	}
	ADDQ(Imm(96), x)
	ADDQ(Imm(96), dst)
	SUBQ(Imm(24), n)
	JNE(LabelRef("normalize"))
	VZEROUPPER()
	RET()
}

// turns say which lane goes where so that red, green and blue of a pixel share one, and where it comes from.
type turns struct{ to, from [3]Mem }

func newTurns() (t turns) {
	for c := 1; c < 3; c++ {
		t.to[c] = GLOBL(fmt.Sprintf("to%d", c), RODATA|NOPTR)
		for lane := range 8 {
			DATA(4*lane, U32(uint32((lane+c)%8)))
		}
		t.from[c] = GLOBL(fmt.Sprintf("from%d", c), RODATA|NOPTR)
		for lane := range 8 {
			DATA(4*lane, U32(uint32((lane+8-c)%8)))
		}
	}
	return t
}

// blend takes the lanes of channel c, which are every third of 24 values, from three vectors.
func blend(c int, from [3]vector) vector {
	out := YMM()
	var masks [3]uint8
	for i := range 24 {
		if i%3 == c {
			masks[i/8] |= 1 << (i % 8)
		}
	}
	VBLENDPS(Imm(uint64(masks[1])), from[1], from[0], out)
	VBLENDPS(Imm(uint64(masks[2])), from[2], out, out)
	return out
}

// colors loads eight pixels, a color a vector, in some order.
func (t turns) colors(x reg.Register) (out [3]vector) {
	var raw [3]vector
	for i := range raw {
		raw[i] = YMM()
		VMOVUPS(Mem{Base: x, Disp: 32 * i}, raw[i])
	}
	for c := range out {
		out[c] = blend(c, raw)
		if c > 0 {
			order := YMM()
			VMOVDQU(t.to[c], order)
			VPERMPS(out[c], order, out[c])
		}
	}
	return out
}

// store writes eight pixels in the order of colors.
func (t turns) store(colors [3]vector, x reg.Register) {
	var turned [3]vector
	for c := range turned {
		turned[c] = colors[c]
		if c > 0 {
			turned[c] = YMM()
			order := YMM()
			VMOVDQU(t.from[c], order)
			VPERMPS(colors[c], order, turned[c])
		}
	}
	for i := range 3 { // vector i has the lanes l of which (8i+l)%3 is the color
		var masks [3]uint8
		for lane := range 8 {
			masks[(8*i+lane)%3] |= 1 << lane
		}
		out := YMM()
		VBLENDPS(Imm(uint64(masks[1])), turned[1], turned[0], out)
		VBLENDPS(Imm(uint64(masks[2])), turned[2], out, out)
		VMOVUPS(out, Mem{Base: x, Disp: 32 * i})
	}
}

// saturate does saturation, and grayscale as one of factor 0.
func saturate(t turns) {
	leaf("saturate", "func(x *float32, n int, red, green, blue, factor float32, low, top int32)",
		"adds to factor·x of n values, a multiple of 24, the gray of their pixels by the weights of red, green and blue, and limits the "+
			"bits to those from low to top.")
	x, n := pointer("x"), pointer("n")
	weights := [3]vector{all("red"), all("green"), all("blue")}
	factor, low, top := all("factor"), all("low"), all("top")
	Label("saturate")
	pixels := t.colors(x)
	gray := plus(plus(times(weights[0], pixels[0]), times(weights[1], pixels[1])), times(weights[2], pixels[2]))
	for c := range pixels {
		pixels[c] = clamp(plus(times(factor, pixels[c]), gray), low, top)
	}
	t.store(pixels, x)
	ADDQ(Imm(96), x)
	SUBQ(Imm(24), n)
	JNE(LabelRef("saturate"))
	VZEROUPPER()
	RET()
}

// hue is turnHue, whose names it has.
func hue(t turns) {
	leaf("hue", "func(x *float32, n int, turn float32)",
		"adds to the hue of the pixels of n values, a multiple of 24, in sixths of the circle.")
	x, n := pointer("x"), pointer("n")
	turn := all("turn")
	two, three, four, six := lanes("two", 2), lanes("three", 3), lanes("four", 4), lanes("six", 6)
	magnitude := GLOBL("magnitude", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(1<<31-1))
	}
	none := YMM()
	VXORPS(none, none, none)
	Label("hue")
	p := t.colors(x)
	r, g, b := p[0], p[1], p[2]
	most, low := YMM(), YMM()
	VPMAXSD(g, r, most)
	VPMAXSD(b, most, most)
	VPMINSD(g, r, low)
	VPMINSD(b, low, low)
	chroma := minus(most, low)
	side := plus(times(chroma, four), minus(r, g))
	is := YMM()
	VPCMPEQD(most, g, is)
	VBLENDVPS(is, plus(times(chroma, two), minus(b, r)), side, side)
	VPCMPEQD(most, r, is)
	VBLENDVPS(is, minus(g, b), side, side)
	hue := plus(side, times(turn, chroma))
	full := times(chroma, six)
	sign := YMM()
	VPSRAD(Imm(31), hue, sign)
	hue = plus(hue, and(full, sign))
	over := minus(hue, full)
	VPSRAD(Imm(31), over, over)
	VANDNPS(full, over, over)
	hue = minus(hue, over)
	twice := times(chroma, two)
	distance := func(factor Mem) vector { return and(minus(hue, times(chroma, factor)), magnitude) }
	out := [3]vector{
		minus(distance(three), chroma), minus(twice, distance(two)), minus(twice, distance(four)),
	}
	for c := range out {
		out[c] = plus(low, clamp(out[c], none, chroma))
	}
	t.store(out, x)
	ADDQ(Imm(96), x)
	SUBQ(Imm(24), n)
	JNE(LabelRef("hue"))
	VZEROUPPER()
	RET()
}
