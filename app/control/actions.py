"""Actions: the one table of what can be controlled. Keys, MIDI, OSC and the Control panel all act through it.

Main thread. A name ("blackout", "look:dawn", "param:zoom") leads to an action; names that come from outside can only
reach what the library and the look on air hold, never a path.
"""

from collections.abc import Callable, Iterator

from app.control import look_actions, output_actions
from app.control.action import Action as Action
from app.control.action import Switch as Switch
from app.control.action import Trigger as Trigger
from app.control.action import Value as Value
from app.control.action import listed
from app.control.deck_actions import DECK_ACTIONS, style_b, transition
from app.control.stage import Stage
from app.params import Param
from app.preset import TRANSITIONS, EffectUse
from app.problems import nearest
from app.show.marks import MOST_STARS, Mark
from app.tempo.launch import QUANTA
from app.tempo.taps import FASTEST_BPM, SLOWEST_BPM
from app.tempo.tempo import LONGEST_DELAY_MS, NUDGE, TEMPO_SOURCES
from app.training.progress import JobState


def _set_favourite(stage: Stage, on: bool) -> None:
    stage.mark(stage.preset.name, favourite=on)


def _set_ticked(stage: Stage, on: bool) -> None:
    stage.mark(stage.preset.name, ticked=on)


def _set_bag(stage: Stage, on: bool) -> None:
    stage.looks.order = "bag" if on else "list"


def _rate(stars: int) -> Trigger:
    return Trigger(
        f"rate_{stars}", f"{stars} stars for this look", lambda stage: stage.mark(stage.preset.name, stars=stars)
    )


def _walk(stage: Stage, way: Callable[[], None]) -> None:
    """Undo or redo, and say what it was."""
    way()
    stage.problems.say(stage.undo.told)


_LIBRARY: tuple[Trigger | Switch, ...] = (
    Trigger("undo", "take the newest edit back", lambda stage: _walk(stage, stage.undo.undo)),
    Trigger("redo", "make it again", lambda stage: _walk(stage, stage.undo.redo)),
    Switch("favourite", "a favourite, or not", lambda stage: _mark(stage).favourite, _set_favourite),
    Switch("tick", "ticked, or not", lambda stage: _mark(stage).ticked, _set_ticked),
    Switch("shuffle", "looks come by themselves in random order, each once", lambda stage: stage.looks.order == "bag",
           _set_bag),
    Trigger("queue_clear", "nothing is queued any more", lambda stage: stage.looks.queue.clear(),
            lit=lambda stage: bool(stage.looks.queue)),
    *(_rate(stars) for stars in range(MOST_STARS + 1)),
)  # fmt: skip


def _set_locked(stage: Stage, on: bool) -> None:
    stage.tempo.locked = on


def _set_delay(stage: Stage, milliseconds: float) -> None:
    stage.tempo.delay_seconds = milliseconds / 1000


def _set_quantise(stage: Stage, number: float) -> None:
    stage.launch.quantise = QUANTISE.choices[int(number)][0]


def _set_source(stage: Stage, number: float) -> None:
    stage.tempo.choose(TEMPO_SOURCES[int(number)])


def _on_the_beat(stage: Stage) -> bool:
    beat = stage.tempo.beat
    return beat.known and beat.phase < LIT_BEAT


def _next_quantise(stage: Stage) -> None:
    names = list(QUANTA)
    stage.launch.quantise = names[(names.index(stage.launch.quantise) + 1) % len(names)]


LIT_BEAT = 0.25
"""For this part of each beat a pad's lamp is on."""
BPM = Param("bpm", 120.0, SLOWEST_BPM, FASTEST_BPM, "BPM", "Tempo")
DELAY = Param("delay", 0.0, 0.0, float(LONGEST_DELAY_MS), "ms", "Delay")
QUANTISE = listed("quantise", "Quantise", QUANTA)
TEMPO_SOURCE = listed("tempo_source", "Tempo source", TEMPO_SOURCES)

_TIME: tuple[Trigger | Switch | Value, ...] = (
    Trigger("tap", "tap the tempo", lambda stage: stage.tempo.tap(stage.frame.seconds), lit=_on_the_beat),
    Trigger("resync", "this is the one", lambda stage: stage.tempo.resync()),
    Trigger("tempo_half", "tempo ÷ 2", lambda stage: stage.tempo.scale(0.5)),
    Trigger("tempo_double", "tempo × 2", lambda stage: stage.tempo.scale(2.0)),
    Trigger("nudge_back", "beat a little later", lambda stage: stage.tempo.nudge(-NUDGE)),
    Trigger("nudge_forward", "beat a little earlier", lambda stage: stage.tempo.nudge(NUDGE)),
    Switch("tempo_lock", "hold the tempo", lambda stage: stage.tempo.locked, _set_locked),
    Value(
        "bpm", "tempo in BPM", BPM, lambda stage: round(stage.tempo.bpm, 1) or BPM.low,
        lambda stage, bpm: stage.tempo.set_bpm(bpm),
    ),
    Value(
        "tempo_source", "0 heard, 1 tapped, 2 MIDI clock, 3 Ableton Link", TEMPO_SOURCE,
        lambda stage: float(TEMPO_SOURCES.index(stage.tempo.source)), _set_source,
    ),
    Value(
        "quantise", "looks change: 0 now, 1 on the beat, 2 bar, 3 two bars, 4 four bars", QUANTISE,
        lambda stage: float(list(QUANTA).index(stage.launch.quantise)), _set_quantise,
    ),
    Trigger("quantise_next", "looks wait for now, beat, bar, 2 or 4 bars", _next_quantise),
    Value("delay", "picture later, in ms", DELAY, lambda stage: stage.tempo.delay_seconds * 1000, _set_delay),
)  # fmt: skip


def _training(stage: Stage, *states: JobState) -> list[str]:
    """Return the ids of the jobs in one of these states."""
    jobs = stage.trainer.statuses if stage.trainer is not None else ()
    return [status.job.id for status in jobs if status.state in states]


def _set_training_paused(stage: Stage, on: bool) -> None:
    for job_id in _training(stage, "running" if on else "paused"):
        if stage.trainer is not None:
            stage.trainer.pause(job_id) if on else stage.trainer.resume(job_id)


def _keep_training(stage: Stage) -> None:
    for job_id in _training(stage, "running", "paused"):
        if stage.trainer is not None:
            stage.trainer.keep(job_id)


_ALL: tuple[Trigger | Switch | Value, ...] = (
    *look_actions.LOOKS,
    *output_actions.OUTPUT,
    *_LIBRARY,
    *_TIME,
    *DECK_ACTIONS,
    Switch("train_pause", "hold the training, and go on", lambda s: bool(_training(s, "paused")), _set_training_paused),
    Trigger("train_keep", "end the training, keep the best style so far", _keep_training),
)
ACTIONS: dict[str, Action] = {action.name: action for action in _ALL}
"""What every look has; the rest is named "<kind>:<what>" with one of `KINDS`."""
KINDS = ("look", "queue", "style", "style_b", "param", "effect", "pool", "transition")
SEPARATOR = ":"


def known(name: str) -> bool:
    """Return whether a name can mean an action, be it in this look or in another."""
    kind, separator, what = name.partition(SEPARATOR)
    return name in ACTIONS or bool(kind in KINDS and separator and what)


def has_range(name: str) -> bool:
    """Return whether a name means a number that a knob moves (as far as can be told without the look)."""
    return name.startswith("param:") or isinstance(ACTIONS.get(name), Value)


def spoken(name: str) -> str:
    """Return the name of an action as a person reads it."""
    kind, separator, what = name.partition(SEPARATOR)
    return (what if kind == "param" else f"{kind} {what}" if separator else kind).replace("_", " ")


def find(stage: Stage, name: str) -> Action | None:
    """Return the action of that name, or None when the look on air has nothing of the kind."""
    kind, _, what = name.partition(SEPARATOR)
    if kind == "look":
        return _look(what)
    if kind == "queue":
        return _queued(what)
    if kind == "style":
        return _style(what)
    if kind == "style_b":
        return style_b(what)
    if kind == "pool":
        return _pool(what)
    if kind == "transition":
        return transition(what)
    if kind == "param":
        return _param(stage, what)
    if kind == "effect":
        return _effect(stage, what)
    return ACTIONS.get(name)


def everything(stage: Stage) -> Iterator[Action]:
    """Yield all that can be controlled now: verbs, parameters, effects, looks, styles."""
    yield from ACTIONS.values()
    names = [f"param:{key}" for key in stage.targets]
    names += [f"effect:{key}" for key in stage.preset.effect_keys()]
    names += [f"{kind}:{name}" for kind in ("look", "queue") for name in stage.looks.names]
    names += [f"{kind}:{name}" for kind in ("style", "style_b") for name in stage.style_names]
    names += [f"transition:{name}" for name in (*TRANSITIONS, *stage.transitions)]
    names += [f"pool:{name}" for name in stage.looks.marks.choices()]
    yield from (action for name in names if (action := find(stage, name)) is not None)


def _look(name: str) -> Trigger:
    def press(stage: Stage) -> None:
        if _in_library(stage, name):
            stage.choose_look(name)

    return Trigger(f"look:{name}", f"look {name}", press, True, lit=lambda stage: stage.preset.name == name)


def _queued(name: str) -> Trigger:
    def press(stage: Stage) -> None:
        if _in_library(stage, name):
            stage.looks.enqueue(name)

    return Trigger(f"queue:{name}", f"queue look {name}", press, lit=lambda stage: name in stage.looks.queue)


def _in_library(stage: Stage, look: str) -> bool:
    """Return whether there is such a look; if not, say so."""
    known = look in stage.looks.names
    if not known:
        stage.problems.report(f"control: unknown look '{look[:80]}'{nearest(look[:80], stage.looks.names)}")
    return known


def _pool(name: str) -> Trigger:
    def press(stage: Stage) -> None:
        stage.looks.pool = name if name in stage.looks.marks.choices() else stage.looks.pool

    return Trigger(f"pool:{name}", f"only {name}", press, lit=lambda stage: stage.looks.pool == name)


def _mark(stage: Stage) -> Mark:
    return stage.looks.marks.seen(stage.preset.name)


def _style(name: str) -> Trigger:
    def press(stage: Stage) -> None:
        if name in stage.style_names:
            stage.choose_style(name)
        else:
            stage.problems.report(f"control: unknown style '{name[:80]}'{nearest(name[:80], stage.style_names)}")

    return Trigger(f"style:{name}", f"style {name}", press, True, lit=lambda stage: stage.preset.style == name)


def _effect(stage: Stage, key: str) -> Switch | None:
    if _use(stage, key) is None:
        return None

    def read(stage: Stage) -> bool:
        use = _use(stage, key)
        return use is not None and use.enabled

    def write(stage: Stage, on: bool) -> None:
        use = _use(stage, key)
        if use is not None:
            use.enabled = on

    return Switch(f"effect:{key}", f"effect {key} on or off", read, write)


def _use(stage: Stage, key: str) -> EffectUse | None:
    return next(
        (use for own, use in zip(stage.preset.effect_keys(), stage.preset.effects, strict=True) if own == key), None
    )


def _param(stage: Stage, key: str) -> Action | None:
    param = stage.targets.get(key)
    return of_param(stage, key, param) if param is not None else None


def of_param(stage: Stage, key: str, param: Param) -> Action:
    """Return the action of a parameter of the look on air; `param` is what `stage.targets` has under `key`."""
    values, entry = stage.preset.place(key)
    name, text = f"param:{key}", key.replace("_", " ")

    def write(_: Stage, value: float) -> None:
        values[entry] = value

    def let_go(_: Stage) -> None:
        values.pop(entry, None)

    if param.kind == "event":
        return Trigger(name, text, lambda stage: write(stage, 1.0), release=let_go)
    if param.kind == "bool":
        return Switch(name, text, lambda _: values.get(entry, param.default) > 0.5, lambda stage, on: write(stage, on))
    return Value(name, text, param, lambda _: values.get(entry, param.default), write)
