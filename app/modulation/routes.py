"""The modulator: base values plus what the routes add, computed anew each frame. Main thread.

The preset is read, never written: turning a route off gives back exactly the value that was set.
"""

from collections.abc import Mapping, Sequence

from app.audio.features import FEATURES, Features
from app.clock import Frame
from app.modulation.lfo import SHAPES
from app.modulation.signals import CURVE_FUNCTIONS, Follower
from app.modulation.values import Values
from app.params import MACROS, PARAMS, Param
from app.preset import Preset, Route
from app.tempo.beat import Beat

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

    def step(
        self,
        preset: Preset,
        features: Features,
        frame: Frame,
        table: Mapping[str, Param] = PARAMS,
        beat: Beat = Beat(),  # noqa: B008 - frozen
    ) -> Values:
        """Return the values of one frame. `table`: `PARAMS` and those of the chain in use (`preset.route_targets`)."""
        arriving = self._arriving(preset, features, frame, table, beat)
        added = _added(preset.routes, arriving, table)
        base = dict(preset.params)
        for key, use in zip(preset.effect_keys(), preset.effects, strict=True):
            base |= {f"{key}.{name}": value for name, value in use.values.items()}
        params = {
            name: param.clamp(base.get(name, param.default) + added.get(name, 0.0)) for name, param in table.items()
        }
        self._style_seconds += frame.dt_seconds * params["speed"]
        self._spin_degrees = (self._spin_degrees + frame.dt_seconds * params["spin"]) % 360.0
        turn = params["rotation"] + self._spin_degrees
        return Values(params, _scaled(features, params["reactivity"]), self._style_seconds, turn, tuple(arriving))

    def _arriving(
        self, preset: Preset, features: Features, frame: Frame, table: Mapping[str, Param], beat: Beat
    ) -> list[float]:
        """Return what each route brings. Those that turn a macro come first: the knob then moves what it moves."""
        knobs = {name: preset.params.get(name, 0.0) for name in MACROS}
        arriving = [0.0] * len(preset.routes)
        for i in sorted(range(len(arriving)), key=lambda i: preset.routes[i].param not in MACROS):
            route = preset.routes[i]
            if route.param not in table:
                continue  # its effect is not in the chain now; the route waits
            arriving[i] = self._signal(i, route, features, frame, beat, knobs)
            if route.param in MACROS:
                knobs[route.param] = table[route.param].clamp(knobs[route.param] + route.amount * arriving[i])
        return arriving

    def _signal(
        self, i: int, route: Route, features: Features, frame: Frame, beat: Beat, knobs: Mapping[str, float]
    ) -> float:
        """Return what route number `i` brings now: its source through curve, attack and release, and its macro."""
        if route.source in MACROS:
            source = knobs[route.source]
        elif route.source in SHAPES:
            source = SHAPES[route.source](self._turned(i, route, frame, beat), i)
        else:
            source = getattr(features, route.source)
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


def _added(routes: Sequence[Route], arriving: Sequence[float], table: Mapping[str, Param]) -> dict[str, float]:
    added: dict[str, float] = {}
    for route, signal in zip(routes, arriving, strict=True):
        if route.param in table:
            param = table[route.param]
            added[route.param] = added.get(route.param, 0.0) + route.amount * (param.high - param.low) * signal
    return added


def _scaled(features: Features, reactivity: float) -> tuple[float, ...]:
    """Scale the network's audio inputs: 0 = deaf (all at rest), 1 = as trained, 2 = twice as strong, held to 0..1."""
    return tuple(
        min(max(_rest(name) + (value - _rest(name)) * reactivity, 0.0), 1.0)
        for name, value in zip(FEATURES, features.heard, strict=True)
    )


def _rest(name: str) -> float:
    return 0.5 if name in CENTRED else 0.0
