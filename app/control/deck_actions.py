"""Actions on the two decks of a look, and on the look as a whole: take, blend, mutate, compare. Main thread."""

from collections.abc import Callable

from app.control.action import Switch, Trigger, Value, listed
from app.control.stage import Stage
from app.mixer import Mixer
from app.preset import BLENDS, TRANSITIONS
from app.problems import nearest

BLEND = listed("blend", "Blend", BLENDS)


def _set_blend(stage: Stage, number: float) -> None:
    stage.mixer.choose_blend(BLENDS[int(number)])


def _next_blend(stage: Stage) -> None:
    stage.mixer.choose_blend(BLENDS[(BLENDS.index(stage.preset.blend) + 1) % len(BLENDS)])


def _next_transition(stage: Stage) -> None:
    names = [*TRANSITIONS, *stage.transitions]
    here = names.index(stage.preset.transition) if stage.preset.transition in names else -1
    stage.preset.choose_transition(names[(here + 1) % len(names)])


def _with_b(act: Callable[[Mixer], None]) -> Callable[[Stage], None]:
    """Return what moves the fader; a look without a deck B is told so, as nothing would be seen."""

    def move(stage: Stage) -> None:
        if stage.preset.style_b:
            act(stage.mixer)
        else:
            stage.problems.say("this look has no deck B: choose a style for it under Decks")

    return move


DECK_ACTIONS: tuple[Trigger | Switch | Value, ...] = (
    Trigger("deck_take", "fader to the other deck, in the crossfade's time", _with_b(Mixer.take),
            lit=lambda stage: stage.mixer.taking),
    Trigger("deck_cut", "fader to the other deck, at once", _with_b(Mixer.cut)),
    Trigger("deck_b_off", "take deck B away", lambda stage: stage.mixer.choose_b(""), True),
    Value("blend", "how the decks blend: 0 mix, 1 morph, …", BLEND,
          lambda stage: float(BLENDS.index(stage.preset.blend)), _set_blend),
    Trigger("blend_next", "the next way to blend the decks", _next_blend),
    Trigger("transition_next", "the next way for looks to give way to one another", _next_transition),
    Trigger("mutate", "change the look a little, at random", lambda stage: stage.mixer.mutate(), True),
    Trigger("randomise", "another look of the same styles and effects", lambda stage: stage.mixer.randomise(), True),
    Trigger("compare", "this look and the one before change places", lambda stage: stage.mixer.compare(), True),
)  # fmt: skip


def style_b(name: str) -> Trigger:
    """Return what puts a style on deck B."""

    def press(stage: Stage) -> None:
        if name in stage.style_names:
            stage.mixer.choose_b(name)
        else:
            stage.problems.report(f"control: unknown style '{name[:80]}'{nearest(name[:80], stage.style_names)}")

    return Trigger(f"style_b:{name}", f"style {name} on deck B", press, True,
                   lit=lambda stage: stage.preset.style_b == name)  # fmt: skip


def transition(name: str) -> Trigger:
    """Return what makes this look's transition another one."""

    def press(stage: Stage) -> None:
        known = [*TRANSITIONS, *stage.transitions]
        if name in known:
            stage.preset.choose_transition(name)
        else:
            stage.problems.report(f"control: unknown transition '{name[:80]}'{nearest(name[:80], known)}")

    return Trigger(f"transition:{name}", f"looks change by {name.replace('_', ' ')}", press,
                   lit=lambda stage: stage.preset.transition == name)  # fmt: skip
