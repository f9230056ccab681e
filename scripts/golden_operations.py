"""Golden values of every operation from PyTorch in float64, for the tests of the double-precision reference.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install 'torch==2.13.0' numpy
    CHORUS_WRITE_CASES=/tmp/cases.json swift test --filter 'GoldenOperationTests/writeCases'
    /tmp/golden/bin/python scripts/golden_operations.py /tmp/cases.json

The cases are those of Tests/TestSupport/Cases, which the test writes down. Inputs, weights and the gradient of the
output are functions of a case's seed (Philox 4x32-10, as in Sources/ComputeGraph), so that
Tests/ComputeGraphTests/Golden/operations.json holds, beside the case, only what PyTorch found: per array the
largest magnitude, the sum of squares and a few elements. With --float32 it writes nothing, and prints the largest
error of PyTorch's float32 for each case, relative to the array's largest magnitude: what tolerances are chosen by.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden import philox

SAMPLES = 12
STREAM = 1001  # the cases' own; no stream of the library
DROPOUT = 3  # RandomStream.dropout


def words(case, count, second):
    blocks = (count + 3) // 4
    counters = np.zeros((blocks, 4), np.uint64)
    counters[:, 0], counters[:, 1], counters[:, 3] = np.arange(blocks), second, STREAM
    return philox(counters, case["seed"]).reshape(-1)[:count]


def unit(case, shape, second):
    """Uniform in [0, 1), in steps of 2^-24."""
    values = words(case, int(np.prod(shape)), second) >> np.uint64(8)
    return values.astype(np.float32).reshape(shape) * np.float32(2.0**-24)


def uniform(case, shape, second, bound):
    return (np.float32(2) * unit(case, shape, second) - np.float32(1)) * np.float32(bound)


def parameter(case, name, shape, position):
    return unit(case, shape, 16 + position) + np.float32(0.5 if name in ("scale", "running_variance") else -0.5)


def targets(case, shape):
    o = case["options"]
    if case["operation"] == "CrossEntropy":
        drawn = words(case, int(np.prod(shape[:-1])), 9)
        classes = (drawn % np.uint64(shape[-1])).astype(np.int64)
        if o["ignoredIndex"] is not None:
            classes[(drawn >> np.uint64(16)) % np.uint64(3) == 0] = o["ignoredIndex"]
        return torch.tensor(classes.reshape(shape[:-1]))
    return unit(case, shape, 9) if case["operation"] == "BinaryCrossEntropy" else uniform(case, shape, 9, 1)


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def linear(case, o, x, weight, bias=None):
    return F.linear(x, weight if o["transposed"] else weight.T, bias)


def convolution(case, o, x, weight, bias=None):
    return channels_last(F.conv2d(
        channels_first(x), weight.permute(3, 2, 0, 1), bias, o["stride"], o["padding"], o["dilation"], o["groups"]))


def average_pool(case, o, x):
    y = F.avg_pool2d(channels_first(x), o["window"], o["stride"], o["padding"], count_include_pad=o["countsPadding"])
    return channels_last(y)


def batch_normalization(case, o, x, scale, shift, mean, variance):
    if case["evaluation"]:
        y = F.batch_norm(channels_first(x), mean, variance, scale, shift, False, 0, o["epsilon"])
        return channels_last(y)
    grains = [channels_first(g) for g in x.split(case["grain"])]
    return torch.cat([
        channels_last(F.batch_norm(g, None, None, scale, shift, True, 0, o["epsilon"])) for g in grains])


def statistics(case, x):
    """Sums over the grains of the means and unbiased variances that PyTorch's running statistics take."""
    channels = x.shape[-1]
    sums = [torch.zeros(channels, dtype=x.dtype), torch.zeros(channels, dtype=x.dtype)]
    for grain in x.split(case["grain"]):
        mean, variance = torch.zeros(channels, dtype=x.dtype), torch.zeros(channels, dtype=x.dtype)
        F.batch_norm(channels_first(grain), mean, variance, None, None, True, 1)
        sums = [sums[0] + mean, sums[1] + variance]
    return sums


def activation(case, o, x):
    if o["case"] == "leakyReLU":
        return F.leaky_relu(x, o["slope"])
    functions = {
        "relu": F.relu, "gelu": F.gelu, "geluTanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu,
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": lambda x: F.softplus(x, threshold=1e9)}
    return functions[o["case"]](x)


def dropout(case, o, x):
    if case["evaluation"]:
        return x
    examples, count = x.shape[0], int(np.prod(x.shape[1:]))
    counters = np.zeros((examples, count, 4), np.uint64)
    counters[:, :, 0] = np.arange(count)
    counters[:, :, 1] = np.arange(examples)[:, None]
    counters[:, :, 2] = case["node"] << 8 | DROPOUT
    counters[:, :, 3] = case["step"]
    drawn = philox(counters.reshape(-1, 4), case["seed"])[:, 0]
    kept = drawn >= np.uint64(round(o["probability"] * 2**32))
    factors = kept.astype(np.float32) * np.float32(1 / (1 - o["probability"]))
    return x * torch.tensor(factors.reshape(x.shape)).to(x.dtype)


def rotary_positions(case, o, x):
    """Each pair as a complex number, times exp(i * angle)."""
    heads, size, first = o["heads"], o["headSize"], o["offset"]
    examples, length, _ = x.shape
    turned = x[:, :, first:first + heads * size].reshape(examples, length, heads, 2, size // 2)
    numbers = torch.complex(turned[..., 0, :], turned[..., 1, :])
    frequencies = o["base"] ** (-2 * torch.arange(size // 2, dtype=torch.float64) / size)
    angles = torch.arange(length, dtype=torch.float64)[:, None, None] * frequencies
    numbers = numbers * torch.polar(torch.ones_like(angles), angles).to(numbers.dtype)
    turned = torch.stack([numbers.real, numbers.imag], -2).reshape(examples, length, heads * size)
    return torch.cat([x[:, :, :first], turned, x[:, :, first + heads * size:]], -1)


def attention(case, o, x):
    heads, shared = o["heads"], o["keyValueHeads"]
    examples, length, width = x.shape
    size = width // (heads + 2 * shared)
    q, k, v = x.split([heads * size, shared * size, shared * size], -1)
    q, k, v = (p.reshape(examples, length, -1, size).transpose(1, 2) for p in (q, k, v))
    y = F.scaled_dot_product_attention(q, k, v, is_causal=o["causal"], enable_gqa=heads != shared)
    return y.transpose(1, 2).reshape(examples, length, heads * size)


def reduce(case, o, x):
    axes = [a + 1 for a in o["axes"]]
    return x.sum(axes) if o["kind"] == "sum" else x.mean(axes)


def matrix_product(case, o, a, b):
    return (a.mT if o["transposesLeft"] else a) @ (b.mT if o["transposesRight"] else b)


def cross_entropy(case, o, x, target):
    losses = F.cross_entropy(
        x.reshape(-1, x.shape[-1]), target.reshape(-1), label_smoothing=o["labelSmoothing"], reduction="none",
        ignore_index=-(2**31) if o["ignoredIndex"] is None else o["ignoredIndex"])
    return losses.reshape(len(x), -1).sum(1)


def mean_of(losses):
    return losses.reshape(len(losses), -1).mean(1)


OPERATIONS = {
    "Linear": linear,
    "Convolution": convolution,
    "MatrixProduct": matrix_product,
    "MaxPool": lambda c, o, x: channels_last(
        F.max_pool2d(channels_first(x), o["window"], o["stride"], o["padding"])),
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda c, o, x: x.mean((1, 2)),
    "BatchNormalization": batch_normalization,
    "LayerNormalization": lambda c, o, x, scale, shift: F.layer_norm(x, x.shape[-1:], scale, shift, o["epsilon"]),
    "RMSNormalization": lambda c, o, x, scale: F.rms_norm(x, x.shape[-1:], scale, o["epsilon"]),
    "GroupNormalization": lambda c, o, x, scale, shift: channels_last(
        F.group_norm(channels_first(x), o["groups"], scale, shift, o["epsilon"])),
    "Activation": activation,
    "Softmax": lambda c, o, x: F.log_softmax(x, -1) if o["logarithm"] else F.softmax(x, -1),
    "Dropout": dropout,
    "Embedding": lambda c, o, x, weight: F.embedding(x, weight),
    "Positions": lambda c, o, x, weight: x + weight,
    "RotaryPositions": rotary_positions,
    "Attention": attention,
    "Add": lambda c, o, a, b: a + b,
    "Concatenate": lambda c, o, *inputs: torch.cat(inputs, o["axis"] + 1),
    "Slice": lambda c, o, x: x.narrow(o["axis"] + 1, o["range"][0], o["range"][1] - o["range"][0]),
    "Reshape": lambda c, o, x: x.reshape([len(x)] + c["output"]),
    "Transpose": lambda c, o, x: x.permute([0] + [d + 1 for d in o["permutation"]]),
    "Reduce": reduce,
    "CrossEntropy": cross_entropy,
    "MeanSquaredError": lambda c, o, x, t: mean_of(F.mse_loss(x, t, reduction="none")),
    "Huber": lambda c, o, x, t: mean_of(F.huber_loss(x, t, reduction="none", delta=o["delta"])),
    "BinaryCrossEntropy": lambda c, o, x, t: mean_of(F.binary_cross_entropy_with_logits(x, t, reduction="none")),
}
LOSSES = ("CrossEntropy", "MeanSquaredError", "Huber", "BinaryCrossEntropy")


def compute(case, dtype):
    """Output, gradients of inputs and parameters, and sums of statistics, by name."""
    n = case["examples"]

    def tensor(values):
        return torch.tensor(values).to(dtype)

    if case["operation"] == "Embedding":
        count = int(np.prod([n] + case["inputs"][0]))
        tokens = words(case, count, 0) % np.uint64(case["options"]["count"])
        inputs = [torch.tensor(tokens.astype(np.int64).reshape([n] + case["inputs"][0]))]
    else:
        inputs = [tensor(uniform(case, [n] + s, i, 2)).requires_grad_() for i, s in enumerate(case["inputs"])]
    shapes = zip(case["parameters"], case["parameterShapes"])
    parameters = [tensor(parameter(case, name, s, i)) for i, (name, s) in enumerate(shapes)]
    trained = [i for i, name in enumerate(case["parameters"]) if not name.startswith("running_")]
    for i in trained:
        parameters[i].requires_grad_()
    extra = []
    if case["operation"] in LOSSES:
        extra = [targets(case, [n] + case["inputs"][0])]
        if case["operation"] != "CrossEntropy":
            extra = [tensor(extra[0])]
    y = OPERATIONS[case["operation"]](case, case["options"], *inputs, *parameters, *extra)
    assert list(y.shape) == [n] + case["output"], (case["name"], y.shape)
    y.backward(tensor(uniform(case, list(y.shape), 8, 1)))
    found = {"y": y.detach()}
    found |= {f"dx{i}": x.grad for i, x in enumerate(inputs) if x.requires_grad}
    found |= {case["parameters"][i]: parameters[i].grad for i in trained}
    if case["operation"] == "BatchNormalization" and not case["evaluation"]:
        sums = statistics(case, inputs[0].detach())
        found |= dict(zip(("running_mean", "running_variance"), sums))
    return {name: value.double().reshape(-1).numpy() for name, value in found.items()}


def summary(values):
    stride = max(1, len(values) // SAMPLES) | 1  # odd, so that it meets every channel
    return {"count": len(values), "largest": float(np.abs(values).max()), "squares": float((values * values).sum()),
            "stride": stride, "samples": values[::stride][:SAMPLES].tolist()}


def main():
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
    if "--float32" in sys.argv:
        for case in cases:
            double, single = compute(case, torch.float64), compute(case, torch.float32)
            errors = {k: np.abs(single[k] - v).max() / (np.abs(v).max() or 1) for k, v in double.items()}
            worst = max(errors, key=errors.get)
            print(f"{errors[worst]:.1e}  {case['name']} ({worst})")
        return
    lines = []
    for case in cases:
        values = {name: summary(v) for name, v in compute(case, torch.float64).items()}
        lines.append(json.dumps({"description": case, "values": values}, separators=(",", ":")))
    path = pathlib.Path(__file__).parent.parent / "Tests/ComputeGraphTests/Golden/operations.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


main()
