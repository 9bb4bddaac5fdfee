package data

import (
	"bytes"
	"encoding/binary"
)

// jpegEXIF is the EXIF structure of a JPEG file: the content of its first APP1
// segment that begins with "Exif" (CIPA DC-008, §4.5.4); nil for none.
func jpegEXIF(file []byte) (found []byte) {
	jpegSegments(file, func(marker byte, content []byte) bool {
		if rest, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			found = rest
		}
		return found == nil
	})
	return found
}

// pngEXIF is the chunk eXIf of a PNG file (PNG, third edition, §11.3.4.3).
func pngEXIF(file []byte) []byte {
	for at := 8; at+12 <= len(file); {
		length := binary.BigEndian.Uint32(file[at:])
		if int64(length) > int64(len(file)-at-12) {
			return nil
		}
		if string(file[at+4:at+8]) == "eXIf" {
			return file[at+8 : at+8+int(length)]
		}
		at += 12 + int(length)
	}
	return nil
}

// webpEXIF is the chunk EXIF of a WebP file (WebP container specification, "Metadata").
func webpEXIF(file []byte) []byte {
	for at := 12; at+8 <= len(file); {
		length := binary.LittleEndian.Uint32(file[at+4:])
		if int64(length) > int64(len(file)-at-8) {
			return nil
		}
		if string(file[at:at+4]) == "EXIF" {
			return bytes.TrimPrefix(file[at+8:at+8+int(length)], []byte("Exif\x00\x00"))
		}
		at += 8 + int(length) + int(length&1)
	}
	return nil
}

const (
	compressionTag = 0x0103
	photometricTag = 0x0106
	orientationTag = 0x0112
	shortType      = 3
	longType       = 4
)

// exifOrientation is the value of the tag Orientation of a TIFF structure, 1 to
// 8; 1 if it is not there.
func exifOrientation(tiff []byte) int {
	if value := tiffValue(tiff, orientationTag); value >= 1 && value <= 8 {
		return value
	}
	return 1
}

// tiffValue is the number that a tag has in the first directory of a TIFF
// structure (TIFF 6.0, §2); -1 if it is not there.
func tiffValue(tiff []byte, tag uint16) int {
	if len(tiff) < 8 {
		return -1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return -1
	}
	entries := int(order.Uint16(tiff[at:]))
	for at += 2; entries > 0 && at+12 <= int64(len(tiff)); entries, at = entries-1, at+12 {
		entry := tiff[at : at+12]
		if order.Uint16(entry) != tag {
			continue
		}
		switch order.Uint16(entry[2:]) {
		case shortType:
			return int(order.Uint16(entry[8:]))
		case longType:
			return int(order.Uint32(entry[8:]))
		}
		return -1
	}
	return -1
}

// orient turns an image as stored the way up that its orientation says: 2
// mirrored, 3 upside down, 4 both, 5 to 8 the same lying on a side.
func (m *Image) orient(orientation int) {
	if orientation <= 1 || orientation > 8 {
		return
	}
	var out Image
	out.Reset(m.Width, m.Height)
	if orientation >= 5 {
		out.Reset(m.Height, m.Width)
	}
	right, bottom := m.Width-1, m.Height-1
	for y := range out.Height {
		for x := range out.Width {
			fromX, fromY := x, y
			switch orientation {
			case 2:
				fromX = right - x
			case 3:
				fromX, fromY = right-x, bottom-y
			case 4:
				fromY = bottom - y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, bottom-x
			case 7:
				fromX, fromY = right-y, bottom-x
			case 8:
				fromX, fromY = right-y, x
			}
			copy(out.Pix[3*(y*out.Width+x):][:3], m.Pix[3*(fromY*m.Width+fromX):][:3])
		}
	}
	m.CopyFrom(&out)
}
