"""Origins: what a control of the outside world is called, the same in bindings and in routes. Pure.

"midi:<device>:cc|note|pitch|program:<channel 1..16>:<number>", "osc:/path", the latter outside Clavilux's own tree,
or, in bindings only, "key:<chord>" (see `key_names`).
"""

import re

from app.control import key_names

MIDI, OSC, KEY = "midi:", "osc:", "key:"
ROOT = "/clavilux"
"""Where Clavilux's own OSC tree begins."""
LONGEST = 200
SHAPE = "midi:<device>:cc|note|pitch|program:<channel 1..16>:<number> or osc:/path"
_SHAPE = re.compile(r"osc:/\S+|midi:.+:(cc|note|pitch|program):([1-9]|1[0-6]):\d{1,3}")


def is_control(name: str) -> bool:
    """Return whether a name means a control at all."""
    return name.startswith((MIDI, OSC))


def is_proper(name: str) -> bool:
    """Return whether a name has the shape of a control's."""
    return len(name) <= LONGEST and _SHAPE.fullmatch(name) is not None


def is_key(name: str) -> bool:
    """Return whether a name means a key of the keyboard."""
    return name.startswith(KEY)


def trouble(name: str) -> str:
    """Return why nothing can be bound to a name, in one line; "" where it can."""
    if is_key(name):
        return key_names.trouble(name.removeprefix(KEY))
    return "" if is_proper(name) else f"'{name}' is not {SHAPE} or key:<Ctrl+, Shift+, Alt+><key>"


def is_own(name: str) -> bool:
    """Return whether an OSC address is one of Clavilux's own: it does something by itself."""
    return name == f"{OSC}{ROOT}" or name.startswith(f"{OSC}{ROOT}/")


def midi(device: str, kind: str, channel: int, number: int) -> str:
    """Return the name of a MIDI control; channels count from 1."""
    return f"{MIDI}{device}:{kind}:{channel}:{number}"


def device_of(name: str) -> str:
    """Return the name of the MIDI device, "" for OSC and keys."""
    return name[len(MIDI) :].rsplit(":", 3)[0] if name.startswith(MIDI) else ""


def kind_of(name: str) -> str:
    """Return "cc", "note", "pitch" or "program" of a MIDI control, "" for OSC and keys."""
    return name.rsplit(":", 3)[1] if name.startswith(MIDI) else ""


def short(name: str) -> str:
    """Return a control's kind and number, its address or its key: enough where its device is told elsewhere."""
    return readable(name).rpartition("  ")[2].removeprefix(OSC)


def readable(name: str) -> str:
    """Return how a control reads: device, kind and number, the address, or the key."""
    if not name.startswith(MIDI):
        return f"key  {name.removeprefix(KEY)}" if is_key(name) else name
    device, kind, channel, number = name[len(MIDI) :].rsplit(":", 3)
    return f"{device}  {kind} {number}" + (f" ch {channel}" if channel != "1" else "")
