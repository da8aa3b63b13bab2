"""Reads sound out of any file FFmpeg knows (wav, flac, mp3, ogg, opus, m4a, the sound of a video) into memory.

Called once per file before it plays, by an errand or at the start. Only local files are opened, whatever a playlist
inside says; the size in memory is capped. A damaged file gives what can be read and says so; everything worse is a
`UserError`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.audio import errand
from app.audio.ring import Samples, finite
from app.problems import UserError

MAX_BYTES = 3 << 30
"""Most memory one file may take: 2 h 20 min of 48 kHz stereo."""

_SLOWEST_HZ, _FASTEST_HZ = 1000, 4_000_000
"""Sample rates: below there is hardly a sound, far above nothing but a damaged header, which asks for any memory."""

_SHORTEST_SECONDS = 0.01
"""A track shorter than what is listened to at a time has nothing to hear, and would begin anew for ever in a loop."""

_MISSING_SECONDS = 0.12
"""A file that ends this much before its own header says counts as truncated (encoders pad by less)."""

_OGG_PAGE_BYTES = 65_307
"""The largest page of an Ogg file."""

_BAD_PACKETS = 64
"""Damaged packets in a row after which the rest is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A whole file: `samples` (frames, channels) float32, finite; `truncated` says what is missing, else ""."""

    samples: Samples
    rate_hz: int
    truncated: str = ""

    @property
    def seconds(self) -> float:
        """Length of what could be read."""
        return len(self.samples) / self.rate_hz


class _Store:
    """Samples as they come in, in one growing array (memory that is never touched is never taken)."""

    def __init__(self, path: Path, frames_expected: int, channels: int) -> None:
        self._path = path
        self._most = MAX_BYTES // (4 * channels)
        self._array: Samples = np.empty((min(max(frames_expected, 1 << 16), self._most), channels), np.float32)
        self._frames = 0

    def add(self, chunk: Samples) -> None:
        """Append (n, channels) frames; what is not `finite` becomes silence."""
        end = self._frames + chunk.shape[0]
        if end > self._most:
            raise UserError(f"{self._path}: too long to hold in memory ({MAX_BYTES >> 30} GiB); cut it into parts")
        if end > self._array.shape[0]:
            bigger: Samples = np.empty((min(2 * end, self._most), self._array.shape[1]), np.float32)
            bigger[: self._frames] = self._array[: self._frames]
            self._array = bigger
        self._array[self._frames : end], _ = finite(chunk)
        self._frames = end

    @property
    def samples(self) -> Samples:
        """What has come so far."""
        return self._array[: self._frames]


class _ToFloat:
    """Converts decoder frames of any sample format to float32 of the first frame's rate and channels."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rate_hz = 0
        self.channels = 0
        self._layout: Any = None
        self._input: tuple[object, ...] = ()
        self._resampler: Any = None

    def __call__(self, frame: Any) -> Iterator[Samples]:
        import av

        if not self.rate_hz:
            if not _SLOWEST_HZ <= frame.sample_rate <= _FASTEST_HZ:
                raise UserError(f"{self._path}: {frame.sample_rate} samples a second; not a sound file, or damaged")
            self.rate_hz, self.channels, self._layout = frame.sample_rate, frame.layout.nb_channels, frame.layout
        form = (frame.sample_rate, frame.layout.name, frame.format.name)
        if form != self._input:  # chained files may change format half-way
            yield from self.rest()
            self._resampler = av.AudioResampler(format="flt", layout=self._layout, rate=self.rate_hz)
            self._input = form
        frame.pts = None
        yield from self._arrays(frame)

    def rest(self) -> Iterator[Samples]:
        """What the converter still holds."""
        if self._resampler is not None:
            yield from self._arrays(None)
            self._resampler = None
            self._input = ()

    def _arrays(self, frame: Any) -> Iterator[Samples]:
        for converted in self._resampler.resample(frame):
            yield np.array(converted.to_ndarray(), np.float32).reshape(-1, self.channels)


def decode(path: Path, rate_hz: int | None = None) -> Decoded:
    """Return the whole file as float32, resampled to `rate_hz` if given (soxr HQ).

    `UserError` for a missing or empty file, a folder, a file without sound, next to nothing of it, or too much of it,
    and for sample rates that no sound has.
    """
    _check(path)
    decoded = _read(path)
    if decoded.seconds < _SHORTEST_SECONDS:
        raise UserError(f"{path}: {decoded.truncated or f'holds {decoded.seconds:.1g} seconds of sound'}")
    return resampled(decoded, rate_hz) if rate_hz else decoded


def resampled(decoded: Decoded, rate_hz: int) -> Decoded:
    """Return the same sound at `rate_hz` (soxr HQ: pass band to 0.91 of Nyquist, -120 dB)."""
    if rate_hz == decoded.rate_hz:
        return decoded
    import soxr

    samples = np.asarray(soxr.resample(decoded.samples, decoded.rate_hz, rate_hz, quality="HQ"), np.float32)
    return Decoded(samples.reshape(-1, decoded.samples.shape[1]), rate_hz, decoded.truncated)


def _check(path: Path) -> None:
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a sound file in it")
    if not path.exists():
        raise UserError(f"{path}: no such file")
    if not path.is_file():
        raise UserError(f"{path}: is not a regular file")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if empty:
        raise UserError(f"{path}: is empty (0 bytes)")


def _read(path: Path) -> Decoded:
    import av

    try:
        with av.open(f"file:{path.absolute()}", options={"protocol_whitelist": "file"}) as container:
            if not container.streams.audio:
                other = "a picture or video without sound" if container.streams.video else "no sound in it"
                raise UserError(f"{path}: {other}; give a sound file or a video with a sound track")
            return _decode_stream(path, container, container.streams.audio[0])
    except (av.FFmpegError, ValueError) as error:
        raise UserError(f"{path}: not a sound file, or too damaged to play ({_reason(error)})") from error


def _decode_stream(path: Path, container: Any, stream: Any) -> Decoded:
    expected_seconds = _header_seconds(container, stream)
    to_float = _ToFloat(path)
    store: _Store | None = None
    damage = _Damage()
    for frame in _frames(container, stream, damage):
        if not errand.wanted():
            raise UserError(f"{path}: another sound was chosen meanwhile")
        for chunk in to_float(frame):
            if store is None:
                store = _Store(path, int((expected_seconds + 1) * to_float.rate_hz), to_float.channels)
            store.add(chunk)
    if store is None:
        return Decoded(np.zeros((0, 1), np.float32), 1, "too damaged to play" if damage.packets else "")
    for chunk in to_float.rest():
        store.add(chunk)
    heard_seconds = len(store.samples) / to_float.rate_hz
    damage.cut_short = _cut_short(path)
    return Decoded(store.samples, to_float.rate_hz, damage.words(heard_seconds, expected_seconds))


@dataclass
class _Damage:
    """What went wrong while reading."""

    packets: int = 0
    reason: str = ""
    cut_short: bool = False

    def words(self, heard_seconds: float, expected_seconds: float) -> str:
        """One line for a person, or "" for a whole file."""
        if expected_seconds - heard_seconds > _MISSING_SECONDS:
            return f"truncated: plays {heard_seconds:.1f} s of {expected_seconds:.1f} s"
        if self.cut_short:
            return f"truncated: the file ends early, plays {heard_seconds:.1f} s"
        if self.packets:
            return f"damaged: {self.packets} pieces could not be read ({self.reason}), plays {heard_seconds:.1f} s"
        return ""


def _frames(container: Any, stream: Any, damage: _Damage) -> Iterator[Any]:
    """Decode packet by packet, stepping over damaged ones."""
    import av

    bad_in_a_row = 0
    packets = container.demux(stream)
    while bad_in_a_row < _BAD_PACKETS:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except (av.InvalidDataError, av.EOFError, ValueError) as error:
            damage.packets += 1
            damage.reason = _reason(error)
            bad_in_a_row += 1
            continue
        bad_in_a_row = 0
        yield from frames


def _cut_short(path: Path) -> bool:
    """Whether a WAV is smaller than its header says, or an Ogg lacks its last page: FFmpeg tells neither."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == b"RIFF":
            declared = int.from_bytes(head[4:], "little") + 8
            return size + 1 < declared < 0xFFFFFFFF  # what is written to a pipe declares "no end"
        if head[:4] == b"OggS":
            file.seek(max(0, size - _OGG_PAGE_BYTES))
            tail = file.read()
            flags = tail.rfind(b"OggS") + 5
            return flags < len(tail) and not tail[flags] & 4
    return False


def _header_seconds(container: Any, stream: Any) -> float:
    """Length the file claims, in seconds; 0 when it makes no claim."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).split("\n")[0].lower()
