#!/bin/bash
# Evaluations beside PyTorch and scikit-learn, in turns, on this machine, which should do nothing else.
# usage: bench/eval/compare.sh [ROUNDS]; PYTHON names an interpreter with torch and scikit-learn.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
binary=$(mktemp)
trap 'rm -f "$binary"' EXIT
go test -c -o "$binary" ./internal/eval
for round in $(seq "${1:-3}"); do
	echo "round $round"
	for task in KNN Logistic; do
		(cd internal/eval && "$binary" -test.run '^$' -test.bench "^Benchmark$task\$" -test.benchtime 2x | grep ^Benchmark)
		"$python" bench/eval/peer.py "${task,,}"
	done
done
