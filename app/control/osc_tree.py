"""The OSC tree: which address does what, and what each of them is now. Derived from the table of actions. Main thread.

Addresses come from strangers: they can only press what is in the table, set a number, or name a look of the library.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.control import actions, osc_format
from app.control.actions import ACTIONS, Action, Switch, Trigger, Value
from app.control.origin import ROOT as ROOT
from app.control.osc_format import Argument, Message
from app.control.stage import Stage
from app.params import PARAMS, Param, input_name
from app.preset import TRANSITION, TRANSITIONS, EffectParams, transition_params
from app.problems import shown

VERBS = ("query", "subscribe", "unsubscribe")
"""What asks to be told (see `osc_listeners`)."""
NAMED = ("look", "queue", "style", "style_b", "transition")
"""Addresses that take a name."""
FIXED = frozenset(f"{ROOT}/{name}".encode() for name in (*ACTIONS, *NAMED, *VERBS))
"""What every look has: these have room however many addresses come in one frame."""
_ILLEGAL = re.compile(r"[^\w.:+-]")
Press = Callable[[Trigger], None]
LONGEST_SHOWN = 40


@lru_cache(maxsize=1024)
def plain(key: str) -> str:
    """Return a parameter's or effect's key as OSC addresses allow it: "kaleido#2.sides" is "kaleido:2.sides"."""
    return _ILLEGAL.sub("_", key.replace("#", ":"))


def receive(stage: Stage, message: Message, press: Press) -> bool:
    """Do what a message asks for; return whether its address and arguments mean something here."""
    head, _, rest = message.address.removeprefix(f"{ROOT}/").partition("/")
    given = message.arguments[0] if message.arguments else None
    if not message.address.startswith(f"{ROOT}/"):
        return False
    if head in ACTIONS and not rest:
        return _act(ACTIONS[head], stage, given, press)
    if head in NAMED and not rest:
        asked = message.arguments if head == "queue" and message.arguments else (given,)
        return min([_name(stage, head, name, press) for name in asked])
    if head in ("param", "value", "effect"):
        return _set(stage, head, rest, given, press)
    return False


def _act(action: Action, stage: Stage, given: Argument, press: Press) -> bool:
    """Press without an argument; with one, 1 presses or switches on and 0 releases or switches off; a number is set."""
    if isinstance(given, str):
        return False
    if isinstance(action, Value):
        return _write(action, stage, given, action.param)
    on = given is None or given > 0.5
    if isinstance(action, Trigger):
        if on:
            press(action)
    elif given is None:
        action.press(stage)
    else:
        action.write(stage, on)
    return True


def _name(stage: Stage, kind: str, given: Argument, press: Press) -> bool:
    action = actions.find(stage, f"{kind}:{given}")
    if not isinstance(given, str) or given not in names(stage, kind) or not isinstance(action, Trigger):
        what = f"'{shown(given, LONGEST_SHOWN)}'" if isinstance(given, str) else "no name"
        kinds = {"queue": "look", "style_b": "style"}
        text = f"OSC: {ROOT}/{kind} {what}: no {kinds.get(kind, kind)} here is called so"
        stage.problems.report(text, about=f"OSC: {ROOT}/{kind}")
        return False
    press(action)
    return True


def names(stage: Stage, kind: str) -> Sequence[str]:
    """Return what the address of that kind (one of `NAMED`) takes."""
    if kind == "transition":
        return [*TRANSITIONS, *stage.transitions]
    return stage.looks.names if kind in ("look", "queue") else stage.style_names


def _set(stage: Stage, head: str, name: str, given: Argument, press: Press) -> bool:
    kind = "effect" if head == "effect" else "param"
    key = _by_plain(tuple(stage.preset.effect_keys() if kind == "effect" else stage.targets)).get(name)
    action = actions.find(stage, f"{kind}:{key}") if key is not None else None
    if action is None:
        return False
    if not isinstance(action, Value):
        return _act(action, stage, given, press)
    return _write(action, stage, given, None if head == "param" else action.param)


@lru_cache(maxsize=4)
def _by_plain(keys: tuple[str, ...]) -> Mapping[str, str]:
    """Return the keys by their plain form; of two that share one, the first."""
    return {plain(key): key for key in reversed(keys)}


def _write(action: Value, stage: Stage, given: Argument, unit: Param | None) -> bool:
    """Set a number: a share 0..1 of its range, or in the unit of `unit`."""
    if given is None or isinstance(given, str) or not math.isfinite(given):
        return False
    share = given if unit is None else (given - unit.low) / max(unit.high - unit.low, 1e-9)
    action.write(stage, min(max(share, 0.0), 1.0))
    return True


def state(stage: Stage) -> dict[str, Argument]:
    """Return every address that has a state, and the state as it would be sent there."""
    now: dict[str, Argument] = {f"{ROOT}/look": stage.preset.name, f"{ROOT}/style": stage.preset.style}
    now |= {f"{ROOT}/style_b": stage.preset.style_b, f"{ROOT}/transition": stage.preset.transition}
    beat = stage.tempo.beat
    now[f"{ROOT}/beat"] = beat.place + 1 if beat.known else 0
    for name, action in ACTIONS.items():
        if isinstance(action, Switch):
            now[f"{ROOT}/{name}"] = int(action.read(stage))
        elif isinstance(action, Value):
            now[f"{ROOT}/{name}"] = float(action.read_value(stage))
    for key, use in zip(stage.preset.effect_keys(), stage.preset.effects, strict=True):
        now[f"{ROOT}/effect/{plain(key)}"] = int(use.enabled)
    for key, param in stage.targets.items():
        action_of = actions.of_param(stage, key, param)
        if isinstance(action_of, Value):
            now[f"{ROOT}/param/{plain(key)}"] = action_of.read(stage)
            now[f"{ROOT}/value/{plain(key)}"] = float(action_of.read_value(stage))
        elif isinstance(action_of, Switch):
            now[f"{ROOT}/param/{plain(key)}"] = int(action_of.read(stage))
    return now


def written(changes: Mapping[str, Argument]) -> list[bytes]:
    """Return the messages that tell a state."""
    return [osc_format.write(address, (value,)) for address, value in changes.items()]


def library(stage: Stage) -> list[bytes]:
    """Return one message per look and style: index, count, name."""
    lists = {"looks": stage.looks.names, "styles": stage.style_names}
    return [
        osc_format.write(f"{ROOT}/{kind}", (i, len(names), name))
        for kind, names in lists.items()
        for i, name in enumerate(names)
    ]


class Entry(NamedTuple):
    """One address: what it takes as a person reads it, what it does, its OSC type ("I": a press), and its range."""

    address: str
    given: str
    help: str
    type: str = "i"
    low: float = 0
    high: float = 1
    heard: bool = True


def table(effects: EffectParams, transitions: Collection[str]) -> Iterator[Entry]:
    """Yield everything, effects as if each were in the look once.

    What several transitions have under one name stands there once, as the first of them has it.
    """
    chain = {name: own for name, own in effects.items() if name not in transitions}
    params = PARAMS | {param.name: param for own in chain.values() for param in own}
    for param in (param for name in transitions for param in transition_params(name, effects)):
        params.setdefault(f"{TRANSITION}.{input_name(param.name)}", param)
    yield from entries(params, chain)


def entries(params: Mapping[str, Param], chain: Iterable[str]) -> Iterator[Entry]:
    """Yield the addresses of looks that have these parameters and effects."""
    for name, action in ACTIONS.items():
        if isinstance(action, Value):
            low, high = action.param.low, action.param.high
            yield Entry(f"{ROOT}/{name}", f"{low:g}..{high:g}", action.help, "f", low, high)
        else:
            yield Entry(f"{ROOT}/{name}", "[0|1]", action.help, "I" if isinstance(action, Trigger) else "i")
    yield Entry(f"{ROOT}/beat", "(is told)", "which beat of the bar, 1..4; 0 = no tempo is known", high=4, heard=False)
    yield Entry(f"{ROOT}/look", "name", "put a look on air", "s")
    yield Entry(f"{ROOT}/queue", "name …", "queue looks, to come before all others", "s")
    yield Entry(f"{ROOT}/style", "name", "fade to a style", "s")
    yield Entry(f"{ROOT}/style_b", "name", "put a style on deck B", "s")
    yield Entry(f"{ROOT}/transition", "name", "how the look comes on air: morph, fade, or an ISF transition", "s")
    for key, param in params.items():
        yield from _param_entries(plain(key), param)
    for key in chain:
        yield Entry(f"{ROOT}/effect/{plain(key)}", "[0|1]", "effect on or off")
    answers = "answer with every address and its value, and the names of looks and styles"
    for verb, text in zip(VERBS, (answers, "from now on tell what changes", "tell no more"), strict=True):
        yield Entry(f"{ROOT}/{verb}", "[port]", text, high=65535)


def _param_entries(name: str, param: Param) -> Iterator[Entry]:
    address, label = f"{ROOT}/param/{name}", param.label or name
    if param.kind in ("bool", "event"):
        yield Entry(address, "0|1", label, "I" if param.kind == "event" else "i")
        return
    yield Entry(address, "0..1", label, "f")
    given, text = f"{param.low:g}..{param.high:g}", f"{param.unit} {param.label}".strip()
    yield Entry(f"{ROOT}/value/{name}", given, text, "f", param.low, param.high)
