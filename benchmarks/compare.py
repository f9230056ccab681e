#!/usr/bin/env python3
"""Measures Chorus and its peers on the four workloads, taking turns in one run; README.md states the method.

    benchmarks/compare.py                                      # all of it: an hour on two cores
    benchmarks/compare.py --workloads mlp --peers torch --rounds 2 --seconds 1 --no-start-up

Writes results/NAME-compare.json and .svg and prints a table. CHORUS_PEERS_PYTHON names a Python that has the peers
(default: python3); those that it cannot import are skipped, and the run says so.
"""
import argparse
import datetime
import json
import pathlib
import signal
import sys

from comparison import bars, machine
from comparison.child import ChildError
from comparison.chorus import Chorus
from comparison.flops import PER_EXAMPLE
from comparison.peer import NEEDS, PYTHON, importable
from comparison.table import table
from comparison.workload_run import WorkloadRun

RESULTS = pathlib.Path(__file__).resolve().parent / "results"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("name", nargs="?", default=datetime.date.today().isoformat(), help="begins the files' names")
    add("--workloads", default=",".join(PER_EXAMPLE), help="some of %(default)s")
    add("--peers", default=",".join(NEEDS), help="some of %(default)s, or none")
    add("--placements", help="some of Chorus's, such as PoCL,PoCL/2,Intel (default: all)")
    add("--rounds", type=int, default=7, help="each contender is timed once a round (%(default)s)")
    add("--seconds", type=float, default=2.0, help="that one timing takes at least (%(default)s)")
    add("--patience", type=float, default=900, help="seconds that a peer may take to answer (%(default)s)")
    add("--no-start-up", action="store_true", help="leave out the starts: Chorus's cold ones test the device anew")
    options = parser.parse_args()
    options.workloads = chosen(parser, options.workloads, PER_EXAMPLE)
    options.peers = [] if options.peers == "none" else chosen(parser, options.peers, NEEDS)
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds must be at least 1, and --seconds positive")
    return parser, options


def chosen(parser, text, known):
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            parser.error(f"{name} is not one of {', '.join(known)}")
    return names


def main():
    parser, options = arguments()
    # As an exception, so that the peers are ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chorus, notices = Chorus(), []

    def note(text):
        notices.append(text)
        print(text, flush=True)

    placements = chorus.placements()
    if options.placements:
        placements = {name: placements[name] for name in chosen(parser, options.placements, placements)}
    if not placements:
        sys.exit("no device passes the self-test; see: chorus devices")
    peers = available(options.peers, note)
    settings = {"rounds": options.rounds, "seconds": options.seconds, "placements": placements}
    report = {**machine.describe(chorus), "settings": settings, "notices": notices, "workloads": {}}
    path = RESULTS / f"{options.name}-compare.json"
    for workload in options.workloads:
        print(f"== {workload}", flush=True)
        run = WorkloadRun(chorus, workload, placements, options, note)
        report["workloads"][workload] = run.measure(peers)
        # After each workload, so that a run that is stopped has not been for nothing.
        path.write_text(json.dumps(report, indent=1) + "\n")
        title = f"Examples per second, {report['processor']}, {report['processors']} processors"
        bars.draw(report["workloads"], title, path.with_suffix(".svg"))
    print("\n" + table(report["workloads"]) + "\n" + "\n".join(f"- {notice}" for notice in notices))
    print(f"written: {path}, {path.with_suffix('.svg')}")


def available(names, note):
    """PyTorch is what everything is verified against, and nothing is timed that was not: without it no peer is."""
    modules = {module: importable(module) for module in dict.fromkeys(NEEDS[name] for name in names)}
    if names and not (modules.get("torch") or importable("torch")):
        note(f"no peer is measured and nothing is compared with PyTorch: {PYTHON} cannot import torch and numpy;"
             " set CHORUS_PEERS_PYTHON")
        return []
    for name in names:
        if not modules[NEEDS[name]]:
            note(f"{name} is skipped: {PYTHON} cannot import {NEEDS[name]}")
    return [name for name in names if modules[NEEDS[name]]]


if __name__ == "__main__":
    try:
        main()
    except ChildError as error:
        raise SystemExit(str(error))
