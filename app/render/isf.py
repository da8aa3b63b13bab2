"""ISF effect files (Interactive Shader Format 2.0, https://github.com/mrRay/ISF_Spec): the header, read and checked.

Pure, any thread, no GL. A stranger's file can only ever become an `EffectFile` or a `UserError`: sizes, depths and
counts are bounded and nothing outside the file's own folder is opened. Version 1 headers are understood.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.params import WET, Param
from app.problems import UserError
from app.render.isf_expression import Expression, ExpressionError
from app.render.isf_expression import parse as parse_expression
from app.render.isf_header import HeaderError, line_in, read_json, read_text
from app.render.isf_inputs import Input, identifier, read_input

EffectKind = Literal["filter", "generator", "transition"]
MAX_INPUTS = 128
MAX_PASSES = 32
MAX_TEXTURES = 15
"""Images a shader may sample at once: GL 3.3 promises 16 units."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One drawing of the shader. `target` "" is the effect's output; sizes None are the picture's."""

    target: str = ""
    persistent: bool = False
    floating: bool = False
    width: Expression | None = None
    height: Expression | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A picture that lies beside the effect's file."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class EffectFile:
    """What one .fs file (and the .vs beside it) says; `passes` has at least one entry."""

    name: str
    path: Path
    kind: EffectKind
    description: str
    credit: str
    categories: tuple[str, ...]
    inputs: tuple[Input, ...]
    passes: tuple[Pass, ...]
    imported: tuple[Imported, ...]
    fragment: str = field(repr=False)
    vertex: str | None = field(repr=False)

    @property
    def params(self) -> tuple[Param, ...]:
        """Its parameters for its first use in a chain."""
        return params_for(self, self.name)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of its buffers, once each, in order."""
        return tuple(dict.fromkeys(step.target for step in self.passes if step.target))

    @property
    def drawn_passes(self) -> tuple[int, ...]:
        """The passes that can be seen: those with a TARGET, and the last one."""
        last = len(self.passes) - 1
        return tuple(index for index, step in enumerate(self.passes) if step.target or index == last)

    @property
    def textures(self) -> tuple[str, ...]:
        """Every name the shader may sample: inputs, imported pictures, buffers."""
        names = [entry.name for entry in self.inputs if entry.is_texture]
        return tuple(dict.fromkeys([*names, *(picture.name for picture in self.imported), *self.targets]))


def params_for(effect: EffectFile, key: str) -> tuple[Param, ...]:
    """Return the parameters of `effect` at the place `key` of a chain, named "<key>.<input>", and "<key>.wet"."""
    own = tuple(param for entry in effect.inputs for param in entry.params(key))
    if any(entry.name == WET for entry in effect.inputs):
        return own
    return (*own, Param(f"{key}.{WET}", 1.0, 0.0, 1.0, "", "Dry / wet"))


def name_of(path: Path) -> str:
    """Return the effect's name: the file's stem, without the signs that part parameter names ("bloom#2.amount")."""
    return path.stem.replace(".", "_").replace("#", "_")


def parse(path: Path) -> EffectFile:
    """Read one effect file; every mistake is a `UserError` "file:line: what"."""
    text = read_text(path)
    opening = re.search(r"/\*\s*(?=\{)", text)
    end = text.find("*/", opening.end()) if opening else -1
    if opening is None or end < 0:
        raise UserError(f"{path.name}:1: no ISF header; the file must begin with /*{{ … }}*/")
    first_line = text.count("\n", 0, opening.end()) + 1
    head = text[opening.end() : end]
    # Blank lines in the header's place keep the file's own line numbers.
    body = text[: opening.start()] + "\n" * text.count("\n", opening.start(), end) + text[end + 2 :]
    vertex = path.with_suffix(".vs")
    try:
        raw = read_json(head)
        return _effect(raw, path, body, read_text(vertex) if vertex.is_file() else None)
    except HeaderError as error:
        line = first_line + line_in(head, error)
        raise UserError(f"{path.name}:{line}: {' '.join(str(error).split())}") from None


def _effect(raw: dict[str, Any], path: Path, fragment: str, vertex: str | None) -> EffectFile:
    inputs = tuple(read_input(entry, index) for index, entry in enumerate(_list(raw, "INPUTS", MAX_INPUTS)))
    passes = _passes(raw)
    imported = _imported(raw.get("IMPORTED"), path.parent)
    categories = raw.get("CATEGORIES")
    effect = EffectFile(
        name=name_of(path),
        path=path,
        kind=_kind(inputs),
        description=_text(raw.get("DESCRIPTION")),
        credit=_text(raw.get("CREDIT")),
        categories=tuple(_text(item) for item in categories) if isinstance(categories, list) else (),
        inputs=inputs,
        passes=passes,
        imported=imported,
        fragment=fragment,
        vertex=vertex,
    )
    _check_names(effect)
    return effect


def _text(value: Any) -> str:
    return " ".join(value.split())[:500] if isinstance(value, str) else ""


def _list(raw: dict[str, Any], key: str, most: int) -> list[Any]:
    entries = raw.get(key)
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise HeaderError(f"{key} must be a list [...]", key)
    if len(entries) > most:
        raise HeaderError(f"{key} has {len(entries)} entries; at most {most} are allowed", key)
    return entries


def _kind(inputs: tuple[Input, ...]) -> EffectKind:
    images = {entry.name for entry in inputs if entry.type == "image"}
    if "inputImage" in images:
        return "filter"
    if {"startImage", "endImage"} <= images and any(entry.name == "progress" for entry in inputs):
        return "transition"
    return "generator"


def _check_names(effect: EffectFile) -> None:
    if len(effect.textures) > MAX_TEXTURES:
        raise HeaderError(f"{len(effect.textures)} images and buffers; at most {MAX_TEXTURES} are possible", "PASSES")
    names = [entry.name for entry in effect.inputs] + [picture.name for picture in effect.imported]
    for name in names:
        if names.count(name) > 1 or name in effect.targets:
            raise HeaderError(f"the name '{name}' is used twice; every input, picture and TARGET needs its own", name)
    known = {"WIDTH", "HEIGHT"} | {entry.name for entry in effect.inputs if len(entry.suffixes()) == 1}
    for step in effect.passes:
        for expression in (step.width, step.height):
            if expression is not None and not expression.names <= known:
                unknown = min(expression.names - known)
                raise HeaderError(f"size '{expression.text}' uses '{unknown}', which is no input", expression.text)


def _passes(raw: dict[str, Any]) -> tuple[Pass, ...]:
    old = _version_1_buffers(raw.get("PERSISTENT_BUFFERS"))
    passes = tuple(_pass(entry, index, old) for index, entry in enumerate(_list(raw, "PASSES", MAX_PASSES)))
    return passes or (Pass(),)


def _version_1_buffers(raw: Any) -> dict[str, dict[str, Any]]:
    """Return the buffers that ISF 1 headers declare apart from their passes: a list of names, or name → settings."""
    if isinstance(raw, list):
        return {str(name): {"PERSISTENT": True} for name in raw}
    if isinstance(raw, dict):
        return {
            str(name): {"PERSISTENT": True} | (settings if isinstance(settings, dict) else {})
            for name, settings in raw.items()
        }
    return {}


def _pass(entry: Any, index: int, old: dict[str, dict[str, Any]]) -> Pass:
    if not isinstance(entry, dict):
        raise HeaderError(f"PASSES[{index}] must be an object {{…}}", "PASSES")
    entry = {str(key).upper(): value for key, value in entry.items()}
    named = entry.get("TARGET") or ""
    target = identifier(named, f"PASSES[{index}].TARGET") if named else ""
    entry = old.get(target, {}) | entry
    where = f"PASSES[{index}]"
    return Pass(
        target=target,
        persistent=_flag(entry.get("PERSISTENT")),
        floating=_flag(entry.get("FLOAT")),
        width=_size(entry.get("WIDTH"), f"{where}.WIDTH"),
        height=_size(entry.get("HEIGHT"), f"{where}.HEIGHT"),
    )


def _flag(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("1", "true", "yes")
    return isinstance(value, bool | int | float) and value > 0


def _size(value: Any, where: str) -> Expression | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | float):
        raise HeaderError(f"{where} must be a number or an expression", "PASSES")
    try:
        return parse_expression(str(value))
    except ExpressionError as error:
        raise HeaderError(f"{where} '{str(value)[:60]}': {error}", str(value)) from None


def _imported(raw: Any, folder: Path) -> tuple[Imported, ...]:
    if isinstance(raw, list):  # version 1 files list objects with a NAME of their own
        raw = {str(item.get("NAME")): item for item in raw if isinstance(item, dict)}
    if raw is None:
        return ()
    if not isinstance(raw, dict):
        raise HeaderError("IMPORTED must be an object of name: {PATH: …}", "IMPORTED")
    return tuple(_picture(name, item, folder) for name, item in raw.items())


def _picture(name: str, item: Any, folder: Path) -> Imported:
    identifier(name, "IMPORTED")
    given = item.get("PATH") if isinstance(item, dict) else None
    if not isinstance(given, str) or not re.fullmatch(r"[^\x00-\x1f]{1,255}", given):
        raise HeaderError(f"IMPORTED '{name}' needs a PATH to a picture", name)
    try:
        path = (folder / given).resolve()
        inside = path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # RuntimeError: links that lead round, up to Python 3.12
        inside = False
    if not inside:
        raise HeaderError(
            f"IMPORTED '{name}': '{given[:60]}' lies outside the effect's folder; put the picture beside it", name
        )
    return Imported(name, path)
