"""Compares the engine's memory-bound kernels with PyTorch: runs vector_ours and vector_torch.py in turns and prints
the medians and PyTorch's time divided by ours (above 1: we are faster).

usage: python3 bench/kernels/vector_compare.py [--threads 2] [--rounds 5] [--only softmax] [--cpu]
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--only", default="")
parser.add_argument("--seconds", type=float, default=0.2)
parser.add_argument("--cpu", action="store_true", help="processor time instead of the clock: for --threads 1 on a busy machine")
args = parser.parse_args()
here = os.path.dirname(os.path.abspath(__file__))

with tempfile.TemporaryDirectory() as folder:
    ours = os.path.join(folder, "vector_ours")
    subprocess.run(["go", "build", "-o", ours, "."], check=True, cwd=os.path.join(here, "vector_ours"))
    flags = ["--threads", str(args.threads), "--only", args.only, "--seconds", str(args.seconds)]
    flags += ["--cpu"] if args.cpu else []
    commands = {"ours": [ours] + flags, "torch": [sys.executable, os.path.join(here, "vector_torch.py")] + flags}
    times = {}
    for _ in range(args.rounds):
        for who, command in commands.items():
            for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
                result = json.loads(line)
                times.setdefault(result["case"], {"ours": [], "torch": []})[who].append(result["us"])

print(f"{'case':36} {'ours µs':>10} {'PyTorch µs':>10} {'ratio':>6}")
for case, t in times.items():
    ours, torch = statistics.median(t["ours"]), statistics.median(t["torch"])
    print(f"{case:36} {ours:10.0f} {torch:10.0f} {torch / ours:6.2f}")
