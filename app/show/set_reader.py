"""Reading a set log: the moments of a set in order, and what was said and brought along between them. Pure.

A stranger's file: everything is checked for size and kind, and nothing is written by a name that it holds.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.preset import Preset
from app.problems import UserError
from app.show import box, set_format
from app.show.set_format import MAGIC, Moment

_FILE = re.compile(rf"{box.STEM}\.(fs|vs)")


@dataclass(frozen=True, slots=True)
class Header:
    """How a set was played."""

    size_px: tuple[int, int]
    fps: float
    backend: str
    began: datetime
    heard: list[str]


@dataclass(frozen=True, slots=True)
class Cast:
    """A style that came on a deck: its file, b"" where the deck was taken away."""

    style: bytes
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment and what changed just before it. `handed_seconds`: the look as a whole gave way to another."""

    moment: Moment
    look: Preset | None = None
    flash_mode: str = ""
    cast: Cast | None = None
    cast_b: Cast | None = None
    handed_seconds: float | None = None
    waiting: tuple[str, ...] | None = None
    files: dict[str, str] = field(default_factory=dict)


def read_header(path: Path) -> Header:
    """Return the header; `UserError` when this is no set log."""
    with _opened(path) as file:
        for kind, payload in set_format.read_records(file):
            if kind == set_format.HEADER:
                return _header(path, payload)
            break
    raise UserError(f"{path}: a set log without a beginning; it cannot be replayed")


def _opened(path: Path) -> Any:
    try:
        file = path.open("rb")
        if file.read(len(MAGIC)) == MAGIC:
            return file
        file.close()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    raise UserError(f"{path}: not a set log (they end in .clavset and lie in the folder 'sets')")


def _header(path: Path, payload: bytes) -> Header:
    try:
        raw = json.loads(payload)
        width, height = (int(side) for side in raw["size_px"])
        fps = float(raw["fps"])
        began = datetime.fromisoformat(raw["began"])
        heard = [str(name) for name in raw["heard"]]
        if not (1 <= fps <= 480 and 1 <= width <= 16384 and 1 <= height <= 16384 and len(heard) <= 256):
            raise ValueError("numbers out of range")
        return Header((width, height), fps, str(raw["backend"]), began, heard)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise UserError(f"{path}: damaged header: {error}") from None


def scenes(path: Path) -> Iterator[Scene]:
    """Yield every moment of a set; `UserError` names the second at which it makes no sense any more."""
    header = read_header(path)
    brought: dict[str, tuple[str, bytes]] = {}
    files: dict[str, str] = {}
    seconds = 0.0
    with _opened(path) as file:
        for kind, payload in set_format.read_records(file):
            try:
                if kind == set_format.STYLE:
                    key, name, data = payload.split(b"\n", 2)
                    brought[key.decode()] = (name.decode()[:100], data)
                elif kind == set_format.EFFECT:
                    files |= _files(payload)
                elif kind == set_format.FRAMES:
                    for scene in _chunk(payload, header, brought, files):
                        files, seconds = {}, scene.moment.frame.seconds
                        yield scene
            except (ValueError, KeyError, TypeError, IndexError, RecursionError, OverflowError) as error:
                what = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise UserError(f"{path}: damaged after {seconds:.1f} s: {what}") from None


def _files(payload: bytes) -> dict[str, str]:
    files = {str(name): str(text) for name, text in json.loads(payload).items()}
    for name in files:
        if not _FILE.fullmatch(name):
            raise ValueError(f"'{name[:80]}' is no effect's file")
        files[name].encode("utf-8")  # half of a character ("\ud83d") could not be written down
    return files


def _chunk(
    payload: bytes, header: Header, brought: dict[str, tuple[str, bytes]], files: dict[str, str]
) -> Iterator[Scene]:
    head, rows, sound = set_format.unpack_frames(payload)
    params = [str(name) for name in head["params"]]
    events = {int(at): dict(event) for at, event in head["events"]}
    sounds = {int(at): (int(size), int(frames), int(channels)) for at, size, frames, channels in head["sounds"]}
    place = 0
    for index, numbers in enumerate(rows.tolist()):
        spectrum = waveform = None
        if index in sounds:
            size, frames, channels = sounds[index]
            spectrum = sound[place : place + size]
            waveform = sound[place + size : place + size + frames * channels].reshape(frames, channels)
            place += size + frames * channels
            waveform = waveform if frames else None
        moment = set_format.moment(numbers, header.heard, params, spectrum, waveform)
        yield _scene(moment, events.get(index, {}), brought, files if index == 0 else {})


def _scene(
    moment: Moment, event: dict[str, Any], brought: dict[str, tuple[str, bytes]], files: dict[str, str]
) -> Scene:
    return Scene(
        moment,
        Preset.model_validate_json(event["look"]) if "look" in event else None,
        str(event.get("flash_mode", "")),
        _cast(event, "style", brought),
        _cast(event, "style_b", brought),
        _seconds(event["handed_seconds"]) if "handed_seconds" in event else None,
        tuple(str(event["waiting"]).splitlines()) if "waiting" in event else None,
        files,
    )


def _cast(event: dict[str, Any], key: str, brought: dict[str, tuple[str, bytes]]) -> Cast | None:
    if key not in event:
        return None
    name, style = brought[event[key]] if event[key] else ("", b"")
    return Cast(style, name, _seconds(event.get(set_format.FADES[key], 0.0)))


def _seconds(value: Any) -> float:
    return min(max(float(value), 0.0), 60.0)
