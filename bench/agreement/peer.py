"""The reference's side of bench/agreement: trains a method with the code of lightly, open_clip or DINO's
authors, on views and with settings that it is given, some times more with one weight moved by 1e-7, and once more with the
values that rounding may put on the other side of a ReLU there.

usage: python peer.py FOLDER...

A folder has settings.json, views.bin (float32, step by step, view by view, [N, H, W, 3]) and tokens.bin.
Written there are start.bin and weights.bin (float32, in kontrast's layout: HWIO, (in, out)) with
reference.json: the variables at the start by kontrast's paths, the losses of all steps, and for each step
the largest difference of the loss and of a weight among the further trainings.

Needs torch (2.15.0 was used), lightly (1.6.0), open_clip_torch (3.3.0), and for DINO a clone of its code.
"""

import contextlib
import importlib.metadata
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MOVED = 1e-7
HELD, TO_THE_END = 100, 1  # steps that must agree; trainings with a moved weight that go on after them


class ResNet(nn.Module):
    """The first three stages of lightly's ResNet-9, up to the mean over the image: 16 channels times the width at first."""

    def __init__(self, width):
        super().__init__()
        from lightly.models import ResNetGenerator

        self.net = ResNetGenerator("resnet-9", width=width / 4)
        del self.net.layer4, self.net.linear

    def forward(self, x):
        net = self.net
        x = F.relu(net.bn1(net.conv1(x)))
        return net.layer3(net.layer2(net.layer1(x))).mean((2, 3))


def of_resnet(resnet, prefix):
    """Its parameters by kontrast's paths."""
    for name, p in resnet.net.named_parameters():
        yield prefix + "backbone/" + name.replace("shortcut", "downsample").replace(".", "/"), p


def of_head(layers, prefix):
    """Those of a sequence of linear layers and batch norms."""
    number = -1
    for layer in layers:
        number += isinstance(layer, nn.Linear)
        kind = "linear" if isinstance(layer, nn.Linear) else "norm"
        for name, p in layer.named_parameters():
            yield f"{prefix}{kind}{number}/{name}", p


def copy_to_momentum(*pairs):
    from lightly.models.utils import deactivate_requires_grad

    for online, target in pairs:
        target.load_state_dict(online.state_dict())
        deactivate_requires_grad(target)


class Row:
    """A training. Subclasses make the modules; `parameters` are by kontrast's paths."""

    plain = ()  # ends of paths whose tensors have the same layout there
    absent = ()  # paths that kontrast has no need of: biases that nothing depends on

    def __init__(self, s):
        self.s, self.p, self.o = s, s["Params"], s["Optimizer"]
        self.steps = s["Epochs"] * s["StepsPerEpoch"]
        self.make()
        self.parameters = {path: p for path, p in self.paths() if path not in self.absent}
        self.begin()
        self.optimizer = self.make_optimizer()

    def begin(self):
        """After the weights are set: copies and memories."""

    def state(self):
        """Further variables at the start, by path, of the same layout."""
        return {}

    def groups(self):
        """Weights, and what has no weight decay."""
        every = [p for m in self.modules for p in m.parameters() if p.requires_grad]
        return [{"params": [p for p in every if p.dim() > 1], "weight_decay": self.o["WeightDecay"]},
                {"params": [p for p in every if p.dim() <= 1], "weight_decay": 0.0}]

    def make_optimizer(self):
        if self.o["Name"] == "sgd":  # which spares nothing the decay
            return self.sgd([{"params": [p for g in self.groups() for p in g["params"]]}])
        from lightly.utils.lars import LARS

        return LARS(self.groups(), lr=1.0, momentum=self.o["Momentum"], trust_coefficient=self.o["Trust"])

    def sgd(self, groups):
        return torch.optim.SGD(groups, lr=self.s["Rate"]["Base"], momentum=self.o["Momentum"],
                               weight_decay=self.o["WeightDecay"])

    def rate(self, step):
        from lightly.utils.scheduler import cosine_warmup_schedule

        r = self.s["Rate"]
        warmup = round(r["WarmupEpochs"] * self.s["StepsPerEpoch"])
        return cosine_warmup_schedule(step, self.steps, r["Base"], 0.0, warmup, 0.0)

    def step(self, step, views, tokens):
        for group in self.optimizer.param_groups:
            if not group.get("fixed"):
                group["lr"] = self.rate(step)
        loss = self.loss(step, views, tokens)
        self.optimizer.zero_grad()
        loss.backward()
        self.after_backward(step)
        self.optimizer.step()
        self.after_step(step)
        return loss.item()

    def after_backward(self, step):
        pass

    def after_step(self, step):
        pass

    def per_size(self, views):
        """Features of all views, those of one size in one pass."""
        return torch.cat([self.backbone(torch.cat([v for v in views if v.shape[-1] == size]))
                          for size in dict.fromkeys(v.shape[-1] for v in views)])


class SimCLR(Row):
    def make(self):
        from lightly.loss import NTXentLoss
        from lightly.models.modules import SimCLRProjectionHead

        self.backbone = ResNet(self.s["Backbone"]["Width"])
        self.head = SimCLRProjectionHead(self.s["Features"], self.p["HiddenDim"], self.p["OutputDim"])
        self.criterion = NTXentLoss(self.p["Temperature"])
        self.modules = [self.backbone, self.head]

    def paths(self):
        yield from of_resnet(self.backbone, "/online/")
        yield from of_head(self.head.layers, "/online/projector/")

    def loss(self, step, views, tokens):
        return self.criterion(*[self.head(self.backbone(x)) for x in views])


class BYOL(Row):
    def make(self):
        from lightly.loss import NegativeCosineSimilarity
        from lightly.models.modules import BYOLPredictionHead, BYOLProjectionHead

        p = self.p
        sides = []
        for _ in range(2):
            sides.append(ResNet(self.s["Backbone"]["Width"]))
            sides.append(BYOLProjectionHead(self.s["Features"], p["HiddenDim"], p["OutputDim"]))
        self.backbone, self.head, self.target, self.target_head = sides
        self.predictor = BYOLPredictionHead(p["OutputDim"], p["HiddenDim"], p["OutputDim"])
        self.criterion = NegativeCosineSimilarity()
        self.modules = [self.backbone, self.head, self.predictor]

    def begin(self):
        copy_to_momentum((self.backbone, self.target), (self.head, self.target_head))

    def paths(self):
        for backbone, head, prefix in ((self.backbone, self.head, "/online/"), (self.target, self.target_head, "/momentum/")):
            yield from of_resnet(backbone, prefix)
            yield from of_head(head.layers, prefix + "projector/")
        yield from of_head(self.predictor.layers, "/predictor/")

    def loss(self, step, views, tokens):
        from lightly.models.utils import update_momentum

        m = 1 - (1 - self.p["TargetMomentum"]) * (math.cos(math.pi * step / self.steps) + 1) / 2  # §3.2 of the paper
        update_momentum(self.backbone, self.target, m)
        update_momentum(self.head, self.target_head, m)
        p = [self.predictor(self.head(self.backbone(x))) for x in views]
        with torch.no_grad():
            z = [self.target_head(self.target(x)) for x in views]
        return 4 + 2 * (self.criterion(p[0], z[1]) + self.criterion(p[1], z[0]))  # the paper's: both directions added


class MoCo(Row):
    def make(self):
        from lightly.loss import NTXentLoss
        from lightly.models.modules import MoCoProjectionHead

        sides, d = [], self.s["Features"]
        for _ in range(2):
            sides += [ResNet(self.s["Backbone"]["Width"]), MoCoProjectionHead(d, d, self.p["OutputDim"])]
        self.backbone, self.head, self.key, self.key_head = sides
        self.criterion = NTXentLoss(self.p["Temperature"], (self.p["Queue"], self.p["OutputDim"]))
        self.modules = [self.backbone, self.head]

    def begin(self):
        copy_to_momentum((self.backbone, self.key), (self.head, self.key_head))

    def paths(self):
        for backbone, head, prefix in ((self.backbone, self.head, "/online/"), (self.key, self.key_head, "/momentum/")):
            yield from of_resnet(backbone, prefix)
            yield from of_head(head.layers, prefix + "projector/")

    def state(self):
        return {"/state/queue/keys": self.criterion.memory_bank.bank}

    def loss(self, step, views, tokens):
        from lightly.models.utils import update_momentum

        update_momentum(self.backbone, self.key, self.p["EncoderMomentum"])
        update_momentum(self.head, self.key_head, self.p["EncoderMomentum"])
        with torch.no_grad():
            keys = self.key_head(self.key(views[1]))
        return self.criterion(self.head(self.backbone(views[0])), keys)


class SimSiam(Row):
    def make(self):
        from lightly.loss import NegativeCosineSimilarity
        from lightly.models.modules import SimSiamPredictionHead, SimSiamProjectionHead

        p, d = self.p, self.s["Features"]
        self.backbone = ResNet(self.s["Backbone"]["Width"])
        self.head = SimSiamProjectionHead(d, p["HiddenDim"], p["OutputDim"])
        self.predictor = SimSiamPredictionHead(p["OutputDim"], p["BottleneckDim"], p["OutputDim"])
        self.criterion = NegativeCosineSimilarity()

    def paths(self):
        yield from of_resnet(self.backbone, "/online/")
        yield from of_head(self.head.layers, "/online/projector/")
        yield from of_head(self.predictor.layers, "/predictor/")

    def make_optimizer(self):
        encoder = [*self.backbone.parameters(), *self.head.parameters()]
        return self.sgd([{"params": encoder}, {"params": self.predictor.parameters(), "fixed": self.p["FixPredictorLR"]}])

    def loss(self, step, views, tokens):
        z = [self.head(self.backbone(x)) for x in views]
        p = [self.predictor(one) for one in z]
        return 0.5 * (self.criterion(p[0], z[1].detach()) + self.criterion(p[1], z[0].detach()))


class SwAV(Row):
    def make(self):
        from lightly.loss import SwaVLoss
        from lightly.models.modules import SwaVProjectionHead, SwaVPrototypes

        p = self.p
        self.backbone = ResNet(self.s["Backbone"]["Width"])
        self.head = SwaVProjectionHead(self.s["Features"], p["HiddenDim"], p["OutputDim"])
        frozen = round(p["FreezeEpochs"] * self.s["StepsPerEpoch"])
        self.prototypes = SwaVPrototypes(p["OutputDim"], p["Prototypes"], frozen)
        self.prototypes.heads[0].bias = None  # lightly's have one, the paper's code has none
        self.criterion = SwaVLoss(p["Temperature"], p["Iterations"], p["Epsilon"])
        self.modules = [self.backbone, self.head, self.prototypes]

    def paths(self):
        yield from of_resnet(self.backbone, "/online/")
        yield from of_head(self.head.layers, "/online/projector/")
        yield "/online/prototypes/weight", self.prototypes.heads[0].weight

    def loss(self, step, views, tokens):
        self.prototypes.normalize()
        z = F.normalize(self.head(self.per_size(views)))
        scores = self.prototypes(z, step).chunk(len(views))
        return self.criterion(scores[:2], scores[2:])


class BarlowTwins(SimCLR):
    absent = ("/online/projector/linear2/bias",)

    def make(self):
        from lightly.loss import BarlowTwinsLoss
        from lightly.models.modules import BarlowTwinsProjectionHead

        self.backbone = ResNet(self.s["Backbone"]["Width"])
        self.head = BarlowTwinsProjectionHead(self.s["Features"], self.p["HiddenDim"], self.p["OutputDim"])
        self.criterion = BarlowTwinsLoss(self.p["Lambda"])
        self.modules = [self.backbone, self.head]


class VICReg(BarlowTwins):
    def make(self):
        from lightly.loss import VICRegLoss
        from lightly.models.modules.heads import VICRegProjectionHead

        p = self.p
        self.backbone = ResNet(self.s["Backbone"]["Width"])
        self.head = VICRegProjectionHead(self.s["Features"], p["HiddenDim"], p["OutputDim"], p["HeadLayers"])
        self.criterion = VICRegLoss(p["Invariance"], p["Variance"], p["Covariance"])
        self.modules = [self.backbone, self.head]


class NNCLR(Row):
    """lightly's NTXentLoss would add the same view's samples to the negatives, which the paper has not (§3.2)."""

    def make(self):
        from lightly.models.modules import NNCLRPredictionHead, NNCLRProjectionHead, NNMemoryBankModule

        p = self.p
        self.backbone = ResNet(self.s["Backbone"]["Width"])
        self.head = NNCLRProjectionHead(self.s["Features"], p["HiddenDim"], p["OutputDim"])
        self.predictor = NNCLRPredictionHead(p["OutputDim"], p["PredictorDim"], p["OutputDim"])
        self.bank = NNMemoryBankModule((p["Queue"], p["OutputDim"]))
        self.modules = [self.backbone, self.head, self.predictor]

    def paths(self):
        yield from of_resnet(self.backbone, "/online/")
        yield from of_head(self.head.layers, "/online/projector/")
        yield from of_head(self.predictor.layers, "/predictor/")

    def state(self):
        return {"/state/support/keys": self.bank.bank}

    def loss(self, step, views, tokens):
        z = [self.head(self.backbone(x)) for x in views]
        p = [F.normalize(self.predictor(one)) for one in z]
        second = self.bank(F.normalize(z[1].detach()))
        first = self.bank(F.normalize(z[0].detach()), update=True)
        target = torch.arange(len(first))
        both = [F.cross_entropy(near @ of.T / self.p["Temperature"], target) for near, of in ((first, p[1]), (second, p[0]))]
        return sum(both) / 2


class DINO(Row):
    """The code of the paper's authors."""

    def make(self):
        sys.path.insert(0, self.s["DINO"])
        import main_dino
        import utils
        import vision_transformer as vits

        self.utils = utils
        p, b = self.p, self.s["Backbone"]
        vit = self.s["Row"] == "dino-vit"

        def network():
            if vit:
                return vits.VisionTransformer(
                    [self.s["Size"]], b["Patch"], embed_dim=b["Width"], depth=b["Layers"], num_heads=b["Heads"],
                    mlp_ratio=b["MLPRatio"], qkv_bias=True, norm_layer=lambda d: nn.LayerNorm(d, eps=1e-6))
            return ResNet(b["Width"])

        def whole():
            head = vits.DINOHead(self.s["Features"], p["OutputDim"], p["BatchNorm"], True, p["HeadLayers"], p["HiddenDim"],
                                 p["BottleneckDim"])
            return utils.MultiCropWrapper(network(), head)

        if not torch.distributed.is_initialized():
            at = os.path.join(tempfile.mkdtemp(), "group")
            torch.distributed.init_process_group("gloo", init_method="file://" + at, rank=0, world_size=1)
        self.student, self.teacher = whole(), whole()
        self.criterion = main_dino.DINOLoss(
            p["OutputDim"], len(self.s["Sizes"]), p["WarmupTemperature"], p["TeacherTemperature"], p["WarmupEpochs"],
            self.s["Epochs"], p["StudentTemperature"], p["CenterMomentum"])
        each = self.s["Epochs"], self.s["StepsPerEpoch"]
        self.rates = utils.cosine_scheduler(self.s["Rate"]["Base"], 0.0, *each, int(self.s["Rate"]["WarmupEpochs"]))
        self.decays = utils.cosine_scheduler(p["StartDecay"], p["EndDecay"], *each)
        self.momenta = utils.cosine_scheduler(p["TeacherMomentum"], 1, *each)

    def begin(self):
        self.teacher.load_state_dict(self.student.state_dict())
        self.teacher.requires_grad_(False)

    def paths(self):
        for net, prefix in ((self.student, "/online/"), (self.teacher, "/momentum/")):
            if isinstance(net.backbone, ResNet):
                yield from of_resnet(net.backbone, prefix)
            else:
                for name, p in net.backbone.named_parameters():
                    yield prefix + "backbone/" + name.replace(".", "/"), p
            yield from of_head(net.head.mlp, prefix + "projector/")
            for name, p in net.head.last_layer.named_parameters():
                yield prefix + "projector/last/" + name, p

    plain = ("pos_embed",)

    def make_optimizer(self):
        return torch.optim.AdamW(self.utils.get_params_groups(self.student))

    def rate(self, step):
        self.optimizer.param_groups[0]["weight_decay"] = self.decays[step]
        return self.rates[step]

    def loss(self, step, views, tokens):
        epoch = step // self.s["StepsPerEpoch"]
        teacher = self.teacher(views[:2])
        return self.criterion(self.student(views), teacher, epoch)

    def after_backward(self, step):
        self.utils.clip_gradients(self.student, self.o["ClipEach"])
        self.utils.cancel_gradients_last_layer(step // self.s["StepsPerEpoch"], self.student, self.p["FreezeEpochs"])

    def after_step(self, step):
        m = self.momenta[step]
        with torch.no_grad():
            for q, k in zip(self.student.parameters(), self.teacher.parameters()):
                k.data.mul_(m).add_((1 - m) * q.detach().data)


NAMES = (("transformer.resblocks", "blocks"), ("conv1", "patch_embed.proj"), ("ln_pre", "norm_pre"), ("ln_post", "norm"),
         ("ln_final", "norm"), ("ln_1", "norm1"), ("ln_2", "norm2"), ("attn.in_proj_", "attn.qkv."),
         ("attn.out_proj", "attn.proj"), ("c_fc", "fc1"), ("c_proj", "fc2"), ("positional_embedding", "pos_embed"),
         ("class_embedding", "cls_token"), ("text_projection", "proj"))


class CLIP(Row):
    plain = ("pos_embed", "backbone/proj", "text/proj", "token_embedding/weight")

    def make(self):
        import open_clip
        from open_clip.model import CLIPTextCfg, CLIPVisionCfg

        p, b = self.p, self.s["Backbone"]
        text = p["Text"]
        self.net = open_clip.CLIP(
            p["EmbedDim"],
            CLIPVisionCfg(layers=b["Layers"], width=b["Width"], head_width=b["Width"] // b["Heads"], patch_size=b["Patch"],
                          image_size=self.s["Size"]),
            CLIPTextCfg(context_length=text["ContextLength"], vocab_size=p["Tokenizer"]["Vocabulary"], width=text["Width"],
                        heads=text["Heads"], layers=text["Layers"]),
            quick_gelu=True, init_logit_scale=-math.log(p["Temperature"]))
        self.criterion = open_clip.loss.ClipLoss()

    def paths(self):
        for name, p in self.net.named_parameters():
            if name == "logit_scale":
                yield "/online/logit_scale", p
                continue
            prefix = "/online/backbone/" if name.startswith("visual.") else "/online/text/"
            name = name.removeprefix("visual.")
            for theirs, ours in NAMES:
                name = name.replace(theirs, ours)
            yield prefix + name.replace(".", "/"), p

    def make_optimizer(self):
        kept = lambda name, p: p.ndim < 2 or any(part in name for part in ("bn", "ln", "bias", "logit_scale"))
        named = list(self.net.named_parameters())
        groups = [{"params": [p for n, p in named if kept(n, p)], "weight_decay": 0.0},
                  {"params": [p for n, p in named if not kept(n, p)], "weight_decay": self.o["WeightDecay"]}]
        return torch.optim.AdamW(groups, betas=(self.o["Beta1"], self.o["Beta2"]), eps=self.o["Epsilon"])

    def rate(self, step):
        return 0.5 * (1 + math.cos(math.pi * step / self.steps)) * self.s["Rate"]["Base"]

    def loss(self, step, views, tokens):
        tokens = F.pad(tokens, (0, self.net.context_length - tokens.shape[1]))  # which changes nothing: attention is causal
        return self.criterion(*self.net(views[0], tokens))

    def after_step(self, step):
        with torch.no_grad():
            self.net.logit_scale.clamp_(0, math.log(self.p["MaxScale"]))


ROWS = {"simclr": SimCLR, "mocov2": MoCo, "byol": BYOL, "simsiam": SimSiam, "swav": SwAV, "barlowtwins": BarlowTwins,
        "vicreg": VICReg, "nnclr": NNCLR, "dino-resnet": DINO, "dino-vit": DINO, "clip": CLIP}


class Batches:
    """The views of each step, and its tokens."""

    def __init__(self, folder, s):
        self.sizes, self.n = s["Sizes"], s["Batch"]
        self.views = np.memmap(os.path.join(folder, "views.bin"), np.float32, "r")
        self.tokens = np.fromfile(os.path.join(folder, "tokens.bin"), np.int32)
        self.context = s["Context"]

    def at(self, step):
        each = [self.n * size * size * 3 for size in self.sizes]
        start, views = step * sum(each), []
        for size, length in zip(self.sizes, each):
            view = np.array(self.views[start:start + length]).reshape(self.n, size, size, 3)
            views.append(torch.from_numpy(view).permute(0, 3, 1, 2).contiguous())
            start += length
        length = self.n * self.context
        tokens = self.tokens[step * length:(step + 1) * length].reshape(self.n, self.context)
        return views, torch.from_numpy(tokens.astype(np.int64))


def is_weight(path, p):
    return p.squeeze().dim() > 1 and not path.endswith("weight_g")


def layout(row, path, tensor):
    """The tensor as kontrast has it."""
    x = tensor.detach().numpy()
    while x.ndim > 1 and x.shape[0] == 1 and (x.ndim == 3 or path.endswith("token")):
        x = x[0]
    if path.endswith("weight_g"):
        return x.reshape(-1)
    if path.endswith(row.plain) if row.plain else False:
        return x
    if x.ndim == 4:
        return x.transpose(2, 3, 1, 0)
    return x.T


@contextlib.contextmanager
def turned_at_zero(near):
    """Puts every value before a ReLU that is nearer to zero than this on the other side."""
    relu = F.relu

    def turned(x, inplace=False):
        at = x.detach().abs() < near
        return relu(torch.where(at, x - 2 * x.detach(), x) if at.any() else x)

    F.relu = turned
    try:
        yield
    finally:
        F.relu = relu


def train(make, s, batches, follow, moved=None, steps=None):
    """Trains; follow is called after each step with the loss and the weights."""
    torch.manual_seed(1)
    row = make(s)
    if moved is not None:
        path, value = moved
        row.parameters[path].data.view(-1)[value] += MOVED
        row.begin()
    compared = [path for path, p in row.parameters.items() if is_weight(path, p)]
    for step in range(steps or row.steps):
        views, tokens = batches.at(step)
        follow(step, row.step(step, views, tokens), {path: row.parameters[path] for path in compared})


def versions(s):
    if s["Row"].startswith("dino"):
        commit = subprocess.run(["git", "-C", s["DINO"], "rev-parse", "--short=7", "HEAD"], capture_output=True, text=True)
        code = "facebookresearch/dino@" + (commit.stdout.strip() or "unknown")
    else:
        package = "open_clip_torch" if s["Row"] == "clip" else "lightly"
        code = f"{package} {importlib.metadata.version(package)}"
    return f"{code}, PyTorch {torch.__version__.split('+')[0]}"


def run(folder):
    with open(os.path.join(folder, "settings.json")) as f:
        s = json.load(f)
    make, batches = ROWS[s["Row"]], Batches(folder, s)

    torch.manual_seed(1)
    row = make(s)
    start = {path: layout(row, path, p) for path, p in row.parameters.items()}
    start.update({path: p.numpy() for path, p in row.state().items()})
    with open(os.path.join(folder, "start.bin"), "wb") as f:
        for value in start.values():
            f.write(np.ascontiguousarray(value, np.float32).tobytes())
    compared = [path for path, p in row.parameters.items() if is_weight(path, p)]

    losses, trajectory = [], []
    with open(os.path.join(folder, "weights.bin"), "wb") as f:
        def record(step, loss, weights):
            losses.append(loss)
            trajectory.append({path: p.detach().clone() for path, p in weights.items()})
            for path, p in weights.items():
                f.write(np.ascontiguousarray(layout(row, path, p), np.float32).tobytes())

        train(make, s, batches, record)

    of_loss, of_weights = np.zeros(len(losses)), np.full(len(losses), 0.0)

    def compare(step, loss, weights):
        of_loss[step] = max(of_loss[step], abs(loss - losses[step]))
        apart = max(float((p.detach() - trajectory[step][path]).abs().max()) for path, p in weights.items())
        of_weights[step] = max(of_weights[step], apart)

    trained = [path for path in compared if row.parameters[path].requires_grad]
    for i in range(s["Moved"]):
        path = trained[i * len(trained) // s["Moved"]]
        value = i * 7919 % row.parameters[path].numel()  # here and there
        train(make, s, batches, compare, (path, value), row.steps if i < TO_THE_END else min(HELD, row.steps))
    with turned_at_zero(s["Near"]):
        train(make, s, batches, compare, steps=min(HELD, row.steps))
    with open(os.path.join(folder, "reference.json"), "w") as f:
        json.dump({"Versions": versions(s), "Start": [{"Path": k, "Shape": list(v.shape)} for k, v in start.items()],
                   "Compared": compared, "Losses": losses, "SelfLosses": of_loss.tolist(),
                   "SelfWeights": of_weights.tolist()}, f)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    for folder in sys.argv[1:]:
        begun = time.time()
        run(folder)
        print(f"{os.path.basename(folder)}: PyTorch, {time.time() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
