"""Expressions in experiments (`0.1*ti`, `0 if t < .4 else 1`): a whitelist over the syntax tree, never `eval`.

Pure; any process. Each node is visited at most once and no number outgrows 64 bits, so an evaluation always ends soon.
A `Value` is only its text: it travels between processes, and the tree is built again (and kept) where it is used.
"""

import ast
import functools
import math
import random
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.problems import UserError
from app.training.expression_rules import (
    BINARY,
    COMPARE,
    CONSTANTS,
    COUNTS,
    LISTED,
    MAX_BITS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_RANDOM,
    PLAIN,
    RAMPS,
    RANDOM,
    SIMILARITY,
    UNARY,
    WHOLE,
    WITH_SIMILARITY,
    check,
    too_deep,
)


class Chance:
    """A step's own source of random numbers, made when the first is asked for: few expressions ask."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._rng: random.Random | None = None

    @property
    def rng(self) -> random.Random:
        """The source, the same object at every call."""
        if self._rng is None:
            self._rng = random.Random(self._seed)
        return self._rng


class Scope(dict[str, float]):
    """The variables of one step, and its chance."""

    def __init__(self, values: Mapping[str, float], chance: Chance) -> None:
        super().__init__(values)
        self.chance = chance

    def seen(self, similarity: float) -> "Scope":
        """Return this scope with the similarity (cosine × 100) of a feature, or the mean of a target's."""
        return Scope({**self, "similarity": similarity, "sim": similarity}, self.chance)


def scope(
    step: int,
    steps: int,
    resolution: tuple[int, int] = (256, 256),
    learnrate: float = 1.0,
    learnrate_scale: float = 1.0,
    seed: int = 0,
) -> Scope:
    """Return all variables at `step` of `steps`; the similarity is 0 until `Scope.seen`.

    `resolution` as a variable is the shorter side. The same seed and step give the same random numbers.
    """
    t = step / max(1, steps)
    width, height = resolution
    values: dict[str, float] = {"epoch": step, "resolution": min(resolution), "width": width, "height": height}
    values |= {"learnrate": learnrate, "learnrate_scale": learnrate_scale, "similarity": 0.0}
    for name, short, base in (("time", "t", t), ("time_inverse", "ti", 1.0 - t)):
        for n in range(1, 6):
            suffix = str(n) if n > 1 else ""
            values[name + suffix] = values[short + suffix] = base**n
    values |= {"res": values["resolution"], "lr": learnrate, "lrs": learnrate_scale, "sim": 0.0}
    return Scope(values, Chance(f"{seed}/{step}"))


@dataclass(frozen=True, slots=True)
class Value:
    """A number, or an expression that gives one at each step. `place` is where it stands ("file:line: key")."""

    text: str
    number: float | None = None
    place: str = field(default="", compare=False, repr=False)

    def at(self, scope: Mapping[str, float]) -> float:
        """Return the number in this scope (`epoch`, `t`, `resolution`, …), always finite; else `UserError`."""
        if self.number is not None:
            return self.number
        place = f"{self.place}: " if self.place else ""
        return _evaluate(self.text, scope, f"{place}expression '{self.text}'")

    @property
    def needs_similarity(self) -> bool:
        """Whether it can be worked out only where something has been judged."""
        return self.number is None and not SIMILARITY.isdisjoint(_names(self.text))

    @property
    def always_negative(self) -> bool:
        """Whether this is a constant below zero."""
        return self.number is not None and self.number < 0.0


def constant(number: float) -> Value:
    """Return a value that never changes."""
    short = f"{number:g}"
    return Value(short if float(short) == number else repr(float(number)), float(number))


def parse(text: str, where: str, names: Collection[str] = WITH_SIMILARITY) -> Value:
    """Return the value of a number or an expression over the variables `names`.

    `where` names the place for the `UserError`, which gives the column too. What depends on nothing is worked out now,
    what depends on chance alone is tried; the rest is tried where the number of steps is known (`trial`).
    """
    text = text.strip()
    tree = _tree(text, where)
    used = check(tree, where, names)
    if not used:
        return constant(_evaluate(text, scope(0, 1), where))
    if used <= RANDOM:
        _evaluate(text, scope(0, 1), where)
    return Value(text, place=where)


@functools.lru_cache(maxsize=1024)
def _names(text: str) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name))


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "1if t else 2" is odd, not wrong
        return ast.parse(text, mode="eval").body


def _tree(text: str, where: str) -> ast.expr:
    if not text:
        raise UserError(f"{where}: nothing there; a number or an expression is needed")
    if len(text) > MAX_LENGTH:
        raise UserError(f"{where}: column {MAX_LENGTH}: longer than {MAX_LENGTH} characters")
    try:
        tree = _parsed(text)
    except SyntaxError as error:
        raise UserError(f"{where}: column {error.offset or 1}: not an expression: '{text}'") from None
    except (ValueError, RecursionError, MemoryError):
        raise UserError(f"{where}: column 1: not an expression") from None
    if too_deep(tree, MAX_DEPTH):
        raise UserError(f"{where}: column 1: nested deeper than {MAX_DEPTH} levels")
    return tree


def _evaluate(text: str, scope: Mapping[str, float], where: str) -> float:
    chance = scope.chance if isinstance(scope, Scope) else Chance("0")
    try:
        return float(_number(_parsed(text), scope, chance))
    except _RefusedError as error:
        raise UserError(f"{where}: {error}") from None


class _RefusedError(Exception):
    """Why a number could not be worked out, with its column."""


def _number(node: ast.expr, scope: Mapping[str, float], chance: Chance) -> float:
    result: float
    try:
        result = _work_out(node, scope, chance)
    except (ArithmeticError, ValueError, TypeError) as error:
        raise _RefusedError(f"column {node.col_offset + 1}: {error}") from None
    if isinstance(result, complex):
        raise _RefusedError(f"column {node.col_offset + 1}: no real number")
    if isinstance(result, int) and result.bit_length() > MAX_BITS:
        raise _RefusedError(f"column {node.col_offset + 1}: larger than {MAX_BITS} bits")
    if not math.isfinite(result):
        raise _RefusedError(f"column {node.col_offset + 1}: not a finite number")
    return result


def _work_out(node: ast.expr, scope: Mapping[str, float], chance: Chance) -> Any:
    def of(child: ast.expr) -> Any:
        return _number(child, scope, chance)

    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _variable(name, scope)
        case ast.UnaryOp(op=unary, operand=operand):
            return UNARY[type(unary)](of(operand))
        case ast.BinOp(left=left, op=binary, right=right):
            return _combine(binary, of(left), of(right))
        case ast.BoolOp(op=op, values=values):
            return _first_that_decides(isinstance(op, ast.Or), (of(value) for value in values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            terms = [of(left), *map(of, others)]
            return all(COMPARE[type(kind)](a, b) for kind, a, b in zip(ops, terms, terms[1:], strict=False))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return of(body) if of(test) else of(orelse)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _call(name, [of(arg) for arg in args], scope, chance)
    raise ValueError("not allowed")


def _first_that_decides(is_or: bool, values: Iterator[Any]) -> Any:
    """Return what Python's `or` and `and` give: the first value that settles it, else the last."""
    value: Any = 0
    for value in values:
        if bool(value) == is_or:
            return value
    return value


def _variable(name: str, scope: Mapping[str, float]) -> float:
    if name in scope:
        return scope[name]
    if name in CONSTANTS:
        return CONSTANTS[name]
    raise ValueError(f"'{name}' is not known here")


def _combine(op: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(op, ast.Pow):
        _check_power(left, right)
    return BINARY[type(op)](left, right)


def _check_power(base: float | int, exponent: float | int) -> None:
    """Refuse a whole power that would be worked out to more digits than fit."""
    whole = isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1
    if whole and int(base).bit_length() * abs(exponent) > 2 * MAX_BITS:
        raise ValueError(f"{base}**{exponent} is too large")


def _call(name: str, args: list[Any], scope: Mapping[str, float], chance: Chance) -> Any:
    limit = COUNTS.get(name)
    if limit is not None and any(abs(arg) > limit for arg in args[1 if name in ("round", "ldexp") else 0 :]):
        raise ValueError(f"{name}() of more than {limit} is too much work")
    if name in RAMPS:
        return _ramp(_variable("t", scope), *_two(name, args))
    if name in WHOLE:
        args = [int(arg) if float(arg).is_integer() else arg for arg in args]
    if name in LISTED and not args:
        raise TypeError(f"{name}() takes at least one number")
    if name in RANDOM:
        if name in WHOLE and not all(isinstance(arg, int) for arg in args):
            raise ValueError(f"{name}() takes whole numbers")
        if any(abs(arg) > MAX_RANDOM for arg in args):
            raise ValueError(f"{name}() takes numbers up to {MAX_RANDOM:g}")
        return chance.rng.choice(args) if name in LISTED else getattr(chance.rng, name)(*args)
    return PLAIN[name](*args)


def _two(name: str, args: list[Any]) -> tuple[float, float]:
    if len(args) != 2:
        raise TypeError(f"{name}() takes two moments, 0..1")
    return args[0], args[1]


def _ramp(t: float, a: float, b: float) -> float:
    """Rise from 0 to 1 while t goes from a to b; fall from 1 to 0 from b to a if b < a."""
    if a == b:
        return float(t >= a)
    low, high = min(a, b), max(a, b)
    rise = min(1.0, max(0.0, (t - low) / (high - low)))
    return rise if a < b else 1.0 - rise
