"""The ring against a naive model: a list that keeps everything."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.ring import Ring, RingReader, finite

CAPACITY = 10
STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 25)),
    st.tuples(st.just("read"), st.integers(0, 1)),
    st.tuples(st.just("newest"), st.integers(0, 15)),
    st.tuples(st.just("configure"), st.integers(1, 3)),
)


class Model:
    """What a ring with two readers should do, with plain lists."""

    def __init__(self) -> None:
        self.all: list[float] = []
        self.read = [0, 0]
        self.dropped = [0, 0]

    def read_new(self, reader: int) -> list[float]:
        new = self.all[self.read[reader] :]
        self.dropped[reader] += max(0, len(new) - CAPACITY)
        self.read[reader] = len(self.all)
        return new[-CAPACITY:]


def _values(samples: Any) -> list[float]:
    return [float(value) for value in samples[:, 0]]


def _apply(ring: Ring, readers: list[RingReader], model: Model, step: tuple[str, int], counter: int) -> None:
    verb, number = step
    if verb == "write":
        values = [float(counter + k) for k in range(number)]
        ring.write(np.array(values, np.float32)[:, None].repeat(ring.channels, 1))
        model.all += values
    elif verb == "read":
        assert _values(readers[number].read_new().samples) == model.read_new(number)
    elif verb == "newest":
        wanted = min(number, CAPACITY)
        assert _values(ring.newest(number)) == (model.all[-wanted:] if wanted else [])
    else:
        ring.configure(10, number)
        model.all, model.read = [], [0, 0]


@settings(max_examples=200, deadline=None)
@given(st.lists(STEP, max_size=30))
def test_ring_behaves_like_a_list_that_keeps_everything(steps: list[tuple[str, int]]) -> None:
    ring, model = Ring(1.0), Model()
    ring.configure(10, 2)
    assert ring.capacity == CAPACITY
    readers = [ring.reader(), ring.reader()]
    for counter, step in enumerate(steps):
        _apply(ring, readers, model, step, 1000 * counter)
    assert [reader.dropped for reader in readers] == model.dropped


def test_what_was_read_does_not_change_when_more_is_written() -> None:
    ring = Ring(1.0)
    ring.configure(10, 1)
    reader = ring.reader()
    ring.write(np.ones((10, 1), np.float32))
    block = reader.read_new()
    ring.write(np.zeros((10, 1), np.float32))
    assert block.samples.all()
    assert block.rate_hz == 10


def test_nan_and_infinity_become_silence_and_are_counted() -> None:
    ring = Ring(1.0)
    ring.configure(10, 1)
    given_samples = np.array([[0.5], [np.nan], [np.inf], [-np.inf], [-0.5]], np.float32)
    ring.write(given_samples)
    assert _values(ring.newest(5)) == [0.5, 0.0, 0.0, 0.0, -0.5]
    assert ring.repaired == 3
    assert np.isnan(given_samples[1, 0]), "the caller's samples are not touched"


def test_what_no_sound_can_be_is_silence_and_whole_numbers_are_sound() -> None:
    samples = np.array([[1e30], [-1e30], [32_767.0], [-0.5]], np.float32)
    kept, repaired = finite(samples)
    assert kept[:, 0].tolist() == [0, 0, 32_767, -0.5]
    assert repaired == 2
