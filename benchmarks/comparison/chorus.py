"""The program `chorus`, as the benchmarks call it."""
import json
import os
import pathlib
import tempfile

from comparison.child import Child

ROOT = pathlib.Path(__file__).parent.parent.parent
WORKLOADS = ROOT / "benchmarks/workloads"
SHORT_NAMES = {"Portable Computing Language": "PoCL", "Intel(R) OpenCL": "Intel"}


class Chorus:
    def __init__(self):
        # CHORUS_PROGRAM measures another build. In a bundle the program lies beside the benchmarks.
        bundled = ROOT / "chorus"
        if bundled.is_file():
            self.command = [os.environ.get("CHORUS_PROGRAM", str(bundled))]
        else:
            program = os.environ.get("CHORUS_PROGRAM", str(ROOT / ".build/release/chorus"))
            self.command = [str(ROOT / "scripts/with-runtimes"), program]
        self.devices = json.loads("".join(self.run("devices", "--json").lines))["devices"]

    def run(self, *arguments, environment=None):
        return Child.run([*self.command, *map(str, arguments)], environment)

    def placements(self):
        """What is measured: each device that passes the self-test, and the halves of PoCL's; a name for each.

        Halves of other runtimes are left out: they may use more than their own processors.
        """
        found = {}
        for device in self.devices:
            if device["selfTest"] != "passed":
                continue
            index = str(device["index"])
            name = SHORT_NAMES.get(device["platform"], f"device {index}")
            found.setdefault(name, index)
            if name == "PoCL" and device["partitions"] >= 2:
                found.setdefault("PoCL/2", index + "/2")
        return found

    def bench(self, recipe, devices, seconds, rounds=1, *options):
        """Figures of one recipe, and the process that found them."""
        with tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
            out = pathlib.Path(folder) / "figures.json"
            child = self.run("bench", "train", recipe, "--devices", devices, "--rounds", rounds,
                             "--seconds", seconds, "--out", out, *options)
            return json.loads(out.read_text())["results"][0], child

    def peaks(self, indices, seconds=0.2):
        """FMA peak (GFLOP/s) and memory bandwidth (GB/s) of each device, as kernels of its own reach them."""
        with tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
            out = pathlib.Path(folder) / "profile.json"
            self.run("bench", "train", WORKLOADS / "mlp.toml", "--profile", "--devices", ",".join(indices),
                     "--seconds", seconds, "--out", out)
            return [{"device": result["device"], "gigaflopsPerSecond": result["peakGigaflopsPerSecond"],
                     "gigabytesPerSecond": result["peakGigabytesPerSecond"]}
                    for result in json.loads(out.read_text())["results"]]

    def train(self, recipe, devices, steps, *options, environment=None):
        """A short training: its summary, and the process."""
        with tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
            run = pathlib.Path(folder) / "run"
            child = self.run("train", recipe, "--devices", devices, "--set", f"training.steps={steps}", "--json",
                             "--audit", 0, "--out", run, *options, environment=environment)
            return json.loads((run / "summary.json").read_text()), child

    def start_up(self, recipe, devices):
        """Seconds to the end of the first step: with empty caches, and then with what that run has built."""
        with tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
            caches = {"CHORUS_CACHE": f"{folder}/chorus", "POCL_CACHE_DIR": f"{folder}/pocl"}
            pathlib.Path(caches["POCL_CACHE_DIR"]).mkdir()
            return {kind: self._first_step(recipe, devices, caches) for kind in ("coldSeconds", "warmSeconds")}

    def _first_step(self, recipe, devices, environment):
        _, child = self.train(recipe, devices, 1, environment=environment)
        return next(time for time, line in zip(child.times, child.lines)
                    if json.loads(line)["event"] == "step")
