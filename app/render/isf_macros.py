"""A guard against macros that double one another: thirty lines of #define can ask a compiler for gigabytes of text.

Pure text, any thread.
"""

import re

MAX_WORDS = 500_000
_ROUNDS = 64
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:\\\n|[^\n])*)", re.M)
_WORD = re.compile(r"\w+")


def expanded_words(text: str) -> int:
    """Return about how many words `text` has once its macros are expanded, at most a little over `MAX_WORDS`.

    What the arguments of function-like macros multiply is not counted.
    """
    bodies: dict[str, list[str]] = {}
    for name, body in _DEFINE.findall(text):
        bodies.setdefault(name, []).extend(word for word in _WORD.findall(body) if word != name)
    sizes = {name: max(len(body), 1) for name, body in bodies.items()}
    for _ in range(_ROUNDS if bodies else 0):
        grown = {name: _words(body, sizes) for name, body in bodies.items()}
        if grown == sizes or max(grown.values()) > MAX_WORDS:
            sizes = grown
            break
        sizes = grown
    return _words(_WORD.findall(text), sizes)


def _words(body: list[str], sizes: dict[str, int]) -> int:
    return min(max(sum(sizes.get(word, 1) for word in body), 1), MAX_WORDS + 1)
