"""The device source's watchdog, with a pretended device: what it says, and that the ring keeps time."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio import device as device_module
from app.audio import portaudio
from app.audio.capture import Capture
from app.audio.device import DeviceSource
from app.audio.devices import Device
from app.audio.errand import Errand, Retry
from app.audio.ring import Ring
from app.audio.source import SourceChoice
from app.clock import Frame
from app.problems import UserError

RATE = 48_000
LINE = Device("Line In", "input", 2, RATE, True, "Fake", "0")
OTHER = Device("Other", "input", 2, RATE, False, "Fake", "1")


class FakeCapture:
    """A device that gives what the test says."""

    opened: list["FakeCapture"]
    broken = False

    def __init__(self, device: Device, channels: tuple[int, ...]) -> None:
        if FakeCapture.broken:
            raise UserError("cannot be opened")
        self.device = device
        self.channels = channels or (0, 1)
        self.rate_hz = device.rate_hz
        self.active = True
        self.latency_seconds = 0.01
        self.dropped_blocks = 0
        self.waiting: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self.closed = False
        FakeCapture.opened.append(self)

    def drain(self) -> NDArray[np.float32]:
        out, self.waiting = self.waiting, self.waiting[:0]
        return out

    def close(self) -> None:
        self.closed = True


class Show:
    """A source, its ring, and frames of 1/50 s."""

    def __init__(self, choice: SourceChoice) -> None:
        self.ring = Ring()
        self.source = DeviceSource(choice)
        self.source.start(self.ring)
        self.index = 0

    @property
    def capture(self) -> FakeCapture:
        return FakeCapture.opened[-1]

    def pump(self, seconds: float, level: float | None) -> None:
        """Pump through `seconds`; the device gives `level`, or nothing at all."""
        for _ in range(round(seconds * 50)):
            self.index += 1
            if level is not None:
                self.capture.waiting = np.full((RATE // 50, 2), level, np.float32)
            self.source.pump(Frame(self.index, self.index / 50, 1 / 50))

    def pump_until(self, done: Callable[[], bool]) -> None:
        """Pump silent frames while errands run in their threads."""
        for _ in range(400):
            if done():
                return
            self.pump(0.02, None)
            time.sleep(0.002)
        raise AssertionError("it never happened")


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> list[Device]:
    present = [LINE, OTHER]
    FakeCapture.opened, FakeCapture.broken = [], False

    class FakeSoundDevice:
        @staticmethod
        def query_devices() -> list[Device]:
            return present

    monkeypatch.setattr(device_module, "Capture", FakeCapture)
    monkeypatch.setattr(device_module, "list_devices", lambda: list(present))
    monkeypatch.setattr(portaudio, "restart", lambda: None)
    monkeypatch.setattr(portaudio, "sounddevice", lambda: FakeSoundDevice)
    return present


def test_listens_and_applies_gain(devices: list[Device]) -> None:
    show = Show(SourceChoice("device", device="line", gain_db=-6.0206))
    assert show.source.status == "waiting for Line In"
    show.pump(0.1, 0.5)
    assert (show.source.label, show.source.status) == ("Line In", "listening")
    assert show.ring.written == RATE // 10
    assert np.allclose(show.ring.newest(100), 0.25, atol=1e-5)
    show.source.gain_db = 0.0
    show.pump(0.02, 0.5)
    assert np.allclose(show.ring.newest(100), 0.5)


def test_only_zeros_is_told(devices: list[Device]) -> None:
    show = Show(SourceChoice("device"))
    show.pump(4.9, 0.0)
    assert show.source.status == "listening"
    show.pump(0.2, 0.0)
    assert "only zeros" in show.source.status
    show.pump(0.02, 0.1)
    assert show.source.status == "listening"


@pytest.mark.parametrize("how", ["stall", "dead"])
def test_loss_gives_silence_in_time_and_the_same_device_comes_back(devices: list[Device], how: str) -> None:
    show = Show(SourceChoice("device", device="line"))
    show.pump(0.5, 0.5)
    first = show.capture
    devices.remove(LINE)
    first.active = how == "stall"
    show.pump(1.5, None)
    assert show.source.status == "waiting for Line In"
    assert show.ring.written / RATE == pytest.approx(2.0, abs=0.3)
    assert not show.ring.newest(RATE).any()
    show.pump_until(lambda: first.closed)
    assert len(FakeCapture.opened) == 1, "another device is never taken instead"
    devices.append(LINE)
    show.pump_until(lambda: len(FakeCapture.opened) == 2)
    show.pump_until(lambda: show.source.latency_seconds > 0)
    show.pump(0.1, 0.5)
    assert show.source.status == "listening"
    assert show.ring.newest(100).all()


def test_a_machine_that_slept_asks_for_no_hours_of_silence(devices: list[Device]) -> None:
    devices.clear()
    show = Show(SourceChoice("device", device="line"))
    show.source.pump(Frame(1, 36_000.0, 36_000.0))
    assert show.ring.written == show.ring.capacity, "as much as the ring holds, and no 7 GB"


def test_a_gap_is_filled_from_its_beginning(devices: list[Device]) -> None:
    show = Show(SourceChoice("device"))
    show.pump(1.0, 0.5)
    show.pump(0.2, None)
    assert show.ring.written == RATE, "a short wait may still bring what is late"
    show.pump(0.6, None)
    assert show.ring.written == pytest.approx(1.8 * RATE, abs=2)
    show.pump(0.2, 0.5)
    assert show.ring.written == pytest.approx(2.0 * RATE, abs=2)


def test_a_stream_that_stalls_may_print_no_more(devices: list[Device], strained: list[None]) -> None:
    show = Show(SourceChoice("device"))
    show.pump(1.0, 0.5)
    show.pump(0.2, None)
    assert not strained
    show.pump(0.2, None)
    assert strained and not show.capture.closed, "before it is given up"


def test_a_device_that_never_gives_a_sample_is_waited_for(devices: list[Device]) -> None:
    show = Show(SourceChoice("device", device="line"))
    show.pump(2.9, None)
    assert len(FakeCapture.opened) == 1
    FakeCapture.broken = True
    show.pump(0.5, None)
    assert show.source.status == "waiting for Line In"
    assert show.source.latency_seconds == 0.0


def test_dropped_blocks_are_kept_over_a_loss(devices: list[Device]) -> None:
    show = Show(SourceChoice("device"))
    show.capture.dropped_blocks = 3
    show.capture.active = False
    show.pump(0.02, None)
    assert show.source.dropped_blocks == 3


@pytest.mark.parametrize(
    ("asked", "told", "came"),
    [
        ("Scarlett", "waiting for Scarlett: it is not there; known: Line In, Other", "Scarlett 2i2"),
        ("Lime", "waiting for Lime: it is not there; did you mean 'Line In'?", "Lime"),
        ("", "waiting for default input: there is no input; connect one", "Mic"),
    ],
)
def test_what_is_not_there_at_the_start_is_waited_for(devices: list[Device], asked: str, told: str, came: str) -> None:
    if not asked:
        devices.clear()
    show = Show(SourceChoice("device", device=asked))
    assert (show.source.status, show.source.waiting, show.source.found) == (told, True, "")
    show.pump(1.0, None)
    assert show.ring.written / show.ring.rate_hz == pytest.approx(1.0, abs=0.01), "silence keeps the time"
    assert not FakeCapture.opened
    devices.append(Device(came, "input", 1, 44_100, False, "Fake", "2"))
    show.pump_until(lambda: show.source.latency_seconds > 0)
    show.pump(0.1, 0.5)
    assert (show.source.status, show.source.waiting) == ("listening", False)
    assert show.source.found == (came if asked else "")
    assert show.ring.rate_hz == 44_100
    assert show.ring.newest(100).all()


def test_a_whole_name_is_not_a_part_of_another(devices: list[Device]) -> None:
    devices.append(Device("Monitor of Mic", "monitor", 2, RATE, False, "Fake", "2"))
    assert Show(SourceChoice("device", device="Mic")).source.found == "Monitor of Mic"
    FakeCapture.opened.clear()
    assert Show(SourceChoice("device", device="Mic", whole=True)).source.waiting
    assert not FakeCapture.opened


def test_only_a_name_of_several_is_refused(devices: list[Device]) -> None:
    with pytest.raises(UserError, match="'n' could be any of 'Line In', 'Line Out'"):
        devices[:] = [LINE, replace(OTHER, name="Line Out")]
        DeviceSource(SourceChoice("device", device="n")).start(Ring())


def test_the_default_input_is_whichever_the_system_says(devices: list[Device], monkeypatch: pytest.MonkeyPatch) -> None:
    devices[:] = [replace(one, host="PulseAudio") for one in devices]
    monkeypatch.setattr(
        device_module, "pulse_moved", lambda handle, follows: follows and default_of(devices).handle != handle
    )
    follower, named = Show(SourceChoice("device")), Show(SourceChoice("device", device="Line In"))
    follower.pump(0.1, None)
    assert follower.source.label == "default input: Line In"
    devices[:] = [replace(one, default=not one.default) for one in devices]
    follower.pump_until(lambda: follower.source.label == "default input: Other")
    assert not follower.source.waiting, "that is no loss, and nothing is said"
    named.pump(1.5, 0.1)
    assert named.source.label == "Line In"
    assert len(FakeCapture.opened) == 3


def default_of(devices: list[Device]) -> Device:
    return next(one for one in devices if one.default)


def test_stop_closes_and_may_be_called_twice(devices: list[Device]) -> None:
    show = Show(SourceChoice("device"))
    capture = show.capture
    show.source.stop()
    show.source.stop()
    assert capture.closed
    show.pump(0.1, 0.5)
    assert show.ring.written == 0


def test_channels_that_are_not_there_are_refused() -> None:
    with pytest.raises(UserError, match="'Line In' has no channel 3; it has 1 to 2"):
        Capture(LINE, (0, 2))


def test_an_errand_that_is_no_longer_wanted_is_discarded() -> None:
    discarded: list[int] = []
    errand = Errand(discarded.append)

    def slow() -> int:
        time.sleep(0.05)
        return 7

    errand.start(slow)
    errand.cancel()
    for _ in range(3000):
        if discarded:
            break
        time.sleep(0.01)
    assert discarded == [7]
    assert errand.take() is None


def test_an_errand_that_fails_oddly_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    errand: Errand[int] = Errand(lambda _: None)
    errand.start(lambda: 1 // 0)
    for _ in range(3000):
        if said:
            break
        time.sleep(0.01)
    assert said and not errand.running and errand.take() is None


def test_retry_waits_longer_each_time() -> None:
    tries: list[float] = []
    now = 0.0

    def fail() -> int:
        tries.append(now)
        raise UserError("no")

    retry = Retry(fail, lambda _: None, (0.1, 0.4))
    while now < 2.0:
        retry.poll(now)
        time.sleep(0.002)
        now = round(now + 0.05, 2)
    gaps = np.diff(tries)
    assert gaps[0] < 0.2
    assert (gaps[1:] > 0.3).all()
