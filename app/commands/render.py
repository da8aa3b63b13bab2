"""`clavilux render`: a sound file becomes a video, every frame at its exact time.

Ctrl+C leaves a video that plays, and a note beside it; the same command then goes on where it stopped.
"""

import json
import math
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from app import style as styles
from app.audio.decode import decode, resampled
from app.audio.source import SourceChoice
from app.commands import offline
from app.output.join import join
from app.output.soundtrack import recorded_rate
from app.problems import UserError
from app.settings import Settings, check_fps, check_seconds, parse_size

WARM_UP_SECONDS = 2.0
"""Drawn again, unrecorded, before a resumed render goes on: trails and other feedback must look as if never cut."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to render; two runs with equal plans are one render."""

    audio: str
    audio_bytes: int
    style: str
    preset: str
    width: int
    height: int
    fps: float
    frames: int
    seed: int
    backend: str


def render(started_seconds: float, **options: Any) -> None:
    """Check everything first, then draw; `UserError` before anything is written."""
    out: Path = options["out"]
    if out.suffix.lower() != ".mp4":
        raise UserError(f"{out}: name the video .mp4")
    if not out.absolute().parent.is_dir():
        raise UserError(f"{out}: the folder {out.absolute().parent} does not exist; make it first")
    size_px = parse_size(options["resolution"], even=True)
    fps = check_fps(options["fps"])
    decoded = decode(options["audio"])
    seconds = decoded.seconds
    if options["seconds"] is not None:
        seconds = min(seconds, check_seconds(options["seconds"]))
    if decoded.truncated:
        click.echo(f"clavilux: {options['audio']}: {decoded.truncated}", err=True)
    with ExitStack() as stack:
        style = _style(options, stack)
        plan = Plan(
            audio=str(options["audio"].absolute()),
            audio_bytes=options["audio"].stat().st_size,
            style=str(options["load_weights"] or options["style"]),
            preset=options["preset"],
            width=size_px[0],
            height=size_px[1],
            fps=fps,
            frames=max(1, math.ceil(round(seconds * fps, 6))),
            seed=options["seed"],
            backend=options["backend"],
        )
        settings = Settings(
            source=SourceChoice(kind="file", file=options["audio"], live=False),
            style=style,
            preset=options["preset"],
            backend=options["backend"],
            fps=fps,
            picture_px=size_px,
            headless=True,
            offline=True,
            seed=options["seed"],
            started_seconds=started_seconds,
        )
        _render(plan, settings, out, options["report"])


def _style(options: dict[str, Any], stack: ExitStack) -> str:
    """Return the style's name or path; without one, a random style from the seed (as a file that goes afterwards)."""
    if options["load_weights"] is not None:
        return str(options["load_weights"])
    if options["style"] or options["preset"]:
        return str(options["style"])
    from app.cppn.init import random_style

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clavilux-")))
    path = folder / f"random-{options['seed']}.safetensors"
    styles.save(random_style(options["seed"]), path)
    return str(path)


def _render(plan: Plan, settings: Settings, out: Path, report: Path | None) -> None:
    done = _frames_done(plan, out)
    video = out if not done else out.with_name(f"{out.stem}.continued{out.suffix}")
    from app.commands.run import end_on_signals
    from app.live import Session

    with ExitStack() as stack:
        session = Session(settings, stack)
        end_on_signals(session)
        _fast_forward(session, done, plan.fps)
        session.controls.record(video)
        reached = offline.draw(session, out.name, done, plan.frames)
        figures = session.report()
        troubles = [problem.text for problem in session.problems]
    if done:
        sound = decode(Path(plan.audio))
        sound = resampled(sound, recorded_rate(sound.rate_hz))
        join(out, video, sound.samples[: math.ceil(reached / plan.fps * sound.rate_hz)], sound.rate_hz)
    _tell(plan, out, reached)
    for trouble in troubles:
        click.echo(f"clavilux: {trouble}", err=True)
    if report is not None:
        report.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _fast_forward(session: Any, done: int, fps: float) -> None:
    """Bring a show to frame `done`: hear everything, draw only the last seconds."""
    warm_up = max(0, done - round(WARM_UP_SECONDS * fps))
    for index in range(done):
        session.step() if index >= warm_up else session.skip()


def _note(out: Path) -> Path:
    return out.with_name(f"{out.name}.resume.json")


def _frames_done(plan: Plan, out: Path) -> int:
    """Return how many frames an interrupted render of the same plan has finished; 0 = begin anew."""
    try:
        note = json.loads(_note(out).read_text("utf-8"))
        known = note["plan"] == asdict(plan) and out.is_file()
        return int(note["frames"]) if known else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _tell(plan: Plan, out: Path, reached: int) -> None:
    """Say what was made and leave, or remove, the note that a later run resumes from."""
    note = _note(out)
    if reached >= plan.frames:
        note.unlink(missing_ok=True)
        click.echo(f"{out}")
        return
    note.write_text(json.dumps({"plan": asdict(plan), "frames": reached}), "utf-8")
    where = f"{reached / plan.fps:.1f} of {plan.frames / plan.fps:.1f} s"
    click.echo(f"{out}: stopped at {where}; it plays up to there, and the same command goes on")
