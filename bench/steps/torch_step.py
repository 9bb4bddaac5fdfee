#!/usr/bin/env python3
"""Measures the same training steps as main.go in PyTorch: forward, backward and update.

--mode says how: eager or by torch.compile, with images and weights contiguous (NCHW) or channels_last (NHWC).
Prints a line of JSON: the median milliseconds of a step, and the peak memory of the process."""
import argparse
import json
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision.models as models


class Block(nn.Module):
    """A basic block with option A shortcuts (He et al. 2016, section 4.2)."""

    def __init__(self, c, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.extra = o - c
        self.stride = stride

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.extra or self.stride != 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.extra // 2, self.extra - self.extra // 2))
        return F.relu(y + x)


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    c = 16
    for o, stride in ((16, 1), (32, 2), (64, 2)):
        for i in range(3):
            layers.append(Block(c, o, stride if i == 0 else 1))
            c = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet18():
    net = models.resnet18(num_classes=10)
    net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    net.maxpool = nn.Identity()
    return net


def vit(size, patch, width, heads):
    return models.VisionTransformer(size, patch, 12, heads, width, 4 * width, num_classes=10)


def mobilenetv3():
    net = models.mobilenet_v3_large()
    net.classifier = nn.Linear(960, 10)
    return net


def bit():
    import timm

    return timm.create_model("resnetv2_50x1_bit", num_classes=10)


TASKS = {
    "resnet20": (resnet20, 32, 128),
    "resnet18": (resnet18, 32, 32),
    "resnet50": (lambda: models.resnet50(num_classes=10), 224, 8),
    "vit-ti": (lambda: vit(32, 4, 192, 3), 32, 64),
    "vit-s": (lambda: vit(224, 16, 384, 6), 224, 8),
    "efficientnet-b0": (
        lambda: models.efficientnet_b0(num_classes=10, dropout=0, stochastic_depth_prob=0), 224, 16),
    "mobilenetv3": (mobilenetv3, 224, 16),
    "convnext-tiny": (lambda: models.convnext_tiny(num_classes=10, stochastic_depth_prob=0), 224, 8),
    "resnext50": (lambda: models.resnext50_32x4d(num_classes=10), 224, 8),
    "bit": (bit, 224, 8),
}


MODES = ("contiguous", "channels_last", "compile", "compile_channels_last")


def update_rule(task, parameters):
    """The optimizer of the task; fused, which is PyTorch's fastest, where this version has that for CPUs."""
    make, settings = torch.optim.SGD, {"lr": 1e-3, "momentum": 0.9, "weight_decay": 1e-4}
    if task.startswith(("vit", "convnext")):
        make, settings = torch.optim.AdamW, {"lr": 1e-3, "weight_decay": 1e-4}
    parameters = list(parameters)
    try:
        return make(parameters, **settings, fused=True)
    except (RuntimeError, TypeError):
        return make(parameters, **settings)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", default="resnet20", choices=TASKS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--forward", action="store_true")
    parser.add_argument("--mode", default="channels_last", choices=MODES)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    build, size, batch = TASKS[args.task]
    layout = torch.channels_last if args.mode.endswith("channels_last") else torch.contiguous_format
    net = build().to(memory_format=layout).train()
    optimizer = update_rule(args.task, net.parameters())
    x = torch.randn(batch, 3, size, size).to(memory_format=layout)
    y = torch.arange(batch) % 10

    def loss_of(x, y):
        return F.cross_entropy(net(x), y)

    if args.mode.startswith("compile"):
        loss_of = torch.compile(loss_of)
    times = []
    for _ in range(args.warm_up + args.steps):
        start = time.perf_counter()
        if args.forward:
            with torch.no_grad():
                loss = loss_of(x, y)
        else:
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(x, y)
            loss.backward()
            optimizer.step()
        loss.item()
        times.append(1000 * (time.perf_counter() - start))
    print(json.dumps({
        "task": args.task, "ms": statistics.median(times[args.warm_up:]), "first_ms": times[0],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "version": torch.__version__,
    }))


if __name__ == "__main__":
    main()
