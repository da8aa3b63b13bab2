"""PortAudio, loaded late and quietly: its absence, an empty device list and its chatter are all normal.

`LOCK` is held while streams are opened or closed and while PortAudio starts anew: PortAudio allows only one of those
at a time, and a source that lost its device opens it again from a short-lived thread (`app.audio.errand`). Nobody
holds it while a stream is stopped: with a sound server that died, that may never return. What is open is owned here.
"""

import atexit
import ctypes
import os
import platform
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from app.audio import chatter
from app.problems import UserError

T = TypeVar("T")
LOCK = threading.RLock()
_LET_GO_SECONDS = 0.5
_open: set["Stream"] = set()
"""Streams that PortAudio may still call back: whoever else forgets one, the memory its callback works on stays."""

_leaving: set["Stream"] = set()
"""Those of them that are being stopped; one that hangs stays."""

_INSTALL = {
    "Linux": "sudo apt install libportaudio2 libasound2-plugins",
    "Darwin": "brew install portaudio",
}


def sounddevice() -> Any:
    """Return the sounddevice module; `UserError` with the command to run when PortAudio is missing."""
    if "sounddevice" in sys.modules:
        return sys.modules["sounddevice"]
    try:
        with quiet(), _without_jack():
            import sounddevice as module
    except OSError as error:
        fix = _INSTALL.get(platform.system(), "install PortAudio")
        raise UserError(f"sound devices need the PortAudio library, which is missing: {fix}") from error
    atexit.unregister(module._exit_handler)
    atexit.register(end)
    # Never unloaded, as Python's end would: threads of JACK and of hung streams are at work in it until the last.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(module._lib))
    return module


def end() -> None:
    """End PortAudio with the program, unless it would wait for ever: for a stream that hangs, or a device it opens."""
    if not _leaving and LOCK.acquire(timeout=_LET_GO_SECONDS) and not _holds_jack():
        sounddevice()._exit_handler()


def sees_devices() -> bool:
    """Return whether PortAudio knows any device at all."""
    module = sounddevice()
    with LOCK:  # not between an end and the beginning anew
        try:
            return len(module.query_devices()) > 0
        except module.PortAudioError:  # it did not begin anew the last time
            return False


def restart() -> None:
    """Start PortAudio anew, so that it sees devices that came or went. Ends every open stream.

    `UserError` while a stream hangs: PortAudio would wait for it for ever. And with JACK (see `_holds_jack`).
    """
    module = sounddevice()
    with quiet(), _without_jack():
        if _leaving:
            raise UserError("a sound device hangs, so new ones are not seen; restart Clavilux to see them")
        if _holds_jack():
            raise UserError("JACK is in use, so new sound devices are not seen; restart Clavilux to see them")
        try:
            for stream in _open:
                stream.over()
            if module._initialized:
                module._terminate()
            _open.clear()
            module._initialize()
        except module.PortAudioError as error:
            raise UserError(f"the sound system does not start: {error.args[0]}") from error


def _holds_jack() -> bool:
    """Return whether PortAudio is a client of JACK: where that server died, PortAudio's end aborts the program."""
    module = sounddevice()
    try:
        return any("JACK" in host["name"] for host in module.query_hostapis())
    except module.PortAudioError:  # it is not begun
        return False


@contextmanager
def _without_jack() -> Iterator[None]:
    """Have PortAudio begin without JACK where PulseAudio or PipeWire brings the devices; PipeWire is JACK, too.

    No server has the name, and PipeWire's own libjack is told by its variable.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    pulse = "PULSE_SERVER" in os.environ or (bool(runtime) and Path(runtime, "pulse", "native").exists())
    hidden = {"JACK_DEFAULT_SERVER": "hidden from PortAudio", "PIPEWIRE_NOJACK": "1"}
    with environment(hidden if pulse else {}):
        yield


@contextmanager
def environment(said: Mapping[str, str]) -> Iterator[None]:
    """Tell C code something by environment variables, while `LOCK` is held."""
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value


class Stream:
    """A stream of rtmixer's, and all that its callback reads and writes, until PortAudio has ended it.

    PortAudio may give the address of a stream that it ended to the next one, so nobody else asks or ends `native`.
    """

    def __init__(self, native: Any) -> None:
        """Own `native` (a Mixer or Recorder), which is open; `LOCK` has been held since before it was."""
        self.native = native
        """For its actions: the queues of those are ours, not PortAudio's."""
        self._gate = threading.Lock()
        self._over = False
        _open.add(self)

    @property
    def active(self) -> bool:
        """Whether the sound system still calls back, as far as it admits."""
        return bool(self._ask(lambda: self.native.active))

    @property
    def now_seconds(self) -> float | None:
        """The time on the stream's own clock; None when it is gone."""
        return self._ask(lambda: float(self.native.time))

    def start(self) -> None:
        """Have it called back; one that does not start is closed. PortAudio's own error, while `LOCK` is held."""
        try:
            self.native.start()
        except sounddevice().PortAudioError:
            self.over()
            self._end()
            raise

    def close(self) -> None:
        """Stop and end it, once. Any thread; after half a second one that hangs is left to a thread of its own."""
        thread = threading.Thread(target=self._let_go, name="sound let go", daemon=True)
        thread.start()
        thread.join(_LET_GO_SECONDS)
        if thread.is_alive():
            chatter.strain()

    def over(self) -> bool:
        """Have nobody ask PortAudio about it any more; return whether it was over before."""
        with self._gate:
            before, self._over = self._over, True
        return before

    def _ask(self, question: Callable[[], T]) -> T | None:
        with self._gate:
            try:
                return None if self._over else question()
            except sounddevice().PortAudioError:  # the device went away
                return None

    def _let_go(self) -> None:
        with LOCK:  # not while PortAudio starts anew
            if self.over():
                return
            _leaving.add(self)
        self.native.abort()
        with quiet():
            self._end()
            _leaving.discard(self)

    def _end(self) -> None:
        with suppress(sounddevice().PortAudioError):  # what it refuses to end may call back for ever
            self.native.close(ignore_errors=False)
            _open.discard(self)


def shared_settings(host: str) -> Any:
    """Return what Windows needs to convert rates in shared mode; None elsewhere."""
    return sounddevice().WasapiSettings(auto_convert=True) if host == "Windows WASAPI" else None


@contextmanager
def quiet() -> Iterator[None]:
    """Hold `LOCK` and send what C code prints on stderr nowhere (ALSA reports every device it does not find)."""
    with LOCK, chatter.muted():
        yield
