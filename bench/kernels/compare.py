#!/usr/bin/env python3
"""Compare the engine's kernels with PyTorch (oneDNN) and NumPy's BLAS.

    python3 bench/kernels/compare.py conv [-t THREADS] [-r ROUNDS] [-e] [FILTER]
    python3 bench/kernels/compare.py gemm [-t THREADS] [-r ROUNDS] [FILTER]

Runs from the root of the repository. Convolutions are compared with PyTorch in
channels_last, products with NumPy and OpenBLAS: a NumPy of PyPI brings it,
Debian's finds it as libblas.so.3 in LD_LIBRARY_PATH. Both sides are timed in turn, ROUNDS times; the fastest run of
each counts. The packing of weights is included. The last column is the speed of
the engine over that of the other: above 1 the engine is faster. Share is the
engine's share of the multipliers' peak, measured in the same run; Winograd's
algorithm does fewer multiplications and may exceed it.
"""
import argparse
import ctypes
import json
import os
import subprocess
import sys
import time

LAYERS = [  # batch, map, channels, kernel, output channels, stride
    (32, 32, 64, 3, 64, 1), (32, 16, 128, 3, 128, 1), (32, 8, 256, 3, 256, 1), (32, 4, 512, 3, 512, 1),
    (128, 32, 16, 3, 16, 1), (128, 16, 32, 3, 32, 1), (128, 8, 64, 3, 64, 1),
    (32, 32, 3, 3, 64, 1), (32, 32, 64, 3, 128, 2), (32, 32, 64, 1, 128, 2),
    (8, 224, 3, 7, 64, 2), (8, 56, 64, 3, 64, 1), (8, 28, 128, 3, 128, 1), (8, 14, 256, 3, 256, 1), (8, 7, 512, 3, 512, 1),
    (8, 56, 64, 1, 256, 1), (8, 56, 256, 1, 64, 1), (8, 28, 512, 1, 128, 1), (8, 14, 1024, 1, 256, 1), (8, 7, 512, 1, 2048, 1),
]
PRODUCTS = [  # rows, columns, inner, transposed A, transposed B
    *((size, size, size, ta, tb) for size in (256, 512, 1024, 2048) for ta in (0, 1) for tb in (0, 1)),
    (4160, 576, 192, 0, 0), (4160, 192, 768, 0, 1), (192, 768, 4160, 1, 0),
]


def fastest(run, runs):
    run()
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def convolution(op, n, size, c, k, o, stride):
    import torch

    conv = torch.nn.Conv2d(c, o, k, stride, k // 2, bias=False).to(memory_format=torch.channels_last)
    x = torch.randn(n, c, size, size).to(memory_format=torch.channels_last)
    w = conv.weight.detach()
    dy = torch.randn_like(conv(x).detach())
    if op == "forward":
        return lambda: torch.nn.functional.conv2d(x, w, None, stride, k // 2)
    mask = [op == "inputgrad", op == "weightgrad", False]
    pad = [k // 2] * 2
    return lambda: torch.ops.aten.convolution_backward(dy, x, w, None, [stride] * 2, pad, [1, 1], False, [0, 0], 1, mask)


def product(m, n, k, ta, tb):
    import numpy

    a = numpy.random.rand(*((k, m) if ta else (m, k))).astype("float32")
    b = numpy.random.rand(*((n, k) if tb else (k, n))).astype("float32")
    c = numpy.empty((m, n), "float32")
    return lambda: numpy.matmul(a.T if ta else a, b.T if tb else b, out=c)


def blas():
    """Name the kernels that NumPy's OpenBLAS chose, or say that there is none."""
    import numpy

    numpy.ones((2, 2), "float32") @ numpy.ones((2, 2), "float32")
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "blas" in line}
    for path in sorted(paths):
        library = ctypes.CDLL(path)
        for name in ("openblas_get_corename", "openblas_get_corename64_", "scipy_openblas_get_corename64_"):
            if hasattr(library, name):
                function = getattr(library, name)
                function.restype = ctypes.c_char_p
                return f"OpenBLAS {function().decode()}"
    sys.exit(f"compare: NumPy {numpy.__version__} multiplies without OpenBLAS ({', '.join(sorted(paths))})")


def convolutions():
    for op in ("forward", "inputgrad", "weightgrad"):
        for layer in LAYERS:
            n, size, c, k, o, stride = layer
            if op == "inputgrad" and c == 3:
                continue  # images need no gradient
            out = (size + 2 * (k // 2) - k) // stride + 1
            job = dict(Op=op, N=n, Size=size, C=c, K=k, O=o, Stride=stride)
            yield f"{op} {n}x{size}x{size}x{c} {k}x{k}x{o}/{stride}", 2 * n * out * out * k * k * c * o, job, lambda: convolution(op, *layer)


def products():
    for p in PRODUCTS:
        m, n, k, ta, tb = p
        job = dict(Op="gemm", Rows=m, Cols=n, Inner=k, TransA=bool(ta), TransB=bool(tb))
        yield f"gemm {m}x{n}x{k}{' At' * ta}{' Bt' * tb}", 2 * m * n * k, job, lambda: product(*p)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-t", "--threads", type=int, default=1)
    parser.add_argument("-r", "--rounds", type=int, default=5)
    parser.add_argument("-e", "--exact", action="store_true", help="direct convolution only")
    parser.add_argument("what", choices=["conv", "gemm"])
    parser.add_argument("filter", nargs="?", default="", help="substring of the case")
    args = parser.parse_intermixed_args()
    os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)
    if args.what == "conv":
        import torch

        torch.set_num_threads(args.threads)
        torch.set_grad_enabled(False)
    engine = subprocess.Popen(["go", "run", "./bench/kernels"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(job):
        engine.stdin.write(json.dumps(dict(job, Threads=args.threads, Exact=args.exact)) + "\n")
        engine.stdin.flush()
        return float(engine.stdout.readline())

    peak = ask(dict(Op="peak")) * args.threads
    print(f"peak {peak / 1e9:.0f} GFLOPS on {args.threads} threads" + (f", {blas()}" if args.what == "gemm" else ""))
    print(f"{'case':44}{'other ms':>10}{'engine ms':>10}{'GFLOPS':>8}{'share':>7}{'ratio':>7}")
    for name, flops, job, reference in convolutions() if args.what == "conv" else products():
        if args.filter not in name:
            continue
        run = reference()
        runs = max(1, int(2e9 / flops))
        theirs, ours = float("inf"), float("inf")
        for _ in range(args.rounds):
            theirs = min(theirs, fastest(run, runs))
            ours = min(ours, ask(dict(job, Runs=runs)))
        print(f"{name:44}{theirs * 1e3:10.3f}{ours * 1e3:10.3f}{flops / ours / 1e9:8.0f}{flops / ours / peak:7.2f}{theirs / ours:7.2f}", flush=True)
    engine.stdin.close()
    engine.wait()


if __name__ == "__main__":
    main()
