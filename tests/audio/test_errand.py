"""Errands that nobody waits for any more."""

import threading
import time
from pathlib import Path

import pytest

from app.audio import demo, errand
from app.audio.decode import decode
from app.problems import UserError


def test_a_call_can_ask_whether_anybody_still_waits_for_it() -> None:
    assert errand.wanted(), "nobody's errand is always wanted"
    begun, ended = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        while errand.wanted():
            time.sleep(0.001)
        ended.set()

    one: errand.Errand[None] = errand.Errand(lambda _: None)
    one.start(call)
    assert begun.wait(30.0)
    assert not ended.wait(0.05)
    one.cancel()
    assert ended.wait(30.0)
    assert errand.wanted()


def test_nobody_waits_for_the_release_of_what_came_too_late() -> None:
    asked, released = threading.Event(), threading.Event()

    def release(_: str) -> None:
        asked.wait(30.0)
        released.set()

    one: errand.Errand[str] = errand.Errand(release)
    one.start(lambda: "a device")
    while one.running:
        time.sleep(0.001)
    one.cancel()
    assert not released.is_set()
    asked.set()
    assert released.wait(30.0)


def test_a_file_that_nobody_waits_for_is_not_decoded_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = iter([True, True, False])
    monkeypatch.setattr(errand, "wanted", lambda: next(asked))
    with pytest.raises(UserError, match="another sound was chosen meanwhile"):
        decode(Path(demo.TRACK))
