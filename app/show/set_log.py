"""The set log: what was heard, asked for and shown, frame by frame, appended while playing. Main thread.

Small (30 to 40 MB an hour at 60 fps), bounded, and whole up to the last second whatever happens. Written by a thread
of its own (`SetWriter`): a disk that is full, gone or hangs ends the log with a message, never the show.
"""

import hashlib
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app import style as styles
from app.problems import Problems
from app.render.crossfade import Change
from app.render.handover import Handed
from app.render.isf import EffectFile
from app.show import set_format
from app.show.set_format import Moment, Samples
from app.show.set_writer import MOST_BYTES, SetWriter

SUFFIX = ".clavset"
CHUNK_SECONDS = 1.0
KEPT_BYTES = 4 << 30
Changes = tuple[Change | None, Change | None, Handed | None]
"""The newest change of deck A's style, of deck B's, and of the look as a whole, as they were shown."""
SHOWS_SOUND = ("audio", "audioFFT")


def make_room(folder: Path) -> None:
    """Remove the oldest sets until all of them leave room for one more."""
    sets = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = MOST_BYTES
    for path in sets:
        total += path.stat().st_size
        if total > KEPT_BYTES:
            path.unlink(missing_ok=True)


class SetLog:
    """One set; `header` says how it is played: size_px, fps, backend, began."""

    def __init__(self, path: Path, header: dict[str, Any], problems: Problems) -> None:
        """Begin the file; `OSError` when it cannot be made."""
        self.path = path
        self._problems = problems
        self._writer = SetWriter(path)
        self._ended = False
        self._rows: list[list[float]] = []
        self._events: list[tuple[int, dict[str, Any]]] = []
        self._sound: list[Samples] = []
        self._sounds: list[tuple[int, int, int, int]] = []
        self._flush_seconds = CHUNK_SECONDS
        self._params: tuple[str, ...] = ()
        self._said: dict[str, Any] = {}
        self._changes: Changes = (None, None, None)
        self._styles: set[str] = set()
        self._effects: dict[str, EffectFile] = {}
        self.digest = hashlib.sha256()
        """Of the features of every frame: two sets with equal digests heard the same, bit for bit."""
        self._writer.append(set_format.HEADER, json.dumps(header | {"heard": set_format.HEARD}).encode())

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        return self._writer.bytes

    def add(self, moment: Moment, said: dict[str, Any], changes: Changes, effects: Iterable[EffectFile]) -> None:
        """Note one frame. `said` are texts and numbers that hold until they change (the look, the flash limiter)."""
        if self._ended:
            return
        try:
            self._add(moment, said, changes, list(effects))
            trouble = self._writer.trouble
        except (OSError, ValueError) as error:
            trouble = f"the set is not logged any more: {getattr(error, 'strerror', None) or error}"
        if trouble:
            self._end(trouble)

    def _add(self, moment: Moment, said: dict[str, Any], changes: Changes, effects: list[EffectFile]) -> None:
        event = {key: value for key, value in said.items() if self._said.get(key) != value}
        self._said |= event
        params = set_format.columns(moment.values)
        if params != self._params:
            self._flush()
            self._params = params
        for effect in effects:
            self._keep_effect(effect)
        event |= self._changed(changes)
        if event:
            self._events.append((len(self._rows), event))
        row = set_format.row(moment)
        self._rows.append(row)
        self.digest.update(digested(moment))
        if any(own.type in SHOWS_SOUND for effect in effects for own in effect.inputs):
            self._hear(moment)
        if moment.frame.seconds >= self._flush_seconds or len(self._rows) >= set_format.MOST_ROWS:
            self._flush_seconds = moment.frame.seconds + CHUNK_SECONDS
            self._flush()

    def _changed(self, changes: Changes) -> dict[str, Any]:
        """Return what a frame's changes are noted as; a deck B that went has no style."""
        event: dict[str, Any] = {}
        before, self._changes = self._changes, changes
        for key, old, new in zip(("style", "style_b"), before, changes[:2], strict=False):
            if isinstance(new, Change) and new is not old:
                event[key] = self._keep_style(new.style) if new.style is not None else ""
                event[set_format.FADES[key]] = new.seconds
        handed = changes[2]
        if handed is not None and handed is not before[2]:
            event["handed_seconds"] = handed.seconds
        return event

    def _hear(self, moment: Moment) -> None:
        wave = moment.waveform
        shape = (0, 0) if wave is None else wave.shape
        spectrum = moment.features.spectrum
        self._sounds.append((len(self._rows) - 1, spectrum.size, *shape))
        self._sound += [spectrum, *([] if wave is None else [wave.copy()])]

    def _keep_style(self, style: styles.Style) -> str:
        """Note a style's file when it is shown first; return its key."""
        data = styles.to_bytes(style)
        key = hashlib.sha256(data).hexdigest()[:16]
        if key not in self._styles:
            self._flush()
            self._styles.add(key)
            self._writer.append(set_format.STYLE, f"{key}\n{style.name}\n".encode() + data)
        return key

    def _keep_effect(self, effect: EffectFile) -> None:
        """Note an effect's files when it is used first and when they have changed."""
        if self._effects.get(effect.name) is effect:
            return
        self._flush()
        self._effects[effect.name] = effect
        vertex = effect.path.with_suffix(".vs")
        found = [path for path in (effect.path, vertex) if path.is_file()]
        files = {path.name: path.read_text("utf-8", "replace") for path in found}  # as it was drawn (`isf`)
        self._writer.append(set_format.EFFECT, json.dumps(files).encode())

    def _flush(self) -> None:
        if self._rows:
            head = {"params": self._params, "events": self._events, "sounds": self._sounds}
            self._writer.append(set_format.FRAMES, set_format.pack_frames(head, self._rows, self._sound))
        self._rows, self._events, self._sound, self._sounds = [], [], [], []

    def _end(self, why: str) -> None:
        self._ended = True
        self._problems.report(why)

    def close(self) -> None:
        """Write what is left. Safe to call twice."""
        with self._problems.guard("set log"):
            self._flush()
        self._writer.close()
        if self._writer.trouble and not self._ended:
            self._end(self._writer.trouble)


def digested(moment: Moment) -> bytes:
    """Return what the digest is made of: every number that was heard, exactly."""
    numbers = [float(getattr(moment.features, name)) for name in set_format.HEARD]
    return struct.pack(f"<{len(numbers)}d", *numbers)
