"""Floating-point operations of one example, forward and backward: those of matrix products and convolutions alone.

A multiplication and an addition are two. Backward has twice as many as forward, without the gradient of the input that
nobody needs. Attention is counted whole, as libraries without a causal kernel compute it.
"""


def perceptron(inputs, widths, classes):
    sizes = [inputs, *widths, classes]
    products = [2 * a * b for a, b in zip(sizes, sizes[1:])]
    return 3 * sum(products) - products[0]


def gpt(layers, width, context, vocabulary):
    """The heads' number does not matter: they share the width."""
    block = 2 * 12 * width * width + 4 * context * width
    return 3 * context * (layers * block + 2 * width * vocabulary)


def convolution(side, kernel, inputs, outputs):
    """Forward, of a square image with `side` output lines."""
    return 2 * side * side * kernel * kernel * inputs * outputs


def lenet():
    first = convolution(28, 3, 1, 32)
    rest = convolution(28, 3, 32, 64) + convolution(14, 3, 64, 128) + 2 * (6272 * 256 + 256 * 10)
    return 3 * (first + rest) - first


def resnet18():
    """With CIFAR's stem, on images of 32 x 32."""
    first = convolution(32, 3, 3, 64)
    rest = 4 * convolution(32, 3, 64, 64) + 2 * 512 * 10
    for side, inputs in ((16, 64), (8, 128), (4, 256)):
        outputs = 2 * inputs
        rest += convolution(side, 3, inputs, outputs) + 3 * convolution(side, 3, outputs, outputs)
        rest += convolution(side, 1, inputs, outputs)
    return 3 * (first + rest) - first


PER_EXAMPLE = {
    "mlp": perceptron(784, [512, 512], 10), "lenet": lenet(), "resnet18": resnet18(), "gpt": gpt(4, 128, 128, 96)}
