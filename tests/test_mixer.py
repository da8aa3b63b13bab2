"""The mixer on a look: decks, takes, chance; every change has a way back."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import preset as presets
from app import variation
from app.looks import Looks
from app.mixer import Mixer
from app.params import PARAMS, Param
from app.preset import EffectUse, Preset, Route, route_targets

EFFECTS = {"bloom": (Param("bloom.amount", 0.5, 0.0, 2.0), Param("bloom.soft", 1, 0, 1, kind="bool"))}


def a_look() -> Preset:
    return Preset(
        name="dawn",
        style="silk",
        params={"zoom": 2.0, "fader": 0.25, "brightness": 1.5},
        routes=[Route(source="bass", param="zoom", amount=0.95)],
        effects=[EffectUse(effect="bloom"), EffectUse(effect="bloom", values={"amount": 1.0})],
    )


@pytest.fixture
def looks() -> Looks:
    return Looks(a_look())


@pytest.fixture
def mixer(looks: Looks) -> Mixer:
    return Mixer(looks, lambda: EFFECTS, seed=3)


def test_a_take_leads_to_the_other_deck_and_back(looks: Looks, mixer: Mixer) -> None:
    params = looks.on_air.params
    mixer.take()
    path = []
    for _ in range(12):
        mixer.step(0.1, 1.0)
        path.append(params["fader"])
    assert path == sorted(path)
    assert path[0] == pytest.approx(0.35)
    assert path[-1] == 1.0
    assert not mixer.taking
    mixer.take()
    mixer.step(0.1, 1.0)
    mixer.take()  # turns back
    for _ in range(3):
        mixer.step(0.1, 1.0)
    assert params["fader"] == 1.0


def test_a_hand_on_the_fader_ends_the_take(looks: Looks, mixer: Mixer) -> None:
    mixer.take()
    mixer.step(0.1, 1.0)
    looks.on_air.params["fader"] = 0.1
    mixer.step(0.1, 1.0)
    assert looks.on_air.params["fader"] == 0.1
    assert not mixer.taking


def test_a_take_in_no_time_is_a_cut(looks: Looks, mixer: Mixer) -> None:
    mixer.take()
    mixer.step(0.02, 0.0)
    assert looks.on_air.params["fader"] == 1.0
    mixer.cut()
    assert looks.on_air.params["fader"] == 0.0


def test_a_deck_comes_and_goes_with_a_way_back(looks: Looks, mixer: Mixer) -> None:
    mixer.choose_b("moss")
    mixer.choose_blend("add")
    assert (looks.on_air.style_b, looks.on_air.blend) == ("moss", "add")
    looks.back()
    assert looks.on_air.style_b == ""


def test_changes_wait_where_they_shall(looks: Looks) -> None:
    waiting: dict[str, Callable[[], None]] = {}
    mixer = Mixer(looks, lambda: EFFECTS, waiting.__setitem__, seed=1)
    before = looks.on_air.model_dump()
    for act in (mixer.mutate, mixer.randomise, mixer.take, mixer.cut, mixer.compare):
        act()
    mixer.choose_b("moss")
    assert looks.on_air.model_dump() == before
    assert len(waiting) == 6


def test_compare_changes_places_as_often_as_wanted(looks: Looks, mixer: Mixer) -> None:
    one = looks.on_air.model_dump()
    mixer.compare()
    assert looks.on_air.model_dump() == one, "there is nothing to compare with"
    mixer.mutate()
    other = looks.on_air.model_dump()
    for wanted in (one, other, one, other):
        mixer.compare()
        assert looks.on_air.model_dump() == wanted


@given(st.integers(0, 10_000))
def test_chance_gives_looks_that_load(seed: int) -> None:
    for vary in (variation.mutate, variation.randomise):
        look = a_look()
        targets = route_targets(look, EFFECTS)
        vary(look, targets, random.Random(seed))
        checked = Preset.model_validate(look.model_dump())
        assert (checked.style, checked.params["fader"], checked.params["brightness"]) == ("silk", 0.25, 1.5)
        assert [use.effect for use in checked.effects] == ["bloom", "bloom"]
        for name, param in targets.items():
            table, key = look.place(name)
            assert param.low <= table.get(key, param.default) <= param.high
        assert all(route.param in targets for route in look.routes)


def test_a_mutation_stays_near_and_a_throw_does_not(tmp_path: Path) -> None:
    def distance(vary: Callable[..., None]) -> float:
        total = 0.0
        for seed in range(20):
            look, start = a_look(), a_look()
            vary(look, route_targets(look, EFFECTS), random.Random(seed))
            total += sum(
                abs(look.value(param) - start.value(param)) / (param.high - param.low) for param in PARAMS.values()
            )
        return total

    assert 0 < distance(variation.mutate) < 0.5 * distance(variation.randomise)
    look = a_look()
    variation.randomise(look, route_targets(look, EFFECTS), random.Random(1))
    presets.save(look, tmp_path / "thrown.yaml")
    assert presets.load(tmp_path / "thrown.yaml", EFFECTS).routes == look.routes
