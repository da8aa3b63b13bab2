"""The Stats panel: how the show runs. Main thread, inside an ImGui frame.

Percentiles cost more than a frame should spend on them, so the figures are taken twice a second.
"""

from collections.abc import Iterator

import numpy as np
from imgui_bundle import imgui, implot

from app.stats import LATE
from app.training.progress import JobStatus
from app.training.trainer import BUSY
from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.view import View

PLOTTED = 240
REFRESH_SECONDS = 0.5
OF_FRAME = 3
"""The plot reaches to so many times what a frame has."""


class Stats:
    """Frame times as a plot, the rest as figures."""

    def __init__(self) -> None:
        self._taken_seconds = -1.0
        self._figures: list[tuple[str, str]] = []

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        widgets.quiet(f"frame time, 0 to {OF_FRAME * 1000 / desk.fps:.0f} ms")
        _plot(desk)
        if not 0 <= desk.frame.seconds - self._taken_seconds < REFRESH_SECONDS:
            self._taken_seconds = desk.frame.seconds
            self._figures = list(figures(desk))
        label = theme.scaled(84)
        for name, text in self._figures:
            widgets.quiet(name)
            imgui.same_line(label)
            imgui.push_text_wrap_pos(0)
            imgui.text_unformatted(text)
            imgui.pop_text_wrap_pos()


def figures(desk: Desk) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of everything worth knowing."""
    stats = desk.stats
    p50, p99 = stats.interval_ms.percentiles(50, 99)
    latency, slow_latency = stats.latency_ms.percentiles(50, 95)
    width, height = desk.picture_px
    yield "frames", f"{stats.measured_fps:.1f} of {desk.fps:g} fps"
    yield "interval", f"{p50:.1f} ms, p99 {p99:.1f} ms"
    yield "missed", f"{stats.missed} of {stats.frames}"
    yield "latency", f"{latency:.0f} ms from sound to picture, p95 {slow_latency:.0f} ms"
    yield "dropped", f"{desk.source.dropped_blocks} blocks of sound"
    yield "picture", f"{width} × {height}, drawn at {desk.scale:.0%}"
    yield "pixels", desk.pixels
    yield "backend", f"{desk.backend_name}: {desk.backend_detail}"
    yield "speed", desk.speed
    yield "chosen", desk.backend_report
    if desk.trainer is not None:
        yield from (("trainer", training(status)) for status in desk.trainer.statuses if status.state in BUSY)
    yield "GPU", desk.renderer
    if memory := stats.gpu_memory():
        yield "memory", f"{memory} on the graphics card"


def training(status: JobStatus) -> str:
    """Return what the training process does now."""
    if status.state == "running":
        return "waiting for the show" if status.eased else "running"
    return status.state


def _plot(desk: Desk) -> None:
    """Draw the newest frame times against the time a frame has."""
    frame_ms = 1000 / desk.fps
    times = desk.stats.interval_ms.newest(PLOTTED)
    flags = implot.Flags_.canvas_only | implot.Flags_.no_inputs
    implot.push_style_color(implot.Col_.plot_bg, theme.DARK)
    implot.push_style_color(implot.Col_.frame_bg, theme.CLEAR)
    if implot.begin_plot("##frames", (-1, theme.scaled(74)), flags):
        hidden = implot.AxisFlags_.no_decorations
        implot.setup_axes("", "", hidden, implot.AxisFlags_.no_tick_labels | implot.AxisFlags_.no_tick_marks)
        implot.setup_axes_limits(0, PLOTTED, 0, frame_ms * OF_FRAME, imgui.Cond_.always)
        for level, colour in ((frame_ms, theme.GOOD), (frame_ms * LATE, theme.BAD)):
            implot.plot_line("##level", np.array([0.0, PLOTTED]), np.array([level, level]), _line(colour, 1, 0.5))
        if len(times):
            implot.plot_line("##times", times, 1, PLOTTED - len(times), _line(theme.COLD, theme.scaled(1.5), 1))
        implot.end_plot()
    implot.pop_style_color(2)


def _line(colour: theme.Colour, weight: float, alpha: float) -> implot.Spec:
    return implot.Spec(line_color=imgui.ImVec4(*colour[:3], alpha), line_weight=weight)
