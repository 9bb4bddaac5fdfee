"""The evaluations of internal/eval's benchmarks by PyTorch and scikit-learn, on data of the same sizes.

usage: peer.py knn|logistic
Prints seconds, and for the probe also iterations and the objective reached.
"""
import sys
import time

import numpy as np

rng = np.random.default_rng(1)
N, M, D, C = 10000, 2000, 512, 10
centers = rng.normal(size=(C, D))


def clusters(n):
    labels = rng.integers(0, C, n)
    return (centers[labels] + 8 * rng.normal(size=(n, D))).astype(np.float32), labels


train, train_labels = clusters(N)
test, _ = clusters(M)

if sys.argv[1] == "knn":  # weighted nearest neighbors, k = 200, temperature 0.07, as facebookresearch/dino eval_knn.py
    import torch

    a, b = torch.tensor(train), torch.tensor(test)
    labels = torch.tensor(train_labels)
    for _ in range(2):  # the first warms up
        begin = time.perf_counter()
        x, y = torch.nn.functional.normalize(a), torch.nn.functional.normalize(b)
        similarity, index = (y @ x.T).topk(200)
        votes = torch.zeros(M, C).scatter_add_(1, labels[index], (similarity / 0.07).exp())
        votes.argmax(1)
        seconds = time.perf_counter() - begin
    print(f"PyTorch {torch.__version__} kNN: {seconds:.3f} s")
else:  # weight decay 1e-4, standardized, as BenchmarkLogistic
    import sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    x = StandardScaler().fit_transform(train)
    begin = time.perf_counter()
    fit = LogisticRegression(C=1 / (1e-4 * N), max_iter=1000).fit(x, train_labels)
    seconds = time.perf_counter() - begin
    p = fit.predict_log_proba(x)[np.arange(N), train_labels]
    objective = -p.mean() + 1e-4 / 2 * (fit.coef_**2).sum()
    print(f"scikit-learn {sklearn.__version__} probe: {seconds:.3f} s, {fit.n_iter_[0]} iterations, objective {objective:.9f}")
