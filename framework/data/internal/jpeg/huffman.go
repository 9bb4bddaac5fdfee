package jpeg

import (
	"bytes"
	"errors"
	"sync/atomic"
)

// lookupBits is the length of codes that are found by one look.
const lookupBits = 10

// huffman is a table of codes of up to 16 bits.
type huffman struct {
	lookup [1 << lookupBits]uint16 // by the next bits: the code's length and, above 8 bits, its value; 0 for a longer one
	// by the next bits: a code together with the number after it, where both are among those bits; 0 elsewhere. The
	// lowest 8 bits are the length of both, the next 8 how many zeros come before (64 at the end of the block), and the
	// highest 16 the number.
	pairs          [1 << lookupBits]int32
	above          [18]int32 // by length: the first number above its codes, aligned to 16 bits
	offset         [17]int32 // by length: what to add to a code for its index among the values
	counts, values []byte
}

// recent are the tables that were made last, by kind and number: those of many files are the same.
var recent [2][4]atomic.Pointer[huffman]

// huffmanTable is the table of that kind and number with so many codes of each length and these values.
func huffmanTable(kind, number byte, counts, values []byte) (*huffman, error) {
	last := &recent[kind][number]
	if known := last.Load(); known != nil && bytes.Equal(known.counts, counts) && bytes.Equal(known.values, values) {
		return known, nil
	}
	made, err := newHuffman(bytes.Clone(counts), bytes.Clone(values))
	if err == nil {
		last.Store(made)
	}
	return made, err
}

// newHuffman makes the table of the numbers of codes of each length and their values.
func newHuffman(counts, values []byte) (*huffman, error) {
	h := &huffman{counts: counts, values: values}
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
	h.pair()
	return h, nil
}

// endOfBlock is, in pairs, the number of zeros that says that no others come.
const endOfBlock = 64

// pair fills in pairs.
func (h *huffman) pair() {
	for next, found := range h.lookup {
		length, zeros, size := int(found&0xff), int32(found>>12), int(found>>8&15)
		switch total := length + size; {
		case found == 0 || total > lookupBits || size == 0 && zeros == 15:
		case size == 0:
			h.pairs[next] = int32(length) | endOfBlock<<8
		default:
			number := signed(int32(next)>>(lookupBits-total)&(1<<size-1), size)
			h.pairs[next] = int32(total) | zeros<<8 | number<<16
		}
	}
}

// signed is the number that n bits, at least 1, stand for (T.81, F.2.2.1).
func signed(bits int32, n int) int32 {
	if bits < 1<<n>>1 {
		return bits - 1<<n + 1
	}
	return bits
}
