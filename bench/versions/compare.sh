#!/usr/bin/env bash
# How long one version of the program takes beside another: both make a run of the
# default comparison and its baseline, end to end, in turns.
#
# usage: bench/versions/compare.sh [-rounds N] OLD NEW [FLAG…]
#   OLD, NEW  a binary, or a commit to build
#   -rounds   pairs of runs that count (default 10); each version makes one before, which warms the caches
#   FLAG…     for kontrast compare, such as --methods byol or --set train.epochs=1
#
# It prints the seconds of each pair and the ratio new / old, then the geometric mean of the ratios
# with its 95 % interval (Student's t on logarithms), and whether both gave the same numbers.
set -euo pipefail
rounds=10
if [ "${1:-}" = -rounds ]; then rounds=$2; shift 2; fi
[ $# -ge 2 ] || { sed -n '5,9s/^# \{0,1\}//p' "$0"; exit 2; }
[[ $rounds =~ ^[0-9]+$ && $rounds -ge 2 ]] || { echo "-rounds $rounds: expected 2 or more"; exit 2; }
old=$1 new=$2; shift 2
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# binary NAME WHAT puts the program that WHAT stands for at $work/NAME.
binary() {
  if [ -f "$2" ] && [ -x "$2" ]; then cp "$2" "$work/$1"; return; fi
  local tree=$work/tree-$1
  git -C "$repository" rev-parse --verify --quiet "$2^{commit}" >/dev/null ||
    { echo "$2: no program and no commit"; exit 2; }
  mkdir "$tree"
  git -C "$repository" archive "$2" | tar -x -C "$tree"
  (cd "$tree" && go build -o "$work/$1" ./cmd/kontrast)
}
binary old "$old"
binary new "$new"

# seconds NAME FLAG… makes the run in an empty folder and prints how long it took.
seconds() {
  local name=$1; shift
  rm -rf "$work/run-$name"; mkdir "$work/run-$name"
  local begin=$EPOCHREALTIME
  (cd "$work/run-$name" && "$work/$name" compare --methods simclr --seeds 1 --study s --quiet "$@" >/dev/null) ||
    { echo "$name failed" >&2; exit 1; }
  awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'
}

numbers() {
  (cd "$work/run-$1" && "$work/$1" sql --format csv \
    'SELECT method, seed, protocol, metric, value FROM run_scores ORDER BY 1, 2, 3, 4')
}

seconds old "$@" >/dev/null
seconds new "$@" >/dev/null
printf '%5s %9s %9s %9s\n' pair old new new/old
for ((pair = 1; pair <= rounds; pair++)); do
  if ((pair % 2)); then a=$(seconds old "$@"); b=$(seconds new "$@"); else b=$(seconds new "$@"); a=$(seconds old "$@"); fi
  echo "$pair $a $b"
done | awk -v rounds="$rounds" '
  { r = $3 / $2; printf "%5d %8.2fs %8.2fs %9.4f\n", $1, $2, $3, r; fflush(); l = log(r); sum += l; squares += l * l; n++ }
  # The 0.975 quantile of Student'"'"'s t with f degrees of freedom: Cornish-Fisher expansion, exact below 3.
  function t(f,   z) {
    if (f == 1) return 12.7062
    if (f == 2) return 4.3027
    z = 1.959964
    return z + (z^3 + z) / (4 * f) + (5 * z^5 + 16 * z^3 + 3 * z) / (96 * f^2) + (3 * z^7 + 19 * z^5 + 17 * z^3 - 15 * z) / (384 * f^3)
  }
  END {
    if (n < rounds) exit 1
    mean = sum / n; half = t(n - 1) * sqrt((squares - n * mean * mean) / (n - 1) / n)
    printf "new takes %.4f of the time of old, 95 %% interval %.4f to %.4f\n", exp(mean), exp(mean - half), exp(mean + half)
  }'
if [ "$(numbers old)" = "$(numbers new)" ]; then echo "both gave the same numbers"; else echo "they gave different numbers"; fi
