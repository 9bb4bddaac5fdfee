#!/usr/bin/env bash
# Makes the table of docs/transfer.md: packaged ImageNet networks and three that are trained here, on five data sets that
# packages ship.
#
#     bench/transfer/transfer.sh [KONTRAST] [WORK]
#
# TRAINING and TEST are how many images of each data set are taken (400 and 200), PICTURES how many captioned ones of no
# data set SimCLR, a supervised network and CLIP are trained on (4000). bench/transfer/fetch.py says what is fetched into
# WORK and needed for it. The results are in WORK/transfer.db, the figure in WORK/zero-shot.svg.
set -euo pipefail
kontrast=${1:-kontrast} work=$(realpath -m "${2:-transfer-work}")
python=${PYTHON:-python3}
"$python" "$(dirname "$0")/fetch.py" --work "$work" --training "${TRAINING:-400}" --test "${TEST:-200}" \
  --pictures "${PICTURES:-4000}"
k() { "$kontrast" "$@" --db "$work/transfer.db" --quiet; }
trained() { k sql "SELECT name FROM runs WHERE method = '$1' AND status = 'finished' LIMIT 1" --format csv | tail -n +2; }
train() { # a method and its settings, unless there is such a run
  [ -n "$(trained "$1" 2>/dev/null)" ] || k run --method "$@" --backbone resnet8 --set dataset.test_fraction=0.1
}
labeled=(--dataset folder --set "dataset.path=$work/data/pictures" --epochs 10 --set train.learning_rate.base=0.012)
train simclr "${labeled[@]}"
train supervised "${labeled[@]}"
train clip --preset shapes --dataset pairs --set "dataset.path=$work/data/captions.csv"
echo '{}' > "$work/prompts.txt"
datasets=() prompts=()
for name in stamps clipart fashion mnist digits8; do
  datasets+=("$name=$work/data/$name") prompts+=(--set "$name.prompts=$work/prompts.txt")
done
models=()
for name in lite0 lite1 lite2 mobilenetv2; do models+=("$name:$work/weights/$name.pth"); done
models+=("$(trained simclr)" "$(trained supervised)" "$(trained clip)")
list() { local IFS=,; echo "$*"; }
k transfer --study packages --models "$(list "${models[@]}")" --datasets "$(list "${datasets[@]}")" \
  --protocols linear,knn,few-shot,zero-shot "${prompts[@]}"
k data overlap --study packages
k plot transfer packages --versus "$(trained clip) zero-shot,$(trained simclr) linear" -o "$work/zero-shot.svg"
