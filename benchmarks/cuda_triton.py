"""The same network as a Triton kernel, to be timed beside ours: default shape only, sines through `sin.approx`.

Imported by benchmarks/cuda.py where Triton and a GPU are at hand. Sums in float32; the view is the neutral one.
"""

from typing import Any

import torch
import triton
import triton.language as tl

ROWS = 64
WIDTH = 128


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _sine(v):  # type: ignore[no-untyped-def]
    return tl.inline_asm_elementwise(
        asm="sin.approx.ftz.f32 $0, $1;", constraints="=f,f", args=[v], dtype=tl.float32, is_pure=True, pack=1
    )


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _network(first, hidden, biases, last, last_bias, out, width, height, x_step, y_step, x0, y0, ROWS: tl.constexpr):  # type: ignore[no-untyped-def]  # noqa: N803
    n = tl.arange(0, 128)
    columns = tl.arange(0, 16)
    pixels = width * height
    wx, wy, b0 = tl.load(first + n), tl.load(first + 128 + n), tl.load(first + 256 + n)
    wo = tl.load(last + n[:, None] * 16 + columns[None, :])
    bo = tl.load(last_bias + columns)
    for tile in range(tl.program_id(0), tl.cdiv(pixels, ROWS), tl.num_programs(0)):
        p = tile * ROWS + tl.arange(0, ROWS)
        x = (p % width).to(tl.float32) * x_step + x0
        y = (p // width).to(tl.float32) * y_step + y0
        h = _sine(x[:, None] * wx[None, :] + y[:, None] * wy[None, :] + b0[None, :]).to(tl.float16)
        for layer in tl.static_range(3):
            w = tl.load(hidden + layer * 16384 + n[:, None] * 128 + n[None, :])
            h = _sine(tl.dot(h, w) + tl.load(biases + layer * 128 + n)[None, :]).to(tl.float16)
        level = (255.0 / (1.0 + tl.exp(-(tl.dot(h, wo) + bo[None, :]))) + 0.5).to(tl.uint8)
        mask = (columns < 4)[None, :] & (p < pixels)[:, None]
        tl.store(
            out + p[:, None] * 4 + columns[None, :], tl.where(columns[None, :] == 3, 255, level).to(tl.uint8), mask
        )


class TritonNetwork:
    """A default-shaped style on the GPU; `draw` fills `out` (height, width, 4), bottom row first."""

    def __init__(self, layers: Any, bias: Any, columns: list[int], processors: int) -> None:
        def gpu(array: Any, dtype: torch.dtype = torch.float32) -> torch.Tensor:
            return torch.tensor(array, dtype=dtype, device="cuda").contiguous()

        self._first = torch.cat([gpu(layers[0][0][:, columns]).T.reshape(-1), gpu(bias)])
        self._hidden = torch.stack([gpu(weights, torch.float16).T for weights, _ in layers[1:-1]]).contiguous()
        self._biases = torch.stack([gpu(biases) for _, biases in layers[1:-1]])
        self._last = torch.zeros(WIDTH, 16, dtype=torch.float16, device="cuda")
        self._last[:, :3] = gpu(layers[-1][0], torch.float16).T
        self._last_bias = torch.zeros(16, device="cuda")
        self._last_bias[:3] = gpu(layers[-1][1])
        self._grid = (processors * 2,)

    def draw(self, plane: Any, out: torch.Tensor) -> None:
        """Start the kernel; does not wait."""
        height, width = out.shape[:2]
        x0 = float(plane[0][2] + 0.5 * plane[0][0])
        y0 = float(plane[1][2] + 0.5 * plane[1][1])
        _network[self._grid](
            self._first, self._hidden, self._biases, self._last, self._last_bias, out, width, height,
            float(plane[0][0]), float(plane[1][1]), x0, y0, ROWS=ROWS, num_warps=4, num_stages=1,
        )  # fmt: skip
