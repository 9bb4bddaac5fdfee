"""Draws initial weights as torchvision, PyTorch and timm do, and writes their statistics, which
the test TestInitMatchesThatOfOtherLibraries of package backbones compares ours with: of every
parameter of a small ResNet and a small vision transformer the mean, the standard deviation, the
kurtosis (1.8 of a uniform distribution, 3 of a normal one) and the largest absolute value.

usage: python bench/agreement/initial_weights.py | gzip -9n > internal/golden/testdata/backbone_init.json.gz

Needs torch (2.15.0 was used), torchvision (0.29.2) and timm (1.0.31).
"""

import json
import sys

import timm
import torch
import torchvision
from timm.layers import lecun_normal_
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer

DRAWS, WIDTH, HIDDEN, PATCH, TOKENS = 60, 64, 256, 4, 65
CONVS = {"conv1": (16, 3, 3, 3), "layer1.0.conv1": (16, 16, 3, 3), "layer2.0.conv1": (32, 16, 3, 3),
         "layer3.0.conv2": (64, 64, 3, 3)}
LINEAR = {"attn.proj": (WIDTH, WIDTH), "mlp.fc1": (HIDDEN, WIDTH), "mlp.fc2": (WIDTH, HIDDEN)}


def of_all(weight, bias, tables, convs=None, qkv=None):
    """A vision transformer and a ResNet whose parameters are drawn by these functions."""
    convs, drawn = convs or weight, {}
    for name, shape in CONVS.items():
        drawn[name + ".weight"] = convs(torch.empty(shape))
    drawn["patch_embed.proj.weight"] = convs(torch.empty(WIDTH, 3, PATCH, PATCH))
    drawn["patch_embed.proj.bias"] = torch.zeros(WIDTH)
    drawn["blocks.0.attn.qkv.weight"] = (qkv or weight)(torch.empty(3 * WIDTH, WIDTH))
    drawn["blocks.0.attn.qkv.bias"] = torch.zeros(3 * WIDTH)
    drawn["blocks.0.attn.proj.bias"] = torch.zeros(WIDTH)
    for name, shape in LINEAR.items():
        drawn[f"blocks.0.{name}.weight"] = weight(torch.empty(shape))
        if name != "attn.proj":
            drawn[f"blocks.0.{name}.bias"] = bias(torch.empty(shape[0]))
    if tables:
        drawn["cls_token"], drawn["pos_embed"] = tables(torch.empty(WIDTH)), tables(torch.empty(TOKENS, WIDTH))
    return drawn


def torchvision_vit():
    vit = VisionTransformer(image_size=32, patch_size=PATCH, num_layers=1, num_heads=2, hidden_dim=WIDTH, mlp_dim=HIDDEN)
    names = {"conv_proj": "patch_embed.proj", "class_token": "cls_token", "encoder.pos_embedding": "pos_embed",
             "encoder.layers.encoder_layer_0.self_attention.in_proj_weight": "blocks.0.attn.qkv.weight",
             "encoder.layers.encoder_layer_0.self_attention.in_proj_bias": "blocks.0.attn.qkv.bias",
             "encoder.layers.encoder_layer_0.self_attention.out_proj": "blocks.0.attn.proj",
             "encoder.layers.encoder_layer_0.mlp.0": "blocks.0.mlp.fc1",
             "encoder.layers.encoder_layer_0.mlp.3": "blocks.0.mlp.fc2"}
    drawn = {}
    for name, p in vit.named_parameters():
        for theirs, ours in names.items():
            if name == theirs or name.startswith(theirs + "."):
                drawn[ours + name[len(theirs):]] = p.detach()
    fan_out = lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")
    real = torchvision.models.resnet18().layer1[0].conv1.weight
    assert abs(real.std() / fan_out(torch.empty(real.shape)).std() - 1) < 0.03
    drawn.update({name + ".weight": fan_out(torch.empty(shape)) for name, shape in CONVS.items()})
    return drawn


def pytorch():
    drawn = {name + ".weight": nn.Conv2d(s[1], s[0], s[2], bias=False).weight for name, s in CONVS.items()}
    attention = nn.MultiheadAttention(WIDTH, 2)
    layers = {"patch_embed.proj": nn.Conv2d(3, WIDTH, PATCH), "blocks.0.mlp.fc1": nn.Linear(WIDTH, HIDDEN),
              "blocks.0.mlp.fc2": nn.Linear(HIDDEN, WIDTH), "blocks.0.attn.proj": attention.out_proj}
    for name, layer in layers.items():
        drawn[name + ".weight"], drawn[name + ".bias"] = layer.weight, layer.bias
    drawn["blocks.0.attn.qkv.weight"] = attention.in_proj_weight
    drawn["blocks.0.attn.qkv.bias"] = attention.in_proj_bias
    return {name: p.detach() for name, p in drawn.items()}


def jax_vit():
    """vit_jax/models_vit.py: kernels of queries, keys and values are drawn one by one."""
    apart = lambda w: torch.cat([nn.init.xavier_uniform_(part.clone()) for part in w.chunk(3)])
    def lecun(w):
        lecun_normal_(w)
        return w

    drawn = of_all(nn.init.xavier_uniform_, lambda b: nn.init.normal_(b, std=1e-6), None, lecun, apart)
    drawn["cls_token"] = torch.zeros(WIDTH)
    drawn["pos_embed"] = nn.init.normal_(torch.empty(TOKENS, WIDTH), std=0.02)
    return drawn


WAYS = {
    "torchvision": torchvision_vit,
    "pytorch": pytorch,
    "he-fan-in": lambda: of_all(lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"), nn.init.zeros_, None),
    "trunc-normal-0.02": lambda: of_all(*[lambda w: nn.init.trunc_normal_(w, std=0.02), nn.init.zeros_,
                                          lambda w: nn.init.trunc_normal_(w, std=0.02)]),
    "jax-vit": jax_vit,
}


def statistics(values):
    values = values.double()
    mean, std = values.mean(), values.std(unbiased=False)
    kurtosis = ((values - mean) ** 4).mean() / std**4 if std > 0 else torch.zeros(())
    return [float(mean), float(std), float(kurtosis), float(values.abs().max())]


def main():
    torch.manual_seed(1)
    cases = []
    for name, way in WAYS.items():
        drawn = [way() for _ in range(DRAWS)]
        outputs = {}
        for parameter in drawn[0]:
            all_draws = torch.cat([one[parameter].reshape(-1) for one in drawn])
            outputs[parameter] = {"shape": [4], "dtype": "float64", "data": statistics(all_draws)}
        cases.append({"name": name, "inputs": {}, "grads": {}, "outputs": outputs,
                      "params": {"draws": DRAWS, "width": WIDTH, "hidden": HIDDEN, "patch": PATCH}})
    json.dump({
        "source": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}: nn.init, "
                  "models/resnet.py, models/vision_transformer.py, layers/weight_init.py",
        "note": "mean, standard deviation, kurtosis and largest absolute value of a parameter over all draws",
        "cases": cases,
    }, sys.stdout)


if __name__ == "__main__":
    main()
