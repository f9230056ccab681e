"""Curves on logarithmic axes, a panel each: measured points, and the straight line that they would follow."""
from comparison.straight import OFF
from comparison.svg import LogAxis, Picture, short

COLUMNS, WIDTH, HEIGHT = 2, 400, 270
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 34, 44


def draw(panels, title, path):
    """`panels`: dictionaries with name, points, x and y (keys of the points), their titles, and a label."""
    picture = Picture(COLUMNS * WIDTH)
    picture.text(12, 24, title, "title")
    picture.text(12, 42, f"Dashed: in proportion to the horizontal axis. Hollow: more than {OFF} times that.", "small")
    panels = [panel for panel in panels if panel["points"]]
    for index, panel in enumerate(panels):
        draw_panel(picture, panel, index % COLUMNS * WIDTH, 52 + index // COLUMNS * HEIGHT)
    picture.height = 52 + -(-len(panels) // COLUMNS) * HEIGHT
    picture.write(path)


def draw_panel(picture, panel, left, top):
    points, xs, ys = panel["points"], panel["x"], panel["y"]
    line = [point[ys] / point["overLine"] for point in points]
    x = LogAxis([point[xs] for point in points], left + LEFT, left + WIDTH - RIGHT)
    y = LogAxis([point[ys] for point in points] + line, top + HEIGHT - BOTTOM, top + TOP)
    picture.text(left + LEFT, top + 20, panel["name"], "title")
    for tick in x.ticks:
        picture.line([(x(tick), y.start), (x(tick), y.end)], "grid")
        picture.text(x(tick), y.start + 14, short(tick), "small", "middle")
    for tick in y.ticks:
        picture.line([(x.start, y(tick)), (x.end, y(tick))], "grid")
        picture.text(x.start - 6, y(tick) + 4, short(tick), "small", "end")
    picture.line([(x.start, y.end), (x.start, y.start), (x.end, y.start)], "axis")
    picture.text((x.start + x.end) / 2, y.start + 30, f"{panel['xTitle']}; {panel['yTitle']} upward", "small", "middle")
    picture.line([(x(point[xs]), y(value)) for point, value in zip(points, line)], "limit")
    picture.line([(x(point[xs]), y(point[ys])) for point in points], "curve")
    for point in points:
        picture.dot(x(point[xs]), y(point[ys]), "off" if point["off"] else "ours")
        picture.text(x(point[xs]), y(point[ys]) - 8, panel["label"](point), "small", "middle")
