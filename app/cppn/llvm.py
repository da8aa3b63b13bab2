"""The network as LLVM IR: one function that draws a picture, tile by tile, straight to RGBA bytes.

A kernel knows the pixel inputs, the activation functions, the precision and the vector unit; widths, depths and
weights are arguments, so that one compiled kernel draws every style of its kind. Pure text; `llvm_jit` compiles it.

A tile is `vectors` vectors of pixels. Its values lie [neuron][pixel] in two buffers the size of the L1 cache;
`rows` neurons × `vectors` sums stay in registers while the weights, one number for all pixels, stream by.

In fixed point every activation is a multiple of 1/4096 in 16 bits (all of them are bounded, so nothing is wasted on
exponents), two neighbouring neurons share a lane, and one instruction multiplies both pairs and adds them up in 32
bits, exactly: twice float32's rate, with some thirty times less error than bfloat16 at the same rate. The first layer
stays float32, for sixteen bits cannot tell neighbouring pixels apart, and so does the last, which costs nothing.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.cppn.arch import OUTPUTS, Arch
from app.cppn.inputs import PIXEL_INPUTS
from app.cppn.llvm_maths import ACTIVATIONS, FUNCTIONS, NEAREST, SINE5, SINE7, sigmoid
from app.cppn.llvm_text import Code, Vector

TILES_AT_ONCE = 4
"""Tiles a thread takes from the counter in one go: some microseconds of work, and little left over at the end."""
COLUMNS = 6
"""Numbers per layer in the table: stage, inputs, blocks of rows, addresses of the weights, biases and scales."""
FIXED_ONE = 4096
"""The number 1 in fixed point."""
ENTRY = "clavilux_draw"
_ADDRESS, _NUMBER = ctypes.c_void_p, ctypes.c_int64
ARGUMENTS = (_ADDRESS, _NUMBER, _ADDRESS, _NUMBER, _NUMBER, *[_ADDRESS] * 6)
"""Of the compiled function; see `source`."""


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
    if features.get("avx512f") and features.get("avx512bw"):
        return Isa("AVX-512", 16, 4, 4, "x86.avx512.pmaddw.d.512")
    if features.get("avx2") and features.get("fma"):
        return Isa("AVX2", 8, 4, 3, "x86.avx2.pmadd.wd")
    if features.get("sse2"):
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


def source(kernel: Kernel) -> str:
    """Return the kernel's LLVM IR: one function `ENTRY` to be called by every thread that draws a picture.

    `table` (layers + 1, 6) int64, the colour layer last; `affine` six floats from pixel to plane; `counter` one int64,
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
    terms = SINE5 if kernel.fixed else SINE7

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
    "ptr noalias %in, ptr noalias %out, ptr noalias %weights, ptr noalias %biases, ptr noalias %scales, "
    "i64 %inputs, i64 %blocks"
)


def _sums(code: Code, isa: Isa, pairs: bool, rows: int, inputs: str, block: str) -> list[list[Vector]]:
    """Bias + Σ weight · value for a block of neurons, [neuron][vector]. The loop that all the time goes into."""
    first_row = code.let(f"mul i64 {block}, {rows}")
    here = code.let(f"mul i64 {first_row}, {inputs}")
    biases = [code.spread_at("%biases", code.let(f"add i64 {first_row}, {row}")) for row in range(rows)]
    kind = code.integers if pairs else code.floats
    start = [(kind, "zeroinitializer" if pairs else bias.name) for bias in biases for _ in range(isa.vectors)]

    def step(k: str, sums: list[str]) -> list[str]:
        at = code.let(f"mul i64 {k}, {isa.tile}")
        x = [code.load("%in", code.let(f"add i64 {at}, {p * isa.lanes}")) for p in range(isa.vectors)]
        weight = code.let(f"add i64 {here}, {code.let(f'mul i64 {k}, {rows}')}")
        result = []
        for row in range(rows):
            w = code.spread_at("%weights", code.let(f"add i64 {weight}, {row}"))
            for p in range(isa.vectors):
                total = sums[row * isa.vectors + p]
                result.append(_pair_product(isa, w, x[p], total) if pairs else code.fma(w, x[p], Vector(code, total)).name)
        return result

    ends = code.loop(inputs, start, step)
    table = [ends[row * isa.vectors : (row + 1) * isa.vectors] for row in range(rows)]
    if not pairs:
        return [[Vector(code, total) for total in row] for row in table]
    scales = [code.spread_at("%scales", code.let(f"add i64 {first_row}, {row}")) for row in range(rows)]
    return [
        [code.fma(code.vector(f"sitofp {kind} {total} to {code.floats}"), scale, bias) for total in row]
        for row, scale, bias in zip(table, scales, biases, strict=True)
    ]


def _pair_product(isa: Isa, w: Vector, x: Vector, total: str) -> str:
    """Σ of the two products of 16-bit numbers in each lane, added to 32-bit integers."""
    code = w.code
    halves = f"<{2 * code.lanes} x i16>"
    a, b = (code.let(f"bitcast {code.floats} {v.name} to {halves}") for v in (w, x))
    products = code.let(f"call {code.integers} @llvm.{isa.pair_product}({halves} {a}, {halves} {b})")
    return code.let(f"add {code.integers} {total}, {products}")


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
    """Two values in fixed point in one lane, the even one in the low half.

    Adding 1.5 · 2²³ steps rounds a value to whole steps and leaves their count in the sum's low bits.
    """
    code = even.code
    low, high = ((v + NEAREST / FIXED_ONE).bits for v in (even, odd))
    low = code.let(f"and {code.integers} {low}, splat (i32 65535)")
    high = code.let(f"shl {code.integers} {high}, splat (i32 16)")
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
    inputs, blocks, *addresses = (_field(code, layer, column) for column in range(1, COLUMNS))
    weights, biases, scales = (code.let(f"inttoptr i64 {address} to ptr") for address in addresses)
    return f"ptr {weights}, ptr {biases}, ptr {scales}, i64 {inputs}, i64 {blocks}"


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

