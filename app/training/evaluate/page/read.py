"""What a page may take in from files: the history of a training run, a comparison, people's ratings.

All are JSON that someone else may have made: read up to a size, checked, and only ever shown as text.
"""

import json
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.problems import UserError

MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one variant over all its rows: mean, standard deviation, count."""

    mean: float
    sd: float
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Variants side by side, as a benchmark wrote them: variant → figure's name → figure."""

    title: str
    note: str
    variants: dict[str, dict[str, Figure]]


@dataclass(frozen=True, slots=True)
class Rated:
    """Median rating (1..5) of a style and how many people gave one."""

    median: float
    count: int


Ratings = Mapping[tuple[str, bool], Rated]
"""(style, in greyscale) → what people said."""
Point = tuple[int, float | None, float | None]
"""Step, guide, held-out judge; cosines × 100."""


def history(style_file: Path) -> tuple[Point, ...]:
    """Return the history that lies beside a style (NAME.history.json), () for none or one that makes no sense.

    Either a list of points or a map with such a list as "history"; a point is a map with step, guide and held_out, or
    a list in that order.
    """
    path = style_file.with_name(f"{style_file.stem}.history.json")
    if not path.is_file():
        return ()
    try:
        content = _json(path)
        points = content.get("history", ()) if isinstance(content, dict) else content
        return tuple(_point(point) for point in points)
    except (UserError, TypeError, ValueError, KeyError, IndexError):
        return ()


def _point(point: Any) -> Point:
    step, guide, held_out = (
        (point["step"], point.get("guide"), point.get("held_out")) if isinstance(point, dict) else point[:3]
    )
    return int(step), _number(guide), _number(held_out)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def comparison(path: Path) -> Comparison:
    """Read what benchmarks/architecture.py or ablation.py wrote: title, note and rows of variant and figures."""
    content = _json(path)
    try:
        rows = [(str(row["variant"]), dict(row["figures"])) for row in content["rows"]]
        variants = {name: dict(_figures([figures for other, figures in rows if other == name])) for name, _ in rows}
        return Comparison(str(content["title"]), str(content.get("note", "")), variants)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise UserError(
            f"{path}: not a comparison; it needs 'title' and 'rows' of 'variant' and 'figures' (benchmarks write them)"
        ) from None


def _figures(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Figure]]:
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [value for row in rows if (value := _number(row.get(name))) is not None]
        if values:
            yield (
                str(name),
                Figure(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0, len(values)),
            )


def ratings(paths: Sequence[Path]) -> Ratings:
    """Read what the rating page exported, one file for each person; medians over all of them."""
    given: dict[tuple[str, bool], list[int]] = {}
    for path in paths:
        for key, stars in _ratings(path):
            given.setdefault(key, []).append(stars)
    return {key: Rated(statistics.median(stars), len(stars)) for key, stars in given.items()}


def _ratings(path: Path) -> Iterator[tuple[tuple[str, bool], int]]:
    content = _json(path)
    try:
        for rating in content["ratings"]:
            stars = int(rating["rating"])
            if not 1 <= stars <= 5:
                raise UserError(f"{path}: a rating of {stars}; they go from 1 to 5")
            yield (str(rating["style"]), bool(rating["grey"])), stars
    except (TypeError, ValueError, KeyError, AttributeError):
        raise UserError(f"{path}: not ratings; export them with the button of the rating page") from None


def _json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES >> 20} MB; this is some other file")
        return json.loads(data)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: is no JSON") from None
