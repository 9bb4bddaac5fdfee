package jpeg

import (
	"bytes"
	"errors"
	"fmt"
)

// The markers that are read (T.81, table B.1).
const (
	startOfFrame0 = 0xc0 // baseline
	startOfFrame1 = 0xc1 // sequential
	startOfFrame2 = 0xc2 // progressive
	defineHuffman = 0xc4
	restart0      = 0xd0
	restart7      = 0xd7
	startOfImage  = 0xd8
	endOfImage    = 0xd9
	startOfScan   = 0xda
	defineQuants  = 0xdb
	defineRestart = 0xdd
	application0  = 0xe0
	application14 = 0xee
)

var errEnd = errors.New("the file ends early")

// segments reads the file to the end of the image.
func (d *decoder) segments() error {
	d.adobe = -1
	if !bytes.HasPrefix(d.file, []byte{0xff, startOfImage}) {
		return errors.New("not a JPEG file")
	}
	d.at = 2
	for {
		marker, err := d.marker()
		if err != nil {
			return err
		}
		switch {
		case marker == endOfImage:
			return nil
		case marker >= restart0 && marker <= restart7 || marker == startOfImage || marker == 0x01:
			continue
		}
		if d.at+2 > len(d.file) {
			return errEnd
		}
		length := int(d.file[d.at])<<8 | int(d.file[d.at+1])
		if length < 2 || d.at+length > len(d.file) {
			return errEnd
		}
		content := d.file[d.at+2 : d.at+length]
		d.at += length
		if err := d.segment(marker, content); err != nil {
			return err
		}
	}
}

// marker finds the next marker, and passes over what lies before it.
func (d *decoder) marker() (byte, error) {
	for ; d.at+1 < len(d.file); d.at++ {
		if marker := d.file[d.at+1]; d.file[d.at] == 0xff && marker != 0 && marker != 0xff {
			d.at += 2
			return marker, nil
		}
	}
	return 0, errEnd
}

func (d *decoder) segment(marker byte, content []byte) error {
	switch marker {
	case startOfFrame0, startOfFrame1, startOfFrame2:
		d.progressive = marker == startOfFrame2
		return d.frame(content)
	case defineHuffman:
		return d.huffmanTables(content)
	case defineQuants:
		return d.quantizationTables(content)
	case defineRestart:
		if len(content) != 2 {
			return errors.New("a bad restart interval")
		}
		d.restart = int(content[0])<<8 | int(content[1])
	case application0:
		d.jfif = d.jfif || bytes.HasPrefix(content, []byte("JFIF\x00"))
	case application14:
		if len(content) >= 12 && bytes.HasPrefix(content, []byte("Adobe")) {
			d.adobe = int(content[11])
		}
	case startOfScan:
		return d.scan(content)
	default:
		if marker > startOfFrame2 && marker < restart0 { // lossless, hierarchical or arithmetic
			return ErrUnsupported
		}
	}
	return nil
}

func (d *decoder) quantizationTables(content []byte) error {
	for len(content) > 0 {
		wide, which := content[0]>>4, content[0]&15
		size := 64 * (1 + int(wide))
		if wide > 1 || which > 3 || len(content) < 1+size {
			return errors.New("a bad quantization table")
		}
		table := &block{}
		for k := range 64 {
			if wide == 1 {
				table[place[k]] = int16(content[1+2*k])<<8 | int16(content[2+2*k])
			} else {
				table[place[k]] = int16(content[1+k])
			}
		}
		d.quantization[which] = table
		content = content[1+size:]
	}
	return nil
}

func (d *decoder) huffmanTables(content []byte) error {
	for len(content) > 0 {
		if len(content) < 17 || content[0]>>4 > 1 || content[0]&15 > 3 {
			return errors.New("a bad Huffman table")
		}
		count := 0
		for _, n := range content[1:17] {
			count += int(n)
		}
		if count > 256 || len(content) < 17+count {
			return errors.New("a bad Huffman table")
		}
		table, err := huffmanTable(content[0]>>4, content[0]&15, content[1:17], content[17:17+count])
		if err != nil {
			return fmt.Errorf("a Huffman table: %w", err)
		}
		d.huffman[content[0]>>4][content[0]&15] = table
		content = content[17+count:]
	}
	return nil
}
