"""Two decks in a running show, seen in its pictures."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from app import preset as presets
from app import style as styles
from app.audio.source import SourceChoice
from app.control.actions import ACTIONS, Trigger
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.live import Session
from app.preset import BLENDS, EffectUse, Preset, Route
from app.rescue import Rescue
from app.settings import Settings

from .eyes import Picture, apart, seen

STILL = {"speed": 0.0, "reactivity": 0.0}
Show = Callable[..., Session]


@pytest.fixture
def show(home: Path) -> Iterator[Show]:
    """Open still shows of the style "red" at ten frames a second; "blue" and "green" are in the library."""
    for seed, name in enumerate(("red", "blue", "green")):
        style = replace(random_style(seed, Arch(width=8, depth=1)), name=name)
        styles.save(style, home / "styles" / f"{name}.safetensors")
    with ExitStack() as stack:

        def open_show(**changes: object) -> Session:
            look = Preset(name="still", style="red", params=dict(STILL), crossfade_seconds=1.0)
            presets.save(Preset.model_validate(look.model_dump() | changes), home / "presets" / "still.yaml")
            settings = Settings(
                source=SourceChoice(live=False), preset="still", backend="glsl", fps=10, picture_px=(64, 36),
                headless=True, offline=True,
            )  # fmt: skip
            return Session(settings, stack)

        yield open_show


@pytest.fixture
def red(show: Show) -> Picture:
    return seen(show())[0]


@pytest.fixture
def blue(show: Show) -> Picture:
    return seen(show(style="blue"))[0]


@pytest.mark.parametrize("blend", BLENDS)
def test_the_fader_leads_from_one_deck_to_the_other(show: Show, red: Picture, blue: Picture, blend: str) -> None:
    session = show(style_b="blue", blend=blend)
    session.picture.limiter.mode = "off"  # it would let go of such leaps only in time
    path = []
    for share in (0.0, 0.5, 1.0):
        session.preset.params["fader"] = share
        path.append(seen(session, 2)[-1])
    assert (path[0] == red).all()
    assert (path[2] == blue).all()
    assert apart(path[1], red) > 1
    assert apart(path[1], blue) > 1


def test_music_may_move_the_fader(show: Show, red: Picture, blue: Picture) -> None:
    session = show(style_b="blue", routes=[Route(source="square", param="fader", amount=1.0, hz=1.0)])
    pictures = seen(session, 20)
    assert min(apart(picture, red) for picture in pictures) == 0
    assert min(apart(picture, blue) for picture in pictures) < apart(red, blue) / 2


def test_a_deck_that_is_not_seen_is_not_drawn(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    session = show(style_b="blue")
    drawn: list[str] = []
    decks = session.picture._decks
    assert decks._b is not None
    for name, deck in (("a", decks.a), ("b", decks._b)):
        monkeypatch.setattr(deck, "draw", lambda *_, name=name: drawn.append(name))
        monkeypatch.setattr(deck, "develop", lambda _: session.picture.shown)
    for share, wanted in ((0.0, ["a"]), (1.0, ["b"]), (0.5, ["a", "b"])):
        drawn.clear()
        session.preset.params["fader"] = share
        session.step()
        assert drawn == wanted


def test_a_second_deck_comes_and_goes_gently(show: Show, red: Picture, blue: Picture) -> None:
    session = show()
    session.preset.params["fader"] = 1.0
    seen(session)
    session.preset.style_b = "blue"
    coming = seen(session, 11)
    session.preset.style_b = ""
    going = seen(session, 11)
    assert (coming[-1] == blue).all()
    assert (going[-1] == red).all()
    whole = apart(red, blue)
    for path in (coming, going):
        steps = [apart(before, after) for before, after in pairwise(path)]
        assert max(steps) < whole / 3


def test_the_second_deck_changes_its_style_like_the_first(show: Show, red: Picture) -> None:
    session = show(style_b="blue", params={**STILL, "fader": 1.0})
    first = seen(session, 2)[-1]
    session.preset.style_b = "green"
    path = seen(session, 12)
    assert 0 < apart(path[0], first) < apart(path[-1], first)
    assert apart(path[-1], red) > 1


def test_a_style_that_cannot_be_shown_leaves_the_deck_as_it_was(show: Show, blue: Picture) -> None:
    session = show(style_b="blue", params={**STILL, "fader": 1.0})
    seen(session)
    session.preset.style_b = "no such style"
    assert (seen(session, 12)[-1] == blue).all()
    assert [problem.count for problem in session.problems] == [1]


def test_a_look_whose_second_style_is_missing_starts_without_it(show: Show, red: Picture) -> None:
    session = show(style_b="bleu", params={**STILL, "fader": 1.0})
    assert (seen(session)[0] == red).all()
    assert "did you mean 'blue'" in next(iter(session.problems)).text


def test_an_effect_acts_on_its_own_deck(show: Show, red: Picture, blue: Picture) -> None:
    grey = EffectUse(effect="colour_grade", deck="b", values={"saturation": 0.0})
    session = show(style_b="blue", effects=[grey])
    session.picture.limiter.mode = "off"
    assert (seen(session)[0] == red).all()
    session.preset.params["fader"] = 1.0
    on_b = seen(session, 2)[-1]
    assert apart(on_b, blue) > 1
    session.preset.effects[0].deck = "a"
    assert (seen(session, 2)[-1] == blue).all()


def test_panic_goes_back_to_deck_a_in_the_next_picture_and_b_may_come_again(
    show: Show, red: Picture, blue: Picture
) -> None:
    routes = [Route(source="square", param="fader", amount=1.0, hz=1.0)]
    session = show(style_b="blue", params={**STILL, "fader": 1.0}, routes=routes)
    session.controls.outlets.rescue = Rescue(session.preset)
    session.picture.limiter.mode = "off"
    assert apart(seen(session, 2)[-1], blue) == 0
    session.controls.mixer.take()
    panic = ACTIONS["panic"]
    assert isinstance(panic, Trigger)
    panic.press(session.controls)
    assert all((picture == red).all() for picture in seen(session, 12))
    assert (session.preset.style_b, session.controls.mixer.taking) == ("", False)
    assert session.preset.name.endswith("_panic"), "it is another look without its deck, and saved as another"
    session.controls.look_before()
    assert (seen(session, 30)[-1] == blue).all()


def test_another_size_keeps_both_decks(show: Show) -> None:
    session = show(style_b="blue", params={**STILL, "fader": 0.5})
    before = seen(session)[0]
    session.controls.choose_picture((128, 72))
    after = seen(session, 2)[-1]
    assert after.shape == (72, 128, 3)
    assert apart(after[::2, ::2], before) < 12


def test_a_show_leaves_nothing_of_its_decks(show: Show, alive_gl: Callable[[], int]) -> None:
    session = show(style_b="blue", params={**STILL, "fader": 0.5})
    session.step()
    settled = alive_gl()
    for i in range(6):
        session.preset.style_b = ("green", "", "blue")[i % 3]
        seen(session, 11)
    assert alive_gl() <= settled + 4, "one spare backend at most"
