"""Which kernel a style needs: vector unit, precision, pixel inputs, activation functions. Pure Python; any thread.

Widths, depths and weights are arguments of a kernel, so that one compiled kernel draws every style of its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.cppn.arch import Arch
from app.cppn.inputs import PIXEL_INPUTS
from app.cppn.llvm_maths import ACTIVATIONS

COLUMNS = 6
"""Numbers per layer in the table: stage, inputs, blocks of rows, addresses of the weights, biases and scales."""
FIXED_ONE = 4096
"""The number 1 in fixed point."""


@dataclass(frozen=True, slots=True)
class Isa:
    """A vector unit: floats per vector, the register block (neurons × vectors), LLVM's name for products of pairs."""

    name: str
    lanes: int
    rows: int
    vectors: int
    pair_product: str = ""

    @property
    def tile(self) -> int:
        """Pixels drawn at once."""
        return self.lanes * self.vectors


def isa_of(features: Mapping[str, bool]) -> Isa:
    """Return the widest vector unit among a processor's features, as LLVM names them."""

    def all_of(*names: str) -> bool:
        return all(features.get(name, False) for name in names)

    if all_of("avx", "avx2", "fma", "avx512f", "avx512bw"):
        return Isa("AVX-512", 16, 4, 4, "x86.avx512.pmaddw.d.512")
    if all_of("avx", "avx2", "fma"):
        return Isa("AVX2", 8, 4, 2, "x86.avx2.pmadd.wd")
    if all_of("sse2"):
        return Isa("SSE2", 4, 2, 4, "x86.sse2.pmadd.wd")
    return Isa("128-bit vectors", 4, 8, 2)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a layer does: its activation function, and whether it reads and writes pairs in fixed point."""

    function: str
    reads_pairs: bool
    writes_pairs: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """Everything that decides the machine code. Equal kernels draw with the same code."""

    isa: Isa
    fixed: bool
    inputs: tuple[str, ...]
    stages: tuple[Stage, ...]


def stages_of(arch: Arch, fixed: bool) -> tuple[Stage, ...]:
    """Return what each hidden layer does, in order."""
    functions = (ACTIVATIONS[name].function for name in arch.layer_activations)
    return tuple(Stage(function, fixed and i > 0, fixed and i < arch.depth - 1) for i, function in enumerate(functions))


def kernel_of(arch: Arch, isa: Isa, fixed: bool = False) -> Kernel:
    """Return the kernel that draws styles of this architecture."""
    inputs = tuple(name for name in arch.inputs if name in PIXEL_INPUTS)
    return Kernel(isa, fixed, inputs, tuple(dict.fromkeys(stages_of(arch, fixed))))


def scratch_floats(kernel: Kernel, width: int) -> tuple[int, int, int]:
    """Return a thread's own memory: floats for a spilled tile, for the pixel inputs, for each of two layer buffers."""
    isa = kernel.isa
    values = 2 if any(stage.function == "atan" for stage in kernel.stages) else 1
    return isa.tile, isa.tile * max(1, len(kernel.inputs)), isa.tile * -(-width // isa.rows) * isa.rows * values
