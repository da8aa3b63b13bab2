"""Picture prompts: an image file to the crops a judge is shown. A stranger's file is checked before it is decoded."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from app.problems import UserError

Tensor = Any
MAX_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
"""By which a file is taken for a picture where nobody says what it is; what it holds is looked at later."""
SIDE_PX = 256
CROPS = ((0.0, 0.0, 1.0), (0.0, 0.0, 0.75), (0.25, 0.0, 0.75), (0.0, 0.25, 0.75), (0.25, 0.25, 0.75))
"""(left, top, side) of the squashed picture: the whole and four corners."""


def load_picture(path: Path) -> Tensor:
    """Return crops (5, 3, 256, 256) in 0..1 of a picture, squashed to a square as CLIPig does.

    `UserError` for what is missing, no picture, damaged, animated or larger than 64 megapixels.
    """
    import torch
    import torch.nn.functional as F  # noqa: N812 - the usual name

    pixels = whole_picture(path)
    crops = []
    for left, top, side in CROPS:
        x, y, size = (round(value * SIDE_PX) for value in (left, top, side))
        part = pixels[..., y : y + size, x : x + size]
        crops.append(F.interpolate(part, (SIDE_PX, SIDE_PX), mode="bilinear", align_corners=False))
    return torch.cat(crops)


def whole_picture(
    path: Path, mean: Sequence[float] = (), std: Sequence[float] = (), size: tuple[int, int] = (SIDE_PX, SIDE_PX)
) -> Tensor:
    """Return (1, 3, height, width): the picture squashed to `size` (width, height) × `std` + `mean`, in 0..1.

    `mean` and `std` are 3 numbers or none. Errors as for `load_picture`.
    """
    import torch

    pixels = torch.tensor(_pixels(path, size)).permute(2, 0, 1)[None].float() / 255.0
    if std:
        pixels = pixels * torch.tensor(std)[:, None, None]
    if mean:
        pixels = pixels + torch.tensor(mean)[:, None, None]
    return pixels.clamp(0.0, 1.0)


def check(path: Path) -> None:
    """Look at the beginning of a file, as fast as a panel needs it; errors as for `load_picture`, but for damage."""
    with _opened(path):
        pass


def _pixels(path: Path, size: tuple[int, int]) -> Any:
    from PIL import Image

    with _opened(path) as image:
        return np.array(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    from PIL import Image

    try:
        if path.is_fifo() or path.is_char_device():  # reading could wait for ever
            raise UserError(f"{path}: is not a file")
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES // 2**20} MB; make the picture smaller first")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _check(path, image)
                yield image
    except Image.DecompressionBombError:  # Pillow's own bound, far above ours, comes before the size can be read
        raise UserError(f"{path}: far more than {MAX_PIXELS // 10**6} megapixels; make the picture smaller") from None
    except (OSError, ValueError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "not a picture, or damaged"
        raise UserError(f"{path}: cannot be read as a picture: {reason}") from None


def _check(path: Path, image: Any) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise UserError(f"{path}: {image.width} × {image.height} pixels; at most {MAX_PIXELS // 10**6} megapixels")
    if getattr(image, "is_animated", False):
        raise UserError(f"{path}: is animated; save one frame of it as a PNG and use that")
