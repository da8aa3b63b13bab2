"""`clavilux styles`: every style by the name that --style takes."""

import json

from app import style
from app.style import StyleEntry


def styles(as_json: bool) -> None:
    """Print a table, or a JSON list with each style's header. A file that can't be used is listed with the reason."""
    found = style.listing()
    if as_json:
        print(json.dumps([_row(entry) for entry in found], indent=2, ensure_ascii=False))
    elif found:
        print("\n".join(_table(found)))
    else:
        print(f"no styles found in {' or '.join(str(folder) for folder in style.folders())}")


def _row(entry: StyleEntry) -> dict[str, object]:
    arch, header = entry.arch, entry.header
    return {
        "name": entry.name, "path": str(entry.path), "problem": entry.problem, "inputs": list(arch.inputs),
        "width": arch.width, "depth": arch.depth, "activation": arch.activation, "parameters": arch.parameter_count,
        "w0": header.w0, "speed": header.speed, "prompts": list(header.prompts), "judge": header.judge,
        "seed": header.seed, "steps": header.steps, "scores": header.scores, "flash_score": header.flash_score,
        "licence": header.licence, "author": header.author, "created": header.created, "tags": list(header.tags),
    }  # fmt: skip


def _table(found: list[StyleEntry]) -> list[str]:
    width = max(len(entry.name) for entry in found)
    return [f"{entry.name:{width}}  {_line(entry)}" for entry in found]


def _line(entry: StyleEntry) -> str:
    if entry.problem:
        return f"cannot be used: {entry.problem}"
    if entry.path.suffix == ".pth":
        return "seed-style weights"
    about = ", ".join(entry.header.prompts or entry.header.tags)
    return f"{entry.arch.width:3} × {entry.arch.depth}  {entry.arch.activation:8}  {about}"
