"""What all makers of checkpoints share: images, weights, and the list of what was made."""
import collections
import json
import os

import torch

VALUES = torch.tensor([-1, -0.75, -0.625, -0.5, 0.5, 0.625, 0.75, 1])
PERIOD = 997  # of the weights, so that archives are small; a prime, so that no axis of a tensor has it


def images(size):
    """Two images: sin(0.37 i + 0.001 i² mod 7), i counting through [2, 3, size, size]."""
    i = torch.arange(2 * 3 * size * size, dtype=torch.float64)
    return torch.sin(torch.fmod(i * 0.37 + 0.001 * i * i, 7)).reshape(2, 3, size, size).float()


class Values:
    """Values of half precision, periodic from a place of each tensor's own."""

    def __init__(self, seed):
        self.random = torch.Generator().manual_seed(seed)
        block = torch.Generator().manual_seed(1)
        self.block = VALUES[torch.randint(0, len(VALUES), (PERIOD,), generator=block)]

    def like(self, tensor):
        start = torch.randint(0, PERIOD, (), generator=self.random)
        return self.block[(torch.arange(tensor.numel()) + start) % PERIOD].reshape(tensor.shape)


def filled(module, seed, gain=1.5):
    """Gives a module weights of that seed, and ends its training."""
    values = Values(seed)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            leaf = name.split(".")[-1]
            if leaf in ("num_batches_tracked", "attn_mask") or "rope" in name or not tensor.is_floating_point():
                continue
            some = values.like(tensor)
            factor = tensor.dim() < 2 and leaf == "weight" or leaf in (
                "gamma", "gamma_1", "gamma_2", "layer_scale", "running_var")
            if factor:
                tensor.copy_(1 + some / 4)
            elif leaf in ("cls_token", "pos_embed", "reg_token", "class_token", "pos_embedding", "class_embedding",
                          "positional_embedding"):
                tensor.copy_(some / 2)
            elif leaf == "logit_scale":
                tensor.fill_(2.5)
            elif tensor.dim() > 1:
                fan = tensor.shape[0] if leaf in ("proj", "text_projection") else tensor[0].numel()
                tensor.copy_(some * 2.0 ** round(torch.tensor(gain / fan**0.5).log2().item()))
            else:
                tensor.copy_(some / 4)
    return module.eval()


def half(tensors):
    return collections.OrderedDict(
        (name, t.half().contiguous() if t.is_floating_point() else t) for name, t in tensors.items())


def below(prefix, tensors):
    return collections.OrderedDict((prefix + name, t) for name, t in tensors.items())


def merged(*dictionaries):
    out = collections.OrderedDict()
    for d in dictionaries:
        out.update(d)
    return out


def without(start, tensors):
    return collections.OrderedDict((name, t) for name, t in tensors.items() if not name.startswith(start))


def mlp(prefix, first=(4, 16), last=6):
    """A head of two layers, which is left out by whoever takes the backbone."""
    zeros = lambda *shape: torch.zeros(*shape).half()
    return collections.OrderedDict([
        (prefix + "0.weight", zeros(*first)), (prefix + "0.bias", zeros(first[0])),
        (prefix + "2.weight", zeros(last, first[0])), (prefix + "2.bias", zeros(last)),
    ])


class Checkpoints:
    """Files in a folder, and index.json, which says what the programs that wrote them give for the images."""

    def __init__(self, folder):
        self.folder, self.index = folder, []
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, name, content, **how):
        if name.endswith(".safetensors"):
            from safetensors.torch import save_file

            save_file({key: t.contiguous() for key, t in content.items()}, self.path(name))
        else:
            torch.save(content, self.path(name), **how)

    def note(self, name, features, layout, backbone, method="", role="", size=16, **more):
        assert features.std() > 1e-3 and features.isfinite().all(), name
        rows = [[float(f"{x:.8g}") for x in row] for row in features.tolist()]
        self.index.append(dict(
            file=name, size=size, features=rows, layout=layout, backbone=backbone, method=method, role=role, **more))

    def write_index(self, source):
        with open(self.path("index.json"), "w") as out:
            json.dump({"source": source, "checkpoints": self.index}, out, separators=(",", ":"))
