"""Makes statistics.json with SciPy, statsmodels, rliable, baycomp and autorank."""
import json
import math
import warnings
from importlib.metadata import version

import autorank
import baycomp
import numpy as np
import pandas as pd
import pandas.util._decorators

# arch, which rliable imports, calls it as older versions of pandas had it.
pandas.util._decorators.deprecate_kwarg = lambda *_, **__: lambda f: f
from rliable import library, metrics
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint
import statsmodels.formula.api as smf

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260101)
out = {"versions": {p: version(p) for p in ("scipy", "statsmodels", "rliable", "autorank", "baycomp", "numpy")}}


def num(x):
    return [float(v) for v in np.ravel(x)]


differences = {
    "five": num(np.round(rng.normal(0.8, 1, 5), 3)),
    "ten": num(np.round(rng.normal(0.5, 1, 10), 3)),
    "ties": [1.0, 1.0, -1.0, 2.0, 0.0, 2.0, -3.0, 1.5],
    "fifteen": num(np.round(rng.gamma(2, 1, 15) - 1, 3)),
    "twenty-five": num(np.round(rng.gamma(2, 1, 25) - 1, 4)),
    "sixty": num(np.round(rng.normal(0.2, 1, 60), 1)),
}
out["paired"] = []
for name, d in differences.items():
    a = np.array(d)
    case = {"name": name, "differences": d}
    case["t"], case["p"] = map(float, stats.ttest_1samp(a, 0))
    if len(d) <= 16:
        r = stats.permutation_test((a,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", n_resamples=np.inf, vectorized=True)
        case["sign_flip"] = float(r.pvalue)
    exact = len(d) <= 50 and 0.0 not in d and len(set(map(abs, d))) == len(d)
    if exact:
        case["wilcoxon"] = float(stats.wilcoxon(a, method="exact").pvalue)
    elif len(d) > 50:
        case["wilcoxon"] = float(stats.wilcoxon(a, method="asymptotic", correction=False).pvalue)
    else:  # with ties: the exact distribution of the ranks as they are
        b = a[a != 0]
        ranks = stats.rankdata(abs(b))
        r = stats.permutation_test((np.sign(b) * ranks,), lambda x, axis: x.sum(axis=axis), permutation_type="samples", n_resamples=np.inf, vectorized=True)
        case["wilcoxon"] = float(r.pvalue)
    wins = float((a > 0).sum() + (a == 0).sum() / 2)
    case["wins"], case["clopper_pearson"] = wins / len(d), num(proportion_confint(wins, len(d), 0.05, "beta"))
    if len(d) >= 20:
        b = stats.bootstrap((a,), np.mean, n_resamples=200000, method="BCa", rng=np.random.default_rng(1))
        case["bca"] = num(b.confidence_interval)
    case["bayes_rope"] = 0.33  # baycomp's Monte Carlo: compare within its error
    case["bayes"] = num(baycomp.SignedRankTest.probs(a, np.zeros_like(a), rope=0.33, nsamples=200000))  # first better, rope, second
    out["paired"].append(case)

out["mcnemar"] = []
for b, c in ((3, 12), (0, 5), (40, 61), (7, 7), (1, 0), (500, 612)):
    exact = float(mcnemar([[10, b], [c, 10]], exact=True).pvalue)
    mid = 1.0 if b == c else exact - float(stats.binom.pmf(min(b, c), b + c, 0.5))
    out["mcnemar"].append({"only_first": b, "only_second": c, "mid_p": mid})

p = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04, 0.9]
out["holm"] = {"p": p, "adjusted": num(multipletests(p, method="holm")[1])}

power = TTestPower()
out["power"] = [
    {"effect": e, "seeds": n, "level": a, "power": float(power.power(e, n, a))}
    for e, n, a in ((0.5, 10, 0.05), (1.0, 5, 0.05), (2.0, 3, 0.05), (0.3, 60, 0.01), (3.0, 6, 0.005), (1.2, 2, 0.05))
]
out["seeds_for"] = [
    {"effect": e, "level": a, "power": q, "seeds": math.ceil(power.solve_power(e, None, a, q))}
    for e, a, q in ((0.5, 0.05, 0.8), (1.0, 0.05, 0.8), (0.2, 0.05, 0.9), (1.5, 0.01, 0.8))
]

blocks = np.round(rng.normal(0, 1, (7, 4)) + np.array([0.0, 0.4, 0.8, 1.5]), 1)
f = stats.friedmanchisquare(*blocks.T)
frame = pd.DataFrame(blocks, columns=list("abcd"))
ranked = autorank.autorank(frame, alpha=0.05, force_mode="nonparametric", order="descending")
out["friedman"] = {"blocks": [num(b) for b in blocks], "statistic": float(f.statistic), "p": float(f.pvalue),
                   "autorank_p": float(ranked.pvalue), "mean_ranks": num([ranked.rankdf.meanrank[m] for m in "abcd"])}

scores = {m: np.round(rng.normal(mu, 1, (5, 6)), 2) for m, mu in (("A", 0.5), ("B", 0.0))}  # runs x tasks
taus = np.array([-1.0, 0.0, 0.25, 0.5, 1.0])
profile, _ = library.create_performance_profile(scores, taus, reps=10)
iqm, interval = library.get_interval_estimates({"A": scores["A"]}, lambda x: np.array([metrics.aggregate_iqm(x)]), reps=20000,
                                               random_state=np.random.RandomState(1))
out["rliable"] = {
    "first": [num(t) for t in scores["A"].T], "second": [num(t) for t in scores["B"].T],
    "iqm": float(iqm["A"][0]), "iqm_interval": num(interval["A"]),
    "improvement": float(metrics.probability_of_improvement(scores["A"], scores["B"])),
    "thresholds": num(taus), "profile": num(profile["A"]),
}

# The mean squares of a two-way table by least squares.
table = np.round(rng.normal(0, 1, (4, 1)) * 0.5 + rng.normal(0, 1, (1, 9)) * 0.7 + rng.normal(0, 1, (4, 9)) * 0.6 + 0.4, 2)
long = pd.DataFrame([(str(s), str(i), table[s, i]) for s in range(4) for i in range(9)], columns=["seed", "sample", "d"])
anova = smf.ols("d ~ C(seed) + C(sample)", long).fit()
import statsmodels.api as sm
squares = sm.stats.anova_lm(anova, typ=2)
mean_squares = squares["sum_sq"] / squares["df"]
out["crossed"] = {"table": [num(r) for r in table], "mean": float(table.mean()),
                  "seeds": float(mean_squares["C(seed)"]), "samples": float(mean_squares["C(sample)"]), "rest": float(mean_squares["Residual"])}

with open("statistics.json", "w") as file:
    json.dump(out, file, indent=1)
    file.write("\n")
