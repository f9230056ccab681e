"""A peer's process: started once, then asked for a round at a time."""
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

from comparison.child import Child, ChildError

BENCHMARKS = pathlib.Path(__file__).parent.parent
PYTHON = os.environ.get("CHORUS_PEERS_PYTHON", "python3")
# In the order of the table; what each imports.
NEEDS = {
    "torch": "torch", "torch-tuned": "torch", "torch-compile": "torch", "torch-ddp": "torch",
    "torch-ddp-tuned": "torch", "jax": "jax", "tinygrad": "tinygrad"}


class PeerError(Exception):
    """A peer that did not start, did not answer in time, or failed."""


def importable(module):
    """Tried rather than looked for: what is installed may not load."""
    try:
        Child.run([PYTHON, "-c", f"import numpy, {module}"])
    except (OSError, ChildError):
        return False
    return True


def write_case(workload, examples, path):
    Child.run([PYTHON, "-m", "peers.case", workload, str(examples), str(path)], {"PYTHONPATH": str(BENCHMARKS)})


class Caches:
    """Folders in which peers keep what they compile, empty at first; and PoCL as the only OpenCL platform.

    tinygrad takes the first platform that the loader finds.
    """

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="chorus-peers-")
        root = pathlib.Path(self.folder.name)
        for name in ("inductor", "pocl", "vendors", "cache"):
            (root / name).mkdir()
        vendors = pathlib.Path(os.environ.get("OCL_ICD_VENDORS", "/etc/OpenCL/vendors"))
        pocl = sorted(vendors.glob("*pocl*.icd"))
        for path in pocl[:1]:
            (root / "vendors" / path.name).write_text(path.read_text())
        self.environment = {
            "TORCHINDUCTOR_CACHE_DIR": str(root / "inductor"), "POCL_CACHE_DIR": str(root / "pocl"),
            "CACHEDB": str(root / "tinygrad.db"), "XDG_CACHE_HOME": str(root / "cache"), "DEV": "CL",
            **({"OCL_ICD_VENDORS": str(root / "vendors")} if pocl else {})}


class Peer:
    """`start` holds the losses of the first steps, `startSeconds`, versions and the number of processes."""

    def __init__(self, name, workload, case, caches, patience):
        self.name, self.patience, self.unread = name, patience, b""
        self.errors = tempfile.TemporaryFile("w+")
        self.process = self._process([workload, str(case)], caches)
        self.start = self._answer()

    def round(self, seconds):
        self._write(f"{seconds}\n")
        return self._answer()

    def close(self):
        """Its whole process group, as DDP has two processes; a peer ends by itself when its input does."""
        try:
            self.process.stdin.close()
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def _process(self, arguments, caches):
        environment = {**os.environ, **caches.environment, "PYTHONPATH": str(BENCHMARKS),
                       "CHORUS_BENCH_STARTED": str(time.monotonic())}
        return subprocess.Popen(
            [PYTHON, "-m", "peers", self.name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, env=environment, start_new_session=True)

    def _write(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except OSError as error:
            raise PeerError(self._failure()) from error

    def _answer(self):
        deadline = time.monotonic() + self.patience
        while b"\n" not in self.unread:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.close()
                raise PeerError(f"no answer within {self.patience:.0f} s")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                self.close()
                raise PeerError(self._failure())
            self.unread += data
        line, _, self.unread = self.unread.partition(b"\n")
        return json.loads(line)

    def _failure(self):
        self.errors.seek(0)
        return " | ".join(self.errors.read().strip().splitlines()[-3:])[-500:] or "it ended without a word"


def warm_start(name, workload, case, caches):
    """Seconds to the end of the first step, with the caches that an earlier start has filled."""
    environment = {**caches.environment, "PYTHONPATH": str(BENCHMARKS), "CHORUS_BENCH_STARTED": str(time.monotonic())}
    child = Child.run([PYTHON, "-m", "peers", name, workload, str(case), "--once"], environment)
    return json.loads(child.lines[-1])["startSeconds"]
