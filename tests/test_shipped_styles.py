"""The styles that ship: trained from the words in their headers, by the judges named there, and worth looking at."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from app import paths, preset, style
from app.cppn import reference
from app.cppn.inputs import SILENCE, Doubles
from app.training import shelf, sketches
from app.training.experiment_file import read_experiment

NAMES = sorted(path.stem for path in paths.shipped("styles").glob("*.safetensors"))
LOOKS = sorted(paths.shipped("presets").glob("*.yaml"))
LOUD = (1.0, 0.9, 0.7, 0.6, 0.8, 0.6, 0.5, 0.7, 0.3)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "styles.md"
LITE_WIDTH = 48
"""Networks up to this width run fluently without a GPU."""


@cache
def shipped(name: str) -> style.Style:
    return style.load(paths.shipped("styles", f"{name}.safetensors"))


def shown(name: str, seconds: float = 5.0, heard: tuple[float, ...] = SILENCE) -> Doubles:
    return reference.render(shipped(name), 64, 36, seconds, heard)


def wanted(name: str) -> dict[str, Any]:
    """Return the experiment that makes a style."""
    data: dict[str, Any] = yaml.safe_load(shelf.read(name))
    return data


@pytest.mark.parametrize("name", NAMES)
def test_is_worth_looking_at(name: str) -> None:
    quiet, loud, soon, later = (
        shown(name, *at) for at in ((5.0, SILENCE), (5.0, LOUD), (5.0 + 1 / 30, SILENCE), (20.0, SILENCE))
    )
    contrast = quiet.std()
    assert contrast > 0.12
    most = 2.0 if len(shipped(name).header.prompts) > 1 else 0.7
    assert 0.1 < np.abs(loud - quiet).mean() / contrast < most, "sound moves the picture"
    assert np.abs(later - quiet).mean() / contrast > 0.1, "time moves it"
    assert np.abs(soon - quiet).mean() < 0.02, "no flicker"


@pytest.mark.parametrize("name", NAMES)
def test_the_header_says_what_it_was_trained_for_and_who_judged(name: str) -> None:
    header = shipped(name).header
    experiment = wanted(name)
    texts = {each["text"] for target in experiment["targets"] for each in target["features"] if "text" in each}
    assert set(header.prompts) == texts
    assert header.judge.split()[0] == experiment["judges"]
    assert header.held_out.split()[0] == experiment["held_out"]
    assert 0 < header.scores["held_out"] <= 100
    assert "untrained" not in header.tags
    assert ("lite" in header.tags) == (shipped(name).arch.width <= LITE_WIDTH)


@pytest.mark.parametrize("name", NAMES)
def test_its_experiment_begins_as_it_did(name: str) -> None:
    experiment = read_experiment(shelf.read(name), name, Path())
    sketched = sketches.begin(experiment, 16 / 9, lambda drawn, _: range(len(drawn)))
    begun = sketched.style.arch.inputs if sketched is not None else experiment.style.inputs
    assert ("sway1" in shipped(name).arch.inputs) == ("sway1" in begun), "drawn, or searched for"


@pytest.mark.parametrize("name", NAMES)
def test_its_history_ships_too(name: str) -> None:
    history = json.loads(paths.shipped("styles", f"{name}.history.json").read_text("utf-8"))
    assert history["style"] == f"{name}.safetensors"


def test_there_are_enough() -> None:
    headers = [shipped(name).header for name in NAMES]
    assert len(NAMES) >= 16
    assert sum("lite" in header.tags for header in headers) >= 5
    assert sum(len(header.prompts) == 2 for header in headers) >= 3


def test_every_style_has_a_look_and_the_first_one_runs_anywhere() -> None:
    assert {preset.load(path).style for path in LOOKS} == set(NAMES)
    first = preset.load(preset.find("first_light")).style
    assert "lite" in shipped(first).header.tags


def test_the_page_of_styles_tells_of_each() -> None:
    page = PAGE.read_text("utf-8")
    for name in NAMES:
        header = shipped(name).header
        row = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
        assert " / ".join(header.prompts) in row
        assert f"{header.scores['held_out']:.0f}" in row
