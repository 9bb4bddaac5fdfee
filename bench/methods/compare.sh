#!/bin/sh
# Prints, for each method, images a second, the quotient of its step and a bare step of the same passes, and its peak
# memory; for those that torch_methods.py has too, PyTorch's images a second and peak memory.
# usage: compare.sh [method...]   environment: BACKBONE (resnet20), PATCHES (vit, for methods that need patches),
# BATCH (128), THREADS (2), STEPS (10), PYTHON (python3), MEMORY (yes; no leaves out peak memory and PyTorch),
# HEADS (no; yes gives the bare step the method's heads and decoders)
set -eu
cd "$(dirname "$0")"
given=${BACKBONE:-resnet20} patches=${PATCHES:-vit} batch=${BATCH:-128} threads=${THREADS:-2} steps=${STEPS:-10} python=${PYTHON:-python3} memory=${MEMORY:-yes}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/methods" .
[ $# -gt 0 ] || set -- $("$dir/methods" -list)
printf '%-12s %9s %7s %9s %15s %13s\n' method images/s ratio 'peak MiB' 'torch images/s' 'torch MiB'
for method; do
	backbone=$given
	case $("$dir/methods" -needs "$method") in patches) backbone=$patches ;; esac
	[ "${HEADS:-no}" = no ] || heads=-heads
	flags="${heads:-} -methods $method -backbone $backbone -batch $batch -threads $threads -steps $steps"
	both=$("$dir/methods" $flags | awk '{ for (i = 1; i < NF; i++) if ($i == "ratio") print $4, $(i + 1) }')
	both=${both:-- -} # a batch that does not suit the method
	ratio=${both#* }
	if [ "$memory" = no ]; then
		printf '%-12s %9s %7s\n' "$method" ${both% *} "$ratio"
		continue
	fi
	alone=$("$dir/methods" $flags -alone | awk '{ print $4, $6 }')
	torch='- -'
	case $method in
	simclr | mocov2) torch=$("$python" torch_methods.py --method "$method" --backbone "$backbone" --batch "$batch" --threads "$threads" --steps "$steps" | awk '{ print $4, $6 }') ;;
	esac
	printf '%-12s %9s %7s %9s %15s %13s\n' "$method" ${alone% *} "$ratio" ${alone#* } $torch
done
