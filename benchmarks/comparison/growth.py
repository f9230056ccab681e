"""Measures the points of a series, as far as the budget allows."""
import json

from comparison.child import ChildError
from comparison.recipe import variant
from comparison.series import STEPS, TRAFFIC, traffic_changes
from comparison.straight import against_line

# Bytes for each parameter, by which points are left out before they run: what the process of two replicas held with 10
# and 20 million, weights, velocities, transposed weights and 64-bit sums on both sides.
TRAFFIC_BYTES = 100
TRAFFIC_STEPS = 8


def step_series(chorus, name, devices, options, budget, folder, note):
    workload, points = STEPS[name]
    measured, previous = [], None
    for point in points:
        # In proportion to the point before, or where there is none as if 20 GFLOP/s were reached.
        expected = previous.seconds * point.work / measured[-1]["work"] if previous else 9 * point.work / 20e9
        refusal = budget.refusal(expected, 0)
        if refusal:
            note(f"{name}, {point.size}: left out: {refusal}")
            continue
        try:
            recipe = variant(workload, point.changes, folder)
            result, previous = chorus.bench(recipe, devices, options.seconds, options.rounds)
        except ChildError as error:
            note(f"{name}, {point.size}: failed: {error}")
            continue
        figure = result["figures"][-1]
        milliseconds = 1e3 * point.batch / figure["median"]
        measured.append({
            "size": point.size, "batch": point.batch, "work": point.work, "milliseconds": milliseconds,
            "fastest": 1e3 * point.batch / figure["maximum"], "slowest": 1e3 * point.batch / figure["minimum"],
            "gigaflopsPerSecond": point.work / milliseconds * 1e-6, "peakMemoryBytes": previous.peak_memory,
            "otherProcessors": previous.other_processors})
        speed = point.work / milliseconds * 1e-6
        print(f"  {name} {point.size}: {milliseconds:.2f} ms, {speed:.1f} GFLOP/s", flush=True)
    return against_line(measured, "work", "milliseconds")


def traffic_series(chorus, halves, budget, folder, note):
    """Each half hands in 8 bytes a parameter and takes 4; what of that time computing did not hide is exposed."""
    measured, seconds = [], 10.0
    for parameters in TRAFFIC:
        expected = seconds * parameters / measured[-1]["parameters"] if measured else seconds
        refusal = budget.refusal(expected, TRAFFIC_BYTES * parameters)
        if refusal:
            note(f"traffic of {parameters / 1e6:.0f} million parameters: left out: {refusal}")
            continue
        recipe, trace = variant("mlp", traffic_changes(parameters), folder), folder / "trace.json"
        try:
            summary, child = chorus.train(recipe, halves, TRAFFIC_STEPS, "--trace", trace)
            overlap = json.loads("".join(chorus.run("trace", trace, "--json").lines))
        except ChildError as error:
            note(f"traffic of {parameters / 1e6:.0f} million parameters: failed: {error}")
            continue
        seconds, times = child.seconds, [device["median"] for device in overlap["devices"]]
        measured.append({
            "parameters": summary["parameters"], "replicas": len(times),
            "bytesPerStep": 12 * summary["parameters"] * len(times),
            "milliseconds": 1e3 * max(time["communication"] for time in times),
            "stepMilliseconds": 1e3 * max(time["step"] for time in times), "exposedShare": overlap["exposedShare"],
            "hiddenShares": [device["hiddenShare"] for device in overlap["devices"]],
            "peakMemoryBytes": child.peak_memory, "otherProcessors": child.other_processors})
        print("  " + described(measured[-1]), flush=True)
    return against_line(measured, "parameters", "milliseconds")


def described(point):
    millions = point["parameters"] / 1e6
    return (f"traffic of {millions:.1f} million parameters: {point['milliseconds']:.2f} ms"
            f" in a step of {point['stepMilliseconds']:.1f} ms, {100 * point['exposedShare']:.1f} % of it exposed")
