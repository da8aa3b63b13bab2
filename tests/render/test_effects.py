"""The effects that ship: each is drawn, each of its inputs changes the picture, and the command tells the truth."""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app import paths
from app.audio.features import Features
from app.clock import StepClock
from app.commands import effects as command
from app.modulation.values import Values
from app.params import Param
from app.preset import EffectUse
from app.problems import Problems, UserError
from app.render.chain import Chain
from app.render.effect_check import EffectCheck
from app.render.effect_check import test_picture as colourful
from app.render.effect_check import test_sound as sound
from app.render.isf import EffectFile, parse
from app.render.library import Library
from app.render.target import Target

SIZE_PX = (96, 54)
FILES = sorted(paths.shipped("shaders", "effects").glob("*.fs"))
NAMES = [path.stem for path in FILES]
KINDS = {path.stem: parse(path).kind for path in FILES}
TRANSITIONS = [name for name, kind in KINDS.items() if kind == "transition"]
FRAMES = 8


@pytest.fixture(scope="module")
def stage(session_ctx: moderngl.Context) -> Iterator["Stage"]:
    stage = Stage(session_ctx)
    yield stage
    stage.release()


class Stage:
    """Draws one shipped effect for half a second of a moving picture."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.problems = Problems()
        self.library = Library([paths.shipped("shaders", "effects")])
        self.chain = Chain(ctx, SIZE_PX, self.library, self.problems)
        self.image = Target(ctx, SIZE_PX)
        self.end = Target(ctx, SIZE_PX)
        self.end.texture.write(np.ascontiguousarray(colourful(SIZE_PX, 0.5)[::-1, ::-1]).tobytes())
        self.pictures = [colourful(SIZE_PX, index / 16)[::-1].tobytes() for index in range(FRAMES)]

    def draw(
        self, name: str, values: Mapping[str, float] | None = None, fps: float = 15.0, event: str = ""
    ) -> NDArray[np.float32]:
        """Return the last picture (h, w, 4) in 0..1; `event` fires with it."""
        clock = StepClock(fps)
        uses = [EffectUse(effect=name)]
        for index, picture in enumerate(self.pictures):
            named = Values({**(values or {}), event: float(index == len(self.pictures) - 1)}, (), 0.0)
            self.image.texture.write(picture)
            heard, wave = sound(index)
            result = self.chain.apply(self.image, uses, [name], named, clock.tick(), heard, wave, end=self.end)
        pixels = result.read().astype(np.float32) / 255.0
        self.chain.apply(self.image, [], [], named, clock.tick(), Features())  # forgets the buffers
        return pixels

    def release(self) -> None:
        self.chain.release()
        self.image.release()
        self.end.release()


def other(param: Param) -> float:
    """Return a value well away from the default."""
    return param.high if param.default - param.low <= (param.high - param.low) * 0.6 else param.low


def test_there_are_enough() -> None:
    assert len(FILES) >= 10
    wanted = {
        "feedback_trails",
        "kaleidoscope",
        "mirror",
        "bloom",
        "colour_grade",
        "chromatic_shift",
        "grain",
        "edge_glow",
    }
    assert wanted <= set(NAMES)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_header_is_complete(path: Path) -> None:
    effect = parse(path)
    assert effect.description and effect.categories and effect.credit
    assert effect.kind == {"Transition": "transition", "Generator": "generator"}.get(effect.categories[0], "filter")
    assert path.stem == path.stem.lower() and " " not in path.stem
    for entry in effect.inputs:
        assert entry.is_texture or (entry.label and entry.label != entry.name)


@pytest.mark.parametrize("name", NAMES)
def test_each_input_changes_the_picture(stage: Stage, name: str) -> None:
    effect = stage.library.find(name)
    assert isinstance(effect, EffectFile)
    base = stage.draw(name)
    assert not len(stage.problems)
    assert base[..., :3].std() > 0.05, "the default picture is flat"
    assert np.all(base[..., 3] == 1.0)
    assert np.abs(base[..., :3] - colourful(SIZE_PX, (FRAMES - 1) / 16)[..., :3] / 255.0).mean() > 0.002, "no effect"
    for param in effect.params:
        event = param.name if param.kind == "event" else ""
        helped = HELP.get(param.name, {})
        changed = stage.draw(name, helped if event else {**helped, param.name: other(param)}, event=event)
        before = stage.draw(name, helped) if helped else base
        assert np.abs(changed - before).max() > 2 / 255, param.name


@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_transition_leads_from_one_picture_to_the_other_without_a_flash_or_a_leap(stage: Stage, name: str) -> None:
    pictures = [stage.draw(name, {f"{name}.progress": i / 12})[..., :3] for i in range(13)]
    first, last = stage.draw("mirror", {"mirror.wet": 0.0})[..., :3], stage.end.read()[..., :3] / 255
    assert np.abs(pictures[0] - first).max() <= 2 / 255
    assert np.abs(pictures[-1] - last).max() <= 2 / 255
    light = [picture.mean() for picture in pictures]
    assert min(light[0], light[-1]) - 0.05 <= min(light) and max(light) <= max(light[0], light[-1]) + 0.05
    steps = [np.abs(b - a).mean() for a, b in pairwise(pictures)]
    assert max(steps) < 0.5 * np.abs(last - first).mean()


HELP = {
    "ripple.light": {"ripple.amount": 1.0},
    "vignette.tint.a": {"vignette.tint.r": 1.0},
    "chromatic_shift.angle": {"chromatic_shift.straight": 1.0},
    "mirror.centre.y": {"mirror.mode": 1.0},
    "edge_glow.tint.r": {"edge_glow.own_colour": 0.0},
}
"""Inputs that by their nature show only where another one is up."""


@pytest.mark.parametrize("name", ["feedback_trails", "time_echo"])
def test_motion_does_not_depend_on_the_frame_rate(stage: Stage, name: str) -> None:
    still = stage.pictures
    stage.pictures = [still[0]] * 6
    slow = stage.draw(name, fps=10.0)
    stage.pictures = [still[0]] * 18
    fast = stage.draw(name, fps=30.0)
    stage.pictures = still
    assert np.abs(slow - fast).mean() < 0.03


def test_every_effect_passes_its_own_check(ctx: moderngl.Context) -> None:
    check = EffectCheck(ctx)
    assert {name: check.trouble(parse(path)) for name, path in zip(NAMES, FILES, strict=True)} == dict.fromkeys(
        NAMES, ""
    )
    check.release()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inputs = '{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}'
    write(tmp_path, "a_good.fs", "/*" + inputs + "*/\nvoid main() { gl_FragColor = IMG_THIS_PIXEL(inputImage); }")
    write(tmp_path, "b_black.fs", "/*" + inputs + "*/\nvoid main() { gl_FragColor = vec4(0.0, 0.0, 0.0, 1.0); }")
    write(tmp_path, "c_broken.fs", "/*" + inputs + "*/\nvoid main() {\n gl_FragColor = nothing; }")
    write(tmp_path, "d_header.fs", "void main() {}")
    late = '{"INPUTS": [{"NAME": "level", "TYPE": "float", "DEFAULT": 0.0}]}'
    write(tmp_path, "e_dark_at_rest.fs", "/*" + late + "*/\nvoid main() { gl_FragColor = vec4(level); }")
    write(tmp_path, "notes.txt", "no effect")
    return tmp_path


def test_check_tells_good_from_bad(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.check([folder], as_json=True) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["kind"], row["status"]) for row in rows] == [
        ("a_good", "filter", "ok"),
        ("b_black", "filter", "failed"),
        ("c_broken", "filter", "failed"),
        ("d_header", "", "failed"),
        ("e_dark_at_rest", "generator", "ok"),
    ]
    errors = [row["error"] for row in rows]
    assert errors[0] is None and "nothing but black" in errors[1]
    assert errors[2].startswith("c_broken.fs:3: ") and errors[3].startswith("d_header.fs:1: ")
    assert rows[4]["inputs"] == [
        {"name": "level", "type": "float", "label": "level", "default": 0.0, "min": 0.0, "max": 1.0}
    ]
    assert command.check([folder / "a_good.fs"], as_json=False) == 0
    assert capsys.readouterr().out.split()[:2] == ["ok", "a_good"]


def test_check_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        command.check([tmp_path / "none.fs"], as_json=False)
    with pytest.raises(UserError, match=r"no \.fs files"):
        command.check([tmp_path], as_json=False)


def test_list_shows_shipped_and_own(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EffectCheck, "trouble", lambda self, effect: "")
    write(paths.data("effects"), "mine.fs", "/*{}*/void main() { gl_FragColor = vec4(1.0); }")
    command.list_effects(as_json=True)
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"mine", *NAMES} == set(rows)
    assert rows["mine"]["kind"] == "generator"
