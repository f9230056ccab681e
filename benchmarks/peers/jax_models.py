"""The four networks in JAX, over a dictionary of Chorus's parameters: the layouts are the same."""
import jax
import jax.numpy as jnp
from jax import lax


def linear(p, name, x):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def convolve(p, name, x, stride=1):
    w = p[name + ".weight"]
    padding = [(w.shape[0] // 2,) * 2] * 2
    y = lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return y + p[name + ".bias"] if name + ".bias" in p else y


def pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def normalize(p, name, x, axes):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    y = (x - mean) * lax.rsqrt(variance + 1e-5) * p[name + ".scale"] + p[name + ".shift"]
    return y, mean, variance


def perceptron(p, x):
    x = x.reshape(len(x), -1)
    depth = sum(name.endswith(".weight") for name in p)
    for index in range(1, depth):
        x = jax.nn.relu(linear(p, f"linear{index}", x))
    return linear(p, f"linear{depth}", x), {}


def lenet(p, x):
    x = jax.nn.relu(convolve(p, "c1", x))
    x = pool(jax.nn.relu(convolve(p, "c2", x)))
    x = pool(jax.nn.relu(convolve(p, "c3", x)))
    return linear(p, "f2", jax.nn.relu(linear(p, "f1", x.reshape(len(x), -1)))), {}


def resnet18(p, x):
    """Also the batch statistics, from which the step takes the running ones."""
    statistics = {}

    def norm(name, x):
        y, mean, variance = normalize(p, name, x, (0, 1, 2))
        statistics[name + ".running_mean"] = mean.reshape(-1)
        statistics[name + ".running_variance"] = variance.reshape(-1)
        return y

    x = jax.nn.relu(norm("bn1", convolve(p, "conv1", x)))
    for name in (f"layer{stage}.{index}" for stage in range(1, 5) for index in range(2)):
        down = name + ".downsample.0"
        stride = 2 if down + ".weight" in p else 1
        y = jax.nn.relu(norm(name + ".bn1", convolve(p, name + ".conv1", x, stride)))
        y = norm(name + ".bn2", convolve(p, name + ".conv2", y))
        if stride == 2:
            x = norm(name + ".downsample.1", convolve(p, down, x, stride))
        x = jax.nn.relu(x + y)
    return linear(p, "fc", x.mean((1, 2))), statistics


def gpt(p, x, layers, heads):
    table, (examples, context) = p["tokens.weight"], x.shape
    mask = jnp.tril(jnp.ones((context, context), bool))
    x = table[x] + p["positions.weight"]
    for name in (f"blocks.{index}." for index in range(layers)):
        y = normalize(p, name + "norm1", x, -1)[0]
        qkv = linear(p, name + "attention.qkv", y).reshape(examples, context, 3, heads, -1)
        q, k, v = qkv.transpose(2, 0, 3, 1, 4)
        scores = jnp.where(mask, q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5, -jnp.inf)
        y = (jax.nn.softmax(scores) @ v).swapaxes(1, 2).reshape(x.shape)
        x = x + linear(p, name + "attention.output", y)
        y = linear(p, name + "expand", normalize(p, name + "norm2", x, -1)[0])
        x = x + linear(p, name + "contract", jax.nn.gelu(y, approximate=False))
    return (normalize(p, "norm", x, -1)[0] @ table.T).reshape(-1, len(table)), {}


def make(workload):
    """Parameters and examples to logits and batch statistics."""
    if workload.name == "gpt":
        return lambda p, x: gpt(p, x, workload.model["layers"], workload.model["heads"])
    return {"mlp": perceptron, "lenet": lenet, "resnet18": resnet18}[workload.name]
