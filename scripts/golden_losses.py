"""Golden values from PyTorch: the losses of the first 20 steps of four networks, for the tests.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install 'torch==2.13.0' numpy
    /tmp/golden/bin/python scripts/golden_losses.py

Writes Tests/DataParallelTests/Golden/losses.json, computed in float64. Initial weights, examples and the order of
the examples are functions of a seed (Philox 4x32-10, as in Sources), each weight rounded once to float32; the file
holds their SHA-256, so that the tests compare the same beginnings. Optimizers and clipping are PyTorch's own. With
--float32 it writes nothing, and prints how far PyTorch's own float32 is from its float64: what float32 can promise.
Names of networks, such as lenet, restrict both to these.
"""
import hashlib
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden import EXAMPLE_STREAM, INITIAL_VALUES, philox, unit, words

STEPS, SHUFFLE = 20, 2  # RandomStream.shuffle


def normal(seed, count, index, deviation):
    """Box and Muller's transform, as NormalValues.swift has it."""
    drawn = words(seed, (count + 3) // 4 * 4, index, INITIAL_VALUES).astype(np.float64).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((drawn[:, 0] + 0.5) * 2.0**-32))
    angle = 2 * np.pi * (drawn[:, 1] * 2.0**-32)
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return (float(np.float32(deviation)) * pairs.reshape(-1)[:count]).astype(np.float32)


def uniform(seed, count, index, bound):
    return (np.float32(2) * unit(seed, count, index, INITIAL_VALUES) - np.float32(1)) * bound


class Parameters:
    """The parameters of a network by name, drawn in the order in which they are added."""

    def __init__(self, seed):
        self.seed, self.values, self.decaying, self.hash = seed, {}, [], hashlib.sha256()

    def add(self, name, values, shape, decays=False):
        self.hash.update(values.astype("<f4").tobytes())
        value = torch.tensor(values.reshape(shape)).to(torch.get_default_dtype()).requires_grad_()
        self.values[name] = value
        if decays:
            self.decaying.append(value)

    @property
    def next(self):
        return len(self.values)

    def uniform(self, name, shape, fan_in):
        """He's weights, or biases where there is one dimension."""
        bound = np.sqrt(np.float32(6 if len(shape) > 1 else 1) / np.float32(fan_in))
        values = uniform(self.seed, int(np.prod(shape)), self.next, bound)
        self.add(name, values, shape, decays=len(shape) > 1)

    def normal(self, name, shape, deviation=0.02):
        values = normal(self.seed, int(np.prod(shape)), self.next, deviation)
        self.add(name, values, shape, decays=True)

    def constant(self, name, count, value):
        self.add(name, np.full(count, value, np.float32), [count])

    def layer(self, name, shape, bias=True):
        fan_in = int(np.prod(shape[:-1]))
        self.uniform(name + ".weight", shape, fan_in)
        if bias:
            self.uniform(name + ".bias", shape[-1:], fan_in)

    def normalization(self, name, count, running=False):
        self.constant(name + ".scale", count, 1)
        self.constant(name + ".shift", count, 0)
        if running:  # not trained, but part of the order and of the hash
            self.constant(name + ".running_mean", count, 0)
            self.constant(name + ".running_variance", count, 1)

    def groups(self, decay):
        """Weights decay; biases and normalisations do not."""
        decaying = {id(value) for value in self.decaying}
        rest = [v for n, v in self.values.items() if id(v) not in decaying and ".running_" not in n]
        return [{"params": self.decaying, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]

    def linear(self, x, name):
        return x @ self.values[name + ".weight"] + self.values[name + ".bias"]

    def convolve(self, x, name, stride=1):
        weight = self.values[name + ".weight"].permute(3, 2, 0, 1)
        return F.conv2d(x, weight, self.values.get(name + ".bias"), stride, weight.shape[-1] // 2)

    def batch_norm(self, x, name):
        return F.batch_norm(x, None, None, self.values[name + ".scale"], self.values[name + ".shift"], True, 0, 1e-5)

    def layer_norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.values[name + ".scale"], self.values[name + ".shift"], 1e-5)


class Perceptron:
    seed, examples, batch, grain, shape, classes = 21, 330, 32, 8, [28, 28, 1], 10

    def __init__(self, p):
        self.p = p
        for index, (inputs, outputs) in enumerate([(784, 512), (512, 512), (512, 10)]):
            p.layer(f"linear{index + 1}", (inputs, outputs))
        self.optimizer = torch.optim.SGD(p.groups(1e-4), lr=0.02, momentum=0.9)

    def logits(self, x):
        h = F.relu(self.p.linear(x.reshape(len(x), -1), "linear1"))
        return self.p.linear(F.relu(self.p.linear(h, "linear2")), "linear3")


class LeNet:
    seed, examples, batch, grain, shape, classes = 22, 164, 16, 4, [28, 28, 1], 10

    def __init__(self, p):
        self.p = p
        for name, inputs, outputs in [("c1", 1, 32), ("c2", 32, 64), ("c3", 64, 128)]:
            p.layer(name, (3, 3, inputs, outputs))
        p.layer("f1", (6272, 256))
        p.layer("f2", (256, 10))
        self.optimizer = torch.optim.Adam(p.groups(1e-3), lr=1e-4)

    def logits(self, x):
        p = self.p
        h = F.relu(p.convolve(x.permute(0, 3, 1, 2), "c1"))
        h = F.max_pool2d(F.relu(p.convolve(h, "c2")), 2)
        h = F.max_pool2d(F.relu(p.convolve(h, "c3")), 2)
        return p.linear(F.relu(p.linear(h.permute(0, 2, 3, 1).reshape(len(x), -1), "f1")), "f2")


class ResNet18:
    """CIFAR stem; an image has batch statistics with those of its grain."""
    seed, examples, batch, grain, shape, classes = 23, 62, 12, 4, [32, 32, 3], 10

    def __init__(self, p):
        self.p, self.blocks = p, []
        p.layer("conv1", (3, 3, 3, 64), bias=False)
        p.normalization("bn1", 64, running=True)
        width = 64
        for stage in range(4):
            for index in range(2):
                name, outputs = f"layer{stage + 1}.{index}", 64 << stage
                p.layer(name + ".conv1", (3, 3, width, outputs), bias=False)
                p.normalization(name + ".bn1", outputs, running=True)
                p.layer(name + ".conv2", (3, 3, outputs, outputs), bias=False)
                p.normalization(name + ".bn2", outputs, running=True)
                if width != outputs:
                    p.layer(name + ".downsample.0", (1, 1, width, outputs), bias=False)
                    p.normalization(name + ".downsample.1", outputs, running=True)
                self.blocks.append((name, 2 if width != outputs else 1))
                width = outputs
        p.layer("fc", (512, 10))
        self.optimizer = torch.optim.SGD(p.groups(5e-4), lr=3e-5, momentum=0.9)

    def logits(self, x):
        p = self.p
        h = F.relu(p.batch_norm(p.convolve(x.permute(0, 3, 1, 2).contiguous(), "conv1"), "bn1"))
        for name, stride in self.blocks:
            y = F.relu(p.batch_norm(p.convolve(h, name + ".conv1", stride), name + ".bn1"))
            y = p.batch_norm(p.convolve(y, name + ".conv2"), name + ".bn2")
            if stride == 2:
                h = p.batch_norm(p.convolve(h, name + ".downsample.0", stride), name + ".downsample.1")
            h = F.relu(y + h)
        return p.linear(h.mean((2, 3)), "fc")


class GPT:
    """Tied, with learned positions; AdamW after a warm-up, along a cosine, with clipping."""
    seed, examples, batch, grain, shape, classes = 24, 52, 8, 2, [64], 65
    width, heads, layers, rate, warm_up, clip = 128, 4, 4, 2e-3, 5, 0.5

    def __init__(self, p):
        self.p, d = p, self.width
        p.normal("tokens.weight", (self.classes, d))
        p.normal("positions.weight", (self.shape[0], d))
        for index in range(self.layers):
            name = f"blocks.{index}."
            p.normalization(name + "norm1", d)
            self.add_linear(name + "attention.qkv", d, 3 * d)
            self.add_linear(name + "attention.output", d, d)
            p.normalization(name + "norm2", d)
            self.add_linear(name + "expand", d, 4 * d)
            self.add_linear(name + "contract", 4 * d, d)
        p.normalization("norm", d)
        self.optimizer = torch.optim.AdamW(p.groups(0.1), lr=self.rate, betas=(0.9, 0.95))
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self.schedule)

    def add_linear(self, name, inputs, outputs):
        self.p.normal(name + ".weight", (inputs, outputs))
        self.p.constant(name + ".bias", outputs, 0)

    def schedule(self, step):
        if step < self.warm_up:
            return (step + 1) / self.warm_up
        return 0.5 * (1 + math.cos(math.pi * (step - self.warm_up) / (STEPS - self.warm_up)))

    def logits(self, x):
        p, table = self.p, self.p.values["tokens.weight"]
        h = table[x] + p.values["positions.weight"]
        for index in range(self.layers):
            name = f"blocks.{index}."
            qkv = p.linear(p.layer_norm(h, name + "norm1"), name + "attention.qkv")
            q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in qkv.chunk(3, -1))
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + p.linear(mixed, name + "attention.output")
            inner = F.gelu(p.linear(p.layer_norm(h, name + "norm2"), name + "expand"))
            h = h + p.linear(inner, name + "contract")
        return p.layer_norm(h, "norm") @ table.T


def example(network, index, count, part):
    """Words of SyntheticExamples."""
    blocks = (count + 3) // 4
    counters = np.zeros((blocks, 4), np.uint64)
    counters[:, 0], counters[:, 1], counters[:, 2], counters[:, 3] = np.arange(blocks), index, part, EXAMPLE_STREAM
    return philox(counters, network.seed).reshape(-1)[:count]


def gather(network, indices):
    count, tokens = int(np.prod(network.shape)), len(network.shape) == 1
    drawn = np.stack([example(network, i, count, 0) for i in indices])
    targets = np.stack([example(network, i, count if tokens else 1, 1) for i in indices])
    y = torch.tensor((targets % np.uint64(network.classes)).astype(np.int64)).reshape(-1)
    if tokens:
        return torch.tensor((drawn % np.uint64(network.classes)).astype(np.int64)), y
    x = np.float32(2) * ((drawn >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-24)) - np.float32(1)
    return torch.tensor(x.reshape([len(indices)] + network.shape)).to(torch.get_default_dtype()), y


def permutation(network, epoch):
    """BatchSequence.permutation: Fisher and Yates's shuffle."""
    order = list(range(network.examples))
    for i in range(network.examples - 1, 0, -1):
        counter = np.array([[i, epoch, 0, SHUFFLE]], np.uint64)
        first, second = (int(word) for word in philox(counter, network.seed)[0, :2])
        j = ((first << 32 | second) * (i + 1)) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def train(kind):
    """The loss of each step, before its update, and the hash of the first weights."""
    p = Parameters(kind.seed)
    network, losses, norms = kind(p), [], []
    steps_per_epoch = -(-kind.examples // kind.batch)
    for step in range(STEPS):
        order = permutation(kind, step // steps_per_epoch)
        first = step % steps_per_epoch * kind.batch
        batch = order[first:first + kind.batch]
        network.optimizer.zero_grad()
        total, counted = 0.0, len(batch) * (kind.shape[0] if len(kind.shape) == 1 else 1)
        for grain in range(0, len(batch), kind.grain):
            x, y = gather(kind, batch[grain:grain + kind.grain])
            loss = F.cross_entropy(network.logits(x).reshape(-1, kind.classes), y, reduction="sum") / counted
            loss.backward()
            total += loss.item()
        if hasattr(kind, "clip"):
            trained = [v for group in network.optimizer.param_groups for v in group["params"]]
            norms.append(torch.nn.utils.clip_grad_norm_(trained, kind.clip).item())
        network.optimizer.step()
        if hasattr(network, "scheduler"):
            network.scheduler.step()
        losses.append(total)
    if norms:
        print(f"{kind.__name__}: gradient norms {min(norms):.3f} to {max(norms):.3f}, clipped at {kind.clip}")
    return losses, p.hash.hexdigest()


def main():
    path = pathlib.Path(__file__).parent.parent / "Tests/DataParallelTests/Golden/losses.json"
    golden = json.loads(path.read_text()) if path.exists() else {"networks": {}}
    golden["torch"] = torch.__version__
    names = [name for name in sys.argv[1:] if name != "--float32"]
    for kind in (Perceptron, LeNet, ResNet18, GPT):
        if names and kind.__name__.lower() not in names:
            continue
        torch.set_default_dtype(torch.float64)
        losses, weights = train(kind)
        print(kind.__name__, *(f"{loss:.4f}" for loss in losses))
        if "--float32" in sys.argv:
            torch.set_default_dtype(torch.float32)
            errors = [abs(a - b) / b for a, b in zip(train(kind)[0], losses)]
            print(f"{kind.__name__}: float32 differs by at most {max(errors):.1e}")
        golden["networks"][kind.__name__.lower()] = {
            "seed": kind.seed, "examples": kind.examples, "batch": kind.batch, "grain": kind.grain,
            "weights": weights, "losses": losses}
    if "--float32" not in sys.argv:
        path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
