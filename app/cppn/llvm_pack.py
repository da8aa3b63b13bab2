"""A style's numbers in the order the compiled kernel reads them. Pure NumPy; any thread.

Activation scales, the quarter turn of a cosine, and what makes the arctangent's values "unbiased" are multiplied
into the weights here, in float64, so that the kernel need not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cppn.inputs import Doubles, pixel_columns
from app.cppn.llvm_kinds import COLUMNS, FIXED_ONE, Kernel, stages_of
from app.cppn.llvm_maths import ACTIVATIONS, LOGISTIC_SCALE, Activation
from app.style import Style

ALIGNMENT_BYTES = 64
LINEAR = Activation("", 1.0)
"""What comes before the first layer: the pixel inputs as they are."""
WEIGHT_LIMIT = 2.0**15 - 1.0
SUM_LIMIT = 2.0**31 - 2.0**24
"""What is left below 2³¹ is for the rounding of weights."""
TINY = 1e-20
COLOUR = Activation("", LOGISTIC_SCALE)


def aligned(floats: int) -> NDArray[np.float32]:
    """Return zeros that begin at a multiple of 64 bytes."""
    memory = np.zeros(4 * floats + ALIGNMENT_BYTES, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT_BYTES
    return memory[start : start + 4 * floats].view(np.float32)


@dataclass(frozen=True, slots=True)
class Packed:
    """One style's layers. `table` (layers + 1, 6) holds addresses into `numbers`; row 0's biases are `first_bias`."""

    table: NDArray[np.int64]
    numbers: list[NDArray[np.float32]]
    first_bias: NDArray[np.float32]
    first: Activation

    def fold(self, bias: Doubles) -> None:
        """Take a frame's folded first bias (width,)."""
        self.first_bias[: bias.size] = bias * self.first.scale + self.first.shift


def pack(style: Style, kernel: Kernel) -> Packed:
    """Return the style's weights in the kernel's blocks, padded with zeros to whole blocks and pairs."""
    activations = [LINEAR, *(ACTIVATIONS[name] for name in style.arch.layer_activations), COLOUR]
    stages = stages_of(style.arch, kernel.fixed)
    table = np.zeros((len(style.layers), COLUMNS), np.int64)
    numbers: list[NDArray[np.float32]] = []
    for i, (weights, biases) in enumerate(style.layers):
        before, after = activations[i : i + 2]
        used = weights if i else weights[:, pixel_columns(style.arch.inputs)]
        w, b = _scaled(used.astype(np.float64), biases, before, after)
        stage = stages[i] if i < len(stages) else None
        rows = kernel.isa.rows if stage else len(b)
        w, b = _padded(w, b, rows)
        fixed = stage is not None and stage.reads_pairs
        whole, scales = _fixed(w, before.bound) if fixed else (w.astype(np.float32), np.zeros(len(b)))
        parts = [_aligned(_blocks(whole, rows)), _aligned(b), _aligned(scales)]
        number = kernel.stages.index(stage) if stage else 0
        table[i] = (number, whole.shape[1], len(whole) // rows, *(part.ctypes.data for part in parts))
        numbers += parts
    return Packed(table, numbers, numbers[1], activations[1])


def _scaled(w: Doubles, biases: NDArray[np.float32], before: Activation, after: Activation) -> tuple[Doubles, Doubles]:
    """Make up for the gains and offsets of the values `before`, put in the scale and shift of `after`.

    Where a neuron has two values, the oracle keeps all first ones before all second ones, the kernel a neuron's
    two together.
    """
    neurons = w.reshape(len(w), len(before.gains), -1).transpose(0, 2, 1)
    b = biases + (neurons * np.array(before.offsets)).sum(axis=(1, 2))
    gained = (neurons * np.array(before.gains)).reshape(w.shape)
    return gained * after.scale, b * after.scale + after.shift


def _padded(w: Doubles, b: Doubles, rows: int) -> tuple[Doubles, Doubles]:
    """Add neurons without weights up to whole blocks of `rows`."""
    more = -len(b) % rows
    return np.pad(w, ((0, more), (0, 0))), np.pad(b, (0, more))


def _fixed(w: Doubles, bound: float) -> tuple[NDArray[np.float32], Doubles]:
    """Return weights as 16-bit whole numbers, two to a float32's bits, and what a sum's unit is worth, by row.

    Each row is as fine as it can be while no sum of products with values up to `bound` can leave 32 bits.
    """
    most = np.minimum(
        WEIGHT_LIMIT / np.maximum(np.abs(w).max(axis=1), TINY),
        SUM_LIMIT / np.maximum(np.abs(w).sum(axis=1) * bound * FIXED_ONE, TINY),
    )
    whole = np.rint(w * most[:, None]).astype(np.int16)
    whole = np.pad(whole, ((0, 0), (0, w.shape[1] % 2)))
    return np.ascontiguousarray(whole).view(np.float32), 1.0 / (most * FIXED_ONE)


def _blocks(w: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """Return weights (out, in) in the order [block][in][row]."""
    return w.reshape(len(w) // rows, rows, -1).transpose(0, 2, 1)


def _aligned(values: NDArray[np.float32] | Doubles) -> NDArray[np.float32]:
    result = aligned(values.size)
    result[:] = values.ravel()
    return result
