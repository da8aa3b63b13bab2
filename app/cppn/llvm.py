"""The network as LLVM IR: one function that draws a picture, tile by tile, straight to RGBA bytes.

Pure text; `llvm_jit` compiles it. A tile is `vectors` vectors of pixels. Its values lie [neuron][pixel] in two
buffers the size of the L1 cache; `rows` neurons × `vectors` sums stay in registers while the weights, one number for
all pixels, stream by.

In fixed point every activation is a multiple of 1/4096 in 16 bits (all of them are bounded, so nothing is wasted on
exponents), two neighbouring neurons share a lane, and one instruction multiplies both pairs and adds them up in 32
bits, exactly: twice float32's rate, as bfloat16 is, with about a twentieth of its error. The first layer
stays float32, for sixteen bits cannot tell neighbouring pixels apart, and so does the last, which costs nothing.
"""

from collections.abc import Sequence

from app.cppn.arch import OUTPUTS
from app.cppn.llvm_kinds import FIXED_ONE, Isa, Kernel, Stage
from app.cppn.llvm_maths import FUNCTIONS, NEAREST, SINE5, SINE7, sigmoid
from app.cppn.llvm_text import Code, Vector
from app.cppn.llvm_tiles import LAYER_ARGUMENTS, draw, inputs, tile


def source(kernel: Kernel) -> str:
    """Return the kernel's LLVM IR: one function `ENTRY` to be called by every thread that draws a picture.

    `table` (layers + 1, 6) int64, the colour layer last; `affine` six floats from pixel to plane for every `each` of
    the `pixels` (several pictures one after the other; each whole tiles); `counter` one int64, 0 at first and shared by
    the threads; `out` one uint32 per pixel, bottom row first; then the thread's own memory (`scratch_floats`, the layer
    buffer twice). All but `out` is aligned to 64 bytes.
    """
    layers = [_layer(kernel, i, stage) for i, stage in enumerate(kernel.stages)]
    text = "\n".join([*layers, _colours(kernel), inputs(kernel), tile(kernel), draw(kernel)])
    return text + '\nattributes #0 = { nounwind "no-builtins" "no-trapping-math"="true" }\n'


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
    return code.function(f"internal void @layer{number}({LAYER_ARGUMENTS})")


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
                result.append(
                    _pair_product(isa, w, x[p], total) if pairs else code.fma(w, x[p], Vector(code, total)).name
                )
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
    return code.function(f"internal void @colours({LAYER_ARGUMENTS})")
