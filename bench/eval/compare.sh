#!/bin/bash
# Evaluations beside PyTorch, FAISS and scikit-learn, in turns, on this machine, which should do nothing else.
# usage: bench/eval/compare.sh [-python PATH] [-threads N] [-rounds N] [-json] [task...]
set -euo pipefail
cd "$(dirname "$0")/../.."
exec go run ./bench/eval -compare "$@"
