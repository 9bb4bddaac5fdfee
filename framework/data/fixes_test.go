package data

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"
)

// TestTransparentPixelsOfGIFsHaveTheirColors hides a color, as files of several
// frames and one do, by tables of the file and of the frame.
func TestTransparentPixelsOfGIFsHaveTheirColors(t *testing.T) {
	palette := color.Palette{color.RGBA{}, color.RGBA{1, 2, 3, 255}, color.RGBA{4, 5, 6, 255}, color.RGBA{7, 8, 9, 255}}
	frame := image.NewPaletted(image.Rect(0, 0, 4, 1), palette)
	copy(frame.Pix, []uint8{0, 1, 2, 3})
	for name, tables := range map[string]color.Model{"of the file": palette, "of the frame": color.Palette{
		color.Black, color.White}} {
		var file bytes.Buffer
		err := gif.EncodeAll(&file, &gif.GIF{
			Image: []*image.Paletted{frame, frame}, Delay: []int{0, 0}, LoopCount: 1,
			Config: image.Config{ColorModel: tables, Width: 4, Height: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		hidden := bytes.ReplaceAll(file.Bytes(), []byte{0, 0, 0, 1, 2, 3}, []byte{200, 10, 20, 1, 2, 3})
		var got Image
		if err := decode(hidden, &got); err != nil {
			t.Fatal(err)
		}
		if want := []uint8{200, 10, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9}; !bytes.Equal(got.Pix, want) {
			t.Errorf("by the table %s: %v, want %v", name, got.Pix, want)
		}
		for cut := range hidden { // whatever is damaged, the table is looked for within the file
			gifColors(hidden[:cut])
		}
	}
}

// TestFaxesAreNoNegatives reads what PIL 12 wrote of one picture: white is 0 or 1, by Group 3 or 4.
func TestFaxesAreNoNegatives(t *testing.T) {
	const picture = "11111000" + "11111000" + "11011000" + "11111000" + "11111000" + "11111000" + "11111000" + "11111000"
	for name, encoded := range map[string]string{
		"white is 1, Group 4": "SUkqABQAAAAmp/BEfx//wAQAQAAJAAABAwABAAAACAAAAAEBAwABAAAACAAAAAIBAwABAAAAAQAAAAMBAwABAAAABA" +
			"AAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAACAAAABcBBAABAAAACwAAABwBAwABAAAAAQAAAAAAAAA=",
		"white is 0, Group 4": "SUkqABIAAAAFwRTx/8AEAEAACQAAAQMAAQAAAAgAAAABAQMAAQAAAAgAAAACAQMAAQAAAAEAAAADAQMAAQAAAAQAAA" +
			"AGAQMAAQAAAAAAAAARAQQAAQAAAAgAAAAWAQMAAQAAAAgAAAAXAQQAAQAAAAkAAAAcAQMAAQAAAAEAAAAAAAAA",
		"white is 1, Group 3": "SUkqACYAAAAAE1OAATU4ABNcfgAE1OAATU4ABNTgAE1OAATU4AAJAAABAwABAAAACAAAAAEBAwABAAAACAAAAAIBAw" +
			"ABAAAAAQAAAAMBAwABAAAAAwAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAACAAAABcBBAABAAAAHQAAABwBAwABAAAAAQAA" +
			"AAAAAAA=",
		"white is 0, Group 3": "SUkqABwAAAAAHIAHIAF08ADkADkADkADkADkAAkAAAEDAAEAAAAIAAAAAQEDAAEAAAAIAAAAAgEDAAEAAAABAAAAAwEDAA" +
			"EAAAADAAAABgEDAAEAAAAAAAAAEQEEAAEAAAAIAAAAFgEDAAEAAAAIAAAAFwEEAAEAAAATAAAAHAEDAAEAAAABAAAAAAAAAA==",
	} {
		file, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var got Image
		if err := decode(file, &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var bits strings.Builder
		for i := 0; i < len(got.Pix); i += 3 {
			bits.WriteByte('0' + got.Pix[i]>>7)
		}
		if bits.String() != picture {
			t.Errorf("%s: %s, want %s", name, &bits, picture)
		}
	}
}

func TestAnimatedWebPSaysSo(t *testing.T) {
	file := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"), make([]byte, 20)...)
	var got Image
	if err := decode(file, &got); err == nil || !strings.Contains(err.Error(), "an animated WebP is not read") {
		t.Errorf("error %v", err)
	}
}
