package backbones

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

// slashed is the mechanical part of the renaming.
func slashed(name string) string { return strings.ReplaceAll(name, ".", "/") }

// build returns the builder of a backbone for torchref.
func build(
	embed func(scope *model.Scope, x *graph.Node, observe observer) *graph.Node,
) func(*model.Scope, *graph.Node, func(string, *graph.Node)) *graph.Node {
	return func(scope *model.Scope, x *graph.Node, observe func(string, *graph.Node)) *graph.Node {
		return embed(scope, x, observe)
	}
}

var update = flag.Bool("update", false, "run the ResNets of the reference in float64 on GoMLX's Go backend, which "+
	"takes a quarter of an hour, and write their kinks to "+kinksFile)

// kinksFile has the kinks of the reference cases by name, for each network with ReLUs.
const kinksFile = "testdata/kinks.json"

func readKinks(t *testing.T) map[string][]torchref.Kink {
	t.Helper()
	data, err := os.ReadFile(kinksFile)
	if err != nil {
		t.Fatal(err)
	}
	kinks := map[string][]torchref.Kink{}
	if err := json.Unmarshal(data, &kinks); err != nil {
		t.Fatalf("%s: %v", kinksFile, err)
	}
	return kinks
}

// eachResNet runs f for every reference case of a ResNet of torchvision's.
func eachResNet(t *testing.T, f func(t *testing.T, c torchref.Check)) {
	kinks := readKinks(t)
	r18 := resNet{block: basicBlock, blocks: []int{2, 2, 2, 2}, base: 64, width: 1}
	r50 := resNet{block: bottleneck, blocks: []int{3, 4, 6, 3}, base: 64, width: 1}
	r14 := resNet{block: bottleneck, blocks: []int{1, 1, 1, 1}, base: 64, width: 1}
	for _, family := range []struct {
		name, stem string
		net        resNet
	}{
		{"backbone_resnet18_imagenet_stem", "imagenet", r18},
		{"backbone_resnet18_cifar_stem", "cifar", r18},
		{"backbone_resnet18_cifar_stem_solo_padding2", "cifar-padding-2", r18},
		{"backbone_resnet50_imagenet_stem", "imagenet", r50},
		{"backbone_resnet50_cifar_stem", "cifar", r50},
		{"backbone_resnext", "imagenet", r14}, // and a wide ResNet
	} {
		net := family.net
		net.stem = family.stem
		file := golden.Load(t, family.name)
		for i := range file.Cases {
			ref := &file.Cases[i]
			t.Run(ref.Name, func(t *testing.T) {
				if family.name == "backbone_resnext" {
					groups := sizes(t, ref, "groups", "group_width")
					net.variant = variant{groups: groups[0], groupWidth: groups[1]}
				}
				f(t, torchref.Check{Case: ref, Path: slashed, Kinks: kinks[ref.Name], Build: build(net.embed)})
			})
		}
	}
}

func TestResNetsMatchTorchvision(t *testing.T) {
	eachResNet(t, func(t *testing.T, c torchref.Check) { c.Run(t, testbackend.New(t)) })
}

// The graphs themselves, without the engine and without rounding, give the reference's gradients.
func TestResNetsInFloat64MatchTorchvision(t *testing.T) {
	if !*update {
		t.Skip("takes a quarter of an hour; run with -update -timeout=2h")
	}
	kinks := readKinks(t)
	eachResNet(t, func(t *testing.T, c torchref.Check) {
		kinks[c.Case.Name] = c.Float64(t, testbackend.Portable(t))
		writeKinks(t, kinks)
	})
}

func writeKinks(t *testing.T, kinks map[string][]torchref.Kink) {
	t.Helper()
	data, err := json.Marshal(kinks)
	if err != nil {
		t.Fatal(err)
	}
	data = append(bytes.ReplaceAll(data, []byte("]],"), []byte("]],\n")), '\n') // a case a line
	if err := os.WriteFile(kinksFile, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
