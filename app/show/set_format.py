"""The format of a set log: records that are whole or not there, frames as rows of exact numbers. Pure, any thread.

"CLAVSET1", then records: kind (1 byte), length, CRC-32 (4 bytes each, little endian), zlib payload. A record cut off
by a crash ends the set. H: JSON, how the set was played. S, E: a style's or an effect's files. F: a second of frames:
a JSON head, then the rows (float64) of one length, each XORed with the row before and stored byte plane by byte plane,
so that what stands still costs nothing; then the sound that effects asked for (float32).
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.audio.features import FEATURES, Features
from app.clock import Frame
from app.modulation.values import Values

MAGIC = b"CLAVSET1"
HEADER, STYLE, EFFECT, FRAMES = b"H", b"S", b"E", b"F"
MOST_RECORD_BYTES = 96 * 2**20
MOST_ROWS, MOST_COLUMNS = 4096, 8192
_RECORD = struct.Struct("<cII")
HEARD = tuple(item.name for item in fields(Features) if item.name not in ("spectrum", "bands"))
"""The features that are kept of every frame; the spectrum only while an effect shows it. What bands moved is in the
parameters."""
_PLAIN = ("index", "seconds", "dt_seconds", "width", "height", "blackout", "frozen", "style_seconds", "turn_degrees")
FIXED = len(_PLAIN) + len(FEATURES)
_LEAVING, _PLAINLY = "<", "@"
"""Before the columns of a look that leaves, and in them before those that are no parameters."""
_BESIDE = ("style_seconds", "turn_degrees", *FEATURES)
FADES = {"style": "fade_seconds", "style_b": "fade_b_seconds"}
"""Of an event that brings a style on a deck, where the seconds of its fade are."""
Rows = NDArray[np.float64]
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame as it was drawn. `region_px`: the part the network filled; `waveform` only where an effect shows it."""

    frame: Frame
    features: Features
    values: Values
    region_px: tuple[int, int]
    blackout: float = 0.0
    """How much of the light the master takes away, 1 = black."""
    frozen: bool = False
    waveform: Samples | None = None


def row(moment: Moment) -> list[float]:
    """Return the numbers of a moment: the plain ones, the nine as the network heard them, features, parameters."""
    frame, values = moment.frame, moment.values
    plain = (frame.index, frame.seconds, frame.dt_seconds, *moment.region_px, moment.blackout, moment.frozen,
             values.style_seconds, values.turn_degrees)  # fmt: skip
    heard = (getattr(moment.features, name) for name in HEARD)
    return [*plain, *values.heard, *heard, *values.params.values(), *_beside(values).values()]


def columns(values: Values) -> tuple[str, ...]:
    """Return the names of the parameters of a row, those of a look that leaves among them."""
    return (*values.params, *_beside(values))


def _beside(values: Values) -> dict[str, float]:
    """Return the columns of the look that leaves; none where none does."""
    old = values.leaving
    if old is None:
        return {}
    plain = zip(_BESIDE, (old.style_seconds, old.turn_degrees, *old.heard), strict=True)
    named = {f"{_LEAVING}{_PLAINLY}{name}": value for name, value in plain}
    return named | {f"{_LEAVING}{name}": value for name, value in old.params.items()}


def _left(named: dict[str, float]) -> Values | None:
    """Take the columns of the look that leaves out of those of a row; None where there are none."""
    own = {name[1:]: named.pop(name) for name in [name for name in named if name.startswith(_LEAVING)]}
    if not own:
        return None
    style_seconds, turn_degrees, *heard = (own.pop(f"{_PLAINLY}{name}", 0.0) for name in _BESIDE)
    return Values(own, tuple(heard), style_seconds, turn_degrees)


def moment(
    numbers: list[float], heard: list[str], params: list[str], spectrum: Samples | None, waveform: Samples | None
) -> Moment:
    """Return the moment of a row; `heard` and `params` name its columns."""
    plain, rest = dict(zip(_PLAIN, numbers, strict=False)), numbers[FIXED:]
    rested = Features()
    known: dict[str, Any] = {
        name: type(getattr(rested, name))(value) for name, value in zip(heard, rest, strict=False) if name in HEARD
    }
    if spectrum is not None:
        known["spectrum"] = spectrum
    named = dict(zip(params, rest[len(heard) :], strict=True))
    leaving = _left(named)
    values = Values(
        named,
        tuple(numbers[len(_PLAIN) : FIXED]),
        plain["style_seconds"],
        plain["turn_degrees"],
        leaving=leaving,
    )
    return Moment(
        Frame(int(plain["index"]), plain["seconds"], plain["dt_seconds"]),
        Features(**known),
        values,
        (int(plain["width"]), int(plain["height"])),
        plain["blackout"],
        bool(plain["frozen"]),
        waveform,
    )


def write_record(file: BinaryIO, kind: bytes, payload: bytes, level: int = 3) -> int:
    """Append one record; return its bytes."""
    packed = zlib.compress(payload, level)
    file.write(_RECORD.pack(kind, len(packed), zlib.crc32(packed)) + packed)
    return _RECORD.size + len(packed)


def read_records(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, payload) of every whole record after the magic; the first broken one ends it."""
    while len(head := file.read(_RECORD.size)) == _RECORD.size:
        kind, length, crc = _RECORD.unpack(head)
        packed = file.read(min(length, MOST_RECORD_BYTES))
        if len(packed) != length or zlib.crc32(packed) != crc:
            return
        inflate = zlib.decompressobj()
        try:
            payload = inflate.decompress(packed, MOST_RECORD_BYTES)
        except zlib.error:
            return
        if inflate.unconsumed_tail:
            return
        yield kind, payload


def pack_frames(head: dict[str, Any], rows: list[list[float]], sound: list[Samples]) -> bytes:
    """Return the payload of a chunk: rows of one length, sounds in order."""
    table = np.array(rows, np.float64)
    bits = table.view(np.uint64)
    bits[1:] ^= bits[:-1].copy()
    text = json.dumps(head | {"rows": table.shape[0], "columns": table.shape[1]}).encode()
    planes = bits.view(np.uint8).reshape(table.shape[0], -1).T.tobytes()
    return b"".join([struct.pack("<I", len(text)), text, planes, *(wave.tobytes() for wave in sound)])


def unpack_frames(payload: bytes) -> tuple[dict[str, Any], Rows, Samples]:
    """Return a chunk's head, its rows (rows, columns) and its sound in one piece; `ValueError` when it is none."""
    (length,) = struct.unpack_from("<I", payload) if len(payload) >= 4 else (len(payload),)
    try:
        head = json.loads(payload[4 : 4 + length])
        count, columns = int(head["rows"]), int(head["columns"])
    except (KeyError, TypeError, RecursionError):
        raise ValueError("not a chunk of frames") from None
    end = 4 + length + count * columns * 8
    if not (0 < count <= MOST_ROWS and FIXED <= columns <= MOST_COLUMNS and end <= len(payload)):
        raise ValueError("a chunk of frames of the wrong size")
    planes = np.frombuffer(payload[4 + length : end], np.uint8).reshape(columns * 8, count)
    bits = np.bitwise_xor.accumulate(np.ascontiguousarray(planes.T).view(np.uint64), axis=0)
    rest = payload[end:]
    return head, bits.view(np.float64), np.frombuffer(rest[: len(rest) // 4 * 4], np.float32)
