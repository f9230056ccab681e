"""Golden values from PyTorch: the gradients of one step of `perceptron` and `lenet`, for the tests.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install 'torch==2.13.0' numpy
    /tmp/golden/bin/python scripts/golden.py

Writes Tests/DataParallelTests/Golden/{perceptron,lenet}.json. Weights and examples are functions of a seed (Philox
4x32-10, as in Sources/ComputeGraph), so the files hold only what PyTorch found: the mean loss, and per
parameter the largest magnitude, the sum of squares, and 64 elements of the mean gradient, in float64.
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

EXAMPLES, SAMPLES = 24, 64
# Seeds for which no pre-activation lies so near zero that float32 and float64 disagree on a ReLU.
SEEDS = {"perceptron": 8, "lenet": 7}
INITIAL_VALUES, EXAMPLE_STREAM = 1, 1000  # RandomStream.initialValues; the tests' own stream


def philox(counters, seed):
    """Philox 4x32-10 (Salmon et al., SC 2011): [n, 4] counters to [n, 4] words."""
    x = [counters[:, i].astype(np.uint64) for i in range(4)]
    key = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    mask = np.uint64(0xFFFFFFFF)
    for r in range(10):
        a, b = np.uint64(0xD2511F53) * x[0], np.uint64(0xCD9E8D57) * x[2]
        x = [(b >> np.uint64(32)) ^ x[1] ^ key[0], b & mask, (a >> np.uint64(32)) ^ x[3] ^ key[1], a & mask]
        key = [(key[0] + np.uint64(0x9E3779B9)) & mask, (key[1] + np.uint64(0xBB67AE85)) & mask]
    return np.stack(x, 1)


def words(seed, count, second, stream):
    blocks = (count + 3) // 4
    counters = np.zeros((blocks, 4), np.uint64)
    counters[:, 0], counters[:, 1], counters[:, 3] = np.arange(blocks), second, stream
    return philox(counters, seed).reshape(-1)[:count]


def unit(seed, count, second, stream):
    return (words(seed, count, second, stream) >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-24)


def initial(seed, index, shape, fan_in):
    bound = np.sqrt(np.float32(6 if len(shape) > 1 else 1) / np.float32(fan_in))
    values = (np.float32(2) * unit(seed, int(np.prod(shape)), index, INITIAL_VALUES) - np.float32(1)) * bound
    return torch.tensor(values.reshape(shape).astype(np.float64), requires_grad=True)


def parameters(seed, layers):
    """[(name, shape, fan in)] of weight and bias of each layer, in the order of the graph."""
    shapes = []
    for name, shape in layers:
        fan_in = int(np.prod(shape[:-1]))
        shapes += [(name + ".weight", shape, fan_in), (name + ".bias", shape[-1:], fan_in)]
    return {n: initial(seed, i, s, f) for i, (n, s, f) in enumerate(shapes)}


def convolve(x, p, name):
    return F.relu(F.conv2d(x, p[name + ".weight"].permute(3, 2, 0, 1), p[name + ".bias"], padding=1))


def linear(x, p, name):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def perceptron(x):
    p = parameters(SEEDS["perceptron"], [
        ("linear1", (784, 512)), ("linear2", (512, 512)), ("linear3", (512, 10))])
    h = F.relu(linear(x.reshape(len(x), -1), p, "linear1"))
    return p, linear(F.relu(linear(h, p, "linear2")), p, "linear3")


def lenet(x):
    p = parameters(SEEDS["lenet"], [
        ("c1", (3, 3, 1, 32)), ("c2", (3, 3, 32, 64)), ("c3", (3, 3, 64, 128)),
        ("f1", (6272, 256)), ("f2", (256, 10))])
    h = x.permute(0, 3, 1, 2)
    h = F.max_pool2d(convolve(convolve(h, p, "c1"), p, "c2"), 2)
    h = F.max_pool2d(convolve(h, p, "c3"), 2)
    h = h.permute(0, 2, 3, 1).reshape(len(x), -1)  # channels last, as Chorus flattens
    return p, linear(F.relu(linear(h, p, "f1")), p, "f2")


def main():
    torch.set_default_dtype(torch.float64)
    folder = pathlib.Path(__file__).parent.parent / "Tests/DataParallelTests/Golden"
    for network in (perceptron, lenet):
        seed = SEEDS[network.__name__]
        x = unit(seed, EXAMPLES * 784, 0, EXAMPLE_STREAM).reshape(EXAMPLES, 28, 28, 1)
        x = torch.tensor(x.astype(np.float64))
        y = torch.tensor((words(seed, EXAMPLES, 1, EXAMPLE_STREAM) % np.uint64(10)).astype(np.int64))
        p, logits = network(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        gradients = {}
        for name, value in p.items():
            g = value.grad.reshape(-1).numpy()
            stride = max(1, len(g) // SAMPLES - 1) | 1  # odd, so that it meets every channel
            gradients[name] = {"largest": float(np.abs(g).max()), "squares": float((g * g).sum()),
                               "stride": stride, "samples": g[::stride][:SAMPLES].tolist()}
        golden = {"seed": seed, "examples": EXAMPLES, "torch": torch.__version__, "loss": loss.item(),
                  "gradients": gradients}
        (folder / f"{network.__name__}.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
