#!/usr/bin/env python3
"""How well a group of devices works together, and how much of its communication is exposed.

README.md states the method.

    benchmarks/engine.py                                         # all of it: a quarter of an hour
    benchmarks/engine.py try --workloads gpt --slow 1,4 --rounds 2 --seconds 1

Writes results/NAME-engine.json.
"""
import argparse
import datetime
import json
import pathlib
import tempfile

from comparison import machine
from comparison.child import ChildError
from comparison.chorus import WORKLOADS, Chorus

RESULTS = pathlib.Path(__file__).resolve().parent / "results"
NAMES = ["mlp", "lenet", "resnet18", "gpt"]
# Steps of the others, slowed eight times, take many seconds.
SLOWED = ["mlp", "lenet"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("name", nargs="?", default=datetime.date.today().isoformat(), help="begins the file's name")
    add("--workloads", default=",".join(NAMES), help="some of %(default)s")
    add("--slow", default="1,2,4,8", help=f"factors by which the last replica is slowed, of {SLOWED} (%(default)s)")
    add("--rounds", type=int, default=3, help="timings of a placement (%(default)s)")
    add("--seconds", type=float, default=1.0, help="that one timing takes at least (%(default)s)")
    add("--steps", type=int, default=30, help="traced steps, of which the first tenth is left out (%(default)s)")
    options = parser.parse_args()
    options.workloads = options.workloads.split(",")
    options.slow = [float(factor) for factor in options.slow.split(",")]
    for name in options.workloads:
        if name not in NAMES:
            parser.error(f"{name} is not one of {', '.join(NAMES)}")
    return parser, options


def groups(chorus):
    """Devices that are measured together: the halves of PoCL's, and the first of each platform."""
    placements = chorus.placements()
    found = {}
    if "PoCL/2" in placements:
        found["two halves of PoCL's device"] = placements["PoCL/2"]
    vendors = [index for name, index in placements.items() if "/" not in name]
    if len(vendors) > 1:
        found["two vendors, on the same processors"] = ",".join(vendors[:2])
    return found


def efficiencies(chorus, workload, devices, options):
    """The group's throughput as a share of the sum of its members' alone, for each factor."""
    measured = []
    for factor in options.slow if workload in SLOWED else [1]:
        result, child = chorus.bench(
            WORKLOADS / f"{workload}.toml", devices, options.seconds, options.rounds, "--slow", f"{factor:g}")
        measured.append({**result, "otherProcessors": child.other_processors})
        print(f"  slowed {factor:g} times: {result['efficiency']:.2f} of the sum of the solos", flush=True)
    return measured


def exposure(chorus, workload, devices, options):
    """What of a step's communication computing did not hide."""
    with tempfile.TemporaryDirectory(prefix="chorus-engine-") as folder:
        trace = pathlib.Path(folder) / "trace.json"
        chorus.train(WORKLOADS / f"{workload}.toml", devices, options.steps, "--trace", trace)
        overlap = json.loads("".join(chorus.run("trace", trace, "--json").lines))
    shares = [device["exposedShare"] for device in overlap["devices"]]
    print(f"  exposed communication: {', '.join(f'{100 * share:.1f} %' for share in shares)} of a step", flush=True)
    # The steps one by one are in the trace, not here.
    return {key: value for key, value in overlap.items() if key != "steps"}


def main():
    parser, options = arguments()
    chorus = Chorus()
    found = groups(chorus)
    if not found:
        parser.exit(1, "there is no group: neither two halves of a PoCL device nor two platforms\n")
    results = []
    for workload in options.workloads:
        for group, devices in found.items():
            print(f"{workload}, {group} ({devices})", flush=True)
            results.append({
                "workload": workload, "group": group, "devices": devices,
                "exposure": exposure(chorus, workload, devices, options),
                "efficiencies": efficiencies(chorus, workload, devices, options)})
    settings = {key: value for key, value in vars(options).items() if key != "name"}
    path = RESULTS / f"{options.name}-engine.json"
    path.write_text(json.dumps({**machine.describe(chorus), "settings": settings, "results": results}, indent=1) + "\n")
    print(f"written: {path}")


if __name__ == "__main__":
    try:
        main()
    except ChildError as error:
        raise SystemExit(str(error))
