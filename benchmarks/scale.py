#!/usr/bin/env python3
"""How a step grows with layers, width and batch, and communication with parameters; README.md states the method.

    benchmarks/scale.py                                          # all of it: half an hour on two cores
    benchmarks/scale.py --series 'mlp batch,traffic' --minutes 2 --rounds 1 --seconds 0.5

Writes results/NAME-scale.json and .svg, and says where each curve leaves the straight line.
"""
import argparse
import datetime
import json
import pathlib
import tempfile

from comparison import curves, machine
from comparison.budget import Budget
from comparison.child import ChildError
from comparison.chorus import Chorus
from comparison.growth import step_series, traffic_series
from comparison.panels import step_panel, traffic_panel
from comparison.series import STEPS
from comparison.straight import sentence

RESULTS = pathlib.Path(__file__).resolve().parent / "results"


def arguments(names):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("name", nargs="?", default=datetime.date.today().isoformat(), help="begins the files' names")
    add("--series", default=",".join(names), help="some of %(default)s")
    add("--devices", help="where steps are timed (default: PoCL's device, else the first)")
    add("--rounds", type=int, default=3, help="timings of a step (%(default)s)")
    add("--seconds", type=float, default=1.0, help="that one timing takes at least (%(default)s)")
    add("--minutes", type=float, default=40, help="points that would take longer are left out (%(default)s)")
    add("--memory", type=float, default=21, help="GB; points that would hold more are left out (%(default)s)")
    options = parser.parse_args()
    options.series = [name.strip() for name in options.series.split(",")]
    for name in options.series:
        if name not in names:
            parser.error(f"{name} is not one of {', '.join(names)}")
    return parser, options


def main():
    parser, options = arguments([*STEPS, "traffic"])
    chorus, notices = Chorus(), []

    def note(text):
        notices.append(text)
        print(text, flush=True)

    placements = chorus.placements()
    devices = options.devices or placements.get("PoCL") or next(iter(placements.values()), None)
    if devices is None:
        parser.exit(1, "no device passes the self-test; see: chorus devices\n")
    halves = placements.get("PoCL/2")
    panels = measure(chorus, devices, halves, options, note)
    for panel in panels:
        note(sentence(panel["name"], panel["points"], panel["named"]))
    write(options, chorus, {"devices": devices, "halves": halves}, panels, notices)


def measure(chorus, devices, halves, options, note):
    budget, panels = Budget(options.minutes, options.memory), []
    with tempfile.TemporaryDirectory(prefix="chorus-scale-") as folder:
        folder = pathlib.Path(folder)
        for name in options.series:
            if name in STEPS:
                points = step_series(chorus, name, devices, options, budget, folder, note)
                panels.append(step_panel(name, points))
            elif halves is None:
                note("traffic is left out: there is no PoCL device with two halves")
            else:
                panels.append(traffic_panel(traffic_series(chorus, halves, budget, folder, note)))
    return panels


def write(options, chorus, placements, panels, notices):
    settings = {"rounds": options.rounds, "seconds": options.seconds, "minutes": options.minutes,
                "memory": options.memory, **placements}
    report = {**machine.describe(chorus), "settings": settings, "notices": notices,
              "series": {panel["name"]: panel["points"] for panel in panels}}
    path = RESULTS / f"{options.name}-scale.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    curves.draw(panels, f"How a step grows, {report['processor']}, {report['processors']} processors",
                path.with_suffix(".svg"))
    print(f"written: {path}, {path.with_suffix('.svg')}")


if __name__ == "__main__":
    try:
        main()
    except ChildError as error:
        raise SystemExit(str(error))
