"""The evaluations of bench/eval by PyTorch, FAISS and scikit-learn, on the features that it wrote.

usage: peer.py knn-torch|knn-faiss|probe FOLDER THREADS
Prints JSON: the seconds of the second of two evaluations, and of a probe its iterations and the objective reached.
"""
import json
import sys
import time
import warnings

import numpy as np

task, folder, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
C, D, K, T, DECAY = 10, 512, 200, 0.07, 1e-4


def load(name):
    features = np.fromfile(f"{folder}/{name}.features", dtype=np.float32).reshape(-1, D)
    return features, np.fromfile(f"{folder}/{name}.labels", dtype=np.int32).astype(np.int64)


train, labels = load("train")
test, _ = load("test")
out = {}


def knn_torch():  # weighted nearest neighbors as facebookresearch/dino, eval_knn.py
    x, y = (torch.nn.functional.normalize(torch.from_numpy(a)) for a in (train, test))
    similarity, index = (y @ x.T).topk(K)
    return torch.zeros(len(test), C).scatter_add_(1, torch.from_numpy(labels)[index], (similarity / T).exp()).argmax(1)


def knn_faiss():
    x, y = train.copy(), test.copy()
    faiss.normalize_L2(x)
    faiss.normalize_L2(y)
    index = faiss.IndexFlatIP(D)
    index.add(x)
    similarity, nearest = index.search(y, K)
    votes = np.zeros((len(y), C), np.float32)
    np.add.at(votes, (np.arange(len(y))[:, None], labels[nearest]), np.exp(similarity / T))
    return votes.argmax(1)


def probe():
    x = StandardScaler().fit_transform(train)
    fit = LogisticRegression(C=1 / (DECAY * len(x)), max_iter=1000).fit(x, labels)
    out["iterations"] = int(fit.n_iter_[0])
    return x, fit


if task == "knn-torch":
    import torch

    torch.set_num_threads(threads)
    run, out["version"] = knn_torch, f"PyTorch {torch.__version__}"
elif task == "knn-faiss":
    import faiss

    faiss.omp_set_num_threads(threads)
    run, out["version"] = knn_faiss, f"FAISS {faiss.__version__}"
else:
    import sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    warnings.simplefilter("ignore")
    run, out["version"] = probe, f"scikit-learn {sklearn.__version__}"
for _ in range(2):
    begin = time.perf_counter()
    result = run()
    out["seconds"] = time.perf_counter() - begin
if task == "probe":
    x, fit = result
    z = x.astype(np.float64) @ fit.coef_.T.astype(np.float64) + fit.intercept_
    z -= z.max(1, keepdims=True)
    p = z[np.arange(len(z)), labels] - np.log(np.exp(z).sum(1))
    out["objective"] = float(-p.mean() + DECAY / 2 * (fit.coef_.astype(np.float64) ** 2).sum())
print(json.dumps(out))
