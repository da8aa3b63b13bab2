"""What a loudspeaker plays on Windows: with a SoundCard of our own here, with the real one in test_pulse."""

import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio import devices as devices_module
from app.audio import wasapi
from app.audio.device import DeviceSource
from app.audio.devices import Device, list_devices
from app.audio.loopback import Loopback
from app.audio.ring import Ring
from app.audio.source import SourceChoice
from app.clock import Frame
from app.problems import UserError

NAME = "Monitor of Boxes (Realtek)"


class Card:
    """SoundCard as it is on Windows: a loopback has its loudspeaker's name and id."""

    def __init__(self) -> None:
        self.blocks = threading.Semaphore(0)
        self.gone = False
        self.entered = self.left = 0
        self.main_thread_asked = False
        self.speakers = ["Boxes (Realtek)", "HDMI"]

    def all_microphones(self, include_loopback: bool) -> list[Any]:
        assert include_loopback
        self.main_thread_asked |= threading.current_thread() is threading.main_thread()
        boxes = [
            SimpleNamespace(name=name, id=f"{{{name}}}", isloopback=True, recorder=self.recorder)
            for name in self.speakers
        ]
        return [*boxes, SimpleNamespace(name="Boxes (Realtek)", id="{mic}", isloopback=False)]

    def default_speaker(self) -> Any:
        if not self.speakers:
            raise RuntimeError("Error 0x80070490")
        return SimpleNamespace(id=f"{{{self.speakers[0]}}}")

    def recorder(self, rate_hz: int, channels: int, blocksize: int) -> Any:
        assert (rate_hz, channels) == (48_000, 2)
        assert blocksize >= 480
        return self

    def __enter__(self) -> "Card":
        self.entered += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.left += 1

    def record(self, frames: None) -> NDArray[np.float32]:
        assert frames is None
        self.blocks.acquire(timeout=0.02)
        if self.gone:
            raise RuntimeError("Error 0x88890004")
        return np.tile(np.array([0.25, -0.5], np.float32), (480, 1))


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    card = Card()
    monkeypatch.setattr(wasapi, "available", lambda: True)
    monkeypatch.setattr(wasapi, "_soundcard", lambda: card)
    monkeypatch.setattr(devices_module, "_pulse_devices", list)
    monkeypatch.setattr(devices_module, "_portaudio_devices", list)
    yield card
    card.gone = True


def boxes(name: str = "Boxes (Realtek)") -> Device:
    return Device(f"Monitor of {name}", "monitor", 2, 48_000, True, wasapi.HOST, f"{{{name}}}")


def until(done: Any) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "never happened"
        time.sleep(0.005)


def test_each_loudspeaker_is_a_monitor_and_the_default_is_marked(card: Card) -> None:
    assert list_devices() == [boxes(), Device("Monitor of HDMI", "monitor", 2, 48_000, False, wasapi.HOST, "{HDMI}")]
    assert not card.main_thread_asked, "the window needs another kind of COM on the main thread"


def test_nothing_else_is_lost_where_it_fails(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    card.speakers = []
    assert list_devices() == []

    def broken() -> Any:
        raise AssertionError

    monkeypatch.setattr(wasapi, "_soundcard", broken)
    assert list_devices() == []


@pytest.mark.skipif(sys.platform == "win32", reason="there it is wanted")
def test_elsewhere_soundcard_is_not_even_imported() -> None:
    assert wasapi.speakers() == []
    assert "soundcard" not in sys.modules


@pytest.mark.parametrize(("channels", "heard"), [((), [0.25, -0.5]), ((1,), [-0.5]), ((1, 0), [-0.5, 0.25])])
def test_what_it_plays_is_heard(card: Card, channels: tuple[int, ...], heard: list[float]) -> None:
    ear = Loopback(boxes(), channels)
    until(lambda: len(ear._blocks) >= 3)
    sound = ear.drain()
    assert sound.dtype == np.float32
    assert len(sound) % 480 == 0
    assert (sound == np.array(heard, np.float32)).all()
    assert ear.active
    ear.close()
    until(lambda: not ear.active)
    assert (card.entered, card.left, ear.dropped_blocks) == (1, 1, 0)


def test_nothing_new_is_an_empty_block_of_its_channels(card: Card) -> None:
    ear = Loopback(boxes(), (0,))
    ear.close()
    until(lambda: not ear.active)
    ear.drain()
    assert ear.drain().shape == (0, 1)


def test_what_is_not_fetched_is_bounded_and_counted(card: Card) -> None:
    ear = Loopback(boxes(), ())
    card.blocks.release(450)
    until(lambda: ear.dropped_blocks >= 50)
    assert len(ear.drain()) <= 401 * 480
    ear.close()


def test_what_is_not_there_or_refuses_is_one_clear_line(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"^device 'Monitor of TV' cannot be opened: it is not there$"):
        Loopback(boxes("TV"), ())
    with pytest.raises(UserError, match="has no channel 3"):
        Loopback(boxes(), (2,))

    def refuse(*_: object, **__: object) -> Any:
        raise RuntimeError("unsupported format")

    monkeypatch.setattr(card, "recorder", refuse)
    with pytest.raises(UserError, match=r"^device 'Monitor of HDMI' cannot be opened: unsupported format$"):
        Loopback(boxes("HDMI"), ())


def test_one_that_never_answers_is_said_and_let_go(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    monkeypatch.setattr(wasapi, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(wasapi, "recorder", lambda _: (answer.wait(30), card)[1])
    with pytest.raises(UserError, match=r"^device 'Monitor of HDMI' cannot be opened: no answer$"):
        Loopback(boxes("HDMI"), ())
    answer.set()
    until(lambda: card.left == 1)


def test_a_source_hears_it_waits_for_it_and_comes_back(card: Card) -> None:
    source = DeviceSource(SourceChoice("device", device="boxes"))
    source.start(Ring())
    index = 0

    def pumped(status: str) -> bool:
        nonlocal index
        index += 1
        source.pump(Frame(index, index / 60, 1 / 60))
        return source.status == status

    until(lambda: pumped("listening"))
    assert source.label == NAME
    card.gone, card.speakers = True, ["HDMI"]
    until(lambda: pumped(f"waiting for {NAME}"))
    card.gone, card.speakers = False, ["HDMI", "Boxes (Realtek)"]
    until(lambda: pumped("listening"))
    source.stop()
