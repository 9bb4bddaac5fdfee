package data

import "slices"

// Image is an RGB picture of 8 bits a channel. The zero value is an empty
// picture that Reset gives a size; Dataset.Image reuses its pixels.
type Image struct {
	Width, Height int     // in pixels
	Pix           []uint8 // [Height, Width, 3]
}

// Reset gives the image a size in pixels, neither side negative, reusing its
// memory where it suffices. The pixels are not cleared.
func (m *Image) Reset(width, height int) {
	m.Width, m.Height = width, height
	n := 3 * width * height
	if cap(m.Pix) > keptBytes && n < cap(m.Pix)/4 {
		m.Pix = nil // one huge image must not hold its memory for ever
	}
	m.Pix = slices.Grow(m.Pix[:0], n)[:n]
}

// keptBytes is a size of memory that is kept for the next image, however small.
const keptBytes = 1 << 26

// CopyFrom makes m a copy of other, reusing its memory where it suffices.
func (m *Image) CopyFrom(other *Image) {
	m.Reset(other.Width, other.Height)
	copy(m.Pix, other.Pix)
}
