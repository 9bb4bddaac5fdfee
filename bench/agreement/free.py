"""Free trainings: kontrast and lightly train the same method by the same settings, each with its own initial weights, order
and views, several seeds each, and two one-sided tests (TOST, Schuirmann 1987) say whether their accuracies are equivalent
within a margin.

usage: python bench/agreement/free.py --kontrast BINARY --train IMAGES --test IMAGES [METHOD...]

IMAGES are folders with a folder for each class, of 32x32 images. Both sides have a ResNet-8 (peer.py) that starts by PyTorch's
defaults, SimCLR's views for CIFAR-10, SGD with a warm-up and a cosine, and weighted nearest neighbors and a linear probe to
its minimum on features of the images as they are. kontrast is run as a program. Prints a table in Markdown. Needs torch,
torchvision, lightly, scikit-learn and scipy.
"""

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import tempfile
import time

import numpy as np
import torch
from lightly.transforms import SimCLRTransform
from lightly.utils.benchmarking.knn import knn_predict
from scipy import stats
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

import peer

BATCH, RATE, DECAY, WARMUP = 128, 0.06, 5e-4, 1
NEIGHBORS, TEMPERATURE, PROBE_DECAY = 200, 0.07, 1e-3
NORMAL = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
METHODS = {  # by the names in Go; what configurations call them follows
    "simclr": {"Temperature": 0.5, "HeadLayers": 2, "HiddenDim": 128, "OutputDim": 64, "BatchNorm": "per-view", "OutputBias": True},
    "byol": {"TargetMomentum": 0.99, "HiddenDim": 128, "OutputDim": 64, "HeadBias": "output", "TargetMoves": "before"},
    "simsiam": {"ProjectorLayers": 3, "HiddenDim": 128, "OutputDim": 128, "BottleneckDim": 32, "FixPredictorLR": True},
    "barlowtwins": {"Lambda": 0.005, "HeadLayers": 3, "HiddenDim": 128, "OutputDim": 64},
    "vicreg": {"Invariance": 25, "Variance": 25, "Covariance": 1, "HeadLayers": 3, "HiddenDim": 128, "OutputDim": 64},
    "nnclr": {"Temperature": 0.1, "Queue": 4096, "ProjectorLayers": 3, "HiddenDim": 128, "PredictorDim": 128, "OutputDim": 64},
}


def accuracies(backbone, a):
    """Of nearest neighbors and a linear probe, in percent."""
    plain = transforms.Compose([transforms.ToTensor(), transforms.Normalize(**NORMAL)])
    sets = []
    for folder in (a.train, a.test):
        with torch.no_grad():
            found = [(backbone.eval()(x), y) for x, y in DataLoader(ImageFolder(folder, plain), 256)]
        sets.append([torch.cat(part) for part in zip(*found)])
    (train, labels), (test, truth) = sets
    k = min(NEIGHBORS, len(train))
    guess = knn_predict(F.normalize(test), F.normalize(train).T, labels, int(labels.max()) + 1, k, TEMPERATURE)[:, 0]
    mean, std = train.double().mean(0), train.double().std(0, unbiased=False)
    std[std == 0] = 1
    train, test = ((x.double() - mean).div(std).numpy() for x in (train, test))
    probe = LogisticRegression(C=1 / (PROBE_DECAY * len(train)), tol=1e-6, max_iter=5000).fit(train, labels.numpy())
    return {"knn": 100 * float((guess == truth).double().mean()),
            "linear": 100 * float((probe.predict(test) == truth.numpy()).mean())}


def theirs(name, seed, a):
    torch.manual_seed(seed)
    views = SimCLRTransform(input_size=32, cj_strength=0.5, gaussian_blur=0.0, normalize=NORMAL)
    loader = DataLoader(ImageFolder(a.train, views), BATCH, shuffle=True, drop_last=True, num_workers=a.workers)
    row = peer.ROWS[name]({
        "Row": name, "Params": METHODS[name], "Backbone": {"Width": 1}, "Features": 64, "Epochs": a.epochs,
        "StepsPerEpoch": len(loader), "Optimizer": {"Name": "sgd", "Momentum": 0.9, "WeightDecay": DECAY},
        "Rate": {"Base": RATE, "WarmupEpochs": WARMUP},
    })
    step = 0
    for _ in range(a.epochs):
        for both, _ in loader:
            row.step(step, both, None)
            step += 1
    return accuracies(row.backbone, a)


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def ours(name, seed, a, folder):
    settings = {
        "dataset": {"name": "folder", "path": os.path.abspath(a.train), "test": os.path.abspath(a.test)},
        "backbone": {"name": "resnet8", "width": 1, "shortcut": "projection", "init": "pytorch"},
        "method": {"name": name, **{snake(key): value for key, value in METHODS[name].items()}},
        "views": {"recipe": "simclr-cifar", "size": 32, "normalization": NORMAL},
        "train": {
            "epochs": a.epochs, "batch_size": BATCH,
            "optimizer": {"name": "sgd", "momentum": 0.9, "weight_decay": DECAY, "decay_all": True},
            "learning_rate": {"base": RATE, "absolute": True, "schedule": "cosine", "form": "lightly", "warmup_epochs": WARMUP},
        },
        "eval": {"knn": {"k": NEIGHBORS, "temperature": TEMPERATURE}, "linear": {"weight_decay": PROBE_DECAY}},
    }
    path = os.path.join(folder, f"{name}-{seed}.yaml")
    with open(path, "w") as f:
        json.dump(settings, f)  # which is YAML, too
    out = subprocess.run([a.kontrast, "run", path, "--seed", str(seed), "--db", os.path.join(folder, "free.db"), "--quiet",
                          "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
    top1 = {score["protocol"].split()[0]: 100 * score["value"] for score in json.loads(out)["scores"] if score["metric"] == "top1"}
    return {"knn": top1["knn"], "linear": top1["linear"]}


def tost(x, y, margin):
    """The difference of the means, half of its 90 % interval, and the p-value of two one-sided Welch tests."""
    vx, vy = np.var(x, ddof=1) / len(x), np.var(y, ddof=1) / len(y)
    error = max(np.sqrt(vx + vy), 1e-9)
    freedom = max((vx + vy) ** 2 / max(vx**2 / (len(x) - 1) + vy**2 / (len(y) - 1), 1e-30), 1)
    difference = np.mean(x) - np.mean(y)
    p = max(stats.t.sf((difference + margin) / error, freedom), stats.t.cdf((difference - margin) / error, freedom))
    return difference, stats.t.ppf(0.95, freedom) * error, p


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("methods", nargs="*", help=f"of {', '.join(METHODS)}; all if none is given")
    p.add_argument("--kontrast", default="kontrast", help="the program")
    p.add_argument("--train", required=True, help="folder of training images")
    p.add_argument("--test", required=True, help="folder of test images")
    p.add_argument("--epochs", type=int, default=4)
    p.add_argument("--seeds", type=int, default=5, help="of each side, at least 2")
    p.add_argument("--margin", type=float, default=1.5, help="points of accuracy within which both are equivalent")
    p.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of PyTorch")
    p.add_argument("--workers", type=int, default=0, help="processes that make lightly's views")
    a = p.parse_args()
    for method in a.methods:
        if method not in METHODS:
            p.error(f"unknown method {method}: the methods are {', '.join(METHODS)}")
    if a.seeds < 2 or a.epochs < WARMUP:
        p.error(f"--seeds must be at least 2, --epochs at least {WARMUP}")
    return a


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    print(f"{time.strftime('%d %B %Y').lstrip('0')}, lightly {importlib.metadata.version('lightly')}, PyTorch "
          f"{torch.__version__.split('+')[0]}, {a.epochs} epochs, {a.seeds} seeds each, margin {a.margin:g} points\n")
    print("| method | evaluation | kontrast | lightly | difference, 90 % interval | equivalent, p | minutes |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in a.methods or METHODS:
            begun, x, y = time.time(), [], []
            for seed in range(1, a.seeds + 1):  # in turns, as machines drift
                x.append(ours(name, seed, a, folder))
                y.append(theirs(name, seed, a))
            minutes = (time.time() - begun) / 60
            for kind, title in (("knn", "nearest neighbors"), ("linear", "linear probe")):
                here, there = [one[kind] for one in x], [one[kind] for one in y]
                difference, half, p = tost(here, there, a.margin)
                print(f"| {name} | {title} | {np.mean(here):.2f} ± {np.std(here, ddof=1):.2f} | {np.mean(there):.2f} ± "
                      f"{np.std(there, ddof=1):.2f} | {difference:+.2f} ± {half:.2f} | {'yes' if p < 0.05 else 'not shown'}, "
                      f"{p:.3f} | {minutes:.1f} |", flush=True)


if __name__ == "__main__":
    main()
