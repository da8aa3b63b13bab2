"""Speed: pictures a second of each backend here. Main thread; makes a GL context of its own.

A figure of this machine at this moment, good for comparing styles of one run and for nothing else.
"""

import os
import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import moderngl

from app import plugins
from app.clock import Frame
from app.cppn.inputs import SILENCE
from app.modulation.values import Values
from app.problems import UserError
from app.render.backend import BACKENDS, Backend
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.style import Style

SIZE_PX = (320, 180)
PICTURES = 5
AT_MOST_SECONDS = 2.0
"""For one backend; slow ones draw fewer pictures."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One backend: median pictures a second of `width` × `height`, 0 with a `reason` where it can't draw here."""

    backend: str
    fps: float
    width: int
    height: int
    detail: str
    reason: str = ""


def speeds(style: Style, size_px: tuple[int, int] = SIZE_PX) -> tuple[Speed, ...]:
    """Measure every backend there is."""
    surface = HeadlessSurface(size_px)
    try:
        return tuple(_speed(surface.ctx, name, style, size_px) for name in BACKENDS)
    finally:
        surface.release()


def machine() -> str:
    """Return what the figures were measured on: processor, cores and OpenGL renderer."""
    surface = HeadlessSurface((16, 16))
    renderer = surface.ctx.info["GL_RENDERER"]
    surface.release()
    return f"{_processor()}, {os.cpu_count()} cores; OpenGL: {renderer}; {platform.system()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _speed(ctx: moderngl.Context, name: str, style: Style, size_px: tuple[int, int]) -> Speed:
    try:
        backend: Backend = plugins.load("backend", BACKENDS, name)(ctx)
    except (UserError, ImportError) as error:
        return Speed(name, 0.0, *size_px, "", " ".join(str(error).split()))
    target = Target(ctx, size_px)
    try:
        backend.set_style(style)
        seconds = _seconds(ctx, backend, target)
        return Speed(name, 1.0 / seconds, *size_px, backend.detail)
    except UserError as error:
        return Speed(name, 0.0, *size_px, "", str(error))
    finally:
        target.release()
        backend.release()


def _seconds(ctx: moderngl.Context, backend: Backend, target: Target) -> float:
    taken: list[float] = []
    end = time.perf_counter() + AT_MOST_SECONDS
    for index in range(PICTURES + 1):
        start = time.perf_counter()
        backend.draw(Values({}, SILENCE, index / 60), Frame(index, index / 60, 1 / 60), target)
        ctx.finish()
        taken.append(time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return statistics.median(taken[1:] or taken)  # the first one may compile
