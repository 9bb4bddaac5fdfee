#!/bin/bash
# Records studies of experiments.db again, in place of those it has under their names, with their verdicts. The work is done on a
# copy in WORK; if it is interrupted, repeat the command to resume it. For honest seconds the machine should do
# nothing else; all other numbers do not depend on it.
# usage: record.sh default|default-xla|all-methods|cifar10|cifar10-longer…   environment: WORK (bench/record/work), DATA (for both of cifar10:
# the folder with cifar10-train.tar and cifar10-test.tar), SEEDS (1,2,3,4,5), PARALLEL (1), the runs at once; to try it out, EPOCHS
# and TRAIN, the number of images of shapes
# After "default", README.md has what the comparison printed and how long it took. Then look at the figures and run
# go test ./internal/cli -run Documented -update
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${WORK:-bench/record/work} seeds=${SEEDS:-1,2,3,4,5}
[ $# -gt 0 ] || { sed -n '2,9s/^# //p' "$0"; exit 2; }
mkdir -p "$work"
go build -o "$work/kontrast" ./cmd/kontrast
kontrast() { (cd "$work" && ./kontrast "$@"); }

# begin STUDY: a copy of the database without the study, unless it is there from before
begin() {
	[ -e "$work/experiments.db" ] || cp experiments.db "$work/experiments.db"
	[ -e "$work/$1.begun" ] && return
	sqlite3 "$work/experiments.db" "PRAGMA foreign_keys = ON; DELETE FROM runs WHERE study = '$1'; DELETE FROM comparisons WHERE study = '$1'"
	touch "$work/$1.begun"
}

# methods WHICH: those that need patches of a vision transformer, or all others
methods() {
	kontrast methods --json | python3 -c 'import json, sys
print(",".join(m["method"] for m in json.load(sys.stdin) if (m["backbones"] == "patches") == (sys.argv[1] == "patches")))' "$1"
}

# compare STUDY FLAGS: makes the runs of a study, or those of a part of it
compare() {
	begin "$1"
	kontrast compare --parallel "${PARALLEL:-1}" --study "$@" > "$work/$1.txt"
	kontrast verdict "$1" > /dev/null
}

# compare_all STUDY FLAGS: all methods but those of patches
compare_all() { compare "$1" --methods "$(methods others)" --seeds "$seeds" "${@:2}" "${shorter[@]}"; }

patches='backbone={name: vit, width: 96, layers: 4, heads: 3}'

# patches_of STUDY FLAGS: the methods of patches on a small vision transformer, with two of the others beside them
patches_of() {
	compare "$1" --methods "$(methods patches),simclr,supervised" --seeds "$seeds" "${@:2}" "${shorter[@]}" \
		--set "$patches"
}

# cifar10_images sets images to the flags of those images
cifar10_images() {
	ln -sfn "$(cd "${DATA:?name the folder with the two tar files}" && pwd)" "$work/data" # the paths that are recorded begin there
	images=(--dataset folder --set dataset.path=data/cifar10-train.tar --set dataset.test=data/cifar10-test.tar
		--set dataset.limit=5000 --set dataset.test_limit=2000 --set views.size=16)
}

shorter=()
[ -z "${EPOCHS:-}" ] || shorter+=(--epochs "$EPOCHS")
[ -z "${TRAIN:-}" ] || shorter+=(--set "dataset.train=$TRAIN")

for study; do
	started=$(date +%s)
	fresh=no; [ -e "$work/$study.begun" ] || fresh=yes
	case $study in
	default) compare default ;;
	default-xla) # on XLA, whose plugin it installs
		go build -tags xla -o "$work/kontrast" ./cmd/kontrast
		kontrast backend install cpu --quiet
		compare default-xla --backend xla:cpu
		;;
	all-methods) # on the default images for the default length
		shapes=(--baselines untrained,pixels,pixels-pca --set 'eval.protocols=[knn, linear, factors]')
		compare_all all-methods "${shapes[@]}"
		patches_of all-methods "${shapes[@]}" --dataset shapes --set dataset.size=16 --set dataset.textures=1
		;;
	cifar10) # at half the size
		cifar10_images
		images+=(--baselines untrained,pixels,pixels-pca --epochs 8 --set train.log_every=8)
		compare_all cifar10 "${images[@]}"
		patches_of cifar10 "${images[@]}"
		;;
	cifar10-longer) # what is not told from the untrained backbone there
		cifar10_images
		images+=(--seeds "$seeds" --epochs 24 --set train.log_every=24 "${shorter[@]}")
		compare cifar10-longer --methods byol,swav,deepclusterv2,instdisc,nnbyol,pirl "${images[@]}"
		compare cifar10-longer --methods mae,simmim,data2vec,ijepa "${images[@]}" --set "$patches"
		;;
	*) echo "record.sh: unknown study $study; known are default, default-xla, all-methods, cifar10 and cifar10-longer" >&2; exit 2 ;;
	esac
	seconds=$(($(date +%s) - started))
	if [ "$study" = default ]; then
		[ "$fresh" = yes ] || echo "record.sh: it was interrupted: the time in README.md is of a part only; repeat it without $work" >&2
		python3 bench/record/readme.py README.md "$work/default.txt" "$seconds"
	fi
	rm "$work/$study.begun"
	echo "$study: $seconds seconds"
done
for study in $(sqlite3 "$work/experiments.db" "SELECT DISTINCT study FROM runs"); do
	kontrast verdict "$study" > /dev/null
done
rm -f "$work/packed.db"
sqlite3 "$work/experiments.db" "VACUUM INTO '$work/packed.db'"
mv "$work/packed.db" experiments.db
ls -l experiments.db
