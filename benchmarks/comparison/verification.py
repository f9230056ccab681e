"""Before anything is timed: from the same weights and examples, the losses of Chorus and of a peer must agree."""
from comparison.chorus import WORKLOADS
from peers.rounds import VERIFIED_STEPS
from peers.workload import Workload

# Of each step's loss, relative. Two programs add in other orders, and each step carries the difference on.
TOLERANCE = 1e-4


class Verification:
    """Chorus's losses of one workload, trained on one device: placement does not change a bit."""

    def __init__(self, chorus, workload, devices):
        self.chorus, self.recipe, self.devices = chorus, WORKLOADS / f"{workload}.toml", devices
        self.has_batch_statistics = workload == "resnet18"
        self.rate, self.losses = Workload.load(workload).rate, {}
        summary, _ = chorus.train(self.recipe, devices, 1)
        self.batch, self.grain = summary["configuration"]["batch"], summary["configuration"]["grain"]
        self.examples = summary["configuration"]["trainingExamples"]

    def compare(self, peer):
        """What the report says of a peer; `agrees` is the verdict."""
        grain = self._grain(peer.start["parts"])
        expected, losses = self._losses(grain), peer.start["losses"]
        largest = max(abs(loss / other - 1) for loss, other in zip(losses, expected))
        return {"grain": grain, "losses": losses, "chorus": expected, "largestDifference": largest,
                "agrees": largest <= TOLERANCE and len(losses) == VERIFIED_STEPS}

    def _grain(self, parts):
        """Batch statistics are a grain's in Chorus and a process's in the peers: so both must be as large."""
        return self.batch // parts if self.has_batch_statistics else self.grain

    def _losses(self, grain):
        if grain not in self.losses:
            summary, _ = self.chorus.train(
                self.recipe, self.devices, VERIFIED_STEPS, "--set", f"training.grain={grain}",
                "--set", f"optimizer.learning_rate={self.rate}")
            self.losses[grain] = summary["lossCurve"]
        return self.losses[grain]
