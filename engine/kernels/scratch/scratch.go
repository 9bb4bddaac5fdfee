// Package scratch lends float32 buffers to kernels that need room for partial results.
package scratch

import (
	"math/bits"
	"sync"
)

// Buffer is a lent slice. Its contents are undefined at first.
type Buffer struct {
	Data []float32
	size int
}

// pools[i] holds buffers of capacity 1<<i.
var pools [48]sync.Pool

// Get lends n floats, n at least 0. Give them back with Free.
func Get(n int) *Buffer {
	size := bits.Len(uint(max(n, 1024) - 1))
	b, ok := pools[size].Get().(*Buffer)
	if !ok {
		b = &Buffer{Data: make([]float32, 1<<size), size: size}
	}
	b.Data = b.Data[:n]
	return b
}

// Zeroed lends n floats, n at least 0, that are zero. Give them back with Free.
func Zeroed(n int) *Buffer {
	b := Get(n)
	clear(b.Data)
	return b
}

// Free gives the buffer back; it must not be used afterwards.
func (b *Buffer) Free() {
	pools[b.size].Put(b)
}
