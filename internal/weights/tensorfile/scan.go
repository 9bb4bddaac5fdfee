package tensorfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What a pickle may take. That of a checkpoint with an optimizer's state has
// some hundred thousand bytes.
const (
	maxPickle  = 16 << 20 // bytes
	maxObjects = 1 << 19  // that it builds
	maxNesting = 1 << 10  // of marks
	maxInteger = 32       // bytes of an integer
)

// argument is what follows an opcode of a pickle.
type argument int

const (
	nothing argument = iota
	line             // to the end of the line
	twoLines
	fixed1 // that many bytes
	fixed2
	fixed4
	fixed8
	counted1 // a length of that many bytes, and bytes
	counted4
	counted8
)

// arguments are those of the opcodes of pickles (CPython's pickletools.py).
// Others end the reading: extensions, and buffers beside the pickle.
var arguments = map[byte]argument{
	'(': nothing, '.': nothing, '0': nothing, '1': nothing, '2': nothing, 'N': nothing, 'Q': nothing, 'R': nothing,
	'a': nothing, 'b': nothing, 'd': nothing, 'e': nothing, 'l': nothing, 'o': nothing, 's': nothing, 't': nothing,
	'u': nothing, ')': nothing, ']': nothing, '}': nothing,
	0x81: nothing, 0x85: nothing, 0x86: nothing, 0x87: nothing, 0x88: nothing, 0x89: nothing, 0x8f: nothing,
	0x90: nothing, 0x91: nothing, 0x92: nothing, 0x93: nothing, 0x94: nothing,
	'F': line, 'I': line, 'L': line, 'P': line, 'S': line, 'V': line, 'g': line, 'p': line,
	'c': twoLines, 'i': twoLines,
	'K': fixed1, 'h': fixed1, 'q': fixed1, 0x80: fixed1,
	'M': fixed2,
	'J': fixed4, 'j': fixed4, 'r': fixed4,
	'G': fixed8, 0x95: fixed8,
	'U': counted1, 'C': counted1, 0x8a: counted1, 0x8c: counted1,
	'T': counted4, 'X': counted4, 'B': counted4, 0x8b: counted4,
	0x8d: counted8, 0x8e: counted8, 0x96: counted8,
}

// objects are the opcodes that build something new, however small the pickle.
const objects = "(dlt])}Rioe" + "\x81\x8f\x91\x92"

// scan reads one pickle and returns its bytes, having checked that no length in
// it is more than there is, and that running it takes a bounded amount of memory.
func scan(in *bufio.Reader) ([]byte, error) {
	s := scanner{in: in}
	for {
		opcode, err := s.byte()
		if err != nil {
			return nil, err
		}
		kind, known := arguments[opcode]
		if !known {
			return nil, fmt.Errorf("its pickle has the opcode 0x%02x, which no state_dict needs", opcode)
		}
		if err := s.count(opcode); err != nil {
			return nil, err
		}
		if opcode == '.' {
			return s.out, nil
		}
		if err := s.skip(kind, opcode); err != nil {
			return nil, err
		}
	}
}

type scanner struct {
	in             *bufio.Reader
	out            []byte
	built, nesting int
}

var errCut = errors.New("its pickle is cut")

func (s *scanner) byte() (byte, error) {
	b, err := s.bytes(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// bytes reads n of them.
func (s *scanner) bytes(n uint64) ([]byte, error) {
	if n > maxPickle-uint64(len(s.out)) {
		return nil, fmt.Errorf("its pickle has more than %d bytes, or is damaged", maxPickle)
	}
	at := len(s.out)
	for n > 0 { // in parts, as the file may be shorter than it says
		part := make([]byte, min(n, 1<<16))
		if _, err := io.ReadFull(s.in, part); err != nil {
			return nil, errCut
		}
		s.out, n = append(s.out, part...), n-uint64(len(part))
	}
	return s.out[at:], nil
}

func (s *scanner) count(opcode byte) error {
	for _, o := range []byte(objects) {
		if o == opcode {
			s.built++
		}
	}
	switch opcode {
	case '(':
		s.nesting++
	case '1', 'd', 'e', 'i', 'l', 'o', 't', 'u', 0x90, 0x91:
		s.nesting--
	}
	if s.built > maxObjects || s.nesting > maxNesting {
		return fmt.Errorf("its pickle builds more than %d objects, or nests them more than %d deep", maxObjects, maxNesting)
	}
	return nil
}

func (s *scanner) skip(kind argument, opcode byte) error {
	switch kind {
	case line:
		return s.line(opcode)
	case twoLines:
		return errors.Join(s.line(opcode), s.line(opcode))
	case fixed1, fixed2, fixed4, fixed8:
		_, err := s.bytes(1 << (kind - fixed1))
		return err
	case counted1, counted4, counted8:
		width := map[argument]uint64{counted1: 1, counted4: 4, counted8: 8}[kind]
		b, err := s.bytes(width)
		if err != nil {
			return err
		}
		var length [8]byte
		copy(length[:], b)
		n := binary.LittleEndian.Uint64(length[:])
		if integer := opcode == 0x8a || opcode == 0x8b; integer && (n == 0 || n > maxInteger) {
			return fmt.Errorf("its pickle has an integer of %d bytes", n)
		}
		_, err = s.bytes(n)
		return err
	}
	return nil
}

// line reads to the end of a line; numbers are short.
func (s *scanner) line(opcode byte) error {
	for start := len(s.out); ; {
		b, err := s.byte()
		if err != nil {
			return err
		}
		if b == '\n' {
			return nil
		}
		if number := opcode != 'S' && opcode != 'V' && opcode != 'P'; number && len(s.out)-start > 1<<10 {
			return errors.New("its pickle has a name or number of more than 1024 characters")
		}
	}
}
