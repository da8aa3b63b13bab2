"""Streams of a sound server that died must hold nothing up, and none that is forgotten may harm another."""

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import sounddevice

from app.audio import portaudio
from app.problems import UserError


class Native:
    """A stream of rtmixer's whose server is gone: stopping it waits for `answer`."""

    active, time = True, 1.0

    def __init__(self) -> None:
        self.answer = threading.Event()
        self.asked = threading.Event()
        self.closed = threading.Event()
        self.starts = self.ends = True

    def start(self) -> None:
        if not self.starts:
            raise sounddevice.PortAudioError("Device unavailable", -9985)

    def abort(self) -> None:
        self.asked.set()
        self.answer.wait()

    def close(self, ignore_errors: bool) -> None:
        self.closed.set()
        if not self.ends:
            raise sounddevice.PortAudioError("Unanticipated host error", -9999)


def opened(*, hangs: bool = False) -> tuple[portaudio.Stream, Native]:
    native = Native()
    if not hangs:
        native.answer.set()
    with portaudio.LOCK:
        return portaudio.Stream(native), native


class Module:
    """Counts how often PortAudio was started anew."""

    PortAudioError = sounddevice.PortAudioError

    def __init__(self) -> None:
        self.starts = 0
        self.refuses = self.ended = self.jack = False
        self._initialized = 1
        self.hidden: list[bool] = []

    def query_devices(self) -> list[str]:
        if not self._initialized:
            raise self.PortAudioError("PortAudio not initialized", -10000)
        return ["default"]

    def query_hostapis(self) -> list[dict[str, str]]:
        if not self._initialized:
            raise self.PortAudioError("PortAudio not initialized", -10000)
        return [{"name": "ALSA"}, *([{"name": "JACK Audio Connection Kit"}] if self.jack else [])]

    def _terminate(self) -> None:
        if not self._initialized:
            raise self.PortAudioError("PortAudio not initialized", -10000)
        self._initialized -= 1

    def _initialize(self) -> None:
        if self.refuses:
            raise self.PortAudioError("Unanticipated host error", -9999)
        self._initialized += 1
        self.starts += 1
        self.hidden.append("PIPEWIRE_NOJACK" in os.environ and "JACK_DEFAULT_SERVER" in os.environ)

    def _exit_handler(self) -> None:
        self.ended = True


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    found = Module()
    monkeypatch.setattr(portaudio, "sounddevice", lambda: found)
    monkeypatch.setattr(portaudio, "_open", set())
    return found


@pytest.fixture
def hung(module: Module, monkeypatch: pytest.MonkeyPatch) -> Iterator[Native]:
    monkeypatch.setattr(portaudio, "_LET_GO_SECONDS", 0.01)
    stream, native = opened(hangs=True)
    stream.close()
    assert native.asked.wait(30.0)
    yield native
    native.answer.set()
    assert native.closed.wait(30.0)


def test_a_hanging_stream_holds_no_lock(hung: Native) -> None:
    assert portaudio.LOCK.acquire(timeout=30.0)
    portaudio.LOCK.release()
    assert not hung.closed.is_set()


def test_the_program_can_end_while_a_stream_hangs(hung: Native, module: Module) -> None:
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
    stream, native = opened()
    stream.close()
    assert native.closed.wait(30.0)
    portaudio.end()
    portaudio.LOCK.release()
    assert module.ended


def test_portaudio_of_its_own_accord_waits_for_nobody_at_exit() -> None:
    code = "import app.audio.portaudio as p; m = p.sounddevice(); "
    told = "real = m._exit_handler; m._exit_handler = lambda: (print('ended'), real())"
    run = [sys.executable, "-c", code + told]
    assert subprocess.run(run, capture_output=True, text=True, check=True, timeout=120).stdout == "ended\n"


def test_portaudio_is_not_started_anew_while_a_stream_hangs(hung: Native, module: Module) -> None:
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


def test_what_is_called_back_keeps_its_memory_until_it_is_ended(module: Module) -> None:
    """Only the stream holds the memory that its callback in C goes on with."""
    stream, native = opened()
    kept = weakref.ref(native)
    ended, refused = weakref.ref(stream), opened()[0]
    refused.native.ends = False
    refused_native = weakref.ref(refused.native)
    del stream, native
    gc.collect()
    assert kept() is not None
    dropped = ended()
    assert dropped is not None
    dropped.close()
    refused.close()
    with portaudio.LOCK:  # the threads that closed them are done
        del dropped, refused
    gc.collect()
    assert kept() is None
    assert refused_native() is not None, "PortAudio did not end it, so it may still be called back"


def test_a_stream_from_before_portaudio_began_anew_is_not_touched(module: Module) -> None:
    """PortAudio gave its address to the next stream, which would be asked and ended in its place."""
    stream, native = opened()
    assert (stream.active, stream.now_seconds) == (True, 1.0)
    portaudio.restart()
    assert (stream.active, stream.now_seconds) == (False, None)
    stream.close()
    assert not native.asked.is_set() and not native.closed.is_set()


def test_a_stream_is_ended_once_and_one_that_does_not_start_at_once(module: Module) -> None:
    stream, native = opened()
    stream.close()
    native.asked.clear()
    stream.close()
    assert not native.asked.is_set()
    silent, never = opened()
    never.starts = False
    with pytest.raises(sounddevice.PortAudioError, match="unavailable"):
        silent.start()
    assert never.closed.is_set() and not silent.active


def test_a_client_of_jack_is_never_ended(module: Module) -> None:
    """Where JACK's server has died, Pa_Terminate fails an assertion and takes the program with it."""
    module.jack = True
    with pytest.raises(UserError, match=r"^JACK is in use, so new sound devices are not seen; restart Clavilux"):
        portaudio.restart()
    portaudio.end()
    portaudio.LOCK.release()
    assert (module.starts, module.ended) == (0, False)


@pytest.mark.parametrize("pulse", [True, False])
def test_where_pulseaudio_is_jack_is_hidden_from_portaudio(
    module: Module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pulse: bool
) -> None:
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "mine")
    if pulse:
        (tmp_path / "pulse").mkdir()
        (tmp_path / "pulse" / "native").touch()
    portaudio.restart()
    assert module.hidden == [pulse]
    assert os.environ["JACK_DEFAULT_SERVER"] == "mine"
    assert "PIPEWIRE_NOJACK" not in os.environ


FORGOTTEN = """
import gc, sys
from pathlib import Path
from app.audio import portaudio

module = portaudio.sounddevice()
module.__dict__.clear()  # as Python does at its end
del module, sys.modules["sounddevice"], sys.modules["_sounddevice"]
gc.collect()
print("libportaudio" in Path("/proc/self/maps").read_text(), flush=True)
import os
os._exit(0)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_portaudio_is_never_unloaded_from_under_its_threads() -> None:
    """Those of JACK and of streams that hang: the program ended in a segmentation fault wherever a JACK server ran."""
    run = [sys.executable, "-c", FORGOTTEN]
    assert subprocess.run(run, capture_output=True, text=True, check=True, timeout=120).stdout == "True\n"
