"""PyTorch in one process: eager, tuned (channels last, fused optimizer), or compiled."""
import os

import torch
import torch.nn.functional as F

from peers import torch_models


class Peer:
    parts = 1

    def __init__(self, workload, case, tuned=False, compiled=False, threads=None):
        torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
        self.workload, self.pids = workload, [os.getpid()]
        self.versions = {"torch": torch.__version__}
        self.model = torch_models.make(workload, case.weights)
        channels_last = tuned and workload.has_images
        if channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
        self.batches = [batch(workload, x, y, channels_last) for x, y in case.batches]
        self.optimizer = optimizer(workload, self.model, tuned)
        self.network, self.update = self.model, self.optimizer.step
        if compiled:
            self.loss, self.update = torch.compile(self.loss), torch.compile(self.optimizer.step)

    def loss(self, x, y):
        return F.cross_entropy(self.network(x), y)

    def run(self, first, count):
        for index in range(first, first + count):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(*self.batches[index % len(self.batches)])
            loss.backward()
            self.update()
        return loss.item()


def batch(workload, x, y, channels_last):
    x, y = torch.from_numpy(x), torch.from_numpy(y).long().flatten()
    if workload.name == "mlp":
        return x.flatten(1), y
    if workload.name == "gpt":
        return x.long(), y
    x = x.permute(0, 3, 1, 2)
    return x.contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format), y


def optimizer(workload, model, fused):
    # Left out, PyTorch chooses; `fused=False` would forbid its choice.
    settings = {"lr": workload.rate, **({"fused": True} if fused else {})}
    if workload.optimizer["name"] == "sgd":
        return torch.optim.SGD(model.parameters(), momentum=workload.momentum, **settings)
    if workload.optimizer["name"] == "adam":
        return torch.optim.Adam(model.parameters(), betas=workload.betas, **settings)
    weights = [value for value in model.parameters() if value.ndim > 1]
    rest = [value for value in model.parameters() if value.ndim == 1]
    groups = [{"params": weights, "weight_decay": workload.decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=workload.betas, **settings)
