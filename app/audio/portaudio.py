"""PortAudio, loaded late and quietly: its absence, an empty device list and its chatter are all normal.

`LOCK` is held while streams are opened or closed and while PortAudio starts anew: PortAudio allows only one of those
at a time, and a source that lost its device opens it again from a short-lived thread (`app.audio.errand`). Nobody
holds it while a stream is stopped: with a sound server that died, that may never return.
"""

import atexit
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.audio import chatter
from app.problems import UserError

LOCK = threading.RLock()
_LET_GO_SECONDS = 0.5
_leaving: set[threading.Thread] = set()
"""Threads that are stopping a stream; one that hangs stays."""

_INSTALL = {
    "Linux": "sudo apt install libportaudio2 libasound2-plugins",
    "Darwin": "brew install portaudio",
}


def sounddevice() -> Any:
    """Return the sounddevice module; `UserError` with the command to run when PortAudio is missing."""
    if "sounddevice" in sys.modules:
        return sys.modules["sounddevice"]
    try:
        with quiet():
            import sounddevice as module
    except OSError as error:
        fix = _INSTALL.get(platform.system(), "install PortAudio")
        raise UserError(f"sound devices need the PortAudio library, which is missing: {fix}") from error
    atexit.unregister(module._exit_handler)
    atexit.register(end)
    return module


def end() -> None:
    """End PortAudio with the program, unless it would wait for ever: for a stream that hangs, or a device it opens."""
    if not _leaving and LOCK.acquire(timeout=_LET_GO_SECONDS):
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

    `UserError` while a stream hangs: PortAudio would wait for it for ever.
    """
    module = sounddevice()
    with quiet():
        if _leaving:
            raise UserError("a sound device hangs, so new ones are not seen; restart Clavilux to see them")
        try:
            if module._initialized:
                module._terminate()
            module._initialize()
        except module.PortAudioError as error:
            raise UserError(f"the sound system does not start: {error.args[0]}") from error


def is_active(stream: Any) -> bool:
    """Return whether the sound system still calls back, as far as it admits."""
    module = sounddevice()
    try:
        return bool(stream.active)
    except module.PortAudioError:  # PortAudio began anew meanwhile
        return False


def let_go(stream: Any) -> None:
    """Stop and close a stream. Any thread; after half a second one that hangs is left to a thread of its own."""
    thread = threading.Thread(target=_let_go, args=(stream,), name="sound let go", daemon=True)
    thread.start()
    thread.join(_LET_GO_SECONDS)
    if thread.is_alive():
        chatter.strain()


def _let_go(stream: Any) -> None:
    with LOCK:  # not while PortAudio starts anew
        _leaving.add(threading.current_thread())
    stream.abort()
    with quiet():
        stream.close()
        _leaving.discard(threading.current_thread())


def shared_settings(host: str) -> Any:
    """Return what Windows needs to convert rates in shared mode; None elsewhere."""
    return sounddevice().WasapiSettings(auto_convert=True) if host == "Windows WASAPI" else None


@contextmanager
def quiet() -> Iterator[None]:
    """Hold `LOCK` and send what C code prints on stderr nowhere (ALSA reports every device it does not find)."""
    with LOCK, chatter.muted():
        yield
