#!/usr/bin/env python3
"""Compares SimCLR and MoCo v2 by lightly's building blocks in a plain training loop, with several seeds each, and tests
the paired differences of kNN accuracy by Student's test: what a careful user of lightly does by hand."""
import argparse
import copy
import os
import sys

import torch
import torch.nn as nn
from lightly.loss import NTXentLoss
from lightly.models.modules import MoCoProjectionHead, SimCLRProjectionHead
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.transforms import MoCoV2Transform, SimCLRTransform
from lightly.utils.benchmarking import knn_predict
from scipy import stats
from torch.utils.data import DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "steps"))
import torch_step  # noqa: E402

SIZE, BATCH, RATE, DECAY, WORKERS = 32, 128, 1e-3, 5e-4, 2


def subset(folder, transform, count):
    images = ImageFolder(folder, transform=transform)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))
    return Subset(images, order[:count].tolist())


class SimCLR(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head, self.criterion = torch_step.resnet20()[:-1], SimCLRProjectionHead(64, 64, 128), NTXentLoss(0.5)

    def loss(self, x, y):
        return self.criterion(self.head(self.backbone(x)), self.head(self.backbone(y)))


class MoCo(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = torch_step.resnet20()[:-1], MoCoProjectionHead(64, 64, 128)
        self.keys, self.key_head = copy.deepcopy(self.backbone), copy.deepcopy(self.head)
        deactivate_requires_grad(self.keys)
        deactivate_requires_grad(self.key_head)
        self.criterion = NTXentLoss(0.2, memory_bank_size=(4096, 128))

    def loss(self, x, y):
        update_momentum(self.backbone, self.keys, 0.99)
        update_momentum(self.head, self.key_head, 0.99)
        with torch.no_grad():
            keys = self.key_head(self.keys(y))
        return self.criterion(self.head(self.backbone(x)), keys)


METHODS = {"simclr": (SimCLR, SimCLRTransform), "mocov2": (MoCo, MoCoV2Transform)}


def features(net, images):
    net.eval()
    parts, labels = [], []
    with torch.no_grad():
        for x, y in DataLoader(images, 256, num_workers=WORKERS):
            parts.append(nn.functional.normalize(net(x), dim=1))
            labels.append(y)
    return torch.cat(parts), torch.cat(labels)


def accuracy(name, seed, args):
    torch.manual_seed(seed)
    make, transform = METHODS[name]
    model = make()
    views = subset(os.path.join(args.data, "train"), transform(input_size=SIZE, gaussian_blur=0.0), args.images)
    loader = DataLoader(views, BATCH, shuffle=True, drop_last=True, num_workers=WORKERS)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * len(loader))
    for _ in range(args.epochs):
        model.train()
        for (x, y), _ in loader:
            loss = model.loss(x, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    plain = transforms.Compose([transforms.Resize((SIZE, SIZE)), transforms.ToTensor(),
                                transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    bank, labels = features(model.backbone, subset(os.path.join(args.data, "train"), plain, args.images))
    test, truth = features(model.backbone, subset(os.path.join(args.data, "test"), plain, args.tests))
    classes = int(labels.max()) + 1
    guesses = knn_predict(test, bank.t().contiguous(), labels, classes, knn_k=min(200, len(labels)), knn_t=0.07)[:, 0]
    return float((guesses == truth).float().mean())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--methods", default="simclr,mocov2")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--images", type=int, default=10000)
    parser.add_argument("--tests", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    first, second = args.methods.split(",")
    scores = [[100 * accuracy(name, seed, args) for seed in range(1, args.seeds + 1)] for name in (first, second)]
    difference = [x - y for x, y in zip(*scores)]
    mean, p = sum(difference) / len(difference), float("nan")
    if len(difference) > 1:
        p = stats.ttest_1samp(difference, 0).pvalue
    print(f"{first} less {second}: {mean:.2f} points over {args.seeds} seeds, p {p:.4f}")


if __name__ == "__main__":
    main()
