"""From an architecture to a CUDA kernel: what it is compiled with and where in memory everything lies.

Text and numbers only, no CUDA: compiling is `app.cppn.cuda_build`'s, running `app.render.cuda_backend`'s business.
A kernel holds the architecture, never the weights: another style of the same shape needs no compiling.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.cppn.arch import Arch
from app.cppn.inputs import PIXEL_INPUTS
from app.problems import UserError

ENTRY = "clavilux"
"""The kernel's name."""
THREADS = 256
WARPS = 8
CHUNK_BYTES = 16384
"""The largest piece of weights that passes through shared memory at once."""
WIDEST = 256
"""Values that one lane's registers can hand from layer to layer."""
KINDS = {"sin": 0, "cos": 1, "gaussian": 2, "tanh": 3, "atan": 4, "finer": 5}
_FUNCTIONS = {"sqrt": "sqrtf", "inversesqrt": "rsqrtf", "pow": "__powf", "abs": "fabsf"}
"""What the shading language's functions are called here, for floats."""


class UnsuitedError(UserError):
    """A style that this kernel cannot draw, or not well enough; other backends can."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which kernel: the architecture, how it sums, and how many chunks of weights stay in shared memory.

    `arch`: as the kernel sees it, without the inputs that are folded into the first bias, and with idle neurons.
    `half_sums`: accumulate in FP16 instead of FP32. `steep`: sines reach beyond ±100π and are reduced explicitly.
    `shared_bytes`: what one block may use, 101,376 on GeForce.
    """

    arch: Arch
    half_sums: bool
    steep: bool
    shared_bytes: int

    @property
    def width(self) -> int:
        """Neurons in a layer, idle ones among them: a multiple of 16."""
        return self.arch.width

    @property
    def fan(self) -> int:
        """Values each neuron hands on."""
        return 2 if self.arch.activation == "atan" else 1

    @property
    def hidden(self) -> int:
        """Layers between the first and the last."""
        return self.arch.depth - 1

    @property
    def pixel_inputs(self) -> tuple[str, ...]:
        """The inputs that differ from pixel to pixel."""
        return self.arch.inputs

    @property
    def rows(self) -> int:
        """16-pixel groups that a warp draws at once: two where 128 registers hold both layers' values, else one."""
        return 2 if self.width * self.fan <= 128 else 1

    @property
    def row_bytes(self) -> int:
        """Weights of eight neurons of a hidden layer."""
        return self.width * self.fan * 16

    @property
    def rows_per_chunk(self) -> int:
        """Groups of eight neurons in a chunk: the most that fit and divide a layer evenly."""
        groups = self.width // 8
        return max(n for n in range(1, groups + 1) if groups % n == 0 and n * self.row_bytes <= CHUNK_BYTES)

    @property
    def chunk_bytes(self) -> int:
        """Size of every chunk."""
        return self.rows_per_chunk * self.row_bytes

    @property
    def chunks(self) -> int:
        """Chunks of all hidden layers."""
        return self.hidden * (self.width // 8 // self.rows_per_chunk)

    @property
    def bias_bytes(self) -> int:
        """Biases of all hidden layers, in the type the sums begin with."""
        return self.hidden * self.width * (2 if self.half_sums else 4)

    @property
    def resident(self) -> int:
        """Chunks that stay in shared memory: all if they fit, else what two passing buffers leave room for."""
        room = (self.shared_bytes - self.bias_bytes) // self.chunk_bytes
        return self.chunks if self.chunks <= room else room - 2

    @property
    def arena_bytes(self) -> int:
        """Shared memory that a block asks for."""
        slots = self.resident + (2 if self.resident < self.chunks else 0)
        return slots * self.chunk_bytes + self.bias_bytes

    @property
    def pixels_per_block(self) -> int:
        """Pixels that a block draws in one round."""
        return 16 * self.rows * WARPS

    @property
    def blocks_per_processor(self) -> int:
        """Blocks a multiprocessor should hold at once, by registers: narrow networks need few."""
        return {16: 3, 32: 3, 48: 2, 64: 2}.get(self.width * self.fan, 1)

    @property
    def view(self) -> np.dtype[np.void]:
        """The kernel's `View`: one picture of one style. `out` and `weights` are device addresses."""
        return np.dtype([
            ("plane", np.float32, (2, 3)), ("size_px", np.int32, 2), ("out", np.uint64), ("weights", np.uint64),
            ("share", np.float32), ("rest", np.float32), ("bias", np.float32, self.width),
        ])  # fmt: skip


def plan(arch: Arch, half_sums: bool, steep: bool, shared_bytes: int) -> Plan:
    """Return the kernel for an architecture. `UnsuitedError` where its values do not fit the registers.

    Networks that differ in nothing but what a frame's pixels share have the same one.
    """
    pixel_inputs = tuple(name for name in arch.inputs if name in PIXEL_INPUTS)
    seen = replace(arch, inputs=pixel_inputs, width=-(-arch.width // 16) * 16)
    made = Plan(seen, half_sums, steep, shared_bytes)
    if made.width * made.fan > WIDEST:
        raise UnsuitedError(
            f"cuda: {arch.activation} networks wider than {WIDEST // made.fan} are not drawn by the CUDA backend "
            f"(this one has {arch.width}); use another backend"
        )
    if made.resident < 0:
        raise UnsuitedError(f"cuda: {shared_bytes} bytes of shared memory are too few for a {arch.width}-wide network")
    return made


def source(made: Plan) -> str:
    """Return the kernel's whole source text."""
    template = Path(__file__).with_name("cuda_kernel.cu").read_text("utf-8")
    lines = [f"#define {name} {value}" for name, value in _constants(made).items()]
    return "\n".join([*lines, template])


def _constants(made: Plan) -> dict[str, int | str]:
    kinds = [KINDS[name] for name in made.arch.layer_activations]
    choice = "".join(f"(l) == {i} ? {kind} : " for i, kind in enumerate(kinds))
    inputs = " ".join(f"in[{i}] = {expression(name)};" for i, name in enumerate(made.pixel_inputs))
    return {
        "WIDTH": made.width,
        "HIDDEN": made.hidden,
        "FAN": made.fan,
        "INPUTS": len(made.pixel_inputs),
        "ROWS": made.rows,
        "ACC16": int(made.half_sums),
        "STEEP": int(made.steep),
        "NPC": made.rows_per_chunk,
        "RESIDENT": made.resident,
        "MIN_BLOCKS": made.blocks_per_processor,
        "ACTIVATION(l)": f"({choice}0)",
        "PIXEL_INPUTS": inputs,
    }


def expression(name: str) -> str:
    """Return a pixel input as float CUDA: the shader's expression with float literals and functions."""
    text = re.sub(r"\b\d+\.\d+\b", r"\g<0>f", PIXEL_INPUTS[name].glsl)
    return re.sub(r"\b[a-z]+(?=\()", lambda found: _FUNCTIONS.get(found[0], found[0]), text)
