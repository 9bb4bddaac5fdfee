package attention

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// blockSize is the number of scores that a block of queries has at most, if it
// can: they stay in the L2 cache with the head's keys and values.
const blockSize = 1 << 14

// padded rounds n up to whole vectors.
func padded(n int) int { return (n + lanes - 1) / lanes * lanes }

// blockRows is the number of queries of a block: blocks are about equal, in whole tiles.
func (a *Problem) blockRows() int {
	const tileRows = 8
	most := max(tileRows, blockSize/padded(a.KVLen))
	if a.QueryLen <= most {
		return a.QueryLen
	}
	blocks := (a.QueryLen + most - 1) / most
	return ((a.QueryLen+blocks-1)/blocks + tileRows - 1) / tileRows * tileRows
}

// matrix is rows with a distance between them, in elements; their number of
// columns is Dim, padded to whole vectors.
type matrix struct {
	data []float32
	ld   int
}

// view is a head's rows from position s on as they are in memory.
func (h Heads) view(b, head, s int) matrix { return matrix{h.at(b, head, s), h.Seq} }

// prefetch prefetches n rows of a head from position s on: they lie apart, which a processor's own prefetchers do not
// handle.
func (a *Problem) prefetch(h Heads, b, head, s, n int) {
	const size = 4 // bytes of a float32
	if n == 0 || a.Dim == 0 {
		return
	}
	active().prefetch(&h.at(b, head, s)[0], n, size*h.Seq, size*a.Dim)
}

// paddedDim is the number of columns of a matrix of head vectors.
func (a *Problem) paddedDim() int { return padded(a.Dim) }

// paddedRows returns n rows of a head whose length is a multiple of the vectors': the rows
// themselves, or a copy in buffer, padded with zeros.
func (a *Problem) paddedRows(h Heads, b, head, s, n int, buffer []float32) matrix {
	if a.Dim%lanes == 0 {
		return h.view(b, head, s)
	}
	ld := a.paddedDim()
	for i := range n {
		row := buffer[i*ld:][:ld]
		clear(row[copy(row, h.at(b, head, s+i)[:a.Dim]):])
	}
	return matrix{buffer, ld}
}

// transposed writes a head's n rows as the columns of a matrix [Dim, padded(n)].
func (a *Problem) transposed(h Heads, b, head, n int, buffer []float32) matrix {
	ld := padded(n)
	for d := range a.Dim {
		clear(buffer[d*ld+n : (d+1)*ld])
	}
	micro.For(cpu.Tier()).Transpose(buffer, h.at(b, head, 0), a.Dim, n, ld, h.Seq)
	return matrix{buffer, ld}
}

// outputRows returns where to write rows of a head in whole vectors: the rows themselves, or buffer, from which
// storeOutput copies them.
func (a *Problem) outputRows(h Heads, b, head, s int, buffer []float32) matrix {
	if a.Dim%lanes == 0 {
		return h.view(b, head, s)
	}
	return matrix{buffer, a.paddedDim()}
}

// storeOutput copies n rows to the head if outputRows returned the buffer.
func (a *Problem) storeOutput(h Heads, b, head, s, n int, m matrix) {
	if a.Dim%lanes == 0 {
		return
	}
	for i := range n {
		copy(h.at(b, head, s+i)[:a.Dim], m.data[i*m.ld:])
	}
}

// onlyScaled reports whether scores have neither mask, bias nor lengths.
func (a *Problem) onlyScaled() bool {
	return !a.Causal && a.Mask == nil && len(a.Biases) == 0 && a.QueryLengths == nil && a.KVLengths == nil
}

// maskedScores turns n rows of products, of the queries from first on, into scores: scaled, biased, and -Inf where a
// key is masked. It returns the scale that softmax still has to apply: scores without mask and bias are not scaled
// here.
func (a *Problem) maskedScores(s []float32, ld, b, h, first, n int) (scale float32) {
	if a.onlyScaled() {
		return a.scale()
	}
	hidden := float32(math.Inf(-1))
	for i := range n {
		query := first + i
		row := s[i*ld:][:a.KVLen]
		visible := a.visibleKeys(b, query)
		vector.Fill(row[visible:], hidden)
		row = row[:visible]
		vector.BinaryScalar(vector.Mul, row, row, a.scale())
		for _, bias := range a.Biases {
			from := bias.Data[bias.Strides.offset(b, h, query):]
			if bias.Strides.Key == 0 {
				vector.BinaryScalar(vector.Add, row, row, from[0])
			} else {
				addStrided(row, from, bias.Strides.Key)
			}
		}
		if a.Mask != nil {
			applyMask(row, a.Mask[a.MaskStrides.offset(b, h, query):], a.MaskStrides.Key, hidden)
		}
	}
	return 1
}

// visibleKeys returns how many keys a query may see at most: the first ones.
func (a *Problem) visibleKeys(b, query int) int {
	n := a.KVLen
	if a.KVLengths != nil {
		n = min(n, int(a.KVLengths[b]))
	}
	if a.QueryLengths != nil && query >= int(a.QueryLengths[b]) {
		n = 0
	}
	if a.Causal {
		n = min(n, query+1)
	}
	return max(n, 0)
}

func addStrided(row, from []float32, stride int) {
	if stride == 1 {
		vector.Binary(vector.Add, row, row, from)
		return
	}
	for j := range row {
		row[j] += from[j*stride]
	}
}

func applyMask(row []float32, mask []bool, stride int, hidden float32) {
	if stride == 1 {
		vector.SelectScalar(row, mask, row, hidden)
		return
	}
	for j := range row {
		if !mask[j*stride] {
			row[j] = hidden
		}
	}
}

// buffers hands out parts of one scratch buffer.
type buffers struct {
	lent *scratch.Buffer
	used int
}

func newBuffers(sizes ...int) *buffers {
	total := 0
	for _, n := range sizes {
		total += n
	}
	return &buffers{lent: scratch.Get(total)}
}

func (b *buffers) next(n int) []float32 {
	b.used += n
	return b.lent.Data[b.used-n : b.used : b.used]
}
