"""Evaluates features with the code of lightly, DINO, solo-learn and scikit-learn, for bench/agreement.

usage: python peer_evaluations.py FOLDER SETTINGS
FOLDER has train.features, train.labels, test.features and test.labels; SETTINGS are JSON. Prints JSON: for each
evaluation its accuracies and, where the code tells them, its guesses.

Needs torch, lightly with pytorch_lightning, and scikit-learn; clones of DINO and of solo-learn are left out if not given.
"""

import contextlib
import importlib.metadata
import json
import logging
import subprocess
import sys
import warnings

import numpy as np
import torch
from torch.nn import functional as F

CLASSES = 10


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def commit(repository, clone):
    out = subprocess.run(["git", "-C", clone, "rev-parse", "--short=7", "HEAD"], capture_output=True, text=True).stdout
    return f"{repository}@{out.strip() or 'unknown'}"


def load(folder, name, dim):
    features = np.fromfile(f"{folder}/{name}.features", np.float32).reshape(-1, dim)
    return torch.from_numpy(features), torch.from_numpy(np.fromfile(f"{folder}/{name}.labels", np.int32).astype(np.int64))


def with_guesses(guesses, labels, **more):
    """guesses: [N, classes], the likeliest first."""
    hits = guesses == labels[:, None]
    return dict(more, Top1=float(hits[:, 0].double().mean()), Top5=float(hits[:, :5].any(1).double().mean()),
                Guesses=guesses[:, 0].tolist())


def neighbors(k, t):
    return f"{k} nearest neighbors, temperature {t}", {"K": k, "Temperature": t}


def knn_lightly(train, test, k, t):
    from lightly.utils.benchmarking.knn import knn_predict

    guesses = knn_predict(F.normalize(test[0]), F.normalize(train[0]).T, train[1], CLASSES, k, t)
    name, settings = neighbors(k, t)
    return with_guesses(guesses, test[1], Name=name, Versions=version("lightly"), **settings)


def knn_dino(train, test, k, t, clone):
    sys.path.insert(0, clone)
    from eval_knn import knn_classifier

    top1, top5 = knn_classifier(F.normalize(train[0]), train[1], F.normalize(test[0]), test[1], k, t, CLASSES)
    name, settings = neighbors(k, t)
    return dict(settings, Name=name, Versions=commit("facebookresearch/dino", clone), Top1=top1 / 100, Top5=top5 / 100)


def knn_solo(train, test, k, t, clone):
    import torchmetrics.metric

    class Metric(torchmetrics.metric.Metric):  # the code is of a torchmetrics that had one more argument
        def __init__(self, compute_on_step=None, **more):
            super().__init__(**more)

    kept, torchmetrics.metric.Metric = torchmetrics.metric.Metric, Metric
    try:
        names = {"__name__": "solo_knn"}
        with open(f"{clone}/solo/utils/knn.py") as f:
            exec(compile(f.read(), f.name, "exec"), names)
    finally:
        torchmetrics.metric.Metric = kept
    classifier = names["WeightedKNNClassifier"](k=k, T=t)
    classifier.update(train[0], train[1], test[0], test[1])
    top1, top5 = classifier.compute()
    name, settings = neighbors(k, t)
    return dict(settings, Name=name, Versions=commit("vturrisi/solo-learn", clone), Top1=top1 / 100, Top5=top5 / 100)


def standardized(train, test):
    mean, std = train[0].double().mean(0), train[0].double().std(0, unbiased=False)
    std[std == 0] = 1
    return [(((x.double() - mean) / std).float(), y) for x, y in (train, test)]


def probe_sklearn(train, test, decay):
    from sklearn.linear_model import LogisticRegression

    (x, y), (held, labels) = standardized(train, test)
    fit = LogisticRegression(C=1 / (decay * len(x)), tol=1e-10, max_iter=10000).fit(x.double().numpy(), y.numpy())
    guesses = torch.from_numpy(fit.decision_function(held.double().numpy())).argsort(1, descending=True)
    return with_guesses(guesses, labels, Name=f"linear probe to its minimum, weight decay {decay:g}",
                        Versions=version("scikit-learn"), Probe="linear")


def probe_lightly(train, test, rate, epochs):
    from lightly.utils.benchmarking import LinearClassifier
    from pytorch_lightning import Trainer
    from torch.utils.data import DataLoader, TensorDataset

    train, test = standardized(train, test)
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        probe = LinearClassifier(torch.nn.Identity(), 256, lr=rate, feature_dim=train[0].shape[1], num_classes=CLASSES,
                                 topk=(1, 5))
        torch.nn.init.zeros_(probe.classification_head.weight)  # as here
        torch.nn.init.zeros_(probe.classification_head.bias)
        trainer = Trainer(max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
                          enable_progress_bar=False, enable_model_summary=False)
        trainer.fit(probe, DataLoader(TensorDataset(*train), 256, shuffle=True, drop_last=True))
        with torch.no_grad():
            runs.append(probe.eval()(test[0]).argsort(1, descending=True))
    same = float((runs[0][:, 0] == runs[1][:, 0]).double().mean())
    return with_guesses(runs[0], test[1], Name=f"linear probe by SGD, rate {rate:g}, {epochs} epochs",
                        Versions=version("lightly"), Probe="linear-grid-bn", Same=same)


def main():
    folder, s = sys.argv[1], json.loads(sys.argv[2])
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    train, test = load(folder, "train", s["Dim"]), load(folder, "test", s["Dim"])
    with contextlib.redirect_stdout(sys.stderr):
        found = [knn_lightly(train, test, 200, 0.1), knn_lightly(train, test, 20, 0.07)]
        if s["DINO"]:
            found.append(knn_dino(train, test, 20, 0.07, s["DINO"]))
        if s["Solo"]:
            found.append(knn_solo(train, test, 20, 0.07, s["Solo"]))
        found += [probe_sklearn(train, test, s["Decay"]), probe_lightly(train, test, s["Rate"], s["Epochs"])]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
