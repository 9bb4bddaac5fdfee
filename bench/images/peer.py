"""The tasks of bench/images by Pillow, torchvision and lightly, on the files that it wrote.

usage: peer.py TASK FOLDER THREADS SIZE IMAGES BATCH EPOCHS
Prints JSON: images a second of processor time, of the second of two passes over the files, or images a second of a
training, of all epochs but the first.
"""
import glob
import json
import sys
import time

task, folder = sys.argv[1:3]
threads, size, count, batch, epochs = map(int, sys.argv[3:])
paths = sorted(glob.glob(f"{folder}/*/*.jpg"))


def measured(per_second, version):
    print(json.dumps({"images_per_second": per_second, "version": version}))


def passes(work):
    for _ in range(2):
        begin = time.process_time()
        for path in paths:
            work(path)
    return len(paths) / (time.process_time() - begin)


def opened(path):
    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


if task == "decode":
    import PIL
    from PIL import Image

    measured(passes(opened), f"Pillow {PIL.__version__}")
    sys.exit()

import lightly
import torch
import torchvision
from lightly.transforms import DINOTransform, MoCoV2Transform, SimCLRTransform
from PIL import Image

torch.set_num_threads(threads)
name = f"lightly {lightly.__version__}, PyTorch {torch.__version__.split('+')[0]}"
if task == "view":
    view = SimCLRTransform(input_size=size).transforms[0]
    measured(passes(lambda path: view(opened(path))), name)
    sys.exit()

import copy

from lightly.loss import DINOLoss, NTXentLoss
from lightly.models.modules import DINOProjectionHead, MoCoProjectionHead, SimCLRProjectionHead
from lightly.models.utils import deactivate_requires_grad, update_momentum
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import ImageFolder

method = task.split("-")[1]


class Block(nn.Module):
    """A basic block with option A shortcuts (He et al. 2016, section 4.2)."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))
        self.more, self.stride = out - channels, stride

    def forward(self, x):
        y = self.body(x)
        x = x[:, :, :: self.stride, :: self.stride]
        if self.more:
            x = nn.functional.pad(x, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        return (x + y).relu()


def network():
    if size > 32:
        net = torchvision.models.resnet18()
        net.fc = nn.Identity()
        return net, 512
    layers, channels = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for out in (16, 32, 64):
        for i in range(3):
            layers.append(Block(channels, out, 2 if i == 0 and out > 16 else 1))
            channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), channels


class Method(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, width = network()
        head, criterion = {
            "simclr": (lambda: SimCLRProjectionHead(width, width, 128), lambda: NTXentLoss(0.5)),
            "mocov2": (lambda: MoCoProjectionHead(width, width, 128), lambda: NTXentLoss(0.2, memory_bank_size=(4096, 128))),
            "dino": (lambda: DINOProjectionHead(width, 2048, 256, 2048, batch_norm=True, freeze_last_layer=1),
                     lambda: DINOLoss(output_dim=2048)),
        }[method]
        self.head, self.criterion = head(), criterion()
        if method != "simclr":
            self.slow, self.slow_head = copy.deepcopy(self.backbone), head()  # DINO's has weight norm, which has no copy
            self.slow_head.load_state_dict(self.head.state_dict())
            deactivate_requires_grad(self.slow)
            deactivate_requires_grad(self.slow_head)

    def embed(self, x):
        return self.head(self.backbone(x).flatten(1))

    def forward(self, views, epoch):
        if method == "simclr":
            return self.criterion(self.embed(views[0]), self.embed(views[1]))
        update_momentum(self.backbone, self.slow, 0.99)
        update_momentum(self.head, self.slow_head, 0.99)
        with torch.no_grad():
            slow = [self.slow_head(self.slow(x).flatten(1)) for x in (views[1:2] if method == "mocov2" else views[:2])]
        if method == "mocov2":
            return self.criterion(self.embed(views[0]), slow[0])
        return self.criterion(slow, [self.embed(x) for x in views], epoch=epoch)


plain = {"gaussian_blur": 0.0} if size == 32 else {}
transform = {
    "simclr": lambda: SimCLRTransform(input_size=size, **plain, **({"cj_strength": 0.5} if size == 32 else {})),
    "mocov2": lambda: MoCoV2Transform(input_size=size),
    "dino": lambda: DINOTransform(global_crop_size=size, local_crop_size=size * 96 // 224, n_local_views=8),
}[method]()
images = ImageFolder(folder, transform=transform)
images = Subset(images, range(min(count, len(images))))
loader = DataLoader(images, batch, shuffle=True, drop_last=True, num_workers=threads, persistent_workers=True)
net = Method()
optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], 1e-3, weight_decay=5e-4)
for epoch in range(epochs):
    if epoch == 1:
        begin = time.perf_counter()
    for views, _ in loader:
        optimizer.zero_grad()
        net(views, epoch).backward()
        if method == "dino":
            net.head.cancel_last_layer_gradients(epoch)
        optimizer.step()
measured((epochs - 1) * len(loader) * batch / (time.perf_counter() - begin), name)
