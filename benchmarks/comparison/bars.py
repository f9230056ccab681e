"""A comparison as a picture: examples per second of each contender, relative to the fastest peer of the workload."""
from comparison.svg import Picture
from comparison.table import number

LABELS, BARS, NUMBERS, LINE = 170, 460, 150, 20


def draw(results, title, path):
    picture = Picture(LABELS + BARS + NUMBERS)
    picture.text(12, 24, title, "title")
    picture.height = 36
    for name, workload in results.items():
        panel(picture, name, workload["contenders"])
    picture.write(path)


def panel(picture, name, contenders):
    ordered = sorted(contenders.items(), key=lambda item: -item[1]["examplesPerSecond"]["median"])
    speeds = [figure["examplesPerSecond"] for _, figure in ordered]
    theirs = [figure["examplesPerSecond"]["median"] for _, figure in ordered if figure["kind"] == "peer"]
    # Without a peer the fastest placement is the unit.
    unit = max(theirs or [speed["median"] for speed in speeds])
    scale = BARS / max(speed["maximum"] / unit for speed in speeds)
    top = picture.height + 22
    picture.text(12, top - 6, f"{name}, ÷ {'fastest peer' if theirs else 'fastest'}", "title")
    for index, (who, figure) in enumerate(ordered):
        y, speed = top + index * LINE, speeds[index]
        picture.text(LABELS - 8, y + 14, who, anchor="end")
        kind = "ours" if figure["kind"] == "chorus" else "peer"
        picture.bar(LABELS, y + 3, speed["median"] / unit * scale, LINE - 6, kind)
        ends = [(LABELS + speed[end] / unit * scale, y + LINE / 2) for end in ("minimum", "maximum")]
        picture.line(ends, "spread")
        picture.text(LABELS + BARS + 8, y + 14,
                     f"{speed['median'] / unit:.2f}  ({number(speed['median'])}/s)", "small")
    bottom = top + len(ordered) * LINE
    picture.line([(LABELS + scale, top), (LABELS + scale, bottom)], "limit")
    picture.height = bottom + 14
