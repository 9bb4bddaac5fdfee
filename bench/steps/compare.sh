#!/bin/sh
# Alternates the engine with PyTorch on the training steps and prints the medians and the ratio of images a second.
# usage: compare.sh [task...]   environment: THREADS (2), STEPS (10), ROUNDS (5), PYTHON (python3), FLAGS (such as -forward)
set -eu
cd "$(dirname "$0")"
threads=${THREADS:-2} steps=${STEPS:-10} rounds=${ROUNDS:-5} python=${PYTHON:-python3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/steps" .
[ $# -gt 0 ] || set -- resnet20 resnet18 resnet50 vit-ti vit-s
median() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }
printf '%-10s %14s %14s %7s\n' task 'engine ms/step' 'torch ms/step' ratio
for task; do
	: > "$dir/ours"
	: > "$dir/torch"
	i=0
	while [ $i -lt "$rounds" ]; do
		"$dir/steps" -task "$task" -threads "$threads" -steps "$steps" ${FLAGS:-} | awk '{ print $2 }' >> "$dir/ours"
		"$python" torch_step.py --task "$task" --threads "$threads" --steps "$steps" ${FLAGS:+-$FLAGS} | awk '{ print $2 }' >> "$dir/torch"
		i=$((i + 1))
	done
	ours=$(median < "$dir/ours")
	torch=$(median < "$dir/torch")
	awk -v t="$task" -v a="$ours" -v b="$torch" 'BEGIN { printf "%-10s %14.1f %14.1f %7.2f\n", t, a, b, b / a }'
done
