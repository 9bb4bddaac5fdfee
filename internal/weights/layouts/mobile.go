package layouts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// mobileStages are the stages of MobileNetV2 and of V3, large and small, by the number of their blocks: torchvision
// counts blocks through.
var mobileStages = map[int][]int{17: {1, 2, 3, 4, 3, 3, 1}, 15: {1, 2, 3, 4, 2, 3}, 11: {1, 2, 3, 2, 3}}

// torchvisionMobile names the parts of torchvision's MobileNets and EfficientNets as timm does.
func torchvisionMobile(tensors map[string]*tensorfile.Tensor) map[string]Array {
	modules, last := features(tensors)
	blocks := map[string]string{} // of timm's blocks by torchvision's
	head := [2]string{"conv_head", "bn2"}
	if stages := mobileStages[last-1]; stages != nil && !slices.ContainsFunc(modules, nestedBlock) {
		k := 1
		for i, count := range stages {
			for j := range count {
				blocks[fmt.Sprintf("features.%d.", k)] = fmt.Sprintf("blocks.%d.%d.", i, j)
				k++
			}
		}
		if _, v3 := tensors["features.1.block.0.0.weight"]; v3 {
			after := fmt.Sprintf("blocks.%d.0.", len(stages))
			head = [2]string{after + "conv", after + "bn1"}
		}
	} else {
		for _, module := range modules {
			if nestedBlock(module) {
				parts := strings.Split(module, ".")
				stage, _ := strconv.Atoi(parts[1])
				blocks[strings.Join(parts[:3], ".")+"."] = fmt.Sprintf("blocks.%d.%s.", stage-1, parts[2])
			}
		}
	}
	names := map[string]string{
		"features.0.0": "conv_stem", "features.0.1": "bn1",
		fmt.Sprintf("features.%d.0", last): head[0], fmt.Sprintf("features.%d.1", last): head[1],
	}
	for from, to := range blocks {
		for _, inner := range []string{"conv.", "block."} {
			nameBlock(names, tensors, modules, from+inner, to)
		}
	}
	return renamed(tensors, func(name string) string {
		module, leaf := cutLast(name)
		if to, known := names[module]; known {
			return to + "." + leaf
		}
		return name
	})
}

// nestedBlock says that a module is of a block of EfficientNet, which are numbered stage by stage.
func nestedBlock(module string) bool {
	parts := strings.Split(module, ".")
	return len(parts) > 3 && parts[3] == "block"
}

// features are the modules of torchvision's features in their order, and the last number of one.
func features(tensors map[string]*tensorfile.Tensor) (modules []string, last int) {
	for name := range tensors {
		module, _ := cutLast(name)
		parts := strings.Split(module, ".")
		if parts[0] != "features" || len(parts) < 2 || slices.Contains(modules, module) {
			continue
		}
		modules = append(modules, module)
		number, _ := strconv.Atoi(parts[1])
		last = max(last, number)
	}
	slices.SortFunc(modules, func(a, b string) int { return slices.CompareFunc(numbers(a), numbers(b), compareInts) })
	return modules, last
}

func compareInts(a, b int) int { return a - b }

// numbers are those in a name with dots; words count by their last digit.
func numbers(module string) []int {
	var out []int
	for part := range strings.SplitSeq(module, ".") {
		n, _ := strconv.Atoi(strings.TrimLeft(part, "abcdefghijklmnopqrstuvwxyz_"))
		out = append(out, n)
	}
	return out
}

func cutLast(name string) (module, leaf string) {
	at := strings.LastIndex(name, ".")
	return name[:max(at, 0)], name[at+1:]
}

// nameBlock names the convolutions of an inverted residual by their order, and the normalizations after them.
func nameBlock(names map[string]string, tensors map[string]*tensorfile.Tensor, modules []string, from, to string) {
	var convolutions, norms, weighing []string
	for _, module := range modules {
		rest, within := strings.CutPrefix(module, from)
		switch _, normalizes := tensors[module+".running_mean"]; {
		case !within:
		case strings.HasSuffix(rest, ".fc1") || strings.HasSuffix(rest, ".fc2"):
			weighing = append(weighing, module)
		case normalizes:
			norms = append(norms, module)
		default:
			convolutions = append(convolutions, module)
		}
	}
	kinds := []string{"conv_pw", "conv_dw", "conv_pwl"}
	if len(convolutions) == 2 {
		kinds = []string{"conv_dw", "conv_pw"}
	}
	for i, module := range convolutions[:min(len(convolutions), len(kinds))] {
		names[module] = to + kinds[i]
	}
	for i, module := range norms {
		names[module] = fmt.Sprintf("%sbn%d", to, i+1)
	}
	for i, module := range weighing[:min(len(weighing), 2)] {
		names[module] = to + []string{"se.conv_reduce", "se.conv_expand"}[i]
	}
}

// efficientNetPyTorch names the parts of EfficientNet-PyTorch as timm does. A stage begins where the number of
// channels changes, or the size of the kernels, and after the first, which multiplies no channels.
func efficientNetPyTorch(tensors map[string]*tensorfile.Tensor) map[string]Array {
	names := map[string]string{"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
	stage, block, before := -1, 0, [3]int{}
	for k := 0; ; k++ {
		from := fmt.Sprintf("_blocks.%d.", k)
		project, kernel := tensors[from+"_project_conv.weight"], tensors[from+"_depthwise_conv.weight"]
		if project == nil || kernel == nil || len(project.Shape) != 4 || len(kernel.Shape) != 4 {
			break
		}
		kind := [3]int{project.Shape[0], kernel.Shape[2], 0}
		if tensors[from+"_expand_conv.weight"] != nil {
			kind[2] = 1
		}
		if kind != before {
			stage, block, before = stage+1, 0, kind
		}
		to := fmt.Sprintf("blocks.%d.%d.", stage, block)
		block++
		parts := map[string]string{
			"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2",
			"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand",
		}
		if kind[2] == 1 {
			parts["_expand_conv"], parts["_bn0"], parts["_bn1"] = "conv_pw", "bn1", "bn2"
			parts["_project_conv"], parts["_bn2"] = "conv_pwl", "bn3"
		}
		for part, name := range parts {
			names[from+part] = to + name
		}
	}
	return renamed(tensors, func(name string) string {
		module, leaf := cutLast(name)
		if to, known := names[module]; known {
			return to + "." + leaf
		}
		return name
	})
}
