"""Both sides of free.py: a training of kontrast, run as a program, and one by lightly's code (DINO's: its authors')."""

import io
import json
import os
import subprocess
import tarfile
import time

import numpy as np
import torch
from lightly.transforms import SimCLRTransform
from lightly.utils.benchmarking.knn import knn_predict
from PIL import Image
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F

import peer

NORMAL = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
WIDTH, FEATURES = 0.5, 32  # of the ResNet-8
BATCH, RATE, WARMUP = 64, 0.002, 0.2  # warm-up in epochs
OPTIMIZER = {"Name": "adamw", "Beta1": 0.9, "Beta2": 0.999, "Epsilon": 1e-8, "WeightDecay": 5e-4}
NEIGHBORS, TEMPERATURE, PROBE_DECAY = 200, 0.07, 1e-3
UNTRAINED = "untrained"

# The settings of each method: what Go's Params call them (peer.py) and what configurations do.
METHODS = {
    "simclr": [("Temperature", "temperature", 0.5), ("HeadLayers", "head_layers", 2), ("HiddenDim", "hidden_dim", 128),
               ("OutputDim", "output_dim", 64), ("BatchNorm", "batch_norm", "per-view"), ("OutputBias", "output_bias", True)],
    "mocov2": [("Temperature", "temperature", 0.2), ("EncoderMomentum", "encoder_momentum", 0.99), ("Queue", "queue", 1024),
               ("OutputDim", "output_dim", 64), ("BatchNormSplits", "batch_norm_splits", 1)],
    "byol": [("TargetMomentum", "target_momentum", 0.99), ("HiddenDim", "hidden_dim", 128), ("OutputDim", "output_dim", 64),
             ("HeadBias", "head_bias", "output"), ("TargetMoves", "target_moves", "before")],
    "simsiam": [("ProjectorLayers", "projector_layers", 3), ("HiddenDim", "hidden_dim", 128), ("OutputDim", "output_dim", 128),
                ("BottleneckDim", "bottleneck_dim", 32), ("FixPredictorLR", "fix_predictor_lr", False)],
    "swav": [("Temperature", "temperature", 0.1), ("Epsilon", "epsilon", 0.05), ("Iterations", "sinkhorn_iterations", 3),
             ("Prototypes", "prototypes", 48), ("FreezeEpochs", "freeze_prototypes_epochs", 0.2), ("HiddenDim", "hidden_dim", 128),
             ("OutputDim", "output_dim", 64)],
    "dino": [("StudentTemperature", "student_temperature", 0.1), ("TeacherTemperature", "teacher_temperature", 0.04),
             ("WarmupTemperature", "warmup_teacher_temperature", 0.04), ("WarmupEpochs", "warmup_teacher_epochs", 0),
             ("TeacherMomentum", "teacher_momentum", 0.99), ("CenterMomentum", "center_momentum", 0.9),
             ("HeadLayers", "head_layers", 3), ("HiddenDim", "hidden_dim", 128), ("BottleneckDim", "bottleneck_dim", 32),
             ("OutputDim", "output_dim", 128), ("BatchNorm", "batch_norm", True), ("FreezeEpochs", "freeze_last_layer_epochs", 0),
             ("StartDecay", "weight_decay_start", 0), ("EndDecay", "weight_decay_end", 0)],
    "barlowtwins": [("Lambda", "lambda", 0.005), ("HeadLayers", "head_layers", 3), ("HiddenDim", "hidden_dim", 128),
                    ("OutputDim", "output_dim", 64)],
    "vicreg": [("Invariance", "invariance", 25), ("Variance", "variance", 25), ("Covariance", "covariance", 1),
               ("HeadLayers", "head_layers", 3), ("HiddenDim", "hidden_dim", 128), ("OutputDim", "output_dim", 64)],
    "nnclr": [("Temperature", "temperature", 0.1), ("Queue", "queue", 1024), ("ProjectorLayers", "projector_layers", 3),
              ("HiddenDim", "hidden_dim", 128), ("PredictorDim", "predictor_dim", 128), ("OutputDim", "output_dim", 64)],
}


def read_images(path):
    """The images of a folder or archive with a folder for each class, in the order of their names: [(class, name, bytes)]."""
    if os.path.isdir(path):
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                with open(os.path.join(folder, name), "rb") as f:
                    yield os.path.basename(folder), name, f.read()
        return
    with tarfile.open(path) as archive:
        for member in sorted((m for m in archive if m.isfile()), key=lambda m: m.name):
            yield os.path.basename(os.path.dirname(member.name)), os.path.basename(member.name), archive.extractfile(member).read()


def prepare(path, count, size, to):
    """Writes as many images of each class, reduced by means of blocks, as PNG files; returns pixels [N, H, W, 3] and labels."""
    of_class = {}
    for kind, name, text in read_images(path):
        of_class.setdefault(kind, []).append((name, text))
    pixels, labels = [], []
    for label, kind in enumerate(sorted(of_class)):
        os.makedirs(os.path.join(to, kind), exist_ok=True)
        for name, text in of_class[kind][:count // len(of_class)]:
            x = np.asarray(Image.open(io.BytesIO(text)).convert("RGB"), np.float64)
            block = x.shape[0] // size
            if block < 1 or x.shape[:2] != (block * size, block * size):
                raise SystemExit(f"{path}: {name} has {x.shape[1]}x{x.shape[0]} pixels; squares of a multiple of {size} are needed")
            x = np.rint(x.reshape(size, block, size, block, 3).mean((1, 3))).astype(np.uint8)
            Image.fromarray(x).save(os.path.join(to, kind, os.path.splitext(name)[0] + ".png"))
            pixels.append(x)
            labels.append(label)
    return np.stack(pixels), np.array(labels)


def load(part, a):
    """Pixels [N, H, W, 3] and labels."""
    with np.load(os.path.join(a.work, part + ".npz")) as f:
        return f["pixels"], torch.from_numpy(f["labels"])


def views_path(seed, a):
    return os.path.join(a.work, f"views-{seed}.pt")


def make_views(seed, a):
    """Writes both views of every image in every epoch, in an order of their own: [epochs, N, 2, 3, H, W]."""
    pixels, _ = load("train", a)
    make = SimCLRTransform(input_size=a.size, cj_strength=0.5, gaussian_blur=0.0, normalize=NORMAL)
    made = [torch.stack([torch.stack(make(Image.fromarray(pixels[i]))) for i in torch.randperm(len(pixels))])
            for _ in range(a.epochs)]
    torch.save(torch.stack(made), views_path(seed, a))


def accuracies(backbone, a):
    """Of nearest neighbors and a linear probe, in percent."""
    sets = []
    for part in ("train", "test"):
        pixels, labels = load(part, a)
        x = (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255 - torch.tensor(NORMAL["mean"]).view(3, 1, 1)
             ) / torch.tensor(NORMAL["std"]).view(3, 1, 1)
        with torch.no_grad():
            sets.append((torch.cat([backbone.eval()(some) for some in x.split(256)]), labels))
    (train, labels), (test, truth) = sets
    k = min(NEIGHBORS, len(train))
    guess = knn_predict(F.normalize(test), F.normalize(train).T, labels, int(labels.max()) + 1, k, TEMPERATURE)[:, 0]
    mean, std = train.double().mean(0), train.double().std(0, unbiased=False)
    std[std == 0] = 1
    train, test = ((x.double() - mean).div(std).numpy() for x in (train, test))
    probe = LogisticRegression(C=1 / (PROBE_DECAY * len(train)), solver="newton-cholesky", tol=1e-8).fit(train, labels.numpy())
    return {"knn": 100 * float((guess == truth).double().mean()),
            "linear": 100 * float((probe.predict(test) == truth.numpy()).mean())}


def adamw(row):
    """AdamW with the same rate for all, and no decay of biases and norms."""
    trained = [p for p in row.parameters.values() if p.requires_grad]
    trained += [p for m in getattr(row, "modules", []) for p in m.parameters()
                if p.requires_grad and not any(p is other for other in trained)]
    return torch.optim.AdamW(
        [{"params": [p for p in trained if p.dim() > 1]}, {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0}],
        lr=RATE, betas=(OPTIMIZER["Beta1"], OPTIMIZER["Beta2"]), eps=OPTIMIZER["Epsilon"], weight_decay=OPTIMIZER["WeightDecay"])


def free(kind):
    """The row of peer.py as a free training has it: AdamW, lightly's schedule, and nothing clipped."""

    class Free(kind):
        def make_optimizer(self):
            return adamw(self)

        def rate(self, step):
            return peer.Row.rate(self, step)

        def after_backward(self, step):
            if hasattr(self, "student"):
                self.utils.cancel_gradients_last_layer(step // self.s["StepsPerEpoch"], self.student, self.p["FreezeEpochs"])

    return Free


def theirs(name, seed, a):
    torch.manual_seed(seed)
    if name == UNTRAINED:
        return accuracies(peer.ResNet(WIDTH), a)
    views = torch.load(views_path(seed, a))
    per_epoch = views.shape[1] // BATCH
    row = free(peer.ROWS["dino-resnet" if name == "dino" else name])({
        "Row": name, "Params": {key: value for key, _, value in METHODS[name]}, "Backbone": {"Width": WIDTH}, "Features": FEATURES,
        "Epochs": a.epochs, "StepsPerEpoch": per_epoch, "Optimizer": OPTIMIZER, "Rate": {"Base": RATE, "WarmupEpochs": WARMUP},
        "Sizes": [a.size, a.size], "Size": a.size, "DINO": a.dino,
    })
    for step in range(a.epochs * per_epoch):
        epoch, at = divmod(step, per_epoch)
        both = views[epoch, at * BATCH:(at + 1) * BATCH]
        row.step(step, [both[:, 0].contiguous(), both[:, 1].contiguous()], None)
    return accuracies(row.student.backbone if name == "dino" else row.backbone, a)


def ours(name, seed, init, a, folder):
    settings = {
        "dataset": {"name": "folder", "path": os.path.join(a.work, "train"), "test": os.path.join(a.work, "test")},
        "backbone": {"name": "resnet8", "width": WIDTH, "shortcut": "projection", "init": init},
        "method": {"name": name, **{key: value for _, key, value in METHODS[name]}},
        "views": {"recipe": "simclr-cifar", "size": a.size, "normalization": NORMAL},
        "train": {
            "epochs": a.epochs, "batch_size": BATCH,
            "optimizer": {"name": "adamw", "beta1": OPTIMIZER["Beta1"], "beta2": OPTIMIZER["Beta2"], "epsilon": OPTIMIZER["Epsilon"],
                          "weight_decay": OPTIMIZER["WeightDecay"]},
            "learning_rate": {"base": RATE, "absolute": True, "schedule": "cosine", "form": "lightly", "warmup_epochs": WARMUP},
        },
        "eval": {"knn": {"k": NEIGHBORS, "temperature": TEMPERATURE}, "linear": {"weight_decay": PROBE_DECAY}},
    }
    path = os.path.join(folder, "run.yaml")
    with open(path, "w") as f:
        json.dump(settings, f)  # which is YAML, too
    out = subprocess.run(
        [a.kontrast, "run", path, "--seed", str(seed), "--db", os.path.join(folder, "free.db"), "--quiet", "--json"], check=True,
        stdout=subprocess.PIPE, text=True, env={**os.environ, "GOMAXPROCS": "1"}).stdout
    top1 = {score["protocol"].split()[0]: 100 * score["value"] for score in json.loads(out)["scores"] if score["metric"] == "top1"}
    return {"knn": top1["knn"], "linear": top1["linear"]}


def train(task, a, folder):
    """Trains one side with one seed; the record says so."""
    begun = time.time()
    name, side, init, seed = task
    found = theirs(name, seed, a) if side == "lightly" else ours(name, seed, init, a, folder)
    return {"method": name, "side": side, "init": init, "seed": seed, **found, "seconds": round(time.time() - begun, 1)}
