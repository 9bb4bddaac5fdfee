package jpeg

// More constants of the transforms, with 13 fractional bits.
const (
	fix0211164243 = 1730
	fix0509795579 = 4176
	fix0601344887 = 4926
	fix0720959822 = 5906
	fix0850430095 = 6967
	fix1061594337 = 8697
	fix1272758580 = 10426
	fix1451774981 = 11893
	fix2172734803 = 17799
	fix3624509785 = 29692
)

// reduced writes the samples of a block's scaled coefficients at 4, 2
// or 1 to a side: each stands for the mean of those that it replaces, as far as the
// lower coefficients have it, in the fixed point of libjpeg's reduced transforms.
func (b *natural) reduced(to []uint8, stride, side int) {
	switch side {
	case 4:
		b.reduced4(to, stride)
	case 2:
		b.reduced2(to, stride)
	default:
		to[0] = sample(b[0] << (fraction + kept))
	}
}

func (b *natural) reduced4(to []uint8, stride int) {
	var rows [4 * 8]int32
	for x := range 8 {
		if x == 4 { // which has no weight
			continue
		}
		c := b[x : x+57]
		y0, y1, y2, y3 := inverse4(c[0], c[8], c[16], c[24], c[40], c[48], c[56])
		const shift, half = fraction - kept + 1, 1 << (fraction - kept)
		rows[x], rows[8+x] = (y0+half)>>shift, (y1+half)>>shift
		rows[16+x], rows[24+x] = (y2+half)>>shift, (y3+half)>>shift
	}
	for y := range 4 {
		c, row := rows[8*y:8*y+8:8*y+8], to[y*stride:][:4:4]
		y0, y1, y2, y3 := inverse4(c[0], c[1], c[2], c[3], c[5], c[6], c[7])
		const shift = samplesShift + 1
		row[0], row[1], row[2], row[3] = rounded(y0, shift), rounded(y1, shift), rounded(y2, shift), rounded(y3, shift)
	}
}

// inverse4 is the transform of 8 coefficients, without the fifth, to 4 values in
// one dimension; these have one more fractional bit than the constants.
func inverse4(c0, c1, c2, c3, c5, c6, c7 int32) (y0, y1, y2, y3 int32) {
	even := c2*fix1847759065 - c6*fix0765366865
	a0, a1 := c0<<(fraction+1)+even, c0<<(fraction+1)-even
	odd1 := c1*fix1061594337 - c3*fix2172734803 + c5*fix1451774981 - c7*fix0211164243
	odd0 := c1*fix2562915447 + c3*fix0899976223 - c5*fix0601344887 - c7*fix0509795579
	return a0 + odd0, a1 + odd1, a1 - odd1, a0 - odd0
}

func (b *natural) reduced2(to []uint8, stride int) {
	var rows [2 * 8]int32
	for _, x := range [5]int{0, 1, 3, 5, 7} { // the others have no weight
		c := b[x : x+57]
		y0, y1 := inverse2(c[0], c[8], c[24], c[40], c[56])
		const shift, half = fraction - kept + 2, 1 << (fraction - kept + 1)
		rows[x], rows[8+x] = (y0+half)>>shift, (y1+half)>>shift
	}
	for y := range 2 {
		c, row := rows[8*y:8*y+8:8*y+8], to[y*stride:][:2:2]
		y0, y1 := inverse2(c[0], c[1], c[3], c[5], c[7])
		const shift = samplesShift + 2
		row[0], row[1] = rounded(y0, shift), rounded(y1, shift)
	}
}

// inverse2 is the transform to 2 values, which have two more fractional bits than the constants.
func inverse2(c0, c1, c3, c5, c7 int32) (y0, y1 int32) {
	odd := c1*fix3624509785 - c3*fix1272758580 + c5*fix0850430095 - c7*fix0720959822
	return c0<<(fraction+2) + odd, c0<<(fraction+2) - odd
}
