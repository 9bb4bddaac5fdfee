package jpeg

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
			s.damaged = true
			return
		}
		b[place[k]] = int16(s.number(size) << s.low)
	}
}

// refine reads one more bit of some AC coefficients (T.81, G.1.2.3).
func (s *scan) refine(c *component, b *block) {
	k := s.from
	if s.run == 0 {
		for ; k <= s.to; k++ {
			s.fill()
			code := s.code(c.tables[1])
			zeros, value := int(code>>4), int16(0)
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
				s.damaged = true
				return
			}
			if s.run > 0 {
				break
			}
			k = s.pass(b, k, zeros)
			if value != 0 && k <= 63 {
				b[place[k]] = value
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
		value := &b[place[k]]
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
