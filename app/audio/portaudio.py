"""PortAudio, loaded late and quietly: its absence, an empty device list and its chatter are all normal.

`LOCK` is held while streams are opened or closed and while PortAudio starts anew: PortAudio allows only one of those
at a time, and a source that lost its device opens it again from a short-lived thread (`app.audio.errand`).
"""

import os
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.problems import UserError

LOCK = threading.RLock()

_INSTALL = {
    "Linux": "sudo apt install libportaudio2 libasound2-plugins",
    "Darwin": "brew install portaudio",
}


def sounddevice() -> Any:
    """Return the sounddevice module; `UserError` with the command to run when PortAudio is missing."""
    try:
        with quiet():
            import sounddevice as module
    except OSError as error:
        fix = _INSTALL.get(platform.system(), "install PortAudio")
        raise UserError(f"sound devices need the PortAudio library, which is missing: {fix}") from error
    return module


def restart() -> None:
    """Start PortAudio anew, so that it sees devices that came or went. Ends every open stream."""
    module = sounddevice()
    with quiet():
        module._terminate()
        module._initialize()


def shared_settings(host: str) -> Any:
    """Return what Windows needs to convert rates in shared mode; None elsewhere."""
    return sounddevice().WasapiSettings(auto_convert=True) if host == "Windows WASAPI" else None


@contextmanager
def quiet() -> Iterator[None]:
    """Hold `LOCK` and send what C code prints on stderr nowhere (ALSA reports every device it does not find)."""
    with LOCK:
        try:
            kept = os.dup(2)
        except OSError:  # no stderr at all, as under pythonw
            yield
            return
        if sys.stderr is not None:
            sys.stderr.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
