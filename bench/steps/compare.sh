#!/bin/sh
# Compares training steps of the engine with PyTorch's, in the fastest of eager, channels_last and torch.compile:
#   compare.sh [-python PATH] [-threads N] [-forward] [-json] [task...]
# PATH is a Python that has torch and torchvision. All flags: compare.sh -help
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/steps" .
"$dir/steps" -compare "$@"
