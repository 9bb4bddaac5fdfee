package exec

import (
	"sync"
	"unsafe"
)

// Block is a piece of memory, aligned to cache lines.
type Block struct {
	Bytes   []byte
	content *content
}

// Expose says that elements of the block are handed out, and may change at any time from now on.
func (b *Block) Expose() { b.content.exposed.Store(true) }

// renew gives the block the identity of a new content.
func (b *Block) renew() {
	b.content.release()
	b.content = &content{}
}

// Pointer returns the address of the block's first byte, nil if it has none.
func (b *Block) Pointer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b.Bytes)) }

// Heap hands out blocks and keeps those that come back for the next request of the same size. It is safe for concurrent
// use.
type Heap struct {
	mu   sync.Mutex
	free map[int][]*Block
	kept int // bytes in free
}

// maxKept bounds the memory that waits for the next request; what comes back beyond it is left to the garbage
// collector.
const maxKept = 1 << 30

// NewHeap returns an empty heap.
func NewHeap() *Heap { return &Heap{free: map[int][]*Block{}} }

// Get returns a block of undefined content.
func (h *Heap) Get(size int) *Block {
	h.mu.Lock()
	defer h.mu.Unlock()
	if list := h.free[size]; len(list) > 0 {
		b := list[len(list)-1]
		h.free[size] = list[:len(list)-1]
		h.kept -= size
		b.content = &content{}
		return b
	}
	return &Block{Bytes: allocate(size), content: &content{}}
}

// Put takes a block back. The caller must not use it any more.
func (h *Heap) Put(b *Block) {
	b.content.release()
	if len(b.Bytes) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept+len(b.Bytes) > maxKept {
		return
	}
	h.kept += len(b.Bytes)
	h.free[len(b.Bytes)] = append(h.free[len(b.Bytes)], b)
}

// Clear drops the blocks that are not in use.
func (h *Heap) Clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free, h.kept = map[int][]*Block{}, 0
}

func allocate(size int) []byte {
	const alignment = 64
	if size == 0 {
		return nil
	}
	raw := make([]byte, size+alignment)
	preferHugePages(raw)
	skip := -uintptr(unsafe.Pointer(&raw[0])) % alignment
	return raw[skip : int(skip)+size : int(skip)+size]
}
