"""Actions on which look comes, and how long its coming takes. A part of the table of actions. Main thread."""

from app.change_time import LONGEST_SECONDS, MOST_BARS
from app.control.action import Switch, Trigger, Value
from app.control.stage import Stage
from app.params import Param
from app.tempo.beat import BAR

CROSSFADE = Param("crossfade", 2.0, 0.0, LONGEST_SECONDS, "s", "Crossfade")
CROSSFADE_BARS = Param("crossfade_bars", 1.0, 0.25, MOST_BARS, "bars", "Crossfade in bars")


def _set_held(stage: Stage, on: bool) -> None:
    stage.looks.held = on


def _set_own(stage: Stage, on: bool) -> None:
    stage.change_time.unit = "own" if on else "seconds"


LOOKS: tuple[Trigger | Switch | Value, ...] = (
    Trigger("next", "next look", lambda stage: stage.step_look(1), True),
    Trigger("previous", "previous look", lambda stage: stage.step_look(-1), True),
    Trigger("random", "any other look", lambda stage: stage.random_look(), True),
    Trigger("next_cut", "next look, by a cut", lambda stage: stage.step_look(1, cut=True), True),
    Trigger("previous_cut", "previous look, by a cut", lambda stage: stage.step_look(-1, cut=True), True),
    Trigger("random_cut", "any other look, by a cut", lambda stage: stage.random_look(cut=True), True),
    Trigger("back", "the look before, as you left it", lambda stage: stage.look_before(), True),
    Switch("hold", "hold the look", lambda stage: stage.looks.held, _set_held),
    Value("crossfade", "seconds that changes of look take, 0 = cut", CROSSFADE,
          lambda stage: stage.change_time.seconds, lambda stage, seconds: stage.change_time.choose_seconds(seconds)),
    Value("crossfade_bars", "bars that changes of look take", CROSSFADE_BARS,
          lambda stage: stage.change_time.beats / BAR, lambda stage, bars: stage.change_time.choose_bars(bars)),
    Switch("crossfade_own", "each look comes in its own time", lambda stage: stage.change_time.unit == "own", _set_own),
)  # fmt: skip
