"""Lazy plug-in tables: a name leads to "module:attribute", imported only when asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from app.problems import UserError, nearest


def load(kind: str, table: Mapping[str, str], name: str) -> Any:
    """Import and return the entry `name` of a plug-in table; an unknown name is a `UserError`."""
    if name not in table:
        raise UserError(f"unknown {kind} '{name}'{nearest(name, table)}")
    module, _, attribute = table[name].partition(":")
    return getattr(import_module(module), attribute)
