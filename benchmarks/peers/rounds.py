"""How every peer is timed: the first step, the steps that are compared with Chorus, a warm-up, rounds."""
import math
import time

from comparison.child import busy_seconds
from peers import processes

VERIFIED_STEPS = 5
WARM_UP_SECONDS = 0.5


class Rounds:
    """A peer has `run(first, count)`, which trains `count` steps, waits for the last and returns its loss."""

    def __init__(self, peer):
        self.peer, self.steps, self.step_seconds = peer, 0, None

    def first(self):
        return self._run(1)

    def verification(self):
        """The losses of the second step and those behind it."""
        return [self._run(1) for _ in range(VERIFIED_STEPS - 1)]

    def warm_up(self):
        """Also finds how many steps a round has; at least two runs, as some compile in the first."""
        self._run(2)
        self._timed(WARM_UP_SECONDS)

    def round(self, seconds):
        busy, own = busy_seconds(), processes.own_seconds(self.peer.pids)
        steps, elapsed = self._timed(seconds)
        busy, own = busy_seconds() - busy, processes.own_seconds(self.peer.pids) - own
        return {
            "examplesPerSecond": steps * self.peer.workload.batch / elapsed, "seconds": elapsed, "steps": steps,
            "peakMemoryBytes": processes.peak_memory(self.peer.pids),
            # Processors that other programs kept busy meanwhile: a round with much of it says little.
            "otherProcessors": max(0.0, busy - own) / elapsed}

    def _timed(self, seconds):
        """Steps until so much time has passed, waited for as seldom as can be."""
        start, steps, elapsed = time.perf_counter(), 0, 0.0
        while elapsed < seconds:
            missing = seconds - elapsed
            count = max(1, math.ceil(missing / self.step_seconds)) if self.step_seconds else 1
            self._run(count)
            steps += count
            elapsed = time.perf_counter() - start
            self.step_seconds = elapsed / steps
        return steps, elapsed

    def _run(self, count):
        loss = self.peer.run(self.steps, count)
        self.steps += count
        return loss
