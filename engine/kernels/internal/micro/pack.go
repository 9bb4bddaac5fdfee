package micro

// PackB fills a panel of rows of width elements, dst[k*width+j] =
// src[k*ld+j], with zeros beyond the first cols of each row.
func (s Set) PackB(dst, src []float32, rows, cols, width, ld int) {
	if rows == 0 {
		return
	}
	if cols == width && s.copyRows(dst, src, rows, width, width, ld) {
		return
	}
	for k := range rows {
		row := dst[k*width : (k+1)*width]
		clear(row[copy(row, src[k*ld:k*ld+cols]):])
	}
}

// CopyBlocksApart writes blocks of width elements that lie side by side in src to places ldd elements apart in dst.
func (s Set) CopyBlocksApart(dst, src []float32, blocks, width, ldd int) {
	if s.copyRows(dst, src, blocks, width, ldd, width) {
		return
	}
	for i := range blocks {
		copy(dst[i*ldd:i*ldd+width], src[i*width:])
	}
}

// PackBTransposed fills a panel of rows of width elements from the transpose of
// src, dst[k*width+j] = src[j*ld+k], with zeros beyond the first cols of each row.
func (s Set) PackBTransposed(dst, src []float32, rows, cols, width, ld int) {
	s.transpose(dst, src, rows, cols, width, ld)
	if cols == width {
		return
	}
	for k := range rows {
		clear(dst[k*width+cols : (k+1)*width])
	}
}

// PackA packs depth columns of rows of A, at most MR, for MicrokernelPackedA:
// dst[k*MR+r] = src[r*ld+k], or src[k*ld+r] if A is transposed. Rows that do not
// exist become zeros. Behind them, PackA may write 2 elements more.
func (s Set) PackA(dst, src []float32, rows, depth, ld int, transposed bool) {
	done := 0
	if rows == s.MR {
		done = s.packA(dst, src, depth, ld, transposed)
	}
	across, down := ld, 1
	if transposed {
		across, down = 1, ld
	}
	for k := done; k < depth; k++ {
		column := dst[k*s.MR : (k+1)*s.MR]
		for r := range rows {
			column[r] = src[r*across+k*down]
		}
		clear(column[rows:])
	}
}

// Transpose writes dst[i*ldd+j] = src[j*lds+i] for i below rows, j below cols.
func (s Set) Transpose(dst, src []float32, rows, cols, ldd, lds int) {
	s.transpose(dst, src, rows, cols, ldd, lds)
}

func (s Set) transpose(dst, src []float32, rows, cols, ldd, lds int) {
	const most = 16
	var in, out [most * most]float32
	n := s.Lanes
	for i := 0; i < rows; i += n {
		for j := 0; j < cols; j += n {
			h, w := min(n, rows-i), min(n, cols-j)
			if h == n && w == n {
				s.transposeBlock(dst[i*ldd+j:], src[j*lds+i:], ldd, lds)
				continue
			}
			for c := range w {
				copy(in[c*n:c*n+h], src[(j+c)*lds+i:])
			}
			s.transposeBlock(out[:], in[:], n, n)
			for r := range h {
				copy(dst[(i+r)*ldd+j:(i+r)*ldd+j+w], out[r*n:])
			}
		}
	}
}

func transposeGo(dst, src []float32, n, ldd, lds int) {
	for i := range n {
		for j := range n {
			dst[i*ldd+j] = src[j*lds+i]
		}
	}
}

// Add adds src to dst, which are equally long.
func (s Set) Add(dst, src []float32) {
	done := s.addBlocks(dst, src)
	dst, src = dst[done:], src[done:]
	for i, v := range src {
		dst[i] += v
	}
}
