"""The header of an ISF file: the first comment, as JSON, and where in the file a mistake stands.

Pure, any thread. Text of strangers: its size, depth and numbers are bounded before anything looks at it.
"""

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from app.problems import UserError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20


class HeaderError(Exception):
    """A mistake in a header; `near` is text to look for when telling the line."""

    def __init__(self, message: str, near: str = "") -> None:
        super().__init__(message)
        self.near = near


def read_text(path: Path) -> str:
    """Return a shader's text with plain line ends; an unreadable or huge file is a `UserError`."""
    if not path.is_file():  # a pipe would never end
        raise UserError(f"{path}: cannot be read: no such file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"{path.name}: larger than {MAX_BYTES // 1000} kB; not a shader")
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


class _JsonError(HeaderError):
    """Bad JSON; `line` counts from 0 at the start of the header."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def line_in(head: str, error: HeaderError) -> int:
    """Return the line of the header, from 0, that an error is about."""
    if isinstance(error, _JsonError):
        return error.line
    at = head.find(f'"{error.near}"') if error.near else -1
    return head.count("\n", 0, at) if at >= 0 else 0


def _no_constant(name: str) -> NoReturn:
    raise HeaderError(f"{name} is not a number that JSON knows", name)


# A string (perhaps never closed: the pattern must not start over at each quote), a bracket, or a comma too many.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z|\\\Z)|[\[{]|[\]}]|,(?=\s*[\]}])', re.S)


def _depth(head: str) -> int:
    """Return how deeply brackets nest, strings aside: json and repr must not be led into endless recursion."""
    depth = deepest = 0
    for match in _JSON_TOKEN.finditer(head):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def read_json(head: str) -> dict[str, Any]:
    """Return the header's object with upper-case keys; a comma too many is forgiven."""
    if _depth(head) > MAX_DEPTH:
        raise HeaderError(f"header nests deeper than {MAX_DEPTH} levels")
    try:
        raw = json.loads(
            _JSON_TOKEN.sub(lambda match: "" if match.group() == "," else match.group(), head),
            strict=False,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise _JsonError(f"header is not valid JSON: {error.msg}", error.lineno - 1) from None
    except ValueError as error:  # a number of thousands of digits
        raise HeaderError(f"header is not valid JSON: {str(error)[:80]}") from None
    if not isinstance(raw, dict):
        raise HeaderError("header must be a JSON object {…}")
    _refuse_half_characters(raw)
    return {key.upper(): value for key, value in raw.items()}


def _refuse_half_characters(raw: dict[str, Any]) -> None:
    """JSON may escape half of a character ("\\ud83d"): no file can be called so and no panel can write it."""
    try:
        json.dumps(raw, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        half = error.object[error.start].encode("ascii", "backslashreplace").decode()
        raise HeaderError(f"header holds half of a character ({half})") from None
