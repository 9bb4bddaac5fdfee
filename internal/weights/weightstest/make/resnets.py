"""ResNets in every format, and as the programs around them save them."""
import argparse
import json
import os

import numpy as np
import torch
from lightly.models.modules import heads
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from common import below, filled, half, images, merged, mlp, without


class ResNet(nn.Module):
    """A ResNet of torchvision's blocks, with torchvision's names, of few channels."""

    def __init__(self, block, blocks, base, stem, classes=5, **groups):
        super().__init__()
        self.inside, self.stages, self.groups = base, len(blocks), groups
        kernel, stride, padding = (7, 2, 3) if stem == "imagenet" else (3, 1, 1)
        self.conv1 = nn.Conv2d(3, base, kernel, stride, padding, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1) if stem == "imagenet" else nn.Identity()
        for i, n in enumerate(blocks):
            setattr(self, f"layer{i + 1}", self.layer(block, base * 2**i, n, 1 if i == 0 else 2))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(self.inside, classes)

    def layer(self, block, planes, n, stride):
        down, out = None, planes * block.expansion
        if stride != 1 or self.inside != out:
            down = nn.Sequential(nn.Conv2d(self.inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        layers = [block(self.inside, planes, stride, down, **self.groups)]
        self.inside = out
        return nn.Sequential(*layers, *(block(out, planes, **self.groups) for _ in range(n - 1)))

    def features(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.avgpool(x).flatten(1)

    forward = features


def small(seed, classes=5):
    return filled(ResNet(BasicBlock, [1, 1, 1], 4, "cifar", classes), seed)


def formats(c):
    """One network in each format and type of values."""
    x, net = images(16), small(1)
    tensors, features = net.state_dict(), net.features(x)
    note = lambda name, f=features: c.note(name, f, "resnet", "resnet8")
    c.save("torchvision.pth", half(tensors))
    c.save("legacy.pth.tar", half(tensors), _use_new_zipfile_serialization=False)
    c.save("half.safetensors", half(tensors))
    c.save("float32.pth", tensors)
    for name in ("torchvision.pth", "legacy.pth.tar", "half.safetensors", "float32.pth"):
        note(name)
    # Bfloat16 loses bits: the features are those of the rounded weights.
    for t in tensors.values():
        if t.dim() == 4:
            t.mul_(1.0078125)
    rounded = {name: t.bfloat16() if t.is_floating_point() else t for name, t in tensors.items()}
    again = small(1)
    again.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in rounded.items()})
    for name in ("bfloat16.pt", "bfloat16.safetensors"):
        c.save(name, rounded)
        note(name, again.features(x))
    shards(c, half(small(1).state_dict()))
    note("sharded")
    onnx(c, small(1))
    note("torch.onnx")
    big = filled(ResNet(Bottleneck, [3, 4, 6, 3], 1, "imagenet"), 2)
    c.save("resnet50.pth", half(big.state_dict()))
    c.note("resnet50.pth", big.features(images(64)), "resnet", "resnet50", size=64)
    grouped = filled(ResNet(Bottleneck, [3, 4, 6, 3], 2, "imagenet", groups=2, base_width=32), 10)  # a ResNeXt
    c.save("resnext50.safetensors", half(grouped.state_dict()))
    c.note("resnext50.safetensors", grouped.features(images(64)), "resnet", "resnet50", size=64)


def shards(c, tensors):
    from safetensors.torch import save_file

    os.makedirs(c.path("sharded"), exist_ok=True)
    names, where = list(tensors), {}
    for i, part in enumerate((names[:20], names[20:])):
        file = f"model-{i + 1:05d}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, c.path(os.path.join("sharded", file)))
        where.update({name: file for name in part})
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    with open(c.path("sharded/model.safetensors.index.json"), "w") as out:
        json.dump({"metadata": {"total_size": size}, "weight_map": where}, out)


def onnx(c, net):
    """Without folding, by which batch norms would go into the convolutions, and names be lost."""
    torch.onnx.export(net, images(16), c.path("torch.onnx"), dynamo=False, do_constant_folding=False)


def programs(c):
    """As the programs around a ResNet save it."""
    x = images(16)
    q, k = small(3, 6), small(4, 6)
    of_q, of_k = q.features(x), k.features(x)
    full_q, full_k = half(q.state_dict()), half(k.state_dict())
    body_q, body_k = without("fc.", full_q), without("fc.", full_k)
    optimizer = {"state": {0: {"momentum_buffer": torch.zeros(3)}}, "param_groups": [{"lr": 0.03, "params": [0]}]}

    c.save("moco_v1.pth.tar", {"epoch": 200, "arch": "resnet50", "state_dict": merged(
        below("module.encoder_q.", full_q), below("module.encoder_k.", full_k),
        {"module.queue": torch.zeros(6, 8), "module.queue_ptr": torch.zeros(1).long()}), "optimizer": optimizer})
    c.note("moco_v1.pth.tar", of_q, "moco", "resnet8", "mocov1", "online")
    c.save("moco_v2.pth.tar", {"epoch": 800, "arch": "resnet50", "state_dict": merged(
        below("module.encoder_q.", body_q), mlp("module.encoder_q.fc."), below("module.encoder_k.", body_k),
        mlp("module.encoder_k.fc.")), "optimizer": optimizer}, _use_new_zipfile_serialization=False)
    c.note("moco_v2.pth.tar", of_q, "moco", "resnet8", "mocov2", "online")
    c.note("moco_v2.pth.tar", of_k, "moco", "resnet8", "mocov2", "momentum", encoder="momentum")
    c.save("moco_v3.pth.tar", {"epoch": 300, "state_dict": merged(
        below("module.base_encoder.", body_q), mlp("module.base_encoder.fc."), below("module.momentum_encoder.", body_k),
        mlp("module.predictor."))})
    c.note("moco_v3.pth.tar", of_q, "moco-v3", "resnet8", "mocov3", "online")
    c.save("simsiam.pth.tar", {"epoch": 100, "arch": "resnet50", "state_dict": merged(
        below("module.encoder.", body_q), mlp("module.encoder.fc."), mlp("module.predictor."))})
    c.note("simsiam.pth.tar", of_q, "simsiam", "resnet8", "simsiam")
    c.save("swav.pth.tar", below("module.", merged(
        body_q, mlp("projection_head."), {"prototypes.weight": torch.zeros(7, 6).half()})))
    c.note("swav.pth.tar", of_q, "swav", "resnet8", "swav")
    norm = {"module.bn.running_mean": torch.zeros(6), "module.bn.running_var": torch.ones(6)}
    c.save("barlowtwins.pth", {"epoch": 1000, "model": merged(
        below("module.backbone.", body_q), mlp("module.projector."), norm), "optimizer": optimizer})
    c.note("barlowtwins.pth", of_q, "barlowtwins", "resnet8", "barlowtwins")
    c.save("vicreg.pth", {"epoch": 1000, "model": merged(below("module.backbone.", body_q), mlp("module.projector."))})
    c.note("vicreg.pth", of_q, "vicreg", "resnet8", "vicreg")
    c.save("simclr.pt", merged(below("encoder.", body_q), mlp("projector.")))
    c.note("simclr.pt", of_q, "simclr", "resnet8", "simclr")
    c.save("byol.pt", merged(
        below("online_encoder.net.", body_q), mlp("online_encoder.projector."), below("target_encoder.net.", body_k)))
    c.note("byol.pt", of_q, "byol", "resnet8", "byol", "online")
    arguments = argparse.Namespace(arch="resnet50", low_dim=128, lr=0.03)
    c.save("instdisc.pth.tar", {
        "epoch": 200, "arch": "resnet50", "args": arguments, "best_prec1": np.float64(0.5), "lemniscate": arguments,
        "state_dict": below("module.", merged(
            body_q, {"fc.weight": torch.zeros(8, 16).half(), "fc.bias": torch.zeros(8).half()}))})
    c.note("instdisc.pth.tar", of_q, "instdisc", "resnet8", "instdisc")
    c.save("solo_learn.ckpt", {
        "epoch": 400, "global_step": 1, "pytorch-lightning_version": "1.2.7", "hparams_name": "kwargs",
        "hyper_parameters": {"method": "byol", "lr": 0.1, "path": "x"}, "state_dict": merged(
            below("backbone.", body_q), mlp("projector."), {"classifier.weight": torch.zeros(5, 16).half()},
            below("momentum_backbone.", body_k))})
    c.note("solo_learn.ckpt", of_q, "solo-learn", "resnet8", "", "online")
    c.save("vissl.torch", {"phase_idx": 99, "iteration": 1, "classy_state_dict": {"train": True, "base_model": {
        "model": {"trunk": below("_feature_blocks.", body_q), "heads": mlp("0.clf.")}, "meta": None}}})
    c.note("vissl.torch", of_q, "vissl", "resnet8")
    lightly(c, q, k, of_q, of_k)
    c.save("other.pth", {"weights": below("net.trunk.", body_q)})
    c.note("other.pth", of_q, "other", "resnet8")


def lightly(c, q, k, of_q, of_k):
    head = half(filled(heads.SimCLRProjectionHead(16, 4, 6), 9).state_dict())
    plain = nn.Sequential(q.conv1, q.bn1, q.layer1, q.layer2, q.layer3, q.avgpool)
    whole = nn.Sequential(k.conv1, k.bn1, k.relu, k.maxpool, k.layer1, k.layer2, k.layer3, k.avgpool)
    c.save("lightly.pt", merged(below("backbone.", half(plain.state_dict())), below("projection_head.", head)))
    c.note("lightly.pt", of_q, "lightly", "resnet8", "", "online")
    c.save("lightly_momentum.pt", merged(
        below("backbone.", half(whole.state_dict())), below("projection_head.", head),
        below("backbone_momentum.", half(whole.state_dict()))))
    c.note("lightly_momentum.pt", of_k, "lightly", "resnet8", "", "online")


def refused(c):
    """Whole modules, and tensors that are unusual."""
    net = small(1)
    c.save("module.pth", net)
    c.save("module_legacy.pth", net, _use_new_zipfile_serialization=False)
    t = torch.arange(24.0).reshape(4, 6)
    halves = torch.arange(65536, dtype=torch.int32).to(torch.int16).view(torch.float16).reshape(256, 256)
    c.save("odd.pth", {"state_dict": {
        "view": t.t(), "part": t[1:3, 2:5], "parameter": nn.Parameter(t.clone()), "halves": halves[:8].clone(),
        "double": t.double(), "long": t.long(), "flags": t > 3, "empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5)}})
