#!/usr/bin/env bash
# How a training step of the engine gains from a second thread, and what that bounds: one and two threads in turns.
#
# usage: bench/steps/threads.sh [-rounds N] [TASK…]     (default 3 rounds of resnet20 resnet18 resnet50 vit-ti vit-s)
#
# Printed for each task, from medians: milliseconds with one and with two threads, how many times as fast two are, and the part of a
# step that does not gain (Amdahl's law, from both times), with what that part alone would leave of 16, 32 and 64 threads.
set -euo pipefail
rounds=3
if [ "${1:-}" = -rounds ]; then rounds=$2; shift 2; fi
[[ $rounds =~ ^[0-9]+$ && $rounds -ge 1 ]] || { echo "-rounds $rounds: expected 1 or more"; exit 2; }
[ $# -gt 0 ] || set -- resnet20 resnet18 resnet50 vit-ti vit-s
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$(dirname "$0")/../.." && go build -o "$work/steps" ./bench/steps)
printf '%-10s %10s %10s %8s %8s %8s %8s %8s\n' task '1 thread' '2 threads' gain serial 'of 16' 'of 32' 'of 64'
for task; do
	for ((i = 0; i < rounds; i++)); do
		for threads in 1 2; do
			"$work/steps" -task "$task" -threads $threads -json | python3 -c 'import json, sys
print(sys.argv[1], json.load(sys.stdin)["ms"])' $threads
		done
	done | python3 -c 'import statistics, sys
times = {"1": [], "2": []}
for line in sys.stdin:
    threads, ms = line.split()
    times[threads].append(float(ms))
one, two = statistics.median(times["1"]), statistics.median(times["2"])
serial = max(0, 2 * two / one - 1)
left = [1 / (serial + (1 - serial) / n) for n in (16, 32, 64)]
print(f"{sys.argv[1]:10} {one:7.0f} ms {two:7.0f} ms {one / two:8.2f} {serial:8.1%} " + " ".join(f"{x:8.1f}" for x in left))' "$task"
done
