"""Reading an experiment's values: one place in a YAML document and what may stand there. Pure; any process.

Every method returns a checked value or raises `UserError` with file, line, place and what would be right. Lists may be
written as a YAML list, with commas or with spaces; one value fills a list of fixed length.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from app.problems import nearest
from app.training.experiment import Moment
from app.training.expression_rules import CONSTANTS, WITH_LEARNRATE
from app.training.expressions import Value, constant, parse
from app.yaml_lines import Document, Place, dotted

T = TypeVar("T")
MAX_NUMBER = 1e15
MAX_TEXT = 2000
MAX_ITEMS = 256
MAX_STEP = 1_000_000
LETTERS = {str: "text", bool: "yes or no", int: "a number", float: "a number", list: "a list", dict: "a map"}


@dataclass(frozen=True, slots=True)
class Field:
    """What stands at one `place` of a document."""

    document: Document
    place: Place
    data: Any

    def refuse(self, what: str) -> NoReturn:
        """Raise the error "file:line: place: what"."""
        raise self.document.error(self.place, what)

    def expect(self, wanted: str) -> NoReturn:
        """Raise the error that something else was wanted here."""
        found = "nothing" if self.data is None else LETTERS.get(type(self.data), type(self.data).__name__)
        shown = f" '{str(self.data)[:40]}'" if isinstance(self.data, str | bool | int | float) else ""
        self.refuse(f"{wanted} is needed here, not {found}{shown}")

    @property
    def line(self) -> int:
        """The 1-based line of this place."""
        return self.document.line(self.place)

    @property
    def where(self) -> str:
        """The place as an error begins with it: "file:line: a.b[2]"."""
        return f"{self.document.path}:{self.line}: {dotted(self.place)}"

    def child(self, key: str | int, data: Any) -> "Field":
        """Return the field of an entry."""
        return Field(self.document, (*self.place, key), data)

    def keys(self, known: Collection[str], what: str) -> dict[str, "Field"]:
        """Return the entries of a map; every key must be `known`. Nothing at all is an empty map."""
        if self.data is None:
            return {}
        if not isinstance(self.data, dict):
            self.expect(f"a map ({what})")
        for key in self.data:
            if key not in known:
                self.child(key, None).refuse(f"unknown key '{key}' of {what}{nearest(key, known)}")
        return {key: self.child(key, value) for key, value in self.data.items()}

    def items(self, what: str) -> list["Field"]:
        """Return the entries of a YAML list; nothing at all is an empty one."""
        if self.data is None:
            return []
        if not isinstance(self.data, list):
            self.expect(f"a list of {what}")
        if len(self.data) > MAX_ITEMS:
            self.refuse(f"more than {MAX_ITEMS} {what}")
        return [self.child(i, value) for i, value in enumerate(self.data)]

    def value(self, names: Collection[str] = WITH_LEARNRATE) -> Value:
        """Return a number or an expression over `names`."""
        if isinstance(self.data, str):
            value = parse(self.data, self.where, names)
        elif isinstance(self.data, int | float) and not isinstance(self.data, bool):
            value = constant(float(self.data)) if abs(self.data) <= MAX_NUMBER else Value("", math.inf)
        else:
            self.expect("a number or an expression")
        if value.number is not None and not abs(value.number) <= MAX_NUMBER:
            self.refuse(f"a number within ±{MAX_NUMBER:g} is needed")
        return value

    def values(self, lengths: Sequence[int], names: Collection[str] = WITH_LEARNRATE) -> tuple[Value, ...]:
        """Return as many numbers or expressions as one of `lengths`."""
        if lengths == (1,) and not isinstance(self.data, list):
            return (self.value(names),)
        parts = self.parts()
        if len(parts) not in {1, *lengths}:
            wanted = " or ".join(map(str, sorted({1, *lengths})))
            hint = "" if isinstance(self.data, list) else "; an expression with spaces goes into a YAML list"
            self.refuse(f"{wanted} values are needed, not {len(parts)}{hint}")
        values = tuple(part.value(names) for part in parts)
        return values * min(lengths) if len(values) == 1 else values

    def parts(self) -> list["Field"]:
        """Return the entries of a list in any of the three spellings."""
        if isinstance(self.data, list):
            return self.items("values")
        if not isinstance(self.data, str):
            return [self]
        return [Field(self.document, self.place, part) for part in split(self.data)]

    def fixed(self, lengths: Sequence[int], low: float, high: float) -> tuple[float, ...]:
        """Return numbers that never change, each in low..high."""
        numbers = []
        for value in self.values(lengths, frozenset()):
            if value.number is None:
                self.refuse("a number that never changes is needed here")
            if not low <= value.number <= high:
                self.refuse(f"{value.text} is outside {shown(low)}..{shown(high)}")
            numbers.append(value.number)
        return tuple(numbers)

    def real(self, low: float, high: float) -> float:
        """Return one number in low..high."""
        return self.fixed((1,), low, high)[0]

    def whole(self, low: int, high: int) -> int:
        """Return one whole number in low..high."""
        if isinstance(self.data, str) and self.data.strip().isidentifier() and self.data.strip() not in CONSTANTS:
            self.expect("a whole number")
        number = self.real(low, high)
        if number != int(number):
            self.refuse(f"a whole number is needed here, not {number:g}")
        return int(number)

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.data, bool):
            self.expect("true or false")
        return self.data

    def text(self, limit: int = MAX_TEXT) -> str:
        """Return text that is not empty, as it stands: a name, a file."""
        if isinstance(self.data, bool) or not isinstance(self.data, str | int):
            self.expect("text (in quotes)")
        text = str(self.data).strip()
        if not text or len(text) > limit:
            self.refuse("the text is empty" if not text else f"text of at most {limit} characters, not {len(text)}")
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
            self.refuse("the text holds a line break or a control character")
        return text

    def prose(self) -> str:
        """Return words in one line: every kind of space and line break is one space."""
        plain = " ".join(self.data.split()) if isinstance(self.data, str) else self.data
        return Field(self.document, self.place, plain).text()

    def choice(self, choices: Mapping[str, T]) -> T:
        """Return what a word stands for."""
        word = str(self.data) if isinstance(self.data, str | int) else self.expect("a word")
        if word not in choices:
            self.refuse(f"unknown '{word}'{nearest(word, choices)}")
        return choices[word]

    def names(self, known: Collection[str]) -> tuple[str, ...]:
        """Return a list of names, each known and none twice."""
        table = {name: name for name in known}
        found = tuple(part.choice(table) for part in self.parts())
        if len(set(found)) < len(found):
            self.refuse("a name stands here twice")
        return found

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts; a single one needs no list."""
        fields = self.items("texts") if isinstance(self.data, list) else [self]
        return tuple(field.prose() for field in fields)

    def moment(self) -> Moment:
        """Return a FrameTime: a whole number is a step, any other a share of the run, "30%" a share too."""
        data = self.data
        percent = isinstance(data, str) and data.strip().endswith("%")
        if isinstance(data, str):
            data = _plain_number(data.strip().removesuffix("%").strip())
        share = Field(self.document, self.place, data).fixed((1,), 0.0, MAX_STEP)[0]
        if isinstance(data, int) and not percent:
            return Moment(step=data)
        share = share / 100.0 if percent else share
        if share > 1.0:
            self.refuse("a share of the run lies within 0..1 (or 0%..100%); a step is a whole number")
        return Moment(share=share)

    def file(self, folder: Path, what: str = "file") -> Path:
        """Return the path of a file that is there; a relative one is taken from `folder`."""
        text = self.text(1000)
        if re.match(r"[a-z]+://", text, re.IGNORECASE):
            self.refuse(f"'{text[:80]}' is an address: download the {what} and give its file name here")
        try:
            path = (folder / Path(text).expanduser()).absolute()
            there = path.is_file()
        except (OSError, ValueError, RuntimeError):
            there = False
        if not there:
            self.refuse(f"no such {what}: {text}; put it into {folder.absolute()} or give its whole path")
        return path


def shown(number: float) -> str:
    """Write a number as people do: 1000000, 0.5."""
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def split(text: str) -> list[str]:
    """Split at commas, or at spaces if there are none; never within brackets."""
    depth, parts, commas = 0, [""], _outer_commas(text)
    for letter in text.strip():
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and (letter == "," if commas else letter.isspace()):
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if commas or part.strip()] or [""]


def _outer_commas(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            return True
    return False


def _plain_number(text: str) -> Any:
    """Return an int or a float if the text is one, as CLIPig converts it; else the text, an expression."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


Reader = Callable[[Field], Any]


def read_keys(field: Field, readers: Mapping[str, Reader], what: str) -> dict[str, Any]:
    """Return all given keys of a map, each read by its reader; a key without a value is as if it weren't there."""
    fields = field.keys(readers.keys(), what)
    return {key: readers[key](value) for key, value in fields.items() if value.data is not None}
