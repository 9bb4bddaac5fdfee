"""Times what vector_ours times, in PyTorch: one line of JSON a case."""
import argparse, json, statistics, time
import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--only", default="")
parser.add_argument("--seconds", type=float, default=0.3)
parser.add_argument("--cpu", action="store_true")
args = parser.parse_args()
clock = time.process_time if args.cpu else time.perf_counter
torch.set_num_threads(args.threads)
torch.manual_seed(0)


def data(*shape):
    return torch.rand(*shape) * 4 - 2


def softmax(rows, cols):
    x = data(rows, cols)
    y = torch.empty_like(x)
    return lambda: torch._softmax(x, 1, False, out=y)


def softmax_grad(rows, cols):
    y, dy = data(rows, cols), data(rows, cols)
    dx = torch.empty_like(y)
    return lambda: torch._softmax_backward_data(dy, y, 1, torch.float32, grad_input=dx)


def layer_norm(rows, cols):
    x, g = data(rows, cols), data(cols)
    return lambda: torch.native_layer_norm(x, [cols], g, g, 1e-6)


def layer_norm_grad(rows, cols):
    x, dy, g = data(rows, cols), data(rows, cols), data(cols)
    _, mean, rstd = torch.native_layer_norm(x, [cols], g, g, 1e-6)
    f = torch.ops.aten.native_layer_norm_backward
    return lambda: f(dy, x, [cols], mean, rstd, g, g, [True, True, True])


def gelu(n):
    x = data(n)
    y = torch.empty_like(x)
    return lambda: torch._C._nn.gelu(x, out=y)


def gelu_grad(n):
    x, dy = data(n), data(n)
    dx = torch.empty_like(x)
    return lambda: torch.ops.aten.gelu_backward(dy, x, approximate="none", grad_input=dx)


def batch_norm_relu(n, c, side):
    x = data(n, c, side, side).to(memory_format=torch.channels_last)
    g = data(c)
    return lambda: F.relu_(torch.native_batch_norm(x, g, g, None, None, True, 0.1, 1e-5)[0])


def batch_norm_relu_grad(n, c, side):
    x = data(n, c, side, side).to(memory_format=torch.channels_last)
    dy = data(n, c, side, side).to(memory_format=torch.channels_last)
    g = data(c)
    y, mean, rstd = torch.native_batch_norm(x, g, g, None, None, True, 0.1, 1e-5)
    relu, norm = torch.ops.aten.threshold_backward, torch.ops.aten.native_batch_norm_backward
    return lambda: norm(relu(dy, y, 0), x, g, None, None, mean, rstd, True, 1e-5, [True, True, True])


def heads(batch, heads, length, dim):
    # [batch, length, heads, dim] in memory, as a linear layer leaves it
    return data(batch, length, heads, dim).transpose(1, 2)


def attend(q, k, v):
    p = torch.softmax(torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(2, 3)), 3)
    return torch.matmul(p, v).transpose(1, 2).contiguous()


def attention(*shape):
    q, k, v = heads(*shape), heads(*shape), heads(*shape)

    def run():
        with torch.no_grad():
            attend(q, k, v)
    return run


def attention_grad(*shape):
    q, k, v = (heads(*shape).requires_grad_() for _ in range(3))
    out = attend(q, k, v)
    dout = torch.rand_like(out)
    return lambda: torch.autograd.grad(out, (q, k, v), dout, retain_graph=True)


def sgd(n):
    w = data(n).requires_grad_()
    w.grad = data(n)
    return torch.optim.SGD([w], lr=1e-6, momentum=0.9, weight_decay=1e-4).step


def adamw(n):
    w = data(n).requires_grad_()
    w.grad = data(n)
    return torch.optim.AdamW([w], lr=1e-6, weight_decay=0.1).step


cases = {}
for name, rows, cols in (("vit_ti", 64 * 3 * 65, 65), ("vit_s", 8 * 6 * 197, 197)):
    cases["softmax/" + name] = lambda r=rows, c=cols: softmax(r, c)
    cases["softmax_grad/" + name] = lambda r=rows, c=cols: softmax_grad(r, c)
for name, rows, cols in (("vit_ti", 64 * 65, 192), ("vit_s", 8 * 197, 384)):
    cases["layer_norm/" + name] = lambda r=rows, c=cols: layer_norm(r, c)
    cases["layer_norm_grad/" + name] = lambda r=rows, c=cols: layer_norm_grad(r, c)
    cases["gelu/" + name] = lambda r=rows, c=cols: gelu(4 * r * c)
    cases["gelu_grad/" + name] = lambda r=rows, c=cols: gelu_grad(4 * r * c)
for name, n, c, side in (("resnet20_16", 128, 16, 32), ("resnet18_64", 32, 64, 32), ("resnet18_256", 32, 256, 8), ("resnet50_2048", 8, 2048, 7)):
    cases["batch_norm_relu/" + name] = lambda n=n, c=c, s=side: batch_norm_relu(n, c, s)
    cases["batch_norm_relu_grad/" + name] = lambda n=n, c=c, s=side: batch_norm_relu_grad(n, c, s)
for name, shape in (("vit_ti", (64, 3, 65, 64)), ("vit_s", (8, 6, 197, 64))):
    cases["attention/" + name] = lambda s=shape: attention(*s)
    cases["attention_grad/" + name] = lambda s=shape: attention_grad(*s)
cases["sgd/5M"] = lambda: sgd(5_000_000)
cases["adamw/5M"] = lambda: adamw(5_000_000)

for name, prepare in cases.items():
    if args.only not in name:
        continue
    run = prepare()
    run()
    times, start = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - start < args.seconds:
        t = clock()
        run()
        times.append((clock() - t) * 1e6)
    print(json.dumps({"case": name, "us": statistics.median(times)}), flush=True)
