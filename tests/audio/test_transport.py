"""The play head: any cut gives the same sound, and no move makes a click."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.transport import Transport

RATE = 8_000
FADE = 40


def tone(frames: int = 1000, frequency_hz: float = 100.0) -> NDArray[np.float32]:
    at = np.arange(frames) / RATE
    return (0.8 * np.cos(2 * np.pi * frequency_hz * at)).astype(np.float32)[:, None].repeat(2, 1)


STEEPEST = 0.8 * 2 * np.pi * 100 / RATE
"""Largest step between two samples of the tone itself."""

FADE_STEP = 0.8 * np.pi / 2 / FADE
"""Largest step of a full-height raised-cosine fade."""


def largest_step(sound: NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(sound, axis=0)).max())


def test_whole_track_is_bit_exact_and_then_silent() -> None:
    transport = Transport(tone(), RATE, loop=False)
    got = transport.read(1500)
    assert np.array_equal(got[:1000], tone())
    assert not got[1000 + FADE :].any()
    assert transport.ended
    assert largest_step(got) < STEEPEST + FADE_STEP


def test_loop_is_bit_exact_but_for_the_released_step() -> None:
    transport = Transport(tone(990), RATE, loop=True)  # ends in the middle of a wave
    got = transport.read(990 * 3)
    for turn in range(3):
        part = got[turn * 990 : (turn + 1) * 990]
        assert np.array_equal(part[FADE:], tone(990)[FADE:])
    assert largest_step(got) < STEEPEST + FADE_STEP
    assert abs(float(tone(990)[-1, 0] - tone(990)[0, 0])) > 2 * (STEEPEST + FADE_STEP), "the bare seam would click"


@pytest.mark.parametrize("move", ["pause", "seek", "play"])
def test_moves_do_not_click(move: str) -> None:
    transport = Transport(tone(), RATE, loop=False)
    if move == "play":
        transport.pause()
    before = transport.read(80)  # a crest of the wave
    if move == "seek":
        transport.seek(540)  # a trough
    else:
        getattr(transport, move)()
    sound = np.concatenate([before, transport.read(200)])
    assert largest_step(sound) < STEEPEST + 2 * FADE_STEP


def test_pause_holds_the_place() -> None:
    transport = Transport(tone(), RATE, loop=False)
    transport.read(100)
    transport.pause()
    assert not transport.read(300)[FADE:].any()
    assert transport.index == 100
    transport.play()
    assert np.array_equal(transport.read(200)[FADE:], tone()[100 + FADE : 300])


def test_seek_is_held_inside_the_track_and_play_begins_again_after_the_end() -> None:
    transport = Transport(tone(), RATE, loop=False)
    transport.seek(99_999)
    assert transport.index == 1000
    transport.read(10)
    assert transport.ended
    transport.play()
    assert transport.index == 0
    transport.seek(-5)
    assert transport.index == 0


def _apply(transport: Transport, move: str, number: int) -> None:
    if move == "seek":
        transport.seek(number)
    elif move == "loop":
        transport.loop = bool(number % 2)
    else:
        getattr(transport, move)()


MOVES = st.lists(
    st.tuples(st.sampled_from(["play", "pause", "seek", "loop"]), st.integers(0, 320), st.integers(0, 200)), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(MOVES, st.lists(st.integers(1, 97), min_size=1, max_size=9))
def test_any_cut_gives_the_same_sound_and_the_places_are_true(
    moves: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    whole, pieces = Transport(tone(300), RATE, True), Transport(tone(300), RATE, True)
    for move, number, frames in moves:
        for transport in (whole, pieces):
            _apply(transport, move, number)
        expected = whole.read(frames)
        got: list[NDArray[np.float32]] = []
        done = 0
        while done < frames:
            count = min(cuts[len(got) % len(cuts)], frames - done)
            places = pieces.places(count)
            got.append(pieces.read(count))
            done += count
            assert len(places) == count
        assert not got or np.array_equal(np.concatenate(got), expected)
        assert pieces.index == whole.index


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), st.integers(0, 700), st.sampled_from(["none", "pause", "seek"]))
def test_rewinding_and_reading_again_gives_the_same_sound(before: int, ahead: int, move: str) -> None:
    transport = Transport(tone(300), RATE, loop=True)
    transport.read(before)
    if move != "none":
        _apply(transport, move, 50)
    places = transport.places(ahead + 1)
    expected = transport.read(ahead + 200)
    transport.rewind(int(places[0]), expected[:FADE])
    assert np.allclose(transport.read(ahead + 200), expected, atol=1e-6)
