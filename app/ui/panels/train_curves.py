"""The curves of one training job: what guide and judge said, step by step. Main thread, inside an ImGui frame."""

import numpy as np
from imgui_bundle import imgui, implot
from numpy.typing import NDArray

from app.training.progress import JobStatus
from app.ui import theme

GUIDE, JUDGE = theme.QUIET, theme.WARM
HEIGHT_PX = 80
LEAST_SPAN = 2.0
"""Of cosine × 100 from bottom to top, so that a flat start is not drawn as noise."""
_PLOT = implot.Flags_.canvas_only | implot.Flags_.no_inputs
_AXIS = implot.AxisFlags_.no_label | implot.AxisFlags_.no_highlight | implot.AxisFlags_.no_tick_marks
_COLOURS = {
    implot.Col_.plot_bg: theme.DARK,
    implot.Col_.frame_bg: theme.CLEAR,
    implot.Col_.axis_text: theme.QUIET,
    implot.Col_.axis_grid: theme.EDGE,
}
Doubles = NDArray[np.float64]


class Curves:
    """Keeps the arrays of the status that was drawn last."""

    def __init__(self) -> None:
        self._curve: object = None
        self._guide = self._judge = np.zeros((0, 2))

    def draw(self, status: JobStatus) -> None:
        """Draw both curves; nothing before there are two points."""
        if status.curve is not self._curve:
            self._curve = status.curve
            self._guide, self._judge = arrays(status.curve)
        if len(self._guide) < 2:
            return
        steps = status.progress.steps if status.progress is not None else self._guide[-1, 0]
        low, high = limits(self._guide, self._judge)
        for part, colour in _COLOURS.items():
            implot.push_style_color(part, colour)
        if implot.begin_plot("##curves", (-1, theme.scaled(HEIGHT_PX)), _PLOT):
            implot.setup_axes("", "", _AXIS | implot.AxisFlags_.no_tick_labels | implot.AxisFlags_.no_grid_lines, _AXIS)
            implot.setup_axes_limits(0.0, float(max(steps, 1)), low, high, implot.Cond_.always)
            _line("guide", self._guide, GUIDE)
            _line("judge", self._judge, JUDGE)
            implot.end_plot()
        implot.pop_style_color(len(_COLOURS))


def arrays(curve: tuple[tuple[int, float, float | None], ...]) -> tuple[Doubles, Doubles]:
    """Return (n, 2) steps and values of the guide, and of the judge where it was asked."""
    guide = np.array([(step, value) for step, value, _ in curve], np.float64).reshape(-1, 2)
    judge = np.array([(step, value) for step, _, value in curve if value is not None], np.float64).reshape(-1, 2)
    return guide, judge


def limits(guide: Doubles, judge: Doubles) -> tuple[float, float]:
    """Return the lowest and highest value to show, with a little room."""
    values = np.concatenate([guide[:, 1], judge[:, 1]])
    low, high = float(values.min()), float(values.max())
    room = max((high - low) * 0.08, (LEAST_SPAN - (high - low)) / 2)
    return low - room, high + room


def _line(name: str, points: Doubles, colour: theme.Colour) -> None:
    if not len(points):
        return
    spec = implot.Spec()
    spec.line_color = imgui.ImVec4(*colour)
    spec.line_weight = theme.scaled(2.0)
    implot.plot_line(name, np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1]), spec)
