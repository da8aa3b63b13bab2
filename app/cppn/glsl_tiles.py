"""From an architecture to a compute shader that draws tiles of 8 × 8 pixels. Text and NumPy only, no GL.

A tile is a small matrix product: all its activations lie in shared memory, [neuron][pixel], and each thread sums eight
neurons for one row of eight pixels in registers. Weights lie so that one input neuron's come together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.cppn.arch import Arch
from app.cppn.glsl import ACTIVATE, ATAN_EVEN, FRAME, TANH, WRAP, Packed, pad
from app.cppn.inputs import PIXEL_INPUTS, pixel_columns
from app.style import Style

SIDE_PX = 8
TILE_PX = SIDE_PX * SIDE_PX
BLOCK = 8
"""Neurons a thread sums."""
SHARED_BYTES = 32_768
"""What every driver with compute shaders grants."""


@dataclass(frozen=True, slots=True)
class TilePlan:
    """Sizes of the shader of an architecture."""

    arch: Arch

    @property
    def rows(self) -> int:
        """Neurons of a layer, rounded up to whole blocks."""
        return -(-self.arch.width // BLOCK) * BLOCK

    @property
    def fan(self) -> int:
        """Values a layer hands on."""
        return self.rows * (2 if self.arch.activation == "atan" else 1)

    @property
    def fits(self) -> bool:
        """Whether a tile's activations have room."""
        return self.fan * TILE_PX * 4 <= SHARED_BYTES

    @property
    def threads(self) -> int:
        """Threads of one tile."""
        return SIDE_PX * self.rows // BLOCK

    @property
    def groups(self) -> int:
        """vec4s in one layer's sums."""
        return self.rows // 4

    @property
    def bias_size(self) -> int:
        """vec4s of all biases."""
        return self.groups * self.arch.depth + 1

    @property
    def weight_size(self) -> int:
        """vec4s of all weights."""
        return self.offset(self.arch.depth) + self.fan

    @property
    def counts(self) -> tuple[float, float]:
        """How far the loops go."""
        return self.groups, self.fan

    @property
    def pixel_inputs(self) -> tuple[str, ...]:
        """The inputs that differ from pixel to pixel."""
        return tuple(name for name in self.arch.inputs if name in PIXEL_INPUTS)

    def offset(self, layer: int) -> int:
        """Return the vec4 where a layer's weights begin."""
        return 0 if layer == 0 else self.groups * (len(self.pixel_inputs) + self.fan * (layer - 1))


def pack_weights(plan: TilePlan, style: Style) -> Packed:
    """Return the vec4s of all weights: [layer][input neuron][four output neurons]."""
    columns = pixel_columns(style.arch.inputs)
    layers = [pad(style.layers[0][0][:, columns], plan.rows, len(columns))]
    layers += [_hidden(plan, weights, plan.rows) for weights, _ in style.layers[1:-1]]
    layers += [_hidden(plan, style.layers[-1][0], 4)]
    return np.concatenate([np.ascontiguousarray(layer.T).reshape(-1, 4) for layer in layers])


def pack_biases(plan: TilePlan, biases: list[NDArray[Any]]) -> Packed:
    """Return hidden layers' biases as vec4s, each layer padded; the output layer's too if it is among them."""
    padded = [pad(bias[:, None], plan.rows if bias.size > 3 else 4, 1).reshape(-1, 4) for bias in biases]
    return np.concatenate(padded)


def _hidden(plan: TilePlan, weights: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    halves = np.split(weights, plan.fan // plan.rows, axis=1)
    return np.concatenate([pad(half, rows, plan.rows) for half in halves], axis=1)


def compute(plan: TilePlan) -> str:
    """Return the compute shader. Bindings: block `Frame` 0, storage block `Weights` 1, image `picture` 0.

    Of single cells, those marked in texture 0 are drawn; a cell is whole tiles.
    """
    hidden = (line for layer in range(1, plan.arch.depth) for line in _layer(plan, layer))
    return "\n".join([
        "#version 430 core",
        f"layout(local_size_x = {plan.threads}) in;",
        FRAME.format(size=plan.bias_size).replace("std140", "std140, binding = 0"),
        "layout(std430, binding = 1) readonly buffer Weights { vec4 w[]; };",
        "layout(rgba8, binding = 0) writeonly uniform image2D picture;",
        "layout(binding = 0) uniform sampler2D marks;",
        f"shared float h[{plan.fan * TILE_PX}];",
        WRAP + TANH,
        "void main() {",
        "int groups = int(counts.x), fan = int(counts.y), thread = int(gl_LocalInvocationID.x);",
        f"int row = thread % {SIDE_PX}, first = thread / {SIDE_PX} * {BLOCK // 4};",
        f"ivec2 corner = ivec2(gl_WorkGroupID.xy) * {SIDE_PX};",
        "if (counts.z > 0.0 && texelFetch(marks, corner / int(counts.z), 0).r < 0.5) return;",
        f"vec4 z[{SIDE_PX * 2}];",
        *_first_layer(plan),
        *hidden,
        *_last_layer(plan),
        "}",
        "",
    ])  # fmt: skip


def _first_layer(plan: TilePlan) -> list[str]:
    inputs = plan.pixel_inputs
    sums = ("".join(f" + w[{i} * groups + first + {j}] * p{i}" for i in range(len(inputs))) for j in (0, 1))
    return [
        f"for (int i = 0; i < {SIDE_PX}; i++) {{",
        "vec3 at = vec3(vec2(corner + ivec2(i, row)) + 0.5, 1.0);",
        "float x = dot(plane_x.xyz, at), y = dot(plane_y.xyz, at);",
        *(f"float p{i} = {PIXEL_INPUTS[name].glsl};" for i, name in enumerate(inputs)),
        *(f"z[2 * i + {j}] = biases[first + {j}]{total};" for j, total in enumerate(sums)),
        "}",
        *_store(plan, plan.arch.layer_activations[0]),
    ]


def _layer(plan: TilePlan, layer: int) -> list[str]:
    each = f"for (int i = 0; i < {SIDE_PX}; i++) {{"
    return [
        f"{each} z[2 * i] = biases[{layer} * groups + first]; z[2 * i + 1] = biases[{layer} * groups + first + 1]; }}",
        "for (int k = 0; k < fan; k++) {",
        f"int s = k * {TILE_PX} + row * {SIDE_PX}, at = {plan.offset(layer)} + k * groups + first;",
        "vec4 w0 = w[at], w1 = w[at + 1];",
        f"{each} float a = h[s + i]; z[2 * i] += w0 * a; z[2 * i + 1] += w1 * a; }}",
        "}",
        "barrier();",
        *_store(plan, plan.arch.layer_activations[layer]),
    ]


def _store(plan: TilePlan, activation: str) -> list[str]:
    lines = [f"for (int i = 0; i < {SIDE_PX}; i++) for (int j = 0; j < 2; j++) {{", "vec4 v = z[2 * i + j], a;"]
    lines.append(f"int s = (first + j) * {4 * TILE_PX} + row * {SIDE_PX} + i;")
    halves = [ACTIVATE[activation]] + [ATAN_EVEN] * (activation == "atan")
    for half, formula in enumerate(halves):
        lines.append(f"a = {formula.format(z='v')};")
        lines += [f"h[s + {(half * plan.rows + c) * TILE_PX}] = a.{'xyzw'[c]};" for c in range(4)]
    return [*lines, "}", "barrier();"]


def _last_layer(plan: TilePlan) -> list[str]:
    last = plan.arch.depth
    return [
        f"for (int p = thread; p < {TILE_PX}; p += {plan.threads}) {{",
        f"vec4 sum = biases[{last} * groups];",
        f"for (int k = 0; k < fan; k++) sum += w[{plan.offset(last)} + k] * h[k * {TILE_PX} + p];",
        f"ivec2 at = corner + ivec2(p % {SIDE_PX}, p / {SIDE_PX});",
        "if (at.x < int(plane_x.w) && at.y < int(plane_y.w))",
        "imageStore(picture, at, vec4(1.0 / (1.0 + exp(-sum.rgb)), 1.0));",
        "}",
    ]
