"""Reading what a target shows and asks for: features, transforms, constraints, and effects on the picture. Pure.

The names and parameters of transforms and constraints come from `entries`, the kinds of values from `fields`.
"""

from functools import partial
from pathlib import Path
from typing import Any

from app.training.entries import CONSTRAINTS, POSTPROC, TRANSFORMS, Entry
from app.training.experiment import Constraint, Feature, Postproc, Target, Transform
from app.training.expression_rules import WITH_LEARNRATE, WITH_SIMILARITY
from app.training.expressions import Value, constant
from app.training.fields import Field, Reader, read_keys

DISTANCES = {"l1": "l1", "mae": "l1", "l2": "l2", "mse": "l2"}
LOSSES = {"cosine": "cosine", "spherical": "spherical", **DISTANCES}
MAX_BATCH = 1024


def _batch_size(field: Field) -> Value:
    value = field.value()
    if value.number is not None:
        field.whole(1, MAX_BATCH)
    return value


def targets(field: Field, folder: Path) -> tuple[Target, ...]:
    """Read the list of targets; pictures lie in `folder`."""
    return tuple(_target(item, folder) for item in field.items("targets"))


def _target(field: Field, folder: Path) -> Target:
    given = read_keys(field, {**TARGET, "features": partial(_features, folder=folder)}, "a target")
    target = Target(**{"features": (), **given}, place=field.where)
    if not target.features and not target.constraints:
        field.refuse("asks for nothing: features (or constraints) are needed")
    return target


TARGET: dict[str, Reader] = {
    "active": lambda field: field.flag(),
    "name": lambda field: field.text(200),
    "start": lambda field: field.moment(),
    "end": lambda field: field.moment(),
    "weight": lambda field: field.value(WITH_SIMILARITY),
    "batch_size": _batch_size,
    "select": lambda field: field.choice({name: name for name in ("all", "best", "worst", "mix")}),
    "feature_scale": lambda field: field.choice({name: name for name in ("equal", "fair")}),
    "when": lambda field: field.choice({name: name for name in ("always", "calm", "loud")}),
    "transforms": lambda field: tuple(_transform(part, TRANSFORMS) for part in _single_keys(field, "transforms")),
    "constraints": lambda field: tuple(_constraint(part) for part in _single_keys(field, "constraints")),
}


def _features(field: Field, folder: Path) -> tuple[Feature, ...]:
    readers = {**FEATURE, "image": lambda image: image.file(folder, "picture")}
    return tuple(_feature(item, readers) for item in field.items("features"))


def _feature(field: Field, readers: dict[str, Reader]) -> Feature:
    given = read_keys(field, readers, "a feature")
    if ("text" in given) == ("image" in given):
        field.refuse("a feature is a text or an image, exactly one of the two")
    return Feature(**given, place=field.where)


FEATURE: dict[str, Reader] = {
    "text": lambda field: field.prose(),
    "start": lambda field: field.moment(),
    "end": lambda field: field.moment(),
    "weight": lambda field: field.value(WITH_SIMILARITY),
    "scale": lambda field: field.value(WITH_SIMILARITY),
    "loss": lambda field: field.choice(LOSSES),
}


def _single_keys(field: Field, what: str) -> list[Field]:
    """Return the entries of a list of one-key maps, in order."""
    parts: list[Field] = []
    for item in field.items(what):
        if not isinstance(item.data, dict):
            item.expect(f"'name: value' of one of the {what}")
        parts += [item.child(name, data) for name, data in item.data.items()]
    return parts


def _transform(field: Field, table: dict[str, Entry]) -> Transform:
    entry = _entry(field, table)
    params, words = _params(_as_map(field, entry), entry, {}, WITH_LEARNRATE)
    return Transform(entry.name, params, words, field.where)


def _entry(field: Field, table: dict[str, Entry]) -> Entry:
    name = str(field.place[-1])
    if table is POSTPROC and name in TRANSFORMS.keys() - POSTPROC.keys():
        field.refuse(f"'{name}' changes the picture's size and cannot be an effect on the picture itself")
    return Field(field.document, field.place, name).choice(table)


def _as_map(field: Field, entry: Entry) -> Field:
    """Let the value of an only parameter stand without its name."""
    if isinstance(field.data, dict) or field.data is None:
        return field
    if len(entry.params) > 1 or entry.kind == "constraint":
        field.expect(f"a map ({', '.join(param.name for param in entry.params)})")
    return Field(field.document, field.place, {entry.params[0].name: field.data})


def _params(
    field: Field, entry: Entry, more: dict[str, Reader], names: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an entry's numbers by name, all defaults filled in, and besides them its words and `more`."""
    readers = {param.name: partial(_param, lengths=param.lengths, names=names) for param in entry.params}
    words = {
        param.name: partial(Field.choice, choices={name: name for name in param.choices})
        for param in entry.params
        if param.choices
    }
    given = read_keys(field, {**readers, **words, **more}, f"'{entry.name}'")
    if entry.one_of and not set(entry.one_of) & given.keys():
        field.refuse(f"{entry.name} needs {' or '.join(entry.one_of)}")
    others = {name: given.pop(name) for name in (*words, *more) if name in given}
    for param in entry.params:
        if param.choices:
            others.setdefault(param.name, param.choices[0])
        elif param.name not in given and param.default is None:
            field.refuse(f"{entry.name} needs {param.name}")
        elif param.name not in given and param.default:
            given[param.name] = tuple(map(constant, param.default))
    return given, others


def _param(field: Field, lengths: tuple[int, ...], names: frozenset[str]) -> tuple[Value, ...]:
    return field.values(lengths, names)


CONSTRAINT: dict[str, Reader] = {
    "weight": lambda field: field.value(WITH_SIMILARITY),
    "start": lambda field: field.moment(),
    "end": lambda field: field.moment(),
    "loss": lambda field: field.choice(DISTANCES),
}


def _constraint(field: Field) -> Constraint:
    entry = _entry(field, CONSTRAINTS)
    params, others = _params(_as_map(field, entry), entry, CONSTRAINT, WITH_SIMILARITY)
    return Constraint(entry.name, params, place=field.where, **others)


POSTPROC_KEYS: dict[str, Reader] = {
    "active": lambda field: field.flag(),
    "start": lambda field: field.moment(),
    "end": lambda field: field.moment(),
}


def postproc(field: Field) -> Postproc:
    """Read one effect on the picture itself."""
    if not isinstance(field.data, dict):
        field.expect("'name: value' of an effect")
    outer = {key: data for key, data in field.data.items() if key in POSTPROC_KEYS}
    effects = [field.child(name, data) for name, data in field.data.items() if name not in POSTPROC_KEYS]
    if len(effects) != 1:
        field.refuse(f"exactly one effect is needed here, not {len(effects)}")
    given = read_keys(Field(field.document, field.place, outer), POSTPROC_KEYS, "an effect")
    return Postproc(_transform(effects[0], POSTPROC), **given)
