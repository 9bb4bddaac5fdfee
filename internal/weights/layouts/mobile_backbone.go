package layouts

import (
	"fmt"
	"math"
	"strings"
)

// efficientNetSizes are the published sizes, by the channels of the last stage and the number of blocks.
var efficientNetSizes = []struct {
	name                      string
	weighed                   bool
	channels, blocks, imaging int
}{
	{"efficientnet-b0", true, 320, 16, 224}, {"efficientnet-b1", true, 320, 23, 240},
	{"efficientnet-b2", true, 352, 23, 260}, {"efficientnet-b3", true, 384, 26, 300},
	{"efficientnet-b4", true, 448, 32, 380}, {"efficientnet-b5", true, 512, 39, 456},
	{"efficientnet-b6", true, 576, 45, 528}, {"efficientnet-b7", true, 640, 55, 600},
	{"efficientnet-lite0", false, 320, 16, 224}, {"efficientnet-lite1", false, 320, 21, 240},
	{"efficientnet-lite2", false, 352, 21, 260}, {"efficientnet-lite3", false, 384, 24, 280},
	{"efficientnet-lite4", false, 448, 30, 300},
}

// mobile tells which MobileNet or EfficientNet a network with timm's names is.
func (n *Network) mobile(arrays map[string]Array) (*Backbone, error) {
	var counts []int
	for i := range 7 {
		if count := blocks(arrays, fmt.Sprintf("blocks.%d.", i)); count > 0 {
			counts = append(counts, count)
		}
	}
	width := func(stage int, usual float64) (float64, error) {
		last, err := dims(arrays, fmt.Sprintf("blocks.%d.%d.conv_pwl.weight", stage, counts[stage]-1), 4)
		if err != nil {
			return 0, err
		}
		return float64(last[0]) / usual, nil
	}
	if _, large := arrays["blocks.6.0.conv.weight"]; large && len(counts) == 7 {
		w, err := width(5, 160)
		return &Backbone{Name: "mobilenetv3-large", Size: 224, Params: map[string]any{"width": w}}, err
	}
	if _, small := arrays["blocks.5.0.conv.weight"]; small && len(counts) == 6 {
		w, err := width(4, 96)
		return &Backbone{Name: "mobilenetv3-small", Size: 224, Params: map[string]any{"width": w}}, err
	}
	if len(counts) != 7 {
		return nil, fmt.Errorf("a network of stages of %v inverted residuals is none of kontrast's backbones", counts)
	}
	w, err := width(6, 320)
	if err != nil {
		return nil, err
	}
	kernel, err := dims(arrays, "blocks.2.0.conv_dw.weight", 4)
	if err != nil {
		return nil, err
	}
	if kernel[2] == 3 {
		return &Backbone{Name: "mobilenetv2", Size: 224, Params: map[string]any{"width": w}}, nil
	}
	return n.efficientNet(arrays, counts, w), nil
}

func (n *Network) efficientNet(arrays map[string]Array, counts []int, width float64) *Backbone {
	weighed, total := false, 0
	for name := range arrays {
		weighed = weighed || strings.Contains(name, ".se.")
	}
	for _, count := range counts {
		total += count
	}
	b := &Backbone{Name: "efficientnet-lite0", Size: 224, Params: map[string]any{}}
	if weighed {
		b.Name = "efficientnet-b0"
	}
	if n.Names == "efficientnet-pytorch" {
		b.Params["padding"], b.Params["epsilon"] = "same", 0.001
	}
	for _, size := range efficientNetSizes {
		if size.weighed == weighed && float64(size.channels) == 320*width && size.blocks == total {
			b.Name, b.Size = size.name, size.imaging
			return b
		}
	}
	// The depth is the greatest that gives these numbers of blocks.
	depth := math.Inf(1)
	for i, usual := range []int{1, 2, 2, 3, 3, 4, 1} {
		if weighed || i > 0 && i < 6 {
			depth = min(depth, float64(counts[i])/float64(usual))
		}
	}
	b.Params["width"], b.Params["depth"] = width, depth
	return b
}
