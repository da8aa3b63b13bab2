"""Charts as inline SVG: lines over steps, bars with spread, the colours of a style. Pure text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 420, 170, 44, 24, 12
TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: `points` (x, y) in order, drawn in the page's colour of that class ("a", "b")."""

    label: str
    points: tuple[tuple[float, float], ...]
    shade: str


def lines(title: str, curves: Sequence[Line], x_label: str) -> str:
    """Return a line chart; curves of fewer than two points are left out, "" where none is left."""
    curves = [curve for curve in curves if len(curve.points) > 1]
    if not curves:
        return ""
    across, up = _range([x for c in curves for x, _ in c.points]), _range([y for c in curves for _, y in c.points])
    drawn = "".join(_polyline(curve, across, up) for curve in curves)
    key = " ".join(f'<span class="key {curve.shade}">{escape(curve.label)}</span>' for curve in curves)
    right = f'<text x="{WIDTH - 4}" y="{HEIGHT - 6}" text-anchor="end">{across[1]:g} {escape(x_label)}</text>'
    body = f'{_ticks(up)}{drawn}<text x="{LEFT}" y="{HEIGHT - 6}">{across[0]:g}</text>{right}'
    return f"<figure><figcaption>{escape(title)} {key}</figcaption>{_svg(body, title)}</figure>"


def hues(shares: Sequence[float]) -> str:
    """Return a strip of the wheel's parts, each as wide as its share of the colour."""
    parts, at = [], 0.0
    for index, share in enumerate(shares):
        hue = round(index * 360 / len(shares))
        parts.append(f'<rect x="{at * 100:.2f}" width="{share * 100:.2f}" height="6" fill="hsl({hue} 80% 55%)"/>')
        at += share
    box = 'viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="hues"'
    return f'<svg class="hues" {box}>{"".join(parts)}</svg>'


def bar(value: float, spread: float, largest: float) -> str:
    """Return a bar of `value` out of `largest`, with a whisker of ± `spread`."""
    scale = 100 / max(largest, 1e-9)
    low, high = max(value - spread, 0) * scale, (value + spread) * scale
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect y="2" width="{max(value, 0) * scale:.2f}" height="6"/>'
        f'<line x1="{low:.2f}" x2="{min(high, 100):.2f}" y1="5" y2="5"/></svg>'
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _polyline(curve: Line, across: tuple[float, float], up: tuple[float, float]) -> str:
    points = " ".join(f"{_x(x, across):.1f},{_y(y, up):.1f}" for x, y in curve.points)
    return f'<polyline class="{curve.shade}" points="{points}"/>'


def _x(value: float, across: tuple[float, float]) -> float:
    return LEFT + (value - across[0]) / (across[1] - across[0]) * (WIDTH - LEFT - 4)


def _y(value: float, up: tuple[float, float]) -> float:
    return HEIGHT - BOTTOM - (value - up[0]) / (up[1] - up[0]) * (HEIGHT - BOTTOM - TOP)


def _ticks(up: tuple[float, float]) -> str:
    found = []
    for k in range(TICKS + 1):
        value = up[0] + (up[1] - up[0]) * k / TICKS
        y = f"{_y(value, up):.1f}"
        found.append(f'<line class="tick" x1="{LEFT}" x2="{WIDTH - 4}" y1="{y}" y2="{y}"/>')
        found.append(f'<text x="{LEFT - 6}" y="{y}" dy="4" text-anchor="end">{value:.3g}</text>')
    return "".join(found)


def _svg(body: str, title: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{body}</svg>'
