"""Everything a route may begin at: what each brings, and what is no source at all."""

from pathlib import Path

import pytest

from app import preset as presets
from app.audio.features import FEATURES, Features
from app.clock import Frame
from app.modulation import sources
from app.modulation.lfo import SHAPES
from app.modulation.routes import Modulator
from app.modulation.sources import NAMED, READERS, Now, outside, wrong
from app.params import MACROS
from app.preset import CURVES, Band, Preset, Route
from app.tempo.beat import Beat

ROOT = Path(__file__).resolve().parents[2]
FADER = "midi:nanoKONTROL2:cc:1:21"


def brought(source: str, features: Features, beat: Beat, positions: dict[str, float]) -> float:
    """Return what a route from this source brings to its parameter."""
    look = Preset(params={"macro1": 0.5}, bands={"kick": Band(low_hz=40, high_hz=90)})
    look.routes = [Route(source=source, param="hue", amount=0.5)]
    values = Modulator().step(look, features, Frame(1, 0.1, 0.1), beat=beat, positions=positions)
    assert values.added == pytest.approx((180 * values.arriving[0],))
    assert values.params["hue"] == pytest.approx(values.added[0])
    return values.arriving[0]


def test_every_source_is_in_the_list_once_and_loads(tmp_path: Path) -> None:
    assert set(NAMED) == {*FEATURES, *SHAPES, *MACROS, "envelope", "bar"}
    assert len(NAMED) == len(set(NAMED))
    assert set(sources.HELP) == set(READERS)
    every = (*NAMED, "band:kick", FADER, "midi:Pads: 2:note:10:36", "osc:/fader/1")
    look = Preset(name="x", bands={"kick": Band(low_hz=40, high_hz=90)})
    look.routes = [Route(source=source, param="hue") for source in every]
    presets.save(look, tmp_path / "x.yaml")
    assert presets.load(tmp_path / "x.yaml", {}) == look


def test_what_is_heard_in_time_and_by_hand_arrives() -> None:
    features = Features(bass=0.25, beat=0.75, level_dbfs=-15.0, bands={"kick": 0.6})
    beat, positions = Beat(7.0, 120.0), {FADER: 0.3, "osc:/fader/1": 0.9}
    wanted = {"bass": 0.25, "beat": 0.75, "envelope": 0.75, "bar": 0.75, "band:kick": 0.6, "macro1": 0.5,
              FADER: 0.3, "osc:/fader/1": 0.9}  # fmt: skip
    for source, value in wanted.items():
        assert brought(source, features, beat, positions) == pytest.approx(value), source


def test_what_is_not_there_brings_nothing() -> None:
    for source in ("bar", "envelope", "band:kick", FADER, "osc:/fader/1"):
        assert brought(source, Features(), Beat(7.5), {}) == 0.0
    assert outside("band:gone", Now(Features(), Beat())) == 0.0
    assert outside("envelope", Now(Features(level_dbfs=3.0), Beat())) == 1.0


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("bas", "unknown source 'bas'; did you mean 'bass'?"),
        ("band:kik", "unknown source 'band:kik'; did you mean 'band:kick'?"),
        ("midi:Pads:cc:17:1", "is not midi:<device>:cc|note|pitch|program:<channel 1..16>:<number> or osc:/path"),
        ("osc:fader", "or osc:/path"),
        ("osc:/a b", "or osc:/path"),
        (f"osc:/{'x' * 300}", "or osc:/path"),
        ("osc:/clavilux/param/zoom", "does something by itself"),
    ],
)
def test_what_is_no_source_is_named(source: str, words: str) -> None:
    assert words in wrong(source, {"kick": Band(low_hz=40, high_hz=90)})


def test_the_page_about_modulation_names_everything(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "modulation.md").read_text("utf-8")
    (tmp_path / "x.yaml").write_text(text.partition("```yaml\n")[2].partition("```")[0], "utf-8")
    assert len(presets.load(tmp_path / "x.yaml").routes) == 5
    for name in (*NAMED, *CURVES, *Route.model_fields, *Band.model_fields):
        assert f"`{name}`" in text or (name in MACROS and "`macro1` … `macro8`" in text), name
