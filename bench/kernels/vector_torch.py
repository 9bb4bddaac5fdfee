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


def gelu(n):
    x = data(n)
    y = torch.empty_like(x)
    return lambda: torch._C._nn.gelu(x, out=y)


def gelu_grad(n):
    x, dy = data(n), data(n)
    dx = torch.empty_like(x)
    return lambda: torch.ops.aten.gelu_backward(dy, x, approximate="none", grad_input=dx)


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


cases = {}
for name, rows, cols in (("vit_ti", 64 * 65, 192), ("vit_s", 8 * 197, 384)):
    cases["gelu/" + name] = lambda r=rows, c=cols: gelu(4 * r * c)
    cases["gelu_grad/" + name] = lambda r=rows, c=cols: gelu_grad(4 * r * c)
for name, shape in (("vit_ti", (64, 3, 65, 64)), ("vit_s", (8, 6, 197, 64))):
    cases["attention/" + name] = lambda s=shape: attention(*s)
    cases["attention_grad/" + name] = lambda s=shape: attention_grad(*s)

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
