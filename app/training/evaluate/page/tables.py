"""The page's tables: scores beside their nulls, behaviour on music, looks, speed. Pure text, all of it escaped."""

from collections.abc import Sequence
from html import escape

from app.training.evaluate.report import Evaluation, Report, Verdict
from app.training.evaluate.scores import Null, Ranking

REACTION, SSIM = (0.1, 0.4), 0.95
"""What a style should keep to: dAudio/std, and SSIM(t, t + 1) at least."""

Cell = str | tuple[str, str]
"""Text, or (text, class); text is escaped."""


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], words: Sequence[int] = (0,)) -> str:
    """Return a table; the columns in `words` hold text rather than numbers."""
    head = "".join(f"<th{_class('words' if i in words else '')}>{escape(name)}</th>" for i, name in enumerate(columns))
    body = "".join(f"<tr>{''.join(_cell(cell, i in words) for i, cell in enumerate(row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: Cell, words: bool) -> str:
    text, kind = cell if isinstance(cell, tuple) else (cell, "")
    return f"<td{_class(' '.join(filter(None, ('words' if words else '', kind))))}>{escape(text)}</td>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def mark(good: bool) -> str:
    """Return the class of a figure that is as it should be, or of one that is not."""
    return "good" if good else "bad"


def scores(report: Report) -> str:
    """Return the judge's tables: each score beside its nulls, in colour and in greyscale, and R-precision over all."""
    columns = (
        "style", "prompt", "cosine", "random nets", "z", "other prompts", "z", "other styles", "z", "mixed list",
        "same palette", "random nets first", "guess",
    )  # fmt: skip
    parts = []
    for title, grey in (("In colour", False), ("In greyscale", True)):
        rows = [_score_row(each, verdict, grey) for each in report.evaluations for verdict in each.verdicts]
        parts.append(f"<h2>{title}</h2>{table(columns, rows, words=(0, 1))}")
    return _judge_note(report) + _precision(report) + "".join(parts) + _guides(report) + _baits(report)


def _judge_note(report: Report) -> str:
    info = report.judge
    return (
        f"<p>Judge: {escape(info.name)} ({escape(info.family)}, SHA-256 {escape(info.sha256[:12])}…). A cosine alone "
        "says little: z is how many standard deviations it lies above what chance scores. The “same palette” list asks "
        "for one of 22 forms in the prompt's own colours, so that colour cannot give the answer away. A judge that "
        "learned from the same kind of pictures as the guide shares its blind spots.</p>"
    )


def _precision(report: Report) -> str:
    rows = [
        (name.replace("_", " "), f"{found.hits:.2f}", str(found.prompts), f"{found.random:.2f}", f"{found.chance:.2f}")
        for name, found in report.precision.items()
    ]
    return "<h2>R-precision</h2>" + table(("list", "styles", "prompts", "random nets", "guess"), rows) if rows else ""


def _score_row(each: Evaluation, verdict: Verdict, grey: bool) -> list[Cell]:
    found = verdict.grey if grey else verdict.colour
    nulls = [part for null in (found.random, found.unrelated, found.others) for part in _null(null)]
    fixed = found.palette_fixed
    return [
        each.name, verdict.prompt, f"{found.cosine:.3f}", *nulls, _place(found.mixed), _place(fixed),
        "–" if fixed is None else f"{fixed.random_first:.2f}", "–" if fixed is None else f"{fixed.chance:.2f}",
    ]  # fmt: skip


def _null(null: Null | None) -> tuple[Cell, Cell]:
    if null is None:
        return "–", "–"
    return f"{null.mean:.3f} ± {null.sd:.3f}", (f"{null.z:+.1f}", mark(null.z > 2))


def _place(ranking: Ranking | None) -> Cell:
    return "–" if ranking is None else (f"{ranking.rank} of {ranking.prompts}", mark(ranking.rank == 1))


def _guides(report: Report) -> str:
    rows: list[list[Cell]] = [
        [each.name, verdict.prompt, f"{verdict.guide_z:+.1f}", f"{verdict.colour.random.z:+.1f}",
         ("fooled", "bad") if verdict.collapsed else "no"]
        for each in report.evaluations for verdict in each.verdicts if verdict.guide_z is not None
    ]  # fmt: skip
    columns = ("style", "prompt", "z, guide", "z, judge", "guide fooled")
    return f"<h2>Guide and judge</h2>{table(columns, rows, words=(0, 1))}" if rows else ""


def _baits(report: Report) -> str:
    rows: list[list[Cell]] = [
        [each.name, bait.text, f"{bait.cosine:.3f}", (f"{bait.z:+.1f}", mark(bait.z < 3))]
        for each in report.evaluations
        for bait in each.baits[:1]
    ]
    note = "<p>What no style should look like: the worst bait of each, against random networks.</p>"
    return f"<h2>Artefacts</h2>{note}{table(('style', 'bait', 'cosine', 'z'), rows, words=(0, 1))}" if rows else ""


def behaviour(report: Report) -> str:
    """Return tables of motion, looks, 16-bit parity, size and speed."""
    return (
        f"<h2>On music</h2>{_motion(report)}<h2>Answer to each sound input, dAudio/std per unit</h2>{_reaction(report)}"
        f"<h2>Looks, weights, speed</h2><p>{escape(report.machine)}</p>{_looks(report)}{_diversity(report)}"
    )


def _motion(report: Report) -> str:
    rows: list[list[Cell]] = []
    for each in report.evaluations:
        for one in each.motion:
            across = each.across_tracks
            rows.append([
                each.name, one.track, (f"{one.ssim:.4f}", mark(one.ssim >= SSIM)), f"{one.ssim_lowest:.3f}",
                f"{each.flicker:.4f}", (f"{one.flashing:.1%}", mark(one.flashing == 0)),
                "–" if across is None else f"{across.colours:.2f}", "–" if across is None else f"{across.ssim:.2f}",
            ])  # fmt: skip
    columns = (
        "style", "track", "SSIM at 60 fps", "lowest", "flicker", "pictures above the flash limit",
        "colours shared by tracks", "SSIM between tracks",
    )  # fmt: skip
    return table(columns, rows, words=(0, 1))


def _reaction(report: Report) -> str:
    names = list(dict.fromkeys(name for each in report.evaluations for name in each.reaction.inputs))
    rows: list[list[Cell]] = []
    for each in report.evaluations:
        mean = each.reaction.mean
        values = [f"{each.reaction.inputs[name]:.2f}" if name in each.reaction.inputs else "–" for name in names]
        rows.append([each.name, (f"{mean:.2f}", mark(REACTION[0] <= mean <= REACTION[1])), *values])
    return table(("style", "mean", *names), rows)


def _looks(report: Report) -> str:
    backends = list(dict.fromkeys(speed.backend for each in report.evaluations for speed in each.speed))
    rows: list[list[Cell]] = []
    for each in report.evaluations:
        look, fps = each.looks, {speed.backend: speed.fps for speed in each.speed}
        rows.append([
            each.name, f"{look.std:.3f}", f"{look.energy_high:.1%}", f"{look.flat:.0%}", f"{look.clipped:.1%}",
            f"{look.saturation:.2f}", f"{look.brightness:.2f}", f"{each.fp16.worst_levels:.1f}",
            f"{each.fp16.psnr_db:.0f}", f"{each.parameters:,}", f"{each.bytes / 1024:.0f}",
            *(f"{fps[name]:.0f}" if fps.get(name) else "–" for name in backends),
        ])  # fmt: skip
    sizes = {f"{speed.width} × {speed.height}" for each in report.evaluations for speed in each.speed}
    columns = (
        "style", "std", "above n/4", "flat", "clipped", "saturation", "brightness", "fp16, levels", "fp16, dB",
        "parameters", "KB", *(f"fps {name}" for name in backends),
    )  # fmt: skip
    note = f"<p>Pictures a second at {escape(', '.join(sorted(sizes)))}, median of a few.</p>" if sizes else ""
    return note + table(columns, rows)


def _diversity(report: Report) -> str:
    rows = [
        (found.prompt, ", ".join(found.styles), f"{found.distance:.3f}", f"{found.ssim:.2f}")
        for found in report.diversity
    ]
    columns = ("prompt", "styles", "distance by the judge", "SSIM")
    return f"<h2>Between seeds</h2>{table(columns, rows, words=(0, 1))}" if rows else ""
