"""Variation: a look changed by chance, a little or altogether. Pure; what came before is kept by `looks`.

What holds a picture together stays: styles, effects, the fader, how looks change, switches and buttons.
"""

import random
from collections.abc import Iterable, Mapping

from app.audio.features import FEATURES
from app.control.origin import is_control
from app.params import WET, Param
from app.preset import MOST_ROUTES, TRANSITION, Preset, Route

LITTLE = 0.08
"""Standard deviation of a mutation, in ranges of a param; a route's amount takes twice that."""
MUTATED = 0.5
"""How much of a look one mutation touches."""
NEAR = 0.3
"""Chance stays within this share of the range about the default."""
ROUTES = (2, 5)
STEADY = ("fader", "brightness", "reactivity", "macro", f"{TRANSITION}.")
"""Params that chance leaves alone begin with one of these, and dry/wet: a dark or deaf look is no discovery."""


def mutate(look: Preset, targets: Mapping[str, Param], dice: random.Random) -> None:
    """Move about half of the parameters and routes a little."""
    for name, param in _free(targets):
        if dice.random() < MUTATED:
            moved = _get(look, name, param) + dice.gauss(0, LITTLE) * (param.high - param.low)
            _set(look, name, param.clamp(moved))
    for route in look.routes:
        if dice.random() < MUTATED:
            route.amount = min(max(route.amount + dice.gauss(0, 2 * LITTLE), -1.0), 1.0)


def randomise(look: Preset, targets: Mapping[str, Param], dice: random.Random) -> None:
    """Throw all parameters about their defaults, and new routes from what is heard; knobs keep what they move."""
    free = dict(_free(targets))
    for name, param in free.items():
        thrown = param.default + dice.uniform(-NEAR, NEAR) * (param.high - param.low)
        _set(look, name, param.clamp(thrown))
    look.routes = [route for route in look.routes if is_control(route.source)][: MOST_ROUTES - ROUTES[1]]
    look.routes += [_route(dice, list(free)) for _ in range(dice.randint(*ROUTES))]


def _route(dice: random.Random, names: list[str]) -> Route:
    return Route(
        source=dice.choice(FEATURES),
        param=dice.choice(names),
        amount=round(dice.uniform(-NEAR, NEAR), 3),
        attack_seconds=round(dice.uniform(0.0, 0.1), 3),
        release_seconds=round(dice.uniform(0.1, 0.8), 3),
    )


def _free(targets: Mapping[str, Param]) -> Iterable[tuple[str, Param]]:
    return [
        (name, param)
        for name, param in targets.items()
        if param.kind == "float" and not name.startswith(STEADY) and not name.endswith(f".{WET}")
    ]


def _get(look: Preset, name: str, param: Param) -> float:
    table, entry = look.place(name)
    return table.get(entry, param.default)


def _set(look: Preset, name: str, value: float) -> None:
    table, entry = look.place(name)
    table[entry] = round(value, 4)
