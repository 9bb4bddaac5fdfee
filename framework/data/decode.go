package data

import (
	"image"
	"image/color"
	"image/draw"
)

// fill converts any image to RGB. Gray and CMYK images become RGB, 16 bits a
// channel become 8, and transparency is dropped.
func (m *Image) fill(from image.Image) {
	area := from.Bounds()
	m.Reset(area.Dx(), area.Dy())
	switch from := from.(type) {
	case *image.NRGBA: // as it is: drawing would blend with black
		m.strip(from.Pix, from.Stride)
	case *image.Gray:
		for y := range m.Height {
			row := m.Pix[3*y*m.Width:][:3*m.Width]
			for x, v := range from.Pix[y*from.Stride:][:m.Width] {
				row[3*x], row[3*x+1], row[3*x+2] = v, v, v
			}
		}
	case *image.Paletted:
		m.fillPaletted(from)
	case *image.CMYK, *image.RGBA:
		opaque := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
		draw.Draw(opaque, opaque.Rect, from, area.Min, draw.Src)
		m.strip(opaque.Pix, opaque.Stride)
	default:
		for y := range m.Height {
			for x := range m.Width {
				c := color.NRGBAModel.Convert(from.At(area.Min.X+x, area.Min.Y+y)).(color.NRGBA)
				copy(m.Pix[3*(y*m.Width+x):], []uint8{c.R, c.G, c.B})
			}
		}
	}
}

// fillPaletted looks the colors up. An index above the palette is black.
func (m *Image) fillPaletted(from *image.Paletted) {
	var colors [256][3]uint8
	for i, entry := range from.Palette {
		c := color.NRGBAModel.Convert(entry).(color.NRGBA)
		colors[i] = [3]uint8{c.R, c.G, c.B}
	}
	for y := range m.Height {
		row := m.Pix[3*y*m.Width:][:3*m.Width]
		for x, index := range from.Pix[y*from.Stride:][:m.Width] {
			*(*[3]uint8)(row[3*x:]) = colors[index]
		}
	}
}

// strip copies the colors of pixels of four channels.
func (m *Image) strip(pix []uint8, stride int) {
	for y := range m.Height {
		row := m.Pix[3*y*m.Width : 3*(y+1)*m.Width]
		for x := range m.Width {
			copy(row[3*x:3*x+3], pix[y*stride+4*x:])
		}
	}
}
