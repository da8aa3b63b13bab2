"""Thumbnails: a still picture of each style and each preset, drawn when there is time, kept in the cache folder.

Main thread, GL context current. `step` does one small piece of work and only when the frame has time for it; a picture
that was drawn before is read from disk, and those of what ships come with it (`scripts/draw_thumbnails.py`). A style
or preset that cannot be drawn simply has no picture.
"""

import contextlib
import hashlib
import io
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from app import paths
from app import preset as presets
from app import style as styles
from app.audio.features import Features
from app.clock import Frame
from app.preset import Preset
from app.problems import UserError
from app.render.backend import Backend
from app.render.isf import EffectFile
from app.render.library import Library
from app.render.living import Item, Kind, Living, Scene
from app.render.target import Target
from app.render.thumbnail_painter import LIVELY, MOMENT, Painter
from app.style import Style
from app.tempo.beat import Beat

SIZE_PX = (96, 54)
VERSION = "1"
"""Part of every key: raise it when the same style would be drawn differently."""
KEPT = 2000
"""Files in the cache folder; the oldest make room."""
PIECE_SECONDS = 0.003
PATIENCE_SECONDS = 0.1
"""Where no frame has time left, one piece is done this often all the same, …"""
SHARE = 0.05
"""… or less often, so that all pieces together take no more of the time than this."""
LOOK_AGAIN_SECONDS = 2.0
"""A preset or style that was saved anew gets a new picture within this time."""

_DONE = object()


@dataclass
class _Slot:
    """One picture: its texture once there is one, and the files it was made from."""

    target: Target | None = None
    pixels: NDArray[np.uint8] | None = None
    key: str = ""
    sources: tuple[Path, ...] = ()
    signature: tuple[int, ...] = ()


class Thumbnails:
    """Pictures by name. Asking for one puts it in line."""

    def __init__(
        self,
        ctx: moderngl.Context,
        make_backend: Callable[[], Backend],
        library: Library,
        size_px: tuple[int, int] = SIZE_PX,
    ) -> None:
        self._ctx = ctx
        self._make_backend = make_backend
        self._library = library
        self._size_px = size_px
        self._slots: dict[Item, _Slot] = {}
        self._waiting: dict[Item, None] = {}
        self._work: Iterator[None] | None = None
        self._painter: Painter | None = None
        self._looked_seconds = 0.0
        self._worked_seconds = time.monotonic()
        self._piece_seconds = 0.0
        self._next_look = 0
        self._living = Living(ctx, self._make_painter, self._scene, self._to_move, self._rest)

    def style(self, name: str) -> int:
        """Return the GL texture of a style's picture, 0 while there is none."""
        self._living.see(("style", name))
        return self._texture(("style", name))

    def look(self, name: str) -> int:
        """Return the GL texture of a preset's picture, 0 while there is none."""
        self._living.see(("look", name))
        return self._texture(("look", name))

    def pixels(self, name: str, kind: Kind = "look") -> NDArray[np.uint8] | None:
        """Return a picture as (height, width, 4), top row first, None while there is none. Do not write."""
        self._texture((kind, name))
        return self._slots[kind, name].pixels

    def point(self, kind: Kind, name: str) -> None:
        """In this frame the mouse is over this one: it moves first."""
        self._living.point((kind, name))

    def _texture(self, item: Item) -> int:
        slot = self._slots.get(item)
        if slot is None:
            self._slots[item] = _Slot()
            self._waiting[item] = None
            return 0
        return slot.target.texture.glo if slot.target else 0

    def step(self, budget_seconds: float) -> None:
        """Do one piece of work if the frame has time left for one like the last, or if none was done for long."""
        now = time.monotonic()
        fits = max(self._piece_seconds, PIECE_SECONDS) <= budget_seconds
        if not fits and now - self._worked_seconds < max(PATIENCE_SECONDS, self._piece_seconds / SHARE):
            return
        self._work_on()
        self._worked_seconds = time.monotonic()
        self._piece_seconds = self._worked_seconds - now

    def move(self, budget_seconds: float, features: Features, frame: Frame, beat: Beat) -> None:
        """Let those in view move, if none waits for its still picture and the frame has time left."""
        idle = not self._waiting and self._work is None
        self._living.step(budget_seconds if idle else 0.0, features, frame, beat)

    def _work_on(self) -> None:
        if self._work is None:
            self._work = self._next_work()
        if self._work is not None and next(self._work, _DONE) is _DONE:
            self._work = None

    def _next_work(self) -> Iterator[None] | None:
        if self._waiting:
            item = next(iter(self._waiting))
            del self._waiting[item]
            return self._make(item, self._slots[item])
        now = time.monotonic()
        if self._slots and now - self._looked_seconds > LOOK_AGAIN_SECONDS / len(self._slots):
            self._looked_seconds = now
            self._look_again()
        return None

    def _look_again(self) -> None:
        """Put one picture in line again if a file it was made from has changed."""
        self._next_look = (self._next_look + 1) % len(self._slots)
        item, slot = list(self._slots.items())[self._next_look]
        if slot.sources and _signature(slot.sources) != slot.signature:
            self._waiting[item] = None

    def _make(self, item: Item, slot: _Slot) -> Iterator[None]:
        """Find or draw one picture, in pieces."""
        try:
            preset, slot.sources = self._described(item)
            slot.signature = _signature(slot.sources)
            key = _key(slot.sources, self._size_px)
        except (UserError, OSError):
            return
        if key == slot.key:
            return
        pixels = _read(_cache_file(key), self._size_px)
        if pixels is None:
            pixels = _read(paths.shipped("assets", "thumbnails", f"{key}.npy"), self._size_px)
        if pixels is None:
            with contextlib.suppress(UserError):
                pixels = yield from self._paint(preset)
                _write(_cache_file(key), pixels)
        if pixels is not None:
            self._show(slot, pixels)
            slot.key = key

    def _paint(self, preset: Preset) -> Generator[None, None, NDArray[np.uint8]]:
        style = styles.load(_style_path(preset.style))
        yield
        self._painter = self._painter or self._make_painter()
        yield from self._painter.take(preset, style)
        yield
        picture = yield from self._painter.draw(MOMENT, LIVELY)
        yield
        return picture.read()

    def _make_painter(self) -> Painter:
        return Painter(self._ctx, self._make_backend(), self._library, self._size_px)

    def _scene(self, item: Item) -> Scene | None:
        slot = self._slots.get(item)
        return Scene(slot.key, slot.target) if slot is not None and slot.target is not None else None

    def _rest(self, item: Item) -> None:
        slot = self._slots[item]
        if slot.pixels is not None:
            self._show(slot, slot.pixels)

    def _to_move(self, item: Item) -> tuple[Preset, Style]:
        preset, _ = self._described(item)
        return preset, styles.load(_style_path(preset.style))

    def _show(self, slot: _Slot, pixels: NDArray[np.uint8]) -> None:
        slot.target = slot.target or Target(self._ctx, self._size_px)
        slot.pixels = pixels
        slot.target.texture.write(np.ascontiguousarray(pixels[::-1]).tobytes())

    def _described(self, item: Item) -> tuple[Preset, tuple[Path, ...]]:
        """Return the preset to draw and every file that its picture depends on."""
        kind, name = item
        if kind == "style":
            return Preset(name=name, style=name), (_style_path(name),)
        path = presets.find(name)
        preset = presets.load(path, self._library.params)
        effects = [self._library.find(use.effect) for use in preset.effects]
        shaders = [effect.path for effect in effects if isinstance(effect, EffectFile)]
        return preset, (path, _style_path(preset.style), *shaders)

    def release(self) -> None:
        """Free the textures and what draws them. Safe to call twice."""
        for slot in self._slots.values():
            if slot.target is not None:
                slot.target.release()
        self._slots.clear()
        self._waiting.clear()
        self._work = None
        self._living.release()
        if self._painter is not None:
            self._painter.release()
            self._painter = None
            _prune()


def _style_path(name: str) -> Path:
    """Return a style's file; one that needs torch only if torch is here anyway: importing it takes seconds."""
    files_of_it = (folder / f"{name}{suffix}" for folder in styles.folders() for suffix in styles.SUFFIXES)
    path = next((path for path in files_of_it if path.is_file()), None)
    if path is None or (path.suffix == ".pth" and "torch" not in sys.modules):
        raise UserError(f"no picture of style '{name}'")
    return path


def _signature(sources: tuple[Path, ...]) -> tuple[int, ...]:
    """Return what changes when a file does; a missing file counts as 0."""
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in sources)


def _key(sources: tuple[Path, ...], size_px: tuple[int, int]) -> str:
    """Return the name of the picture in the cache: a digest of all it is made from."""
    digest = hashlib.sha256(f"{VERSION} {size_px}".encode())
    for path in sources:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _cache_file(key: str) -> Path:
    return paths.cache("thumbnails") / f"{key}.npy"


def _read(file: Path, size_px: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Return a picture from the cache, None if there is none or it is damaged."""
    try:
        pixels: NDArray[np.uint8] = np.load(io.BytesIO(file.read_bytes()), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.shape == (size_px[1], size_px[0], 4)
    return pixels if fits else None


def _write(file: Path, pixels: NDArray[np.uint8]) -> None:
    """Keep a picture for the next show, without waiting for the disk; a lost one is only drawn again."""
    with contextlib.suppress(OSError):
        np.save(file, pixels, allow_pickle=False)


def _prune() -> None:
    """Let the oldest pictures make room."""
    with contextlib.suppress(OSError):
        known = sorted(paths.cache("thumbnails").glob("*.npy"), key=lambda path: path.stat().st_mtime)
        for old in known[:-KEPT]:
            old.unlink(missing_ok=True)
