// Package round rounds the operands of products and convolutions to bfloat16.
//
// In memory they are float32 afterwards or, where the kernels multiply those, pairs of bfloat16 of the size of a
// float32: two neighbors along the axis that the product sums over. To the plans of products and convolutions, such
// operands are those of a product of half the length.
package round

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Matrices are some matrices of one shape, [Rows, Cols].
type Matrices struct {
	Set micro.Set // of micro.ForBFloat16
	// Rows and Cols are those of a matrix, whose rows lie LD elements apart.
	Rows, Cols, LD int
	// Across says that the product sums over rows, not over columns.
	Across bool
	// From is where the matrices begin.
	From []int
}

// Length and Width are the rows and columns of what a matrix becomes. It has no gaps, and the next one follows.
func (m *Matrices) Length() int {
	if m.Across {
		return m.Set.Length(m.Rows)
	}
	return m.Rows
}

// Width is described with Length.
func (m *Matrices) Width() int {
	if m.Across {
		return m.Cols
	}
	return m.Set.Length(m.Cols)
}

// Size is the number of float32 that the matrices become, in whole cache lines.
func (m *Matrices) Size() int {
	const line = 16
	return (len(m.From)*m.Length()*m.Width() + line - 1) / line * line
}

// Float32 rounds the matrices, which lie in src.
func (m *Matrices) Float32(p *pool.Pool, dst, src []float32) {
	if m.Across {
		run(p, m, dst, src, m.Set.PairRows)
	} else {
		run(p, m, dst, src, m.Set.PairColumns)
	}
}

// BFloat16 copies the matrices, whose elements are the bits of bfloat16.
func (m *Matrices) BFloat16(p *pool.Pool, dst []float32, src []uint16) {
	if m.Across {
		run(p, m, dst, src, m.Set.PairRowsOfBFloat16)
	} else {
		run(p, m, dst, src, m.Set.PairColumnsOfBFloat16)
	}
}

// perItem is about how many elements are worth an item of the pool.
const perItem = 1 << 15

func run[E float32 | uint16](
	p *pool.Pool, m *Matrices, dst []float32, src []E, kernel func(dst []float32, src []E, rows, cols, ldd, lds int),
) {
	if m.Rows == 0 || m.Cols == 0 || len(m.From) == 0 {
		return
	}
	together := max(1, perItem/(m.Rows*m.Cols)) // matrices of an item
	step := max(2, perItem/m.Cols/2*2)          // rows of an item, whole pairs
	length, width := m.Length(), m.Width()
	down := (m.Rows + step - 1) / step
	p.Run((len(m.From)+together-1)/together*down, func(item, _ int) {
		first, row := item/down*together, item%down*step
		to := row
		if m.Across {
			to = m.Set.Length(row)
		}
		for i := first; i < min(first+together, len(m.From)); i++ {
			kernel(dst[(i*length+to)*width:], src[m.From[i]+row*m.LD:], min(step, m.Rows-row), m.Cols, width, m.LD)
		}
	})
}
