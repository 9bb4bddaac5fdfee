package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// maxPixels guards against files that claim to be larger than memory.
const maxPixels = 1 << 28

// decode decodes a JPEG or PNG file into dst. Gray and CMYK images become RGB,
// 16 bits a channel become 8, and transparency is dropped.
func decode(file []byte, dst *Image) error {
	var (
		whole  func(*bytes.Reader) (image.Image, error)
		header func(*bytes.Reader) (image.Config, error)
	)
	switch {
	case len(file) == 0:
		return errors.New("the file is empty")
	case bytes.HasPrefix(file, []byte("\xff\xd8")):
		whole = func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }
		header = func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		whole = func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }
		header = func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }
	default:
		return errors.New("neither a JPEG nor a PNG file")
	}
	size, err := header(bytes.NewReader(file))
	if err != nil {
		return err
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxPixels/size.Height {
		return fmt.Errorf("%d×%d pixels, expected 1 to %d in all", size.Width, size.Height, maxPixels)
	}
	decoded, err := whole(bytes.NewReader(file))
	if err != nil {
		return err
	}
	dst.fill(decoded)
	return nil
}

// fill converts any image to RGB.
func (m *Image) fill(from image.Image) {
	area := from.Bounds()
	m.Reset(area.Dx(), area.Dy())
	switch from := from.(type) {
	case *image.NRGBA: // as it is: drawing would blend with black
		m.strip(from.Pix, from.Stride)
	case *image.YCbCr:
		m.fillYCbCr(from)
	case *image.Gray, *image.CMYK, *image.RGBA:
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

// fillYCbCr converts a color JPEG, each chroma sample standing for all the
// pixels that share it.
func (m *Image) fillYCbCr(from *image.YCbCr) {
	area := from.Rect
	for y := range m.Height {
		luma := from.Y[from.YOffset(area.Min.X, area.Min.Y+y):][:m.Width]
		row := m.Pix[3*y*m.Width:][:3*m.Width]
		for x, v := range luma {
			at := from.COffset(area.Min.X+x, area.Min.Y+y)
			row[3*x], row[3*x+1], row[3*x+2] = color.YCbCrToRGB(v, from.Cb[at], from.Cr[at])
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
