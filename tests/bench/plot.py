# SPDX-License-Identifier: GPL-2.0
"""Plots with a logarithmic axis, as SVG, to be read on light and on dark."""

import math
from html import escape

STYLE = """
text { font: 13px sans-serif; fill: #24292f; }
.title { font-size: 15px; font-weight: bold; }
.small { font-size: 11px; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.ours { fill: #0969da; stroke: #0969da; }
.theirs { fill: #bc4c00; stroke: #bc4c00; }
.goal { stroke: #1a7f37; stroke-width: 3; fill: #1a7f37; }
.line { fill: none; stroke-width: 2; }
.dashed { stroke-dasharray: 6 4; }
.back { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .grid { stroke: #3d444d; }
  .ours { fill: #4493f8; stroke: #4493f8; }
  .theirs { fill: #f0883e; stroke: #f0883e; }
  .goal { stroke: #3fb950; fill: #3fb950; }
  .line { fill: none; }
  .back { fill: #0d1117; }
}
"""


class Log:
    """A logarithmic axis over whole decades, which holds all the values."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.start = start
        self.end = end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def decades(self):
        return [10 ** n for n in range(self.low, self.high + 1)]


class Drawing:
    def __init__(self, width, height, title):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
            f'<rect class="back" width="{width}" height="{height}"/>']
        self.text(16, 26, title, css="title")

    def text(self, x, y, text, anchor="start", css=""):
        self.parts.append(f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" '
                          f'text-anchor="{anchor}">{escape(text)}</text>')

    def line(self, x1, y1, x2, y2, css):
        self.parts.append(f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" '
                          f'x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def bar(self, x, y, width, height, css):
        self.parts.append(f'<rect class="{css}" x="{x:.1f}" y="{y:.1f}" '
                          f'width="{width:.1f}" height="{height:.1f}"/>')

    def dot(self, x, y, css):
        self.parts.append(f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" '
                          'r="4"/>')

    def path(self, points, css):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{css}" points="{points}"/>')

    def __str__(self):
        return "\n".join(self.parts + ["</svg>\n"])


def number(value):
    return f"{value:,.0f}"


def bars(title, rows):
    """rows: (text, ours, theirs, goal or None); a pair of bars for each."""
    left, right, top, step = 270, 700, 66, 44
    height = top + step * len(rows) + 40
    drawing = Drawing(780, height, title)
    axis = Log([value for row in rows for value in row[1:] if value],
               left, right)
    bottom = height - 34
    for decade in axis.decades():
        x = axis.at(decade)
        drawing.line(x, top - 8, x, bottom, "grid")
        drawing.text(x, bottom + 18, number(decade), "middle", "small")
    legend = [(left, "ours", "ecmp"), (left + 80, "theirs", "native")]
    if any(goal for *_, goal in rows):
        legend.append((left + 170, "goal", "goal"))
    for x, css, text in legend:
        drawing.bar(x, 38, 12, 12, css)
        drawing.text(x + 18, 49, text)
    for i, (text, ours, theirs, goal) in enumerate(rows):
        y = top + step * i
        drawing.text(left - 10, y + 20, text, "end")
        for value, at, css in ((ours, y, "ours"), (theirs, y + 15, "theirs")):
            drawing.bar(left, at, axis.at(value) - left, 13, css)
            end = axis.at(value)
            if goal and css == "ours" and 0 < axis.at(goal) - end < 60:
                end = axis.at(goal)     # not across the number
            drawing.text(end + 6, at + 11, number(value), css="small")
        if goal:
            drawing.line(axis.at(goal), y - 4, axis.at(goal), y + 14, "goal")
    return str(drawing)


def lines(title, across, series):
    """series: (text, CSS classes, [(x, y)]); across: what x is."""
    left, right, top, bottom = 80, 600, 60, 380
    drawing = Drawing(780, 430, title)
    xs = [x for _, _, points in series for x, _ in points]
    ys = [y for _, _, points in series for _, y in points]
    x_axis, y_axis = Log(xs, left, right), Log(ys, bottom, top)
    for decade in x_axis.decades():
        x = x_axis.at(decade)
        drawing.line(x, top, x, bottom, "grid")
        drawing.text(x, bottom + 18, number(decade), "middle", "small")
    for decade in y_axis.decades():
        y = y_axis.at(decade)
        drawing.line(left, y, right, y, "grid")
        drawing.text(left - 8, y + 4, number(decade), "end", "small")
    drawing.text((left + right) / 2, bottom + 40, across, "middle")
    ends = []
    for text, css, points in sorted(series, key=lambda one: -one[2][-1][1]):
        points = [(x_axis.at(x), y_axis.at(y)) for x, y in sorted(points)]
        drawing.path(points, "line " + css)
        for x, y in points:
            drawing.dot(x, y, css)
        # Not one name over the other.
        y = points[-1][1] + 4
        while any(abs(y - other) < 15 for other in ends):
            y += 1
        ends.append(y)
        drawing.text(right + 14, y, text)
    return str(drawing)
