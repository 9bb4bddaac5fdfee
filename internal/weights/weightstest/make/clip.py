"""CLIPs of open_clip, in its form, OpenAI's and transformers', and whole ones with what they guess."""
import collections
import gzip
import json
import os
import warnings

import numpy as np
import open_clip
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from open_clip.tokenizer import SimpleTokenizer
from open_clip.transform import image_transform
from PIL import Image
from torch import nn

from common import filled, half, images


class Tower(nn.Module):
    def __init__(self, visual):
        super().__init__()
        self.visual = visual

    def forward(self, x):
        return self.visual(x)


def towers(c):
    text = CLIPTextCfg(context_length=8, vocab_size=20, width=16, heads=1, layers=1)
    net = filled(CLIP(6, CLIPVisionCfg(
        layers=2, width=16, head_width=16, patch_size=4, image_size=16), text, quick_gelu=True), 12)
    tensors, features = half(net.state_dict()), net.encode_image(images(16))
    c.save("openclip.pt", tensors)
    c.note("openclip.pt", features, "openclip", "clip-vit", "clip")
    c.save("hf_clip.safetensors", huggingface(half(net.visual.state_dict())))
    c.note("hf_clip.safetensors", features, "hf-clip", "clip-vit", "clip")
    for name, value in (("input_resolution", 16), ("context_length", 8), ("vocab_size", 20)):
        tensors[name] = torch.tensor(value)
    c.save("openai_clip.pt", tensors)
    c.note("openai_clip.pt", features, "openai-clip", "clip-vit", "clip")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(Tower(net.visual), images(16), check_trace=False).save(c.path("openai_clip_script.pt"))
    c.note("openai_clip_script.pt", features, "openai-clip", "clip-vit", "clip")
    net = filled(CLIP(6, CLIPVisionCfg(
        layers=(1, 1, 1, 1), width=4, head_width=64, image_size=64), text, quick_gelu=True), 13)
    c.save("openclip_resnet.pt", half(net.state_dict()))
    c.note("openclip_resnet.pt", net.encode_image(images(64)), "openclip", "clip-resnet", "clip", size=64)


def huggingface(visual):
    """The names of transformers' CLIPModel."""
    names = (
        ("class_embedding", "embeddings.class_embedding"),
        ("positional_embedding", "embeddings.position_embedding.weight"), ("conv1.", "embeddings.patch_embedding."),
        ("ln_pre", "pre_layrnorm"), ("ln_post", "post_layernorm"), ("transformer.resblocks.", "encoder.layers."),
        ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("c_fc", "fc1"), ("c_proj", "fc2"),
        ("attn.out_proj", "self_attn.out_proj"))
    out = collections.OrderedDict()
    for name, t in visual.items():
        if name == "proj":
            out["visual_projection.weight"] = t.t().contiguous()
            continue
        for old, new in names:
            name = name.replace(old, new)
        if "attn.in_proj_" in name:
            for part, third in zip("qkv", t.chunk(3)):
                out["vision_model." + name.replace("attn.in_proj_", f"self_attn.{part}_proj.")] = third.clone()
        else:
            out["vision_model." + name] = t
    out["text_projection.weight"], out["logit_scale"] = torch.zeros(6, 16).half(), torch.tensor(1.0)
    return out


MERGES = """#version: 0.2
t h
th e</w>
r e
c a
ca t</w>
e e</w>
t r
tr ee</w>
g r
gr e
gre e
gree n</w>
th i
thi n
thin g</w>
r i
ri c
ric e</w>
a r
ar t</w>
o th
oth e
othe r</w>
o f</w>
p i
pi c
pic t
pict u
pictu re"""
PROMPTS = ["a picture of {}", "{}", "the {} there", "a dim picture of the {}"]
CLASSES = ["art", "green thing", "rice", "the cat", "the other", "tree"]
SIZES = [(40, 32), (32, 48), (32, 32), (64, 40)]
MARGIN = 0.01  # of the closest guess, in logits


def pictures(folder):
    """Pictures of 4×4 colors in each of the classes' folders, by name; what they show has nothing to do with the class."""
    random, found = np.random.default_rng(3), {}
    for number in range(48):
        name = f"{CLASSES[number % len(CLASSES)]}/{number:02}.png"
        path = os.path.join(folder, "images", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        colors = random.integers(0, 256, (4, 4, 3), np.uint8)
        Image.fromarray(colors).resize(SIZES[number % len(SIZES)], Image.NEAREST).save(path)
        found[name] = path
    return found


@torch.no_grad()
def zero_shot(folder):
    """Two whole CLIPs, a tokenizer, pictures and prompts, and the top-1 guesses of open_clip."""
    os.makedirs(folder, exist_ok=True)
    merges = os.path.join(folder, "merges.txt")
    for name, lines in (("merges.txt", MERGES), ("prompts.txt", "\n".join(PROMPTS) + "\n")):
        with open(os.path.join(folder, name), "w") as out:
            out.write(lines)
    tokenizer, files, models = tokenizer_of(merges), pictures(folder), []
    prepare = image_transform(32, is_train=False)
    batch = torch.stack([prepare(Image.open(path)) for path in files.values()])
    for file, activation in (("openai.pt", "quick-gelu"), ("openclip.safetensors", "gelu")):
        net, guesses = clear(activation, tokenizer, batch)
        tensors = half(net.state_dict())
        if file == "openai.pt":
            for name, value in (("input_resolution", 32), ("context_length", 12), ("vocab_size", tokenizer.vocab_size)):
                tensors[name] = torch.tensor(value)
            torch.save(tensors, os.path.join(folder, file))
        else:
            from safetensors.torch import save_file

            save_file(tensors, os.path.join(folder, file))
        models.append({
            "file": file, "activation": activation, "guesses": dict(zip(files, guesses)),
            "tokens": tokenizer([PROMPTS[0].format(name) for name in CLASSES]).tolist()})
    with open(os.path.join(folder, "index.json"), "w") as out:
        json.dump({"program": f"open_clip {open_clip.__version__}, torch {torch.__version__}", "classes": CLASSES,
                   "models": models}, out, separators=(",", ":"))


def clear(activation, tokenizer, batch):
    """The first CLIP whose guesses are clear, of four classes at least and none too often, and the guesses."""
    templates = [lambda name, prompt=prompt: prompt.format(name) for prompt in PROMPTS]
    for seed in range(31, 500):
        net = filled(CLIP(
            24, CLIPVisionCfg(layers=2, width=32, head_width=32, patch_size=8, image_size=32),
            CLIPTextCfg(context_length=12, vocab_size=tokenizer.vocab_size, width=32, heads=1, layers=2),
            quick_gelu=activation == "quick-gelu"), seed)
        classifier = open_clip.build_zero_shot_classifier(net, tokenizer, CLASSES, templates, device="cpu")
        logits = net.logit_scale.exp() * net.encode_image(batch, normalize=True) @ classifier
        two = logits.topk(2).values
        margin, guesses = (two[:, 0] - two[:, 1]).min().item(), logits.argmax(1).tolist()
        counts = collections.Counter(guesses)
        if margin > MARGIN and len(counts) > 3 and max(counts.values()) <= len(guesses) * 2 // 3:
            print(activation, "seed", seed, "closest guess by", margin, counts)
            return net, guesses
    raise SystemExit("no seed gives guesses that are clear")


def tokenizer_of(merges):
    """open_clip's, which takes the merges file compressed."""
    with open(merges) as lines, gzip.open(merges + ".gz", "wt") as out:
        out.write(lines.read())
    made = SimpleTokenizer(merges + ".gz", context_length=12)
    os.remove(merges + ".gz")
    return made
