package layouts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Backbone is the one of kontrast that a network is, with the parameters that
// its shapes give.
type Backbone struct {
	Name   string
	Params map[string]any // by the keys of the configuration
	// Size is the height and width of the images that the network is made for; 0
	// if the shapes do not tell.
	Size int
}

// String is the backbone as a configuration has it.
func (b *Backbone) String() string {
	parts := []string{"name: " + b.Name}
	for _, key := range slices.Sorted(maps.Keys(b.Params)) {
		parts = append(parts, fmt.Sprintf("%s: %v", key, b.Params[key]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Backbone tells which backbone the network is, by the shapes of its arrays.
func (n *Network) Backbone(arrays map[string]Array) (*Backbone, error) {
	switch n.Names {
	case "resnet", "sequence":
		return resNet(arrays)
	case "clip-resnet":
		return clipResNet(arrays)
	case "timm-mobile", "torchvision-mobile", "efficientnet-pytorch":
		return n.mobile(arrays)
	case "timm-convnext", "torchvision-convnext", "convnext":
		return convNeXtBackbone(arrays)
	case "resnetv2", "bit":
		return resNetV2Backbone(arrays)
	case "clip", "hf-clip":
		return n.clipViT(arrays)
	}
	return n.viT(arrays)
}

// dims are those of an array if it has that many.
func dims(arrays map[string]Array, name string, n int) ([]int, error) {
	a, has := arrays[name]
	if !has {
		return nil, fmt.Errorf("there is no %s", name)
	}
	if len(a.Shape) != n || slices.Contains(a.Shape, 0) {
		return nil, fmt.Errorf("%s has the shape %v, expected %d axes", strings.Join(a.From, ", "), a.Shape, n)
	}
	return a.Shape, nil
}

// blocks counts the blocks named START0, START1 and so on.
func blocks(arrays map[string]Array, start string) int {
	found := map[string]bool{}
	for name := range arrays {
		if rest, is := strings.CutPrefix(name, start); is {
			number, _, _ := strings.Cut(rest, ".")
			found[number] = true
		}
	}
	n := 0
	for found[fmt.Sprint(n)] {
		n++
	}
	return n
}

// stages counts the blocks of each stage of a ResNet.
func stages(arrays map[string]Array) (counts []int) {
	for i := 1; ; i++ {
		n := blocks(arrays, fmt.Sprintf("layer%d.", i))
		if n == 0 {
			return counts
		}
		counts = append(counts, n)
	}
}

// depths are the ResNets that there are, by the blocks of their stages.
var depths = []struct {
	bottleneck bool
	blocks     []int
	name       string
}{
	{false, []int{2, 2, 2, 2}, "resnet18"}, {false, []int{3, 4, 6, 3}, "resnet34"},
	{true, []int{3, 4, 6, 3}, "resnet50"}, {true, []int{3, 4, 23, 3}, "resnet101"},
	{true, []int{3, 8, 36, 3}, "resnet152"},
	{false, []int{1, 1, 1}, "resnet8"}, {false, []int{2, 2, 2}, "resnet14"}, {false, []int{3, 3, 3}, "resnet20"},
	{false, []int{5, 5, 5}, "resnet32"}, {false, []int{9, 9, 9}, "resnet56"},
}

func resNet(arrays map[string]Array) (*Backbone, error) {
	first, err := dims(arrays, "conv1.weight", 4)
	if err != nil {
		return nil, err
	}
	counts := stages(arrays)
	_, bottleneck := arrays["layer1.0.conv3.weight"]
	for _, depth := range depths {
		if depth.bottleneck != bottleneck || !slices.Equal(depth.blocks, counts) {
			continue
		}
		b := &Backbone{Name: depth.name, Params: map[string]any{}}
		if len(counts) == 3 {
			b.Params["width"] = float64(first[0]) / 16
			if _, projected := arrays["layer2.0.downsample.0.weight"]; projected {
				b.Params["shortcut"] = "projection"
			}
			b.Size = 32
			return b, nil
		}
		stem, size := "cifar", 32
		if first[2] == 7 {
			stem, size = "imagenet", 224
		}
		b.Params["stem"], b.Params["width"], b.Size = stem, float64(first[0])/64, size
		if bottleneck {
			return b, groupsOf(b, arrays)
		}
		return b, nil
	}
	kind := "basic blocks"
	if bottleneck {
		kind = "bottlenecks"
	}
	return nil, fmt.Errorf("a ResNet of stages of %v %s is none of kontrast's backbones", counts, kind)
}

// groupsOf tells a ResNeXt or a wide ResNet by the 3x3 convolutions of its bottlenecks.
func groupsOf(b *Backbone, arrays map[string]Array) error {
	inside, err := dims(arrays, "layer1.0.conv2.weight", 4)
	if err != nil {
		return err
	}
	outside, err := dims(arrays, "layer1.0.conv3.weight", 4)
	if err != nil {
		return err
	}
	groups, planes := inside[0]/inside[1], outside[0]/bottleneckExpansion
	if groups < 1 || planes < 1 {
		return fmt.Errorf("layer1.0.conv2.weight of the shape %v is no part of a ResNet", inside)
	}
	if width := inside[0] / groups * 64 / planes; groups > 1 || width != 64 {
		b.Params["groups"], b.Params["group_width"] = groups, width
	}
	return nil
}

// bottleneckExpansion is how many channels a bottleneck ends with for one inside.
const bottleneckExpansion = 4

func clipResNet(arrays map[string]Array) (*Backbone, error) {
	first, err := dims(arrays, "layer1.0.conv1.weight", 4)
	if err != nil {
		return nil, err
	}
	positions, err := dims(arrays, "attnpool.positional_embedding", 2)
	if err != nil {
		return nil, err
	}
	out, err := dims(arrays, "attnpool.c_proj.weight", 2)
	if err != nil {
		return nil, err
	}
	return &Backbone{
		Name: "clip-resnet", Size: 32 * root(positions[0]-1),
		Params: map[string]any{"width": first[0], "blocks": stages(arrays), "embed_dim": out[0]},
	}, nil
}

// root is the side of a square grid; 0 if it is none.
func root(n int) int {
	for side := 0; side*side <= n; side++ {
		if side*side == n {
			return side
		}
	}
	return 0
}
