#!/bin/bash
# Makes a virtual environment, outside the tree, with what the benchmarks compare with, at the versions of bench/peers.txt.
# usage: bench/peers.sh DIR [PYTHON]     then: go run ./bench/table -python DIR/bin/python …
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
case $dir/ in
"$(cd "$here/.." && pwd)"/*) echo "$dir lies in the repository: name a folder outside of it"; exit 2 ;;
esac
[ -x "$dir/bin/python" ] || "${2:-python3}" -m venv "$dir"
"$dir/bin/python" -m pip install --quiet --requirement "$here/peers.txt"
"$dir/bin/python" -c 'import faiss, lightly, PIL, sklearn, torch, torchvision
print(f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, lightly {lightly.__version__}, "
      f"Pillow {PIL.__version__}, FAISS {faiss.__version__}, scikit-learn {sklearn.__version__}")'
