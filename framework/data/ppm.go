package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// PPM and PGM files with a byte a value (netpbm, P6 and P5): pixels as they are.
const ppmHeader = "P6\n%d %d\n255\n"

// ppm is the image as a PPM file.
func (m *Image) ppm() []byte { return append(fmt.Appendf(nil, ppmHeader, m.Width, m.Height), m.Pix...) }

// ppmNumbers reads the header: width, height and the largest value, with comments between.
func ppmNumbers(from *bufio.Reader) (gray bool, size [3]int, err error) {
	magic := make([]byte, 2)
	if _, err := io.ReadFull(from, magic); err != nil {
		return false, size, err
	}
	for i := range size {
		digits := 0
		for {
			b, err := from.ReadByte()
			if err != nil {
				return false, size, errors.New("the header ends early")
			}
			if b == '#' && digits == 0 {
				if _, err := from.ReadString('\n'); err != nil {
					return false, size, errors.New("the header ends early")
				}
				continue
			}
			if b >= '0' && b <= '9' && digits < 9 {
				size[i], digits = 10*size[i]+int(b-'0'), digits+1
				continue
			}
			if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
				return false, size, fmt.Errorf("%q in the header, expected a number", b)
			}
			if digits > 0 {
				break
			}
		}
	}
	if size[2] < 1 || size[2] > 255 {
		return false, size, fmt.Errorf("values up to %d, expected up to 255", size[2])
	}
	return magic[1] == '5', size, nil
}

func ppmConfig(from io.Reader) (image.Config, error) {
	gray, size, err := ppmNumbers(bufio.NewReader(from))
	model := color.RGBAModel
	if gray {
		model = color.GrayModel
	}
	return image.Config{ColorModel: model, Width: size[0], Height: size[1]}, err
}

// intoPPM copies the pixels of a file.
func (m *Image) intoPPM(file []byte) error {
	source := bytes.NewReader(file)
	buffered := bufio.NewReaderSize(source, headBytes)
	gray, size, err := ppmNumbers(buffered)
	if err != nil {
		return err
	}
	pixels := file[len(file)-source.Len()-buffered.Buffered():]
	channels := 3
	if gray {
		channels = 1
	}
	if need := size[0] * size[1] * channels; len(pixels) < need {
		return fmt.Errorf("the file ends within its pixels: %d values, expected %d", len(pixels), need)
	}
	m.Reset(size[0], size[1])
	switch {
	case !gray && size[2] == 255:
		copy(m.Pix, pixels)
	default:
		for k := range m.Pix {
			value := pixels[k*channels/3]
			m.Pix[k] = uint8((int(min(value, uint8(size[2])))*255 + size[2]/2) / size[2])
		}
	}
	return nil
}
