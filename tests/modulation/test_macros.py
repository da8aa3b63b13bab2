"""Macros: knobs that move several things through routes, and turn routes up."""

from pathlib import Path

import pytest

from app import preset as presets
from app.audio.features import Features
from app.clock import Frame
from app.modulation.routes import Modulator
from app.params import MACROS, PARAMS
from app.preset import Preset, PresetEntry, Route, load, route_targets, save
from app.problems import UserError
from app.render.library import Library
from app.tempo.beat import Beat

FRAME = Frame(1, 1.0, 1 / 60)


def values(preset: Preset, bass: float = 0.0) -> dict[str, float]:
    return dict(Modulator().step(preset, Features(bass=bass), FRAME).params)


def test_one_knob_moves_several_parameters_each_its_own_way() -> None:
    preset = Preset(
        params={"macro1": 0.5},
        routes=[
            Route(source="macro1", param="hue", amount=0.5),
            Route(source="macro1", param="contrast", amount=-0.5, curve="square"),
        ],
    )
    now = values(preset)
    assert now["hue"] == pytest.approx(0.5 * 0.5 * 360)
    assert now["contrast"] == pytest.approx(1 - 0.5 * 2 * 0.25)
    assert preset.params == {"macro1": 0.5}
    preset.params["macro1"] = 0.0
    assert values(preset)["hue"] == 0


def test_a_knob_turns_routes_up() -> None:
    preset = Preset(routes=[Route(source="bass", param="hue", amount=0.5, macro="macro8")])
    assert values(preset, bass=1.0)["hue"] == 0
    preset.params["macro8"] = 0.25
    assert values(preset, bass=1.0)["hue"] == pytest.approx(0.25 * 0.5 * 360)


def test_music_turns_a_knob_wherever_its_route_stands() -> None:
    turned, moved = Route(source="bass", param="macro2", amount=1.0), Route(source="macro2", param="hue", amount=0.5)
    for routes in ([turned, moved], [moved, turned]):
        now = values(Preset(params={"macro2": 0.25}, routes=routes), bass=0.5)
        assert now["macro2"] == pytest.approx(0.75)
        assert now["hue"] == pytest.approx(0.75 * 0.5 * 360)


def test_knobs_that_turn_each_other_end() -> None:
    routes = [Route(source=own, param=other, amount=1.0) for own in MACROS for other in MACROS]
    now = values(Preset(params=dict.fromkeys(MACROS, 1.0), routes=routes))
    assert all(now[name] == 1 for name in MACROS)


def test_names_and_values_are_kept(tmp_path: Path) -> None:
    look = Preset(
        name="x", style="s", params={"macro1": 0.5}, macros={"macro1": "Energy"},
        routes=[Route(source="macro1", param="zoom"), Route(source="bass", param="hue", macro="macro1")],
    )  # fmt: skip
    save(look, tmp_path / "x.yaml")
    assert load(tmp_path / "x.yaml", {}) == look
    assert len([name for name in PARAMS if name in MACROS]) == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("macros: {macro9: x}", "unknown macro 'macro9'; did you mean 'macro"),
        ("macros: {macro1: " + "x" * 25 + "}", "at most 24 characters"),
        ("params: {macro1: 2}", "2 is outside 0..1"),
        ("routes: [{source: bass, param: zoom, macro: energy}]", "unknown macro 'energy'"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(f"style: s\n{text}\n")
    with pytest.raises(UserError, match=words):
        load(tmp_path / "x.yaml", {})


@pytest.mark.parametrize("entry", presets.listing(), ids=lambda entry: entry.name)
def test_every_knob_of_a_shipped_look_has_a_name_and_moves_something(entry: PresetEntry) -> None:
    effects = Library().params
    look = load(entry.path, effects)
    table = route_targets(look, effects)
    beat = Beat(position=1.3, bpm=120.0)
    still = Modulator().step(look, Features(), FRAME, table, beat).params
    for name in MACROS:
        assert look.macros[name]
        turned = look.model_copy(update={"params": look.params | {name: 1.0}})
        moved = Modulator().step(turned, Features(), FRAME, table, beat).params
        assert any(moved[key] != still[key] for key in table if key not in MACROS), name
