"""Writes LLVM IR: one function's lines, its loops, and vectors of floats that add and multiply like numbers.

Pure text, nothing heavy imported. `Vector` knows the operators that formulas over NumPy arrays use, so the same
formula (an input's, an activation's) gives arrays there and machine code here.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Body = Callable[[str, list[str]], list[str]]


def number(value: float) -> str:
    """Return a float32 constant as LLVM writes it: the bits of the double that equals it."""
    single = struct.unpack("<f", struct.pack("<f", value))[0]
    return f"0x{struct.unpack('<Q', struct.pack('<d', single))[0]:016X}"


class Code:
    """The body of one function, line by line. Vectors have `lanes` floats."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.floats, self.integers = f"<{lanes} x float>", f"<{lanes} x i32>"
        self.lines: list[str] = []
        self._names = 0
        self._label = "entry"

    def function(self, head: str) -> str:
        """Return the whole definition; the caller ends the last block."""
        return "\n".join([f"define {head} #0 {{", "entry:", *self.lines, "}", ""])

    def do(self, text: str) -> None:
        """Add an instruction without a result."""
        self.lines.append(f"  {text}")

    def let(self, text: str) -> str:
        """Add an instruction; return the name of its result."""
        name = self._name("")
        self.do(f"{name} = {text}")
        return name

    def vector(self, text: str) -> "Vector":
        """Add an instruction whose result is a vector of floats."""
        return Vector(self, self.let(text))

    def constant(self, value: float) -> "Vector":
        """Return a vector of one number."""
        return Vector(self, f"splat (float {number(value)})")

    def from_bits(self, integers: str) -> "Vector":
        """Return the floats whose bits these integers are."""
        return self.vector(f"bitcast {self.integers} {integers} to {self.floats}")

    def at(self, kind: str, base: str, index: str) -> str:
        """Return the address of element `index` of an array of `kind`."""
        return self.let(f"getelementptr inbounds {kind}, ptr {base}, i64 {index}")

    def load(self, base: str, index: str) -> "Vector":
        """Load a vector, aligned to its size, from an array of floats."""
        return self.vector(f"load {self.floats}, ptr {self.at('float', base, index)}, align {4 * self.lanes}")

    def spread(self, scalar: str, kind: str = "float") -> str:
        """Return a vector that holds a scalar in every lane."""
        vector = f"<{self.lanes} x {kind}>"
        first = self.let(f"insertelement {vector} poison, {kind} {scalar}, i64 0")
        return self.let(f"shufflevector {vector} {first}, {vector} poison, <{self.lanes} x i32> zeroinitializer")

    def spread_at(self, base: str, index: str) -> "Vector":
        """Load one float and return it in every lane."""
        return Vector(self, self.spread(self.let(f"load float, ptr {self.at('float', base, index)}, align 4")))

    def fma(self, a: "Vector", b: "Vector", c: "Vector") -> "Vector":
        """Return a · b + c, fused where the processor can."""
        intrinsic = f"@llvm.fmuladd.v{self.lanes}f32"
        return self.vector(
            f"call {self.floats} {intrinsic}({self.floats} {a.name}, {self.floats} {b.name}, {self.floats} {c.name})"
        )

    def start(self, label: str) -> None:
        """Begin the block `label`."""
        self.lines.append(f"{label}:")
        self._label = label

    def label(self) -> str:
        """Return a new block's name."""
        return self._name("b")[1:]

    def loop(self, count: str, carried: Sequence[tuple[str, str]], body: Body, first: str = "0") -> list[str]:
        """Run `body(index, values)` for index `first` ≤ i < `count`; return the carried values after the last turn.

        `carried` gives type and first value of each; `body` returns the next values.
        """
        head, inside, done = self.label(), self.label(), self.label()
        names = [self._name("v") for _ in carried]
        index, before = self._name("i"), self._label
        self.do(f"br label %{head}")
        self.start(head)
        top = len(self.lines)
        more = self.let(f"icmp slt i64 {index}, {count}")
        self.do(f"br i1 {more}, label %{inside}, label %{done}")
        self.start(inside)
        after = [self.let(f"add nsw i64 {index}, 1"), *body(index, names)]
        back = self._label
        self.do(f"br label %{head}")
        states = [("i64", first), *carried]
        self.lines[top:top] = [
            f"  {name} = phi {kind} [ {initial}, %{before} ], [ {new}, %{back} ]"
            for name, (kind, initial), new in zip([index, *names], states, after, strict=True)
        ]
        self.start(done)
        return names

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"%{kind or 't'}{self._names}"


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector of floats in a function being written; `name` is its LLVM value."""

    code: Code
    name: str

    def __add__(self, other: "Vector | float") -> "Vector":
        return self._apply("fadd contract", other)

    def __radd__(self, other: float) -> "Vector":
        return self + other

    def __sub__(self, other: "Vector | float") -> "Vector":
        return self._apply("fsub contract", other)

    def __rsub__(self, other: float) -> "Vector":
        return self.code.constant(other) - self

    def __mul__(self, other: "Vector | float") -> "Vector":
        return self._apply("fmul contract", other)

    def __rmul__(self, other: float) -> "Vector":
        return self * other

    def __truediv__(self, other: "Vector | float") -> "Vector":
        return self._apply("fdiv", other)

    def __rtruediv__(self, other: float) -> "Vector":
        return self.code.constant(other) / self

    def __neg__(self) -> "Vector":
        return self.code.vector(f"fneg {self.code.floats} {self.name}")

    def __abs__(self) -> "Vector":
        return self._call("fabs")

    def __pow__(self, exponent: float) -> "Vector":
        """Multiples of ½ other than 0, as the inputs' formulas need."""
        twice = round(2.0 * abs(exponent))
        if twice != 2.0 * abs(exponent) or twice == 0:
            raise ValueError(f"a vector has no power {exponent}")
        product, *factors = [self] * (twice // 2) + ([self._call("sqrt")] if twice % 2 else [])
        for factor in factors:
            product = product * factor
        return product if exponent > 0 else 1.0 / product

    def smaller(self, other: "Vector | float") -> "Vector":
        """The smaller of both; `other` where this is not a number."""
        return self.where("olt", other, self, self._same(other))

    def larger(self, other: "Vector | float") -> "Vector":
        """The larger of both; `other` where this is not a number."""
        return self.where("ogt", other, self, self._same(other))

    def signed_as(self, other: "Vector") -> "Vector":
        """The same size with the sign of `other`."""
        code = self.code
        arguments = f"{code.floats} {self.name}, {code.floats} {other.name}"
        return code.vector(f"call {code.floats} @llvm.copysign.v{code.lanes}f32({arguments})")

    def where(self, comparison: str, other: "Vector | float", yes: "Vector", no: "Vector") -> "Vector":
        """Return `yes` in the lanes where the comparison with `other` holds, else `no`."""
        code = self.code
        mask = code.let(f"fcmp {comparison} {code.floats} {self.name}, {self._same(other).name}")
        return code.vector(f"select <{code.lanes} x i1> {mask}, {code.floats} {yes.name}, {code.floats} {no.name}")

    @property
    def bits(self) -> str:
        """The same 32 bits as integers."""
        return self.code.let(f"bitcast {self.code.floats} {self.name} to {self.code.integers}")

    def _same(self, other: "Vector | float") -> "Vector":
        return other if isinstance(other, Vector) else self.code.constant(other)

    def _apply(self, instruction: str, other: "Vector | float") -> "Vector":
        return self.code.vector(f"{instruction} {self.code.floats} {self.name}, {self._same(other).name}")

    def _call(self, function: str) -> "Vector":
        floats = self.code.floats
        return self.code.vector(f"call {floats} @llvm.{function}.v{self.code.lanes}f32({floats} {self.name})")
