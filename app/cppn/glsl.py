"""From an architecture to a fragment shader, and from a style to the numbers it reads. Text and NumPy only, no GL.

A shader holds the architecture, not the weights: another style of the same shape needs no compiling. Neurons
go four to a vec4; weights lie as 4×4 blocks, one vec4 for each input neuron. Small networks can be written out in
full, with their very numbers if wanted (`literal`); others loop up to a number read from a buffer, which keeps
drivers from unrolling (that takes minutes).
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

Store = Literal["block", "texture", "literal"]
Packed = NDArray[np.float32]
"""Shape (n, 4): one row is one vec4."""

STRAIGHT_WIDTH = 48
"""Networks up to this width may be written out in full: a GPU then keeps every value in registers."""
TEXTURE_WIDTH = 1024
HEAD = 3
"""vec4s in front of the biases: see `FRAME`."""
FRAME = "layout(std140) uniform Frame {{ vec4 plane_x, plane_y, counts; vec4 biases[{size}]; }};"
"""What a frame brings: the affine to the plane, one row each, with the region's size in px as fourth number; how far
the loops go, and the side of the cells to be drawn (0: everything is); the biases."""

WRAP = "const float TAU = 6.283185307179586;\nvec4 wrap(vec4 z) { return z - TAU * round(z * (1.0 / TAU)); }\n"
TANH = "vec4 tanh_(vec4 z) { return 1.0 - 2.0 / (exp(2.0 * clamp(z, -15.0, 15.0)) + 1.0); }\n"
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
"""One triangle over the whole viewport, from `TRIANGLE` vertices without attributes."""
TRIANGLE = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """Which shader: the architecture, where its weights lie, and whether it is written out in full.

    Weights that are `literal` need the style, and `straight`.
    """

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

    @property
    def weight_size(self) -> int:
        """vec4s of all weights."""
        return sum(self.layer_sizes)

    def offset(self, layer: int) -> int:
        """Return where a layer's weights begin when all lie in one array."""
        return sum(self.layer_sizes[:layer])

    @property
    def counts(self) -> tuple[float, float]:
        """How far the loops go."""
        return self.groups, self.fan_groups


def pack_head(
    affine: NDArray[Any], counts: tuple[float, float], region_px: tuple[int, int], cell_px: int = 0
) -> Packed:
    """Return what comes before the biases in the block `Frame`; `cell_px` is the side of marked cells, 0 for none."""
    rows = [(*affine[0], region_px[0]), (*affine[1], region_px[1]), (*counts, cell_px, 0.0)]
    return np.array(rows, np.float32)


def pack_weights(plan: Plan, style: Style) -> tuple[Packed, ...]:
    """Return the vec4s of every layer's weights, in the order the shader reads them."""
    columns = pixel_columns(style.arch.inputs)
    first = pad(style.layers[0][0][:, columns], plan.groups * 4, len(columns))
    packed = [first.reshape(plan.groups, 4, -1).transpose(0, 2, 1).reshape(-1, 4)]
    packed += [_pack_blocks(plan, weights) for weights, _ in style.layers[1:]]
    if not columns:
        packed[0] = np.zeros((1, 4), np.float32)
    return tuple(np.ascontiguousarray(layer, np.float32) for layer in packed)


def pack_biases(biases: Iterable[NDArray[Any]]) -> Packed:
    """Return biases (one array a layer) as vec4s, each layer rounded up to whole ones."""
    padded = [pad(bias[:, None], -(-bias.size // 4) * 4, 1).reshape(-1, 4) for bias in biases]
    return np.concatenate(padded)


def pad(array: NDArray[Any], rows: int, columns: int) -> NDArray[np.float32]:
    """Return a matrix with zeros added below and to the right."""
    padded = np.zeros((rows, columns), np.float32)
    padded[: array.shape[0], : array.shape[1]] = array
    return padded


def _pack_blocks(plan: Plan, weights: NDArray[np.float32]) -> Packed:
    """Blocks [out group][in group][input neuron] of four output neurons each."""
    rows = -(-weights.shape[0] // 4) * 4
    halves = np.split(weights, plan.fan_groups // plan.groups, axis=1)
    padded = np.concatenate([pad(half, rows, plan.groups * 4) for half in halves], axis=1)
    return padded.reshape(rows // 4, 4, plan.fan_groups, 4).transpose(0, 2, 3, 1).reshape(-1, 4)


def fragment(plan: Plan, style: Style | None = None) -> str:
    """Return the fragment shader of a plan; `style` for one whose weights are literal."""
    body = _straight(plan, _numbers(plan, style)) if plan.straight else _looped(plan)
    return "\n".join([
        "#version 330 core",
        FRAME.format(size=plan.bias_size),
        _storage(plan),
        "out vec4 colour;",
        WRAP + TANH,
        "void main() {",
        "int groups = int(counts.x), fan_groups = int(counts.y);",
        "vec3 at = vec3(gl_FragCoord.xy, 1.0);",
        "float x = dot(plane_x.xyz, at), y = dot(plane_y.xyz, at);",
        *(f"float p{i} = {PIXEL_INPUTS[name].glsl};" for i, name in enumerate(plan.pixel_inputs)),
        *body,
        "colour = vec4(1.0 / (1.0 + exp(-last.rgb)), 1.0);",
        "}",
        "",
    ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Numbers:
    """How weights and biases are written in a straight shader: by where they lie, or as they are."""

    plan: Plan
    weights: tuple[Packed, ...] = ()
    biases: Packed | None = None

    def weight(self, layer: int, index: int) -> str:
        return _vec4(self.weights[layer][index]) if self.weights else _weight(self.plan, layer, str(index))

    def bias(self, index: int) -> str:
        changes = self.biases is None or index < self.plan.groups
        return f"biases[{index}]" if changes or self.biases is None else _vec4(self.biases[index])


def _numbers(plan: Plan, style: Style | None) -> _Numbers:
    if plan.store != "literal" or style is None:
        return _Numbers(plan)
    return _Numbers(plan, pack_weights(plan, style), pack_biases([bias for _, bias in style.layers]))


def _vec4(row: NDArray[np.float32]) -> str:
    return f"vec4({', '.join(f'{float(value):.9e}' for value in row)})"


def _storage(plan: Plan) -> str:
    if plan.store == "texture":
        at = f"ivec2(i % {TEXTURE_WIDTH}, i / {TEXTURE_WIDTH})"
        return f"uniform sampler2D weights;\nvec4 weight(int i) {{ return texelFetch(weights, {at}, 0); }}"
    if plan.store == "literal":
        return ""
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


def _straight(plan: Plan, numbers: _Numbers) -> list[str]:
    """Every neuron group its own variable, every product written out."""
    lines: list[str] = []
    names = [f"p{i}" for i in range(len(plan.pixel_inputs))]
    for layer, activation in enumerate(plan.arch.layer_activations):
        new = [f"{'ab'[layer % 2]}{layer}_{g}" for g in range(plan.fan_groups)]
        for g in range(plan.groups):
            total = _straight_sum(numbers, layer, g, names)
            lines.append(f"vec4 z{layer}_{g} = {total};")
            z = f"z{layer}_{g}"
            lines.append(f"vec4 {new[g]} = {ACTIVATE[activation].format(z=z)};")
            if activation == "atan":
                lines.append(f"vec4 {new[g + plan.groups]} = {ATAN_EVEN.format(z=z)};")
        names = [f"{name}.{c}" for name in new for c in "xyzw"]
    return [*lines, f"vec4 last = {_straight_sum(numbers, plan.arch.depth, 0, names)};"]


def _straight_sum(numbers: _Numbers, layer: int, group: int, names: list[str]) -> str:
    """One group's sums over the numbers called `names`."""
    total = [numbers.bias(layer * numbers.plan.groups + group)]
    total += [f"{numbers.weight(layer, group * len(names) + i)} * {name}" for i, name in enumerate(names)]
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
