"""A style's numbers in the order the compiled kernel reads them. Pure NumPy; any thread.

Activation scales, the quarter turn of a cosine, and what makes the arctangent's values "unbiased" are multiplied
into the weights here, in float64, so that the kernel need not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cppn.inputs import Doubles, pixel_columns
from app.cppn.llvm import COLUMNS, Kernel, stages_of
from app.cppn.llvm_maths import ACTIVATIONS, LOGISTIC_SCALE, Activation
from app.style import Style

ALIGNMENT_BYTES = 64
LINEAR = Activation("", 1.0)
"""What comes before the first layer: the pixel inputs as they are."""
COLOUR = Activation("", LOGISTIC_SCALE)


def aligned(floats: int) -> NDArray[np.float32]:
    """Return zeros that begin at a multiple of 64 bytes."""
    memory = np.zeros(4 * floats + ALIGNMENT_BYTES, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT_BYTES
    return memory[start : start + 4 * floats].view(np.float32)


@dataclass(frozen=True, slots=True)
class Packed:
    """One style's layers. `table` (layers + 1, 5) holds addresses into `numbers`; row 0's biases are `first_bias`."""

    table: NDArray[np.int64]
    numbers: tuple[NDArray[np.float32], ...]
    first_bias: NDArray[np.float32]
    first: Activation

    def fold(self, bias: Doubles) -> None:
        """Take a frame's folded first bias (width,)."""
        self.first_bias[: bias.size] = bias * self.first.scale + self.first.shift


def pack(style: Style, kernel: Kernel) -> Packed:
    """Return the style's weights in the kernel's blocks, padded with zeros to whole blocks and pairs."""
    activations = [ACTIVATIONS[name] for name in style.arch.layer_activations]
    stages = stages_of(style.arch, kernel.bf16)
    before = [LINEAR, *activations]
    after = [*activations, COLOUR]
    pairs = [*(stage.reads_pairs for stage in stages), False]
    table = np.zeros((len(after), COLUMNS), np.int64)
    numbers: list[NDArray[np.float32]] = []
    for i, (weights, biases) in enumerate(style.layers):
        if i == 0:
            weights = weights[:, pixel_columns(style.arch.inputs)]
        w, b = _scaled(weights, biases, before[i], after[i])
        rows = kernel.isa.rows if i < len(stages) else len(b)
        blocks = math.ceil(len(b) / rows)
        inputs, numbers_of_layer = _blocks(w, rows, blocks, pairs[i])
        padded = aligned(blocks * rows)
        padded[: len(b)] = b
        numbers += [numbers_of_layer, padded]
        number = kernel.stages.index(stages[i]) if i < len(stages) else 0
        table[i] = (number, inputs, blocks, numbers_of_layer.ctypes.data, padded.ctypes.data)
    return Packed(table, tuple(numbers), numbers[1], activations[0])


def _scaled(weights: NDArray[np.float32], biases: NDArray[np.float32], before: Activation, after: Activation) -> tuple[Doubles, Doubles]:
    """Undo the values' gains and offsets `before`, put in the scale and shift `after`; neuron by neuron, all values of one together."""
    values = len(before.gains)
    w = weights.astype(np.float64)
    w = w.reshape(len(w), values, -1).transpose(0, 2, 1)
    b = biases + (w * np.array(before.offsets)).sum(axis=(1, 2))
    w = (w * np.array(before.gains)).reshape(len(w), -1)
    return w * after.scale, b * after.scale + after.shift


def _blocks(w: Doubles, rows: int, blocks: int, pairs: bool) -> tuple[int, NDArray[np.float32]]:
    """Return the inputs' count and the weights as [block][input][row], pairs of inputs in one number if `pairs`."""
    columns = w.shape[1] + (w.shape[1] % 2 if pairs else 0)
    whole = np.zeros((blocks * rows, columns), np.float32)
    whole[: len(w), : w.shape[1]] = w
    if pairs:
        whole = _bfloat16_pairs(whole)
    result = aligned(whole.size)
    result[:] = whole.reshape(blocks, rows, -1).transpose(0, 2, 1).ravel()
    return whole.shape[1], result


def _bfloat16_pairs(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to bfloat16, ties to even, and put columns 2k and 2k + 1 into the low and high half of one number."""
    bits = values.view(np.uint32).astype(np.uint64)
    halves = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.ascontiguousarray(halves).view(np.uint32).view(np.float32)
