import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import preset as presets
from app.params import Param
from app.preset import EffectUse, Preset, Route
from app.problems import UserError

EFFECTS = {
    "bloom": (Param("bloom.amount", 0.5, 0.0, 1.0), Param("bloom.tint.r", 1.0, 0.0, 1.0, group="tint")),
    "grain": (Param("grain.amount", 0.1, 0.0, 1.0),),
    "iris": (
        *(Param(f"iris.{name}", 0.5, 0.0, 1.0) for name in ("progress", "wet", "softness")),
        *(Param(f"iris.centre.{axis}", 0.5, 0.0, 1.0, group="centre") for axis in "xy"),
    ),
}
GOOD = """\
name: Tide
style: tidepool
crossfade_seconds: 1.5
params: {zoom: 2, hue: -20}
routes:
  - {source: bass, param: zoom, amount: 0.3, curve: square, attack_seconds: 0.01, release_seconds: 0.2}
  - source: onset
    param: bloom.amount
effects:
  - effect: bloom
    values: {amount: 0.7, tint: [0.2, 0.3, 0.4]}
  - grain
transition: iris
transition_values: {softness: 0.3, centre: [0.1, 0.9]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_preset_is_read_whole(tmp_path: Path) -> None:
    preset = presets.load(write(tmp_path, GOOD.replace(", 0.3, 0.4]", ", 0.3]")), None)
    assert preset.effects[0].values == {"amount": 0.7, "tint.x": 0.2, "tint.y": 0.3}
    assert preset.routes[0].curve == "square"
    assert preset.effects[1] == EffectUse(effect="grain")
    assert preset.transition_values == {"softness": 0.3, "centre.x": 0.1, "centre.y": 0.9}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("style: tidepool", "stile: tidepool", 2, "unknown key 'stile'; did you mean 'style'?"),
        ("zoom: 2", "zom: 2", 4, "params.zom: unknown parameter 'zom'; did you mean 'zoom'?"),
        ("zoom: 2", "zoom: 200", 4, "params.zoom: 200 is outside 0.25..4"),
        ("zoom: 2", "zoom: lots", 4, "params.zoom: input should be a valid number"),
        ("zoom: 2", "zoom: .nan", 4, "params.zoom: input should be a finite number"),
        ("source: bass", "source: bas", 6, "routes[0].source: unknown source 'bas'; did you mean 'bass'?"),
        ("param: bloom.amount", "param: blom.amount", 8, "did you mean 'bloom.amount'?"),
        ("effect: bloom", "effect: blom", 10, "effects[0].effect: unknown effect 'blom'; did you mean 'bloom'?"),
        ("amount: 0.7", "amnt: 0.7", 11, "'bloom' has no input 'amnt'; did you mean 'amount'?"),
        ("amount: 0.7", "amount: 7", 11, "7 is outside 0..1"),
        ("softness: 0.3", "sofness: 0.3", 14, "'iris' has no input 'sofness'; did you mean 'softness'?"),
        ("softness: 0.3", "progress: 0.3", 14, "'iris' has no input 'progress'"),
        ("softness: 0.3", "wet: 0.3", 14, "'iris' has no input 'wet'"),
        ("softness: 0.3", "softness: 3", 14, "3 is outside 0..1"),
        ("transition: iris", "transition: fade", 14, "'fade' has no input 'softness'"),
        ("param: bloom.amount", "param: transition.progress", 8, "did you mean 'transition.softness'?"),
        ("curve: square", "curve: wiggly", 6, "routes[0].curve"),
        ("style: tidepool", "style: [1", 3, ""),
        ("style: tidepool", "style: a\nstyle: b", 3, "'style' is given twice"),
        ("style: tidepool", "style: &a x\nname2: *a", 3, "aliases are not allowed"),
        ("style: tidepool", "style: !!python/object/apply:os.system [echo]", 2, "tags are not allowed"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_fix(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = write(tmp_path, GOOD.replace("tint: [0.2, 0.3, 0.4]", "tint.r: 0.2").replace(old, new, 1))
    with pytest.raises(UserError) as error:
        presets.load(path, EFFECTS)
    assert str(error.value).startswith(f"{path}:{line}:")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "3", "a: " + "[" * 5000, "a: b: c", "\x00", "- " * 3000])
def test_what_is_no_preset_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError) as error:
        presets.load(write(tmp_path, text), EFFECTS)
    assert "\n" not in str(error.value)


def test_what_is_no_text_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(UserError, match=r"broken\.yaml: is not UTF-8 text \(byte 7\), or damaged; save it"):
        presets.load(tmp_path / "broken.yaml")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_mutation_of_a_preset_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = list(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.sampled_from(" :-{}[]'\"*&!\n9ex\t#|>%@\x00é"))
    path = write(tmp_path_factory.mktemp("fuzz"), "".join(text))
    try:
        presets.load(path, EFFECTS)
    except UserError as error:
        assert "\n" not in str(error)


def test_saving_and_loading_gives_the_same_look(tmp_path: Path) -> None:
    preset = Preset(
        name="x",
        style="ember",
        params={"zoom": 1.25},
        routes=[Route(source="bass", param="zoom", amount=-0.5), Route(source="bass", param="transition.softness")],
        transition="iris",
        transition_values={"softness": 0.3},
        effects=[EffectUse(effect="bloom", values={"tint.r": 0.5}), EffectUse(effect="bloom", enabled=False)],
    )
    path = tmp_path / "deep" / "x.yaml"
    presets.save(preset, path)
    assert presets.load(path, EFFECTS) == preset
    assert [entry.name for entry in path.parent.iterdir()] == ["x.yaml"]


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.yaml"
    presets.save(Preset(name="old"), path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        presets.save(Preset(name="new"), path)
    assert presets.load(path).name == "old"


def test_the_users_preset_comes_before_the_shipped_one(home: Path) -> None:
    presets.save(Preset(name="mine", style="s"), home / "presets" / "mine.yaml")
    assert presets.find("mine") == home / "presets" / "mine.yaml"
    with pytest.raises(UserError, match="did you mean 'mine'"):
        presets.find("mien")


def test_a_file_whose_name_is_no_text_is_not_listed(home: Path) -> None:
    before = presets.listing()
    (home / "presets").mkdir(exist_ok=True)
    (home / "presets" / os.fsdecode(b"caf\xe9.yaml")).write_text("style: gold_mandala\n")
    assert presets.listing() == before


def test_the_second_use_of_an_effect_has_its_own_key() -> None:
    preset = Preset(effects=[EffectUse(effect=name) for name in ("bloom", "grain", "bloom", "bloom")])
    assert preset.effect_keys() == ["bloom", "grain", "bloom#2", "bloom#3"]
    assert "bloom#2.amount" in presets.route_targets(preset, EFFECTS)


@pytest.mark.parametrize(
    ("name", "file"), [("Tide Pool", "tide_pool.yaml"), ("../../etc/x", "______etc_x.yaml"), ("", "untitled.yaml")]
)
def test_file_names_stay_in_their_folder(name: str, file: str) -> None:
    assert presets.file_name(name) == file


def test_a_crossfade_in_beats_follows_the_tempo_once_there_is_one() -> None:
    look = Preset(crossfade_seconds=1.5, crossfade_beats=8)
    assert look.fade_seconds(120.0) == pytest.approx(4.0)
    assert look.fade_seconds(0.0) == 1.5
    assert Preset(crossfade_seconds=1.5).fade_seconds(120.0) == 1.5


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("{source: sin, param: zoom}", "unknown source 'sin'; did you mean 'sine'?"),
        ("{source: sine, param: zoom, beats: 0}", "greater than or equal to 0.0625"),
        ("{source: sine, param: zoom, hz: .inf}", "finite"),
        ("{source: sine, param: zoom, bars: 4}", "unknown key 'bars'; did you mean 'beats'?"),
    ],
)
def test_a_wrong_lfo_is_named(tmp_path: Path, route: str, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"routes:\n- {route}\n", "utf-8")
    with pytest.raises(UserError, match=re.escape(message)):
        presets.load(path)


def test_an_lfo_is_kept_in_the_file_and_defaults_are_not(tmp_path: Path) -> None:
    look = Preset(name="x", routes=[Route(source="random", param="hue", beats=16, phase=0.25)])
    presets.save(look, tmp_path / "x.yaml")
    assert presets.load(tmp_path / "x.yaml") == look
    assert "hz" not in (tmp_path / "x.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("bands:\n  kick: {low_hz: 90, high_hz: 40}", 2, "bands.kick.high_hz: 40 Hz is not above low_hz, 90 Hz"),
        ("bands:\n  kick: {low_hz: 5, high_hz: 40}", 2, "greater than or equal to 20"),
        ("bands:\n  kick: {low_hz: 50}", 2, "bands.kick.high_hz: field required"),
        ("bands:\n  kick: {low: 50, high_hz: 90}", 2, "unknown key 'low'; did you mean 'low_hz'?"),
        ("bands:\n\n  'a:b': {low_hz: 50, high_hz: 90}", 3, "'a:b' cannot name a band"),
        ("bands: {}\nroutes:\n- {source: 'band:kick', param: zoom}", 3, "unknown source 'band:kick'"),
        ("routes:\n- {source: bass, param: zoom, min: 2, max: 1}", 2, "routes[0].min: 2 is above max, 1"),
        ("routes:\n- {source: bass, param: zoom, max: 9}", 2, "routes[0].max: 9 is outside 0.25..4"),
        ("routes:\n- {source: midi:Pads:knob:1:2, param: zoom}", 2, "is not midi:<device>"),
    ],
)
def test_a_wrong_band_or_limit_is_named(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError, match=re.escape(words)) as error:
        presets.load(path, EFFECTS)
    assert str(error.value).startswith(f"{path}:{line}:")


def test_bands_limits_and_controls_are_kept_as_they_are_written(tmp_path: Path) -> None:
    text = """\
name: x
bands:
  kick: {low_hz: 40, high_hz: 90, gain_db: 3}
routes:
- {source: band:kick, param: zoom, min: 0.8, max: 1.6}
- {source: "midi:nanoKONTROL2: 2:cc:1:21", param: hue}
- {source: osc:/fader/1, param: bloom.amount}
effects: [bloom]
"""
    look = presets.load(write(tmp_path, text), EFFECTS)
    assert look.ranges() == {"kick": (40.0, 90.0, 3.0)}
    assert (look.routes[0].min, look.routes[0].max) == (0.8, 1.6)
    assert look.routes[1].source == "midi:nanoKONTROL2: 2:cc:1:21"
    presets.save(look, tmp_path / "again.yaml")
    assert presets.load(tmp_path / "again.yaml", EFFECTS) == look
    plain = Preset(name="x", routes=[Route(source="bass", param="zoom")])
    presets.save(plain, tmp_path / "plain.yaml")
    assert not {"bands", "min", "max"} & set((tmp_path / "plain.yaml").read_text("utf-8").replace(":", " ").split())


def test_what_was_set_of_a_transition_goes_with_it() -> None:
    preset = Preset(transition="iris", transition_values={"softness": 0.3})
    preset.choose_transition("iris")
    assert preset.transition_values == {"softness": 0.3}
    preset.choose_transition("fade")
    assert (preset.transition, preset.transition_values) == ("fade", {})


def test_an_effect_called_transition_takes_nothing_from_the_transition() -> None:
    effects = {"transition": (Param("transition.amount", 0.5, 0.0, 1.0),), **EFFECTS}
    preset = Preset(transition="iris", effects=[EffectUse(effect="transition"), EffectUse(effect="transition")])
    keys = [key for key in presets.route_targets(preset, effects) if key.startswith("transition")]
    assert keys[:2] == ["transition#2.amount", "transition#3.amount"]
    assert keys[2:] == [f"transition.{name}" for name in ("softness", "centre.x", "centre.y")]
    table, name = preset.place("transition.softness")
    assert table is preset.transition_values
    assert name == "softness"
