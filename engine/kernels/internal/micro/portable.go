package micro

import "unsafe"

// tile4x4Go is the tile kernel in plain Go. Narrow and wide tiles are the same.
func tile4x4Go(t *Tile) {
	var acc [4][4]float32
	n := t.K / 4
	for taps := unsafe.Slice(t.Taps, 5*t.NTaps); len(taps) > 0; taps = taps[5:] {
		b := unsafe.Slice(At(t.B, 4*int(taps[0])), 4*n)
		a0, a1 := rowOf(t, taps[1], n), rowOf(t, taps[2], n)
		a2, a3 := rowOf(t, taps[3], n), rowOf(t, taps[4], n)
		multiply2x4(&acc[0], &acc[1], a0, a1, b)
		multiply2x4(&acc[2], &acc[3], a2, a3, b)
	}
	for r, offset := range unsafe.Slice(t.Rows, 4) {
		if offset >= 0 {
			storeRow(t, int(offset), acc[r][:t.Columns])
		}
	}
}

func rowOf(t *Tile, offset int32, n int) []float32 {
	if offset < 0 {
		return unsafe.Slice(t.Zero, n)
	}
	return unsafe.Slice(At(t.A, int(offset)), n)
}

// multiply2x4 adds two rows of A times four columns of B.
func multiply2x4(c0, c1 *[4]float32, a0, a1, b []float32) {
	c00, c01, c02, c03 := c0[0], c0[1], c0[2], c0[3]
	c10, c11, c12, c13 := c1[0], c1[1], c1[2], c1[3]
	a1 = a1[:len(a0)]
	for k, x := range a0 {
		y := a1[k]
		row := b[4*k : 4*k+4 : 4*k+4]
		c00 += x * row[0]
		c01 += x * row[1]
		c02 += x * row[2]
		c03 += x * row[3]
		c10 += y * row[0]
		c11 += y * row[1]
		c12 += y * row[2]
		c13 += y * row[3]
	}
	*c0 = [4]float32{c00, c01, c02, c03}
	*c1 = [4]float32{c10, c11, c12, c13}
}

// storeRow stores one row of a tile.
func storeRow(t *Tile, offset int, acc []float32) {
	out := unsafe.Slice(At(t.C, offset), len(acc))
	for j, v := range acc {
		if t.Accumulate != 0 {
			v += out[j]
		}
		out[j] = v
	}
}

// outer4Go sums outer products of up to 4 rows in plain Go.
func outer4Go(o *Outer, rows int) int {
	rows = min(rows, 4)
	var acc [4][OuterColumns]float32
	pairs := unsafe.Slice(o.Pairs, 2*o.Count)
	for ; len(pairs) > 0; pairs = pairs[2:] {
		a := unsafe.Slice(At(o.A, int(pairs[0])), rows)
		b := unsafe.Slice(At(o.B, int(pairs[1])), o.Columns)
		for r, x := range a {
			sum := acc[r][:len(b)]
			for j, y := range b {
				sum[j] += x * y
			}
		}
	}
	for r := range rows {
		c := unsafe.Slice(At(o.C, r*o.LDC/4), o.Columns)
		for j := range c {
			c[j] += acc[r][j]
		}
	}
	return rows
}
