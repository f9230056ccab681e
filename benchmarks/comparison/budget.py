"""What a run may take: time, and memory."""
import time

from comparison.machine import available_memory


class Budget:
    def __init__(self, minutes, gigabytes):
        self.end = time.monotonic() + 60 * minutes
        self.memory = min(gigabytes * 1e9, available_memory())

    def refusal(self, seconds, memory):
        """Why something that would take so much is left out; None if it may run."""
        left = self.end - time.monotonic()
        if seconds > left:
            return f"it would take about {seconds:.0f} s, and {max(left, 0):.0f} s are left (--minutes)"
        if memory > self.memory:
            return f"it would hold about {memory / 1e9:.1f} GB, and may hold {self.memory / 1e9:.1f} (--memory)"
        return None
