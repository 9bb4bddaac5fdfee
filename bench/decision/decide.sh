#!/bin/sh
# Measures how long it takes from a question, "A or B, within MARGIN points of kNN accuracy?", to a valid answer: by a
# race that adds seeds until it decides, by ten fixed seeds, and by lightly with its own training loop and ten seeds.
# DATA has the folders train and test, each with a folder of images a class. Without DATA it is the short form, of some
# minutes: the images and the backbone of the default comparison, by the race and by ten seeds, without lightly.
# usage: decide.sh [DATA]   environment: A (simclr), B (mocov2), MARGIN (1), BACKBONE (resnet20), EPOCHS (20),
# IMAGES (10000, of the training set), TESTS (2000), SEEDS (10), MAX_SEEDS (30), PYTHON (python3; empty: without lightly)
set -eu
a=${A:-simclr} b=${B:-mocov2} margin=${MARGIN:-1} images=${IMAGES:-10000} tests=${TESTS:-2000} seeds=${SEEDS:-10} most=${MAX_SEEDS:-30}
if [ $# -gt 0 ]; then
	data=$(cd "$1" && pwd)
	backbone=${BACKBONE:-resnet20} epochs=${EPOCHS:-20} python=${PYTHON-python3}
	dataset="{name: folder, path: \"$data\", limit: $images, test_limit: $tests}"
else
	backbone=${BACKBONE:-resnet8} epochs=${EPOCHS:-4} python=
	dataset="{size: 16, textures: 1, test: $tests}"
fi
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/kontrast" ./cmd/kontrast
cat > "$dir/study.yaml" <<YAML
dataset: $dataset
train: {epochs: $epochs}
eval: {linear: {skip: true}}
YAML
# measure NAME COMMAND...: the hours that the command takes, and how many trainings it made
measure() {
	name=$1
	shift
	start=$(date +%s.%N)
	"$@" > "$dir/$name.txt" 2> "$dir/$name.err" || { cat "$dir/$name.err" >&2; exit 1; }
	printf '%-10s %s hours\n' "$name" "$(echo "$start $(date +%s.%N)" | awk '{ printf "%.3f", ($2 - $1) / 3600 }')"
}
compare() {
	study=$1 list=$2 more=$3
	# shellcheck disable=SC2086 # several flags
	"$dir/kontrast" --db "$dir/$study.db" compare "$dir/study.yaml" --study "$study" --methods "$a,$b" --backbones "$backbone" \
		--margin "$margin" --seeds "$list" $more --quiet
}
measure race compare race 1,2,3 "--until-decided --max-seeds $most"
measure fixed compare fixed "$(seq -s, 1 "$seeds")" ""
for study in race fixed; do
	printf '%-10s %s trainings; ' "$study" "$("$dir/kontrast" --db "$dir/$study.db" sql "SELECT count(*) FROM run_overview WHERE method <> 'untrained'" --format csv | tail -1)"
	"$dir/kontrast" --db "$dir/$study.db" verdict "$study" "$a" "$b" --margin "$margin" | grep '^  '
done
[ -n "$python" ] || exit 0
measure lightly "$python" bench/decision/lightly_decide.py --data "$data" --methods "$a,$b" --epochs "$epochs" --images "$images" --tests "$tests" --seeds "$seeds"
cat "$dir/lightly.txt"
