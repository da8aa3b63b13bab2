"""YAML from strangers: plain data plus the line of every value, so that an error can name its place.

Pure. Aliases, tags, duplicate keys, deep nesting and big files are refused: a document cannot grow or run anything.
"""

from pathlib import Path
from typing import Any

import yaml

from app.problems import UserError

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
LONGEST_NUMBER = 64
"""Characters; 1:00:00:… is a number to YAML, which takes ever longer to reckon and may fit into none of Python's."""
BEST_TOLD_LETTERS = 50_000
"""Of a longer text the loader in C tells the mistake: the other one would take seconds to find it."""
LOADERS: tuple[Any, ...] = (*([yaml.CSafeLoader] if yaml.__with_libyaml__ else ()), yaml.SafeLoader)
"""The last one has the say, for its errors name things better; one written in C before it reads ten times as fast."""
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")

Place = tuple[str | int, ...]
"""A path into the document: ("routes", 2, "source")."""


class Document:
    """Parsed `data`, and `line(place)` for any place in it."""

    def __init__(self, path: Path, data: Any, lines: dict[Place, int]) -> None:
        self.path = path
        self.data = data
        self._lines = lines

    def line(self, place: Place) -> int:
        """Return the 1-based line of a place, or of the nearest parent that has one."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def error(self, place: Place, what: str) -> UserError:
        """Return the error "file:line: a.b[2].c: what"."""
        return UserError(f"{self.path}:{self.line(place)}: {dotted(place)}{': ' if place else ''}{what}")


def dotted(place: Place) -> str:
    """Write a place as a performer reads it: routes[2].source."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def read(path: Path, most_bytes: int = MAX_BYTES) -> Document:
    """Read one YAML file; `UserError` with file and line for anything but plain maps, lists and scalars."""
    return parse(text_of(path, most_bytes), path)


def text_of(path: Path, most_bytes: int = MAX_BYTES) -> str:
    """Read the text of a small file; `UserError` names the file."""
    try:
        if path.stat().st_size > most_bytes:
            raise UserError(f"{path}: larger than {most_bytes // 1000} kB, the most that a YAML file may have here")
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1}"
        raise UserError(f"{path}: is not UTF-8 text ({where}), or damaged; save it as UTF-8, or delete it") from None


def parse(text: str, path: Path) -> Document:
    """Parse YAML text; `path` is only for messages."""
    loaders = LOADERS if len(text) <= BEST_TOLD_LETTERS else LOADERS[:1]
    for loader in loaders[:-1]:
        try:
            return _parsed(text, path, loader)
        except (yaml.YAMLError, ValueError):  # in other words below
            continue
    try:
        return _parsed(text, path, loaders[-1])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise UserError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or 'not YAML'}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None


def _parsed(text: str, path: Path, kind: Any) -> Document:
    lines: dict[Place, int] = {}
    loader = kind(text)
    try:
        _refuse_tricks(text, path, kind)
        node = loader.get_single_node()
        data = None if node is None else _plain(loader, node, (), lines, path)
    finally:
        loader.dispose()
    return Document(path, data, lines)


def _refuse_tricks(text: str, path: Path, kind: Any) -> None:
    """Check the flat event stream first: building nodes for an alias bomb or a deep nest is what must not happen."""
    depth = 0
    for event in yaml.parse(text, Loader=kind):
        if isinstance(event, yaml.AliasEvent):
            raise UserError(f"{path}:{_line(event)}: '*{event.anchor}': aliases are not allowed here")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise UserError(f"{path}:{_line(event)}: '{tag}': tags are not allowed here")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise UserError(f"{path}:{_line(event)}: nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plain(loader: Any, node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, child, (*place, i), lines, path) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            key = str(key_node.value)
            if key in mapping:
                raise UserError(f"{path}:{key_node.start_mark.line + 1}: '{key}' is given twice")
            mapping[key] = _plain(loader, child, (*place, key), lines, path)
        return mapping
    if len(node.value) > LONGEST_NUMBER and node.tag in _NUMBERS:
        raise UserError(f"{path}:{node.start_mark.line + 1}: a number of {len(node.value)} characters")
    return loader.construct_object(node)
