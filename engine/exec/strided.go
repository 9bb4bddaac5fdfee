package exec

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// strided copies a box of elements between two tensors of any strides.
type strided struct {
	dims     []int // the box, without axes of size 1, neighbors joined where both sides allow
	dst, src []int // strides in elements
	dstStart int
	srcStart int
	size     int // bytes of an element
}

// newStrided prepares the copy of a box of the given dimensions.
func newStrided(size int, dims, dst, src []int, dstStart, srcStart int) *strided {
	s := &strided{size: size, dstStart: dstStart, srcStart: srcStart}
	for i, d := range dims {
		if d == 1 {
			continue
		}
		if n := len(s.dims); n > 0 && s.dst[n-1] == dst[i]*d && s.src[n-1] == src[i]*d {
			s.dims[n-1] *= d
			s.dst[n-1], s.src[n-1] = dst[i], src[i]
			continue
		}
		s.dims, s.dst, s.src = append(s.dims, d), append(s.dst, dst[i]), append(s.src, src[i])
	}
	if len(s.dims) == 0 {
		s.dims, s.dst, s.src = []int{1}, []int{1}, []int{1}
	}
	return s
}

// perCopyItem is the number of elements that a work item copies, about.
const perCopyItem = 1 << 14

// run copies. The lines along the last axis are split among threads.
func (s *strided) run(p *pool.Pool, dst, src []byte) {
	inner := len(s.dims) - 1
	lines := 1
	for _, d := range s.dims[:inner] {
		lines *= d
	}
	perItem := max(1, perCopyItem/s.dims[inner])
	items := (lines + perItem - 1) / perItem
	if items == 1 {
		p = nil
	}
	p.Run(items, func(item, _ int) {
		from, to := item*perItem, min(lines, (item+1)*perItem)
		index := make([]int, inner)
		d, t := s.dstStart, s.srcStart
		rest := from
		for i, n := range slices.Backward(s.dims[:inner]) {
			index[i] = rest % n
			rest /= n
			d += index[i] * s.dst[i]
			t += index[i] * s.src[i]
		}
		for range to - from {
			s.copyLine(dst, src, d, t)
			for i := inner - 1; i >= 0; i-- {
				index[i]++
				d, t = d+s.dst[i], t+s.src[i]
				if index[i] < s.dims[i] {
					break
				}
				index[i] = 0
				d, t = d-s.dims[i]*s.dst[i], t-s.dims[i]*s.src[i]
			}
		}
	})
}

func (s *strided) copyLine(dst, src []byte, d, t int) {
	inner := len(s.dims) - 1
	n, ds, ss := s.dims[inner], s.dst[inner], s.src[inner]
	if ds == 1 && ss == 1 {
		copy(dst[d*s.size:(d+n)*s.size], src[t*s.size:])
		return
	}
	switch s.size {
	case 4:
		copyStrided(view[uint32](dst), view[uint32](src), n, d, ds, t, ss)
	case 8:
		copyStrided(view[uint64](dst), view[uint64](src), n, d, ds, t, ss)
	case 1:
		copyStrided(dst, src, n, d, ds, t, ss)
	case 2:
		copyStrided(view[uint16](dst), view[uint16](src), n, d, ds, t, ss)
	default:
		for range n {
			copy(dst[d*s.size:(d+1)*s.size], src[t*s.size:])
			d, t = d+ds, t+ss
		}
	}
}

func copyStrided[T any](dst, src []T, n, d, ds, t, ss int) {
	if ss == 0 {
		x := src[t]
		for range n {
			dst[d] = x
			d += ds
		}
		return
	}
	for range n {
		dst[d] = src[t]
		d, t = d+ds, t+ss
	}
}
