#!/usr/bin/env bash
# How long a comparison takes with its runs one after another on all threads, and with one run on each thread at a time.
#
# usage: bench/parallel/compare.sh [-rounds N] [NETWORK…]
#   -rounds   comparisons of each kind, in turns (default 3); one more of each before warms the caches
#   NETWORK   resnet8, resnet20, resnet18 or vit-ti; all unless named
#
# A comparison is SimCLR and MoCo v2 with two seeds each and the untrained backbones. It prints the seconds of each, the median
# ratio (above 1, runs at once are faster), and whether both gave the same numbers.
set -euo pipefail
rounds=3
if [ "${1:-}" = -rounds ]; then rounds=$2; shift 2; fi
[[ $rounds =~ ^[0-9]+$ && $rounds -ge 1 ]] || { echo "-rounds $rounds: expected 1 or more"; exit 2; }
[ $# -gt 0 ] || set -- resnet8 resnet20 resnet18 vit-ti
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$(dirname "$0")/../.." && go build -o "$work/kontrast" ./cmd/kontrast)
threads=${GOMAXPROCS:-$(nproc)}

# seconds NETWORK RUNS: how long the comparison takes, whose scores go to a file
seconds() {
	local images
	case $1 in
	resnet8) images='{name: shapes, size: 16, textures: 1, train: 5000, test: 500}' ;;
	resnet20) images='{name: shapes, size: 32, train: 2000, test: 500}' ;;
	resnet18 | vit-ti) images='{name: shapes, size: 32, train: 500, test: 200}' ;;
	*) echo "unknown network $1; known are resnet8, resnet20, resnet18 and vit-ti" >&2; exit 2 ;;
	esac
	rm -f "$work"/experiments.db*
	local begin
	begin=$(date +%s.%N)
	"$work/kontrast" --db "$work/experiments.db" compare --parallel "$2" --methods simclr,mocov2 --seeds 1,2 --backbones "$1" \
		--set "dataset=$images" --epochs 2 --quiet > "$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
	echo "$begin $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }'
	"$work/kontrast" --db "$work/experiments.db" sql --format csv \
		"SELECT method, seed, kind, metric, value FROM run_scores ORDER BY 1, 2, 3, 4" > "$work/scores-$2"
}

for network; do
	seconds "$network" 1 > /dev/null
	seconds "$network" "$threads" > /dev/null
	for ((i = 0; i < rounds; i++)); do
		one=$(seconds "$network" 1) all=$(seconds "$network" "$threads")
		echo "$network: one after another $one s, $threads at once $all s" >&2
		echo "$one $all"
	done | awk '{ print $1 / $2 }' | sort -n |
		awk -v network="$network" '{ r[NR] = $1 } END { printf "%s: %.2f times as fast\n", network, (r[int((NR + 1) / 2)] + r[int(NR / 2) + 1]) / 2 }'
	cmp -s "$work/scores-1" "$work/scores-$threads" || { echo "$network: the scores differ"; exit 1; }
done
