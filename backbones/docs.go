package backbones

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of CLIPViTParams.
func (CLIPViTParams) Docs() config.Docs {
	return config.Docs{
		"activation": {
			Doc:    "quick-gelu, x·sigmoid(1.702x) as OpenAI's models have it, or gelu, as most of OpenCLIP's",
			Source: "openai/CLIP, model.py",
		},
		"init": {Doc: initDoc("clip, torchvision (as its ViTs), "), Source: initSource},
		"patch_size": {
			Doc:    "side of a patch in pixels; 0 takes 4 below 64 pixels, else 16",
			Source: "Radford et al. 2021, Table 19",
		},
		"width": {
			Doc:    "width of the tokens",
			Source: "Radford et al. 2021, Table 19",
		},
		"layers": {
			Doc:    "number of encoder blocks",
			Source: "Radford et al. 2021, Table 19",
		},
		"heads": {
			Doc:    "attention heads, which divide the width; the paper has one for 64 of width",
			Source: "Radford et al. 2021, Table 19",
		},
		"embed_dim": {
			Doc:    "width of the features",
			Source: "Radford et al. 2021, Table 19",
		},
	}
}

// Docs documents the keys of CLIPTextParams.
func (CLIPTextParams) Docs() config.Docs {
	return config.Docs{
		"activation": {
			Doc:    "quick-gelu, x·sigmoid(1.702x) as OpenAI's models have it, or gelu, as most of OpenCLIP's",
			Source: "openai/CLIP, model.py",
		},
		"init": {Doc: initDoc("clip, torchvision (as its ViTs), "), Source: initSource},
		"width": {
			Doc:    "width of the tokens",
			Source: "Radford et al. 2021, Table 19 has 512 and more",
		},
		"layers": {
			Doc:    "number of encoder blocks",
			Source: "Radford et al. 2021, §2.4 has 12",
		},
		"heads": {
			Doc:    "attention heads, which divide the width",
			Source: "Radford et al. 2021, §2.4 has 8",
		},
		"embed_dim": {
			Doc:    "width of the features",
			Source: "Radford et al. 2021, Table 19",
		},
	}
}

// Docs documents the keys of CIFARResNetParams.
func (CIFARResNetParams) Docs() config.Docs {
	return config.Docs{
		"init": {Doc: initDoc("torchvision (Kaiming-normal by fan-out), "), Source: initSource},
		"width": {
			Doc:    "factor on the number of channels of every layer",
			Source: "He et al. 2016, §4.2 has 1",
		},
		"shortcut": {
			Doc: "where the shape changes: padding (every second pixel, zeros for the new channels; option A) or " +
				"projection (1x1 convolution; option B)",
			Source: "He et al. 2016, §4.2 has option A",
		},
		"zero_init_residual": {
			Doc:    "start the last batch norm of every block at 0, so that blocks start as the identity",
			Source: "Goyal et al. 2017, arXiv:1706.02677, §5.1",
		},
	}
}

// Docs documents the keys of CLIPResNetParams.
func (CLIPResNetParams) Docs() config.Docs {
	return config.Docs{
		"init": {Doc: initDoc("clip, torchvision (convolutions Kaiming-normal by fan-out), "), Source: initSource},
		"width": {
			Doc:    "channels of the first stage's blocks inside; even",
			Source: "Radford et al. 2021, §2.4",
		},
		"blocks": {
			Doc:    "residual blocks of each of the four stages",
			Source: "Radford et al. 2021, Table 20",
		},
		"embed_dim": {
			Doc:    "width of the features",
			Source: "Radford et al. 2021, Table 20",
		},
	}
}

// Docs documents the keys of ResNetParams.
func (ResNetParams) Docs() config.Docs {
	return config.Docs{
		"init": {Doc: initDoc("torchvision (Kaiming-normal by fan-out), "), Source: initSource},
		"stem": {
			Doc: "first layers: imagenet (7x7 stride 2, max-pool), cifar (3x3 stride 1, no max-pool), cifar-padding-2 " +
				"(as solo-learn), or auto: cifar below 64 pixels, else imagenet",
			Source: "He et al. 2016, Table 1; Chen et al. 2020, Appendix B.9",
		},
		"width": {
			Doc:    "factor on the number of channels of every layer",
			Source: "Chen et al. 2020, §6",
		},
		"zero_init_residual": {
			Doc:    "start the last batch norm of every block at 0, so that blocks start as the identity",
			Source: "Goyal et al. 2017, arXiv:1706.02677, §5.1",
		},
	}
}

// Docs documents the keys of BottleneckParams.
func (BottleneckParams) Docs() config.Docs {
	return config.Docs{
		"selective_kernels": {
			Doc: "mix two streams of 3x3 convolutions in every block, and use the stem and the shortcuts of ResNet-D",
			Source: "Chen et al. 2020, arXiv:2006.10029, §3; Li et al. 2019, arXiv:1903.06586; He et al. 2019, " +
				"arXiv:1812.01187",
		},
		"groups": {
			Doc:    "groups of channels that the 3x3 convolutions convolve apart; more than 1 makes a ResNeXt, which has 32",
			Source: "Xie et al. 2017, arXiv:1611.05431, §3",
		},
		"group_width": {
			Doc: "channels of a group inside the first stage's blocks: 64 for a ResNet, 128 for a wide one " +
				"(wide_resnet50_2), 4 for ResNeXt-50 32x4d",
			Source: "Xie et al. 2017, arXiv:1611.05431, Table 1; Zagoruyko and Komodakis 2016, arXiv:1605.07146",
		},
	}
}

// Docs documents the keys of ResNetV2Params.
func (ResNetV2Params) Docs() config.Docs {
	return config.Docs{
		"init": {
			Doc:    initDoc("timm (Kaiming-normal by fan-out), "),
			Source: "timm: models/resnetv2.py; " + initSource,
		},
		"stem": {
			Doc: "first layers: imagenet (7x7 stride 2, max-pool), cifar (3x3 stride 1, no max-pool), or auto: cifar below " +
				"64 pixels, else imagenet",
			Source: "Kolesnikov et al. 2020, §3; cifar as for ResNets",
		},
		"width": {
			Doc:    "factor on the number of channels of every layer",
			Source: "Kolesnikov et al. 2020, §3.1: 1 to 4",
		},
		"norm_groups": {
			Doc:    "groups of channels of the group norms, which divide every layer's channels",
			Source: "Wu and He 2018, arXiv:1803.08494, §4.1: 32",
		},
	}
}

// Docs documents the keys of MobileNetParams.
func (MobileNetParams) Docs() config.Docs {
	return config.Docs{
		"init": {Doc: initDoc("torchvision (Kaiming-normal by fan-out), "), Source: initSource},
		"stem": {
			Doc: "stride of the first convolution: imagenet (2), cifar (1), or auto: cifar below 64 pixels, else " +
				"imagenet",
			Source: "Sandler et al. 2018, Table 2; cifar as for ResNets",
		},
		"width": {
			Doc:    "factor on the number of channels of every layer, which are rounded to multiples of 8",
			Source: "Sandler et al. 2018, §4; Tan and Le 2019, §4",
		},
		"padding": {
			Doc: "of convolutions with strides: symmetric, as PyTorch's, or same, as TensorFlow's, for weights that were " +
				"trained there",
			Source: "torchvision; the official code of TensorFlow",
		},
		"epsilon": {
			Doc:    "what batch norms add to variances",
			Source: "torchvision: 0.00001, or 0.001 as the papers' code",
		},
		"drop_path": {
			Doc:    "probability that the last block drops its branch of a sample while training; linear in depth from 0",
			Source: "Huang et al. 2016, arXiv:1603.09382; Tan and Le 2019, §5.2: 0.2",
		},
	}
}

// Docs documents the keys of EfficientNetParams.
func (EfficientNetParams) Docs() config.Docs {
	return config.Docs{
		"depth": {
			Doc:    "factor on the number of blocks of every stage, rounded up",
			Source: "Tan and Le 2019, §4",
		},
	}
}

// Docs documents the keys of ConvNeXtParams.
func (ConvNeXtParams) Docs() config.Docs {
	return config.Docs{
		"init": {Doc: initDoc("torchvision (truncated normal, std 0.02), "), Source: initSource},
		"patch_size": {
			Doc:    "size and stride of the first convolution; 0 takes 2 below 64 pixels, else 4",
			Source: "Liu et al. 2022, §2.3: 4",
		},
		"width": {
			Doc:    "factor on the number of channels of every layer",
			Source: "Liu et al. 2022, §3: sizes of their own",
		},
		"layer_scale": {
			Doc:    "start of the factors that each block's branch is multiplied by, a channel each; 0 for none",
			Source: "Liu et al. 2022, appendix A: 0.000001",
		},
		"drop_path": {
			Doc:    "probability that the last block drops its branch of a sample while training; linear in depth from 0",
			Source: "Huang et al. 2016, arXiv:1603.09382; Liu et al. 2022, Table 5",
		},
	}
}

// Docs documents the keys of ViTParams.
func (ViTParams) Docs() config.Docs {
	return config.Docs{
		"patch_size": {
			Doc:    "side of a patch in pixels; 0 takes 4 below 64 pixels, else 16",
			Source: "Dosovitskiy et al. 2021, §4.1",
		},
		"width": {
			Doc:    "width of the tokens and of the features",
			Source: "Dosovitskiy et al. 2021, Table 1",
		},
		"layers": {
			Doc:    "number of encoder blocks",
			Source: "Dosovitskiy et al. 2021, Table 1",
		},
		"heads": {
			Doc:    "attention heads, which divide the width",
			Source: "Dosovitskiy et al. 2021, Table 1; MoCo v3 gives ViT-S 12",
		},
		"mlp_ratio": {
			Doc:    "width of the MLP's hidden layer over the width of the tokens",
			Source: "Dosovitskiy et al. 2021, Table 1",
		},
		"mlp": {
			Doc: "the blocks' MLPs: gelu (two layers with GELU) or swiglu (the first layer twice, of which one half, " +
				"through SiLU, multiplies the other)",
			Source: "Dosovitskiy et al. 2021, §3.1; Shazeer 2020, arXiv:2002.05202; DINOv2's and DINOv3's largest",
		},
		"pooling": {
			Doc: "how tokens become features: token (the class token), mean (of the patches, with a class token " +
				"beside them) or mean-without-token",
			Source: "Dosovitskiy et al. 2021, D.3",
		},
		"registers": {
			Doc:    "tokens besides, which mean no part of the image",
			Source: "Darcet et al. 2024, arXiv:2309.16588, §2.2: 4",
		},
		"layer_scale": {
			Doc:    "start of the factors that each block's branches are multiplied by, a channel each; 0 for none",
			Source: "Touvron et al. 2021, arXiv:2103.17239, §2.2; DINOv2's code: 0.00001; data2vec's: 0.0001",
		},
		"positions": {
			Doc: "position embeddings; learned ones are interpolated for images of other sizes; rotary-2d turns queries " +
				"and keys",
			Source: "Dosovitskiy et al. 2021, D.4; sincos-2d: Chen, Xie and He 2021, §5; rotary-2d: DINOv3, Siméoni et al. " +
				"2025, arXiv:2508.10104",
		},
		"drop_path": {
			Doc:    "probability that the last block drops a branch of a sample while training; linear in depth from 0",
			Source: "Huang et al. 2016, arXiv:1603.09382",
		},
		"epsilon": {
			Doc:    "what layer norms add to variances; 0 counts as 0.000001",
			Source: "Dosovitskiy et al. 2021, code: 0.000001; DINOv3's: 0.00001",
		},
		"freeze_patch_embedding": {
			Doc:    "leave the patch embedding at its random start",
			Source: "Chen, Xie and He 2021, arXiv:2104.02057, §4.3",
		},
		"init": {
			Doc: initDoc("timm (truncated normal, std 0.02, as DINO), mocov3 (Xavier-uniform; queries, keys and values " +
				"each for itself), torchvision (as its ViTs), "),
			Source: "Caron et al. 2021, code; Chen, Xie and He 2021, §5; " + initSource,
		},
	}
}
