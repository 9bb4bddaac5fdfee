package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/weights/weightstest"
)

// agree is what the help says to do in Python, and a comparison with the features that were exported.
const agree = `
import sys, numpy, torch
from PIL import Image
from safetensors.torch import load_file
sys.path.insert(0, sys.argv[1])
import load
model, prepare, info = load.backbone()
images = torch.stack([torch.tensor(numpy.array(Image.open(f"{i}.png"))).permute(2, 0, 1).float() / 255 for i in range(8)])
with torch.no_grad():
    features = model(prepare(images))
exported = torch.cat([load_file(f"{sys.argv[1]}/{split}.safetensors")["features"] for split in ("train", "test")])
assert len(exported) == 8 and features.std(0).mean() > 1e-4, (len(exported), features.std(0).mean())
print((torch.cdist(exported, features).min(1).values / exported.norm(dim=1)).max().item() < 1e-3, info["backbone"])
`

// python is one that has PyTorch; without any the test is skipped.
func python(t *testing.T) string {
	t.Helper()
	path := cmp.Or(os.Getenv("KONTRAST_PYTHON"), "python3")
	if text, err := exec.Command(path, "-c", "import torch, timm, safetensors, PIL").CombinedOutput(); err != nil {
		t.Skipf("%s has no PyTorch with timm, safetensors and PIL (set KONTRAST_PYTHON to one that has): %s", path, text)
	}
	return path
}

func TestExportsGiveTheSameFeaturesInPyTorch(t *testing.T) {
	interpreter := python(t)
	checkpoints, _ := weightstest.Unpack(t)
	folder := t.TempDir()
	table := "image,caption\n"
	for i := range 8 {
		picture := image.NewRGBA(image.Rect(0, 0, 32, 32))
		for at := range 32 * 32 {
			picture.Set(at%32, at/32, color.RGBA{uint8(at * (i + 1)), uint8(at / 32 * 8), uint8(i * 30), 255})
		}
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, picture); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.png", i)), encoded.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("%d.png,number %d\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(folder, "table.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	runs := 0 // so far
	for _, c := range []struct{ backbone, form, method string }{
		{"{name: resnet8}", "resnet8 with stem cifar (3×3)", "simclr"},
		{"{name: resnet14, width: 0.5, shortcut: projection}", "resnet14 with stem cifar (3×3)", "simclr"},
		{"{name: resnet18, width: 0.25}", "resnet18 with stem cifar (3×3)", "simclr"},
		{"{name: resnet18, width: 0.25, stem: imagenet}", "resnet18 with stem imagenet (7×7)", "simclr"},
		{"{name: resnet18, width: 0.25, stem: cifar-padding-2}", "resnet18 with stem cifar (3×3)", "simclr"},
		{"{name: resnet50, width: 0.125}", "resnet50 with stem cifar (3×3)", "simclr"},
		{"{name: vit-ti, layers: 2}", "vit-ti with patches of 4×4", "simclr"},
		{"{name: vit, width: 48, heads: 3, layers: 2, patch_size: 8, pooling: mean}", "vit with patches of 8×8",
			"simclr"},
		{"{name: vit, width: 48, heads: 3, layers: 2, pooling: mean-without-token}", "vit with patches of 4×4", "simclr"},
		{"{name: vit, width: 48, heads: 3, layers: 2, registers: 2, mlp: swiglu, layer_scale: 0.5, epsilon: 0.00001}",
			"vit with patches of 4×4", "simclr"},
		{"{name: vit, width: 48, heads: 3, layers: 2, registers: 2, positions: rotary-2d, mlp: swiglu}",
			"vit with patches of 4×4", "simclr"},
		{"{name: vit, width: 48, heads: 3, layers: 2, pooling: mean, positions: rotary-2d, layer_scale: 0.5}",
			"vit with patches of 4×4", "simclr"},
		{"torchvision_mobilenetv2.pth", "mobilenetv2", ""}, // imported: a training this short tells no images apart
		{"torchvision_mobilenetv3.pth", "mobilenetv3-small", ""},
		{"torchvision_efficientnet.safetensors", "efficientnet-b0", ""},
		{"timm_efficientnet_lite.pth", "efficientnet-lite0", ""},
		{"{name: convnext-tiny, width: 0.0625, layer_scale: 0.5}", "convnext-tiny", "simclr"},
		{"{name: resnetv2-50, width: 0.125, norm_groups: 4}", "resnetv2-50", "simclr"},
		{"{name: resnetv2-50, width: 0.125, norm_groups: 4, stem: imagenet}", "resnetv2-50", "simclr"},
		{"{name: resnet8}", "resnet8 with stem cifar (3×3), once for the lightness and once for the colors",
			"{name: cmc, negatives: 2}"},
		{"{name: vit, width: 48, heads: 3, layers: 2}", "vit with patches of 4×4, once for the lightness and once for the " +
			"colors", "{name: cmc, negatives: 2}"},
	} {
		t.Run(c.method+c.backbone, func(t *testing.T) {
			command := []string{"import", filepath.Join(checkpoints, c.backbone), "--image-size", "32"}
			if c.method != "" {
				command = []string{
					"run", "--set", "method=" + c.method, "--set", "backbone=" + c.backbone, "--epochs", "1", "--batch-size", "4",
				}
			}
			execute(t, folder, 0, append(command, "--dataset", "pairs", "--set", "dataset.path=table.csv",
				"--set", "dataset.test_fraction=0.5", "--quiet")...)
			runs++
			run := fmt.Sprint(runs)
			if messages := execute(t, folder, 0, "export", run, "e"+run); !strings.Contains(messages, c.form+"; images 32×32") ||
				!strings.Contains(messages, `normalization {"mean":[`) {
				t.Errorf("export says %q", messages)
			}
			check := exec.Command(interpreter, "-c", agree, "e"+run)
			check.Dir = folder
			if out, err := check.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "True "+c.form {
				t.Errorf("in PyTorch: %v: %s", err, out)
			}
		})
	}
}
