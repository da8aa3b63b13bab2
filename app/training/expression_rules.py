"""What an expression may say: the names, functions and kinds of nodes on the whitelist, and all limits. Pure."""

import ast
import math
import operator
from collections.abc import Callable, Collection
from typing import Any

from app.problems import UserError, nearest

MAX_LENGTH = 400
MAX_NODES = 200
MAX_DEPTH = 30
MAX_BITS = 64
MAX_RANDOM = 1e6
"""No argument of a random function may be larger: some draw again and again when theirs is."""

_POWERS = tuple(f"{name}{n}" for name in ("time", "t", "time_inverse", "ti") for n in range(2, 6))
TIME = frozenset({"epoch", "time", "t", "time_inverse", "ti", *_POWERS})
WITH_RESOLUTION = TIME | {"resolution", "res", "width", "height"}
WITH_LEARNRATE = WITH_RESOLUTION | {"learnrate", "lr", "learnrate_scale", "lrs"}
SIMILARITY = frozenset({"similarity", "sim"})
WITH_SIMILARITY = WITH_LEARNRATE | SIMILARITY
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}
RAMPS = frozenset({"time_step", "ts"})

MATH = """
    acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees erf erfc exp exp2 expm1 fabs
    factorial floor fmod gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2
    nextafter perm pow radians remainder sin sinh sqrt tan tanh trunc ulp
"""
CHANCES = """
    betavariate choice expovariate gammavariate gauss getrandbits lognormvariate normalvariate paretovariate randint
    randrange random triangular uniform vonmisesvariate weibullvariate
"""
RANDOM = frozenset(CHANCES.split())
PLAIN: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in MATH.split()},
    **{f.__name__: f for f in (abs, min, max, round, int, float, bool)},
    "fsum": lambda *numbers: math.fsum(numbers), "prod": lambda *numbers: math.prod(numbers),
}  # fmt: skip
LISTED = frozenset({"choice", "fsum", "prod"})
"""Functions that take a list in Python: here the numbers themselves, one at least."""
COUNTS = {"factorial": 20, "comb": 60, "perm": 20, "ldexp": 1024, "getrandbits": MAX_BITS, "round": 400}
"""Functions whose work or result grows with a whole number: the largest argument they get."""
WHOLE = frozenset({"comb", "factorial", "gcd", "getrandbits", "isqrt", "lcm", "perm", "randint", "randrange"})
"""Functions of whole numbers: 256.0 is one to them."""
FUNCTIONS = frozenset({*PLAIN, *RANDOM, *RAMPS})

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Not: operator.not_,
}  # fmt: skip
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "a dot behind a name",
    ast.Subscript: "square brackets (write width or height for the parts of the resolution)",
    ast.Lambda: "lambda",
    ast.List: "a list", ast.Tuple: "a list", ast.Dict: "a map", ast.Set: "a set",
    ast.ListComp: "a loop", ast.SetComp: "a loop", ast.DictComp: "a loop", ast.GeneratorExp: "a loop",
    ast.NamedExpr: "an assignment", ast.JoinedStr: "text", ast.Starred: "a star",
}  # fmt: skip


def too_deep(tree: ast.AST, limit: int) -> bool:
    """Whether a branch is longer than `limit`; level by level, so that no depth is too deep to find out."""
    level: list[ast.AST] = [tree]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def check(tree: ast.expr, where: str, names: Collection[str]) -> set[str]:
    """Refuse everything that is not on the list; return the variables and random functions that are used."""
    used: set[str] = set()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    if len(nodes) > MAX_NODES:
        raise UserError(f"{where}: column 1: more than {MAX_NODES} parts")
    for node in sorted(nodes, key=lambda node: node.col_offset):
        problem = _refusal(node, id(node) in called, names)
        if problem:
            raise UserError(f"{where}: column {node.col_offset + 1}: {problem}")
        if isinstance(node, ast.Name) and node.id not in CONSTANTS and node.id not in PLAIN:
            used.add(node.id)
    return used


def _refusal(node: ast.expr, called: bool, names: Collection[str]) -> str:
    """Return why this node is not allowed, "" if it is."""
    match node:
        case ast.BoolOp() | ast.IfExp():
            return ""
        case ast.Constant(value=bool() | int() | float() as value):
            return "" if abs(value) < 2**MAX_BITS else f"larger than {MAX_BITS} bits"
        case ast.Constant():
            return f"only numbers, not {ast.unparse(node)[:30]}"
        case ast.Name():
            return _name_refusal(node.id, called, names)
        case ast.BinOp(op=op) if type(op) in BINARY:
            return ""
        case ast.UnaryOp(op=unary) if type(unary) in UNARY:
            return ""
        case ast.Compare(ops=ops) if all(type(op) in COMPARE for op in ops):
            return ""
        case ast.Call(func=ast.Name(), keywords=[]):
            return ""
        case ast.Call(func=ast.Name()):
            return "arguments by name are not allowed"
        case ast.Call():
            return "only functions called by their name are allowed"
    return f"{REFUSED.get(type(node), 'this')} is not allowed in an expression"


def _name_refusal(name: str, called: bool, names: Collection[str]) -> str:
    if called:
        return "" if name in FUNCTIONS else f"unknown function '{name}'{nearest(name, FUNCTIONS)}"
    if name in CONSTANTS or name in names:
        return ""
    if name in WITH_SIMILARITY:
        return f"'{name}' is not known yet where this stands{nearest(name, names)}"
    what = "is a function: write it with brackets" if name in FUNCTIONS else f"unknown variable{nearest(name, names)}"
    return f"'{name}': {what}"
