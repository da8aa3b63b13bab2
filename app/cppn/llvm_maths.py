"""Sine, exponential and arctangent for the compiled kernel, as short polynomials over vectors.

The functions take sums that are already scaled (see `ACTIVATIONS`): a scale costs nothing once it is multiplied
into the weights. Polynomials are least-maximum-error fits on the reduced range; their errors are absolute.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.cppn.llvm_text import Vector

NEAREST = 1.5 * 2.0**23
"""Added and taken away again, this rounds a float32 to a whole number, which its low bits show in between."""
SINE5 = (3.1406400724, -5.1369060386, 2.2995500668)
"""sin(π t), |t| ≤ ½, to 7e-5: finer than a step in fixed point."""
SINE7 = (3.1415820223, -5.1671428008, 2.541899065, -0.5546362853)
"""The same to 6e-7, for float32."""
EXP2 = (1.0000000755, 0.6931472254, 0.2402210738, 0.0555029729, 0.0096760363, 0.0013410007)
"""2 ** f, |f| ≤ ½, to 8e-8."""
ARCTANGENT = (0.9999961114, -0.3331736745, 0.1980780992, -0.1323332003, 0.0796232591, -0.0336038533, 0.006811669)
"""atan(a), 0 ≤ a ≤ 1, to 3e-7."""
LOG2_E = math.log2(math.e)

Terms = Sequence[float]
Function = Callable[[Vector, Terms], tuple[Vector, ...]]


def _polynomial(x: Vector, terms: Terms) -> Vector:
    result = x.code.constant(terms[-1])
    for term in reversed(terms[:-1]):
        result = result * x + term
    return result


def sine(half_turns: Vector, terms: Terms) -> Vector:
    """sin(π u): of what is left of u beyond whole half turns, the sign turned by every odd one."""
    code = half_turns.code
    shifted = half_turns + NEAREST
    rest = half_turns - (shifted - NEAREST)
    value = rest * _polynomial(rest * rest, terms)
    odd = code.let(f"shl {code.integers} {shifted.bits}, splat (i32 31)")
    return code.from_bits(code.let(f"xor {code.integers} {value.bits}, {odd}"))


def exp2(power: Vector) -> Vector:
    """2 ** power, the power held to ±60 so that nothing becomes subnormal or infinite."""
    code = power.code
    held = power.larger(-60.0).smaller(60.0)
    shifted = held + NEAREST
    value = _polynomial(held - (shifted - NEAREST), EXP2)
    exponent = code.let(f"shl {code.integers} {shifted.bits}, splat (i32 23)")
    return code.from_bits(code.let(f"add {code.integers} {value.bits}, {exponent}"))


def arctangent(z: Vector) -> Vector:
    """The arctangent of any number: beyond 1 by π/2 - atan(1 / z)."""
    size = abs(z)
    small = size.smaller(1.0) / size.larger(1.0)
    angle = small * _polynomial(small * small, ARCTANGENT)
    return size.where("ogt", 1.0, math.pi / 2.0 - angle, angle).signed_as(z)


def sigmoid(power: Vector) -> Vector:
    """1 / (1 + 2 ** power): the logistic function of -power · ln 2."""
    return 1.0 / (exp2(power) + 1.0)


def _atan(z: Vector) -> tuple[Vector, ...]:
    angle = arctangent(z)
    return (angle, angle * angle)


FUNCTIONS: dict[str, Function] = {
    "sine": lambda s, terms: (sine(s, terms),),
    "finer": lambda s, terms: (sine((abs(s) * math.pi + 1.0) * s, terms),),
    "gaussian": lambda s, terms: (exp2(-(s * s)),),  # noqa: ARG005 - one signature for all
    "tanh": lambda s, terms: (1.0 - 2.0 * sigmoid(s),),  # noqa: ARG005
    "atan": lambda s, terms: _atan(s),  # noqa: ARG005
}
"""Name → the values of one neuron, from its scaled sum and the sine's terms."""


@dataclass(frozen=True, slots=True)
class Activation:
    """`function` of `scale` · z + `shift` gives a neuron's values v; what the oracle has is `gains` · v + `offsets`.

    Scale and shift go into the layer's own weights, gains and offsets into the next layer's.
    """

    function: str
    scale: float
    shift: float = 0.0
    gains: tuple[float, ...] = (1.0,)
    offsets: tuple[float, ...] = (0.0,)
    bound: float = 1.001
    """No value is larger."""


ACTIVATIONS: dict[str, Activation] = {
    "sin": Activation("sine", 1.0 / math.pi),
    "cos": Activation("sine", 1.0 / math.pi, 0.5),
    "finer": Activation("finer", 1.0 / math.pi),
    "gaussian": Activation("gaussian", math.sqrt(LOG2_E)),
    "tanh": Activation("tanh", 2.0 * LOG2_E),
    "atan": Activation("atan", 1.0, 0.0, (1.0 / 0.67, 1.0 / 0.396), (0.0, -0.45 / 0.396), 2.47),
}
LOGISTIC_SCALE = -LOG2_E
"""The output layer's scale, in front of `sigmoid`."""
