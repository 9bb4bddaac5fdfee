package micro

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/cpu"
)

// bitPatterns are float32 of all kinds: ties, neighbors of ties, infinities and NaN among them. Denormal numbers are
// left out, which kernels may take for 0.
func bitPatterns() []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32}
	for _, low := range []uint32{0x0000, 0x0001, 0x7fff, 0x8000, 0x8001, 0xffff} {
		for _, high := range []uint32{0x0080, 0x3f80, 0x3f81, 0xbfff, 0x7f7f, 0x7f80, 0x7fc0, 0xffff} {
			x = append(x, math.Float32frombits(high<<16|low))
		}
	}
	for len(x) < 500 {
		if v := math.Float32frombits(rng.Uint32()); math.Abs(float64(v)) >= 0x1p-126 {
			x = append(x, v)
		}
	}
	return x
}

// rounded rounds in float64, which holds the midpoint of any two bfloat16.
func rounded(x float32) float32 {
	v := float64(x)
	switch {
	case v == 0 || math.IsInf(v, 0):
		return x
	case math.IsNaN(v):
		return float32(math.NaN())
	}
	unit := math.Ldexp(1, math.Ilogb(v)-7)
	v = math.RoundToEven(v/unit) * unit
	if math.Abs(v) > 0xff*0x1p120 { // the greatest bfloat16
		return float32(math.Inf(int(math.Copysign(1, v))))
	}
	return float32(v)
}

func same(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b }

// elements returns element i of the pairs, or of the numbers, that a row of n became.
func elements(s Set, row []float32, n int) []float32 {
	if !s.Pairs {
		return row[:n]
	}
	var out []float32
	for _, x := range row[:s.Length(n)] {
		bits := math.Float32bits(x)
		out = append(out, math.Float32frombits(bits<<16), math.Float32frombits(bits&0xffff0000))
	}
	if n%2 != 0 && out[n] != 0 {
		panic("the last element is not paired with 0")
	}
	return out[:n]
}

func TestPairs(t *testing.T) {
	data := bitPatterns()
	var bits []uint16 // of the rounded numbers
	for _, x := range data {
		bits = append(bits, uint16(math.Float32bits(rounded(x))>>16))
	}
	for level := cpu.Portable; level <= cpu.Supported(); level++ {
		s := ForBFloat16(level)
		for _, size := range [][2]int{{1, 1}, {1, 2}, {2, 1}, {3, 5}, {2, 16}, {5, 17}, {4, 31}, {3, 32}, {2, 33}, {6, 70},
			{0, 3}, {3, 0}} {
			rows, cols, ld := size[0], size[1], size[1]+3
			const beyond = 7
			guard := slices.Repeat([]float32{beyond}, 1000)

			for name, run := range map[string]func(dst []float32, ldd int){
				"columns": func(dst []float32, ldd int) { s.PairColumns(dst, data, rows, cols, ldd, ld) },
				"columns of bfloat16": func(dst []float32, ldd int) {
					s.PairColumnsOfBFloat16(dst, bits, rows, cols, ldd, ld)
				},
			} {
				dst := slices.Clone(guard)
				width := s.Length(cols)
				run(dst, width+2)
				for r := range rows {
					row := dst[r*(width+2):]
					for c, got := range elements(s, row, cols) {
						if want := rounded(data[r*ld+c]); !same(got, want) {
							t.Fatalf("%v, %s of %v: row %d, column %d is %g, want %g", level, name, size, r, c, got, want)
						}
					}
					if row[width] != beyond {
						t.Fatalf("%v, %s of %v: written beyond row %d", level, name, size, r)
					}
				}
			}

			for name, run := range map[string]func(dst []float32, ldd int){
				"rows":             func(dst []float32, ldd int) { s.PairRows(dst, data, rows, cols, ldd, ld) },
				"rows of bfloat16": func(dst []float32, ldd int) { s.PairRowsOfBFloat16(dst, bits, rows, cols, ldd, ld) },
			} {
				dst := slices.Clone(guard)
				run(dst, cols+2)
				for c := range cols {
					var column []float32
					for r := range s.Length(rows) {
						column = append(column, dst[r*(cols+2)+c])
					}
					for r, got := range elements(s, column, rows) {
						if want := rounded(data[r*ld+c]); !same(got, want) {
							t.Fatalf("%v, %s of %v: row %d, column %d is %g, want %g", level, name, size, r, c, got, want)
						}
					}
				}
				for r := range s.Length(rows) {
					if dst[r*(cols+2)+cols] != beyond {
						t.Fatalf("%v, %s of %v: written beyond row %d", level, name, size, r)
					}
				}
			}
		}
	}
}
