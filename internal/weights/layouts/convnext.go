package layouts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// Names of ConvNeXt's parts, in its authors' code and in torchvision, as timm has them.
var (
	officialConvNeXt = strings.NewReplacer(
		"dwconv.", "conv_dw.", "pwconv1.", "mlp.fc1.", "pwconv2.", "mlp.fc2.", "downsample_layers.0.", "stem.")
	torchvisionConvNeXtBlock = strings.NewReplacer(
		"block.0.", "conv_dw.", "block.2.", "norm.", "block.3.", "mlp.fc1.", "block.5.", "mlp.fc2.", "layer_scale", "gamma")
)

func convNeXt(tensors map[string]*tensorfile.Tensor) map[string]Array {
	return renamed(tensors, func(name string) string {
		parts := strings.SplitN(name, ".", 4)
		switch {
		case strings.HasPrefix(name, "norm."):
			return "head." + name
		case parts[0] == "downsample_layers" && len(parts) == 4 && parts[1] != "0":
			return "stages." + parts[1] + ".downsample." + parts[2] + "." + parts[3]
		case parts[0] == "stages" && len(parts) == 4:
			return "stages." + parts[1] + ".blocks." + parts[2] + "." + officialConvNeXt.Replace(parts[3])
		}
		return officialConvNeXt.Replace(name)
	})
}

// torchvisionConvNeXt numbers the stages, which are every other module, as timm does.
func torchvisionConvNeXt(tensors map[string]*tensorfile.Tensor) map[string]Array {
	return renamed(tensors, func(name string) string {
		parts := strings.SplitN(name, ".", 4)
		if rest, last := strings.CutPrefix(name, "classifier.0."); last {
			return "head.norm." + rest
		}
		if parts[0] != "features" || len(parts) < 4 {
			return name
		}
		switch k, err := strconv.Atoi(parts[1]); {
		case err != nil:
			return name
		case k == 0:
			return "stem." + parts[2] + "." + parts[3]
		case k%2 == 0:
			return fmt.Sprintf("stages.%d.downsample.%s.%s", k/2, parts[2], parts[3])
		default:
			return fmt.Sprintf("stages.%d.blocks.%s.%s", k/2, parts[2], torchvisionConvNeXtBlock.Replace(parts[3]))
		}
	})
}

// convNeXtBackbone tells which ConvNeXt it is.
func convNeXtBackbone(arrays map[string]Array) (*Backbone, error) {
	stem, err := dims(arrays, "stem.0.weight", 4)
	if err != nil {
		return nil, err
	}
	for name := range arrays {
		if strings.Contains(name, ".grn.") {
			return nil, fmt.Errorf(
				"%s: ConvNeXts with global response normalization (V2) are none of kontrast's backbones", name,
			)
		}
	}
	counts := stagesOf(arrays)
	b := &Backbone{Size: 224, Params: map[string]any{"patch_size": stem[2]}}
	base := 96
	switch {
	case slices.Equal(counts, []int{3, 3, 9, 3}):
		b.Name = "convnext-tiny"
	case !slices.Equal(counts, []int{3, 3, 27, 3}):
		return nil, fmt.Errorf("a ConvNeXt of stages of %v blocks is none of kontrast's backbones", counts)
	case stem[0] == 128:
		b.Name, base = "convnext-base", 128
	case stem[0] == 192:
		b.Name, base = "convnext-large", 192
	default:
		b.Name = "convnext-small"
	}
	if stem[0] != base {
		b.Params["width"] = float64(stem[0]) / float64(base)
	}
	if _, scaled := arrays["stages.0.blocks.0.gamma"]; !scaled {
		b.Params["layer_scale"] = 0
	}
	return b, nil
}

// stagesOf counts the blocks of each stage, as timm names them.
func stagesOf(arrays map[string]Array) (counts []int) {
	for i := 0; ; i++ {
		n := blocks(arrays, fmt.Sprintf("stages.%d.blocks.", i))
		if n == 0 {
			return counts
		}
		counts = append(counts, n)
	}
}
