"""From an architecture to a fragment shader, and from a style to the numbers it reads. Text and NumPy only, no GL.

A shader holds the architecture, never the weights: another style of the same shape needs no compiling. Neurons
go four to a vec4; weights lie as 4×4 blocks, one vec4 for each input neuron. Small networks can be written out in
full; others loop up to a *uniform* number, which keeps drivers from unrolling (that takes minutes).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.cppn.arch import Arch
from app.cppn.inputs import PIXEL_INPUTS, pixel_columns
from app.style import Style

Store = Literal["block", "texture"]
Packed = NDArray[np.float32]
"""Shape (n, 4): one row is one vec4."""

STRAIGHT_WIDTH = 48
"""Networks up to this width may be written out in full: a GPU then keeps every value in registers."""
TEXTURE_WIDTH = 1024

_WRAP = "const float TAU = 6.283185307179586;\nvec4 wrap(vec4 z) { return z - TAU * round(z * (1.0 / TAU)); }\n"
_TANH = "vec4 tanh_(vec4 z) { return 1.0 - 2.0 / (exp(2.0 * clamp(z, -15.0, 15.0)) + 1.0); }\n"
ACTIVATE = {
    "sin": "sin(wrap({z}))",
    "cos": "cos(wrap({z}))",
    "gaussian": "exp(-{z} * {z})",
    "tanh": "tanh_({z})",
    "atan": "atan({z}) * (1.0 / 0.67)",
    "finer": "sin(wrap((abs({z}) + 1.0) * {z}))",
}
"""One vec4 in, one out, by activation; `atan` has a second half in `ATAN_EVEN`."""
ATAN_EVEN = "(atan({z}) * atan({z}) - 0.45) * (1.0 / 0.396)"

VERTEX = """#version 330 core
void main() {
    gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}
"""
"""One triangle over the whole viewport, from three vertices without attributes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which shader: the architecture, where its weights lie, and whether it is written out in full."""

    arch: Arch
    store: Store
    straight: bool = False

    @property
    def groups(self) -> int:
        """vec4s in one layer's sums."""
        return math.ceil(self.arch.width / 4)

    @property
    def fan_groups(self) -> int:
        """vec4s a hidden layer hands on."""
        return self.groups * (2 if self.arch.activation == "atan" else 1)

    @property
    def pixel_inputs(self) -> tuple[str, ...]:
        """The inputs that differ from pixel to pixel."""
        return tuple(name for name in self.arch.inputs if name in PIXEL_INPUTS)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """vec4s of every layer's weights."""
        hidden = self.groups * 4 * self.fan_groups
        return (max(1, self.groups * len(self.pixel_inputs)), *[hidden] * (self.arch.depth - 1), 4 * self.fan_groups)

    @property
    def bias_size(self) -> int:
        """vec4s of all biases; those of the first layer, which change every frame, come first."""
        return self.groups * self.arch.depth + 1

    def offset(self, layer: int) -> int:
        """Return where a layer's weights begin when all lie in one array."""
        return sum(self.layer_sizes[:layer])


def pack_weights(plan: Plan, style: Style) -> tuple[Packed, ...]:
    """Return the vec4s of every layer's weights, in the order the shader reads them."""
    columns = pixel_columns(style.arch.inputs)
    first = _pad(style.layers[0][0][:, columns], plan.groups * 4, len(columns))
    packed = [first.reshape(plan.groups, 4, -1).transpose(0, 2, 1).reshape(-1, 4)]
    packed += [_pack_blocks(plan, weights) for weights, _ in style.layers[1:]]
    if not columns:
        packed[0] = np.zeros((1, 4), np.float32)
    return tuple(np.ascontiguousarray(layer, np.float32) for layer in packed)


def pack_biases(biases: Iterable[NDArray[Any]]) -> Packed:
    """Return biases (one array a layer) as vec4s, each layer rounded up to whole ones."""
    padded = [_pad(bias[:, None], -(-bias.size // 4) * 4, 1).reshape(-1, 4) for bias in biases]
    return np.concatenate(padded)


def _pad(array: NDArray[Any], rows: int, columns: int) -> NDArray[np.float32]:
    padded = np.zeros((rows, columns), np.float32)
    padded[: array.shape[0], : array.shape[1]] = array
    return padded


def _pack_blocks(plan: Plan, weights: NDArray[np.float32]) -> Packed:
    """Blocks [out group][in group][input neuron] of four output neurons each."""
    rows = -(-weights.shape[0] // 4) * 4
    halves = np.split(weights, plan.fan_groups // plan.groups, axis=1)
    padded = np.concatenate([_pad(half, rows, plan.groups * 4) for half in halves], axis=1)
    return padded.reshape(rows // 4, 4, plan.fan_groups, 4).transpose(0, 2, 3, 1).reshape(-1, 4)


def fragment(plan: Plan) -> str:
    """Return the fragment shader of a plan."""
    body = _straight(plan) if plan.straight else _looped(plan)
    return "\n".join([
        "#version 330 core",
        "uniform vec3 plane_x, plane_y;",
        "" if plan.straight else "uniform int groups, fan_groups;",
        f"layout(std140) uniform Biases {{ vec4 biases[{plan.bias_size}]; }};",
        _storage(plan),
        "out vec4 colour;",
        _WRAP + _TANH,
        "void main() {",
        "vec3 at = vec3(gl_FragCoord.xy, 1.0);",
        "float x = dot(plane_x, at), y = dot(plane_y, at);",
        *(f"float p{i} = {PIXEL_INPUTS[name].glsl};" for i, name in enumerate(plan.pixel_inputs)),
        *body,
        "colour = vec4(1.0 / (1.0 + exp(-last.rgb)), 1.0);",
        "}",
        "",
    ])  # fmt: skip


def _storage(plan: Plan) -> str:
    if plan.store == "texture":
        at = f"ivec2(i % {TEXTURE_WIDTH}, i / {TEXTURE_WIDTH})"
        return f"uniform sampler2D weights;\nvec4 weight(int i) {{ return texelFetch(weights, {at}, 0); }}"
    blocks = (f"layout(std140) uniform Layer{i} {{ vec4 w{i}[{size}]; }};" for i, size in enumerate(plan.layer_sizes))
    return "\n".join(blocks)


def _weight(plan: Plan, layer: int, index: str) -> str:
    if plan.store == "block":
        return f"w{layer}[{index}]"
    return f"weight({plan.offset(layer)} + {index})"


def _first_sum(plan: Plan, group: str) -> str:
    inputs = len(plan.pixel_inputs)
    terms = (f" + {_weight(plan, 0, f'{group} * {inputs} + {i}')} * p{i}" for i in range(inputs))
    return f"biases[{group}]" + "".join(terms)


def _straight(plan: Plan) -> list[str]:
    """Every neuron group its own variable, every product written out."""
    lines: list[str] = []
    names = [f"a{g}" for g in range(plan.fan_groups)]
    for layer, activation in enumerate(plan.arch.layer_activations):
        new = [f"{'ab'[layer % 2]}{layer}_{g}" for g in range(plan.fan_groups)]
        for g in range(plan.groups):
            total = _first_sum(plan, str(g)) if layer == 0 else _straight_sum(plan, layer, g, names)
            lines.append(f"vec4 z{layer}_{g} = {total};")
            z = f"z{layer}_{g}"
            lines.append(f"vec4 {new[g]} = {ACTIVATE[activation].format(z=z)};")
            if activation == "atan":
                lines.append(f"vec4 {new[g + plan.groups]} = {ATAN_EVEN.format(z=z)};")
        names = new
    return [*lines, f"vec4 last = {_straight_sum(plan, plan.arch.depth, 0, names)};"]


def _straight_sum(plan: Plan, layer: int, group: int, names: list[str]) -> str:
    total = [f"biases[{layer * plan.groups + group}]"]
    for k, name in enumerate(names):
        at = (group * plan.fan_groups + k) * 4
        total += [f"{_weight(plan, layer, str(at + c))} * {name}.{'xyzw'[c]}" for c in range(4)]
    return " + ".join(total)


def _looped(plan: Plan) -> list[str]:
    """Two arrays in turn, one layer after the other; `groups` and `fan_groups` are uniforms on purpose."""
    size = plan.fan_groups
    lines = [f"vec4 a[{size}], b[{size}];", "for (int o = 0; o < groups; o++) {", f"vec4 z = {_first_sum(plan, 'o')};"]
    lines += [*_store("a", plan.arch.layer_activations[0]), "}"]
    source, sink = "a", "b"
    for layer, activation in enumerate(plan.arch.layer_activations[1:], start=1):
        lines += ["for (int o = 0; o < groups; o++) {", f"vec4 z = biases[{layer} * groups + o];"]
        lines += [*_loop_sum(plan, layer, source, "o * fan_groups"), *_store(sink, activation), "}"]
        source, sink = sink, source
    last = plan.arch.depth
    lines += [f"vec4 z = biases[{last} * groups];", *_loop_sum(plan, last, source, "0")]
    return [*lines, "vec4 last = z;"]


def _loop_sum(plan: Plan, layer: int, source: str, row: str) -> list[str]:
    products = (f"{_weight(plan, layer, f'i + {c}')} * h.{'xyzw'[c]}" for c in range(4))
    return [
        "for (int k = 0; k < fan_groups; k++) {",
        f"vec4 h = {source}[k]; int i = ({row} + k) * 4;",
        f"z += {' + '.join(products)};",
        "}",
    ]


def _store(sink: str, activation: str) -> list[str]:
    lines = [f"{sink}[o] = {ACTIVATE[activation].format(z='z')};"]
    if activation == "atan":
        lines.append(f"{sink}[o + groups] = {ATAN_EVEN.format(z='z')};")
    return lines
