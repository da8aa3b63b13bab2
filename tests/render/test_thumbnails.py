"""Thumbnails: drawn in pieces, kept on disk, never from a damaged file, gone when released."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import moderngl
import numpy as np
import pytest

from app import paths
from app import preset as presets
from app import style as styles
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.preset import EffectUse, Preset
from app.render import side_thread
from app.render.glsl_backend import GlslBackend
from app.render.library import Library
from app.render.thumbnails import LOOK_AGAIN_SECONDS, PATIENCE_SECONDS, PIECE_SECONDS, Thumbnails

SIZE = (32, 18)
MANY = 400


@pytest.fixture
def library_of_two(home: Path) -> None:
    for seed, name in enumerate(("ember", "moss")):
        style = random_style(seed, Arch(width=16, depth=2))
        styles.save(style, paths.data("styles") / f"{name}.safetensors")
    look = Preset(name="dawn", style="ember", params={"hue": 90.0}, effects=[EffectUse(effect="mirror")])
    presets.save(look, paths.data("presets") / "dawn.yaml")


@pytest.fixture
def thumbnails(ctx: moderngl.Context, library_of_two: None) -> Iterator[Thumbnails]:
    made = Thumbnails(ctx, lambda: GlslBackend(ctx), Library(), SIZE)
    yield made
    made.release()


def run(thumbnails: Thumbnails, steps: int = MANY) -> None:
    for _ in range(steps):
        while side_thread.of(thumbnails._ctx).busy:  # what is compiled there takes its time on a busy machine
            time.sleep(0.001)
        thumbnails.step(1.0)


def pixels(thumbnails: Thumbnails, kind: str, name: str) -> np.ndarray:
    slot = thumbnails._slots[kind, name]  # type: ignore[index]
    assert slot.target is not None
    return slot.target.read()


def test_pictures_come_piece_by_piece(thumbnails: Thumbnails) -> None:
    assert thumbnails.style("ember") == 0
    assert thumbnails.look("dawn") == 0
    thumbnails.step(1.0)
    assert thumbnails.style("ember") == 0
    run(thumbnails)
    assert thumbnails.style("ember") > 0
    assert thumbnails.look("dawn") > 0
    style, look = pixels(thumbnails, "style", "ember"), pixels(thumbnails, "look", "dawn")
    assert style.std() > 3
    assert not np.array_equal(style, look)
    assert np.abs(look[:, ::-1].astype(int) - look).max() <= 4, "the look's mirror effect is in its picture"


def test_without_time_left_a_piece_is_done_only_now_and_then(
    thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [thumbnails._worked_seconds]
    monkeypatch.setattr("app.render.thumbnails.time.monotonic", lambda: now[0])
    thumbnails.style("ember")
    for _ in range(MANY):
        thumbnails.step(PIECE_SECONDS / 2)
    assert thumbnails.style("ember") == 0
    for _ in range(MANY):
        now[0] += PATIENCE_SECONDS / 4
        thumbnails.step(-1.0)
    assert thumbnails.style("ember") > 0


def test_a_second_show_draws_nothing(ctx: moderngl.Context, thumbnails: Thumbnails) -> None:
    thumbnails.style("ember")
    run(thumbnails)
    drawn = pixels(thumbnails, "style", "ember")

    def no_backend() -> GlslBackend:
        raise AssertionError("drawn again")

    again = Thumbnails(ctx, no_backend, Library(), SIZE)
    again.style("ember")
    run(again, 5)
    assert np.array_equal(pixels(again, "style", "ember"), drawn)
    again.release()


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY garbage", b"x" * 5000])
def test_a_damaged_cache_is_drawn_anew(ctx: moderngl.Context, thumbnails: Thumbnails, damage: bytes) -> None:
    thumbnails.style("ember")
    run(thumbnails)
    (file,) = paths.cache("thumbnails").glob("*.npy")
    file.write_bytes(damage)
    again = Thumbnails(ctx, lambda: GlslBackend(ctx), Library(), SIZE)
    again.style("ember")
    run(again)
    assert np.array_equal(pixels(again, "style", "ember"), pixels(thumbnails, "style", "ember"))
    again.release()


def test_what_cannot_be_drawn_has_no_picture(thumbnails: Thumbnails) -> None:
    (paths.data("styles") / "broken.safetensors").write_bytes(b"not a style")
    (paths.data("presets") / "broken.yaml").write_text("style: [")
    for name in ("broken", "missing"):
        assert thumbnails.style(name) == 0
        assert thumbnails.look(name) == 0
    thumbnails.style("ember")
    run(thumbnails)
    assert thumbnails.style("broken") == thumbnails.look("broken") == thumbnails.look("missing") == 0
    assert thumbnails.style("ember") > 0


def test_a_saved_preset_gets_a_new_picture(thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("app.render.thumbnails.time.monotonic", lambda: now[0])
    thumbnails.look("dawn")
    run(thumbnails)
    before = pixels(thumbnails, "look", "dawn")
    path = paths.data("presets") / "dawn.yaml"
    stamp = path.stat().st_mtime_ns
    presets.save(Preset(name="dawn", style="moss"), path)
    assert path.stat().st_mtime_ns != stamp
    now[0] += LOOK_AGAIN_SECONDS + 1
    run(thumbnails)
    assert not np.array_equal(pixels(thumbnails, "look", "dawn"), before)


def test_nothing_is_left_behind(ctx: moderngl.Context, library_of_two: None, alive_gl: Callable[[], int]) -> None:
    before = alive_gl()
    made = Thumbnails(ctx, lambda: GlslBackend(ctx), Library(), SIZE)
    made.style("moss")
    made.look("dawn")
    run(made)
    assert made.look("dawn") > 0
    assert alive_gl() > before
    made.release()
    made.release()
    assert alive_gl() == before


def test_what_ships_comes_with_its_thumbnails(ctx: moderngl.Context) -> None:
    """A first start draws none. If this fails: python scripts/draw_thumbnails.py, and look at the pictures."""

    def forbidden() -> GlslBackend:
        raise AssertionError("a shipped thumbnail is missing or out of date")

    thumbnails = Thumbnails(ctx, forbidden, Library())
    names = [path.stem for path in paths.shipped("styles").glob("*.safetensors")]
    looks = [path.stem for path in paths.shipped("presets").glob("*.yaml")]
    for _ in range(len(names) + len(looks) + 2):
        drawn = [*map(thumbnails.style, names), *map(thumbnails.look, looks)]
        thumbnails.step(1.0)
    thumbnails.release()
    assert all(drawn)
    assert len(list(paths.shipped("assets", "thumbnails").glob("*.npy"))) == len(drawn)
