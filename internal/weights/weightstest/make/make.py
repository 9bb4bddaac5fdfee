#!/usr/bin/env python3
"""Makes the checkpoints of other programs that kontrast's tests read, and writes checkpoints.tar.bz2 and
clip_zeroshot.tar.bz2 beside its folder.

    python3 internal/weights/weightstest/make/make.py

It needs torch, torchvision, timm, open_clip, lightly, safetensors and onnx; index.json in the archives has their versions.
"""
import bz2
import io
import os
import shutil
import sys
import tarfile
import tempfile

import lightly
import onnx
import open_clip
import timm
import torch
import torchvision

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import clip  # noqa: E402
import convnets  # noqa: E402
import resnets  # noqa: E402
import transformers  # noqa: E402
from common import Checkpoints  # noqa: E402


def pack(folder, path):
    """Packs a folder, in order and without times."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for root, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                whole = os.path.join(root, name)
                entry = tarfile.TarInfo(os.path.relpath(whole, folder))
                entry.size = os.path.getsize(whole)
                with open(whole, "rb") as content:
                    archive.addfile(entry, content)
    with open(path, "wb") as packed:
        packed.write(bz2.compress(out.getvalue()))
    print(path, os.path.getsize(path), "bytes")


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    work = tempfile.mkdtemp()
    c = Checkpoints(os.path.join(work, "checkpoints"))
    for part in (resnets.formats, resnets.programs, resnets.refused, transformers.first, transformers.dinov2,
                 transformers.dinov3, clip.towers, convnets.mobile, convnets.convnext, convnets.bit):
        part(c)
    c.write_index(f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}, "
                  f"open_clip {open_clip.__version__}, lightly {lightly.__version__}, onnx {onnx.__version__}")
    clip.zero_shot(os.path.join(work, "zero_shot"))
    to = os.path.dirname(HERE)
    pack(c.folder, os.path.join(to, "checkpoints.tar.bz2"))
    pack(os.path.join(work, "zero_shot"), os.path.join(to, "clip_zeroshot.tar.bz2"))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
