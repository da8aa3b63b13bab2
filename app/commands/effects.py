"""`clavilux effects`: lists the effects at hand and proves that they draw, headless.

Main thread; opens its own surface and releases it.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from app.problems import UserError
from app.render.effect_check import SIZE_PX, EffectCheck
from app.render.effect_import import Importer
from app.render.isf import EffectFile, parse
from app.render.isf_inputs import Input
from app.render.library import Entry, Library
from app.render.surface import HeadlessSurface

Row = dict[str, Any]


def list_effects(as_json: bool) -> None:
    """Print every effect of the shipped and the user's folder, and whether it draws."""
    _print(_rows(_at_hand()), as_json)


def check(files: list[Path], as_json: bool) -> int:
    """Check files and every .fs file below folders (none given: all effects at hand); return 0 if all draw, else 1."""
    entries = ((path, _parsed(path)) for path in _walk(files)) if files else _at_hand()
    return 1 if _print(_rows(entries), as_json) else 0


def bring_in(files: list[Path]) -> int:
    """Copy files and every .fs file below folders into the user's effects; return 0 if all came in, else 1."""
    surface, refused = HeadlessSurface(SIZE_PX), 0
    try:
        importer = Importer(surface.ctx)
        for path in files:
            importer.begin(path)
            while importer.running:
                importer.step()
            for row in importer.rows:
                click.echo(f"{'failed' if row.trouble else 'ok':7} {row.name:22} {row.kind:10} {row.trouble}".rstrip())
            refused += sum(bool(row.trouble) for row in importer.rows)
    finally:
        surface.release()
    return 1 if refused else 0


def _at_hand() -> Iterable[tuple[Path, Entry]]:
    library = Library()
    return ((library.path(name), entry) for name, entry in library.entries.items())


def _parsed(path: Path) -> Entry:
    try:
        return parse(path)
    except UserError as error:
        return error


def _walk(files: list[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in files:
        if not path.exists():
            raise UserError(f"{path}: no such file or folder")
        inside = sorted(path.rglob("*.fs")) if path.is_dir() else [path]
        if not inside:
            raise UserError(f"{path}: no .fs files in this folder")
        found |= dict.fromkeys(inside)
    return list(found)


def _rows(entries: Iterable[tuple[Path, Entry]]) -> Iterator[Row]:
    surface = HeadlessSurface(SIZE_PX)
    try:
        effects = EffectCheck(surface.ctx)
        for path, entry in entries:
            if isinstance(entry, EffectFile):
                yield _row(path, entry.name, entry.kind, entry.inputs, effects.trouble(entry))
            else:
                yield _row(path, path.stem, "", (), str(entry))
        effects.release()
    finally:
        surface.release()


def _row(path: Path, name: str, kind: str, inputs: tuple[Input, ...], error: str) -> Row:
    return {
        "file": str(path),
        "name": name,
        "kind": kind,
        "inputs": [_described(entry) for entry in inputs],
        "status": "failed" if error else "ok",
        "error": error or None,
    }


def _described(entry: Input) -> Row:
    told: Row = {"name": entry.name, "type": entry.type, "label": entry.label}
    for key, numbers in (("default", entry.default), ("min", entry.low), ("max", entry.high)):
        if numbers:
            told[key] = list(numbers) if len(numbers) > 1 else numbers[0]
    if entry.choices:
        told["choices"] = [{"label": label, "value": int(value)} for label, value in entry.choices]
    return told


def _print(rows: Iterable[Row], as_json: bool) -> int:
    """Print the rows as they come (JSON: at the end, as one list) and return how many failed."""
    done: list[Row] = []
    for row in rows:
        done.append(row)
        if not as_json:
            told = row["error"] or ", ".join(entry["name"] for entry in row["inputs"])
            click.echo(f"{row['status']:7} {row['name']:22} {row['kind']:10} {told}")
    if as_json:
        click.echo(json.dumps(done, indent=2))
    return sum(row["status"] != "ok" for row in done)
