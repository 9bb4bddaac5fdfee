#!/usr/bin/env python3
"""Measures training steps of SimCLR and MoCo v2 in PyTorch, with the settings of the methods here: channels_last,
forward, loss, backward, SGD, and for MoCo the momentum encoder and the queue.

Prints milliseconds a step, the median of several, images a second, and the peak memory of the process."""
import argparse
import copy
import os
import resource
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "steps"))
import torch_step  # noqa: E402

WIDTHS = {"resnet20": 64, "resnet18": 512}


def backbone(name):
    """The network without its classifier."""
    net = getattr(torch_step, name)()
    if name == "resnet20":
        return net[:-1]
    net.fc = nn.Identity()
    return net


class SplitBatchNorm(nn.BatchNorm2d):
    """Batch statistics over each of 8 parts of the batch."""

    splits = 8

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        n, c, h, w = x.shape
        mean, var = self.running_mean.repeat(self.splits), self.running_var.repeat(self.splits)
        y = F.batch_norm(x.reshape(-1, c * self.splits, h, w), mean, var, self.weight.repeat(self.splits),
                         self.bias.repeat(self.splits), True, self.momentum, self.eps).view(n, c, h, w)
        self.running_mean.data.copy_(mean.view(self.splits, c).mean(0))
        self.running_var.data.copy_(var.view(self.splits, c).mean(0))
        return y


def split(net):
    for name, child in net.named_children():
        if isinstance(child, nn.BatchNorm2d):
            new = SplitBatchNorm(child.num_features)
            setattr(net, name, new)
        else:
            split(child)
    return net


class SimCLR(nn.Module):
    def __init__(self, name):
        super().__init__()
        width = WIDTHS[name]
        self.net = nn.Sequential(
            backbone(name), nn.Linear(width, width, bias=False), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Linear(width, 128, bias=False), nn.BatchNorm1d(128))

    def loss(self, a, b):
        z = F.normalize(self.net(torch.cat([a, b])))
        n = len(a)
        logits = z @ z.t() / 0.5
        logits.fill_diagonal_(-1e9)
        return F.cross_entropy(logits, (torch.arange(2 * n) + n) % (2 * n))

    def finish(self):
        pass


class MoCo(nn.Module):
    def __init__(self, name):
        super().__init__()
        width = WIDTHS[name]
        self.net = nn.Sequential(split(backbone(name)), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 128))
        self.key = copy.deepcopy(self.net).requires_grad_(False)
        self.queue, self.at = F.normalize(torch.randn(4096, 128)), 0

    def loss(self, a, b):
        q = F.normalize(self.net(a))
        with torch.no_grad():
            for k, p in zip(self.key.parameters(), self.net.parameters()):
                k.mul_(0.99).add_(p, alpha=0.01)
            order = torch.randperm(len(b))
            self.k = F.normalize(self.key(b[order]))[order.argsort()]
        positive = (q * self.k).sum(1, keepdim=True)
        logits = torch.cat([positive, q @ self.queue.clone().t()], 1) / 0.2
        return F.cross_entropy(logits, torch.zeros(len(a), dtype=torch.long))

    def finish(self):
        n = len(self.k)
        self.queue[self.at : self.at + n] = self.k
        self.at = (self.at + n) % len(self.queue)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", default="simclr", choices=["simclr", "mocov2"])
    parser.add_argument("--backbone", default="resnet20", choices=WIDTHS)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    method = {"simclr": SimCLR, "mocov2": MoCo}[args.method](args.backbone).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(method.net.parameters(), 1e-2, momentum=0.9, weight_decay=5e-4)
    a, b = (torch.randn(args.batch, 3, 32, 32).to(memory_format=torch.channels_last) for _ in range(2))
    times = []
    for i in range(args.steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = method.loss(a, b)
        loss.backward()
        optimizer.step()
        method.finish()
        loss.item()
        if i >= 2:
            times.append(1000 * (time.perf_counter() - start))
    median = statistics.median(times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{args.method} {median:.1f} ms/step {1000 * args.batch / median:.1f} images/s {peak:.0f} MiB peak")


main()
