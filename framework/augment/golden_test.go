package augment

import (
	"encoding/json"
	"fmt"
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
	compared := 0
	for i := range file.Cases {
		c := &file.Cases[i]
		if _, found := c.Outputs["tensor"]; !found {
			continue // 8 bits only
		}
		t.Run(c.Name, func(t *testing.T) {
			p := decodeParams(t, c)
			if strings.HasSuffix(c.Name, "_noantialias") {
				p.Interpolation = BilinearNoAntialias
			}
			golden.Near(t, c.Name, applyOp(t, image, p), c.Output(t, "tensor"), 1e-5)
		})
		compared++
	}
	if compared != 44 {
		t.Errorf("compared %d operations, want 44", compared)
	}
}

// applyOp applies one operation in float32 to the image.
func applyOp(t *testing.T, m *data.Image, p opParams) []float32 {
	x := make([]float32, len(m.Pix))
	unpack(x, m.Pix)
	switch p.Op {
	case "to_tensor":
	case "brightness":
		brighten(x, p.Factor)
	case "contrast":
		contrast(x, p.Factor)
	case "saturation":
		saturate(x, p.Factor)
	case "hue":
		turnHue(x, p.Factor)
	case "grayscale":
		grayscale(x)
	case "solarize":
		solarize(x, float32(p.Threshold/255))
	case "gaussian_blur":
		new(blurrer).apply(x, m.Width, m.Height, p.Sigma, p.KernelSize)
	case "normalize":
		pipeline, err := Compile(mustNamed(t, "none", 8), data.Normalization{Mean: p.Mean, Std: p.Std})
		if err != nil {
			t.Fatal(err)
		}
		pipeline.normalize(x)
	case "color_jitter":
		j := Jitter{Brightness: 1, Contrast: 1, Saturation: 1, Hue: 0.5}
		j.apply(x, &draw{order: p.Order, factors: [4]float32{p.Brightness, p.Contrast, p.Saturation, p.Hue}})
	case "hflip":
		p.Height, p.Width, p.OutH, p.OutW, p.Interpolation = m.Height, m.Width, m.Height, m.Width, Bilinear
		return resized(m, p, true)
	case "resized_crop":
		return resized(m, p, false)
	default:
		panic(fmt.Sprintf("operation %q", p.Op))
	}
	return x
}

func resized(m *data.Image, p opParams, flip bool) []float32 {
	x := make([]float32, 3*p.OutH*p.OutW)
	var r resampler
	r.vertical.plan(p.Height, p.OutH, 0, p.OutH, p.Interpolation, false)
	r.horizontal.plan(p.Width, p.OutW, 0, p.OutW, p.Interpolation, flip)
	r.resize(x, m, box{top: p.Top, left: p.Left, height: p.Height, width: p.Width})
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
