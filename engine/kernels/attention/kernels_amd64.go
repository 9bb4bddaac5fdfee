package attention

import (
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/cpu"
)

//go:generate go run ./asm -out attention_amd64.s -stubs stubs_amd64.go -pkg attention

func assemblyTiers(portable *kernels) [3]*kernels {
	return [3]*kernels{
		cpu.Portable: portable,
		cpu.AVX2: {
			multiply: tiling{
				width: 16,
				tiles: []tile{
					{6, tile6x2AVX2, tile6x1AVX2}, {4, tile4x2AVX2, tile4x1AVX2},
					{2, tile2x2AVX2, tile2x1AVX2}, {1, tile1x2AVX2, tile1x1AVX2},
				},
			}.multiply,
			softmax:  softmaxRowsAVX2,
			gradient: gradientRowsAVX2,
			prefetch: prefetchRows,
		},
		cpu.AVX512: {
			multiply: tiling{
				width: 32,
				tiles: []tile{
					{8, tile8x2AVX512, tile8x1AVX512}, {4, tile4x2AVX512, tile4x1AVX512},
					{2, tile2x2AVX512, tile2x1AVX512}, {1, tile1x2AVX512, tile1x1AVX512},
				},
			}.multiply,
			softmax:  softmaxRowsAVX512,
			gradient: gradientRowsAVX512,
			prefetch: prefetchRows,
		},
	}
}

// tile is a kernel of some rows, with two vectors of columns and with one.
type tile struct {
	rows                  int
	twoVectors, oneVector func(c, a, b, factors, next *float32, tiles, depth, lda, ka, ldb, ldc, ldn, accumulate int)
}

// tiling covers a product with tiles, from the tallest.
type tiling struct {
	width int // columns of two vectors
	tiles []tile
}

func (t tiling) multiply(m *product) {
	if m.rows == 0 || m.depth == 0 {
		m.clear()
		return
	}
	const size = 4 // bytes of a float32
	accumulate := 0
	if m.add {
		accumulate = 1
	}
	// B's columns stay in the L1 cache while the rows of A pass.
	for j := 0; j < m.cols; j += t.width {
		two := m.cols-j >= t.width
		row := 0
		var rows distantRows
		if i := j / t.width; i < len(m.prefetch) {
			rows = m.prefetch[i]
		}
		for _, kernel := range t.tiles {
			count := (m.rows - row) / kernel.rows
			if count == 0 {
				continue
			}
			run := kernel.oneVector
			if two {
				run = kernel.twoVectors
			}
			var factors *float32
			if m.factors != nil {
				factors = &m.factors[row]
			}
			next := rows.first
			if next != nil {
				next = (*float32)(unsafe.Add(unsafe.Pointer(next), size*row*rows.ld))
			}
			run(&m.c[row*m.ldc+j], &m.a[row*m.lda], &m.b[j], factors, next, count, m.depth,
				size*m.lda, size*m.ka, size*m.ldb, size*m.ldc, size*rows.ld, accumulate)
			row += count * kernel.rows
		}
	}
}
