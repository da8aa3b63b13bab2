"""SoundCard, for what PortAudio's wheels cannot do on Windows: hear what a loudspeaker plays (WASAPI loopback).

SoundCard is imported and asked in a thread of its own that lives as long as the program. On that thread hangs the kind
of COM that any other thread without one of its own then uses; the main thread must have another kind for the window,
so nothing here runs on it. Elsewhere than on Windows there is nothing to hear: sound servers have monitors.
"""

import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from app.problems import UserError

HOST = "WASAPI loopback"
RATE_HZ = 48_000
CHANNELS = 2
"""Windows converts whatever the loudspeaker has to this rate and to stereo."""
PATIENCE_SECONDS = 2.0
_BUFFER_SECONDS = 0.2  # what Windows keeps for us while the interpreter is busy
BROKEN = (RuntimeError, AssertionError, OSError, ImportError)
"""What SoundCard raises, and a call that is waited for too long."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A loudspeaker that can be listened to; `handle` is Windows' name for it."""

    name: str
    handle: str
    default: bool


def available() -> bool:
    """Return whether this system is one where SoundCard is wanted."""
    return sys.platform == "win32"


def speakers() -> list[Speaker]:
    """Return what can be listened to. Never raises, and gives a driver that hangs up after two seconds."""
    try:
        return _asked(_speakers) if available() else []
    except UserError:
        return []


def recorder(handle: str) -> Any:
    """Return SoundCard's recorder: a context whose `record(None)` waits for the next block, (n, 2).

    It raises `BROKEN` when the loudspeaker goes. Not for the main thread. `UserError` when it is not there or refuses.
    """
    return _asked(lambda: _recorder(handle))


def _asked(call: Callable[[], T]) -> T:
    try:
        return _thread().submit(call).result(PATIENCE_SECONDS)
    except TimeoutError as error:
        raise UserError("Windows does not answer") from error
    except BROKEN as error:
        raise UserError(str(error) or type(error).__name__) from error


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "wasapi")


@cache
def _soundcard() -> Any:
    import soundcard

    # It would tell of each gap on stderr: a busy machine must not fill it.
    warnings.filterwarnings("ignore", "data discontinuity in recording")
    return soundcard


def _speakers() -> list[Speaker]:
    card = _soundcard()
    default = _default_handle(card)
    heard = [one for one in card.all_microphones(include_loopback=True) if one.isloopback]
    return [Speaker(one.name, one.id, one.id == default) for one in heard]


def _default_handle(card: Any) -> str:
    try:
        return str(card.default_speaker().id)
    except BROKEN:  # there is none
        return ""


def _recorder(handle: str) -> Any:
    for one in _soundcard().all_microphones(include_loopback=True):
        if one.isloopback and one.id == handle:
            return one.recorder(RATE_HZ, channels=CHANNELS, blocksize=round(_BUFFER_SECONDS * RATE_HZ))
    raise UserError("it is not there")
