"""Streams of a sound server that died must hold nothing up."""

import atexit
import threading
from collections.abc import Iterator

import pytest
import sounddevice

from app.audio import portaudio
from app.problems import UserError


class Stream:
    """A stream whose server is gone: stopping it waits for `answer`."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self.asked = threading.Event()
        self.closed = threading.Event()

    def abort(self) -> None:
        self.asked.set()
        self.answer.wait()

    def close(self) -> None:
        self.closed.set()


class Module:
    """Counts how often PortAudio was started anew."""

    PortAudioError = sounddevice.PortAudioError

    def __init__(self) -> None:
        self.starts = 0
        self.refuses = False
        self._initialized = 1

    def query_devices(self) -> list[str]:
        if not self._initialized:
            raise self.PortAudioError("PortAudio not initialized", -10000)
        return ["default"]

    def _terminate(self) -> None:
        if not self._initialized:
            raise self.PortAudioError("PortAudio not initialized", -10000)
        self._initialized -= 1

    def _initialize(self) -> None:
        if self.refuses:
            raise self.PortAudioError("Unanticipated host error", -9999)
        self._initialized += 1
        self.starts += 1

    def _exit_handler(self) -> None:
        pass


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    found = Module()
    monkeypatch.setattr(portaudio, "sounddevice", lambda: found)
    return found


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is not called any more when the program ends."""
    found: list[object] = []
    monkeypatch.setattr(atexit, "unregister", found.append)
    return found


@pytest.fixture
def hung(module: Module, forgotten: list[object], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    monkeypatch.setattr(portaudio, "_LET_GO_SECONDS", 0.01)
    stream = Stream()
    portaudio.let_go(stream)
    assert stream.asked.wait(5.0)
    yield stream
    stream.answer.set()
    assert stream.closed.wait(5.0)


def test_a_hanging_stream_holds_no_lock(hung: Stream) -> None:
    assert portaudio.LOCK.acquire(timeout=5.0)
    portaudio.LOCK.release()
    assert not hung.closed.is_set()


def test_the_program_can_end_while_a_stream_hangs(hung: Stream, module: Module, forgotten: list[object]) -> None:
    assert not hung.closed.is_set()
    assert forgotten == [module._exit_handler]


def test_a_stream_that_stops_at_once_is_ended_as_usual(module: Module, forgotten: list[object]) -> None:
    stream = Stream()
    stream.answer.set()
    portaudio.let_go(stream)
    assert stream.closed.wait(5.0)
    assert forgotten == []


def test_portaudio_is_not_started_anew_while_a_stream_hangs(hung: Stream, module: Module) -> None:
    with pytest.raises(UserError, match="hangs"):
        portaudio.restart()
    assert module.starts == 0
    hung.answer.set()
    assert hung.closed.wait(5.0)
    with portaudio.LOCK:
        pass
    portaudio.restart()
    assert module.starts == 1


def test_a_start_that_failed_is_tried_again(module: Module) -> None:
    module.refuses = True
    with pytest.raises(UserError, match="the sound system does not start: Unanticipated host error"):
        portaudio.restart()
    assert not portaudio.sees_devices()
    module.refuses = False
    portaudio.restart()
    assert portaudio.sees_devices() and module.starts == 1
