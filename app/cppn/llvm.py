"""The network as LLVM IR: one function that draws a picture, tile by tile, straight to RGBA bytes.

A kernel knows the pixel inputs, the activation functions, the precision and the vector unit; widths, depths and
weights are arguments, so that one compiled kernel draws every style of its kind. Pure text; `llvm_jit` compiles it.

A tile is `vectors` vectors of pixels. Its values lie [neuron][pixel] in two buffers the size of the L1 cache;
`rows` neurons × `vectors` sums stay in registers while the weights, one number for all pixels, stream by. At
bfloat16 two neighbouring neurons share a 32-bit lane and a dot product takes both. The first layer stays float32,
for sixteen bits cannot tell neighbouring pixels apart, and so does the last, which costs nothing.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.cppn.arch import OUTPUTS, Arch
from app.cppn.inputs import PIXEL_INPUTS
from app.cppn.llvm_maths import ACTIVATIONS, FUNCTIONS, SINE5, SINE7, sigmoid
from app.cppn.llvm_text import Code, Vector

TILES_AT_ONCE = 4
"""Tiles a thread takes from the counter in one go: some microseconds of work, and little left over at the end."""
COLUMNS = 5
"""Numbers per layer in the table: stage, inputs, blocks of rows, address of the weights, address of the biases."""
ENTRY = "clavilux_draw"
_ADDRESS, _NUMBER = ctypes.c_void_p, ctypes.c_int64
ARGUMENTS = (_ADDRESS, _NUMBER, _ADDRESS, _NUMBER, _NUMBER, *[_ADDRESS] * 6)
"""Of the compiled function; see `source`."""


@dataclass(frozen=True, slots=True)
class Isa:
    """A vector unit: floats per vector, the register block (neurons × vectors), bfloat16 dot products or not."""

    name: str
    lanes: int
    rows: int
    vectors: int
    dots: bool = False

    @property
    def tile(self) -> int:
        """Pixels drawn at once."""
        return self.lanes * self.vectors


def isa_of(features: Mapping[str, bool]) -> Isa:
    """Return the widest vector unit among a processor's features, as LLVM names them."""
    if features.get("avx512f") and features.get("avx512dq"):
        return Isa("avx512", 16, 4, 4, features.get("avx512bf16", False))
    if features.get("avx2") and features.get("fma"):
        return Isa("avx2", 8, 4, 3)
    if features.get("neon"):
        return Isa("neon", 4, 8, 2)
    return Isa("narrow", 4, 2, 4)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a layer does: its activation function, and whether it reads and writes pairs of bfloat16."""

    function: str
    reads_pairs: bool
    writes_pairs: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """Everything that decides the machine code. Equal kernels draw with the same code."""

    isa: Isa
    bf16: bool
    inputs: tuple[str, ...]
    stages: tuple[Stage, ...]


def stages_of(arch: Arch, bf16: bool) -> tuple[Stage, ...]:
    """Return what each hidden layer does, in order."""
    functions = (ACTIVATIONS[name].function for name in arch.layer_activations)
    return tuple(Stage(function, bf16 and i > 0, bf16 and i < arch.depth - 1) for i, function in enumerate(functions))


def kernel_of(arch: Arch, isa: Isa, bf16: bool = False) -> Kernel:
    """Return the kernel that draws styles of this architecture."""
    inputs = tuple(name for name in arch.inputs if name in PIXEL_INPUTS)
    return Kernel(isa, bf16, inputs, tuple(dict.fromkeys(stages_of(arch, bf16))))


def source(kernel: Kernel) -> str:
    """Return the kernel's LLVM IR: one function `ENTRY` to be called by every thread that draws a picture.

    `table` (layers + 1, 5) int64, the colour layer last; `affine` six floats from pixel to plane; `counter` one int64,
    0 at first and shared by the threads; `out` one uint32 per pixel, bottom row first; then the thread's own memory
    (`scratch_floats`, the layer buffer twice). All but `out` is aligned to 64 bytes.
    """
    layers = [_layer(kernel, i, stage) for i, stage in enumerate(kernel.stages)]
    text = "\n".join([*layers, _colours(kernel), _inputs(kernel), _tile(kernel), _draw(kernel)])
    return text + '\nattributes #0 = { nounwind "no-builtins" "no-trapping-math"="true" }\n'


def scratch_floats(kernel: Kernel, width: int) -> tuple[int, int, int]:
    """Return a thread's own memory: floats for a spilled tile, for the pixel inputs, for each of two layer buffers."""
    isa = kernel.isa
    values = 2 if any(stage.function == "atan" for stage in kernel.stages) else 1
    return isa.tile, isa.tile * max(1, len(kernel.inputs)), isa.tile * -(-width // isa.rows) * isa.rows * values


def _layer(kernel: Kernel, number: int, stage: Stage) -> str:
    """One hidden layer of one tile: blocks of rows, each a loop over the inputs and then the activation."""
    isa = kernel.isa
    code = Code(isa.lanes)
    terms = SINE5 if kernel.bf16 else SINE7

    def block(index: str, _: list[str]) -> list[str]:
        sums = _sums(code, isa, stage.reads_pairs, isa.rows, "%inputs", index)
        values = [[FUNCTIONS[stage.function](s, terms) for s in row] for row in sums]
        outputs = [[v[i] for v in row] for row in values for i in range(len(row[0]))]
        _store(code, isa, stage.writes_pairs, outputs, index)
        return []

    code.loop("%blocks", [], block)
    code.do("ret void")
    return code.function(f"internal void @layer{number}({_LAYER_ARGUMENTS})")


_LAYER_ARGUMENTS = (
    "ptr noalias %in, ptr noalias %out, ptr noalias %weights, ptr noalias %biases, i64 %inputs, i64 %blocks"
)


def _sums(code: Code, isa: Isa, pairs: bool, rows: int, inputs: str, block: str) -> list[list[Vector]]:
    """Bias + Σ weight · value for a block of neurons, [neuron][vector]. The loop that all the time goes into."""
    first_row = code.let(f"mul i64 {block}, {rows}")
    here = code.let(f"mul i64 {first_row}, {inputs}")
    names = [code.spread_at("%biases", code.let(f"add i64 {first_row}, {row}")).name for row in range(rows)]
    start = [(code.floats, name) for name in names for _ in range(isa.vectors)]

    def step(k: str, sums: list[str]) -> list[str]:
        at = code.let(f"mul i64 {k}, {isa.tile}")
        x = [code.load("%in", code.let(f"add i64 {at}, {p * isa.lanes}")) for p in range(isa.vectors)]
        weight = code.let(f"add i64 {here}, {code.let(f'mul i64 {k}, {rows}')}")
        result = []
        for row in range(rows):
            w = code.spread_at("%weights", code.let(f"add i64 {weight}, {row}"))
            for p in range(isa.vectors):
                total = Vector(code, sums[row * isa.vectors + p])
                result.append((_dot if pairs else code.fma)(w, x[p], total).name)
        return result

    ends = [Vector(code, name) for name in code.loop(inputs, start, step)]
    return [ends[row * isa.vectors : (row + 1) * isa.vectors] for row in range(rows)]


def _dot(w: Vector, x: Vector, total: Vector) -> Vector:
    """Σ of two bfloat16 products in each lane, added to a float32."""
    code = w.code
    pairs = f"<{2 * code.lanes} x bfloat>"
    a, b = (code.let(f"bitcast {code.floats} {v.name} to {pairs}") for v in (w, x))
    return code.vector(
        f"call {code.floats} @llvm.x86.avx512bf16.dpbf16ps.512({code.floats} {total.name}, {pairs} {a}, {pairs} {b})"
    )


def _store(code: Code, isa: Isa, pairs: bool, outputs: Sequence[Sequence[Vector]], block: str) -> None:
    """Write a block's values where the next layer reads them."""
    if pairs:
        outputs = [[_pair(a, b) for a, b in zip(*outputs[i : i + 2], strict=True)] for i in range(0, len(outputs), 2)]
    first = code.let(f"mul i64 {block}, {len(outputs) * isa.tile}")
    for row, vectors in enumerate(outputs):
        for p, value in enumerate(vectors):
            at = code.at("float", "%out", code.let(f"add i64 {first}, {row * isa.tile + p * isa.lanes}"))
            code.do(f"store {code.floats} {value.name}, ptr {at}, align {4 * isa.lanes}")


def _pair(even: Vector, odd: Vector) -> Vector:
    """Two values rounded to bfloat16 in one lane, the even one in the low half."""
    code = even.code
    low, high = (code.let(f"add {code.integers} {v.bits}, splat (i32 32768)") for v in (even, odd))
    low = code.let(f"lshr {code.integers} {low}, splat (i32 16)")
    high = code.let(f"and {code.integers} {high}, splat (i32 -65536)")
    return code.from_bits(code.let(f"or {code.integers} {low}, {high}"))


def _colours(kernel: Kernel) -> str:
    """The output layer of one tile, through the sigmoid to opaque RGBA bytes."""
    isa = kernel.isa
    code = Code(isa.lanes)
    sums = _sums(code, isa, False, OUTPUTS, "%inputs", "0")
    for p in range(isa.vectors):
        rgba = "splat (i32 -16777216)"
        for channel in range(OUTPUTS):
            level = sigmoid(sums[channel][p]) * 255.0 + 0.5
            byte = code.let(f"fptosi {code.floats} {level.name} to {code.integers}")
            shifted = code.let(f"shl {code.integers} {byte}, splat (i32 {8 * channel})")
            rgba = code.let(f"or {code.integers} {rgba}, {shifted}")
        at = code.at("i32", "%out", str(p * isa.lanes))
        code.do(f"store {code.integers} {rgba}, ptr {at}, align 4")
    code.do("ret void")
    return code.function(f"internal void @colours({_LAYER_ARGUMENTS})")


def _inputs(kernel: Kernel) -> str:
    """The pixel inputs of one tile that starts at pixel `first` of a picture `width` pixels wide."""
    isa = kernel.isa
    code = Code(isa.lanes)
    column = _whole(code, code.let("urem i64 %first, %width"))
    row = _whole(code, code.let("udiv i64 %first, %width"))
    width = _whole(code, "%width")
    a = [code.spread_at("%affine", str(i)) for i in range(6)]
    for p in range(isa.vectors):
        steps = ", ".join(f"float {float(p * isa.lanes + lane) + 0.5}" for lane in range(isa.lanes))
        along = column + Vector(code, f"<{steps}>")
        turns = code.let(f"fptosi {code.floats} {(along / width).name} to {code.integers}")
        rows = code.vector(f"sitofp {code.integers} {turns} to {code.floats}")
        i, j = along - rows * width, row + rows + 0.5
        x, y = (a[k] * i + a[k + 1] * j + a[k + 2] for k in (0, 3))
        for n, name in enumerate(kernel.inputs):
            at = code.at("float", "%out", str((n * isa.vectors + p) * isa.lanes))
            value = PIXEL_INPUTS[name].array(x, y)
            code.do(f"store {code.floats} {value.name}, ptr {at}, align {4 * isa.lanes}")
    code.do("ret void")
    return code.function("internal void @inputs(ptr %affine, i64 %width, i64 %first, ptr %out)")


def _whole(code: Code, integer: str) -> Vector:
    return Vector(code, code.spread(code.let(f"sitofp i64 {integer} to float")))


def _tile(kernel: Kernel) -> str:
    """All layers of one tile. `out` has room for a whole tile."""
    code = Code(kernel.isa.lanes)
    code.do("call void @inputs(ptr %affine, i64 %width, i64 %first, ptr %points)")

    def layer(index: str, buffers: list[str]) -> list[str]:
        read, write = buffers
        arguments = f"ptr {read}, ptr {write}, {_entry(code, index)}"
        done = code.label()
        cases = [code.label() for _ in kernel.stages]
        table = " ".join(f"i64 {i}, label %{case}" for i, case in enumerate(cases))
        code.do(f"switch i64 {_field(code, index, 0)}, label %{done} [ {table} ]")
        for number, case in enumerate(cases):
            code.start(case)
            code.do(f"call void @layer{number}({arguments})")
            code.do(f"br label %{done}")
        code.start(done)
        other = code.let(f"icmp eq ptr {write}, %a")
        return [write, code.let(f"select i1 {other}, ptr %b, ptr %a")]

    read, _ = code.loop("%layers", [("ptr", "%points"), ("ptr", "%a")], layer)
    code.do(f"call void @colours(ptr {read}, ptr %out, {_entry(code, '%layers')})")
    code.do("ret void")
    return code.function(
        "internal void @tile(ptr %table, i64 %layers, ptr %affine, i64 %width, i64 %first, ptr %out, "
        "ptr %points, ptr %a, ptr %b)"
    )


def _field(code: Code, layer: str, column: int) -> str:
    """One number of the layer table."""
    index = code.let(f"add i64 {code.let(f'mul i64 {layer}, {COLUMNS}')}, {column}")
    return code.let(f"load i64, ptr {code.at('i64', '%table', index)}, align 8")


def _entry(code: Code, layer: str) -> str:
    """A layer's arguments after its buffers, from the table."""
    inputs, blocks, weights, biases = (_field(code, layer, column) for column in range(1, COLUMNS))
    weights, biases = (code.let(f"inttoptr i64 {address} to ptr") for address in (weights, biases))
    return f"ptr {weights}, ptr {biases}, i64 {inputs}, i64 {blocks}"


def _draw(kernel: Kernel) -> str:
    """Take tiles from the counter until the picture is full; the last one may reach over its end."""
    tile = kernel.isa.tile
    code = Code(kernel.isa.lanes)
    ask, work, done = code.label(), code.label(), code.label()
    code.do(f"br label %{ask}")
    code.start(ask)
    taken = code.let(f"atomicrmw add ptr %counter, i64 {TILES_AT_ONCE} monotonic")
    start = code.let(f"mul i64 {taken}, {tile}")
    code.do(f"br i1 {code.let(f'icmp slt i64 {start}, %pixels')}, label %{work}, label %{done}")
    code.start(work)
    wanted = code.let(f"add i64 {start}, {TILES_AT_ONCE * tile}")
    end = code.let(f"call i64 @llvm.smin.i64(i64 {wanted}, i64 %pixels)")
    count = code.let(f"sdiv i64 {code.let(f'sub i64 {end}, {start}')}, {tile}")

    def draw(first: str, to: str) -> None:
        code.do(
            "call void @tile(ptr %table, i64 %layers, ptr %affine, i64 %width, "
            f"i64 {first}, ptr {to}, ptr %points, ptr %a, ptr %b)"
        )

    def whole(index: str, _: list[str]) -> list[str]:
        first = code.let(f"add i64 {start}, {code.let(f'mul i64 {index}, {tile}')}")
        draw(first, code.at("i32", "%out", first))
        return []

    code.loop(count, [], whole)
    rest = code.let(f"add i64 {start}, {code.let(f'mul i64 {count}, {tile}')}")
    some, again = code.label(), code.label()
    code.do(f"br i1 {code.let(f'icmp slt i64 {rest}, {end}')}, label %{some}, label %{again}")
    code.start(some)
    draw(rest, "%spill")

    def copy(index: str, _: list[str]) -> list[str]:
        # volatile keeps this a loop: as a call of memcpy it would need a C library to link with
        pixel = code.let(f"load i32, ptr {code.at('i32', '%spill', code.let(f'sub i64 {index}, {rest}'))}, align 4")
        code.do(f"store volatile i32 {pixel}, ptr {code.at('i32', '%out', index)}, align 4")
        return []

    code.loop(end, [], copy, rest)
    code.do(f"br label %{again}")
    code.start(again)
    code.do(f"br label %{ask}")
    code.start(done)
    code.do("ret void")
    return code.function(
        f"void @{ENTRY}(ptr %table, i64 %layers, ptr %affine, i64 %width, i64 %pixels, ptr %counter, "
        "ptr %out, ptr %spill, ptr %points, ptr %a, ptr %b)"
    )

