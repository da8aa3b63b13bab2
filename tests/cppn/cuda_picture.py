"""Draws styles with the compiled kernel in the PTX machine."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.cppn import cuda, cuda_pack, reference
from app.cppn.inputs import View, fold, pixel_to_plane
from app.style import Style
from tests.cppn.ptx_machine import Machine, compile_ptx

GEFORCE = 101376
HEARD = (0.3, 0.6, 0.2, 0.5, 0.1, 0.7, 1.0, 0.2, 0.4)
SECONDS = 3.7
Size = tuple[int, int]


def pictures(
    plan: cuda.Plan,
    styles: Sequence[Style],
    sizes: Sequence[Size],
    blocks: int,
    view: View,
    order: Sequence[int] | None = None,
    source: str = "",
    share: float = 1.0,
) -> list[NDArray[np.uint8]]:
    """Draw all styles in one launch; return (height, width, 4) pictures, top row first.

    Behind every picture lies a guard area; it must stay as it was. Below a `share` of 1 every second style is drawn
    over the one before it, and there are half as many pictures.
    """
    layers = 1 if share == 1.0 else 2
    weights = [cuda_pack.pack(plan, style) for style in styles]
    views = np.zeros(len(styles), plan.view)
    end = 256 + views.nbytes
    for record, style, size, packed in zip(views, styles, sizes, weights, strict=True):
        record["weights"] = -(-end // 256) * 256
        record["out"] = record["weights"] + np.uint64(-(-packed.size // 256) * 256)
        end = int(record["out"]) + size[0] * size[1] * 4 + 256
        record["plane"], record["size_px"], record["share"] = pixel_to_plane(*size, view), size, 1.0
        record["bias"] = cuda_pack.pack_bias(plan, fold(style, SECONDS, HEARD))
    if layers == 2:
        views["out"][1::2] = views["out"][::2]
        views["share"][1::2], views["rest"][1::2] = share, 1.0 - share
    memory = np.full(-(-end // 256) * 256, 0xCD, np.uint8)
    memory[256 : 256 + views.nbytes] = views.view(np.uint8)
    for record, packed in zip(views, weights, strict=True):
        memory[int(record["weights"]) :][: packed.size] = packed
    grid = blocks, len(styles) // layers
    Machine(compile_ptx(source or cuda.source(plan)), memory, grid, plan.arena_bytes, (256, layers)).run(order)
    made = []
    for record, (width, height) in zip(views[::layers], sizes[::layers], strict=True):
        start, count = int(record["out"]), width * height * 4
        assert (memory[start + count : start + count + 200] == 0xCD).all(), "wrote behind the picture"
        made.append(memory[start : start + count].reshape(height, width, 4)[::-1])
    return made


def closeness(picture: NDArray[np.uint8], style: Style, view: View) -> tuple[float, float]:
    """Return PSNR in dB and the largest difference in levels from the oracle."""
    height, width = picture.shape[:2]
    assert (picture[..., 3] == 255).all()
    exact = reference.render(style, width, height, SECONDS, HEARD, view) * 255.0
    error = picture[..., :3] - exact
    decibels = 10.0 * np.log10(255.0**2 / np.mean(error * error))
    return float(decibels), float(np.abs(error).max())
