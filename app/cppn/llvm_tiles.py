"""The kernel's frame as LLVM IR: tiles from a shared counter, pixel inputs, the layers of a tile in turn. Pure text.

The layers themselves are in `llvm`.
"""

import ctypes

from app.cppn.inputs import PIXEL_INPUTS
from app.cppn.llvm_kinds import COLUMNS, Kernel
from app.cppn.llvm_text import Code, Vector

TILES_AT_ONCE = 4
"""Tiles a thread takes from the counter in one go: some microseconds of work, and little left over at the end."""
ENTRY = "clavilux_draw"
AFFINE = 6
"""Floats of one."""
_ADDRESS, _NUMBER = ctypes.c_void_p, ctypes.c_int64
ARGUMENTS = (_ADDRESS, _NUMBER, _ADDRESS, *[_NUMBER] * 3, *[_ADDRESS] * 6)
"""Of the compiled function; see `llvm.source`."""
LAYER_ARGUMENTS = (
    "ptr noalias %in, ptr noalias %out, ptr noalias %weights, ptr noalias %biases, ptr noalias %scales, "
    "i64 %inputs, i64 %blocks"
)


def inputs(kernel: Kernel) -> str:
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


def tile(kernel: Kernel) -> str:
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


def draw(kernel: Kernel) -> str:
    """Take tiles from the counter until the picture is full."""
    code = Code(kernel.isa.lanes)
    size = kernel.isa.tile
    ask, work, done = code.label(), code.label(), code.label()
    code.do(f"br label %{ask}")
    code.start(ask)
    taken = code.let(f"atomicrmw add ptr %counter, i64 {TILES_AT_ONCE} monotonic")
    start = code.let(f"mul i64 {taken}, {size}")
    code.do(f"br i1 {code.let(f'icmp slt i64 {start}, %pixels')}, label %{work}, label %{done}")
    code.start(work)
    wanted = code.let(f"add i64 {start}, {TILES_AT_ONCE * size}")
    end = code.let(f"call i64 @llvm.smin.i64(i64 {wanted}, i64 %pixels)")
    rest = _whole_tiles(code, size, start, end)
    _part_of_a_tile(code, rest, end)
    code.do(f"br label %{ask}")
    code.start(done)
    code.do("ret void")
    return code.function(
        f"void @{ENTRY}(ptr %table, i64 %layers, ptr %affine, i64 %width, i64 %each, i64 %pixels, ptr %counter, "
        "ptr %out, ptr %spill, ptr %points, ptr %a, ptr %b)"
    )


def _whole_tiles(code: Code, size: int, start: str, end: str) -> str:
    """Draw all tiles that fit between two pixels into the picture; return the first pixel left over."""
    count = code.let(f"sdiv i64 {code.let(f'sub i64 {end}, {start}')}, {size}")

    def whole(index: str, _: list[str]) -> list[str]:
        first = code.let(f"add i64 {start}, {code.let(f'mul i64 {index}, {size}')}")
        _draw_tile(code, first, code.at("i32", "%out", first))
        return []

    code.loop(count, [], whole)
    return code.let(f"add i64 {start}, {code.let(f'mul i64 {count}, {size}')}")


def _part_of_a_tile(code: Code, rest: str, end: str) -> None:
    """Draw the picture's last pixels beside it and copy those that belong to it."""
    some, none = code.label(), code.label()
    code.do(f"br i1 {code.let(f'icmp slt i64 {rest}, {end}')}, label %{some}, label %{none}")
    code.start(some)
    _draw_tile(code, rest, "%spill")

    def copy(index: str, _: list[str]) -> list[str]:
        # volatile keeps this a loop: as a call of memcpy it would need a C library to link with
        pixel = code.let(f"load i32, ptr {code.at('i32', '%spill', code.let(f'sub i64 {index}, {rest}'))}, align 4")
        code.do(f"store volatile i32 {pixel}, ptr {code.at('i32', '%out', index)}, align 4")
        return []

    code.loop(end, [], copy, rest)
    code.do(f"br label %{none}")
    code.start(none)


def _draw_tile(code: Code, first: str, to: str) -> None:
    """Draw one tile; which of the pictures it lies in gives the affine."""
    at = code.let(f"mul i64 {code.let(f'udiv i64 {first}, %each')}, {AFFINE}")
    code.do(
        f"call void @tile(ptr %table, i64 %layers, ptr {code.at('float', '%affine', at)}, i64 %width, "
        f"i64 {code.let(f'urem i64 {first}, %each')}, ptr {to}, ptr %points, ptr %a, ptr %b)"
    )
