"""What a workload begins with: the initial weights and the first batches, exactly as Chorus draws them.

    python -m peers.case WORKLOAD EXAMPLES FILE      # EXAMPLES: how many Chorus trains on

Written once per workload, read by every peer. scripts/golden_losses.py knows how Chorus draws; it needs PyTorch.
"""
import pathlib
import sys

import numpy as np

from peers.workload import Workload

BATCHES, SEED = 7, 1
SCRIPTS = pathlib.Path(__file__).parent.parent.parent / "scripts"


class Case:
    """Weights by Chorus's names, in its layouts (channels last, inputs before outputs), and batches (x, y)."""

    def __init__(self, path):
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        self.batches = list(zip(arrays.pop("batches/x"), arrays.pop("batches/y")))
        self.weights, self.path = arrays, path


def write(workload, examples, path):
    sys.path.insert(0, str(SCRIPTS))
    import golden_losses as golden

    base = {"mlp": golden.Perceptron, "lenet": golden.LeNet, "resnet18": golden.ResNet18, "gpt": golden.GPT}
    kind = type(workload.name, (base[workload.name],), {
        "seed": SEED, "examples": examples, "batch": workload.batch, "shape": workload.shape,
        "classes": workload.classes})
    parameters = golden.Parameters(SEED)
    kind(parameters)  # adds its parameters
    # As many whole batches as the first epoch has; its last one is smaller, and is left out.
    order, batches = golden.permutation(kind, 0), []
    for first in range(0, min(BATCHES * workload.batch, examples - workload.batch + 1), workload.batch):
        x, y = golden.gather(kind, order[first:first + workload.batch])
        batches.append((x.numpy().astype(np.float32 if x.is_floating_point() else np.int32),
                        y.numpy().astype(np.int32).reshape(workload.batch, -1)))
    np.savez(path, **{name: value.detach().numpy() for name, value in parameters.values.items()},
             **{"batches/x": np.stack([x for x, _ in batches]), "batches/y": np.stack([y for _, y in batches])})


if __name__ == "__main__":
    write(Workload.load(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
