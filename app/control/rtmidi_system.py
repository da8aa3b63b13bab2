"""The computer's MIDI by way of python-rtmidi, an extra: without it, or without a MIDI system, one line says so.

Called from errands (listing, opening) and the main thread (reading); imports rtmidi only when called.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.problems import UserError

QUEUE_MESSAGES = 4096
CLIENT = "Clavilux"
_NUMBERS = re.compile(r"\s+\d+:\d+$" if sys.platform == "linux" else r"\s+\d+$" if sys.platform == "win32" else r"(?!)")
"""What the system appends to a name and changes at a replug: ALSA's client:port, Windows' index."""


class RtMidiPort:
    """An open controller."""

    def __init__(self, entry: Any, lamps: Any) -> None:
        self._in, self._out = entry, lamps

    def poll(self) -> Sequence[int] | None:
        """Return the bytes of the next message, or None."""
        message = self._in.get_message()
        return message[0] if message else None

    def send(self, message: Sequence[int]) -> None:
        """Send to the controller's lamps; one that just went away is noticed by the next scan."""
        if self._out is not None:
            import rtmidi

            try:
                self._out.send_message(message)
            except (rtmidi.RtMidiError, ValueError):
                self._out = None

    def close(self) -> None:
        """Let go of it."""
        for end in (self._in, self._out):
            if end is not None:
                end.close_port()
                end.delete()


class RtMidi:
    """The system's MIDI; `api` is one of rtmidi's, 0 = the usual one."""

    def __init__(self, api: int = 0) -> None:
        self._api = api

    def names(self) -> list[str]:
        """Return the controllers that are connected; two of the same name become "name" and "name #2"."""
        probe = self._make("MidiIn")
        try:
            return [name for name in tidy(probe.get_ports()) if not name.startswith(f"{CLIENT}:")]
        finally:
            probe.delete()

    def open(self, name: str) -> RtMidiPort:
        """Open a controller and, where it has one, its output; `UserError` when another program holds it."""
        entry = self._open("MidiIn", name)
        if entry is None:
            raise UserError(f"MIDI: '{name}' cannot be opened; another program may hold it")
        entry.ignore_types(sysex=True, timing=False, active_sense=True)
        return RtMidiPort(entry, None if "through" in name.lower() else self._open("MidiOut", name))

    def stamp(self) -> int:
        """Return a number that changes when anything was plugged in or out (Linux; elsewhere names must do)."""
        folder = Path("/dev/snd")
        return folder.stat().st_mtime_ns if folder.is_dir() else 0

    def _open(self, kind: str, name: str) -> Any:
        import rtmidi

        end = self._make(kind)
        try:
            end.open_port(tidy(end.get_ports()).index(name), "controller")
        except (rtmidi.RtMidiError, ValueError):
            end.delete()
            return None
        return end

    def _make(self, kind: str) -> Any:
        if sys.platform == "linux" and not self._api and not Path("/dev/snd/seq").exists():
            # asking would work, but ALSA writes to stderr each time
            raise UserError("no MIDI: this system has no /dev/snd/seq (load the kernel's snd-seq)")
        try:
            import rtmidi
        except ImportError:
            raise UserError("no MIDI: pip install 'clavilux[control]' brings it") from None
        options = {"queue_size_limit": QUEUE_MESSAGES} if kind == "MidiIn" else {}
        usual = rtmidi.API_LINUX_ALSA if sys.platform == "linux" else rtmidi.API_UNSPECIFIED  # else it tries JACK too
        try:
            return getattr(rtmidi, kind)(self._api or usual, CLIENT, **options)
        except rtmidi.RtMidiError as error:
            raise UserError(f"no MIDI: {error}") from None


def tidy(ports: Sequence[str]) -> list[str]:
    """Return names that stay the same over a replug, each once, in the system's order."""
    names: list[str] = []
    for port in ports:
        name = _NUMBERS.sub("", port).strip() or "MIDI"
        twins = sum(known == name or known.startswith(f"{name} #") for known in names)
        names.append(f"{name} #{twins + 1}" if twins else name)
    return names
