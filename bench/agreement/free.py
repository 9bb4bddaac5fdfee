"""Free trainings: kontrast and lightly train the same method by the same settings, each with its own initial weights, order
and views, several seeds each, and two one-sided tests (TOST, Schuirmann 1987) say whether their accuracies are equivalent
within a margin.

usage: python bench/agreement/free.py --kontrast BINARY --train IMAGES --test IMAGES --dino CLONE --results FILE [METHOD...]

IMAGES are CIFAR-10's: folders or archives with a folder for each class; means of 2x2 pixels are taken. Both sides have a ResNet-8
of half its width (peer.py) that starts by PyTorch's defaults, SimCLR's views for CIFAR-10, AdamW with a warm-up and a cosine, and
weighted nearest neighbors and a linear probe to its minimum on features of the images as they are. kontrast is run as a program.
Prints tables in Markdown. Every training is added to FILE when it ends, and none that is there is made again, so that an
interrupted comparison goes on. Needs torch, torchvision, lightly, scikit-learn and scipy, and for DINO a clone of its code.
"""

import argparse
import importlib.metadata
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy reads them
    os.environ[threads] = "1"

import numpy as np
import torch
from scipy import stats

import free_sides

EVALUATIONS = (("knn", "nearest neighbors"), ("linear", "linear probe"))
START = "pytorch"  # how both sides start


def tost(pairs, margin):
    """Two one-sided tests of the mean over methods of x's mean less y's, by Welch's degrees of freedom (of Satterthwaite's form for
    more than one method): the difference, half of its 90 % interval, and the p-value. pairs: (x, y) of each method."""
    parts = [(np.var(one, ddof=1) / len(one), len(one) - 1) for pair in pairs for one in pair]
    total = sum(v for v, _ in parts)
    error = max(np.sqrt(total) / len(pairs), 1e-9)
    freedom = max(total**2 / max(sum(v**2 / n for v, n in parts), 1e-30), 1)
    difference = np.mean([np.mean(x) - np.mean(y) for x, y in pairs])
    p = max(stats.t.sf((difference + margin) / error, freedom), stats.t.cdf((difference - margin) / error, freedom))
    return difference, stats.t.ppf(0.95, freedom) * error, p


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("methods", nargs="*", help=f"of {', '.join(free_sides.METHODS)}; all if none is given")
    p.add_argument("--kontrast", default="kontrast", help="the program")
    p.add_argument("--train", required=True, help="training images")
    p.add_argument("--test", required=True, help="test images")
    p.add_argument("--dino", default="", help="a clone of facebookresearch/dino; none leaves DINO out")
    p.add_argument("--results", required=True, help="JSON lines, one for each training")
    p.add_argument("--images", type=int, default=3200, help="training images")
    p.add_argument("--tests", type=int, default=5000, help="test images")
    p.add_argument("--size", type=int, default=16, help="pixels of a side")
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--seeds", type=int, default=5, help="of each side, at least 2")
    p.add_argument("--inits", nargs="*", default=[], help="further settings of backbone.init, which kontrast's side is trained with")
    p.add_argument("--margin", type=float, default=1.5, help="points of accuracy within which both are equivalent")
    p.add_argument("--parallel", type=int, default=1, help="trainings at once, each with one thread")
    p.add_argument("--tables", action="store_true", help="print the tables of what the results have, and train nothing")
    a = p.parse_args()
    for method in a.methods:
        if method not in free_sides.METHODS:
            p.error(f"unknown method {method}: the methods are {', '.join(free_sides.METHODS)}")
    if a.seeds < 2 or a.epochs < free_sides.WARMUP:
        p.error(f"--seeds must be at least 2, --epochs at least {free_sides.WARMUP}")
    a.methods = [name for name in a.methods or free_sides.METHODS if a.dino or name != "dino"]
    a.settings = {"images": a.images, "tests": a.tests, "size": a.size, "epochs": a.epochs, "width": free_sides.WIDTH, "batch": free_sides.BATCH,
                  "rate": free_sides.RATE}
    return a


def tasks(a):
    """All trainings, those of one seed after the other, so that an interruption leaves all methods as many."""
    for seed in range(1, a.seeds + 1):
        yield free_sides.UNTRAINED, "lightly", START, seed
        for name in a.methods:
            yield name, "kontrast", START, seed
            yield name, "lightly", START, seed
        for init in a.inits:
            for name in a.methods:
                yield name, "kontrast", init, seed


def read(a):
    """The results so far of these settings."""
    if not os.path.exists(a.results):
        return []
    with open(a.results) as f:
        return [r for r in map(json.loads, f) if r["settings"] == a.settings]


def run(job):
    task, a = job
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        return {**free_sides.train(task, a, folder), "settings": a.settings, "date": time.strftime("%Y-%m-%d")}


def make_views(job):
    seed, a = job
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    free_sides.make_views(seed, a)


def train_missing(a):
    key = lambda r: (r["method"], r["side"], r["init"], r["seed"])
    there = set(map(key, read(a)))
    missing = [task for task in tasks(a) if task not in there]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as a.work:
        for part, path, count in (("train", a.train, a.images), ("test", a.test, a.tests)):
            pixels, labels = free_sides.prepare(path, count, a.size, os.path.join(a.work, part))
            np.savez(os.path.join(a.work, part + ".npz"), pixels=pixels, labels=labels)
        with multiprocessing.get_context("spawn").Pool(a.parallel) as pool, open(a.results, "a") as f:
            seeds = sorted({seed for _, side, _, seed in missing if side == "lightly"})
            pool.map(make_views, [(seed, a) for seed in seeds], chunksize=1)
            for record in pool.imap_unordered(run, [(task, a) for task in missing]):
                f.write(json.dumps(record) + "\n")
                f.flush()
                print(f"{record['method']} {record['side']} {record['init']} {record['seed']}: {record['knn']:.2f} "
                      f"{record['linear']:.2f}, {record['seconds']:.0f} s", file=sys.stderr)


def values(results, name, side, init, kind):
    return [r[kind] for r in results if (r["method"], r["side"], r["init"]) == (name, side, init)]


def spread(x):
    return f"{np.mean(x):.2f} ± {np.std(x, ddof=1):.2f}"


def equivalence(pairs, margin):
    difference, half, p = tost(pairs, margin)
    return f"{difference:+.2f} ± {half:.2f} | {'yes' if p < 0.05 else 'not shown'}, {p:.2g}"


def print_tables(a):
    results = read(a)
    version = subprocess.run([a.kontrast, "version"], capture_output=True, text=True).stdout.split("\n")[0]
    print(f"{time.strftime('%d %B %Y').lstrip('0')}, {version}, lightly {importlib.metadata.version('lightly')}, PyTorch "
          f"{torch.__version__.split('+')[0]}: {a.images} images of {a.size} pixels, {a.epochs} epochs, margin {a.margin:g} points\n")
    print("| method | evaluation | untrained | kontrast | lightly | seeds | difference, 90 % interval | equivalent, p |")
    print("|---|---|---|---|---|---|---|---|")
    shown = {kind: {} for kind, _ in EVALUATIONS}
    for name in a.methods:
        for kind, title in EVALUATIONS:
            raw = values(results, free_sides.UNTRAINED, "lightly", START, kind)
            here, there = (values(results, name, side, START, kind) for side in ("kontrast", "lightly"))
            if min(len(here), len(there), len(raw)) < 2:
                continue
            shown[kind][name] = here, there
            print(f"| {name} | {title} | {np.mean(raw):.2f} | {spread(here)} | {spread(there)} | {len(here)}, {len(there)} | "
                  f"{equivalence([(here, there)], a.margin)} |")
    for kind, title in EVALUATIONS:
        if len(shown[kind]) > 1:
            print(f"| mean of all {len(shown[kind])} | {title} | | | | | {equivalence(list(shown[kind].values()), a.margin)} |")
    if not a.inits:
        return
    print("\n| method | evaluation | " + " | ".join([START, *a.inits]) + " |\n|---|---" + "|---" * (1 + len(a.inits)) + "|")
    for name in a.methods:
        for kind, title in EVALUATIONS:
            each = [values(results, name, "kontrast", init, kind) for init in (START, *a.inits)]
            if min(map(len, each)) > 1:
                print(f"| {name} | {title} | " + " | ".join(map(spread, each)) + " |")


def main():
    a = arguments()
    if not a.tables:
        train_missing(a)
    print_tables(a)


if __name__ == "__main__":
    main()
