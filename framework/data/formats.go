package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	libjpeg "github.com/kontrast-ml/kontrast/framework/data/internal/jpeg"
)

// formatNames lists what can be read, for messages.
const formatNames = "JPEG, PNG, WebP, BMP, TIFF, GIF or PPM"

// headBytes is how much of a file tells its format.
const headBytes = 16

// format is a kind of image file, told by its first bytes.
type format struct {
	name   string
	is     func(head []byte) bool
	header func(io.Reader) (image.Config, error)
	decode func(file []byte) (image.Image, error) // nil for pixels as they are, of PPM, and for JPEG
	exif   func(file []byte) []byte               // the TIFF structure with the orientation; nil for none
	// buffered says whether a file is decoded by way of other buffers than the pixels.
	buffered func(file []byte) bool
}

func begins(magic ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, m := range magic {
			if bytes.HasPrefix(head, []byte(m)) {
				return true
			}
		}
		return false
	}
}

func never([]byte) bool { return false }

var formats = []format{
	{"JPEG", begins("\xff\xd8"), jpeg.DecodeConfig, nil, jpegEXIF, progressive},
	{"PNG", begins("\x89PNG\r\n\x1a\n"), png.DecodeConfig, fromReader(png.Decode), pngEXIF, interlaced},
	{"WebP", func(head []byte) bool {
		return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
	}, webpConfig, fromReader(webp.Decode), webpEXIF, never},
	{"BMP", begins("BM"), bmp.DecodeConfig, fromReader(bmp.Decode), nil, never},
	{"TIFF", begins("II*\x00", "MM\x00*"), tiff.DecodeConfig, decodeTIFF,
		func(file []byte) []byte { return file }, never},
	{"GIF", begins("GIF87a", "GIF89a"), gif.DecodeConfig, decodeGIF, nil, never},
	{"PPM", begins("P6\n", "P6 ", "P5\n", "P5 "), ppmConfig, nil, nil, never},
}

func fromReader(decode func(io.Reader) (image.Image, error)) func([]byte) (image.Image, error) {
	return func(file []byte) (image.Image, error) { return decode(bytes.NewReader(file)) }
}

// intoJPEG gives the values that libjpeg-turbo gives at 1/by of the size, except for what only image/jpeg reads, CMYK
// and RGB, which keep their size.
func (m *Image) intoJPEG(file []byte, by int) error {
	decoded, err := libjpeg.Decode(file, by)
	if errors.Is(err, libjpeg.ErrUnsupported) {
		by = 1
		decoded, err = jpeg.Decode(bytes.NewReader(file))
	}
	if err != nil {
		return err
	}
	if color, ok := decoded.(*image.YCbCr); ok {
		m.fillJPEG(color, by)
	} else {
		m.fill(decoded)
	}
	libjpeg.Release(decoded)
	return nil
}

// formatOf tells the format of a file by its first bytes; nil if it is no image.
func formatOf(head []byte) *format {
	for i := range formats {
		if formats[i].is(head) {
			return &formats[i]
		}
	}
	return nil
}

// formatIn is the format of a whole file; an error if it is no image.
func formatIn(file []byte) (*format, error) {
	if len(file) == 0 {
		return nil, errors.New("the file is empty")
	}
	if known := formatOf(file); known != nil {
		return known, nil
	}
	return nil, fmt.Errorf("no image: not a %s file", formatNames)
}

func imageEnding(ending string) bool {
	switch strings.ToLower(ending) {
	case ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".pnm":
		return true
	}
	return false
}

// foreignEnding says that a file is an image of a kind that is not read.
func foreignEnding(ending string) bool {
	switch ending {
	case ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl", ".psd", ".svg", ".exr", ".hdr", ".dng",
		".cr2", ".cr3", ".nef", ".arw", ".raw":
		return true
	}
	return false
}

// cost reads the header only.
func (f *format) cost(file []byte) (c cost, err error) {
	defer f.recovered(&err)
	size, err := f.header(bytes.NewReader(file))
	if err != nil {
		return c, err
	}
	if size.Width < 1 || size.Height < 1 {
		return c, fmt.Errorf("%d×%d pixels, expected at least 1×1", size.Width, size.Height)
	}
	return cost{size.Width, size.Height, depth(size.ColorModel), f.buffered(file), 1}, nil
}

// depth is the number of bits that a decoded pixel of a color model takes.
func depth(model color.Model) int {
	if _, palette := model.(color.Palette); palette {
		return 8
	}
	switch model {
	case color.GrayModel, color.AlphaModel:
		return 8
	case color.Gray16Model, color.Alpha16Model:
		return 16
	case color.YCbCrModel:
		return 24
	case color.RGBA64Model, color.NRGBA64Model:
		return 64
	}
	return 32
}

// into decodes a file into dst; a JPEG at 1/by of its size.
func (f *format) into(file []byte, by int, dst *Image) (err error) {
	defer f.recovered(&err)
	switch f.name {
	case "JPEG":
		return dst.intoJPEG(file, by)
	case "PPM":
		return dst.intoPPM(file)
	}
	decoded, err := f.decode(file)
	if err != nil {
		return err
	}
	switch m := decoded.(type) {
	case *image.YCbCr:
		dst.fillVP8(m)
	case *image.NYCbCrA:
		dst.fillVP8(&m.YCbCr)
	default:
		if f.name == "GIF" {
			decoded = onCanvas(decoded, file)
		}
		dst.fill(decoded)
	}
	return nil
}

// recovered makes an error of a decoder's panic: no file may end the program.
func (f *format) recovered(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("damaged %s file: %v", f.name, cause)
	}
}

// orientation is the EXIF orientation of a file, 1 to 8; 1 if it has none.
func (f *format) orientation(file []byte) int {
	if f.exif == nil {
		return 1
	}
	return exifOrientation(f.exif(file))
}

// onCanvas puts the first frame of a GIF, which may cover a part only, on the
// whole picture, black where the frame leaves it open.
func onCanvas(frame image.Image, file []byte) image.Image {
	size, err := gif.DecodeConfig(bytes.NewReader(file))
	whole := image.Rect(0, 0, size.Width, size.Height)
	if err != nil || frame.Bounds() == whole {
		return frame
	}
	canvas := image.NewNRGBA(whole)
	draw.Draw(canvas, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return canvas
}

// progressive says whether a JPEG file keeps its coefficients until the end.
func progressive(file []byte) bool {
	found := false
	jpegSegments(file, func(marker byte, _ []byte) bool {
		found = marker == 0xc2
		return !found && marker != 0xc0 && marker != 0xc1
	})
	return found
}

// interlaced says whether a PNG file comes in passes.
func interlaced(file []byte) bool { return len(file) > 28 && file[28] != 0 }

// jpegSegments calls visit for the segments before the first scan until it returns false.
func jpegSegments(file []byte, visit func(marker byte, content []byte) bool) {
	for at := 2; at+4 <= len(file); {
		if file[at] != 0xff {
			return
		}
		marker := file[at+1]
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		if marker == 0xda || marker == 0xd9 {
			return
		}
		length := int(file[at+2])<<8 | int(file[at+3])
		if length < 2 || at+2+length > len(file) || !visit(marker, file[at+4:at+2+length]) {
			return
		}
		at += 2 + length
	}
}
