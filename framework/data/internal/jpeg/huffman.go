package jpeg

import "errors"

// lookupBits is the length of codes that are found by one look.
const lookupBits = 9

// huffman is a table of codes of up to 16 bits.
type huffman struct {
	lookup [1 << lookupBits]uint16 // by the next bits: the code's length and, above 8 bits, its value; 0 for a longer one
	above  [18]int32               // by length: the first number above its codes, aligned to 16 bits
	offset [17]int32               // by length: what to add to a code for its index among the values
	values []byte
}

// newHuffman makes the table of the numbers of codes of each length and their values.
func newHuffman(counts, values []byte) (*huffman, error) {
	h := &huffman{values: values}
	code, index := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		h.offset[length] = index - code
		for range counts[length-1] {
			if code >= 1<<length {
				return nil, errors.New("too many codes")
			}
			if length <= lookupBits {
				first := code << (lookupBits - length)
				for i := range int32(1) << (lookupBits - length) {
					h.lookup[first+i] = uint16(length) | uint16(values[index])<<8
				}
			}
			code++
			index++
		}
		h.above[length] = code << (16 - length)
		code <<= 1
	}
	h.above[17] = 1 << 30
	return h, nil
}

// bits reads the entropy-coded data of a scan, from which the zero after each
// 0xff is left out. After their end come zeros.
type bits struct {
	file    []byte
	at      int
	buffer  uint64 // the next bits are the highest of those there
	there   int
	missing int // bits that were added after the end
}

// fill makes at least 32 bits be there.
func (b *bits) fill() {
	for b.there <= 56 {
		next := uint64(0)
		switch {
		case b.at < len(b.file) && b.file[b.at] != 0xff:
			next = uint64(b.file[b.at])
			b.at++
		case b.at+1 < len(b.file) && b.file[b.at] == 0xff && b.file[b.at+1] == 0:
			next = 0xff
			b.at += 2
		default:
			b.missing += 8
		}
		b.buffer = b.buffer<<8 | next
		b.there += 8
	}
}

// over says whether more was read than there was.
func (b *bits) over() bool { return b.missing > b.there }

// take reads n bits, at most 16, of those there.
func (b *bits) take(n int) int32 {
	b.there -= n
	return int32(b.buffer>>b.there) & (1<<n - 1)
}

// code reads a code. There must be 16 bits.
func (b *bits) code(h *huffman) byte {
	if found := h.lookup[int32(b.buffer>>(b.there-lookupBits))&(1<<lookupBits-1)]; found != 0 {
		b.there -= int(found & 0xff)
		return byte(found >> 8)
	}
	next := int32(b.buffer>>(b.there-16)) & 0xffff
	length := lookupBits + 1
	for next >= h.above[length] {
		length++
	}
	if length > 16 { // no code: as if the data had ended
		b.missing += 1 << 20
		return 0
	}
	b.there -= length
	return h.values[next>>(16-length)+h.offset[length]]
}

// number reads a signed number of n bits (T.81, F.2.2.1).
func (b *bits) number(n int) int32 {
	value := b.take(n)
	if value < 1<<n>>1 {
		value += -1<<n + 1
	}
	return value
}
