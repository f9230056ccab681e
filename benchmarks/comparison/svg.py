"""A picture as SVG, written by hand: a few shapes and two kinds of axes, with no library."""
import html
import math

STYLE = """text { font: 12px sans-serif; fill: #222 } .title { font-size: 14px; font-weight: bold }
.small { font-size: 11px; fill: #555 } .ours { fill: #1f6f8b } .peer { fill: #c9c9c9 } polyline { fill: none }
.axis { stroke: #999 } .grid { stroke: #e8e8e8 } .spread { stroke: #333 }
.limit { stroke: #b03a2e; stroke-dasharray: 4 3 }
.curve { stroke: #1f6f8b; stroke-width: 2 } .off { fill: #fff; stroke: #b03a2e; stroke-width: 2 }"""


class Picture:
    def __init__(self, width):
        self.width, self.height, self.parts = width, 0, []

    def add(self, element):
        self.parts.append(element)

    def text(self, x, y, text, kind="", anchor="start"):
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(text)}</text>')

    def bar(self, x, y, width, height, kind):
        self.add(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="{kind}"/>')

    def line(self, points, kind):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.add(f'<polyline points="{path}" class="{kind}"/>')

    def dot(self, x, y, kind):
        self.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="{kind}"/>')

    def write(self, path):
        size = f'width="{self.width}" height="{self.height:.0f}" viewBox="0 0 {self.width} {self.height:.0f}"'
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}</style>\n'
                        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


class LogAxis:
    """Values to places, so that equal factors are equally far apart."""

    def __init__(self, values, start, end):
        self.low, self.high = math.log10(min(values)) - 0.05, math.log10(max(values)) + 0.05
        self.start, self.end = start, end

    def __call__(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self):
        """Powers of ten, with twice and five times them where there are few."""
        steps = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        ticks = [step * 10.0**power for power in powers for step in steps]
        return [tick for tick in ticks if self.low <= math.log10(tick) <= self.high]


def short(value):
    """A number with at most three digits and its thousands as a letter."""
    for factor, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.3g} {letter}"
    return f"{value:.3g}"
