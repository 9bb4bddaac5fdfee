package augment

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

// opParams are the parameters of a case of aug_ops.
type opParams struct {
	Op                                    string
	Factor                                float32
	Top, Left, Height, Width              int
	OutH                                  int `json:"out_h"`
	OutW                                  int `json:"out_w"`
	Interpolation                         string
	Sigma, Radius, Threshold              float64
	KernelSize                            int `json:"kernel_size"`
	Mean, Std                             [3]float64
	Order                                 [4]uint8
	Brightness, Contrast, Saturation, Hue float32
}

func decodeParams(t *testing.T, c *golden.Case) opParams {
	t.Helper()
	var p opParams
	for key, into := range map[string]any{
		"op": &p.Op, "factor": &p.Factor, "top": &p.Top, "left": &p.Left, "height": &p.Height, "width": &p.Width,
		"out_h": &p.OutH, "out_w": &p.OutW, "interpolation": &p.Interpolation, "sigma": &p.Sigma, "radius": &p.Radius,
		"threshold": &p.Threshold, "kernel_size": &p.KernelSize, "mean": &p.Mean, "std": &p.Std, "order": &p.Order,
		"brightness": &p.Brightness, "contrast": &p.Contrast, "saturation": &p.Saturation, "hue": &p.Hue,
	} {
		if raw, found := c.Params[key]; found {
			if err := json.Unmarshal(raw, into); err != nil {
				t.Fatalf("%s: %s: %v", c.Name, key, err)
			}
		}
	}
	return p
}

// referenceImage is the image that all cases of aug_ops transform.
func referenceImage(t *testing.T, file *golden.File) *data.Image {
	t.Helper()
	var tensor golden.Tensor
	if err := json.Unmarshal(file.Image, &tensor); err != nil {
		t.Fatal(err)
	}
	m := &data.Image{}
	m.Reset(tensor.Shape[1], tensor.Shape[0])
	for i, v := range tensor.Data {
		m.Pix[i] = uint8(v)
	}
	return m
}

func TestOperationsMatchTorchvision(t *testing.T) {
	file := golden.Load(t, "aug_ops")
	image := referenceImage(t, file)
	compared := map[string]int{}
	for i := range file.Cases {
		c := &file.Cases[i]
		p := decodeParams(t, c)
		if strings.HasSuffix(c.Name, "_noantialias") {
			p.Interpolation = BilinearNoAntialias
		}
		if _, found := c.Outputs["tensor"]; found {
			golden.Near(t, c.Name, applyOp(t, &floatCanvas{}, image, p), c.Output(t, "tensor"), 1e-5)
			compared["tensor"]++
		}
		if _, found := c.Outputs["pil"]; found {
			nearPIL(t, c, applyOp(t, &byteCanvas{}, image, p))
			compared["pil"]++
		}
	}
	if compared["tensor"] != 44 || compared["pil"] != 38 {
		t.Errorf("compared %v operations, want 44 and 38", compared)
	}
}

// nearPIL allows no differences between 8-bit images, but for the hue of one
// pixel, where rounding may go either way.
func nearPIL(t *testing.T, c *golden.Case, got []float32) {
	t.Helper()
	different := map[int]bool{}
	for i, want := range c.Output(t, "pil").Data {
		if math.Round(float64(got[i])*255) != want {
			different[i/3] = true
		}
	}
	allowed := 0
	if strings.HasPrefix(c.Name, "hue") || strings.HasPrefix(c.Name, "color_jitter") {
		allowed = 1
	}
	if len(different) > allowed {
		t.Errorf("%s: %d of %d pixels differ from Pillow's", c.Name, len(different), len(got)/3)
	}
}

// applyOp applies one operation to the image.
func applyOp(t *testing.T, c canvas, m *data.Image, p opParams) []float32 {
	if p.Op != "resized_crop" {
		p.Top, p.Left, p.Height, p.Width, p.OutH, p.OutW, p.Interpolation = 0, 0, m.Height, m.Width, m.Height,
			m.Width, Bilinear
	}
	var vertical, horizontal axis
	vertical.plan(p.Height, p.OutH, 0, p.OutH, p.Interpolation, false)
	horizontal.plan(p.Width, p.OutW, 0, p.OutW, p.Interpolation, p.Op == "hflip")
	if floats, ok := c.(*floatCanvas); ok && p.Interpolation == Bicubic {
		// The reference does not cut off what overshoots.
		x := make([]float32, 3*p.OutH*p.OutW)
		floats.resampler.resize(x, m, box{top: p.Top, left: p.Left, height: p.Height, width: p.Width}, &vertical, &horizontal)
		return x
	}
	c.resize(m, box{top: p.Top, left: p.Left, height: p.Height, width: p.Width}, &vertical, &horizontal)
	switch p.Op {
	case "to_tensor", "normalize", "hflip", "resized_crop":
	case "brightness":
		c.brighten(p.Factor)
	case "contrast":
		c.contrast(p.Factor)
	case "saturation":
		c.saturate(p.Factor)
	case "hue":
		c.turnHue(p.Factor)
	case "grayscale":
		c.grayscale()
	case "solarize":
		c.solarize(p.Threshold / 255)
	case "gaussian_blur":
		c.blur(p.Sigma, p.KernelSize)
	case "gaussian_blur_pil":
		c.blur(p.Radius, 0)
	case "color_jitter":
		j := Jitter{Brightness: 1, Contrast: 1, Saturation: 1, Hue: 0.5}
		j.apply(c, &draw{order: p.Order, factors: [4]float32{p.Brightness, p.Contrast, p.Saturation, p.Hue}})
	default:
		t.Fatalf("unknown operation %q", p.Op)
	}
	x := c.pixels()
	if p.Op == "normalize" {
		pipeline, err := Compile(mustNamed(t, "none", 8), data.Normalization{Mean: p.Mean, Std: p.Std})
		if err != nil {
			t.Fatal(err)
		}
		pipeline.normalize(x, x)
	}
	return x
}

func mustNamed(t testing.TB, name string, size int) Recipe {
	t.Helper()
	r, err := Named(name, size)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
