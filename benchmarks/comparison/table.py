"""A comparison as a table in Markdown."""

COLUMNS = ["", "examples/s (minimum to maximum)", "÷ fastest peer", "GFLOP/s", "of the FMA peak", "peak memory, MB",
           "first step after, s: cold, warm", "loss differs by"]


def table(results):
    lines = []
    for name, workload in results.items():
        peak = workload["peakGigaflopsPerSecond"]
        lines += [f"### `{name}`", "", f"FMA peak {peak:.0f} GFLOP/s; {workload['flopPerExample'] / 1e6:,.1f} MFLOP"
                  " per example.", "", row(COLUMNS), row(["---"] * len(COLUMNS))]
        contenders = workload["contenders"]
        # Without a verified peer there is nothing to divide by.
        best = max((figure["examplesPerSecond"]["median"] for figure in contenders.values()
                    if figure["kind"] == "peer"), default=None)
        order = sorted(contenders, key=lambda name: -contenders[name]["examplesPerSecond"]["median"])
        lines += [row(cells(who, contenders[who], best, workload["verification"]["peers"])) for who in order]
        lines += ["", sentence(workload), ""]
    return "\n".join(lines)


def row(cells):
    return "| " + " | ".join(cells) + " |"


def cells(name, figure, best, verified):
    speed, start, memory = figure["examplesPerSecond"], figure["startUp"], figure["peakMemoryBytes"]
    return [
        name, f"{number(speed['median'])} ({number(speed['minimum'])} to {number(speed['maximum'])})",
        f"{speed['median'] / best:.2f}" if best else "–", f"{figure['gigaflopsPerSecond']:.1f}",
        f"{100 * figure['shareOfPeak']:.0f} %", f"{memory / 1e6:,.0f}" if memory else "–",
        f"{start['coldSeconds']:.1f}, {start['warmSeconds']:.1f}" if start else "–",
        f"{verified[name]['largestDifference']:.0e}" if name in verified else ""]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def sentence(workload):
    ratio = workload["ratio"]
    if ratio is None:
        return "No peer was measured, so there is no ratio, and nothing was compared with PyTorch."
    halves = next((figure for figure in workload["contenders"].values() if "efficiency" in figure["rounds"][0]), None)
    text = (f"{ratio['chorus']} ÷ {ratio['peer']}, round by round: {ratio['median']:.2f}"
            f" ({ratio['minimum']:.2f} to {ratio['maximum']:.2f}).")
    if halves:
        shares = sorted(result["efficiency"] for result in halves["rounds"])
        text += f" Both halves ÷ sum of the halves alone: {shares[len(shares) // 2]:.2f}."
    return text
