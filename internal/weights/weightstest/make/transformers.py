"""Vision transformers of timm and torchvision, and the names that other programs give to their parts."""
import argparse
import collections
from functools import partial

import torch
from timm.layers import SwiGLUPacked
from timm.models import eva
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer as TorchvisionTransformer

from common import Values, below, filled, half, images, merged, mlp, without

SIZE = dict(patch_size=4, embed_dim=16, depth=2, num_heads=1)


def plain(seed, size=16, **more):
    return filled(VisionTransformer(img_size=size, **SIZE, **more), seed)


def token(net, x):
    return net.forward_features(x)[:, 0]


def first(c):
    """The transformers of DINO's time."""
    x, v = images(16), plain(5, num_classes=5)
    of_v, tensors = token(v, x), half(v.state_dict())
    c.save("timm_vit.pth", tensors)
    c.save("timm_vit.safetensors", tensors)
    for name in ("timm_vit.pth", "timm_vit.safetensors"):
        c.note(name, of_v, "timm-vit", "vit")
    c.note("timm_vit.pth", token(resized(v), images(24)), "timm-vit", "vit", size=24)

    teacher, zeros = plain(6, num_classes=0), lambda *shape: torch.zeros(*shape).half()
    head = lambda prefix: {prefix + "mlp.0.weight": zeros(4, 16), prefix + "last_layer.weight_v": zeros(5, 4)}
    c.save("dino.pth", {
        "student": merged(below("module.backbone.", without("head.", tensors)), head("module.head.")),
        "teacher": merged(below("backbone.", half(teacher.state_dict())), head("head.")), "epoch": 100,
        "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(3)}}, "param_groups": [{"lr": 0.03, "params": [0]}]},
        "args": argparse.Namespace(arch="vit_small", patch_size=16), "fp16_scaler": {"scale": 65536.0}})
    c.note("dino.pth", token(teacher, x), "dino", "vit", "dino", "teacher")
    c.note("dino.pth", of_v, "dino", "vit", "dino", "student", encoder="student")
    body = without("head.", tensors)
    c.save("moco_v3_vit.pth.tar", {"epoch": 300, "state_dict": merged(
        below("module.base_encoder.", body), mlp("module.base_encoder.head."), below("module.momentum_encoder.", body))})
    c.note("moco_v3_vit.pth.tar", of_v, "moco-v3", "vit", "mocov3", "online")
    c.save("hf_vit.safetensors", merged(
        huggingface(tensors, "vit."), {"classifier.weight": zeros(5, 16), "classifier.bias": zeros(5)}))
    c.note("hf_vit.safetensors", of_v, "hf-vit", "vit")

    scaled = plain(8, num_classes=0, init_values=1.0)
    c.save("timm_dinov2.pth", half(scaled.state_dict()))
    c.note("timm_dinov2.pth", token(scaled, x), "timm-vit", "vit")
    c.save("hf_dinov2.safetensors", huggingface(half(scaled.state_dict()), scaled=True))
    c.note("hf_dinov2.safetensors", token(scaled, x), "hf-vit", "vit")

    other = TorchvisionTransformer(
        image_size=16, patch_size=4, num_layers=2, num_heads=1, hidden_dim=16, mlp_dim=64, num_classes=5)
    filled(other, 7)
    tensors = other.state_dict()
    other.heads = nn.Identity()
    c.save("torchvision_vit.pth", half(tensors))
    c.note("torchvision_vit.pth", other(x), "torchvision-vit", "vit")


def resized(net):
    """For images of 24 pixels, by the line of DINO's interpolate_pos_encoding (facebookresearch/dino)."""
    positions, side = net.pos_embed, 24 // 4 + 0.1
    patches = nn.functional.interpolate(
        positions[:, 1:].reshape(1, 4, 4, 16).permute(0, 3, 1, 2), scale_factor=(side / 4, side / 4), mode="bicubic")
    larger = plain(5, 24, num_classes=5)
    tensors = dict(net.state_dict())
    tensors["pos_embed"] = torch.cat([positions[:, :1], patches.permute(0, 2, 3, 1).reshape(1, 36, 16)], 1)
    larger.load_state_dict(tensors)
    return larger


def huggingface(tensors, prefix="", scaled=False):
    """The names of transformers' ViTModel and, with layer scales, Dinov2Model."""
    names = {"cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings",
             "register_tokens": "embeddings.register_tokens", "mask_token": "embeddings.mask_token"}
    out = collections.OrderedDict()
    for name, t in tensors.items():
        if name.startswith("head"):
            continue
        name = names.get(name, name).replace("patch_embed.proj", "embeddings.patch_embeddings.projection")
        if name.startswith("norm."):
            name = "layer" + name
        if name.startswith("blocks."):
            name = name.replace("blocks.", "encoder.layer.")
            if "attn.qkv" in name:
                for part, third in zip(("query", "key", "value"), t.chunk(3)):
                    out[prefix + name.replace("attn.qkv", "attention.attention." + part)] = third.clone()
                continue
            name = name.replace("attn.proj", "attention.output.dense")
            if scaled:
                for old, new in (("ls1.gamma", "layer_scale1.lambda1"), ("ls2.gamma", "layer_scale2.lambda1"),
                                 ("mlp.w12", "mlp.weights_in"), ("mlp.w3", "mlp.weights_out")):
                    name = name.replace(old, new)
            else:
                for old, new in (("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
                                 ("norm1", "layernorm_before"), ("norm2", "layernorm_after")):
                    name = name.replace(old, new)
        out[prefix + name] = t
    return out


def dinov2(c):
    """DINOv2's largest, with registers and SwiGLU."""
    settings = dict(
        num_classes=0, init_values=1.0, reg_tokens=4, no_embed_class=True, mlp_layer=SwiGLUPacked, mlp_ratio=5,
        act_layer=nn.SiLU)
    net = plain(21, **settings)
    c.save("timm_registers.pth", half(net.state_dict()))
    c.note("timm_registers.pth", net(images(16)), "timm-vit", "vit")
    # The official form has a position of the class token, registers by another name, and a mask token.
    values = Values(22)
    official = collections.OrderedDict(
        (name, values.like(torch.empty(shape)) / 2) for name, shape in (
            ("cls_token", (1, 1, 16)), ("pos_embed", (1, 17, 16)), ("register_tokens", (1, 4, 16)), ("mask_token", (1, 16))))
    for name, t in net.state_dict().items():
        if name not in ("cls_token", "pos_embed", "reg_token"):
            official[name.replace("mlp.fc1", "mlp.w12").replace("mlp.fc2", "mlp.w3")] = t
    c.save("dinov2.pth", half(official))
    c.save("hf_dinov2_registers.safetensors", half(huggingface(official, scaled=True)))
    for size in (16, 24, 12):  # timm's own conversion, with antialiasing where positions are resized
        read = plain(21, size, **settings)
        read.load_state_dict(checkpoint_filter_fn(dict(official), read))
        c.note("dinov2.pth", read(images(size)), "dinov2", "vit", "dinov2", size=size)
        if size == 16:
            c.note("hf_dinov2_registers.safetensors", read(images(16)), "hf-vit", "vit")


def rotary(seed, **more):
    """DINOv3's networks in timm."""
    return filled(eva.Eva(
        img_size=16, **SIZE, num_classes=0, init_values=1.0, rope_type="dinov3", rope_temperature=100,
        rope_rotate_half=True, use_rot_pos_emb=True, use_abs_pos_emb=False, num_reg_tokens=4, use_fc_norm=False,
        norm_layer=partial(nn.LayerNorm, eps=1e-5), global_pool="token", dynamic_img_size=True, **more), seed)


def dinov3(c):
    x = images(16)
    gated = dict(qkv_bias=False, swiglu_mlp=True, swiglu_align_to=8, mlp_ratio=2.5)
    net = rotary(23, **gated)
    c.save("timm_dinov3.safetensors", half(net.state_dict()))
    for size in (16, 24):
        c.note("timm_dinov3.safetensors", net(images(size)), "timm-vit", "vit", size=size)
    c.save("dinov3_swiglu.pth", half(official_dinov3(net.state_dict())))
    c.save("hf_dinov3_swiglu.safetensors", half(huggingface_dinov3(net.state_dict())))
    biased = dict(qkv_bias=True, mlp_ratio=3)
    other = rotary(24, qkv_fused=True, **biased)
    c.save("dinov3.pth", half(official_dinov3(other.state_dict())))
    c.save("hf_dinov3.safetensors", half(huggingface_dinov3(other.state_dict())))
    for written, settings in ((net, gated), (other, biased)):  # timm reads the official form as the same
        read = rotary(0, **settings)
        read.load_state_dict(eva.checkpoint_filter_fn(dict(official_dinov3(written.state_dict())), read))
        assert torch.allclose(read(x), written(x))
    for of, ending in ((net, "_swiglu"), (other, "")):
        c.note(f"dinov3{ending}.pth", of(x), "dinov3", "vit", "dinov3")
        c.note(f"hf_dinov3{ending}.safetensors", of(x), "hf-dinov3", "vit", "dinov3")


def official_dinov3(tensors):
    """The names of facebookresearch/dinov3: keys have no bias, and periods are rounded."""
    out = collections.OrderedDict(mask_token=torch.zeros(1, 16))
    out["rope_embed.periods"] = (100.0 ** (2 * torch.arange(4) / 8)).bfloat16().float()
    gated = any("fc1_g" in name for name in tensors)
    for name, t in tensors.items():
        for old, new in (("reg_token", "storage_tokens"), ("gamma_1", "ls1.gamma"), ("gamma_2", "ls2.gamma"),
                         ("mlp.fc1_g", "mlp.w1"), ("mlp.fc1_x", "mlp.w2")):
            name = name.replace(old, new)
        if gated:
            name = name.replace("mlp.fc2", "mlp.w3")
        if name.endswith("q_bias"):
            block, n = name.removesuffix("q_bias"), len(t)
            value = tensors[block + "v_bias"]
            out[block + "qkv.bias"] = torch.cat([t, torch.full((n,), float("nan")), value])
            out[block + "qkv.bias_mask"] = torch.cat([torch.ones(n), torch.zeros(n), torch.ones(n)])
        elif not name.endswith("v_bias"):
            out[name] = t
    return out


def huggingface_dinov3(tensors):
    """The names of transformers' DINOv3ViTModel."""
    names = {"cls_token": "embeddings.cls_token", "reg_token": "embeddings.register_tokens"}
    out = collections.OrderedDict({"embeddings.mask_token": torch.zeros(1, 1, 16)})
    for name, t in tensors.items():
        name = names.get(name, name)
        for old, new in (
                ("patch_embed.proj", "embeddings.patch_embeddings"), ("blocks.", "layer."), ("attn.", "attention."),
                ("gamma_1", "layer_scale1.lambda1"), ("gamma_2", "layer_scale2.lambda1"),
                ("attention.proj", "attention.o_proj"), ("attention.q_bias", "attention.q_proj.bias"),
                ("attention.v_bias", "attention.v_proj.bias"), ("mlp.fc1_g", "mlp.gate_proj"),
                ("mlp.fc1_x", "mlp.up_proj"), ("mlp.fc1", "mlp.up_proj"), ("mlp.fc2", "mlp.down_proj")):
            name = name.replace(old, new)
        if "attention.qkv.weight" in name:
            for part, third in zip("qkv", t.chunk(3)):
                out[name.replace("qkv", part + "_proj")] = third.clone()
        else:
            out[name] = t
    return out
