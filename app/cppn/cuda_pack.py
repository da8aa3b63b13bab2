"""A style's weights in the order the CUDA kernel reads them, and how large its sums can get. NumPy only.

Hidden weights lie as the second operand of `mma.m16n8k16`: 8 neurons × 16 inputs are 32 lanes × 2 words × 2 halves;
two such tiles that follow each other along the inputs are interleaved, so that a lane loads 16 bytes at once.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.cppn.cuda import Plan
from app.cppn.inputs import PERIODIC, PIXEL_INPUTS, TAU, Doubles, pixel_columns
from app.style import Style

STEEP = 100.0 * np.pi
"""The sine unit is specified to 2^-14.7 up to here; beyond, sums are reduced first."""
FARTHEST = 8.0
"""How many spans from the middle a pixel may lie: zoomed out four times, on a screen twice as wide as high."""

Bytes = NDArray[np.uint8]


def pack(plan: Plan, style: Style) -> Bytes:
    """Return a style's weights as the kernel reads them: hidden chunks, biases, last layer, its bias, first layer."""
    return np.concatenate([np.ascontiguousarray(part).view(np.uint8).ravel() for part in _parts(plan, style)])


def pack_bias(plan: Plan, bias: Doubles) -> NDArray[np.float32]:
    """Return a folded first bias (width,) in float32, idle neurons zero."""
    padded = np.zeros(plan.width, np.float32)
    padded[: bias.size] = bias
    return padded


def tiles(weights: NDArray[np.float32]) -> NDArray[np.float16]:
    """Return weights (8n, 16k) as operand tiles, shape (n, k, lane, word, half).

    Lane 4g + t holds of neuron g the inputs 2t, 2t + 1 in its first word and 2t + 8, 2t + 9 in its second.
    """
    rows, columns = weights.shape
    with np.errstate(over="ignore"):  # a weight beyond 65504 becomes infinite, and the style's check refuses it
        halves = weights.astype(np.float16)
    split = halves.reshape(rows // 8, 8, columns // 16, 2, 4, 2)  # n, g, k, word, t, half
    return split.transpose(0, 2, 1, 4, 3, 5).reshape(rows // 8, columns // 16, 32, 2, 2)


def _parts(plan: Plan, style: Style) -> Iterator[NDArray[np.generic]]:
    hidden = style.layers[1:-1]
    for weights, _ in hidden:
        for row in tiles(_padded(plan, weights, plan.width)):
            yield from _interleaved(row)
    for (_, biases), kind in zip(hidden, style.arch.layer_activations[1:], strict=True):
        yield _reduced(plan, biases, kind).astype(np.float16 if plan.half_sums else np.float32)
    weights, biases = style.layers[-1]
    yield tiles(_padded(plan, weights, 8))
    yield np.pad(biases, (0, 8 - biases.size)).astype(np.float32)
    yield _first(plan, style)


def _padded(plan: Plan, weights: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """Fill idle neurons with zeros; of an arctangent's inputs both halves are filled on their own."""
    halves = np.split(weights, plan.fan, axis=1)
    filled = [np.pad(half, ((0, rows - half.shape[0]), (0, plan.width - half.shape[1]))) for half in halves]
    return np.concatenate(filled, axis=1)


def _interleaved(row: NDArray[np.float16]) -> Iterator[NDArray[np.float16]]:
    """Yield one row of tiles (k, lane, word, half) with tiles paired; an odd last one stays alone."""
    even = len(row) // 2 * 2
    yield row[:even].reshape(even // 2, 2, 32, 2, 2).transpose(0, 2, 1, 3, 4)
    yield row[even:]


def _reduced(plan: Plan, biases: NDArray[np.float32], kind: str) -> Doubles:
    """In front of a periodic activation whole turns change nothing, and small numbers are exact in half precision."""
    wide = np.pad(biases.astype(np.float64), (0, plan.width - biases.size))
    return wide - TAU * np.round(wide / TAU) if kind in PERIODIC else wide


def _first(plan: Plan, style: Style) -> NDArray[np.float32]:
    """Weights of the pixel inputs as (neuron pair, input, neuron of the pair)."""
    columns = style.layers[0][0][:, pixel_columns(style.arch.inputs)].astype(np.float32)
    filled = np.pad(columns, ((0, plan.width - len(columns)), (0, 0)))
    return filled.reshape(plan.width // 2, 2, -1).transpose(0, 2, 1)


def is_steep(style: Style) -> bool:
    """Return whether any sum in front of a sine could leave ±100π, by the largest that inputs and weights allow."""
    return any(
        _steepness(kind, bound) > STEEP
        for kind, bound in zip(style.arch.layer_activations, _bounds(style), strict=True)
    )


def _steepness(kind: str, bound: float) -> float:
    return {"sin": bound, "cos": bound, "finer": bound * (bound + 1.0)}.get(kind, 0.0)


def _bounds(style: Style) -> Iterator[float]:
    """Yield the largest possible sum of every hidden layer."""
    spans = [PIXEL_INPUTS[name].span * FARTHEST for name in style.arch.inputs if name in PIXEL_INPUTS]
    first = np.abs(style.layers[0][0][:, pixel_columns(style.arch.inputs)]) @ np.array(spans)
    yield float(first.max(initial=0.0)) + np.pi
    largest = 4.1 if style.arch.activation == "atan" else 1.0
    for weights, biases in style.layers[1:-1]:
        yield float((largest * np.abs(weights).sum(axis=1) + np.abs(biases)).max())
