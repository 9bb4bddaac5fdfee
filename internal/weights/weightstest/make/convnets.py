"""MobileNets, EfficientNets, ConvNeXts and BiT's ResNets of torchvision and timm, and the names of their authors."""
import collections
import re
from functools import partial

import numpy as np
import torch
import torchvision
from timm.layers import GroupNormAct, StdConv2d
from timm.models.convnext import ConvNeXt
from timm.models.efficientnet import _gen_efficientnet, _gen_efficientnet_lite
from timm.models.resnetv2 import ResNetV2
from torch import nn
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.convnext import ConvNeXt as TorchvisionConvNeXt
from torchvision.models.efficientnet import EfficientNet, _efficientnet_conf

from common import filled, half, images


def mean(net):
    """The features of a network whose layers are in features (torchvision) or forward_features (timm)."""
    return (net.features if hasattr(net, "features") else net.forward_features)(images(64)).mean((2, 3))


def mobile(c):
    net = filled(torchvision.models.mobilenet_v2(width_mult=0.1, num_classes=3), 1, 1.1)
    net.classifier = nn.Identity()  # it is large, and left out
    c.save("torchvision_mobilenetv2.pth", half(net.state_dict()))
    c.note("torchvision_mobilenetv2.pth", mean(net), "torchvision-mobile", "mobilenetv2", size=64)
    net = filled(torchvision.models.mobilenet_v3_small(width_mult=0.25, num_classes=3), 2)
    net.classifier = nn.Linear(1, 1)
    c.save("torchvision_mobilenetv3.pth", half(net.state_dict()))
    c.note("torchvision_mobilenetv3.pth", mean(net), "torchvision-mobile", "mobilenetv3-small", size=64)
    parts, last = _efficientnet_conf("efficientnet_b0", width_mult=0.1, depth_mult=0.5)
    net = filled(EfficientNet(parts, 0.2, last_channel=last, num_classes=3), 3, 2.5)
    c.save("torchvision_efficientnet.safetensors", half(net.state_dict()))
    c.note("torchvision_efficientnet.safetensors", mean(net), "torchvision-mobile", "efficientnet-b0", size=64)
    same = dict(bn_eps=1e-3, pad_type="same")
    net = filled(_gen_efficientnet("tf_efficientnet_b0", 0.2, 0.5, num_classes=0, **same), 5)
    c.save("efficientnet_pytorch.pth", half(efficientnet_pytorch(net.state_dict())))
    c.note("efficientnet_pytorch.pth", mean(net), "efficientnet-pytorch", "efficientnet-b0", size=64)
    net = filled(_gen_efficientnet_lite("tf_efficientnet_lite0", 0.1, 0.5, num_classes=3, **same), 26)
    c.save("timm_efficientnet_lite.pth", half(net.state_dict()))
    c.note("timm_efficientnet_lite.pth", mean(net), "timm-mobile", "efficientnet-lite0", size=64)


def efficientnet_pytorch(tensors):
    """The names of lukemelas/EfficientNet-PyTorch, which counts blocks through."""
    outside = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1"}
    separable = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}
    expanding = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1",
                 "conv_pwl": "_project_conv", "bn3": "_bn2"}
    squeeze = {"conv_reduce": "_se_reduce", "conv_expand": "_se_expand"}
    numbers, out = {}, collections.OrderedDict()
    for name, t in tensors.items():
        block = re.match(r"blocks\.(\d+\.\d+)\.(.*)", name)
        if not block:
            part, leaf = name.split(".", 1)
            if part in outside:
                out[f"{outside[part]}.{leaf}"] = t
            continue
        place, inner = block.groups()
        number = numbers.setdefault(place, len(numbers))
        if inner.startswith("se."):
            _, part, leaf = inner.split(".")
            out[f"_blocks.{number}.{squeeze[part]}.{leaf}"] = t
            continue
        part, leaf = inner.split(".", 1)
        parts = expanding if f"blocks.{place}.conv_pwl.weight" in tensors else separable
        out[f"_blocks.{number}.{parts[part]}.{leaf}"] = t
    return out


def convnext(c):
    net = filled(ConvNeXt(depths=(3, 3, 9, 3), dims=(4, 8, 16, 32), num_classes=0), 6)
    features = net.forward_head(net.forward_features(images(64)), pre_logits=True)
    c.save("timm_convnext.safetensors", half(net.state_dict()))
    c.note("timm_convnext.safetensors", features, "timm-convnext", "convnext-tiny", size=64)
    official = collections.OrderedDict()  # facebookresearch/ConvNeXt
    for name, t in net.state_dict().items():
        for old, new in ((r"^stem\.", "downsample_layers.0."), (r"^stages\.(\d)\.downsample\.", r"downsample_layers.\1."),
                         (r"^stages\.(\d)\.blocks\.", r"stages.\1."), (r"conv_dw\.", "dwconv."),
                         (r"mlp\.fc(\d)\.", r"pwconv\1."), (r"^head\.norm\.", "norm.")):
            name = re.sub(old, new, name)
        official[name] = t
    c.save("convnext.pth", {"model": half(official)})
    c.note("convnext.pth", features, "convnext", "convnext-tiny", size=64)
    stages = [CNBlockConfig(4, 8, 3), CNBlockConfig(8, 16, 3), CNBlockConfig(16, 32, 9), CNBlockConfig(32, None, 3)]
    net = filled(TorchvisionConvNeXt(stages, num_classes=3), 7)
    features = net.classifier[0](net.avgpool(net.features(images(64)))).flatten(1)
    c.save("torchvision_convnext.pth", half(net.state_dict()))
    c.note("torchvision_convnext.pth", features, "torchvision-convnext", "convnext-tiny", size=64)


def resnet_v2():
    return ResNetV2(
        [3, 4, 6, 3], channels=(32, 64, 128, 256), stem_chs=8, stem_type="fixed", num_classes=0,
        conv_layer=partial(StdConv2d, eps=1e-8), norm_layer=partial(GroupNormAct, num_groups=4))


def bit(c):
    net = filled(resnet_v2(), 25)
    how = dict(size=64, params={"norm_groups": 4})
    c.save("timm_resnetv2.safetensors", half(net.state_dict()))
    c.note("timm_resnetv2.safetensors", mean(net), "resnetv2", "resnetv2-50", **how)
    np.savez(c.path("bit.npz"), **big_transfer(net))
    read = resnet_v2().eval()
    read.load_pretrained(c.path("bit.npz"))
    assert torch.allclose(mean(read), mean(net))
    c.note("bit.npz", mean(net), "bit", "resnetv2-50", "bit", **how)


def big_transfer(net):
    """The arrays of google-research/big_transfer: kernels are [height, width, in, out]."""
    tensors, conv, out = net.state_dict(), "standardized_conv2d", {}

    def kernel(to, name):
        out[f"resnet/{to}/kernel"] = np.ascontiguousarray(tensors[name].numpy().transpose(2, 3, 1, 0))

    def norm(to, name):
        out[f"resnet/{to}/gamma"], out[f"resnet/{to}/beta"] = (tensors[f"{name}.{leaf}"].numpy() for leaf in ("weight", "bias"))

    kernel(f"root_block/{conv}", "stem.conv.weight")
    norm("group_norm", "norm")
    out["resnet/head/conv2d/kernel"] = np.zeros((1, 1, 256, 5), np.float32)
    out["resnet/head/conv2d/bias"] = np.zeros(5, np.float32)
    for i, stage in enumerate(net.stages):
        for j, block in enumerate(stage.blocks):
            unit, name = f"block{i + 1}/unit{j + 1:02}", f"stages.{i}.blocks.{j}"
            for k, letter in enumerate("abc", 1):
                kernel(f"{unit}/{letter}/{conv}", f"{name}.conv{k}.weight")
                norm(f"{unit}/{letter}/group_norm", f"{name}.norm{k}")
            if block.downsample is not None:
                kernel(f"{unit}/a/proj/{conv}", f"{name}.downsample.conv.weight")
    return out
