"""Makes shapley.json: Shapley values, restricted ones and interaction indices of random games, by brute force.

Values are averages of marginal contributions over all permutations (Shapley 1953), or over those that pass through known
corners only. Interactions are the sum over subsets of Grabisch and Roubens 1999, eq. 5, with factorials.
"""
import itertools
import json
import platform
from math import factorial

import numpy as np

rng = np.random.default_rng(17)
games = []
for k, unknown in [(1, []), (2, []), (3, []), (4, []), (5, []), (3, [1]), (4, [3, 8]), (5, [1, 4, 30, 22])]:
    value = np.round(rng.normal(0, 1, 2**k), 4)
    known = [c not in unknown for c in range(2**k)]
    shares, orders = np.zeros(k), 0
    for order in itertools.permutations(range(k)):
        corners = [0]
        for f in order:
            corners.append(corners[-1] | 1 << f)
        if all(known[c] for c in corners):
            orders += 1
            for f, before, after in zip(order, corners, corners[1:]):
                shares[f] += value[after] - value[before]
    interactions = []
    for i, j in itertools.combinations(range(k), 2):
        total = weights = 0.0
        rest = [f for f in range(k) if f not in (i, j)]
        for size in range(k - 1):
            for subset in itertools.combinations(rest, size):
                s = sum(1 << f for f in subset)
                a, b = s | 1 << i, s | 1 << j
                if all(known[c] for c in (s, a, b, a | b)):
                    w = factorial(size) * factorial(k - size - 2) / factorial(k - 1)
                    weights += w
                    total += w * (value[a | b] - value[a] - value[b] + value[s])
        interactions.append({"i": i, "j": j, "value": total / weights})
    games.append({"factors": k, "unknown": unknown, "value": value.tolist(), "orders": orders,
                  "shares": (shares / orders).tolist(), "interactions": interactions})

with open("shapley.json", "w") as file:
    json.dump({"versions": {"python": platform.python_version(), "numpy": np.__version__}, "games": games}, file, indent=1)
    file.write("\n")
