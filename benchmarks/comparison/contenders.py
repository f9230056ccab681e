"""Who takes part: Chorus on a placement, and the peers; each times a round when its turn comes."""
import statistics

from comparison.chorus import WORKLOADS


class Ours:
    """A process for each round, with the warm-up inside; its memory is measured by a training of its own.

    `chorus bench` holds a trainer for each half and one for both, so of a group it would tell too much.
    """

    kind = "chorus"

    def __init__(self, chorus, name, devices, workload):
        self.chorus, self.name, self.devices = chorus, f"Chorus, {name}", devices
        self.recipe, self.versions = WORKLOADS / f"{workload}.toml", {}
        self.memory = None

    def round(self, seconds):
        result, child = self.chorus.bench(self.recipe, self.devices, seconds)
        *solos, figure = [figure["median"] for figure in result["figures"]]
        return {"examplesPerSecond": figure, "otherProcessors": child.other_processors,
                **({"solos": solos, "efficiency": result["efficiency"]} if solos else {})}

    def finish(self):
        _, child = self.chorus.train(self.recipe, self.devices, 3)
        self.memory = child.peak_memory

    def start_up(self):
        return self.chorus.start_up(self.recipe, self.devices)

    def close(self):
        """Nothing is left running between rounds."""


class Theirs:
    kind = "peer"

    def __init__(self, peer, warm_start):
        self.peer, self.name, self.versions = peer, peer.name, peer.start["versions"]
        self.warm_start, self.memory = warm_start, None

    def round(self, seconds):
        result = self.peer.round(seconds)
        self.memory = result.pop("peakMemoryBytes")
        return result

    def finish(self):
        """Its memory came with the rounds."""

    def start_up(self):
        return {"coldSeconds": self.peer.start["startSeconds"], "warmSeconds": self.warm_start()}

    def close(self):
        self.peer.close()


def spread(values):
    return {"median": statistics.median(values), "minimum": min(values), "maximum": max(values)}
