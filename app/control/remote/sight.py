"""What a remote sees of the show and may do to it, from the table of actions. Main thread.

Names come from strangers: they can press what is in the table, turn a macro, or put a look of the library on air.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.control import actions
from app.control.actions import ACTIONS, Action, Switch, Trigger, Value
from app.control.stage import Stage
from app.params import MACROS

Press = Callable[[Trigger], None]
MOST_NAME = 120
QUEUE_TOLD = 16
MACRO = "param:"


@dataclass(frozen=True, slots=True)
class Ask:
    """One message of a remote, checked: exactly one of `pin`, `token`, `do` (with `to`) and `picture` is not empty."""

    pin: str = ""
    token: str = ""
    do: str = ""
    to: float | None = None
    picture: str = ""


def read(text: str) -> Ask:
    """Read a message; `ValueError` for anything that is not one."""
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    kinds = {"pin", "token", "do", "picture"}
    if not isinstance(data, dict) or len(kinds & set(data)) != 1 or set(data) - kinds - {"to"}:
        raise ValueError("not a message")
    to = data.pop("to", None)
    ((kind, name),) = data.items()
    if not isinstance(name, str) or not 0 < len(name) <= MOST_NAME or (to is not None and kind != "do"):
        raise ValueError("not a message")
    name.encode()  # half a letter is a ValueError, too: nothing could compare it, or send it back
    return Ask(**{kind: name}, to=_share(to))


def _share(to: Any) -> float | None:
    if to is None:
        return None
    if not isinstance(to, int | float) or not 0 <= to <= 1:  # NaN is neither
        raise ValueError("not a share 0..1")
    return float(to)


def act(stage: Stage, name: str, to: float | None, press: Press) -> bool:
    """Press, switch or set what is named; return whether a remote may and it is there."""
    action = _reachable(stage, name)
    if isinstance(action, Trigger):
        if to is None or to > 0.5:
            press(action)
    elif isinstance(action, Switch):
        action.write(stage, not action.read(stage) if to is None else to > 0.5)
    elif isinstance(action, Value) and to is not None:
        action.write(stage, to)
    else:
        return False
    return True


def _reachable(stage: Stage, name: str) -> Action | None:
    kind, separator, what = name.partition(actions.SEPARATOR)
    if not separator:
        return ACTIONS.get(name)
    ours = (kind in ("look", "queue") and what in stage.looks.names) or (kind == "param" and what in MACROS)
    return actions.find(stage, name) if ours else None


def layout(stage: Stage) -> dict[str, Any]:
    """Return what there is to press and to turn."""
    macros = {f"{MACRO}{name}": stage.preset.macros.get(name, "") for name in MACROS}
    return {
        "verbs": [_described(action) for action in ACTIONS.values()],
        "macros": [{"name": name, "label": label} for name, label in macros.items()],
        "looks": stage.looks.names,
    }


def _described(action: Action) -> dict[str, Any]:
    told: dict[str, Any] = {"name": action.name, "help": action.help, "kind": type(action).__name__.lower()}
    if isinstance(action, Value):
        param = action.param
        told |= {"label": param.label, "low": param.low, "high": param.high, "unit": param.unit}
        told |= {"whole": param.kind == "long", "choices": [text for text, _ in param.choices]}
    return told


def state(stage: Stage) -> dict[str, Any]:
    """Return what everything of the layout is now: lit or not, a share 0..1, and the look on air."""
    beat = stage.tempo.beat
    now: dict[str, Any] = {"look": stage.preset.name, "style": stage.preset.style, "waiting": stage.launch.waiting}
    now["coming"], now["queue"] = stage.looks.coming(), stage.looks.queue[:QUEUE_TOLD]
    now["beat"] = beat.place + 1 if beat.known else 0
    for name, action in ACTIONS.items():
        if isinstance(action, Trigger):
            if action.lit is not None:
                now[name] = action.lit(stage)
        else:
            now[name] = _finite(action.read(stage))
    for name in MACROS:
        now[f"{MACRO}{name}"] = stage.preset.params.get(name, 0.0)
    return now


def _finite(value: float) -> float:
    """Return a switch as it is and a share rounded, so that noise below what can be seen is not told."""
    return value if isinstance(value, bool) else round(value, 4) if math.isfinite(value) else 0.0


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `now` is not in `before`."""
    return {name: value for name, value in now.items() if name not in before or before[name] != value}
