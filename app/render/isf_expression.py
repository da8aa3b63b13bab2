"""Size expressions of ISF passes ("floor($WIDTH/4.0)"): a small arithmetic language, parsed once, evaluated often.

Pure, any thread. Nothing of a stranger's text is ever run as Python: only the operators and functions below exist,
length and depth are bounded, and a sum that has no answer (1/0, overflow) is NaN, never an exception.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_CHARS = 400
MAX_DEPTH = 24

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>\$?[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/%(),]))"
)
_FUNCTIONS: dict[str, tuple[int, Callable[..., float]]] = {
    "abs": (1, abs),
    "ceil": (1, lambda x: float(math.ceil(x))),
    "cos": (1, math.cos),
    "exp": (1, math.exp),
    "floor": (1, lambda x: float(math.floor(x))),
    "log": (1, math.log),
    "log2": (1, math.log2),
    "max": (2, max),
    "min": (2, min),
    "mod": (2, math.fmod),
    "pow": (2, math.pow),
    "round": (1, lambda x: float(math.floor(x + 0.5))),
    "sin": (1, math.sin),
    "sqrt": (1, math.sqrt),
    "tan": (1, math.tan),
}
_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "**": math.pow,
}


class ExpressionError(ValueError):
    """Text that is not an expression; the message says where."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of the stack machine: a number, a name to look up, or a function of `arity` numbers."""

    number: float = 0.0
    name: str = ""
    function: Callable[..., float] | None = None
    arity: int = 0


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; `steps` in postfix order."""

    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names it looks up, without the dollar sign."""
        return frozenset(step.name for step in self.steps if step.name)

    def evaluate(self, values: Mapping[str, float]) -> float:
        """Return the result for `values` by name; NaN where there is none. An unknown name is a `KeyError`."""
        stack: list[float] = []
        for step in self.steps:
            if step.function is not None:
                numbers = stack[-step.arity :]
                del stack[-step.arity :]
                stack.append(_call(step.function, numbers))
            else:
                stack.append(float(values[step.name]) if step.name else step.number)
        return stack[0]


def _call(function: Callable[..., float], numbers: list[float]) -> float:
    try:
        return function(*numbers)
    except (ArithmeticError, ValueError):
        return math.nan


def parse(text: str) -> Expression:
    """Parse arithmetic over numbers, `$names`, + - * / % ** and the functions above; else `ExpressionError`."""
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"longer than {MAX_CHARS} characters")
    parser = _Parser(_tokens(text))
    parser.sum(0)
    if parser.next:
        raise ExpressionError(f"unexpected '{parser.next}'")
    return Expression(text, tuple(parser.steps))


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"unexpected '{text[at:].strip()[:1]}'")
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens, leaving postfix `steps`; precedence as in most languages."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self.steps: list[Step] = []

    @property
    def next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self.next
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self.next != token:
            raise ExpressionError(f"expected '{token}' before '{self.next or 'the end'}'")
        self._at += 1

    def _binary(self, operand: Callable[[int], None], signs: tuple[str, ...], depth: int) -> None:
        operand(depth)
        while self.next in signs:
            sign = self._take()
            operand(depth)
            self.steps.append(Step(function=_OPERATORS[sign], arity=2))

    def sum(self, depth: int) -> None:
        self._binary(self._product, ("+", "-"), depth)

    def _product(self, depth: int) -> None:
        self._binary(self._power, ("*", "/", "%"), depth)

    def _power(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ExpressionError("nested too deeply")
        if self.next in ("-", "+"):
            sign = self._take()
            self._power(depth + 1)
            if sign == "-":
                self.steps.append(Step(function=lambda x: -x, arity=1))
            return
        self._atom(depth)
        if self.next == "**":
            self._take()
            self._power(depth + 1)
            self.steps.append(Step(function=math.pow, arity=2))

    def _atom(self, depth: int) -> None:
        token = self._take()
        if token == "(":
            self.sum(depth + 1)
            self._expect(")")
        elif token[:1].isdigit() or token[:1] == ".":
            self.steps.append(Step(number=float(token)))
        elif token in _FUNCTIONS and self.next == "(":
            self._call(token, depth)
        elif re.fullmatch(r"\$?[A-Za-z_]\w*", token):
            self.steps.append(Step(name=token.lstrip("$")))
        else:
            raise ExpressionError(f"unexpected '{token or 'end'}'")

    def _call(self, name: str, depth: int) -> None:
        arity, function = _FUNCTIONS[name]
        self._expect("(")
        for index in range(arity):
            if index:
                self._expect(",")
            self.sum(depth + 1)
        self._expect(")")
        self.steps.append(Step(function=function, arity=arity))
