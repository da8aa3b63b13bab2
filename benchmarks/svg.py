"""A small writer of line plots as SVG: two logarithmic axes, points with a dashed line of slope one. For benchmarks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 360, 260, 48
COLOURS = ("#d2691e", "#2f6f9f", "#6b8e23", "#8b3a62")


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y), all above zero, under one name."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """One panel. `slope` is that of the dashed line through the first point of each line."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    slope: float = 1.0


def write(path: Path, plots: Sequence[Plot]) -> None:
    """Write the panels side by side."""
    size = f'width="{WIDTH * len(plots)}" height="{HEIGHT}"'
    body = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">']
    body.append('<rect width="100%" height="100%" fill="white"/>')
    for i, plot in enumerate(plots):
        body += [f'<g transform="translate({i * WIDTH} 0)">', *_panel(plot), "</g>"]
    path.write_text("\n".join([*body, "</svg>", ""]), "utf-8")


def _panel(plot: Plot) -> list[str]:
    points = [point for line in plot.lines for point in line.points]
    at = _Scale([x for x, _ in points], [y for _, y in points])
    made = [
        f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" font-size="13">{escape(plot.title)}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(plot.x_label)}</text>',
        f'<text x="12" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 12 {HEIGHT / 2})">'
        f"{escape(plot.y_label)}</text>",
    ]
    for x in sorted({x for x, _ in points}):
        made.append(f'<text x="{at.x(x):.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{x:g}</text>')
    for y in (at.low_y, at.high_y):
        made.append(f'<text x="{MARGIN - 4}" y="{at.y(y) + 4:.1f}" text-anchor="end">{y:.3g}</text>')
    for i, line in enumerate(plot.lines):
        made += _line(line, at, COLOURS[i % len(COLOURS)], plot.slope)
        made.append(
            f'<text x="{MARGIN + 6}" y="{38 + 13 * i}" fill="{COLOURS[i % len(COLOURS)]}">{escape(line.name)}</text>'
        )
    return made


def _line(line: Line, at: "_Scale", colour: str, slope: float) -> list[str]:
    first_x, first_y = line.points[0]
    last_x = line.points[-1][0]
    ideal = [(first_x, first_y), (last_x, first_y * (last_x / first_x) ** slope)]
    dashed = " ".join(f"{at.x(x):.1f},{at.y(y):.1f}" for x, y in ideal)
    solid = " ".join(f"{at.x(x):.1f},{at.y(y):.1f}" for x, y in line.points)
    dots = [f'<circle cx="{at.x(x):.1f}" cy="{at.y(y):.1f}" r="3" fill="{colour}"/>' for x, y in line.points]
    return [
        f'<polyline points="{dashed}" fill="none" stroke="{colour}" stroke-dasharray="3 3" opacity="0.5"/>',
        f'<polyline points="{solid}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        *dots,
    ]


class _Scale:
    """From values to places in a panel."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self._low_x, self._high_x = min(xs), max(xs)
        self.low_y, self.high_y = min(ys), max(ys)

    def x(self, value: float) -> float:
        return MARGIN + _share(value, self._low_x, self._high_x) * (WIDTH - 1.5 * MARGIN)

    def y(self, value: float) -> float:
        return HEIGHT - MARGIN - _share(value, self.low_y, self.high_y) * (HEIGHT - 2 * MARGIN)


def _share(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low) if high > low else 0.5
