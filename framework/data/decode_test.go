package data

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestDecodeKinds(t *testing.T) {
	area := image.Rect(0, 0, 2, 1)
	gray, gray16 := image.NewGray(area), image.NewGray16(area)
	gray.SetGray(1, 0, color.Gray{Y: 77})
	gray16.SetGray16(1, 0, color.Gray16{Y: 77<<8 | 200})
	glass := image.NewNRGBA(area)
	glass.SetNRGBA(1, 0, color.NRGBA{R: 200, G: 100, B: 50, A: 10})
	deep := image.NewNRGBA64(area)
	deep.SetNRGBA64(1, 0, color.NRGBA64{R: 200 << 8, G: 100 << 8, B: 50 << 8, A: 0xffff})
	indexed := image.NewPaletted(area, color.Palette{color.Black, color.NRGBA{R: 9, G: 8, B: 7, A: 255}})
	indexed.SetColorIndex(1, 0, 1)
	for name, check := range map[string]struct {
		m    image.Image
		want []uint8
	}{
		"gray":          {gray, []uint8{0, 0, 0, 77, 77, 77}},
		"16 bits":       {gray16, []uint8{0, 0, 0, 77, 77, 77}},
		"alpha dropped": {glass, []uint8{0, 0, 0, 200, 100, 50}},
		"16 bits color": {deep, []uint8{0, 0, 0, 200, 100, 50}},
		"indexed":       {indexed, []uint8{0, 0, 0, 9, 8, 7}},
	} {
		var got Image
		if err := decode(encoded(t, check.m), &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Width != 2 || got.Height != 1 || !slices.Equal(got.Pix, check.want) {
			t.Errorf("%s: got %+v, want %v", name, got, check.want)
		}
	}
}

func TestDecodeJPEG(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 17, 9), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = 100
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 90, 180
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	var got Image
	if err := decode(file.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	r, g, b := color.YCbCrToRGB(100, 90, 180)
	for i, v := range got.Pix {
		if d := int(v) - int([]uint8{r, g, b}[i%3]); d < -2 || d > 2 {
			t.Fatalf("value %d is %d, want %v", i, v, []uint8{r, g, b})
		}
	}
}

func TestDecodeCMYK(t *testing.T) {
	var got Image
	if err := decode(cmykJPEG([4]int{200, 100, 50, 255}), &got); err != nil {
		t.Fatal(err)
	}
	if got.Width != 8 || got.Height != 8 {
		t.Fatalf("%d×%d pixels, want 8×8", got.Width, got.Height)
	}
	for i, v := range got.Pix {
		if want := []uint8{200, 100, 50}[i%3]; v != want {
			t.Fatalf("value %d is %d, want %d", i, v, want)
		}
	}
}

// cmykJPEG is a JPEG file of 8×8 equal pixels of four components, inverted as
// Adobe's programs write them: 255 is no ink.
func cmykJPEG(ink [4]int) []byte {
	var out []byte
	segment := func(marker byte, content ...byte) {
		out = append(out, 0xff, marker, byte((len(content)+2)>>8), byte(len(content)+2))
		out = append(out, content...)
	}
	out = append(out, 0xff, 0xd8)
	segment(0xee, append([]byte("Adobe"), 0, 100, 0, 0, 0, 0, 0)...)
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)...) // a DC step is one gray level
	segment(0xc0, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	segment(
		0xc4, append(append([]byte{0x00}, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, 1, 2, 3, 4, 5, 6, 7, 8)...,
	)
	segment(0xc4, append([]byte{0x10}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)...)
	segment(0xda, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var scan strings.Builder // of binary digits
	for _, v := range ink {
		level := v - 128
		size := bits.Len(uint(max(level, -level)))
		if level < 0 {
			level += 1<<size - 1
		}
		fmt.Fprintf(&scan, "%04b", size)
		if size > 0 {
			fmt.Fprintf(&scan, "%0*b", size, level)
		}
		scan.WriteByte('0') // no other coefficients
	}
	digits := scan.String() + strings.Repeat("1", -scan.Len()&7)
	for ; digits != ""; digits = digits[8:] {
		b, _ := strconv.ParseUint(digits[:8], 2, 8)
		if out = append(out, byte(b)); b == 0xff {
			out = append(out, 0)
		}
	}
	return append(out, 0xff, 0xd9)
}

func BenchmarkDecodeJPEG(b *testing.B) {
	for _, size := range []image.Point{{X: 32, Y: 32}, {X: 500, Y: 375}} {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			m := image.NewYCbCr(image.Rect(0, 0, size.X, size.Y), image.YCbCrSubsampleRatio420)
			for i := range m.Y {
				m.Y[i] = uint8(i/3 + i*i/50)
			}
			var file bytes.Buffer
			if err := jpeg.Encode(&file, m, nil); err != nil {
				b.Fatal(err)
			}
			var out Image
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(file.Bytes(), &out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

// decode decodes a file as a dataset of the default options does.
func decode(file []byte, dst *Image) error { return Reading{}.open().decode(file, dst) }

// deepImage is an image of 64 bits a pixel.
func deepImage() image.Image {
	m := image.NewNRGBA64(image.Rect(0, 0, 2, 1))
	m.SetNRGBA64(0, 0, color.NRGBA64{R: 1, G: 2, B: 3, A: 4})
	return m
}

// jpegWithOrientation is a JPEG file with an EXIF orientation, in big-endian order.
func jpegWithOrientation(t *testing.T, orientation byte, width, height int) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), orientation,
		0, 0, 0, 0, 0, 0)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return slices.Concat(file.Bytes()[:2], segment, file.Bytes()[2:])
}
