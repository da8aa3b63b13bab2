"""`clavilux render`: a sound file becomes a video, every frame at its exact time.

Ctrl+C leaves a video that plays, and a note beside it; the same command then goes on where it stopped. A video that is
there already is kept until the new one is complete.
"""

import hashlib
import json
import math
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from app import __version__, files
from app import preset as presets
from app import style as styles
from app.audio.decode import Decoded, resampled
from app.audio.file import FileSource
from app.audio.source import Source, SourceChoice
from app.commands import offline
from app.output.join import join
from app.output.soundtrack import recorded_rate
from app.preset import Preset
from app.problems import UserError
from app.settings import Settings, check_fps, check_seconds, parse_size

WARM_UP_SECONDS = 2.0
"""Drawn again, unrecorded, before a resumed render goes on: trails and other feedback must look as if never cut."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to render; two runs with equal plans are one render."""

    program: str
    audio: str
    audio_changed: int
    look: str
    width: int
    height: int
    fps: float
    frames: int
    backend: str
    saving: str


def render(started_seconds: float, **options: Any) -> None:
    """Check everything first, then draw; `UserError` before anything is written."""
    out: Path = options["out"]
    if out.suffix.lower() != ".mp4":
        raise UserError(f"{out}: name the video .mp4")
    for path in (out, options["report"]):
        files.check_place(path)
    size_px = parse_size(options["resolution"], even=True)
    fps = check_fps(options["fps"])
    longest_seconds = math.inf if options["seconds"] is None else check_seconds(options["seconds"])
    with ExitStack() as stack:
        settings = Settings(
            source=SourceChoice(kind="file", file=options["audio"], live=False),
            style=_style(options, stack),
            preset=options["preset"],
            backend=options["backend"],
            saving=options["saving"],
            fps=fps,
            picture_px=size_px,
            headless=True,
            offline=True,
            seed=options["seed"],
            started_seconds=started_seconds,
        )
        figures = _render(settings, longest_seconds, out)
    if options["report"] is not None:
        files.write_json(options["report"], figures)


def _style(options: dict[str, Any], stack: ExitStack) -> str:
    """Return the style's name or path; without one, a random style from the seed (as a file that goes afterwards)."""
    weights: Path | None = options["load_weights"]
    if weights is not None:
        if options["style"]:
            raise UserError("--style and --load-weights each name a style; leave one of them out")
        if weights.suffix not in styles.SUFFIXES:
            raise UserError(f"{weights}: not a style file; expected {' or '.join(styles.SUFFIXES)}")
        return str(weights)
    named = options["style"] or (options["preset"] and presets.load(presets.find(options["preset"])).style)
    if named:
        return str(named)
    from app.cppn.init import random_style

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clavilux-")))
    path = folder / f"random-{options['seed']}.safetensors"
    styles.save(random_style(options["seed"]), path)
    return str(path)


def _render(settings: Settings, longest_seconds: float, out: Path) -> dict[str, Any]:
    """Draw what is still missing of the video; return the figures of the report."""
    from app.commands.run import end_on_signals
    from app.live import Session

    with ExitStack() as stack:
        session = Session(settings, stack)
        track = _track(session.hearing.source)
        frames = max(1, math.ceil(round(min(track.seconds, longest_seconds) * settings.fps, 6)))
        plan = _plan(settings, session.preset, frames)
        part, done = _under_way(plan, out)
        video = part.with_name(f"{part.stem}.continued{part.suffix}") if done else part
        end_on_signals(session)
        _fast_forward(session, done, plan.fps)
        session.controls.record(video)
        reached = offline.draw(session, out.name, done, frames)
        figures = session.report()
    if done and reached > done:
        sound = resampled(track, recorded_rate(track.rate_hz))
        join(part, video, sound.samples, sound.rate_hz, reached / plan.fps)
    elif reached == done:
        video.unlink(missing_ok=True)
    _settle(plan, out, part, reached)
    return figures | {"frames": reached, "seconds": round(reached / plan.fps, 3)}


def _track(source: Source) -> Decoded:
    """Return the decoded file that a show plays; say so where it ends early."""
    assert isinstance(source, FileSource)
    if source.decoded.truncated:
        click.echo(f"clavilux: {source.label}: {source.decoded.truncated}", err=True)
    return source.decoded


def _plan(settings: Settings, look: Preset, frames: int) -> Plan:
    audio, size_px = settings.source.file, settings.picture_px
    assert audio is not None and size_px is not None
    return Plan(
        program=__version__,
        audio=str(audio.absolute()),
        audio_changed=audio.stat().st_mtime_ns,
        look=_fingerprint(look),
        width=size_px[0],
        height=size_px[1],
        fps=settings.fps,
        frames=frames,
        backend=settings.backend,
        saving=settings.saving,
    )


def _fingerprint(look: Preset) -> str:
    """Return what tells two looks apart, whatever they and their styles are called."""
    style = styles.find(look.style)
    digest = hashlib.sha256(look.model_dump_json(exclude={"name", "style"}).encode())
    digest.update(f"{style.arch} {style.header.w0} {style.header.speed}".encode())
    for weights, biases in style.layers:
        digest.update(weights.tobytes() + biases.tobytes())
    return digest.hexdigest()[:32]


def _under_way(plan: Plan, out: Path) -> tuple[Path, int]:
    """Return the file to draw into and how many frames of this very plan it holds already."""
    beside = out.with_name(f"{out.stem}.rendering{out.suffix}")
    for part in (out, beside):
        done = _frames_done(plan, part)
        if done:
            return part, done
    return (beside if out.exists() else out), 0


def _frames_done(plan: Plan, part: Path) -> int:
    """Return how many frames of an interrupted render of the same plan are in `part`."""
    try:
        note = json.loads(_note(part).read_text("utf-8"))
        known = note["plan"] == asdict(plan) and note["bytes"] == part.stat().st_size
        return int(note["frames"]) if known else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.resume.json")


def _fast_forward(session: Any, done: int, fps: float) -> None:
    """Bring a show to frame `done`: hear everything, draw only the last seconds."""
    warm_up = max(0, done - round(WARM_UP_SECONDS * fps))
    for index in range(done):
        if session.controls.quitting:
            return
        session.step() if index >= warm_up else session.skip()


def _settle(plan: Plan, out: Path, part: Path, reached: int) -> None:
    """Put the finished video in its place, or leave the note that a later run resumes from; say which."""
    if reached == plan.frames:
        part.replace(out)
        for note in {_note(out), _note(part)}:
            note.unlink(missing_ok=True)
        click.echo(f"{out}")
    elif reached:
        files.write_json(_note(part), {"plan": asdict(plan), "frames": reached, "bytes": part.stat().st_size})
        where = f"{reached / plan.fps:.1f} of {plan.frames / plan.fps:.1f} s"
        click.echo(f"{part}: stopped at {where}; it plays up to there, and the same command goes on")
    else:
        raise click.Abort
