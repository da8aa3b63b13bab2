"""The YAML documents in an experiment's text, mended where people write them as YAML doesn't. Pure; any process.

A text may hold several, parted by lines of `---`; they merge from left to right. A comment behind the dashes names the
document that follows in errors, and its lines count from there: so options of the command line leave a file's lines
as they are.
"""

import re
from pathlib import Path

from app import yaml_lines
from app.problems import UserError
from app.yaml_lines import Document

MARK = re.compile(r"---[ \t]*(?:#[ \t]*(?P<name>.*?))?\s*")
NOTHING = re.compile(r"\s*(?:[#%].*)?")
"""A line that says nothing by itself."""


def documents(text: str, where: str) -> list[Document]:
    """Return the documents of a text named `where`; `UserError` with file and line for what is no YAML."""
    if len(text) > yaml_lines.MAX_BYTES:
        raise UserError(f"{where}: larger than {yaml_lines.MAX_BYTES // 1000} kB; this is not an experiment")
    return [_parsed(part, name) for name, part in _parts(text, where)]


def joined(text: str, more: str, name: str) -> str:
    """Return a text with one more document, called `name` in errors, that is merged onto it."""
    return f"{text.rstrip()}\n--- # {name}\n{more}"


def _parts(text: str, where: str) -> list[tuple[str, str]]:
    """Return name and text of each document; one without a name keeps the line numbers of the whole."""
    names: list[str] = [where]
    parts: list[list[str]] = [[]]
    for number, line in enumerate(text.split("\n")):
        mark = MARK.fullmatch(line)
        if mark is None or all(NOTHING.fullmatch(before) for before in parts[-1]):
            parts[-1].append(line)
            continue
        names.append(mark["name"] or where)
        parts.append([] if mark["name"] else [""] * (number + 1))
    return [(name, "\n".join(part)) for name, part in zip(names, parts, strict=True)]


def _parsed(text: str, where: str) -> Document:
    try:
        return yaml_lines.parse(text, Path(where))
    except UserError as error:
        mended = mend(text)
        if mended == text:
            raise
        try:
            return yaml_lines.parse(mended, Path(where))
        except UserError:
            raise error from None


def mend(text: str) -> str:
    """Return the text with keys that stand below a list's dash moved into the entry that they were written for.

    `- features: …` followed by `transforms:` right below the dash is how people (and CLIPig's guide) write a target;
    YAML refuses it. Only a text that is no YAML comes here, and lines keep their numbers.
    """
    lines = text.split("\n")
    block = -1
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if block >= 0 and (indent > block or not line.strip()):
            lines[i] = "  " + line
            continue
        block = indent if re.match(r" *\w+:(\s|$)", line) and _below_a_dash(lines[:i], indent) else -1
        if block >= 0:
            lines[i] = "  " + line
    return "\n".join(lines)


def _below_a_dash(before: list[str], indent: int) -> bool:
    """Whether the nearest entries at this indent are a list's, under a key that stands further left."""
    found = False
    for line in reversed(before):
        depth = len(line) - len(line.lstrip(" "))
        if not line.strip() or depth > indent:
            continue
        if depth < indent:
            return found
        if not line.lstrip().startswith("- "):
            return False
        found = True
    return False
