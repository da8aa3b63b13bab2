"""Writing an experiment as YAML: all of it, with every default filled in. Pure; any process.

Reading the text gives an equal experiment: what is written beside a style is what was trained.
"""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from app.training.experiment import Constraint, Experiment, Moment, Postproc, Transform
from app.training.expressions import Value

Plain = Any
"""Maps, lists, numbers and words: what YAML can hold."""


def to_yaml(experiment: Experiment) -> str:
    """Return the experiment as YAML text."""
    data = _plain(experiment)
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    return text


def _plain(thing: object) -> Plain:
    """Return maps, lists, numbers and words only."""
    match thing:
        case Value():
            return _number(thing)
        case Moment():
            return thing.share if thing.step is None else thing.step
        case Transform():
            return {thing.name: _params(thing.params) | thing.words}
        case Constraint():
            return {thing.name: _params(thing.params) | _fields(thing, "name", "params")}
        case Postproc():
            return {**_plain(thing.transform), **_fields(thing, "transform")}
        case Path():
            return str(thing)
        case tuple():
            return [_plain(part) for part in thing]
    return _fields(thing) if is_dataclass(thing) else thing


def _fields(thing: Any, *without: str) -> dict[str, Plain]:
    """Return the fields that hold something; what is left out reads as its default."""
    kept = [field for field in fields(thing) if field.compare and field.name not in without]
    values = {field.name: getattr(thing, field.name) for field in kept}
    return {name: _plain(value) for name, value in values.items() if value not in (None, "", ()) or name == "held_out"}


def _params(params: dict[str, tuple[Value, ...]]) -> dict[str, Plain]:
    return {name: [_number(value) for value in values] for name, values in params.items()}


def _number(value: Value) -> float | int | str:
    if value.number is None:
        return value.text
    return int(value.number) if value.number.is_integer() else value.number
