"""Before a soak measures: all that ships is shown once, so that what is compiled for the first time is no growth later.

Main thread, GL context current; plays the session's own frames.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial

from app.live import Session
from app.preset import EffectUse

LEAST_FRAMES, ARRIVAL_FRAMES = 10, 120


def show_everything(session: Session, most_seconds: float) -> float:
    """Show every look, style and effect of the library for as long as it takes to come; return the seconds it took."""
    began, controls = time.monotonic(), session.controls
    until = began + most_seconds
    turns: list[tuple[Callable[[str], object], Iterable[str]]] = [
        (controls.choose_look, controls.looks.names),
        (controls.choose_style, controls.style_names),
        (partial(_only, session), sorted(controls.effects)),
    ]
    for show, name in [(show, name) for show, names in turns for name in names]:
        if time.monotonic() >= until:  # what is only chosen would be compiled later, all at once
            break
        show(name)
        _wait(session, until)
    controls.preset.effects.clear()
    return time.monotonic() - began


def _only(session: Session, effect: str) -> None:
    session.controls.preset.effects[:] = [EffectUse(effect=effect)]


def _wait(session: Session, until_seconds: float) -> None:
    """Play until what was chosen last is there; not for ever."""
    for frame in range(ARRIVAL_FRAMES):
        arrived = frame >= LEAST_FRAMES and not _coming(session)
        if arrived or time.monotonic() >= until_seconds:
            return
        session.step()


def _coming(session: Session) -> bool:
    """Whether a look, or an effect of the one on air, is still being compiled."""
    looks = session.controls.looks
    return looks.newest != looks.on_air.name or bool(session.picture.waiting)
