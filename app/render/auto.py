"""tmp."""

from typing import NamedTuple


class Choice(NamedTuple):
    name: str
    report: str


def choose(ctx, requested, style):
    return Choice("cpu" if requested == "auto" else requested, "tmp")
