"""From one look to the next: when it comes, what is seen on the way, and that nothing leaps."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app import preset as presets
from app import style as styles
from app.audio.source import SourceChoice
from app.control.actions import ACTIONS, Trigger
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.live import Session
from app.looks import PATIENCE_SECONDS, Looks
from app.preset import EffectUse, Preset, Route
from app.rescue import Rescue
from app.settings import Settings

from .eyes import apart, seen

LOOKS = {
    "first": Preset(name="first", style="red", crossfade_seconds=1.0),
    "second": Preset(
        name="second",
        style="blue",
        style_b="red",
        crossfade_seconds=1.0,
        params={"fader": 0.3, "zoom": 2.0},
        effects=[EffectUse(effect="mirror"), EffectUse(effect="colour_grade", values={"saturation": 0.2})],
    ),
}


@pytest.fixture
def session(home: Path) -> Iterator[Session]:
    """A still show of the look "first" at ten frames a second; "second" has another style, two decks and effects."""
    for seed, name in enumerate(("red", "blue")):
        style = replace(random_style(seed, Arch(width=8, depth=1)), name=name)
        styles.save(style, home / "styles" / f"{name}.safetensors")
    for look in LOOKS.values():
        look = look.model_copy(update={"params": {"speed": 0.0, "reactivity": 0.0, **look.params}})
        presets.save(look, home / "presets" / f"{look.name}.yaml")
    settings = Settings(
        source=SourceChoice(live=False), preset="first", backend="glsl", fps=10, picture_px=(64, 36),
        headless=True, offline=True,
    )  # fmt: skip
    with ExitStack() as stack:
        session = Session(settings, stack)
        session.picture.limiter.mode = "off"
        yield session


@pytest.mark.parametrize("transition", ["fade", "wipe_soft"])
def test_a_look_gives_way_whole_and_without_a_leap(session: Session, transition: str) -> None:
    first = seen(session)[0]
    session.controls.choose_look("second")
    session.preset.transition = transition
    path = [first, *seen(session, 14)]
    second = path[-1]
    assert apart(first, second) > 10
    assert max(apart(a, b) for a, b in pairwise(path)) < apart(first, second) / 3
    assert apart(path[1], first) < apart(first, second) / 8, "its effects and parameters do not come before it"
    session.controls.choose_look("first")
    session.preset.transition = transition
    back = [second, *seen(session, 14)]
    assert (back[-1] == first).all()
    assert max(apart(a, b) for a, b in pairwise(back)) < apart(first, second) / 3


def test_a_transition_goes_as_it_is_set_and_routes_move_it(session: Session) -> None:
    """Half way, a sharp front has one picture on each side; how soft it is, and which way it goes, is the look's."""
    first = seen(session)[0]

    def half_way(**values: float) -> NDArray[np.int64]:
        session.controls.choose_look("second")
        session.preset.transition, session.preset.transition_values = "wipe_soft", values
        picture = seen(session, 6)[-1]
        session.controls.choose_look("first")
        session.preset.crossfade_seconds = 0.0
        assert (seen(session)[0] == first).all()
        return picture

    to_the_right, to_the_left = half_way(angle=0.0, softness=0.01), half_way(angle=180.0, softness=0.01)
    assert apart(to_the_right[:, -8:], first[:, -8:]) < 1 < apart(to_the_right[:, :8], first[:, :8])
    assert apart(to_the_left[:, :8], first[:, :8]) < 1 < apart(to_the_left[:, -8:], first[:, -8:])
    soft = half_way(angle=0.0, softness=2.0)
    assert apart(soft[:, -8:], first[:, -8:]) > 1
    session.preset.routes = [Route(source="macro1", param="transition.softness", amount=1.0)]
    session.preset.choose_transition("wipe_soft")
    session.preset.params["macro1"] = 1.0
    seen(session)
    assert session.controls.values.params["transition.softness"] == 2.0


def test_a_look_comes_upright_however_far_the_one_before_had_spun(session: Session) -> None:
    session.preset.params["spin"] = 60.0
    seen(session, 8)
    spun = session.controls.values.turn_degrees
    assert spun > 10
    session.controls.choose_look("second")
    seen(session)
    values = session.controls.values
    assert values.leaving is not None
    assert values.leaving.turn_degrees > spun, "what leaves goes on from where it was"
    assert values.turn_degrees == values.params["rotation"] + values.params["spin"] / 10


def test_routes_go_on_moving_a_look_that_leaves(session: Session) -> None:
    session.preset.routes = [Route(source="sine", param="hue", amount=0.5, hz=0.3)]
    seen(session, 3)
    before = session.controls.values.params["hue"]
    session.controls.choose_look("second")
    hues = []
    for _ in range(9):
        seen(session)
        leaving = session.controls.values.leaving
        assert leaving is not None
        hues.append(leaving.params["hue"])
    path = [before, *hues]
    steps = [b - a for a, b in pairwise(path)]
    assert max(map(abs, steps)) < 3 * max(abs(steps[0]), 10.0), "it goes on from where it was"
    assert len(set(path)) == len(path)
    assert "hue" not in session.preset.params
    seen(session, 5)
    assert session.controls.values.leaving is None


def test_a_look_chosen_on_the_way_to_another_begins_with_what_is_seen(session: Session) -> None:
    first = seen(session)[0]
    session.controls.choose_look("second")
    half = [first, *seen(session, 5)]
    session.controls.choose_look("first")
    path = [*half, *seen(session, 14)]
    assert (path[-1] == first).all()
    assert apart(half[-1], first) > 4
    assert max(apart(a, b) for a, b in pairwise(path)) < 12


def test_a_cut_leaves_nothing_of_the_look_before(session: Session) -> None:
    first = seen(session)[0]
    session.controls.choose_look("second")
    seen(session, 4)
    session.controls.choose_look("first")
    session.preset.crossfade_seconds = 0.0
    assert (seen(session)[0] == first).all()


def test_panic_on_the_way_is_there_in_the_next_picture(session: Session) -> None:
    first = seen(session)[0]
    session.controls.outlets.rescue = Rescue(session.preset)
    seen(session)
    session.controls.choose_look("second")
    seen(session, 4)
    panic = ACTIONS["panic"]
    assert isinstance(panic, Trigger)
    panic.press(session.controls)
    assert all((picture == first).all() for picture in seen(session, 12))


def test_another_size_ends_the_handover(session: Session) -> None:
    seen(session)
    session.controls.choose_look("second")
    seen(session, 3)
    session.controls.choose_picture((96, 54))
    assert seen(session, 2)[-1].shape == (54, 96, 3)
    assert len(session.problems) == 0


def test_what_is_no_transition_is_told_once_and_morphs(session: Session) -> None:
    seen(session)
    session.controls.choose_look("second")
    session.preset.transition = "bloom"
    seen(session, 12)
    assert [(p.text.split(":")[0], p.count) for p in session.problems] == [("bloom.fs", 1)]


# ------------------------------------------------------------------ when a look comes


def test_a_look_waits_until_it_is_ready() -> None:
    looks, ready = Looks(Preset(name="a", style="red")), [False]
    looks.ready = lambda _: ready[0]
    looks.put(Preset(name="b"))
    looks.arrive(0.1)
    assert (looks.on_air.name, looks.newest, looks.changes) == ("a", "b", 0)
    looks.put(Preset(name="c"))
    ready[0] = True
    looks.arrive(0.1)
    assert (looks.on_air.name, looks.on_air.style, looks.changes) == ("c", "red", 1)
    assert [look.name for look in looks.before] == ["a"], "b was never on air"
    looks.back()
    assert looks.on_air.name == "a"


def test_it_does_not_wait_for_ever_and_panic_not_at_all() -> None:
    looks = Looks(Preset(name="a", style="red"))
    looks.ready = lambda _: False
    looks.put(Preset(name="b"))
    looks.arrive(PATIENCE_SECONDS - 0.1)
    assert looks.on_air.name == "a"
    looks.arrive(0.2)
    assert looks.on_air.name == "b"
    looks.put(Preset(name="c"))
    looks.put(Preset(name="d"), at_once=True)
    looks.arrive(10.0)
    assert looks.on_air.name == "d"
