"""What each kind of series puts on its axes, and how it names its points."""
from comparison.svg import short


def step_panel(name, points):
    return {"name": name, "points": points, "x": "work", "y": "milliseconds", "xTitle": "FLOP of a step",
            "yTitle": "ms", "label": lambda point: str(point["size"]), "named": lambda point: str(point["size"])}


def traffic_panel(points):
    return {"name": "communication on two halves", "points": points, "x": "parameters", "y": "milliseconds",
            "xTitle": "parameters", "yTitle": "ms of communication (exposed % of the step)",
            "label": lambda point: f"{100 * point['exposedShare']:.0f} %",
            "named": lambda point: short(point["parameters"]) + " parameters"}
