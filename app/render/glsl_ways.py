"""The ways to draw a network with OpenGL, which of them a driver can go, and which was fastest on it.

Main thread, but for `remember`. Nothing is compiled here.
"""

import contextlib
import hashlib
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import moderngl
import numpy as np

from app import files, paths
from app.cppn import glsl, glsl_tiles
from app.cppn.arch import Arch
from app.problems import UserError
from app.render import gl_calls
from app.render.gl_program import Stages
from app.render.software import is_software
from app.style import Style

Way = Literal["loops", "straight", "literal", "tiles"]
SHOWN: dict[Way, str] = {
    "loops": "fragment shader, loops",
    "straight": "fragment shader, written out",
    "literal": "fragment shader, written out with its numbers",
    "tiles": "compute shader, tiles",
}
TILES_VERSION = 430
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program to compile, and how its numbers are packed. Equal recipes are one program."""

    way: Way
    plan: glsl.Plan | glsl_tiles.TilePlan
    stages: Stages

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of its uniform blocks in the order of their bindings."""
        plan = self.plan
        layers = range(plan.arch.depth + 1) if isinstance(plan, glsl.Plan) and plan.store == "block" else ()
        return ("Frame", *(f"Layer{i}" for i in layers))


def plan_for(ctx: moderngl.Context, arch: Arch) -> glsl.Plan:
    """Choose by what the driver grants: uniform blocks where they are large enough, else a texture (always possible).

    Small networks are written out in full, but not for a software renderer: llvmpipe compiles 32 × 4 for 20 s then,
    and 1 s with loops.
    """
    sizes = glsl.Plan(arch, "block").layer_sizes
    fits = max(sizes) * 16 <= ctx.info["GL_MAX_UNIFORM_BLOCK_SIZE"]
    store: glsl.Store = "block" if fits and len(sizes) < ctx.info["GL_MAX_FRAGMENT_UNIFORM_BLOCKS"] else "texture"
    return glsl.Plan(arch, store, arch.fan_out <= glsl.STRAIGHT_WIDTH and not is_software(ctx))


def quick(ctx: moderngl.Context, arch: Arch) -> Recipe:
    """Return what is compiled soonest: a fragment shader for every style of this shape."""
    plan = plan_for(ctx, arch)
    return _fragment("straight" if plan.straight else "loops", plan)


def others(ctx: moderngl.Context, style: Style) -> list[Recipe]:
    """Return what may be faster but takes longer to compile.

    For a software renderer that is a small network written out with its own numbers, a program for each style (its
    compute shaders are slow); for a GPU with OpenGL 4.3 it is tiles.
    """
    arch = style.arch
    if is_software(ctx):
        plan = glsl.Plan(arch, "literal", straight=True)
        return [_fragment("literal", plan, style)] if arch.fan_out <= glsl.STRAIGHT_WIDTH else []
    return [tiles(arch)] if ctx.version_code >= TILES_VERSION and glsl_tiles.TilePlan(arch).fits else []


def tiles(arch: Arch) -> Recipe:
    """Return the compute shader of a shape."""
    plan = glsl_tiles.TilePlan(arch)
    return Recipe("tiles", plan, ((gl_calls.COMPUTE, glsl_tiles.compute(plan)),))


def _fragment(way: Way, plan: glsl.Plan, style: Style | None = None) -> Recipe:
    stages = (gl_calls.VERTEX, glsl.VERTEX), (gl_calls.FRAGMENT, glsl.fragment(plan, style))
    return Recipe(way, plan, stages)


def driver_of(ctx: moderngl.Context) -> str:
    """Return what tells two drivers apart."""
    info = ctx.info
    return " | ".join(str(info[name]) for name in ("GL_VENDOR", "GL_RENDERER", "GL_VERSION"))


def family(ctx: moderngl.Context, style: Style) -> str:
    """Return what two styles have in common that share their programs."""
    if is_software(ctx) and style.arch.fan_out <= glsl.STRAIGHT_WIDTH:
        digest = hashlib.sha256(repr(style.arch).encode())
        for part in (part for layer in style.layers for part in layer):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()
    return repr(style.arch)


def _file() -> Path:
    return paths.cache() / "glsl.json"


def fastest_known(driver: str, arch: Arch) -> str:
    """Return the way that won on this driver for this shape, "" where it was not measured."""
    try:
        known = json.loads(_file().read_text("utf-8"))
        return str(known.get(f"{driver} | {arch}", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def remember(driver: str, arch: Arch, way: Way) -> None:
    """Keep the winner; any thread."""
    with _lock:
        try:
            known = json.loads(_file().read_text("utf-8"))
            known = known if isinstance(known, dict) else {}
        except (OSError, ValueError):
            known = {}
        with contextlib.suppress(UserError):  # a folder that cannot be written only means measuring again
            files.replace(_file(), json.dumps({**known, f"{driver} | {arch}": way}, indent=1).encode())
