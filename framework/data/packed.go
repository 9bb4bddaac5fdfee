package data

import "fmt"

// packed is a dataset of equally large images in memory.
type packed struct {
	width, height, channels int     // channels is 1 or 3
	pix                     []uint8 // [n, height, width, channels]
	labels                  []uint8
	classes                 []string
}

func (p *packed) Len() int           { return len(p.labels) }
func (p *packed) Classes() []string  { return p.classes }
func (p *packed) Label(i int) int    { return int(p.labels[i]) }
func (p *packed) Caption(int) string { return "" }

// Image copies image i; a gray one gets three equal channels.
func (p *packed) Image(i int, dst *Image) error {
	dst.Reset(p.width, p.height)
	size := p.width * p.height * p.channels
	from := p.pix[i*size : (i+1)*size]
	if p.channels == 3 {
		copy(dst.Pix, from)
		return nil
	}
	for k, v := range from {
		dst.Pix[3*k], dst.Pix[3*k+1], dst.Pix[3*k+2] = v, v, v
	}
	return nil
}

func (p *packed) check() error {
	for i, label := range p.labels {
		if int(label) >= len(p.classes) {
			return fmt.Errorf("sample %d has label %d, expected less than %d", i, label, len(p.classes))
		}
	}
	return nil
}

// damaged says what to do about a cached file that does not hold what it should.
func damaged(path string, err error) error {
	return fmt.Errorf("%s is damaged: %w; delete it to have it downloaded again", path, err)
}
