"""Inputs of an ISF effect: what its header declares, and the scalar `Param`s that sliders and routes see.

Pure, any thread. One entry of INPUTS becomes one `Input`; a colour becomes four `Param`s, a point two, an image none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from app.params import Kind, Param
from app.problems import nearest
from app.render.isf_header import HeaderError

InputType = Literal["float", "bool", "long", "color", "point2D", "event", "image", "audio", "audioFFT"]
TYPES: tuple[str, ...] = get_args(InputType)
TEXTURES = ("image", "audio", "audioFFT")
SUFFIXES: dict[str, tuple[str, ...]] = {
    "float": ("",),
    "bool": ("",),
    "long": ("",),
    "event": ("",),
    "color": (".r", ".g", ".b", ".a"),
    "point2D": (".x", ".y"),
}
MAX_CHOICES = 256
_BIGGEST = 1e9
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_GIVEN = {"TIME", "TIMEDELTA", "RENDERSIZE", "DATE", "FRAMEINDEX", "PASSINDEX", "isf_FragNormCoord", "main"}
_KINDS: dict[str, Kind] = {"bool": "bool", "long": "long", "event": "event"}


@dataclass(frozen=True, slots=True)
class Input:
    """One declared input. `default`, `low`, `high` have one number per component (none for textures).

    `in_pixels`: a point given as 0..1 of the picture that the shader wants in pixels. `samples`: width asked of an
    audio texture, 0 for whatever there is.
    """

    name: str
    type: InputType
    label: str = ""
    default: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    choices: tuple[tuple[str, float], ...] = ()
    in_pixels: bool = False
    samples: int = 0

    @property
    def is_texture(self) -> bool:
        """Whether the shader samples it."""
        return self.type in TEXTURES

    def suffixes(self) -> tuple[str, ...]:
        """The endings of its parameter names, one per component."""
        return SUFFIXES.get(self.type, ())

    def params(self, key: str) -> tuple[Param, ...]:
        """Return its parameters for the place `key` in a chain: "<key>.<input>" plus ".r" or ".x" and the like."""
        name = f"{key}.{self.name}"
        suffixes = self.suffixes()
        group = name if len(suffixes) > 1 else ""
        kind = _KINDS.get(self.type, "float")
        return tuple(
            Param(
                name + suffix,
                default,
                low,
                high,
                "",
                self.label + suffix.upper().replace(".", " "),
                kind,
                self.choices,
                group,
            )
            for suffix, default, low, high in zip(suffixes, self.default, self.low, self.high, strict=True)
        )


def identifier(value: Any, what: str) -> str:
    """Return `value` if it may name a variable of a shader, else raise `HeaderError`."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value) or value.startswith("gl_") or "__" in value:
        raise HeaderError(f"{what} {str(value)[:40]!r} must be a plain GLSL name (letters, digits, _)", str(value)[:40])
    if value in _GIVEN:
        raise HeaderError(f"{what} '{value}' is a name that ISF gives itself; choose another", value)
    return value


def number(value: Any, what: str, near: str = "") -> float:
    """Return a finite number (bool counts) of at most 1e9, else raise `HeaderError`."""
    if not isinstance(value, bool | int | float) or not abs(value) <= _BIGGEST:  # NaN fails the comparison too
        raise HeaderError(f"{what} must be a number, not {str(value)[:40]!r}", near)
    return float(value)


def read_input(entry: Any, index: int) -> Input:
    """Return one entry of INPUTS, checked; `HeaderError` names what is wrong."""
    if not isinstance(entry, dict):
        raise HeaderError(f"INPUTS[{index}] must be an object with NAME and TYPE")
    entry = {str(key).upper(): value for key, value in entry.items()}
    name = identifier(entry.get("NAME"), f"INPUTS[{index}].NAME")
    wanted = str(entry.get("TYPE"))
    types = {known.lower(): known for known in TYPES}
    if wanted.lower() not in types:
        raise HeaderError(f"input '{name}': unknown TYPE '{wanted[:40]}'{nearest(wanted[:40], TYPES)}", name)
    return _READERS[types[wanted.lower()]](_Entry(entry, name, _text(entry.get("LABEL")) or name))


def _text(value: Any) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of INPUTS with upper-case keys."""

    raw: Mapping[str, Any]
    name: str
    label: str

    def number(self, key: str, missing: float) -> float:
        value = self.raw.get(key)
        return missing if value is None else number(value, f"input '{self.name}': {key}", self.name)

    def has(self, *keys: str) -> bool:
        return all(self.raw.get(key) is not None for key in keys)

    def list(self, key: str, count: int, missing: float) -> tuple[float, ...]:
        value = self.raw.get(key)
        if value is None:
            return (missing,) * count
        what = f"input '{self.name}': {key}"
        if not isinstance(value, list) or len(value) != count:
            raise HeaderError(f"{what} must be a list of {count} numbers", self.name)
        return tuple(number(item, what, self.name) for item in value)


def _float(entry: _Entry) -> Input:
    whole = entry.has("MIN", "MAX")
    low = entry.number("MIN", 0.0) if whole else 0.0
    high = entry.number("MAX", 1.0) if whole else 1.0
    low, high = min(low, high), max(low, high)
    if not whole:  # one bound or none: 0..1, widened to hold whatever number is given
        given = [entry.number(key, 0.0) for key in ("MIN", "MAX", "DEFAULT")]
        low, high = min(low, *given), max(high, *given)
    default = min(max(entry.number("DEFAULT", (low + high) / 2), low), high)
    return Input(entry.name, "float", entry.label, (default,), (low,), (high,))


def _bool(entry: _Entry) -> Input:
    default = 1.0 if entry.number("DEFAULT", 1.0) > 0 else 0.0
    return Input(entry.name, "bool", entry.label, (default,), (0.0,), (1.0,))


def _event(entry: _Entry) -> Input:
    return Input(entry.name, "event", entry.label, (0.0,), (0.0,), (1.0,))


def _long(entry: _Entry) -> Input:
    choices = _choices(entry)
    values = [value for _, value in choices]
    default = entry.number("DEFAULT", values[0])
    nearest_value = min(values, key=lambda value: abs(value - default))
    return Input(entry.name, "long", entry.label, (nearest_value,), (min(values),), (max(values),), choices)


def _choices(entry: _Entry) -> tuple[tuple[str, float], ...]:
    values, labels = entry.raw.get("VALUES"), entry.raw.get("LABELS")
    if values is None:
        low, high = sorted((int(entry.number("MIN", 0.0)), int(entry.number("MAX", 1.0))))
        values = list(range(low, min(high, low + MAX_CHOICES - 1) + 1))
    if not isinstance(values, list) or not 0 < len(values) <= MAX_CHOICES:
        raise HeaderError(
            f"input '{entry.name}': VALUES must be a list of 1 to {MAX_CHOICES} whole numbers", entry.name
        )
    numbers = [float(int(number(value, f"input '{entry.name}': VALUES", entry.name))) for value in values]
    if not isinstance(labels, list) or len(labels) != len(numbers):
        labels = [str(int(value)) for value in numbers]
    return tuple((str(label)[:200], value) for label, value in zip(labels, numbers, strict=True))


def _color(entry: _Entry) -> Input:
    if isinstance(default := entry.raw.get("DEFAULT"), list) and len(default) == 3:
        default.append(1.0)
    values = tuple(min(max(value, 0.0), 1.0) for value in entry.list("DEFAULT", 4, 1.0))
    return Input(entry.name, "color", entry.label, values, (0.0,) * 4, (1.0,) * 4)


def _point(entry: _Entry) -> Input:
    """Read a point. Without MIN and MAX, hosts send pixels of the picture: the parameter is then 0..1 of its size."""
    if not entry.has("MIN", "MAX"):
        default = entry.list("DEFAULT", 2, 0.5)
        inside = all(0.0 <= value <= 1.0 for value in default)
        return Input(
            entry.name,
            "point2D",
            entry.label,
            default if inside else (0.5, 0.5),
            (0.0,) * 2,
            (1.0,) * 2,
            in_pixels=True,
        )
    ends = list(zip(entry.list("MIN", 2, 0.0), entry.list("MAX", 2, 1.0), strict=True))
    low, high = tuple(min(pair) for pair in ends), tuple(max(pair) for pair in ends)
    middle = tuple((a + b) / 2 for a, b in ends)
    default = entry.list("DEFAULT", 2, 0.0) if entry.has("DEFAULT") else middle
    held = tuple(min(max(value, a), b) for value, a, b in zip(default, low, high, strict=True))
    return Input(entry.name, "point2D", entry.label, held, low, high)


def _image(entry: _Entry) -> Input:
    return Input(entry.name, "image", entry.label)


def _audio(entry: _Entry) -> Input:
    kind: InputType = "audio" if str(entry.raw["TYPE"]).lower() == "audio" else "audioFFT"
    samples = int(min(max(entry.number("MAX", 0.0), 0.0), 4096.0))
    return Input(entry.name, kind, entry.label, samples=samples)


_READERS = {
    "float": _float,
    "bool": _bool,
    "long": _long,
    "event": _event,
    "color": _color,
    "point2D": _point,
    "image": _image,
    "audio": _audio,
    "audioFFT": _audio,
}
