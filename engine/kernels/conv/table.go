package conv

// noRow marks a row of a tile that does not exist or reads padding.
const noRow = -1

// table says which input pixels the output tiles of a few images read. It
// serves every such group of images of the batch.
type table struct {
	images int // in the group
	tiles  []tile
	taps   []int32 // entries of micro.Tile.Taps, shared by tiles of equal pattern
	rows   []int32 // entries of micro.Tile.Rows, likewise
}

// tile is up to MR output pixels. Offsets are in elements from the first image of the group.
type tile struct {
	in, out    int
	taps, rows int32 // where the patterns begin
	ntaps      int32 // 0: all taps read padding
}

// geometry says how pixels of the output depend on pixels of the input. For an
// input gradient dy is the input and dx the output.
type geometry struct {
	inH, inW, inC    int // inC is the distance between pixels, in elements
	outH, outW, outC int
	taps             int
	tapRows          int // rows of a panel of packed weights that belong to a tap
	phaseH, phaseW   int // output pixels so far apart read the same taps; 1 for a forward convolution
	// source returns the input pixel that an output pixel reads for a tap.
	source func(tap, y, x int) (iy, ix int, ok bool)
}

// forwardGeometry is that of y = conv(x, w).
func (s Spec) forwardGeometry() geometry {
	return geometry{
		inH: s.H, inW: s.W, inC: s.C, outH: s.OutH(), outW: s.OutW(), outC: s.O,
		taps: s.KH * s.KW, phaseH: 1, phaseW: 1,
		source: func(tap, y, x int) (int, int, bool) {
			y = y*s.StrideH + tap/s.KW*s.DilationH - s.PadTop
			x = x*s.StrideW + tap%s.KW*s.DilationW - s.PadLeft
			return y, x, y >= 0 && y < s.H && x >= 0 && x < s.W
		},
	}
}

// inputGradGeometry is that of dx from dy. A tap that the stride skips is absent,
// and pixels with the same taps (phases of the stride) share tiles.
func (s Spec) inputGradGeometry() geometry {
	oh, ow := s.OutH(), s.OutW()
	return geometry{
		inH: oh, inW: ow, inC: s.O, outH: s.H, outW: s.W, outC: s.C,
		taps: s.KH * s.KW, phaseH: s.StrideH, phaseW: s.StrideW,
		source: func(tap, y, x int) (int, int, bool) {
			y += s.PadTop - tap/s.KW*s.DilationH
			x += s.PadLeft - tap%s.KW*s.DilationW
			ok := y >= 0 && x >= 0 && y%s.StrideH == 0 && x%s.StrideW == 0
			y, x = y/s.StrideH, x/s.StrideW
			return y, x, ok && y < oh && x < ow
		},
	}
}

type pixel struct{ n, y, x int }

// tableByImage cuts the output pixels of some images, in their order, into tiles.
func (g *geometry) tableByImage(images, mr int) *table {
	b := newTableBuilder(g, images, mr)
	for py := range g.phaseH {
		for px := range g.phaseW {
			var row []pixel
			for n := range images {
				for y := py; y < g.outH; y += g.phaseH {
					for x := px; x < g.outW; x += g.phaseW {
						if row = append(row, pixel{n, y, x}); len(row) == mr {
							b.add(row)
							row = row[:0]
						}
					}
				}
			}
			if len(row) > 0 {
				b.add(row)
			}
		}
	}
	return b.table
}

// tableByPixel makes a tile of the same pixel of several images. All its rows
// read padding for the same taps, and those taps are left out.
func (g *geometry) tableByPixel(images, mr int) *table {
	b := newTableBuilder(g, images, mr)
	row := make([]pixel, images)
	for y := range g.outH {
		for x := range g.outW {
			for n := range row {
				row[n] = pixel{n, y, x}
			}
			b.add(row)
		}
	}
	return b.table
}

// cost is the number of taps that the tiles of the table read.
func (t *table) cost() int {
	sum := 0
	for _, tile := range t.tiles {
		sum += int(tile.ntaps)
	}
	return sum
}

type tableBuilder struct {
	*geometry
	*table
	mr    int
	known map[string]int32
}

func newTableBuilder(g *geometry, images, mr int) *tableBuilder {
	return &tableBuilder{g, &table{images: images}, mr, map[string]int32{}}
}

// add appends the tile of these pixels.
func (b *tableBuilder) add(pixels []pixel) {
	out := make([]int, len(pixels))
	for r, p := range pixels {
		out[r] = ((p.n*b.outH+p.y)*b.outW + p.x) * b.outC
	}
	t := tile{out: out[0]}
	rows := make([]int32, b.mr)
	for r := range rows {
		rows[r] = noRow
		if r < len(out) {
			rows[r] = int32(out[r] - t.out)
		}
	}

	const outside = -1
	var taps, in []int // in: a line of mr offsets for every tap that reads something
	first := -1
	for tap := range b.geometry.taps {
		line := make([]int, b.mr)
		some := false
		for r := range line {
			line[r] = outside
			if r >= len(pixels) {
				continue
			}
			p := pixels[r]
			if y, x, ok := b.source(tap, p.y, p.x); ok {
				line[r] = ((p.n*b.inH+y)*b.inW + x) * b.inC
				some = true
				if first < 0 || line[r] < first {
					first = line[r]
				}
			}
		}
		if some {
			taps, in = append(taps, tap), append(in, line...)
		}
	}
	t.in = max(0, first)
	t.ntaps = int32(len(taps))
	var entries []int32
	for i, tap := range taps {
		entries = append(entries, int32(tap*b.tapRows))
		for _, offset := range in[i*b.mr : (i+1)*b.mr] {
			if offset == outside {
				entries = append(entries, noRow)
			} else {
				entries = append(entries, int32(offset-t.in))
			}
		}
	}
	if len(taps) == 0 {
		entries = append(entries, 0)
		for range b.mr {
			entries = append(entries, noRow)
		}
	}
	t.rows = b.intern(&b.table.rows, "rows", rows)
	t.taps = b.intern(&b.table.taps, "taps", entries)
	b.tiles = append(b.tiles, t)
}

// intern returns where the pattern stands in the list, and appends it if it is new.
func (b *tableBuilder) intern(list *[]int32, kind string, pattern []int32) int32 {
	key := []byte(kind)
	for _, v := range pattern {
		key = append(key, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	at, found := b.known[string(key)]
	if !found {
		at = int32(len(*list))
		*list = append(*list, pattern...)
		b.known[string(key)] = at
	}
	return at
}
