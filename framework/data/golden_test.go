package data

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// TestDecodeAgreesWithPillow compares pixels with Pillow's. The two JPEG
// decoders round the inverse cosine transform differently, by one level in
// few values, which are up to two levels in blue.
func TestDecodeAgreesWithPillow(t *testing.T) {
	for _, c := range golden.Load(t, "image_decode").Cases {
		t.Run(c.Name, func(t *testing.T) {
			file, err := base64.StdEncoding.DecodeString(golden.Decode[string](t, c.Inputs, "file"))
			if err != nil {
				t.Fatal(err)
			}
			want := c.Output(t, "pixels")
			var got Image
			if err := decode(file, &got); err != nil {
				t.Fatal(err)
			}
			if got.Height != want.Shape[0] || got.Width != want.Shape[1] {
				t.Fatalf("%d×%d pixels, want %d×%d", got.Width, got.Height, want.Shape[1], want.Shape[0])
			}
			most, total := 0, 0
			for i, v := range want.Ints() {
				d := int(got.Pix[i]) - v
				d = max(d, -d)
				most, total = max(most, d), total+d
			}
			mean := float64(total) / float64(len(got.Pix))
			t.Logf("at most %d levels, %.4f in the mean", most, mean)
			bound, meanBound := 0, 0.0
			if strings.HasPrefix(c.Name, "jpeg") {
				bound, meanBound = 2, 0.1
			}
			if most > bound || mean > meanBound {
				t.Errorf("off by at most %d levels, %.3f in the mean; want %d and %.2f", most, mean, bound, meanBound)
			}
		})
	}
}
