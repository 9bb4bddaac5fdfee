package jpeg

import (
	"errors"
	"fmt"
)

// scan reads the blocks of some components (SOS).
type scan struct {
	image *decoder
	bits
	components []*component
	from, to   int // of the coefficients, in the order of the zigzag
	high, low  int // bits of the coefficients: those before, and where these are
	run        int // blocks to come without coefficients of their own
}

func (d *decoder) scan(content []byte) error {
	if d.components == nil {
		return errors.New("a scan before the frame")
	}
	if len(content) < 1 || len(content) != 4+2*int(content[0]) || content[0] < 1 || int(content[0]) > len(d.components) {
		return errors.New("a bad header of a scan")
	}
	s := &scan{image: d, bits: bits{file: d.file, at: d.at}}
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
	d.at = s.at
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
	return nil
}

// restarted reads the restart marker of that number.
func (s *scan) restarted(number int) error {
	if s.over() {
		return nil
	}
	for s.at+1 < len(s.file) && s.file[s.at] == 0xff && s.file[s.at+1] == 0xff { // which may stand before a marker
		s.at++
	}
	if s.at+1 >= len(s.file) || s.file[s.at] != 0xff || s.file[s.at+1] != byte(restart0+number&7) {
		return errors.New("a restart marker is not where it should be")
	}
	s.bits = bits{file: s.file, at: s.at + 2}
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
		var b block
		if to := c.samples[c.offset(i):]; s.whole(c, &b) == 0 {
			b.flat(to, c.stride(), c.side)
		} else {
			c.transform(&b, to)
		}
	case s.from == 0 && s.high == 0:
		s.fill()
		c.coefficients[i][0] = s.difference(c) << s.low
	case s.from == 0:
		s.fill()
		c.coefficients[i][0] |= s.take(1) << s.low
	case s.high == 0:
		s.first(c, &c.coefficients[i])
	default:
		s.refine(c, &c.coefficients[i])
	}
}

// difference reads a DC coefficient.
func (s *scan) difference(c *component) int32 {
	if size := s.code(c.tables[0]) & 15; size > 0 {
		c.dc += s.number(int(size))
	}
	return c.dc
}

// whole reads a block of a sequential image, scales it, and returns the last of its coefficients that is not zero, in
// the order of the zigzag.
func (s *scan) whole(c *component, b *block) (last int) {
	s.fill()
	b[0] = s.difference(c) * c.scale[0]
	table, scale := c.tables[1], c.scale
	buffer, there := s.buffer, s.there // in registers
	for k := 1; k < 64; k++ {
		if there < 32 {
			s.there = there
			s.fill()
			buffer, there = s.buffer, s.there
		}
		var number int32
		if pair := table.pairs[buffer>>((there-lookupBits)&63)&(1<<lookupBits-1)]; pair != 0 {
			there -= int(pair & 0xff)
			k += int(pair >> 8 & 0xff)
			number = pair >> 16
			if number == 0 { // the end of the block
				break
			}
		} else {
			s.there = there
			code := s.code(table)
			zeros, size := int(code>>4), int(code&15)
			if size == 0 {
				there = s.there
				if zeros < 15 {
					break
				}
				k += 15
				continue
			}
			k += zeros
			number = s.number(size)
			there = s.there
		}
		if k > 63 {
			s.missing += 1 << 20 // damaged
			break
		}
		last = k
		at := zigzag[k] & 63
		b[at] = number * scale[at]
	}
	s.there = there
	return last
}

// first reads the higher bits of some AC coefficients (T.81, G.1.2.2).
func (s *scan) first(c *component, b *block) {
	if s.run > 0 {
		s.run--
		return
	}
	for k := s.from; k <= s.to; k++ {
		s.fill()
		code := s.code(c.tables[1])
		zeros, size := int(code>>4), int(code&15)
		if size == 0 {
			if zeros < 15 {
				s.run = 1<<zeros - 1 + int(s.take(zeros))
				return
			}
			k += 15
			continue
		}
		if k += zeros; k > 63 {
			s.missing += 1 << 20
			return
		}
		b[zigzag[k]] = s.number(size) << s.low
	}
}

// refine reads one more bit of some AC coefficients (T.81, G.1.2.3).
func (s *scan) refine(c *component, b *block) {
	k := s.from
	if s.run == 0 {
		for ; k <= s.to; k++ {
			s.fill()
			code := s.code(c.tables[1])
			zeros, value := int(code>>4), int32(0)
			switch code & 15 {
			case 0:
				if zeros < 15 {
					s.run = 1<<zeros + int(s.take(zeros))
				}
			case 1:
				value = -1 << s.low
				if s.take(1) == 1 {
					value = 1 << s.low
				}
			default:
				s.missing += 1 << 20
				return
			}
			if s.run > 0 {
				break
			}
			k = s.pass(b, k, zeros)
			if value != 0 && k <= 63 {
				b[zigzag[k]] = value
			}
		}
	}
	if s.run > 0 {
		s.run--
		s.pass(b, k, 64)
	}
}

// pass corrects the coefficients that are not zero, from k on, passes over so
// many that are zero, and returns where the next of these is.
func (s *scan) pass(b *block, k, zeros int) int {
	for ; k <= s.to; k++ {
		value := &b[zigzag[k]]
		if *value == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		s.fill()
		if s.take(1) == 1 && *value&(1<<s.low) == 0 {
			if *value > 0 {
				*value += 1 << s.low
			} else {
				*value -= 1 << s.low
			}
		}
	}
	return k
}
