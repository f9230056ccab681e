"""What grows in benchmarks/scale.py: each series changes one thing of a workload and leaves the rest."""
import dataclasses
import math

from comparison import flops

BATCHES = {"mlp": 256, "gpt": 32}


@dataclasses.dataclass(frozen=True)
class Point:
    """One network and batch; `size` is what grew, `work` the floating-point operations of a step."""

    size: int
    changes: dict
    batch: int
    work: float


def mlp(widths, batch=BATCHES["mlp"]):
    # More examples than a batch has, so that every step has a whole one.
    changes = {"model.widths": widths, "training.batch": batch, "data.examples": max(2048, 2 * batch)}
    return changes, batch, batch * flops.perceptron(784, widths, 10)


def gpt(layers=4, width=128, batch=BATCHES["gpt"]):
    changes = {"model.layers": layers, "model.width": width, "training.batch": batch,
               "data.examples": max(256, 2 * batch)}
    return changes, batch, batch * flops.gpt(layers, width, 128, 96)


# Series by name: the workload, and the points in the order of their work.
STEPS = {
    "mlp width": ("mlp", [Point(w, *mlp([w, w])) for w in (64, 128, 256, 512, 1024, 2048, 4096)]),
    "mlp layers": ("mlp", [Point(n, *mlp([512] * n)) for n in (1, 2, 4, 8, 16, 32)]),
    "mlp batch": ("mlp", [Point(b, *mlp([512, 512], b)) for b in (32, 64, 128, 256, 512, 1024, 2048, 4096)]),
    "gpt layers": ("gpt", [Point(n, *gpt(layers=n)) for n in (1, 2, 4, 8, 16)]),
    "gpt width": ("gpt", [Point(w, *gpt(width=w)) for w in (32, 64, 128, 256, 512)]),
    "gpt batch": ("gpt", [Point(b, *gpt(batch=b)) for b in (4, 8, 16, 32, 64, 128)]),
}

TRAFFIC = (1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 100e6, 200e6)
TRAFFIC_BATCH, TRAFFIC_GRAIN = 32, 8


def traffic_changes(parameters):
    """A perceptron of two equal layers with about so many parameters, and a small batch: much traffic, little work."""
    width = round((-794 + math.sqrt(794**2 + 4 * parameters)) / 2)
    return {"model.widths": [width, width], "training.batch": TRAFFIC_BATCH, "training.grain": TRAFFIC_GRAIN,
            "training.evaluation_examples": TRAFFIC_GRAIN, "data.examples": 10 * TRAFFIC_BATCH}
