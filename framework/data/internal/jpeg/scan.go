package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// scan reads the blocks of some components (SOS).
type scan struct {
	image *decoder
	bits
	components []*component
	from, to   int // of the coefficients, in the order of the zigzag
	high, low  int // bits of the coefficients: those before, and where these are
	run        int // blocks to come without coefficients of their own
	marker     int // where the data that are read end in the file
	read       [2]sequential
	turn       int // which of the two is read next
}

// sequential is a block of a sequential image that was read. It is transformed when the next has been read: what was
// just written by 2 bytes cannot be loaded by 32 at once.
type sequential struct {
	block
	of   *component // nil for none
	i    int        // which block
	last int        // of its coefficients that are not zero, in the order of the zigzag; 0 if there is only the first
}

// scanData is memory for the data of a scan.
var scanData = sync.Pool{New: func() any { return new([]byte) }}

func (d *decoder) scan(content []byte) error {
	if d.components == nil {
		return errors.New("a scan before the frame")
	}
	if len(content) < 1 || len(content) != 4+2*int(content[0]) || content[0] < 1 || int(content[0]) > len(d.components) {
		return errors.New("a bad header of a scan")
	}
	s := &scan{image: d}
	data := scanData.Get().(*[]byte)
	s.data = *data
	defer func() {
		if cap(s.data) <= mostKept {
			*data = s.data
			scanData.Put(data)
		}
	}()
	s.marker = s.open(d.file, d.at)
	end := content[len(content)-3:]
	s.from, s.to, s.high, s.low = int(end[0]), int(end[1]), int(end[2]>>4), int(end[2]&15)
	if !d.progressive {
		s.from, s.to, s.high, s.low = 0, 63, 0, 0
	}
	if s.from > s.to || s.to > 63 || s.low > 13 || s.from == 0 && s.to != 0 && d.progressive || s.high != 0 &&
		s.high != s.low+1 {
		return errors.New("a bad header of a scan")
	}
	for i := range int(content[0]) {
		if err := s.join(content[1+2*i], content[2+2*i]); err != nil {
			return err
		}
	}
	if d.progressive && s.from > 0 && len(s.components) != 1 {
		return errors.New("a scan of several components' AC coefficients")
	}
	err := s.blocks()
	d.at = s.marker
	if s.over() && err == nil {
		err = errors.New("the data of the image end early or are damaged")
	}
	return err
}

// join adds a component to the scan, with the numbers of its Huffman tables.
func (s *scan) join(id, tables byte) error {
	for _, c := range s.image.components {
		if c.id != id {
			continue
		}
		if tables>>4 > 3 || tables&15 > 3 {
			return errors.New("a bad number of a Huffman table")
		}
		c.dc, c.tables = 0, [2]*huffman{s.image.huffman[0][tables>>4], s.image.huffman[1][tables&15]}
		if c.scale == nil {
			c.scale = s.image.quantization[c.table]
		}
		needsDC := s.from == 0 && s.high == 0
		if c.scale == nil || needsDC && c.tables[0] == nil || s.to > 0 && c.tables[1] == nil {
			return fmt.Errorf("component %d has no table that it needs", id)
		}
		s.components = append(s.components, c)
		return nil
	}
	return fmt.Errorf("a scan of a component %d, which there is not", id)
}

// blocks reads all blocks of the scan.
func (s *scan) blocks() error {
	d := s.image
	wide, high := ceil(d.width, 8*d.across), ceil(d.height, 8*d.down)
	alone := len(s.components) == 1
	if alone { // its MCU is a block, and there are only those that the image touches
		c := s.components[0]
		wide, high = ceil(ceil(d.width*c.across, d.across), 8), ceil(ceil(d.height*c.down, d.down), 8)
	}
	for y := range high {
		for x := range wide {
			if mcu := y*wide + x; d.restart > 0 && mcu > 0 && mcu%d.restart == 0 {
				if err := s.restarted(mcu/d.restart - 1); err != nil {
					return err
				}
			}
			if alone {
				s.block(s.components[0], y*s.components[0].wide+x)
				continue
			}
			for _, c := range s.components {
				for v := range c.down {
					for h := range c.across {
						s.block(c, (y*c.down+v)*c.wide+x*c.across+h)
					}
				}
			}
		}
		if s.over() {
			return nil // which is told
		}
	}
	s.transformed()
	return nil
}

// restarted reads the restart marker of that number.
func (s *scan) restarted(number int) error {
	if s.over() {
		return nil
	}
	file, at := s.image.file, s.marker
	for at+1 < len(file) && file[at+1] == 0xff { // which may stand before a marker
		at++
	}
	if at+1 >= len(file) || file[at+1] != byte(restart0+number&7) {
		return errors.New("a restart marker is not where it should be")
	}
	s.marker = s.open(file, at+2)
	s.run = 0
	for _, c := range s.components {
		c.dc = 0
	}
	return nil
}

// block reads block i of a component.
func (s *scan) block(c *component, i int) {
	switch {
	case !s.image.progressive:
		next := &s.read[s.turn]
		next.of, next.i, next.last = c, i, s.whole(c, &next.block)
		s.transformed()
	case s.from == 0 && s.high == 0:
		s.fill()
		c.coefficients[i][0] = int16(s.difference(c) << s.low)
	case s.from == 0:
		s.fill()
		c.coefficients[i][0] |= int16(s.take(1) << s.low)
	case s.high == 0:
		s.first(c, &c.coefficients[i])
	default:
		s.refine(c, &c.coefficients[i])
	}
}

// difference reads a DC coefficient.
func (s *scan) difference(c *component) int32 {
	if found := c.tables[0].pairs[s.buffer>>(64-lookupBits)]; found != 0 {
		s.skip(int(found & 0xff))
		c.dc += found >> 16
	} else if size := s.code(c.tables[0]) & 15; size > 0 {
		c.dc += s.number(int(size))
	}
	return c.dc
}

// transformed writes the samples of the block that was read before the latest, which becomes the one before.
func (s *scan) transformed() {
	s.turn = 1 - s.turn
	b := &s.read[s.turn]
	if b.of == nil {
		return
	}
	if to := b.of.samples[b.of.offset(b.i):]; b.last == 0 {
		b.flat(to, b.of)
	} else {
		b.of.transform(&b.block, to)
	}
	b.block, b.of = block{}, nil
}

// whole reads a block of a sequential image and returns the last of its coefficients that is not zero, in the order of
// the zigzag.
func (s *scan) whole(c *component, b *block) (last int) {
	s.fill()
	b[0] = int16(s.difference(c))
	table, data := c.tables[1], s.data
	at, buffer, there := s.at, s.buffer, s.there // in registers
	for k := 1; k < 64; k++ {
		if at+8 <= len(data) { // fill
			buffer |= binary.BigEndian.Uint64(data[at:]) >> (there & 63)
			at += (63 - there) >> 3
			there |= 56
		} else {
			s.at, s.buffer, s.there = at, buffer, there
			s.last()
			at, buffer, there = s.at, s.buffer, s.there
		}
		found := table.pairs[buffer>>(64-lookupBits)]
		if found == 0 {
			s.buffer, s.there = buffer, there
			found = s.pair(table)
			buffer, there = s.buffer, s.there
		}
		length := int(found & 0xff)
		buffer <<= length & 63
		there -= length
		if k += int(found >> 8 & 0xff); k > 63 {
			s.damaged = s.damaged || found>>16 != 0
			break
		}
		b[place[k]] = int16(found >> 16)
		last = k
	}
	s.at, s.buffer, s.there = at, buffer, there
	return last
}

// pair reads a code of an AC coefficient and the number after it, and returns them like a table's pairs, but without
// their length.
func (s *scan) pair(table *huffman) int32 {
	code := s.code(table)
	zeros, size := int32(code>>4), int(code&15)
	switch {
	case size > 0:
		return zeros<<8 | s.number(size)<<16
	case zeros == 15: // and one more
		return 15 << 8
	}
	return endOfBlock << 8
}
