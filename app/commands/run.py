"""`clavilux run`: the live show in a window, or headless. Main thread."""

import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from app import comeback, files
from app.audio.source import SourceChoice
from app.commands import offline
from app.problems import UserError
from app.render.driver_watch import ContextLostError
from app.render.surface import NoDisplayError
from app.settings import (
    SIZES,
    Settings,
    check_address,
    check_advance,
    check_delay,
    check_fps,
    check_port,
    check_seconds,
    parse_size,
)

if TYPE_CHECKING:
    from app.control.hub import Hub
    from app.control.remote.server import Remote

TOUR_SECONDS = 20.0
"""The demo, unless a look was asked for, tours the library at this pace."""
INSTEAD_SECONDS, INSTEAD_FPS, INSTEAD_PX = 10.0, 30.0, SIZES["360p"]
"""The video made where there is no display."""


def run(started_seconds: float, **options: Any) -> None:
    """Check the options and play the show until it ends."""
    settings = _settings(started_seconds, options)
    for path in (options["screenshot"], options["record"], options["report"]):
        files.check_place(path)
    if options["screenshot"] is not None and options["screenshot"].suffix.lower() != ".png":
        raise UserError(f"{options['screenshot']}: name the picture .png")
    try:
        play(settings, options["screenshot"], options["report"])
    except ContextLostError:
        comeback.now()
    except NoDisplayError:
        _record_instead(settings, options["screenshot"], options["report"])


def _settings(started_seconds: float, options: dict[str, Any]) -> Settings:
    source = _source(options)
    bars = options["advance_bars"]
    return Settings(
        source=source,
        style=options["style"],
        preset=options["preset"],
        backend=options["backend"],
        fps=0.0 if options["fps"] is None else check_fps(options["fps"]),
        window_px=parse_size(options["window"], even=options["record"] is not None),
        picture_px=parse_size(options["window"]) if options["headless"] else None,
        fullscreen=options["fullscreen"],
        output_display=_display(options),
        headless=options["headless"],
        seconds=0.0 if options["seconds"] is None else check_seconds(options["seconds"]),
        record=options["record"],
        advance_seconds=0.0 if source.kind != "demo" or _named(options) or bars is not None else TOUR_SECONDS,
        advance_beats=0.0 if bars is None else check_advance(bars),
        delay_seconds=check_delay(options["delay"]),
        osc_port=0 if options["osc"] is None else check_port(options["osc"], "--osc", 9000),
        remote_port=0 if options["remote"] is None else check_port(options["remote"], "--remote", 8080),
        osc_bind=check_address(options["osc_bind"]),
        midi=options["midi"],
        show=options["show"],
        keeps=True,
        safe=options["safe"],
        given=_given(options),
        started_seconds=started_seconds,
    )


def _display(options: dict[str, Any]) -> str:
    name: str = options["output_display"].strip()
    if name and options["headless"]:
        raise UserError(f"--output-display {name} does not go with --headless; leave one of them out")
    return name


def _given(options: dict[str, Any]) -> tuple[str, ...]:
    """Return what was asked for, as a relaunch would ask again; how long and where to record to is no part of it."""
    passing = ("seconds", "screenshot", "record", "report", "safe", "headless", "window")
    usual = {"backend": "auto", "osc_bind": "127.0.0.1"}
    named = {
        name: value for name, value in options.items() if name not in passing and value and value != usual.get(name)
    }
    return tuple(f"{name}={value}" for name, value in sorted(named.items()))


def _named(options: dict[str, Any]) -> bool:
    return bool(options["style"] or options["preset"])


def _source(options: dict[str, Any]) -> SourceChoice:
    implied = next((name for name in ("file", "device") if options[name]), "demo")
    kind = cast(Literal["demo", "device", "file"], options["source"] or implied)
    if kind == "file" and options["file"] is None:
        raise UserError("--source file needs --file FILE")
    for other in ("file", "device"):
        if options[other] and kind != other:
            raise UserError(f"--{other} does not go with --source {kind}; leave one of them out")
    return SourceChoice(kind=kind, file=options["file"], device=options["device"] or "", loop=kind == "demo")


def play(settings: Settings, screenshot: Path | None, report: Path | None) -> None:
    """Play one show; the report is written even when it is interrupted."""
    from app.live import Session

    _leave_on_signals()
    with ExitStack() as stack:
        session = Session(settings, stack)
        end_on_signals(session)
        invited = None
        try:
            while not session.ended:
                session.step()
                comeback.arrived()
                invited = _invite(session.controls.control, invited)
        except ContextLostError:
            comeback.at_the_latest()
            session.surface.leave_standing()
            raise
        if screenshot is not None:
            session.screenshot(screenshot)
        session.end()
    _write_report(report, session.report())


def _invite(hub: "Hub", before: "Remote | None") -> "Remote | None":
    """Say once how a phone gets in, as soon as one can; return the remote that was told of."""
    if hub.remote is None or hub.remote is before or not hub.remote.listening:
        return before
    click.echo(hub.invitation)
    return hub.remote


def _record_instead(settings: Settings, screenshot: Path | None, report: Path | None) -> None:
    """Where nothing can be seen, make a video of the same show."""
    from app.live import Session
    from app.output.muxer import default_path, free_name

    video = free_name(settings.record or default_path("first light"))
    seconds = settings.seconds or INSTEAD_SECONDS
    click.echo(f"No display here: recording {seconds:g} s of the show to {video} instead.")
    hidden = replace(
        settings,
        source=replace(settings.source, live=False),
        picture_px=INSTEAD_PX,
        fps=settings.fps or INSTEAD_FPS,
        headless=True,
        offline=True,
        keeps=False,
        record=video,
    )
    with ExitStack() as stack:
        session = Session(hidden, stack)
        end_on_signals(session)
        offline.draw(session, video.name, 0, round(seconds * hidden.fps))
        figures = session.report()
        if screenshot is not None:
            session.screenshot(screenshot)
    _write_report(report, figures)
    click.echo(str(video))


def _write_report(path: Path | None, figures: dict[str, Any]) -> None:
    if path is not None:
        files.write_json(path, figures)


SIGNALS = tuple(name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))  # Windows has no SIGHUP


def _leave_on_signals() -> None:
    """While the show is loading a polite kill is what Ctrl+C is: no crash."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module's shape
        raise KeyboardInterrupt

    for name in SIGNALS:
        signal.signal(getattr(signal, name), leave)


def end_on_signals(session: Any) -> None:
    """Ctrl+C and a polite kill end the show like its close button: recordings are finished, devices released."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module's shape
        session.controls.quit()

    for name in SIGNALS:
        signal.signal(getattr(signal, name), end)
