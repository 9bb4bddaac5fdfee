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

The names in backbone.safetensors are torchvision's of ResNets and timm's of the
others: at published sizes timm's models take the file as it is, for example
timm.create_model("efficientnet_b0", num_classes=0).load_state_dict(weights).
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


class Residual(nn.Module):
    """An inverted residual: channels are multiplied, convolved one by one, weighed, and projected."""

    def __init__(self, weights, prefix, stride, settings, activation, gate):
        super().__init__()
        self.activation, self.gate = activation, gate
        self.names = [n for n in ("conv_pw", "conv_dw", "conv_pwl") if f"{prefix}{n}.weight" in weights]
        if len(self.names) == 2:
            self.names.reverse()  # nothing is multiplied: conv_pw projects
        for i, name in enumerate(self.names, 1):
            weight = weights[f"{prefix}{name}.weight"]
            setattr(self, name, Convolution(weight, stride if name == "conv_dw" else 1, settings["padding"] == "same", len(weight) if name == "conv_dw" else 1))
            setattr(self, f"bn{i}", nn.BatchNorm2d(len(weight), settings["epsilon"]))
        if f"{prefix}se.conv_reduce.weight" in weights:
            out, into = weights[f"{prefix}se.conv_reduce.weight"].shape[:2]
            self.se = nn.ModuleDict({"conv_reduce": nn.Conv2d(into, out, 1), "conv_expand": nn.Conv2d(out, into, 1)})

    def forward(self, x):
        y = x
        for i, name in enumerate(self.names, 1):
            y = getattr(self, f"bn{i}")(getattr(self, name)(y))
            if i < len(self.names):
                y = self.activation(y)
            if name == "conv_dw" and hasattr(self, "se"):
                hidden, gate = self.gate
                y = y * gate(self.se["conv_expand"](hidden(self.se["conv_reduce"](y.mean((2, 3), keepdim=True)))))
        return x + y if x.shape == y.shape else y


class Convolution(nn.Conv2d):
    """A convolution without bias whose border is PyTorch's or, with same, TensorFlow's."""

    def __init__(self, weight, stride, same=False, groups=1):
        out, into, kernel, _ = weight.shape
        super().__init__(into * groups, out, kernel, stride, 0 if same else kernel // 2, groups=groups, bias=False)
        self.same = same

    def forward(self, x):
        if self.same:
            kernel, stride = self.kernel_size[0], self.stride[0]
            h, w = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[2:])
            x = F.pad(x, (w // 2, w - w // 2, h // 2, h - h // 2))
        return super().forward(x)


class MobileNet(nn.Module):
    """MobileNetV2 and V3, EfficientNet and EfficientNet-Lite, of any width and depth, with timm's names."""

    def __init__(self, weights, settings, image_size):
        super().__init__()
        name, same = settings["name"], settings["padding"] == "same"
        small = settings["stem"] == "cifar" or settings["stem"] == "auto" and image_size < 64
        v3 = name.startswith("mobilenetv3")
        weighed = (F.relu, F.hardsigmoid) if v3 else (F.silu, torch.sigmoid)
        self.activation = F.hardswish if v3 else F.silu if name.startswith("efficientnet-b") else F.relu6
        self.conv_stem = Convolution(weights["conv_stem.weight"], 1 if small else 2, same)
        self.bn1 = nn.BatchNorm2d(len(weights["conv_stem.weight"]), settings["epsilon"])
        strides = (2, 2, 2, 1, 2) if name == "mobilenetv3-small" else (1, 2, 2, 2, 1, 2, 1)
        stages = sorted({int(k.split(".")[1]) for k in weights if k.startswith("blocks.") and ".conv_dw." in k})
        self.blocks = nn.ModuleList()
        for i in stages:
            activation = F.relu if v3 and i < len(stages) // 2 else self.activation
            blocks = sorted({int(k.split(".")[2]) for k in weights if k.startswith(f"blocks.{i}.")})
            self.blocks.append(nn.ModuleList(
                [Residual(weights, f"blocks.{i}.{j}.", 1 if j else strides[i], settings, activation, weighed) for j in blocks]))
        self.v3 = v3
        if v3:
            last = weights[f"blocks.{len(stages)}.0.conv.weight"]
            self.blocks.append(nn.ModuleList([nn.ModuleDict({"conv": Convolution(last, 1), "bn1": nn.BatchNorm2d(len(last), settings["epsilon"])})]))
        else:
            last = weights["conv_head.weight"]
            self.conv_head, self.bn2 = Convolution(last, 1), nn.BatchNorm2d(len(last), settings["epsilon"])

    def forward(self, x):
        x = self.activation(self.bn1(self.conv_stem(x)))
        for stage in self.blocks[:-1] if self.v3 else self.blocks:
            for block in stage:
                x = block(x)
        conv, norm = (self.blocks[-1][0]["conv"], self.blocks[-1][0]["bn1"]) if self.v3 else (self.conv_head, self.bn2)
        return self.activation(norm(conv(x))).mean((2, 3))


def normalized(norm, x):
    """A layer norm of the channels of images [N, C, H, W]."""
    return norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, weights, prefix):
        super().__init__()
        width = len(weights[f"{prefix}conv_dw.weight"])
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, 1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})
        if f"{prefix}gamma" in weights:
            self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x):
        y = self.norm(self.conv_dw(x).permute(0, 2, 3, 1))
        y = self.mlp["fc2"](F.gelu(self.mlp["fc1"](y)))
        if hasattr(self, "gamma"):
            y = y * self.gamma
        return x + y.permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    """ConvNeXts of any width, with timm's names."""

    def __init__(self, weights):
        super().__init__()
        shrink = lambda weight: nn.Conv2d(weight.shape[1], len(weight), weight.shape[2], weight.shape[2])
        first = weights["stem.0.weight"]
        self.stem = nn.Sequential(shrink(first), nn.LayerNorm(len(first), 1e-6))
        self.stages = nn.ModuleList()
        for i in range(1 + max(int(k.split(".")[1]) for k in weights if k.startswith("stages."))):
            prefix, stage = f"stages.{i}.", nn.ModuleDict()
            if f"{prefix}downsample.1.weight" in weights:
                down = weights[f"{prefix}downsample.1.weight"]
                stage["downsample"] = nn.Sequential(nn.LayerNorm(down.shape[1], 1e-6), shrink(down))
            blocks = {int(k.split(".")[3]) for k in weights if k.startswith(f"{prefix}blocks.")}
            stage["blocks"] = nn.Sequential(*[ConvNeXtBlock(weights, f"{prefix}blocks.{j}.") for j in sorted(blocks)])
            self.stages.append(stage)
        self.head = nn.ModuleDict({"norm": nn.LayerNorm(len(weights["head.norm.weight"]), 1e-6)})

    def forward(self, x):
        x = normalized(self.stem[1], self.stem[0](x))
        for stage in self.stages:
            if "downsample" in stage:
                norm, conv = stage["downsample"]
                x = conv(normalized(norm, x))
            x = stage["blocks"](x)
        return self.head["norm"](x.mean((2, 3)))


class Standardized(nn.Conv2d):
    """A convolution whose weights are standardized, of each output channel."""

    def __init__(self, weight, stride=1):
        out, into, kernel, _ = weight.shape
        super().__init__(into, out, kernel, stride, kernel // 2, bias=False)

    def forward(self, x):
        variance, mean = torch.var_mean(self.weight, (1, 2, 3), keepdim=True, correction=0)
        return self._conv_forward(x, (self.weight - mean) / (variance + 1e-8).sqrt(), None)


class PreActivated(nn.Module):
    """A bottleneck that normalizes before it convolves."""

    def __init__(self, weights, prefix, stride, groups):
        super().__init__()
        for i in (1, 2, 3):
            weight = weights[f"{prefix}conv{i}.weight"]
            setattr(self, f"conv{i}", Standardized(weight, stride if i == 2 else 1))
            setattr(self, f"norm{i}", nn.GroupNorm(groups, weight.shape[1]))
        if f"{prefix}downsample.conv.weight" in weights:
            self.downsample = nn.ModuleDict({"conv": Standardized(weights[f"{prefix}downsample.conv.weight"], stride)})

    def forward(self, x):
        y = F.relu(self.norm1(x))
        if hasattr(self, "downsample"):
            x = self.downsample["conv"](y)
        y = self.conv2(F.relu(self.norm2(self.conv1(y))))
        return x + self.conv3(F.relu(self.norm3(y)))


class ResNetV2(nn.Module):
    """BiT's ResNets, of any width, with timm's names."""

    def __init__(self, weights, groups):
        super().__init__()
        first = weights["stem.conv.weight"]
        self.imagenet = first.shape[2] == 7
        self.stem = nn.ModuleDict({"conv": Standardized(first, 2 if self.imagenet else 1)})
        self.stages = nn.ModuleList()
        for i in range(1 + max(int(k.split(".")[1]) for k in weights if k.startswith("stages."))):
            blocks = {int(k.split(".")[3]) for k in weights if k.startswith(f"stages.{i}.")}
            self.stages.append(nn.ModuleDict({"blocks": nn.Sequential(
                *[PreActivated(weights, f"stages.{i}.blocks.{j}.", 2 if i and not j else 1, groups) for j in sorted(blocks)])}))
        self.norm = nn.GroupNorm(groups, len(weights["norm.weight"]))

    def forward(self, x):
        x = self.stem["conv"](x)
        if self.imagenet:
            x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
        for stage in self.stages:
            x = stage["blocks"](x)
        return F.relu(self.norm(x)).mean((2, 3))


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
    """timm's vision transformer of the weights, and the weights as it has them."""
    from timm.layers import SwiGLUPacked
    from timm.models.eva import Eva
    from timm.models.vision_transformer import VisionTransformer

    width, channels, patch, _ = weights["patch_embed.proj.weight"].shape
    positions, token, registers = settings["positions"], "cls_token" in weights, len(weights.get("register_tokens", ()))
    if positions not in ("learned-1d", "rotary-2d", "none"):
        raise NotImplementedError(f"timm has no positions {positions} in this form: load the tensors by their names")
    weights, side, hidden = dict(weights), 14 * patch, weights["blocks.0.mlp.fc2.weight"].shape[1]
    if registers:
        weights["reg_token"] = weights.pop("register_tokens").reshape(1, registers, width)
    if positions == "learned-1d":
        table = weights["pos_embed"]
        side = round((table.shape[1] - token) ** 0.5) * patch
        if registers and token:  # timm adds none to the class token then
            weights["cls_token"], weights["pos_embed"] = weights["cls_token"] + table[:, :1], table[:, 1:]
    norm = lambda n, eps=settings.get("epsilon", 1e-6), **_: nn.LayerNorm(n, eps)
    shared = dict(
        img_size=side, patch_size=patch, in_chans=channels, embed_dim=width, num_heads=settings["heads"], num_classes=0,
        depth=1 + max(int(k.split(".")[1]) for k in weights if k.startswith("blocks.")), class_token=token, norm_layer=norm,
        global_pool="token" if settings["pooling"] == "token" else "avg",
        init_values=1.0 if "blocks.0.ls1.gamma" in weights else None, dynamic_img_size=positions != "learned-1d")
    gated = settings.get("mlp") == "swiglu"
    if positions == "rotary-2d":
        weights = {k.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"): v for k, v in weights.items()}
        return Eva(
            attn_type="rope", rope_type="dinov3", rope_temperature=100, rope_rotate_half=True, use_rot_pos_emb=True,
            use_abs_pos_emb=False, num_reg_tokens=registers, use_fc_norm=False, swiglu_mlp=gated,
            mlp_ratio=(hidden + 0.5) / width, **shared), weights
    mlp = dict(mlp_layer=SwiGLUPacked, act_layer=nn.SiLU, mlp_ratio=(2 * hidden + 0.5) / width) if gated else dict(mlp_ratio=(hidden + 0.5) / width)
    return VisionTransformer(
        fc_norm=False, reg_tokens=registers, no_embed_class=registers > 0, pos_embed="none" if positions == "none" else "learn",
        **mlp, **shared), weights


def network(weights, settings, image_size):
    if "patch_embed.proj.weight" in weights and "norm_pre.weight" not in weights:
        model, weights = transformer(weights, settings)
    elif "conv_stem.weight" in weights:
        model = MobileNet(weights, settings, image_size)
    elif "stages.0.blocks.0.conv_dw.weight" in weights:
        model = ConvNeXt(weights)
    elif "stages.0.blocks.0.norm1.weight" in weights:
        model = ResNetV2(weights, settings["norm_groups"])
    elif "layer1.0.conv1.weight" in weights and "attnpool.q_proj.weight" not in weights:
        model = ResNet(weights, settings.get("stem"))
    else:
        raise NotImplementedError(f"PyTorch has no {settings['name']} of this form: load the tensors of backbone.safetensors by their names")
    counters = {k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}
    model.load_state_dict({**counters, **weights}, strict=True)
    return model


def backbone(folder=os.path.dirname(os.path.abspath(__file__))):
    with safe_open(os.path.join(folder, "backbone.safetensors"), "pt") as file:
        weights, info = {k: file.get_tensor(k) for k in file.keys()}, file.metadata()
    settings = json.loads(info["config"])["backbone"]
    normalization, size = json.loads(info["normalization"]), int(info.get("image_size", 224))
    mean, std = (torch.tensor(normalization[k], dtype=torch.float32).view(1, -1, 1, 1) for k in ("mean", "std"))
    if {k.split(".")[0] for k in weights} == {"l", "ab"}:
        parts = ({k[len(part):]: v for k, v in weights.items() if k.startswith(part)} for part in ("l.", "ab."))
        model = TwoColors(*(network(part, settings, size) for part in parts), mean, std)
    else:
        model = network(weights, settings, size)
    return model.eval(), lambda images: (images - mean) / std, info
