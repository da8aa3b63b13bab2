"""`--backend auto`: which backend draws fastest here. Main thread, GL context current.

Measured once per renderer, processor and architecture, for half a second at most, and remembered in the cache
folder.
"""

import contextlib
import json
import logging
import platform
import time
from pathlib import Path
from typing import NamedTuple

import moderngl

from app import __version__, files, paths, plugins
from app.clock import Frame
from app.cppn.inputs import SILENCE
from app.modulation.values import Values
from app.problems import UserError, nearest
from app.render.backend import BACKENDS, Backend
from app.render.software import is_software
from app.render.target import Target
from app.style import Style

log = logging.getLogger("clavilux")
SIZE_PX = (160, 90)
SECONDS = 0.2
"""Time spent on drawing with one candidate."""
FAST_MS = 1.0
"""At `SIZE_PX`; 640 × 360 then takes a 60 Hz frame, and nothing on the processor can beat that."""


class Choice(NamedTuple):
    """A backend's name and one line for the Stats panel saying why."""

    name: str
    report: str


def choose(ctx: moderngl.Context, requested: str, style: Style) -> Choice:
    """Return the backend to draw with: the one asked for, or, where this machine has it not, the next.

    `UserError` for one that does not exist.
    """
    if requested != "auto":
        if requested not in BACKENDS:
            raise UserError(f"unknown backend '{requested}'{nearest(requested, [*BACKENDS, 'auto'])}")
        refusal = _refusal(ctx, requested)
        if not refusal:
            return Choice(requested, "chosen by hand")
        choice = choose(ctx, "auto", style)
        return choice._replace(report=f"{refusal}; {choice.report}")
    file = paths.cache() / "backend.json"
    known = _remembered(file)
    key = _key(ctx, style)
    if key in known:
        return known[key]._replace(report=f"{known[key].report} (remembered)")
    choice = _measure(ctx, style)
    _remember(file, {**known, key: choice})
    return choice


def _refusal(ctx: moderngl.Context, name: str) -> str:
    """Return why a backend that was chosen by hand is not to be had here ("" if it is); the show goes on without."""
    try:
        backend: Backend = plugins.load("backend", BACKENDS, name)(ctx)
    except UserError as error:
        log.warning("%s; the next backend draws", error)
        return str(error)
    backend.release()
    return ""


def _key(ctx: moderngl.Context, style: Style) -> str:
    info, arch = ctx.info, style.arch
    net = f"{len(arch.inputs)} → {arch.depth} × {arch.width} {arch.activation}"
    return " | ".join([__version__, info["GL_RENDERER"], info["GL_VERSION"], platform.processor(), net])


def _measure(ctx: moderngl.Context, style: Style) -> Choice:
    """Try GLSL first: a GPU settles it at once, software OpenGL needs no trying."""
    if is_software(ctx):
        return Choice("cpu", "OpenGL runs in software here")
    glsl_ms = draw_ms(ctx, "glsl", style)
    if glsl_ms <= FAST_MS:
        return Choice("glsl", f"fastest here: {glsl_ms:.1f} ms at {SIZE_PX[0]} × {SIZE_PX[1]}")
    cpu_ms = draw_ms(ctx, "cpu", style)
    name = "glsl" if glsl_ms <= cpu_ms else "cpu"
    return Choice(name, f"fastest here: glsl {glsl_ms:.1f} ms, cpu {cpu_ms:.1f} ms at {SIZE_PX[0]} × {SIZE_PX[1]}")


def draw_ms(ctx: moderngl.Context, name: str, style: Style) -> float:
    """Return the quickest of the pictures that one backend draws in `SECONDS`, in milliseconds, GPU time included."""
    backend: Backend = plugins.load("backend", BACKENDS, name)(ctx)
    target = Target(ctx, SIZE_PX)
    try:
        backend.set_style(style)
        _draw(ctx, backend, target, 0)
        best, index, end = float("inf"), 1, time.perf_counter() + SECONDS
        while index == 1 or time.perf_counter() < end:
            start = time.perf_counter()
            _draw(ctx, backend, target, index)
            best = min(best, time.perf_counter() - start)
            index += 1
    finally:
        target.release()
        backend.release()
    return best * 1000.0


def _draw(ctx: moderngl.Context, backend: Backend, target: Target, index: int) -> None:
    backend.draw(Values({}, SILENCE, index / 60), Frame(index, index / 60, 1 / 60), target)
    ctx.finish()


def _remembered(file: Path) -> dict[str, Choice]:
    """Return what earlier runs measured; a file that makes no sense is measured again."""
    try:
        known = json.loads(file.read_text("utf-8"))
        return {str(key): Choice(str(name), str(report)) for key, (name, report) in known.items() if name in BACKENDS}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(file: Path, known: dict[str, Choice]) -> None:
    with contextlib.suppress(UserError):  # a folder that cannot be written only means measuring again
        files.replace(file, json.dumps(known, indent=1, ensure_ascii=False).encode("utf-8"))
