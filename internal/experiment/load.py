"""Loads what kontrast export has written beside this file into PyTorch.

    import load
    model, prepare, info = load.backbone()
    features = model(prepare(images))   # images [N, 3, H, W] in [0, 1], float32

Images are made as for kontrast's evaluation by torchvision's

    T.Compose([T.ToTensor(), T.Resize(size, antialias=True), T.CenterCrop(size)])

where size is views.size, which kontrast export prints. In this order tensors
are resized; the resizing of PIL images rounds to 8 bits, which changes features
by about 1 %. EXIF orientation is applied before (PIL.ImageOps.exif_transpose).

It needs torch and safetensors, and for vision transformers timm. The model is
built from the shapes of the weights and the configuration of the run; prepare
normalizes as the run did; info is the metadata of the file.
"""
import json
import os

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """A residual block of two or, as a bottleneck, three convolutions."""

    def __init__(self, weights, prefix, stride):
        super().__init__()
        self.count = sum(f"{prefix}conv{i}.weight" in weights for i in (1, 2, 3))
        self.stride = stride
        strided = self.count - 1  # the 3x3 convolution of a bottleneck, the first of two
        for i in range(1, self.count + 1):
            setattr(self, f"conv{i}", convolution(weights[f"{prefix}conv{i}.weight"], stride if i == strided else 1))
            setattr(self, f"bn{i}", nn.BatchNorm2d(len(weights[f"{prefix}bn{i}.weight"])))
        if f"{prefix}downsample.0.weight" in weights:
            down = weights[f"{prefix}downsample.0.weight"]
            self.downsample = nn.Sequential(convolution(down, stride), nn.BatchNorm2d(len(down)))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.count:
                y = F.relu(y)
        if hasattr(self, "downsample"):
            x = self.downsample(x)
        elif x.shape != y.shape:  # option A: every second pixel, zeros for the new channels
            more = y.shape[1] - x.shape[1]
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, more))
        return F.relu(x + y)


class ResNet(nn.Module):
    """The ResNets of torchvision and those for CIFAR, of any width and depth."""

    def __init__(self, weights, stem):
        super().__init__()
        first = weights["conv1.weight"]
        self.imagenet = first.shape[2] == 7
        self.conv1 = convolution(first, 2 if self.imagenet else 1, 2 if stem == "cifar-padding-2" else None)
        self.bn1 = nn.BatchNorm2d(len(first))
        self.stages = sorted({k.split(".")[0] for k in weights if k.startswith("layer")})
        for i, stage in enumerate(self.stages):
            blocks = {int(k.split(".")[1]) for k in weights if k.startswith(stage + ".")}
            setattr(self, stage, nn.Sequential(*[Block(weights, f"{stage}.{b}.", 2 if i and not b else 1) for b in sorted(blocks)]))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return x.mean((2, 3))


class TwoColors(nn.Module):
    """The backbones of CMC: one sees an image's lightness (L), another its colors (ab)."""

    def __init__(self, l, ab, mean, std):
        super().__init__()
        self.l, self.ab = l, ab
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, x):
        lab = scaled_lab(x * self.std + self.mean)
        return torch.cat([self.l(lab[:, :1]), self.ab(lab[:, 1:])], 1)


def scaled_lab(rgb):
    """CIE L*a*b* under D65 of sRGB in [0, 1], each of the three by its range in [-1, 1]."""
    rgb = rgb.clamp(0, 1)
    linear = torch.where(rgb > 0.04045, ((rgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    to_xyz = torch.tensor([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    white = torch.tensor([0.95047, 1, 1.08883]).view(1, 3, 1, 1)
    xyz = torch.einsum("dc,nchw->ndhw", to_xyz.to(rgb), linear) / white.to(rgb)
    x, y, z = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116).unbind(1)
    ranges = ((116 * y - 16, 0, 100), (500 * (x - y), -86.183, 98.233), (200 * (y - z), -107.857, 94.478))
    return torch.stack([(2 * value - low - high) / (high - low) for value, low, high in ranges], 1)


def convolution(weight, stride, padding=None):
    out, into, kernel, _ = weight.shape
    return nn.Conv2d(into, out, kernel, stride, kernel // 2 if padding is None else padding, bias=False)


def transformer(weights, settings):
    from timm.models.vision_transformer import VisionTransformer

    width, channels, patch, _ = weights["patch_embed.proj.weight"].shape
    if settings["positions"] != "learned-1d":
        raise NotImplementedError(f"timm has no positions {settings['positions']} in this form: load the tensors by their names")
    token = "cls_token" in weights
    side = round((weights["pos_embed"].shape[1] - token) ** 0.5) * patch
    return VisionTransformer(
        img_size=side, patch_size=patch, in_chans=channels, embed_dim=width, depth=1 + max(int(k.split(".")[1]) for k in weights if k.startswith("blocks.")),
        num_heads=settings["heads"], mlp_ratio=settings["mlp_ratio"], num_classes=0, class_token=token, fc_norm=False,
        global_pool="token" if settings["pooling"] == "token" else "avg")


def network(weights, settings):
    if "patch_embed.proj.weight" in weights:
        return transformer(weights, settings)
    if "layer1.0.conv1.weight" in weights and "attnpool.q_proj.weight" not in weights:
        return ResNet(weights, settings.get("stem"))
    raise NotImplementedError(f"PyTorch has no {settings['name']} of this form: load the tensors of backbone.safetensors by their names")


def backbone(folder=os.path.dirname(os.path.abspath(__file__))):
    with safe_open(os.path.join(folder, "backbone.safetensors"), "pt") as file:
        weights, info = {k: file.get_tensor(k) for k in file.keys()}, file.metadata()
    settings = json.loads(info["config"])["backbone"]
    normalization = json.loads(info["normalization"])
    mean, std = (torch.tensor(normalization[k], dtype=torch.float32).view(1, -1, 1, 1) for k in ("mean", "std"))
    if {k.split(".")[0] for k in weights} == {"l", "ab"}:
        parts = ({k[len(part):]: v for k, v in weights.items() if k.startswith(part)} for part in ("l.", "ab."))
        model = TwoColors(*(network(part, settings) for part in parts), mean, std)
    else:
        model = network(weights, settings)
    counters = {k for k in model.state_dict() if k.endswith("num_batches_tracked")}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if set(missing) - counters or unexpected:
        raise ValueError(f"the weights don't fit: missing {set(missing) - counters}, unexpected {unexpected}")
    return model.eval(), lambda images: (images - mean) / std, info
