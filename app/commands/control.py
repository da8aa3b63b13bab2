"""`clavilux midi list` and `clavilux osc list`: what can be controlled, by what, and what is bound. Reads only."""

import json

from app import paths
from app.control import bindings, osc_tree
from app.control.bindings import Binding
from app.control.rtmidi_system import RtMidi
from app.problems import UserError
from app.render.library import Library


def list_midi(as_json: bool) -> None:
    """Print controllers with their state and bindings; no MIDI system is no error."""
    bound = bindings.load(paths.data() / "bindings.yaml")
    problem, connected = "", []
    try:
        connected = RtMidi().names()
    except UserError as error:
        problem = str(error)
    names = list(dict.fromkeys([*connected, *(binding.device for binding in bound if binding.device)]))
    if as_json:
        rows = [
            {"name": n, "connected": n in connected, "bindings": [b.model_dump() for b in _of(bound, n)]} for n in names
        ]
        print(json.dumps({"controllers": rows, "problem": problem}, indent=2, ensure_ascii=False))
        return
    for name in names:
        print(f"{name}{'' if name in connected else '  (away)'}")
        for binding in _of(bound, name):
            print(f"  {binding.source.rsplit(':', 3)[1]} {binding.source.rsplit(':', 1)[1]:>3}  {binding.target}")
    if problem or not names:
        print(problem or "no MIDI controllers found; plug one in, it is noticed within two seconds")


def _of(bound: list[Binding], device: str) -> list[Binding]:
    return [binding for binding in bound if binding.device == device]


def list_osc(as_json: bool) -> None:
    """Print the tree of addresses that `clavilux run --osc PORT` understands."""
    library = Library()
    rows = list(osc_tree.table(library.params, library.transitions))
    if as_json:
        told = [{"address": row.address, "arguments": row.given, "help": row.help} for row in rows]
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    width = max(len(row.address) for row in rows)
    for row in rows:
        print(f"{row.address:{width}}  {row.given:12}  {row.help}".rstrip())
