"""A process run to its end: what it printed, how long it took and how much memory it held."""
import dataclasses
import os
import subprocess
import tempfile
import time


class ChildError(Exception):
    """A program that failed, with the end of what it said."""


@dataclasses.dataclass(frozen=True)
class Child:
    lines: list
    # Seconds from the start at which each line came.
    times: list
    seconds: float
    peak_memory: int
    # Processors that other programs kept busy meanwhile.
    other_processors: float

    @classmethod
    def run(cls, arguments, environment=None):
        """Through wait4, which says of this child alone what it used; `resource` knows only the sum of all."""
        busy, start = busy_seconds(), time.monotonic()
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, **(environment or {})})
            lines, times = [], []
            try:
                for line in process.stdout:
                    times.append(time.monotonic() - start)
                    lines.append(line.rstrip("\n"))
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                process.wait()
                raise
            seconds = time.monotonic() - start
            # So that Popen does not wait for a process that is gone.
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            said = errors.read().strip().splitlines()
        if process.returncode != 0:
            raise ChildError(f"{' '.join(arguments)}: status {process.returncode}: " + " | ".join(said[-5:]))
        own = usage.ru_utime + usage.ru_stime
        others = max(0.0, busy_seconds() - busy - own) / seconds
        return cls(lines, times, seconds, usage.ru_maxrss * 1024, others)


def busy_seconds():
    """Processor time of everything on this host since it started."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, soft_irq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / os.sysconf("SC_CLK_TCK")
