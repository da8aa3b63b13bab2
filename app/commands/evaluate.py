"""`clavilux evaluate`: what a judge that did not train a style says of it, and how the style behaves on music.

Checks everything first; prints a table, and writes JSON and a page that needs no network where asked to.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from app import files
from app import style as styles
from app.audio.demo import TRACK
from app.commands import offline
from app.problems import UserError
from app.style import Style
from app.training.evaluate import prompts
from app.training.evaluate.evaluation import STILLS, Entry, Exam, credited, evaluate, guides
from app.training.evaluate.eye import Eye
from app.training.evaluate.frames import spread
from app.training.evaluate.page import build
from app.training.evaluate.report import Evaluation, Report, Verdict
from app.training.evaluate.scores import Null, Ranking
from app.training.evaluate.speed import machine
from app.training.evaluate.tracks import Track, hear
from app.training.judges.judge import Judge, JudgeInfo, doubt, open_judge

MOST_STYLES, MOST_TRACKS, MOST_OTHERS = 64, 8, 16
TABLE_WIDTH = 150


def evaluation(names: Sequence[str], **options: Any) -> None:
    """Measure the named styles, or all that are listed. `UserError` before any work where something is wrong."""
    files.check_place(options["json_out"])
    page = build.check(options["html"], options["comparison"], options["ratings"])
    entries = _entries(names)
    texts = prompts.read(options["prompts"]) if options["prompts"] else prompts.shipped("mixed")
    _refuse_same(options["judge"], entries, options["allow_same_judge"])
    tracks = _tracks(options["audio"])
    judge = open_judge(options["judge"], options["judge_weights"])
    if not options["allow_same_judge"]:
        _refuse_same_weights(judge.info, entries)
    if doubt(judge.info):
        click.echo(doubt(judge.info), err=True)
    exam = _exam(judge, entries, tracks, texts)
    others = _others(entries)
    total = 2 * len(entries) + len(others) + (len(entries) * (len(tracks) + 1) if page else 0)
    with offline.progress("evaluating", total) as step:
        report = evaluate(exam, entries, others, step)
        if page is not None:
            build.write(page, report, entries, tracks, step)
    _tell(report, options["json_out"], page.folder if page else None)


def _tell(report: Report, json_out: Path | None, folder: Path | None) -> None:
    if json_out is not None:
        files.write_json(json_out, asdict(report))
    console = Console(width=TABLE_WIDTH)
    for table in tables(report):
        console.print(table)
    for each in report.evaluations:
        for verdict in each.verdicts:
            for remark in remarks(each, verdict):
                click.echo(f"{each.name}: {remark}")
    if folder is not None:
        click.echo(str(folder / build.NAME))


def _entries(names: Sequence[str]) -> list[Entry]:
    """Find the styles; without names, all that can be used."""
    listed = {entry.name: entry for entry in styles.listing()}
    wanted = list(dict.fromkeys(names)) or [entry.name for entry in listed.values() if not entry.problem]
    if len(wanted) > MOST_STYLES:
        raise UserError(f"{len(wanted)} styles are too many at once; name up to {MOST_STYLES}")
    if not wanted:
        raise UserError("there are no styles to evaluate; name a .safetensors file")
    found: list[Entry] = []
    for name in wanted:
        style = styles.find(name)
        same = sum(entry.style.name.split(" #")[0] == style.name for entry in found)
        style = replace(style, name=f"{style.name} #{same + 1}") if same else style  # seeds in folders of their own
        found.append(Entry(style, listed[name].path if name in listed else Path(name)))
    return found


def _tracks(paths: Sequence[Path]) -> tuple[Track, ...]:
    if len(paths) > MOST_TRACKS:
        raise UserError(f"--audio: {len(paths)} files are too many; give up to {MOST_TRACKS}")
    return tuple(hear(path) for path in paths or (TRACK,))


def _refuse_same(judge: str, entries: Sequence[Entry], allowed: bool) -> None:
    for entry in entries:
        if judge in guides(entry.style.header) and not allowed:
            raise UserError(
                f"{entry.style.name}: was trained by '{judge}', which cannot judge its own pupil; "
                "name another --judge, or say --allow-same-judge"
            )


def _refuse_same_weights(judge: JudgeInfo, entries: Sequence[Entry]) -> None:
    """Refuse a judge that trained a style under another name."""
    for entry in entries:
        if credited(entry.style.header.judge, judge):
            raise UserError(
                f"{entry.style.name}: was trained with the weights of '{judge.name}' ({entry.style.header.judge}), "
                "which cannot judge their own pupil; name another --judge, or say --allow-same-judge"
            )


def _exam(judge: Judge, entries: Sequence[Entry], tracks: tuple[Track, ...], texts: tuple[str, ...]) -> Exam:
    when = spread(tracks, STILLS)
    guide = _guide(entries, judge)
    return Exam(
        eye=Eye(judge, when),
        tracks=tracks,
        prompts=texts,
        baits=prompts.shipped("artefacts"),
        guide=Eye(guide, when) if guide else None,
        machine=machine(),
    )


def _guide(entries: Sequence[Entry], judge: Judge) -> Judge | None:
    """Open the guide that all styles share, if it ships: nothing is downloaded for a comparison."""
    named = {guides(entry.style.header) for entry in entries}
    (names,) = named if len(named) == 1 else ((),)
    if names in (("builtin",), ("builtin-witness",)) and names[0] != judge.info.name:
        return open_judge(names[0])
    return None


def _others(entries: Sequence[Entry]) -> list[Style]:
    """Return styles that are not evaluated but serve as a null."""
    known = {entry.style.name for entry in entries}
    more = [entry for entry in styles.listing() if entry.name not in known and not entry.problem]
    return [styles.load(entry.path) for entry in more[: max(0, MOST_OTHERS - len(entries))]]


def tables(report: Report) -> list[Table]:
    """Return the report as it is printed: scores, behaviour, R-precision."""
    return [_score_table(report), _motion_table(report), _precision_table(report)]


def _score_table(report: Report) -> Table:
    title = f"judged by {report.judge.name} ({report.judge.family}, {report.judge.sha256[:8]})"
    columns = (
        "style",
        "prompt",
        "cosine",
        "z random",
        "z prompts",
        "z styles",
        "mixed",
        "form",
        "form, grey",
        "guide z",
    )
    table = Table(*columns, title=title, box=None)
    for each in report.evaluations:
        for verdict in each.verdicts:
            colour, grey = verdict.colour, verdict.grey
            table.add_row(
                each.name, verdict.prompt, f"{colour.cosine:.3f}", *map(_z, (colour.random, colour.unrelated)),
                _z(colour.others), *map(_rank, (colour.mixed, colour.palette_fixed, grey.palette_fixed)),
                "–" if verdict.guide_z is None else f"{verdict.guide_z:+.1f}",
            )  # fmt: skip
    return table


def _z(null: Null | None) -> str:
    return "–" if null is None else f"{null.z:+.1f}"


def _rank(ranking: Ranking | None) -> str:
    return "–" if ranking is None else f"{ranking.rank} of {ranking.prompts}"


def _motion_table(report: Report) -> Table:
    columns = (
        "style",
        "SSIM 60 fps",
        "flicker",
        "dAudio/std",
        "flashing",
        "std",
        "clipped",
        "> n/4",
        "fp16",
        "KB",
        "fps",
    )
    table = Table(*columns, title=f"on {', '.join(report.tracks)}; {report.machine}", box=None)
    for each in report.evaluations:
        look, fastest = each.looks, max(each.speed, key=lambda speed: speed.fps, default=None)
        table.add_row(
            each.name, f"{min(one.ssim for one in each.motion):.3f}", f"{each.flicker:.4f}",
            f"{each.reaction.mean:.2f}", f"{max(one.flashing for one in each.motion):.1%}", f"{look.std:.3f}",
            f"{look.clipped:.1%}", f"{look.energy_high:.1%}", f"{each.fp16.worst_levels:.1f}",
            f"{each.bytes / 1024:.0f}",
            "–" if fastest is None else f"{fastest.fps:.0f} {fastest.backend}",
        )  # fmt: skip
    return table


def _precision_table(report: Report) -> Table:
    table = Table("R-precision", "styles", "prompts", "random nets", "guess", box=None)
    for name, found in report.precision.items():
        table.add_row(
            name.replace("_", " "),
            f"{found.hits:.2f}",
            str(found.prompts),
            f"{found.random:.2f}",
            f"{found.chance:.2f}",
        )
    return table


def remarks(each: Evaluation, verdict: Verdict) -> list[str]:
    """Return what a person should know beside the numbers."""
    found = [f"'{word}' is not a word this judge knows" for word in verdict.unknown]
    if verdict.collapsed:
        found.append(f"pleases its guide (z {verdict.guide_z:+.1f}) and not this judge: the guide was fooled")
    if each.chosen:
        found.append("this judge also chose the step of training that was kept: its scores flatter a little")
    found += [f"looks like '{bait.text}' (z {bait.z:+.1f})" for bait in each.baits[:1] if bait.z > 3]
    return found
