"""Where a curve leaves the straight line."""

# So many times the line's value, and a point is said to be off it.
OFF = 1.25


def against_line(points, x, y):
    """Adds `overLine` to each point: its y ÷ that of a line through zero and the point with the least y for its x.

    Work that only grows costs in proportion. Above the line lie points at the small end, where what a step costs in
    any case shows, and at the large end where something else runs out: caches, memory, units of work that divide.
    """
    if not points:
        return points
    slope = min(point[y] / point[x] for point in points)
    return [{**point, "overLine": point[y] / (slope * point[x]), "off": point[y] / (slope * point[x]) > OFF}
            for point in points]


def sentence(name, points, label):
    if len(points) < 3:
        return f"{name}: {len(points)} points say nothing about a line"
    off = [label(point) + f" ({point['overLine']:.2f} times)" for point in points if point["off"]]
    return f"{name}: " + ("on the line everywhere" if not off else "off the line at " + ", ".join(off))
