"""Builds the page: draws what it shows, fills the template, writes one file. Main thread."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from string import Template

from app import files
from app.problems import UserError
from app.training.evaluate.evaluation import Entry
from app.training.evaluate.frames import Brush, spread
from app.training.evaluate.page import media, sections, tables
from app.training.evaluate.page.read import Comparison, Ratings, comparison, history, ratings
from app.training.evaluate.report import Report
from app.training.evaluate.tracks import Track

NAME = "report.html"
STILL_PX, VIDEO_PX = (480, 270), (320, 180)
STILLS = 4
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page goes, and what it shows beside the report."""

    folder: Path
    comparison: Comparison | None
    ratings: Ratings


@dataclass(frozen=True, slots=True)
class Media:
    """What was drawn for the page: addresses of stills by style, the calmest first; videos (base64) by id."""

    stills: dict[str, list[str]]
    videos: dict[str, str]


def check(folder: Path | None, comparison_file: Path | None, rating_files: Sequence[Path]) -> Page | None:
    """Return what to build, None where no page is wanted. `UserError` where it can't be, before any work."""
    if folder is None:
        if comparison_file is not None or rating_files:
            raise UserError("--comparison and --ratings are shown on the page; add --html DIR")
        return None
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; name a folder for the page")
    files.check_place(folder / NAME if folder.is_dir() else folder)
    found = comparison(comparison_file) if comparison_file is not None else None
    return Page(folder, found, ratings(rating_files))


def write(
    page: Page, report: Report, entries: Sequence[Entry], tracks: Sequence[Track], step: Callable[[], None]
) -> None:
    """Draw and write the page; calls `step` once for each style and once for each of its videos."""
    drawn = Media({}, {})
    when = sorted(spread(tracks, STILLS), key=lambda moment: moment.loudness)
    for number, entry in enumerate(entries):
        with Brush(entry.style) as brush:
            pictures = brush.film(when, STILL_PX)
            drawn.stills[entry.style.name] = [media.data_uri("image/jpeg", media.jpeg(picture)) for picture in pictures]
            step()
            for index, track in enumerate(tracks):
                drawn.videos[sections.video_id(number, index)] = media.base64_of(media.video(brush, track, VIDEO_PX))
                step()
    page.folder.mkdir(exist_ok=True)
    files.replace(page.folder / NAME, html(page, report, entries, drawn).encode())


def html(page: Page, report: Report, entries: Sequence[Entry], drawn: Media) -> str:
    """Return the whole page as text."""
    parts = _sections(page, report, entries, drawn)
    tabs = "\n".join(
        f'<button role="tab" aria-controls="{name}" aria-selected="{str(i == 0).lower()}">{title}</button>'
        for i, (name, (title, _)) in enumerate(parts.items())
    )
    shown = "\n".join(f'<section id="{name}" role="tabpanel">{body}</section>' for name, (_, body) in parts.items())
    videos = "\n".join(f'<script type="text/plain" id="{name}">{text}</script>' for name, text in drawn.videos.items())
    return Template(_text("page.html")).substitute(
        style=_text("page.css"), script=_text("page.js"), summary=_summary(report), tabs=tabs, sections=shown,
        videos=videos, data=_data(report, drawn),
    )  # fmt: skip


def _sections(page: Page, report: Report, entries: Sequence[Entry], drawn: Media) -> dict[str, tuple[str, str]]:
    """Return id → (title, body); parts without content are left out."""
    histories = {entry.style.name: history(entry.path) for entry in entries}
    parts = {
        "styles": ("Styles", sections.gallery(report, drawn.stills, page.ratings)),
        "videos": ("Videos", sections.videos(report, {name: stills[0] for name, stills in drawn.stills.items()})),
        "scores": ("Scores", tables.scores(report)),
        "behaviour": ("Behaviour", tables.behaviour(report)),
        "training": ("Training", sections.training(histories)),
        "comparison": ("Comparison", sections.comparison(page.comparison) if page.comparison else ""),
        "rate": ("Rate", sections.rating(report, page.ratings) if _items(report, drawn) else ""),
    }
    return {name: part for name, part in parts.items() if part[1]}


def _summary(report: Report) -> str:
    count = len(report.evaluations)
    styles = f"{count} style{'s' if count != 1 else ''}"
    return escape(f"{styles} on {', '.join(report.tracks)}, judged by {report.judge.name}.")


def _items(report: Report, drawn: Media) -> list[dict[str, str]]:
    """Return what is to be rated: each prompt with its style's loudest picture, the first of two with the calmest."""
    found = []
    for each in report.evaluations:
        for verdict in each.verdicts:
            calm = len(each.verdicts) == 2 and verdict is each.verdicts[0]
            picture = drawn.stills[each.name][0 if calm else -1]
            found.append({"style": each.name, "prompt": verdict.prompt, "picture": picture})
    return found


def _data(report: Report, drawn: Media) -> str:
    """Return what the script needs, as JSON that no markup can break out of."""
    digest = hashlib.sha256(json.dumps(asdict(report), sort_keys=True).encode()).hexdigest()[:16]
    text = json.dumps({"id": digest, "items": _items(report, drawn)})
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
