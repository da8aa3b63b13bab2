"""The modulator: base values plus what the routes add, computed anew each frame. Main thread.

The preset is read, never written: turning a route off gives back exactly the value that was set.
"""

import copy
from collections.abc import Mapping, Sequence

from app.audio.features import FEATURES, Features
from app.clock import Frame
from app.modulation.lfo import SHAPES
from app.modulation.signals import CURVE_FUNCTIONS, Follower
from app.modulation.sources import Now, outside
from app.modulation.values import Values
from app.params import MACROS, PARAMS, Param
from app.preset import Preset, Route
from app.tempo.beat import Beat

NOWHERE: Mapping[str, float] = {}
CENTRED = frozenset({"chroma1", "chroma2"})
"""Features that rest at 0.5; reactivity spreads them about it."""


class Modulator:
    """Turns a preset, what is heard and the beat into `Values`; keeps only followers and integrated time."""

    def __init__(self) -> None:
        self._followers: dict[int, Follower] = {}
        self._turns: dict[int, float] = {}
        self._style_seconds = 0.0
        self._spin_degrees = 0.0

    @property
    def turns(self) -> list[float]:
        """Periods so far of each route's LFO, 0 where it has none of its own."""
        return [self._turns.get(i, 0.0) for i in range(max(self._turns, default=-1) + 1)]

    def go_on(self, style_seconds: float, spin_degrees: float, turns: Sequence[float]) -> None:
        """Begin where another run ended."""
        self._style_seconds, self._spin_degrees = style_seconds, spin_degrees
        self._turns = dict(enumerate(turns))

    def level(self) -> None:
        """Stand upright: a look comes on air as it was made, however far the one before it had spun."""
        self._spin_degrees = 0.0

    def copy(self) -> "Modulator":
        """Return one that goes on from here by itself."""
        return copy.deepcopy(self)

    def step(
        self,
        preset: Preset,
        features: Features,
        frame: Frame,
        table: Mapping[str, Param] = PARAMS,
        beat: Beat = Beat(),  # noqa: B008 - frozen
        positions: Mapping[str, float] = NOWHERE,
    ) -> Values:
        """Return the values of one frame. `table`: `PARAMS` and those of the chain in use (`preset.route_targets`).

        `positions`: where controls of the outside world stand, 0..1 by name.
        """
        arriving = self._arriving(preset, Now(features, beat, positions), frame, table)
        params = dict(preset.params)
        for key, own in preset.tables():
            params |= {f"{key}.{name}": value for name, value in own.items()}
        params = {name: params.get(name, param.default) for name, param in table.items()}
        added = _add(params, preset.routes, arriving, table)
        params = {name: table[name].clamp(value) for name, value in params.items()}
        self._style_seconds += frame.dt_seconds * params["speed"]
        self._spin_degrees = (self._spin_degrees + frame.dt_seconds * params["spin"]) % 360.0
        turn = params["rotation"] + self._spin_degrees
        heard = _scaled(features, params["reactivity"])
        return Values(params, heard, self._style_seconds, turn, tuple(arriving), tuple(added))

    def _arriving(self, preset: Preset, now: Now, frame: Frame, table: Mapping[str, Param]) -> list[float]:
        """Return what each route brings. Those that turn a macro come first: the knob then moves what it moves."""
        knobs = {name: preset.params.get(name, 0.0) for name in MACROS}
        arriving = [0.0] * len(preset.routes)
        turns_macro = [(route.param not in MACROS, _limited(route)) for route in preset.routes]
        for i in sorted(range(len(arriving)), key=turns_macro.__getitem__):
            route = preset.routes[i]
            if route.param not in table:
                continue  # its effect is not in the chain now; the route waits
            arriving[i] = self._signal(i, route, now, frame, knobs)
            if route.param in MACROS:
                knobs[route.param] += _reach(route, arriving[i], knobs[route.param], table[route.param])
                knobs[route.param] = table[route.param].clamp(knobs[route.param])
        return arriving

    def _signal(self, i: int, route: Route, now: Now, frame: Frame, knobs: Mapping[str, float]) -> float:
        """Return what route number `i` brings now: its source through curve, attack and release, and its macro."""
        if route.source in MACROS:
            source = knobs[route.source]
        elif route.source in SHAPES:
            source = SHAPES[route.source](self._turned(i, route, frame, now.beat), i)
        else:
            source = outside(route.source, now)
        follower = self._followers.setdefault(i, Follower())
        heard = CURVE_FUNCTIONS[route.curve](source)
        signal = follower.step(heard, frame.dt_seconds, route.attack_seconds, route.release_seconds)
        return signal * knobs[route.macro] if route.macro else signal

    def _turned(self, i: int, route: Route, frame: Frame, beat: Beat) -> float:
        """Return an LFO's periods so far: of the beat, or counted here so that moving its frequency never jumps."""
        if not route.hz:
            return beat.position / route.beats + route.phase
        self._turns[i] = self._turns.get(i, 0.0) + frame.dt_seconds * route.hz
        return self._turns[i] + route.phase


def _add(
    params: dict[str, float], routes: Sequence[Route], arriving: Sequence[float], table: Mapping[str, Param]
) -> list[float]:
    """Add what routes bring to `params`, those with limits last; return what each adds."""
    added = [0.0] * len(routes)
    free: dict[str, float] = {}
    for i in (i for i, route in enumerate(routes) if route.param in table and not _limited(route)):
        added[i] = _push(routes[i], arriving[i], table[routes[i].param])
        free[routes[i].param] = free.get(routes[i].param, 0.0) + added[i]
    for name, sum_of_free in free.items():
        params[name] += sum_of_free
    for i in (i for i, route in enumerate(routes) if route.param in table and _limited(route)):
        name = routes[i].param
        added[i] = _reach(routes[i], arriving[i], table[name].clamp(params[name]), table[name])
        params[name] = table[name].clamp(params[name]) + added[i]
    return added


def _limited(route: Route) -> bool:
    return route.min is not None or route.max is not None


def _push(route: Route, signal: float, param: Param) -> float:
    """Return what a route adds where nothing holds it back."""
    return route.amount * (param.high - param.low) * signal


def _reach(route: Route, signal: float, value: float, param: Param) -> float:
    """Return what a route adds to a value: it goes to its limits, never past them."""
    push = _push(route, signal, param)
    if not _limited(route):
        return push
    pushed = value + push
    if pushed > value and route.max is not None:
        pushed = min(pushed, max(value, route.max))
    if pushed < value and route.min is not None:
        pushed = max(pushed, min(value, route.min))
    return pushed - value


def _scaled(features: Features, reactivity: float) -> tuple[float, ...]:
    """Scale the network's audio inputs: 0 = deaf (all at rest), 1 = as trained, 2 = twice as strong, held to 0..1."""
    return tuple(
        min(max(_rest(name) + (value - _rest(name)) * reactivity, 0.0), 1.0)
        for name, value in zip(FEATURES, features.heard, strict=True)
    )


def _rest(name: str) -> float:
    return 0.5 if name in CENTRED else 0.0
