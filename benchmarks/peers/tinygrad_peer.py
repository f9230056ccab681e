"""tinygrad: the whole step as one captured graph, on the device that DEV names; the driver sets DEV=CL, OpenCL."""
import os

import numpy as np
from tinygrad import Context, Device, Tensor, TinyJit, nn

from peers import tinygrad_models


class Peer:
    parts = 1

    def __init__(self, workload, case):
        self.workload, self.pids = workload, [os.getpid()]
        self.versions = {"tinygrad": version(), "tinygrad's device": Device.DEFAULT}
        self.model = tinygrad_models.make(workload)
        load(self.model, case.weights)
        self.batches = [batch(workload, x, y) for x, y in case.batches]
        update = optimizer(workload, nn.state.get_parameters(self.model))

        @TinyJit
        @Context(TRAINING=1)
        def train(x, y):
            update.zero_grad()
            loss = self.model(x).sparse_categorical_crossentropy(y).backward()
            return loss.realize(*update.schedule_step())

        self.train = train

    def run(self, first, count):
        for index in range(first, first + count):
            loss = self.train(*self.batches[index % len(self.batches)])
        value = loss.item()
        Device[Device.DEFAULT].synchronize()
        return value


def version():
    from importlib.metadata import version
    return version("tinygrad")


def load(model, weights):
    for name, value in nn.state.get_state_dict(model).items():
        # Where a normalisation has a scale, tinygrad's state says weight.
        module, _, own = name.rpartition(".")
        if own == "num_batches_tracked":
            continue
        if module + ".scale" in weights:
            own = {"weight": "scale", "bias": "shift", "running_var": "running_variance"}.get(own, own)
        value.assign(Tensor(arranged(weights[f"{module}.{own}"], module, own))).realize()


def arranged(value, module, own):
    """Chorus has inputs before outputs, and channels last, also where an image is flattened."""
    if own != "weight" or module in ("tokens", "positions"):
        return value
    if value.ndim == 4:
        return np.ascontiguousarray(value.transpose(3, 2, 0, 1))
    if module == "f1":
        value = value.reshape(7, 7, 128, -1).transpose(2, 0, 1, 3).reshape(value.shape)
    return np.ascontiguousarray(value.T)


def batch(workload, x, y):
    if workload.name == "mlp":
        x = x.reshape(len(x), -1)
    elif workload.has_images:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    return Tensor(x).realize(), Tensor(y.reshape(-1)).realize()


def optimizer(workload, parameters):
    if workload.optimizer["name"] == "sgd":
        return nn.optim.SGD(parameters, workload.rate, workload.momentum)
    if workload.optimizer["name"] == "adam":
        return nn.optim.Adam(parameters, workload.rate, *workload.betas)
    weights = [value for value in parameters if value.ndim > 1]
    rest = [value for value in parameters if value.ndim == 1]
    return nn.optim.OptimizerGroup(
        nn.optim.AdamW(weights, workload.rate, *workload.betas, weight_decay=workload.decay),
        nn.optim.AdamW(rest, workload.rate, *workload.betas, weight_decay=0.0))
