"""A guard against shaders that are small files and huge programs: what there is of them once macros are expanded.

Thirty lines of #define can ask a compiler for gigabytes, and an expression of ten thousand signs nests so deeply that
a compiler's recursion ends the whole process (Mesa's does). Pure text, any thread.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest

MOST_WORDS = 500_000
"""Of a shader, signs counted too."""
MOST_OF_A_STATEMENT = 4000
"""Each level of an expression takes two: a sign, and what it is applied to."""
MOST_DEEP = 60
"""Macros in one another, and in the arguments of one another."""
MOST_PARAMETERS = 60
_ENDS, _ARGUMENT_ENDS, _NEVER = frozenset(";{}"), frozenset(",)"), frozenset[str]()
_FREE = _ENDS | _ARGUMENT_ENDS | frozenset("(]")
"""Signs that nest nothing by themselves, so that tables of numbers may be long."""
_SPLICE = re.compile(r"\\\n")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.S)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^()\n]*\))?([^\n]*)", re.M)
_TOKEN = re.compile(r"\.?\d[\w.]*|\w+|[^\s\w]")

Parameters = tuple[str, ...]
Weight = list[int]
"""Words in a piece of text, and how often each parameter of the macro that it belongs to stands in it."""


class _TooLargeError(Exception):
    """The text says why."""


@lru_cache(maxsize=64)
def too_large(text: str) -> str:
    """Return why no compiler should be given a shader of this text, "" if it may be."""
    try:
        _weigh(text)
    except _TooLargeError as why:
        return str(why)
    return ""


def _weigh(text: str) -> None:
    plain = _COMMENT.sub(" ", _SPLICE.sub("", text))
    macros = _Macros(_DEFINE.findall(plain))
    tokens = _TOKEN.findall(_DEFINE.sub("", plain))
    total = at = 0
    while at < len(tokens):
        (words,), at = macros.weigh(tokens, at, (), _ENDS)
        total = _bearable(total + words)
        if at < len(tokens) and tokens[at] in _ENDS:
            at += 1
        if words > MOST_OF_A_STATEMENT:
            raise _TooLargeError(f"one statement has over {MOST_OF_A_STATEMENT} words; write it as several")


class _Macros:
    """What the macros of a text come to. One with several definitions counts as the largest of each."""

    def __init__(self, definitions: Sequence[tuple[str, str, str]]) -> None:
        """Take (name, parameters in brackets or "", body) of each."""
        self._bodies: dict[str, list[tuple[Parameters, list[str]]]] = {}
        self._with_arguments: set[str] = set()
        for name, brackets, body in definitions:
            parameters = tuple(re.findall(r"\w+", brackets))
            self._bodies.setdefault(name, []).append((parameters, _TOKEN.findall(body)))
            if brackets:
                self._with_arguments.add(name)
        self._ending = {
            name for name, own in self._bodies.items() if not any(_ENDS.isdisjoint(body) for _, body in own)
        }
        """Those that end a statement, however they are defined."""
        self._known: dict[str, Weight] = {}
        self._under_way: list[str] = []
        self._deep = 0

    def weigh(self, tokens: Sequence[str], at: int, own: Parameters, ends: frozenset[str]) -> tuple[Weight, int]:
        """Return the weight of the tokens from `at` to the first of `ends`, and where that is.

        They stand in the body of a macro with the parameters `own`, or in none (). Brackets hold what would end an
        argument, and nothing else: an #if may leave them open.
        """
        weight, brackets = [0] * (1 + len(own)), 0
        while at < len(tokens) and (tokens[at] not in ends or (brackets and tokens[at] in _ARGUMENT_ENDS)):
            token = tokens[at]
            brackets += (token == "(") - (token == ")")
            at += 1
            if token in own:
                weight[1 + own.index(token)] += 1
            elif token in self._bodies and token not in self._under_way:  # none is expanded in itself
                used, at = self._use(token, tokens, at, own)
                weight = _sum(weight, used)
                if ends is _ENDS and token in self._ending:
                    break
            else:
                weight[0] += token not in _FREE
        return weight, at

    def _use(self, name: str, tokens: Sequence[str], at: int, own: Parameters) -> tuple[Weight, int]:
        """Return the weight of a macro with the arguments that follow, and where they end."""
        words, *times = self._weight(name)
        weight = [words, *[0] * len(own)]
        if name not in self._with_arguments or tokens[at : at + 1] != ["("]:
            return weight, at
        self._enter()
        for each in times:
            argument, at = self.weigh(tokens, at + 1, own, _ARGUMENT_ENDS)
            weight = _sum(weight, [each * part for part in argument])
            if tokens[at : at + 1] != [","]:
                break
        self._deep -= 1
        return weight, at + 1

    def _weight(self, name: str) -> Weight:
        """Return what a macro comes to, its parameters apart."""
        if name in self._known:
            return self._known[name]
        self._enter()
        self._under_way.append(name)
        weights = []
        for parameters, body in self._bodies[name]:
            if len(parameters) > MOST_PARAMETERS:
                raise _TooLargeError(f"the macro '{name[:40]}' has over {MOST_PARAMETERS} parameters")
            weights.append(self.weigh(body, 0, parameters, _NEVER)[0])
        self._under_way.pop()
        self._deep -= 1
        self._known[name] = [max(parts) for parts in zip_longest(*weights, fillvalue=0)]
        return self._known[name]

    def _enter(self) -> None:
        self._deep += 1
        if self._deep > MOST_DEEP:
            raise _TooLargeError(f"its macros nest deeper than {MOST_DEEP} levels")


def _sum(one: Weight, other: Weight) -> Weight:
    return [_bearable(a + b) for a, b in zip(one, other, strict=True)]


def _bearable(words: int) -> int:
    if words > MOST_WORDS:
        raise _TooLargeError("its macros expand to over half a million words; shorten them")
    return words
