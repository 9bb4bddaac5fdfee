package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bits reads the entropy-coded data between two markers. After their end come zeros.
type bits struct {
	data    []byte // without the zero that follows each 0xff
	at      int    // the next byte
	buffer  uint64 // the next bits are the highest
	there   int    // bits of it that count
	damaged bool   // there was what cannot be
}

// open begins at a byte of the file, and returns where the marker is that comes next.
func (b *bits) open(file []byte, at int) (marker int) {
	*b = bits{data: b.data[:0]}
	for {
		length := bytes.IndexByte(file[at:], 0xff)
		if length < 0 {
			b.data = append(b.data, file[at:]...)
			return len(file)
		}
		end := at + length
		if end+1 == len(file) || file[end+1] != 0 {
			b.data = append(b.data, file[at:end]...)
			return end
		}
		b.data = append(b.data, file[at:end+1]...)
		at = end + 2
	}
}

// fill makes at least 56 bits be there.
func (b *bits) fill() {
	if b.at+8 > len(b.data) {
		b.last()
		return
	}
	b.buffer |= binary.BigEndian.Uint64(b.data[b.at:]) >> b.there
	b.at += (63 - b.there) >> 3
	b.there |= 56
}

// last is fill near the end.
func (b *bits) last() {
	for b.there < 56 {
		if b.at < len(b.data) {
			b.buffer |= uint64(b.data[b.at]) << (56 - b.there)
		}
		b.at++
		b.there += 8
	}
}

// over says whether more was read than there was.
func (b *bits) over() bool { return b.damaged || 8*b.at-b.there > 8*len(b.data) }

// take reads n bits, at most 16, of those there.
func (b *bits) take(n int) int32 {
	taken := int32(b.buffer >> 1 >> (63 - n))
	b.skip(n)
	return taken
}

// skip leaves n bits out.
func (b *bits) skip(n int) {
	b.buffer <<= n & 63
	b.there -= n
}

// code reads a code. There must be 16 bits.
func (b *bits) code(h *huffman) byte {
	if found := h.lookup[b.buffer>>(64-lookupBits)]; found != 0 {
		b.skip(int(found & 0xff))
		return byte(found >> 8)
	}
	next := int32(b.buffer >> 48)
	length := lookupBits + 1
	for next >= h.above[length] {
		length++
	}
	if length > 16 { // no code
		b.damaged = true
		return 0
	}
	b.skip(length)
	return h.values[next>>(16-length)+h.offset[length]]
}

// number reads a signed number of n bits.
func (b *bits) number(n int) int32 { return signed(b.take(n), n) }
