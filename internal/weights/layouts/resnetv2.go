package layouts

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// bitParts are the parts of BiT's blocks, which its code calls units, as timm has them.
var bitParts = map[string]string{
	"a.standardized_conv2d.kernel": "conv1.weight", "b.standardized_conv2d.kernel": "conv2.weight",
	"c.standardized_conv2d.kernel": "conv3.weight", "a.proj.standardized_conv2d.kernel": "downsample.conv.weight",
	"a.group_norm.gamma": "norm1.weight", "a.group_norm.beta": "norm1.bias",
	"b.group_norm.gamma": "norm2.weight", "b.group_norm.beta": "norm2.bias",
	"c.group_norm.gamma": "norm3.weight", "c.group_norm.beta": "norm3.bias",
}

var bitUnit = regexp.MustCompile(`^block(\d)\.unit(\d\d)\.(.+)$`)

// bit names the parts of BiT's ResNets as timm does. Kernels are [height, width, in, out].
func bit(tensors map[string]*tensorfile.Tensor) map[string]Array {
	outside := map[string]string{
		"root_block.standardized_conv2d.kernel": "stem.conv.weight",
		"group_norm.gamma":                      "norm.weight", "group_norm.beta": "norm.bias",
	}
	arrays := renamed(tensors, func(name string) string {
		if to, is := outside[name]; is {
			return to
		}
		at := bitUnit.FindStringSubmatch(name)
		if at == nil || bitParts[at[3]] == "" {
			return name
		}
		block, _ := strconv.Atoi(at[1]) // the expression has digits alone
		unit, _ := strconv.Atoi(at[2])
		return fmt.Sprintf("stages.%d.blocks.%d.%s", block-1, unit-1, bitParts[at[3]])
	})
	for name, a := range arrays {
		if len(a.Shape) == 4 {
			arrays[name] = a.permuted(3, 2, 0, 1)
		}
	}
	return arrays
}

// resNetV2Backbone tells which of BiT's ResNets it is.
func resNetV2Backbone(arrays map[string]Array) (*Backbone, error) {
	stem, err := dims(arrays, "stem.conv.weight", 4)
	if err != nil {
		return nil, err
	}
	if _, batch := arrays["stages.0.blocks.0.norm1.running_mean"]; batch {
		return nil, fmt.Errorf("ResNets of the second version with batch norms are none of kontrast's backbones; BiT's " +
			"have group norms")
	}
	counts := stagesOf(arrays)
	for depth, blocks := range map[int][]int{50: {3, 4, 6, 3}, 101: {3, 4, 23, 3}, 152: {3, 8, 36, 3}} {
		if !slices.Equal(blocks, counts) {
			continue
		}
		b := &Backbone{Name: fmt.Sprintf("resnetv2-%d", depth), Size: 224, Params: map[string]any{
			"stem": "imagenet", "width": float64(stem[0]) / 64,
		}}
		if stem[2] != 7 {
			b.Size, b.Params["stem"] = 32, "cifar"
		}
		return b, nil
	}
	return nil, fmt.Errorf(
		"a ResNet of the second version with stages of %v blocks is none of kontrast's backbones", counts,
	)
}
