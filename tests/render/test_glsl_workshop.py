"""Compiling beside the show: the picture is the same, what is kept on disk is never trusted, nothing stays behind."""

import threading
import time
from pathlib import Path

import moderngl
import numpy as np
import pytest

from app import paths
from app.clock import Frame
from app.cppn import glsl, reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_style
from app.modulation.values import Values
from app.render import gl_calls, gl_program, glsl_backend, glsl_ways, glsl_workshop, side_context, side_thread
from app.render.gl_program import Stages
from app.render.glsl_backend import GlslBackend
from app.render.target import Target
from app.style import Style

HEARD = (0.2,) * 9
STAGES: Stages = (
    (gl_calls.VERTEX, glsl.VERTEX),
    (gl_calls.FRAGMENT, "#version 330 core\nout vec4 colour;\nvoid main() { colour = vec4(0.25); }\n"),
)


@pytest.fixture
def calls(ctx: moderngl.Context) -> gl_calls.Calls:
    made = gl_calls.of(ctx)
    while made.GetError():  # of earlier tests
        pass
    return made


def held_to_the_oracle(backend: GlslBackend, style: Style, target: Target) -> None:
    backend.draw(Values({}, HEARD, 2.0), Frame(0, 0.0, 0.0), target)
    error = np.abs(target.read()[..., :3] / 255 - reference.render(style, *target.region_px, 2.0, HEARD))
    assert error.max() <= 2 / 255


def prepared(backend: GlslBackend, style: Style) -> None:
    end = time.monotonic() + 120
    while not backend.prepare(style):
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_tiles_draw_what_the_oracle_draws(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch, activation: str
) -> None:
    arch = Arch(("x", "bass", "y", "r"), width=9, depth=3, activation=activation)
    monkeypatch.setattr(glsl_ways, "quick", lambda ctx, arch: glsl_ways.tiles(arch))
    backend, target, style = GlslBackend(ctx), Target(ctx, (29, 13)), random_style(2, arch)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target)
    assert "tiles" in backend.detail
    target.framebuffer.clear(0.0, 1.0, 0.0, 0.5)
    target.region_px = (17, 9)
    backend.draw(Values({}, HEARD, 2.0), Frame(0, 0.0, 0.0), target)
    target.region_px = target.size_px
    assert (target.read()[:4] == (0, 255, 0, 128)).all(), "nothing beside the region"
    backend.release()
    target.release()


def test_a_network_too_wide_for_a_tile_is_left_to_the_fragment_shader() -> None:
    from app.cppn.glsl_tiles import TilePlan

    assert TilePlan(Arch()).fits and not TilePlan(Arch(width=136)).fits
    assert not TilePlan(Arch(activation="atan")).fits


def test_a_small_network_is_prepared_beside_the_show_and_remembered(ctx: moderngl.Context) -> None:
    threads = threading.active_count()
    style, target, backend = random_style(3, Arch(width=12, depth=2)), Target(ctx, (24, 14)), GlslBackend(ctx)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target)
    assert not backend.prepare(style), "asking does not wait"
    prepared(backend, style)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target)
    way = glsl_ways.fastest_known(glsl_ways.driver_of(ctx), style.arch)
    assert way in ("loops", "literal")
    assert glsl_ways.SHOWN[way] in backend.detail  # type: ignore[index]
    backend.release()
    target.release()
    assert threading.active_count() == threads


def test_programs_come_and_go_on_both_sides(ctx: moderngl.Context) -> None:
    backend, target = GlslBackend(ctx), Target(ctx, (24, 14))
    for seed in range(4):
        style = random_style(seed, Arch(width=8, depth=1))
        prepared(backend, style)
        backend.set_style(style)
        held_to_the_oracle(backend, style, target)
    backend.release()
    target.release()
    assert not glsl_backend._shaders[ctx]


def test_a_shape_the_driver_refuses_is_the_business_of_set_style(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glsl, "fragment", lambda plan, style=None: "#version 330 core\nnonsense")
    backend, style = GlslBackend(ctx), random_style(3, Arch(width=14, depth=1))
    prepared(backend, style)
    with pytest.raises(Exception, match="cannot compile a 14 × 1 network"):
        backend.set_style(style)


def test_without_a_second_context_nothing_is_prepared(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    side_thread.close(ctx)
    monkeypatch.setattr(side_context, "beside", lambda ctx: None)
    assert glsl_workshop.Workshop(ctx).prepared(random_style(1, Arch(width=8, depth=1)))
    side_thread.close(ctx)


def test_a_workshop_leaves_neither_thread_nor_context(ctx: moderngl.Context) -> None:
    threads = threading.active_count()
    assert not glsl_workshop.of(ctx).prepared(random_style(5, Arch(width=8, depth=1)))
    side_thread.close(ctx)
    glsl_workshop.close(ctx)
    assert threading.active_count() == threads
    assert ctx not in side_context._sides


def kept() -> list[Path]:
    return list(paths.cache("programs").glob("*.bin"))


def test_a_kept_program_is_not_compiled_again(calls: gl_calls.Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    calls.DeleteProgram(gl_program.make(calls, "driver", STAGES))
    assert len(kept()) == 1
    compiled: list[str] = []

    def counted(calls: gl_calls.Calls, stages: Stages) -> int:
        compiled.append("again")
        return 0

    monkeypatch.setattr(gl_program, "_compile", counted)
    calls.DeleteProgram(gl_program.make(calls, "driver", STAGES))
    assert compiled == []
    gl_program.make(calls, "another driver", STAGES)
    assert compiled == ["again"]


@pytest.mark.parametrize("damage", ["empty", "cut", "bit", "noise", "unknown format"])
def test_a_damaged_file_is_compiled_anew(calls: gl_calls.Calls, damage: str) -> None:
    import hashlib

    calls.DeleteProgram(gl_program.make(calls, "driver", STAGES))
    (file,) = kept()
    whole = file.read_bytes()
    body = (0x12345678).to_bytes(4, "little") + b"never a program"
    file.write_bytes({
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "bit": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        "noise": bytes(range(256)) * 8,
        "unknown format": hashlib.sha256(body).digest() + body,
    }[damage])  # fmt: skip
    program = gl_program.make(calls, "driver", STAGES)
    assert program
    assert calls.GetError() == 0
    assert file.read_bytes()[32:36] == whole[32:36], "it is whole again"
    calls.DeleteProgram(program)


def test_only_the_newest_programs_are_kept(calls: gl_calls.Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gl_program, "KEPT_FILES", 2)
    for name in "abcd":
        calls.DeleteProgram(gl_program.make(calls, name, STAGES))
    assert len(kept()) == 2


def test_a_folder_that_cannot_be_written_only_means_compiling_again(calls: gl_calls.Calls, home: Path) -> None:
    (home / "cache").write_text("a file where the folder should be")
    calls.DeleteProgram(gl_program.make(calls, "driver", STAGES))


def test_notes_about_the_fastest_way_that_make_no_sense_are_ignored() -> None:
    (paths.cache() / "glsl.json").write_text("[1, 2")
    assert glsl_ways.fastest_known("driver", Arch()) == ""
    glsl_ways.remember("driver", Arch(), "tiles")
    assert glsl_ways.fastest_known("driver", Arch()) == "tiles"
