"""Trains tiny networks with lightly's heads, losses and momentum, and writes what the tests
TestInLockStepWithLightly of methods/simclr, methods/moco and methods/byol compare our trainings
with: the loss of every step, and PyTorch's own distance from itself, which is the largest
difference of the losses when one value of a weight is moved by 1e-7. (A difference in the last bit
grows faster than evenly: it jumps where it turns a ReLU on or off.)

usage: python bench/agreement/lockstep.py [STEPS] | gzip -9n > internal/golden/testdata/lockstep_lightly.json.gz

Weights and views are the formulas of internal/golden/testdata/README.md, section 4, so that the
file holds neither. A view is the image of its sample plus noise, both by formula. Needs torch
(2.15.0 was used) and lightly (1.6.0).
"""

import copy
import json
import math
import sys

import numpy as np
import torch
from lightly.loss import NegativeCosineSimilarity, NTXentLoss
from lightly.models.modules import (
    BYOLPredictionHead,
    BYOLProjectionHead,
    MoCoProjectionHead,
    SimCLRProjectionHead,
)
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.utils.scheduler import cosine_schedule
from torch import nn

BATCH, SIZE, SAMPLES, NOISE = 16, 16, 64, 0.5
BASE, VIEWS, QUEUE = 900000, 1000000, 3000000  # orders of the fill
MOVED, EACH = 1e-7, 4  # one at a time, the first values of every weight
GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def mix(z):
    z = np.asarray(z, dtype=np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fill(seed, order, shape, scale=1.0, offset=0.0):
    """The tensor of that number by the formula."""
    with np.errstate(over="ignore"):
        key = int(mix((int(mix((seed + GOLDEN) & MASK)) + (order + 1) * GOLDEN) & MASK))
        i = np.arange(1, math.prod(shape) + 1, dtype=np.uint64)
        bits = mix(np.uint64(key) + i * np.uint64(GOLDEN))
    u = (bits >> np.uint64(11)).astype(np.float64) / (1 << 53)
    return torch.from_numpy((offset + scale * (2 * u - 1)).astype(np.float32).reshape(shape))


class Encoder(nn.Module):
    """Two convolutions of stride 2 with batch norm and ReLU, and the mean over the image."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 10, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(x))).mean((2, 3))


def momentum_copy(module):
    other = copy.deepcopy(module)
    deactivate_requires_grad(other)
    return other


class SimCLR(nn.Module):
    seed, rate = 7100, 0.1
    params = {"temperature": 0.5, "hidden": 16, "dim": 8}

    def __init__(self, steps):
        super().__init__()
        self.backbone = Encoder()
        self.projection_head = SimCLRProjectionHead(10, 16, 8)
        self.criterion = NTXentLoss(temperature=0.5)

    def begin(self):
        pass

    def loss(self, step, x0, x1):
        z = [self.projection_head(self.backbone(x)) for x in (x0, x1)]
        return self.criterion(*z)


class MoCoV2(nn.Module):
    seed, rate = 7200, 0.1
    params = {"temperature": 0.2, "momentum": 0.99, "dim": 8,
              "queue": [{"name": "queue", "shape": [48, 8], "order": QUEUE, "scale": 0.5, "offset": 0}]}
    copies = {"backbone_momentum": "backbone", "projection_head_momentum": "projection_head"}

    def __init__(self, steps):
        super().__init__()
        self.backbone = Encoder()
        self.projection_head = MoCoProjectionHead(10, 10, 8)
        self.criterion = NTXentLoss(temperature=0.2, memory_bank_size=(48, 8))

    def begin(self):
        self.backbone_momentum = momentum_copy(self.backbone)
        self.projection_head_momentum = momentum_copy(self.projection_head)
        self.criterion.memory_bank.bank.copy_(fill(self.seed, QUEUE, (48, 8), 0.5))

    def loss(self, step, query, key):
        update_momentum(self.backbone, self.backbone_momentum, m=0.99)
        update_momentum(self.projection_head, self.projection_head_momentum, m=0.99)
        q = self.projection_head(self.backbone(query))
        with torch.no_grad():
            k = self.projection_head_momentum(self.backbone_momentum(key))
        return self.criterion(q, k)


class BYOL(nn.Module):
    seed, rate = 7300, 0.05
    params = {"hidden": 16, "dim": 8}
    copies = {"target_backbone": "backbone", "target_projection_head": "projection_head"}

    def __init__(self, steps):
        super().__init__()
        self.backbone = Encoder()
        self.projection_head = BYOLProjectionHead(10, 16, 8)
        self.prediction_head = BYOLPredictionHead(8, 16, 8)
        self.criterion = NegativeCosineSimilarity()
        self.momentum = [cosine_schedule(step, steps, 0.99, 1) for step in range(steps)]
        self.params = dict(self.params, momentum_per_step=self.momentum)

    def begin(self):
        self.target_backbone = momentum_copy(self.backbone)
        self.target_projection_head = momentum_copy(self.projection_head)

    def loss(self, step, x0, x1):
        update_momentum(self.backbone, self.target_backbone, m=self.momentum[step])
        update_momentum(self.projection_head, self.target_projection_head, m=self.momentum[step])
        p, z = [], []
        for x in (x0, x1):
            p.append(self.prediction_head(self.projection_head(self.backbone(x))))
            with torch.no_grad():
                z.append(self.target_projection_head(self.target_backbone(x)))
        both = 0.5 * (self.criterion(p[0], z[1]) + self.criterion(p[1], z[0]))
        return 4 + 4 * both  # the paper's: 2 - 2 cos, both directions added


def filled(model):
    """Sets the parameters by formula, and lists them."""
    listed = []
    for order, (name, p) in enumerate(model.named_parameters()):
        scale, offset = 0.1, 0.0
        if p.dim() > 1:
            scale = float(np.float32(math.sqrt(3 / math.prod(p.shape[1:]))))
        elif name.endswith("weight"):
            offset = 1.0
        p.data.copy_(fill(model.seed, order, tuple(p.shape), scale, offset))
        listed.append({"name": name, "shape": list(p.shape), "order": order, "scale": scale, "offset": offset,
                       "trainable": True})
    return listed


def train(method, steps, moved=None):
    """Returns the losses; moved is the number of a parameter and of its value that is moved."""
    model = method(steps).train()
    listed = filled(model)
    if moved is not None:
        parameter, value = moved
        list(model.parameters())[parameter].data.view(-1)[value] += MOVED
    trained = list(model.parameters())
    model.begin()
    optimizer = torch.optim.SGD(trained, lr=method.rate, momentum=0.9, weight_decay=1e-4)
    base = fill(method.seed, BASE, (SAMPLES, 3, SIZE, SIZE))
    losses = []
    for step in range(steps):
        index = [(step * BATCH + i) % SAMPLES for i in range(BATCH)]
        views = [base[index] + NOISE * fill(method.seed, VIEWS + 10 * step + v, (BATCH, 3, SIZE, SIZE)) for v in (0, 1)]
        loss = model.loss(step, *views)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, listed, model


def case(name, method, steps):
    losses, listed, model = train(method, steps)
    weights = [i for i, p in enumerate(listed) if len(p["shape"]) > 1]
    distances = np.zeros(steps)
    for parameter in weights:
        for value in range(EACH):
            other, _, _ = train(method, steps, (parameter, value))
            distances = np.maximum(distances, np.abs(np.array(other) - np.array(losses)))
    print(f"{name}: loss {losses[0]:.4f} to {losses[-1]:.4f}, distance from itself {distances[0]:.2g} to "
          f"{distances[-1]:.2g}", file=sys.stderr)
    copies = [{"name": copied + p["name"][len(of):], "copy_of": p["name"]}
              for copied, of in getattr(method, "copies", {}).items()
              for p in listed if p["name"].startswith(of + ".")]
    tensor = lambda values: {"shape": [steps], "dtype": "float64", "data": [float(v) for v in values]}
    return {
        "name": name, "inputs": {}, "grads": {},
        "params": {
            **model.params, "steps": steps, "batch": BATCH, "image_size": SIZE, "fill_seed": method.seed,
            "rate": method.rate, "optimizer": f"SGD lr {method.rate} momentum 0.9 weight_decay 1e-4 on all parameters",
            "image_base": {"order": BASE, "samples": SAMPLES, "noise": NOISE},
            "moved": [listed[i]["name"] for i in weights], "moved_of_each": EACH, "parameters": listed, "ema_parameters": copies,
        },
        "outputs": {"losses": tensor(losses), "self_distances": tensor(distances)},
    }


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    cases = [case("simclr", SimCLR, steps), case("mocov2", MoCoV2, steps), case("byol", BYOL, steps)]
    json.dump({
        "source": f"lightly 1.6.0 with PyTorch {torch.__version__}: heads, losses, momentum of SimCLR, MoCo v2, BYOL",
        "note": "view v at step t: base image of the sample + noise * fill of order 1000000 + 10 t + v; sample i of step t "
                "is number (t batch + i) mod samples; self_distances: largest difference of the loss from the same "
                "training of which one value is moved by 1e-7, over the first moved_of_each values of each of moved",
        "cases": cases,
    }, sys.stdout)


if __name__ == "__main__":
    main()
