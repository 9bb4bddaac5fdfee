#!/bin/sh
# Builds the command and compares the engine with PyTorch: compare.sh [-threads N] [-forward] [-json] [task...]
# Every flag: compare.sh -help. The peer needs a Python with torch and torchvision: -python PATH.
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/steps" .
"$dir/steps" -compare "$@"
