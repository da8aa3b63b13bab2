"""Actions on what leaves the instrument: light, freeze, panic, recording, displays. A part of the table of actions."""

from app.control.action import Switch, Trigger, Value
from app.control.stage import Stage
from app.master import SLOWEST_FADE_SECONDS
from app.params import Param

MASTER = Param("master", 1.0, 0.0, 1.0, "", "Master")
FADE = Param("fade", 0.0, 0.0, SLOWEST_FADE_SECONDS, "s", "Fade time")


def _set_fader(stage: Stage, share: float) -> None:
    stage.outlets.master.fader = share


def _set_fade(stage: Stage, seconds: float) -> None:
    stage.outlets.master.fade_seconds = seconds


def _set_blackout(stage: Stage, on: bool) -> None:
    stage.blackout = on


def _set_frozen(stage: Stage, on: bool) -> None:
    stage.frozen = on


def _set_record(stage: Stage, on: bool) -> None:
    if on != (stage.recording is not None):
        stage.toggle_record()


def panic(stage: Stage) -> None:
    """Back to a look known to work: all light, nothing frozen, nothing waiting for a beat."""
    stage.launch.cancel()
    stage.frozen = False
    stage.outlets.panic(stage.looks)


OUTPUT: tuple[Trigger | Switch | Value, ...] = (
    Value("master", "master fader", MASTER, lambda stage: stage.outlets.master.fader, _set_fader),
    Switch("blackout", "blackout, and back", lambda stage: stage.blackout, _set_blackout),
    Value("fade", "seconds a blackout takes", FADE, lambda stage: stage.outlets.master.fade_seconds, _set_fade),
    Switch("freeze", "freeze, and go on", lambda stage: stage.frozen, _set_frozen),
    Trigger("panic", "back to a look known to work, in full light", panic),
    Switch("record", "start or finish recording", lambda stage: stage.recording is not None, _set_record),
    Trigger("fullscreen", "full screen", lambda stage: stage.toggle_fullscreen()),
    Trigger("next_display", "clean output, or full screen, to the next display", lambda s: s.outlets.next_display()),
)
