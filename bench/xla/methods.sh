#!/bin/sh
# Trains each method for one epoch of a few images of shapes on the engine and on XLA, from the same weights and views,
# and prints the scores and the last losses side by side.
# usage: methods.sh [method...]   all if none is named
# environment: BACKEND (xla:cpu), BACKBONE (resnet8; a small ViT for methods of patches), TRAIN (256) images, BATCH (64)
# It needs what kontrast backend install cpu brings, and sqlite3.
set -eu
cd "$(dirname "$0")/../.."
backend=${BACKEND:-xla:cpu} given=${BACKBONE:-resnet8} train=${TRAIN:-256} batch=${BATCH:-64}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -tags xla -o "$dir/kontrast" ./cmd/kontrast
[ $# -gt 0 ] || set -- $("$dir/kontrast" methods | awk 'NR > 1 && NF { print $1 }')
printf '%-14s %10s %10s %12s %12s %10s\n' method 'kNN ours' 'kNN XLA' 'loss ours' 'loss XLA' apart
failed=0
for method; do
	case $method in
	simmim | ibot | dinov2 | data2vec | mae | ijepa | msn) backbone='{name: vit, patch_size: 4, width: 32, layers: 2, heads: 2}' ;;
	*) backbone=$given ;;
	esac
	for one in kontrast "$backend"; do
		"$dir/kontrast" run --db "$dir/e.db" --quiet --backend "$one" --method "$method" --set "backbone=$backbone" \
			--study "$method" --epochs 1 --batch-size "$batch" --set "dataset={name: shapes, size: 16, train: $train, test: 128}" \
			--set 'eval.protocols=[knn]' --set eval.knn.k=5 > "$dir/out" 2>&1 || {
			printf '%-14s not trained on %s: %s\n' "$method" "$one" "$(head -n 1 "$dir/out")"
			failed=1
			continue 2
		}
	done
	sqlite3 -separator ' ' "$dir/e.db" "
		WITH s AS (
			SELECT r.backend = 'kontrast' AS ours,
				(SELECT value FROM run_scores WHERE run = r.id AND kind = 'knn' AND metric = 'top1') AS score,
				(SELECT value FROM metrics WHERE run = r.id AND name = 'loss' ORDER BY step DESC LIMIT 1) AS loss
			FROM runs r WHERE study = '$method')
		SELECT printf('%-14s %10.4f %10.4f %12.6f %12.6f %10.1e', '$method', a.score, b.score, a.loss, b.loss, abs(a.loss - b.loss))
		FROM s a, s b WHERE a.ours AND NOT b.ours"
done
exit $failed
