"""Textures that effects sample besides the picture itself: files a performer chose, and what is heard.

Main thread, GL context current. Files are decoded one codec deep (PNG, JPEG, WebP by their first bytes): no demuxer
that could follow links, and never more than `MAX_PIXELS`.
"""

from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.problems import UserError
from app.render.isf_inputs import InputType

MAX_FILE_BYTES = 32_000_000
MAX_PIXELS = 4096 * 4096
_CODECS = ((b"\x89PNG\r\n", 0, "png"), (b"\xff\xd8\xff", 0, "mjpeg"), (b"WEBP", 8, "webp"))


def load_picture(path: Path, longest_px: int) -> NDArray[np.uint8]:
    """Decode an image file to (height, width, 4) uint8, top row first; else, or if a side is longer, `UserError`."""
    if not path.is_file():  # a pipe would never end
        raise UserError(f"{path}: picture cannot be read: no such file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path}: picture cannot be read: {error.strerror or error}") from None
    codec = next((name for magic, at, name in _CODECS if data[at : at + len(magic)] == magic), "")
    if not codec or len(data) > MAX_FILE_BYTES:
        raise UserError(f"{path}: not a PNG, JPEG or WebP picture of at most {MAX_FILE_BYTES // 1_000_000} MB")
    pixels = _decode(path, codec, data)
    if max(pixels.shape) > longest_px:
        size = f"{pixels.shape[1]} x {pixels.shape[0]}"
        raise UserError(f"{path}: picture of {size} pixels; this graphics driver takes sides of up to {longest_px}")
    return pixels


def _decode(path: Path, codec: str, data: bytes) -> NDArray[np.uint8]:
    import av

    decoder = av.CodecContext.create(codec, "r")
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    try:
        frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    except (av.FFmpegError, ValueError):
        frames = []
    if not frames:
        raise UserError(f"{path}: picture is damaged or larger than {MAX_PIXELS // 1_000_000} megapixels")
    pixels: NDArray[np.uint8] = frames[0].to_ndarray(format="rgba")
    return pixels


def upload_picture(ctx: moderngl.Context, pixels: NDArray[np.uint8]) -> moderngl.Texture:
    """Return a smooth, clamped texture of `pixels` (height, width, 4), top row first."""
    height, width = pixels.shape[:2]
    texture = ctx.texture((width, height), 4, np.ascontiguousarray(pixels[::-1]).tobytes(), alignment=1)
    texture.repeat_x = texture.repeat_y = False
    return texture


class AudioTexture:
    """One row per channel of what is heard, as grey float pixels; made anew only when its size changes."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self.texture = self._make((1, 1))

    def _make(self, size_px: tuple[int, int]) -> moderngl.Texture:
        texture = self._ctx.texture(size_px, 1, dtype="f4")
        texture.swizzle = "RRR1"
        texture.repeat_x = texture.repeat_y = False
        return texture

    def write(self, rows: NDArray[np.float32], samples: int) -> None:
        """Show `rows` (channels, n), averaged or stretched to `samples` columns (0: as they are)."""
        rows = np.atleast_2d(rows)
        if samples:
            rows = _resampled(rows, samples)
        size_px = (rows.shape[1], rows.shape[0])
        if self.texture.size != size_px:
            self.texture.release()
            self.texture = self._make(size_px)
        self.texture.write(np.ascontiguousarray(rows, np.float32).tobytes())

    def release(self) -> None:
        """Free the GL object."""
        self.texture.release()


class SharedTextures:
    """What every place of a chain may sample: nothing at all, and the sound of the current frame.

    `missing` (its maker's to release) is what an image input shows until it has a picture; else transparent black.
    """

    def __init__(self, ctx: moderngl.Context, missing: moderngl.Texture | None = None) -> None:
        self._ctx = ctx
        self.empty = ctx.texture((1, 1), 4, bytes(4))
        self.missing = missing or self.empty
        self._audio: dict[tuple[InputType, int], AudioTexture] = {}
        self._rows: dict[InputType, NDArray[np.float32]] = {}
        self._written: set[tuple[InputType, int]] = set()

    def hear(self, spectrum: NDArray[np.float32], waveform: NDArray[np.float32] | None) -> None:
        """Take a frame's sound: band levels 0..1, and samples -1..1 (channels, n), which shaders see around 0.5."""
        wave = np.zeros((1, 1), np.float32) if waveform is None or waveform.size == 0 else waveform
        self._rows = {"audioFFT": spectrum, "audio": np.clip(wave * 0.5 + 0.5, 0.0, 1.0)}
        self._written.clear()

    def audio(self, kind: InputType, samples: int) -> moderngl.Texture:
        """Return the sound as "audio" or "audioFFT" texture, uploaded when first asked for in a frame."""
        key = (kind, samples)
        if key not in self._audio:
            self._audio[key] = AudioTexture(self._ctx)
        if key not in self._written:
            self._audio[key].write(self._rows[kind], samples)
            self._written.add(key)
        return self._audio[key].texture

    def release(self) -> None:
        """Free the GL objects."""
        self.empty.release()
        for audio in self._audio.values():
            audio.release()
        self._audio.clear()


def _resampled(rows: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Return (channels, samples): means of equal stretches, or repeats where there are fewer values than asked."""
    edges = np.linspace(0, rows.shape[1], samples + 1)
    first = np.floor(edges[:-1]).astype(int)
    last = np.maximum(np.ceil(edges[1:]).astype(int), first + 1)
    sums = np.concatenate([np.zeros((rows.shape[0], 1)), np.cumsum(rows, axis=1, dtype=np.float64)], axis=1)
    means: NDArray[np.float32] = ((sums[:, last] - sums[:, first]) / (last - first)).astype(np.float32)
    return means
