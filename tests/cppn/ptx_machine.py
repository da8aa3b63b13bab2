"""Runs a compiled kernel's PTX in NumPy, every thread of every block: what the GPU would do, without one.

Only the instructions that our kernels use. Threads of a group go in step and meet again after branches; the groups
are all threads together (fast) or single warps in any order (finds missing barriers). Copies into shared memory
arrive only when their warp waits for them, and shared memory starts as NaN.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app import files
from app.cppn import cuda_build

Array = NDArray[Any]
KEPT = Path(__file__).parents[2] / ".pytest_cache" / "ptx"
THREADS = 256
WIDTHS = {"u64": np.uint64, "s64": np.int64, "b64": np.uint64, "f32": np.float32, "pred": np.bool_,
          "u32": np.uint32, "s32": np.int32, "b32": np.uint32}  # fmt: skip
_LINE = re.compile(r"(?:@(!?)(%p\d+)\s+)?([a-z][\w.:]*)\s*(.*?);?$")
_SPLIT = re.compile(r"(%p\d+)?\s*cvt\.f32\.f16 (%f\d+), l; cvt\.f32\.f16 (%f\d+), h;")


@cache
def compile_ptx(source: str, architecture: str = "compute_80") -> str:
    """Return what the machine reads, compiled with the options of the real kernel; kept for the next run."""
    file = KEPT / f"{cuda_build.place(source, architecture).stem}.ptx"
    if not file.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        files.replace(file, _compile(source, architecture).encode())
    return file.read_text()


def _compile(source: str, architecture: str) -> str:
    from cuda.bindings import nvrtc

    _, program = nvrtc.nvrtcCreateProgram(source.encode(), b"kernel.cu", 0, [], [])
    options = [f"--gpu-architecture={architecture}", *cuda_build.OPTIONS]
    (error,) = nvrtc.nvrtcCompileProgram(program, len(options), [option.encode() for option in options])
    assert int(error) == 0, error
    _, size = nvrtc.nvrtcGetPTXSize(program)
    text = b" " * size
    nvrtc.nvrtcGetPTX(program, text)
    nvrtc.nvrtcDestroyProgram(program)
    return str(text.decode()).rstrip("\0 ")


@dataclass
class Step:
    """One instruction: its name without dots, its operands, the predicate it waits for."""

    parts: list[str]
    operands: list[str]
    guard: str = ""
    negated: bool = False
    text: str = ""
    type: str = field(init=False)
    kinds: list[str] = field(init=False)
    """The types of what it reads."""

    def __post_init__(self) -> None:
        self.type = self.parts[-1]
        if self.parts[0] == "selp":
            self.kinds = [self.type, self.type, "pred"]
        elif self.parts[0] in ("shl", "shr"):
            self.kinds = [self.type, "u32"]
        else:
            self.kinds = [self.type] * (len(self.operands) - 1)


@cache
def parse(ptx: str) -> tuple[list[Step], dict[str, int]]:
    """Return the kernel's instructions and where its labels lead."""
    steps: list[Step] = []
    labels: dict[str, int] = {}
    body = ptx[ptx.index(".visible .entry") :]
    for raw in body[body.index("{") + 1 :].splitlines():
        line = raw.split("//")[0].strip()
        if line.startswith("$"):
            labels[line.rstrip(":")] = len(steps)
        elif line.startswith("{.reg"):
            source = re.search(r"\{l, h\}, (%r\d+)", line)
            made = _SPLIT.search(line)
            assert source and made
            steps.append(Step(["unpack"], [made[2], made[3], source[1]], text=line))
        elif line and line[0] not in ".{}" and (match := _LINE.match(line)):
            operands = [part.strip() for part in re.split(r",(?![^{]*\})", match[4])] if match[4] else []
            steps.append(Step(match[3].split("."), operands, match[2] or "", bool(match[1]), line))
    return steps, labels


@dataclass
class Group:
    """Threads that go in step; `pc` per thread, -1 once it has ended."""

    threads: Array
    pc: Array
    waiting: bool = False
    pending: list[tuple[Array, Array, Array]] = field(default_factory=list)


class Machine:
    """One launch: `memory` is all of global memory, addressed from 0; `grid` is (x, y)."""

    def __init__(
        self, ptx: str, memory: Array, grid: tuple[int, int], shared_bytes: int, arguments: Sequence[int]
    ) -> None:
        self.steps, self.labels = parse(ptx)
        self.memory = memory
        self.arguments = arguments
        blocks = grid[0] * grid[1]
        self.shared = np.full((blocks, shared_bytes // 2 + 8), np.nan, np.float16).view(np.uint32)
        threads = np.arange(blocks * THREADS)
        self.block = threads // THREADS
        self.special = {
            "%tid.x": threads % THREADS,
            "%ctaid.x": self.block % grid[0],
            "%ctaid.y": self.block // grid[0],
            "%nctaid.x": np.full(threads.size, grid[0]),
        }
        self.special = {name: value.astype(np.uint32) for name, value in self.special.items()}
        self.count = threads.size

    def run(self, order: Sequence[int] | None = None) -> None:
        """Run to the end: all threads in step, or warp by warp in the given order between barriers."""
        every = np.arange(self.count)
        chosen = [every] if order is None else [every.reshape(-1, 32)[warp] for warp in order]
        self.registers: list[dict[str, Array]] = [{} for _ in chosen]
        groups = [Group(threads, np.zeros(threads.size, np.int64)) for threads in chosen]
        with np.errstate(all="ignore"):  # infinities of an overflow are for the caller to judge
            while any((group.pc >= 0).any() for group in groups):
                for number, group in enumerate(groups):
                    self._advance(group, self.registers[number])
                self._open_barriers(groups)

    def _open_barriers(self, groups: list[Group]) -> None:
        """Let the warps of a block go on once all of them wait."""
        for block in range(self.count // THREADS):
            warps = [group for group in groups if self.block[group.threads[0]] == block]
            waiting = [group for group in warps if group.waiting]
            assert not waiting or len(waiting) == len(warps), "a warp ended before a barrier of its block"
            for group in waiting:
                group.waiting = False
                group.pc += 1

    def _advance(self, group: Group, registers: dict[str, Array]) -> None:
        self.group, self.file = group, registers
        while (group.pc >= 0).any() and not group.waiting:
            at = int(group.pc[group.pc >= 0].min())
            self.on = group.pc == at
            self.everyone = bool(self.on.all())
            others = group.pc[group.pc > at]
            self._straight(at, int(others.min()) if others.size else len(self.steps))

    def _straight(self, at: int, stop: int) -> None:
        """Run the threads that are at `at` until a branch, a barrier, or where others wait for them."""
        group = self.group
        while at < stop:
            step = self.steps[at]
            name = step.parts[0]
            if name == "bra":
                taken = self.on & self._guard(step)
                group.pc[self.on] = at + 1
                group.pc[taken] = self.labels[step.operands[-1]]
                return
            if name == "ret":
                group.pc[self.on] = -1
                return
            if name == "bar" and group.threads.size == 32:
                assert self.everyone, "a barrier inside a branch"
                group.pc[:] = at
                group.waiting = True
                return
            if name == "bar":
                assert self.whole(THREADS), "a barrier inside a branch"
                at += 1
                continue
            assert not step.guard, step.text
            try:
                self._execute(step)
            except Exception as error:
                raise AssertionError(f"{step.text}: {error}") from error
            at += 1
        group.pc[self.on] = at

    def whole(self, size: int = 32) -> bool:
        """Whether every warp (or block) is here with all its threads or none."""
        parts = self.on.reshape(-1, size)
        return self.everyone or bool((parts.all(axis=1) == parts.any(axis=1)).all())

    def _guard(self, step: Step) -> Array:
        if not step.guard:
            return np.ones(self.on.size, bool)
        return self.file[step.guard] ^ step.negated

    def get(self, operand: str, kind: str) -> Array:
        """Return an operand's value for every thread of the group, as the given type."""
        dtype = np.dtype(WIDTHS[kind])
        if operand in self.special:
            return self.special[operand][self.group.threads]
        if operand.startswith("%"):
            value = self.file[operand]
            return value if value.dtype == dtype else value.view(dtype)
        if operand.startswith("0f"):
            return np.full(self.on.size, np.array(int(operand[2:], 16), np.uint32).view(np.float32))
        number = 0 if operand == "arena" else int(operand, 0)
        bits = 8 * dtype.itemsize
        unsigned = np.array(number % (1 << bits), f"u{dtype.itemsize}")
        return np.full(self.on.size, unsigned.view(dtype))

    def put(self, operand: str, value: Array) -> None:
        """Write a register in the threads that are on."""
        if not self.everyone:
            old = self.file.get(operand)
            value = np.where(self.on, value, np.zeros_like(value) if old is None else old.view(value.dtype))
        self.file[operand] = value

    def _execute(self, step: Step) -> None:
        name = step.parts[0]
        if name in _VALUES:
            values = [self.get(text, kind) for text, kind in zip(step.operands[1:], step.kinds, strict=True)]
            self.put(step.operands[0], _VALUES[name](step, *values))
        else:
            _EFFECTS[name](self, step)

    def address(self, operand: str) -> tuple[Array, int]:
        """Return the register and the offset of "[%rd1+8]"."""
        name, offset = _place(operand)
        kind = "u64" if name.startswith("%rd") else "u32"
        return self.get(name, kind).astype(np.int64), offset


@cache
def _place(operand: str) -> tuple[str, int]:
    match = re.match(r"\[(%\w+|\w+)(?:\+(-?\d+))?\]", operand)
    assert match
    return match[1], int(match[2] or 0)


def _round32(value: Array) -> Array:
    return value.astype(np.float32)


_RELATIONS = {"gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal, "eq": np.equal,
              "ne": np.not_equal}  # fmt: skip


def _compare(step: Step, a: Array, b: Array) -> Array:
    relation = step.parts[1].rstrip("u") if step.type == "f32" else step.parts[1]
    return np.asarray(_RELATIONS[relation](a, b))


def _convert(step: Step, value: Array) -> Array:
    target = WIDTHS[step.parts[-2]]
    if step.type == "f32" and "rzi" in step.parts:
        return np.nan_to_num(np.trunc(value.astype(np.float64)), nan=0.0).clip(0, 2**32 - 1).astype(target)
    return value.astype(target)


def _pack(step: Step, high: Array, low: Array) -> Array:
    halves = np.empty((low.size, 2), np.float16)
    halves[:, 0], halves[:, 1] = low, high
    return halves.view(np.uint32)[:, 0]


def _cvt(step: Step, *values: Array) -> Array:
    return _pack(step, *values) if "f16x2" in step.parts else _convert(step, values[0])


_wide: Callable[[Array], Array] = lambda value: value.astype(np.float64)  # noqa: E731
_VALUES: dict[str, Callable[..., Array]] = {
    "mov": lambda step, a: a.copy(),
    "add": lambda step, a, b: a + b,
    "sub": lambda step, a, b: a - b,
    "mul": lambda step, a, b: a.astype(np.uint64) * b.astype(np.uint64) if "wide" in step.parts else a * b,
    "mad": lambda step, a, b, c: a * b + c,
    "div": lambda step, a, b: a // np.maximum(b, 1) if step.type == "u32" else a / b,
    "shl": lambda step, a, b: a << b.astype(a.dtype),
    "shr": lambda step, a, b: a >> b.astype(a.dtype),
    "and": lambda step, a, b: a & b,
    "or": lambda step, a, b: a | b,
    "xor": lambda step, a, b: a ^ b,
    "not": lambda step, a: ~a,
    "neg": lambda step, a: -a,
    "abs": lambda step, a: np.abs(a),
    "max": lambda step, a, b: np.maximum(a, b),
    "setp": _compare,
    "selp": lambda step, a, b, p: np.asarray(np.where(p, a, b)),
    "cvt": _cvt,
    "cvta": lambda step, a: a,
    "fma": lambda step, a, b, c: _round32(_wide(a) * _wide(b) + _wide(c)),
    "sqrt": lambda step, a: np.sqrt(a),
    "rsqrt": lambda step, a: _round32(1.0 / np.sqrt(_wide(a))),
    "sin": lambda step, a: _round32(np.sin(_wide(a))),
    "cos": lambda step, a: _round32(np.cos(_wide(a))),
    "ex2": lambda step, a: _round32(np.exp2(_wide(a))),
    "lg2": lambda step, a: _round32(np.log2(_wide(a))),
    "tanh": lambda step, a: _round32(np.tanh(_wide(a)) * (1 + 2.0**-12)).clip(-1, 1),
    "copysign": lambda step, a, b: np.copysign(b, a),
}
"""What each instruction makes of its operands."""


@cache
def _names(operand: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in operand.strip("{}").split(","))


def _load(machine: Machine, step: Step) -> None:
    if step.parts[1] == "param":
        number = int(step.operands[1].rstrip("]").rsplit("_", 1)[1])
        machine.put(step.operands[0], np.full(machine.on.size, machine.arguments[number], WIDTHS[step.type]))
        return
    base, offset = machine.address(step.operands[1])
    size = np.dtype(WIDTHS[step.type]).itemsize
    at = np.where(machine.on, base + offset, 0)
    assert (at % size == 0).all(), "misaligned"
    for i, name in enumerate(_names(step.operands[0])):
        if step.parts[1] == "shared":
            rows = machine.block[machine.group.threads]
            words = machine.shared[rows, at // 4 + i]
            machine.put(name, words.view(WIDTHS[step.type]))
        else:
            machine.put(name, machine.memory.view(WIDTHS[step.type])[at // size + i])


def _store(machine: Machine, step: Step) -> None:
    base, offset = machine.address(step.operands[0])
    at = (base + offset)[machine.on]
    machine.memory.view(np.uint32)[at // 4] = machine.get(step.operands[1], "u32")[machine.on]


def _async(machine: Machine, step: Step) -> None:
    group = machine.group
    if step.parts[2] == "wait_all":
        for rows, to, words in group.pending:
            for i in range(4):
                machine.shared[rows, to // 4 + i] = words[:, i]
        group.pending.clear()
        return
    to, add = machine.address(step.operands[0])
    source, offset = machine.address(step.operands[1])
    source, to = (source + offset)[machine.on], (to + add)[machine.on]
    words = machine.memory.view(np.uint32)[(source // 4)[:, None] + np.arange(4)]
    group.pending.append((machine.block[group.threads][machine.on], to, words))


def _shuffle(machine: Machine, step: Step) -> None:
    assert machine.whole(), "a shuffle inside a branch"
    value = machine.get(step.operands[1], "u32")
    machine.put(step.operands[0].split("|")[0], np.roll(value, -int(machine.get(step.operands[2], "u32")[0])))


def _unpack(machine: Machine, step: Step) -> None:
    halves = machine.get(step.operands[2], "u32").view(np.float16).reshape(-1, 2)
    for i in range(2):
        machine.put(step.operands[i], halves[:, i].astype(np.float32))


def _tiles(words: list[Array]) -> Array:
    """Return (registers, warps, 8, 8): lane 4g + t holds row g, columns 2t and 2t + 1."""
    return np.stack(words).view(np.float16).astype(np.float32).reshape(len(words), -1, 8, 8)


def _mma(machine: Machine, step: Step) -> None:
    assert machine.whole(), "mma inside a branch"
    a, b = (_tiles([machine.get(name, "u32") for name in _names(text)]) for text in step.operands[1:3])
    # Of the left matrix the registers go down first, then to the right; of the right one each holds columns.
    left = a.reshape(2, 2, -1, 8, 8).transpose(2, 1, 3, 0, 4).reshape(-1, 16, 16)
    right = b.transpose(1, 0, 3, 2).reshape(-1, 16, 8)
    names, half = _names(step.operands[0]), step.type == "f16"
    old = [machine.get(name, "u32" if half else "f32") for name in _names(step.operands[3])]
    if half:
        product = (left @ right).reshape(-1, 2, 8, 8).transpose(1, 0, 2, 3)
        new = (product + _tiles(old)).astype(np.float16).reshape(2, -1, 2).view(np.uint32)[..., 0]
    else:  # four registers: upper and lower rows, even and odd columns
        product = (left @ right).reshape(-1, 2, 8, 4, 2).transpose(1, 4, 0, 2, 3)
        new = product.reshape(4, -1) + np.stack(old)
    for name, value in zip(names, new, strict=True):
        machine.put(name, value)


_EFFECTS: dict[str, Callable[[Machine, Step], None]] = {
    "ld": _load,
    "st": _store,
    "cp": _async,
    "shfl": _shuffle,
    "unpack": _unpack,
    "mma": _mma,
}
"""Instructions that touch memory or other threads."""
