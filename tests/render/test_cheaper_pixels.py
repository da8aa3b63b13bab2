"""Cheaper pixels: mirroring changes nothing, each saving comes as near as it says, and none is on by itself."""

from collections.abc import Iterator
from dataclasses import replace

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import ANY_FLIP, PIXEL_INPUTS, SILENCE, Flip, View, flips, pixel_to_plane
from app.modulation.values import Values
from app.render import glsl_ways, glsl_workshop, marks
from app.render.backend import Backend
from app.render.cpu_backend import CpuBackend
from app.render.glsl_backend import GlslBackend
from app.render.mirror import SIGNS, images
from app.render.saving import SAVINGS, told
from app.render.sheet import Sheet
from app.render.target import Lattice, Target
from app.style import Style

SIZE_PX = (94, 58)
SYMMETRIC = random_style(3, Arch(("r", "petal6", "tunnel", "t"), 16, 2))
PLAIN = random_style(5, Arch(("x", "y", "t"), 16, 2))
LOCAL = random_style(2, Arch(("x", "tunnel", "t"), 16, 2))
"""Smooth but in the middle."""
TINY = random_style(2, Arch(("x", "tunnel", "t"), 8, 1))
Picture = NDArray[np.float64]


class Counting:
    """A real backend that counts the pixels it is asked for."""

    def __init__(self, backend: Backend) -> None:
        self.real = backend
        self.pixels = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def draw(self, values: Values, frame: Frame, target: Target) -> None:
        self.pixels += target.region_px[0] * target.region_px[1]
        self.real.draw(values, frame, target)

    def redraw(self, values: Values, target: Target, found: marks.Marks) -> None:
        self.pixels += len(found.corners()) * marks.CELL_PX**2
        self.real.redraw(values, target, found)


@pytest.fixture(params=["cpu", "glsl"])
def backend(request: pytest.FixtureRequest, ctx: moderngl.Context) -> Iterator[Backend]:
    """Return each backend that draws cells."""
    made: Backend = CpuBackend(ctx) if request.param == "cpu" else GlslBackend(ctx)
    yield made
    made.release()


@pytest.fixture
def sheet(ctx: moderngl.Context) -> Iterator[Sheet]:
    made = Sheet(ctx, SIZE_PX)
    yield made
    made.release()


def values(seconds: float, params: dict[str, float] | None = None, turn_degrees: float = 0.0) -> Values:
    return Values(params or {}, SILENCE, seconds, turn_degrees)


def at(index: int) -> Frame:
    return Frame(index, index / 30, 1 / 30)


def full(backend: Backend, ctx: moderngl.Context, style: Style, now: Values) -> Picture:
    target = Target(ctx, SIZE_PX)
    backend.set_style(style)
    backend.draw(now, at(0), target)
    picture = target.read()[..., :3].astype(np.float64)
    target.release()
    return picture


def decibels(picture: Picture, wanted: Picture) -> float:
    return float(-10 * np.log10(max(((picture - wanted) ** 2).mean() / 255**2, 1e-12)))


def seen(sheet: Sheet) -> Picture:
    return sheet.target.read()[..., :3].astype(np.float64)


# ---------------------------------------------------------------------- symmetry


@pytest.mark.parametrize("name", PIXEL_INPUTS)
def test_an_input_is_even_under_the_flips_it_says_and_no_others(name: str) -> None:
    x, y = np.random.default_rng(1).normal(0, 2, (2, 200))
    array = PIXEL_INPUTS[name].array
    for flip in ANY_FLIP:
        sx, sy = SIGNS[flip]
        same = np.allclose(array(sx * x, sy * y), array(x, y), atol=1e-12)
        assert same == (flip in PIXEL_INPUTS[name].even), flip


def test_a_network_is_as_symmetric_as_its_least_symmetric_input() -> None:
    assert flips(("r", "tunnel", "t", "bass")) == ANY_FLIP
    assert flips(("r", "angle_sin", "t")) == ("x",)
    assert flips(("x", "angle_sin")) == ()
    assert flips(("t", "bass")) == ANY_FLIP


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (View(), ("x", "y", "both")),
        (View(zoom=3.0), ("x", "y", "both")),
        (View(turn_degrees=90.0), ("y", "x", "both")),
        (View(turn_degrees=17.0), ("both",)),
        (View(pan_x=0.3), ("y",)),
        (View(pan_y=0.3, turn_degrees=180.0), ("x",)),
        (View(pan_x=0.1, pan_y=0.1), ()),
    ],
)
def test_a_view_keeps_what_symmetry_it_can(view: View, found: tuple[Flip, ...]) -> None:
    assert images(ANY_FLIP, pixel_to_plane(40, 30, view), (40, 30)) == found


@pytest.mark.parametrize(
    ("params", "turn_degrees", "share"),
    [({}, 0.0, 0.25), ({"zoom": 2.0}, 30.0, 0.5), ({"pan_x": 0.4}, 0.0, 0.5), ({"pan_x": 0.4}, 20.0, 1.0)],
)
@pytest.mark.parametrize("region_px", [SIZE_PX, (41, 23)])
def test_a_mirrored_picture_is_the_same_picture(
    backend: Backend, ctx: moderngl.Context, sheet: Sheet, params: dict[str, float], turn_degrees: float, share: float,
    region_px: tuple[int, int],
) -> None:  # fmt: skip
    now, counting = values(2.0, params, turn_degrees), Counting(backend)
    backend.set_style(SYMMETRIC)
    sheet.target.region_px = region_px
    backend.draw(now, at(0), sheet.target)
    wanted = seen(sheet)
    sheet.target.framebuffer.clear()
    sheet.draw(counting, SYMMETRIC, now, at(0), region_px, "off")  # type: ignore[arg-type]
    assert np.abs(seen(sheet) - wanted).max() <= 1
    assert counting.pixels <= region_px[0] * region_px[1] * share + sum(region_px)
    assert sheet.drawn == pytest.approx(share, abs=0.03)


def test_a_lattice_holds_the_pixels_it_says(backend: Backend, ctx: moderngl.Context) -> None:
    now = values(1.0, {"pan_x": 0.2, "zoom": 1.3}, 25.0)
    whole = full(backend, ctx, PLAIN, now)[::-1]
    part = Target(ctx, (40, 20), aspect=SIZE_PX[0] / SIZE_PX[1])
    part.region_px, part.lattice = (30, 18), Lattice(SIZE_PX, (2, 1), (3, 2))
    backend.draw(now, at(0), part)
    assert np.abs(part.read()[::-1, :, :3] - whole[1:37:2, 2:92:3]).max() <= 1
    part.release()


# ---------------------------------------------------------------------- savings


@pytest.mark.parametrize("style", [PLAIN, SYMMETRIC], ids=["plain", "symmetric"])
def test_a_picture_that_stands_still_is_woven_whole(
    backend: Backend, ctx: moderngl.Context, sheet: Sheet, style: Style
) -> None:
    wanted, counting = full(backend, ctx, style, values(3.0)), Counting(backend)
    for index in range(3):
        counting.pixels = 0
        sheet.draw(counting, style, values(3.0), at(index), SIZE_PX, "rows")  # type: ignore[arg-type]
    assert counting.pixels <= SIZE_PX[0] * SIZE_PX[1] * 0.5 + SIZE_PX[0]
    assert decibels(seen(sheet), wanted) > (50 if style is PLAIN else 30)


def test_rows_of_another_style_or_of_long_ago_are_never_shown(
    backend: Backend, ctx: moderngl.Context, sheet: Sheet
) -> None:
    other = random_style(9, PLAIN.arch)
    wanted = full(backend, ctx, other, values(3.0))
    for style, index in ((PLAIN, 0), (other, 1), (PLAIN, 2), (other, 40)):
        backend.set_style(style)
        sheet.draw(backend, style, values(3.0), at(index), SIZE_PX, "rows")
        assert index in (0, 2) or decibels(seen(sheet), wanted) > 40


def test_refining_draws_more_only_where_it_shows(backend: Backend, ctx: moderngl.Context, sheet: Sheet) -> None:
    now = values(2.0)
    wanted, counting = full(backend, ctx, LOCAL, now), Counting(backend)
    for index in range(5):
        counting.pixels = 0
        sheet.draw(counting, LOCAL, now, at(index), SIZE_PX, "refine")  # type: ignore[arg-type]
    assert SIZE_PX[0] * SIZE_PX[1] / 8 < counting.pixels < SIZE_PX[0] * SIZE_PX[1] / 2
    assert decibels(seen(sheet), wanted) > 48
    assert sheet.drawn == pytest.approx(counting.pixels / (SIZE_PX[0] * SIZE_PX[1]), abs=0.1)


def check_marked_cells(
    backend: Backend, ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch, style: Style, sheet: Sheet
) -> None:
    """Hold every marked cell to the full picture."""
    now, found = values(2.0), list[NDArray[np.int64]]()
    wanted = full(backend, ctx, style, now)
    real = type(backend).redraw

    def noted(self: Backend, values: Values, target: Target, cells: marks.Marks) -> None:
        found.append(cells.corners())
        real(self, values, target, cells)

    monkeypatch.setattr(type(backend), "redraw", noted)
    sheet.draw(backend, style, now, at(0), SIZE_PX, "refine")
    picture, whole = seen(sheet)[::-1], wanted[::-1]
    assert 0 < len(found[0]) < 24
    for x, y in found[0]:
        assert np.abs(picture[y : y + 16, x : x + 16] - whole[y : y + 16, x : x + 16]).max() <= 1


def test_marked_cells_are_the_full_picture_to_the_last_pixel(
    backend: Backend, ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch, sheet: Sheet
) -> None:
    check_marked_cells(backend, ctx, monkeypatch, LOCAL, sheet)


def test_tiles_draw_marked_cells_too(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch, sheet: Sheet) -> None:
    monkeypatch.setattr(glsl_ways, "quick", lambda ctx, arch: glsl_ways.tiles(arch))
    monkeypatch.setattr(glsl_workshop.Workshop, "best", lambda self, style: None)
    backend = GlslBackend(ctx)
    check_marked_cells(backend, ctx, monkeypatch, TINY, sheet)
    assert "tiles" in backend.detail
    backend.release()


def test_where_everything_would_be_drawn_twice_it_is_drawn_once(ctx: moderngl.Context, sheet: Sheet) -> None:
    wild = replace(PLAIN, layers=((PLAIN.layers[0][0] * 40, PLAIN.layers[0][1]), *PLAIN.layers[1:]))
    backend = CpuBackend(ctx)
    backend.set_style(wild)
    for index in range(8):
        sheet.draw(backend, wild, values(2.0), at(index), SIZE_PX, "refine")
    assert sheet.drawn == 1.0
    assert decibels(seen(sheet), full(backend, ctx, wild, values(2.0))) > 60
    backend.release()


def test_a_backend_that_draws_no_cells_draws_everything(ctx: moderngl.Context, sheet: Sheet) -> None:
    backend = GlslBackend(ctx)
    backend.set_style(PLAIN)
    backend.redraws = False
    sheet.draw(backend, PLAIN, values(2.0), at(0), SIZE_PX, "refine")
    assert sheet.drawn == 1.0
    backend.release()


def test_stats_say_what_is_saved() -> None:
    assert told("off", 1.0, 1.0) == "100% of them drawn"
    assert told("off", 0.25, 0.5) == "25% of them drawn"
    assert told("off", 0.0625, 0.5) == "6% of them drawn; the rest mirrored, exactly"
    assert all(told(saving, 0.5, 1.0).startswith("50% of them drawn; ") for saving in SAVINGS)
