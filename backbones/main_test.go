package backbones

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"backbone_init",
		"backbone_clip_modified_resnet",
		"backbone_clip_text",
		"backbone_clip_vit",
		"backbone_convnext",
		"backbone_efficientnet",
		"backbone_mobilenetv2",
		"backbone_mobilenetv3",
		"backbone_resnetv2",
		"backbone_resnext",
		"backbone_resnet18_cifar_stem",
		"backbone_resnet18_cifar_stem_solo_padding2",
		"backbone_resnet18_imagenet_stem",
		"backbone_resnet50_cifar_stem",
		"backbone_resnet50_imagenet_stem",
		"backbone_vit_dino",
		"backbone_vit_timm",
		"backbone_vit_torchvision",
		"pos_embed_sincos_2d",
	)
}
