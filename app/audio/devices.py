"""Which sound devices there are: inputs, monitors (what a speaker plays, heard as an input) and outputs.

On Linux the names come from PulseAudio/PipeWire when it runs, since PortAudio shows only "pulse" there; elsewhere and
without a sound server they come from PortAudio, the monitors on Windows from SoundCard (`wasapi`). Zero devices is a
normal answer. Main thread or a sound errand.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.audio import portaudio, wasapi
from app.problems import UserError, nearest

Kind = Literal["input", "monitor", "output"]

PULSE = "PulseAudio"


@dataclass(frozen=True, slots=True)
class Device:
    """One device. `handle` is what opens it: a PulseAudio source or sink, or PortAudio's number as text."""

    name: str
    kind: Kind
    channels: int
    rate_hz: int
    default: bool
    host: str
    handle: str


def list_devices() -> list[Device]:
    """Return every device: inputs, monitors, outputs, the default of each first. Never raises."""
    order = {"input": 0, "monitor": 1, "output": 2}
    return sorted(_unique(_found()), key=lambda device: (order[device.kind], not device.default))


def find_input(name: str, devices: Sequence[Device], *, whole: bool = False) -> Device | None:
    """Return the input or monitor that `name` means: exact, else the only one that contains it; "" is the default.

    None when it is not there; `UserError` names all that match when several do. `whole`: the name is all of it.
    """
    inputs = [device for device in devices if device.kind != "output"]
    if not name:
        return next((device for device in inputs if device.default), inputs[0] if inputs else None)
    for device in inputs:
        if name in (device.name, device.handle):
            return device
    partly = [] if whole else [device for device in inputs if name.lower() in device.name.lower()]
    if len(partly) > 1:
        listed = ", ".join(f"'{device.name}'" for device in partly)
        raise UserError(f"device '{name}' could be any of {listed}; give more of the name")
    return partly[0] if partly else None


def why_absent(name: str, devices: Sequence[Device]) -> str:
    """Return in a few words what there is instead of a device that is not there."""
    inputs = [device.name for device in devices if device.kind != "output"]
    return f"it is not there{nearest(name, inputs) if name else ''}" if inputs else "there is no input; connect one"


def _found() -> list[Device]:
    try:
        return _pulse_devices() or _portaudio_devices() + _loopbacks()
    except (UserError, ConnectionError):
        return []


def _loopbacks() -> list[Device]:
    return [
        Device(
            f"Monitor of {one.name}", "monitor", wasapi.CHANNELS, wasapi.RATE_HZ, one.default, wasapi.HOST, one.handle
        )
        for one in wasapi.speakers()
    ]


def _unique(devices: Iterable[Device]) -> list[Device]:
    """Number devices of the same name, since people choose by name."""
    counts: dict[tuple[bool, str], int] = {}
    named = []
    for device in devices:
        key = (device.kind == "output", device.name)
        counts[key] = counts.get(key, 0) + 1
        named.append(device if counts[key] == 1 else replace(device, name=f"{device.name} ({counts[key]})"))
    return named


def pulse_moved(handle: str, follows_default: bool) -> bool:
    """Return whether this process records from other PulseAudio sources only: the server moves streams silently.

    With `follows_default` also whether its default source is another one.
    """
    with _pulse() as pulse:
        if pulse is None:
            return False
        names = {one.index: one.name for one in pulse.source_list()}
        own = str(os.getpid())
        streams = [one for one in pulse.source_output_list() if one.proplist.get("application.process.id") == own]
        heard = {names[one.source] for one in streams if one.source in names}
        wanted = pulse.server_info().default_source_name if follows_default else handle
        return (bool(heard) and handle not in heard) or (wanted != handle and wanted in names.values())


def _pulse_devices() -> list[Device]:
    """What the sound server has; empty where there is none."""
    with _pulse() as pulse:
        if pulse is None:
            return []
        info = pulse.server_info()
        inputs = [
            _pulse_device(one, "monitor" if one.monitor_of_sink_name else "input", info.default_source_name)
            for one in pulse.source_list()
        ]
        return inputs + [_pulse_device(one, "output", info.default_sink_name) for one in pulse.sink_list()]


@contextmanager
def _pulse() -> Iterator[Any]:
    """A short connection to the sound server; None where there is none. Losing it half-way is an `OSError`."""
    if not sys.platform.startswith("linux"):
        yield None
        return
    try:
        import pulsectl
        from pulsectl._pulsectl import LibPulse
    except (ImportError, OSError):  # the wheel, or libpulse0 itself, is missing
        yield None
        return
    lost = (pulsectl.PulseError, LibPulse.CallError)  # the latter is no PulseError, and not exported
    with pulsectl.Pulse("clavilux", connect=False) as pulse:
        try:
            pulse.connect(autospawn=False)
        except lost:
            yield None
            return
        try:
            yield pulse
        except lost as error:
            raise ConnectionError("the sound server went away") from error


def _pulse_device(one: Any, kind: Kind, default: str) -> Device:
    spec = one.sample_spec
    name = one.description or one.name
    return Device(name, kind, spec.channels, spec.rate, one.name == default, PULSE, one.name)


def _portaudio_devices() -> list[Device]:
    sd = portaudio.sounddevice()
    if not portaudio.LOCK.acquire(timeout=0.2):  # a device is being opened, and that may hang
        return []
    try:
        with portaudio.quiet():
            hosts, entries = sd.query_hostapis(), sd.query_devices()
    except sd.PortAudioError:
        return []
    finally:
        portaudio.LOCK.release()
    names = [host["name"] for host in hosts]
    wanted = "Windows WASAPI" if any(names[e["hostapi"]] == "Windows WASAPI" for e in entries) else ""
    return [
        device
        for entry in entries
        for device in _portaudio_entry(entry, hosts[entry["hostapi"]])
        if wanted in ("", device.host)
    ]


def _portaudio_entry(entry: Any, host: Any) -> Iterable[Device]:
    for direction in ("input", "output"):
        channels = entry[f"max_{direction}_channels"]
        if channels:
            virtual = any(word in entry["name"].lower() for word in ("blackhole", "loopback", "monitor"))
            kind: Kind = "output" if direction == "output" else "monitor" if virtual else "input"
            default = host[f"default_{direction}_device"] == entry["index"]
            rate_hz, handle = int(entry["default_samplerate"]), str(entry["index"])
            yield Device(entry["name"], kind, channels, rate_hz, default, host["name"], handle)
