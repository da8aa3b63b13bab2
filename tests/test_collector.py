"""The collector works beside the frames, and nothing piles up for it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app import collector, memory
from app.collector import Collector


@pytest.fixture
def one() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.release()


class Loop:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


def waste(count: int) -> "weakref.ref[Loop]":
    for _ in range(count):
        Loop()
    last = Loop()
    return weakref.ref(last)


def test_nothing_is_collected_within_a_frame(one: Collector) -> None:
    one.step(0.0)
    lost = waste(3000)
    one.step(0.0)
    assert lost() is not None, "no time to spare"
    one.step(0.01)
    assert lost() is None


def test_too_much_is_collected_all_the_same(one: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "TOO_MANY", 2000)
    one.step(0.0)
    lost = waste(3000)
    one.step(0.0)
    assert lost() is None


def test_old_garbage_goes_too(one: Collector) -> None:
    one.step(0.0)
    kept = [Loop() for _ in range(3000)]
    lost = weakref.ref(kept[5])
    one.step(0.01)  # they are middle-aged now
    kept.clear()
    for _ in range(200):
        waste(1000)
        one.step(0.02)
    assert lost() is None


def test_what_is_alive_after_the_warm_up_is_frozen_and_given_back() -> None:
    one = Collector()
    for _ in range(collector.WARM_UP_FRAMES):
        one.step(0.0)
    assert gc.get_freeze_count() > 0 and not gc.isenabled()
    one.release()
    one.release()
    assert gc.get_freeze_count() == 0 and gc.isenabled()


def test_free_pages_go_back_now_and_then_in_spare_time(one: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(collector, "GIVE_BACK_FRAMES", 10)
    monkeypatch.setattr(memory, "give_back", lambda: given.append(1))
    for spare_seconds in [0.0] * 15 + [0.01] * 15:
        one.step(spare_seconds)
    assert len(given) == 2
