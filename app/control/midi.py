"""MIDI controllers by name: opened as they come, forgotten as they go, read once a frame. Main thread.

Nothing of ours runs in a driver's thread: the library's own C code keeps messages in a queue that is emptied here. Slow
calls (listing, opening) are errands. Names carry no port numbers, so a controller is the same one after a replug.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.audio.errand import Errand
from app.control import origin
from app.control.inbox import Inbox
from app.problems import UserError
from app.tempo import midi_clock

SCAN_SECONDS = 2.0
MOST_MESSAGES = 1024
"""Taken per frame from each controller."""
NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PITCH = 0x80, 0x90, 0xB0, 0xC0, 0xE0


class Port(Protocol):
    """An open controller: its input, and its output where it has one."""

    def poll(self) -> Sequence[int] | None:
        """Return the bytes of the next message, or None."""
        ...

    def send(self, message: Sequence[int]) -> None:
        """Send to the controller's lamps; without an output nothing happens."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class System(Protocol):
    """The computer's MIDI; `UserError` in one line where it has none. Called from errands."""

    def names(self) -> list[str]:
        """Return the controllers that are connected, without duplicates."""
        ...

    def open(self, name: str) -> Port:
        """Open one of them."""
        ...

    def stamp(self) -> int:
        """Return a number that changes when anything was plugged in or out."""
        ...


@dataclass
class Found:
    """What one look at the system brought."""

    names: list[str] = field(default_factory=list)
    opened: dict[str, Port] = field(default_factory=dict)
    stamp: int = 0
    problem: str = ""

    def close(self) -> None:
        """Let go of what was opened; nobody wants it any more."""
        for port in self.opened.values():
            port.close()


class Midi:
    """All controllers, or only those whose name contains one of `wanted`; `problem` is one line on what is missing."""

    def __init__(self, system: System, wanted: Sequence[str] = ()) -> None:
        self._system = system
        self.wanted = tuple(wanted)
        self.problem = ""
        self.received = 0
        self.scanned = False
        """The system was looked at; before that nothing can be said to be missing."""
        self._ports: dict[str, Port] = {}
        self._stamp = 0
        self._inbox: Inbox[str, float] = Inbox()
        self._timing: list[tuple[str, Sequence[int]]] = []
        self._turned: dict[str, list[int]] = {}
        self._errand: Errand[Found] = Errand(Found.close)
        self._next_scan_seconds = 0.0

    @property
    def names(self) -> list[str]:
        """Controllers that are connected and listened to."""
        return list(self._ports)

    @property
    def awaited(self) -> list[str]:
        """What was asked for by name and is not there."""
        return [part for part in self.wanted if not any(_means(part, name) for name in self._ports)]

    def receive(self, now_seconds: float) -> Iterator[tuple[str, float]]:
        """Yield (source, value 0..1) of what was moved since the last frame, at most two per control."""
        self._scan(now_seconds)
        for name, port in self._ports.items():
            self._drain(name, port)
        yield from self._inbox.take()

    def timing(self) -> list[tuple[str, Sequence[int]]]:
        """Return and forget the clock's messages that `receive` found, as (device, bytes), in order."""
        timing, self._timing = self._timing, []
        return timing

    def turned(self) -> dict[str, list[int]]:
        """Return and forget all values 0..127 of each knob that `receive` found: those of an endless one add up."""
        turned, self._turned = self._turned, {}
        return turned

    def send(self, source: str, value: float) -> None:
        """Light the lamp of a pad or button of a controller that is there."""
        device, kind, channel, number = source[5:].rsplit(":", 3)
        port = self._ports.get(device)
        if port is not None and kind in ("note", "cc"):
            status = (NOTE_ON if kind == "note" else CONTROL) | (int(channel) - 1)
            port.send((status, int(number) & 127, round(value * 127)))

    def close(self) -> None:
        """Let go of all controllers. Safe to call twice."""
        self._errand.cancel()
        for port in self._ports.values():
            port.close()
        self._ports.clear()

    def _scan(self, now_seconds: float) -> None:
        found = self._errand.take()
        if found is not None:
            self._accept(found)
        if not self._errand.running and now_seconds >= self._next_scan_seconds:
            self._next_scan_seconds = now_seconds + SCAN_SECONDS
            have, stamp = frozenset(self._ports), self._stamp
            self._errand.start(lambda: look(self._system, self.wanted, have, stamp))

    def _accept(self, found: Found) -> None:
        """Take over what is new and close what is gone."""
        self.problem, self._stamp, self.scanned = found.problem, found.stamp, True
        for name in list(self._ports):
            if name not in found.names or name in found.opened:
                self._ports.pop(name).close()
        self._ports |= found.opened

    def _drain(self, name: str, port: Port) -> None:
        for _ in range(MOST_MESSAGES):
            message = port.poll()
            if message is None:
                return
            self.received += 1
            if midi_clock.is_timing(message):
                self._timing.append((name, message))
                continue
            signal = read(name, message)
            if signal is None:
                continue
            self._inbox.put(*signal)
            status = message[0] & 0xF0
            if status == CONTROL:
                self._turned.setdefault(signal[0], []).append(message[2])
            elif status == PROGRAM:  # nothing tells that it is over
                self._inbox.put(signal[0], 0.0)


def look(system: System, wanted: Sequence[str], have: frozenset[str], stamp: int) -> Found:
    """List the controllers and open those that are new, or all again after something was plugged (errand)."""
    found = Found()
    try:
        found.stamp = system.stamp()
        names = system.names()
    except UserError as error:
        found.problem = str(error)
        return found
    found.names = [name for name in names if not wanted or any(_means(part, name) for part in wanted)]
    for name in found.names:
        if name not in have or stamp != found.stamp:
            try:
                found.opened[name] = system.open(name)
            except UserError as error:
                found.problem = str(error)
    return found


def _means(part: str, name: str) -> bool:
    return part.lower() in name.lower()


def read(device: str, message: Sequence[int]) -> tuple[str, float] | None:
    """Return (source, value 0..1) of a control's message, None for every other (clock, sysex, …)."""
    if not message or not 0x80 <= message[0] < 0xF0:
        return None
    status, channel = message[0] & 0xF0, (message[0] & 0x0F) + 1
    if status == PROGRAM and len(message) == 2:
        return origin.midi(device, "program", channel, message[1] & 127), 1.0
    if len(message) != 3:
        return None
    number, value = message[1] & 127, message[2] & 127
    if status == CONTROL:
        return origin.midi(device, "cc", channel, number), value / 127
    if status == NOTE_ON:
        return origin.midi(device, "note", channel, number), value / 127
    if status == NOTE_OFF:
        return origin.midi(device, "note", channel, number), 0.0
    if status == PITCH:
        return origin.midi(device, "pitch", channel, 0), (value << 7 | number) / 16383
    return None
