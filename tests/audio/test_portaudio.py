"""Streams of a sound server that died must hold nothing up."""

import subprocess
import sys
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
        self.refuses = self.ended = False
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
        self.ended = True


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    found = Module()
    monkeypatch.setattr(portaudio, "sounddevice", lambda: found)
    return found


@pytest.fixture
def hung(module: Module, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    monkeypatch.setattr(portaudio, "_LET_GO_SECONDS", 0.01)
    stream = Stream()
    portaudio.let_go(stream)
    assert stream.asked.wait(30.0)
    yield stream
    stream.answer.set()
    assert stream.closed.wait(30.0)


def test_a_hanging_stream_holds_no_lock(hung: Stream) -> None:
    assert portaudio.LOCK.acquire(timeout=30.0)
    portaudio.LOCK.release()
    assert not hung.closed.is_set()


def test_the_program_can_end_while_a_stream_hangs(hung: Stream, module: Module) -> None:
    assert not hung.closed.is_set()
    portaudio.end()
    assert not module.ended


def test_the_program_can_end_while_a_device_is_being_opened(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portaudio, "_LET_GO_SECONDS", 0.01)
    opening, opened = threading.Event(), threading.Event()

    def open_one() -> None:
        with portaudio.quiet():
            opening.set()
            opened.wait(30.0)

    thread = threading.Thread(target=open_one)
    thread.start()
    assert opening.wait(30.0)
    portaudio.end()
    assert not module.ended
    opened.set()
    thread.join()


def test_portaudio_is_ended_with_the_program_when_all_streams_stopped(module: Module) -> None:
    stream = Stream()
    stream.answer.set()
    portaudio.let_go(stream)
    assert stream.closed.wait(30.0)
    portaudio.end()
    portaudio.LOCK.release()
    assert module.ended


def test_portaudio_of_its_own_accord_waits_for_nobody_at_exit() -> None:
    code = "import app.audio.portaudio as p; m = p.sounddevice(); "
    told = "real = m._exit_handler; m._exit_handler = lambda: (print('ended'), real())"
    run = [sys.executable, "-c", code + told]
    assert subprocess.run(run, capture_output=True, text=True, check=True, timeout=120).stdout == "ended\n"


def test_portaudio_is_not_started_anew_while_a_stream_hangs(hung: Stream, module: Module) -> None:
    with pytest.raises(UserError, match="hangs"):
        portaudio.restart()
    assert module.starts == 0
    hung.answer.set()
    assert hung.closed.wait(30.0)
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
