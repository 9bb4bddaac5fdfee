package data

import (
	"bufio"
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"

	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// decodeGIF decodes the first frame. Transparent pixels have the colors that
// the file gives them, as elsewhere; image/gif makes them black.
func decodeGIF(file []byte) (image.Image, error) {
	decoded, err := gif.Decode(bytes.NewReader(file))
	if frame, ok := decoded.(*image.Paletted); ok && err == nil {
		table := gifColors(file)
		for i := range min(len(frame.Palette), len(table)/3) {
			frame.Palette[i] = color.RGBA{table[3*i], table[3*i+1], table[3*i+2], 0xff}
		}
	}
	return decoded, err
}

// gifColors is the color table of the first frame, three bytes a color (GIF89a,
// §18-23); nil for none.
func gifColors(file []byte) []byte {
	const extension, frame = 0x21, 0x2c
	tableAt := func(flags, at int) []byte {
		if flags >= len(file) || file[flags]&0x80 == 0 {
			return nil
		}
		return file[min(at, len(file)):min(at+3<<(file[flags]&7+1), len(file))]
	}
	global := tableAt(10, 13)
	for at := 13 + len(global); at < len(file); {
		switch file[at] {
		case extension:
			for at += 2; at < len(file) && file[at] != 0; at += 1 + int(file[at]) {
			}
			at++
		case frame:
			if local := tableAt(at+9, at+10); local != nil {
				return local
			}
			return global
		default:
			return nil
		}
	}
	return nil
}

// decodeTIFF decodes the first page. Of faxes (CCITT) whose zeros are black
// x/image gives the negative.
func decodeTIFF(file []byte) (image.Image, error) {
	const fax3, fax4, zeroIsBlack = 3, 4, 1
	decoded, err := tiff.Decode(bytes.NewReader(file))
	gray, ok := decoded.(*image.Gray)
	if compression := tiffValue(file, compressionTag); err == nil && ok && (compression == fax3 || compression == fax4) &&
		tiffValue(file, photometricTag) == zeroIsBlack {
		for i, v := range gray.Pix {
			gray.Pix[i] = ^v
		}
	}
	return decoded, err
}

// webpConfig reads the header of a WebP file, and says of an animation that it is one.
func webpConfig(file io.Reader) (image.Config, error) {
	const animation = 0x02 // in the flags of the chunk VP8X
	reader := bufio.NewReader(file)
	if head, err := reader.Peek(21); err == nil && string(head[12:16]) == "VP8X" && head[20]&animation != 0 {
		return image.Config{}, errors.New("an animated WebP is not read; save a frame of it")
	}
	return webp.DecodeConfig(reader)
}
