package data

import (
	"encoding/base64"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// TestDecodeAgreesWithPillow compares pixels with Pillow's, which must be the same.
func TestDecodeAgreesWithPillow(t *testing.T) {
	for _, family := range []string{"image_decode", "jpeg_decode", "jpeg_draft"} {
		for _, c := range golden.Load(t, family).Cases {
			t.Run(c.Name, func(t *testing.T) {
				file, err := base64.StdEncoding.DecodeString(golden.Decode[string](t, c.Inputs, "file"))
				if err != nil {
					t.Fatal(err)
				}
				want := c.Output(t, "pixels")
				var got Image
				err = decode(file, &got)
				if family == "jpeg_draft" {
					err = formatOf(file).into(file, golden.Decode[int](t, c.Params, "by"), &got)
				}
				if err != nil {
					t.Fatal(err)
				}
				if got.Height != want.Shape[0] || got.Width != want.Shape[1] {
					t.Fatalf("%d×%d pixels, want %d×%d", got.Width, got.Height, want.Shape[1], want.Shape[0])
				}
				most, others := 0, 0
				for i, v := range want.Ints() {
					if d := int(got.Pix[i]) - v; d != 0 {
						others++
						most = max(most, d, -d)
					}
				}
				if others > 0 {
					t.Errorf("%d of %d values differ, by at most %d levels", others, len(got.Pix), most)
				}
			})
		}
	}
}
