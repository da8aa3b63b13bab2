"""The preset: the one document a performer edits and saves; what is read from a file is checked here, with its line.

Main thread. Panels write into it; nothing that draws or modulates ever does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import files, paths, yaml_lines
from app.audio.own_bands import MOST, Range
from app.modulation import sources
from app.params import MACROS, PARAMS, WET, Param, input_name
from app.problems import UserError, nearest
from app.yaml_lines import Document, Place

Curve = Literal["linear", "square", "cube", "root", "smooth", "invert"]
CURVES: tuple[str, ...] = get_args(Curve)
Blend = Literal["mix", "morph", "add", "screen", "multiply", "difference", "lighten", "darken", "overlay", "subtract"]
BLENDS: tuple[str, ...] = get_args(Blend)
"""How two pictures become one, in the order that `shaders/lib/blend.frag` counts them."""
TRANSITIONS = ("morph", "fade")
"""How one look gives way to another without an ISF transition: with its contrast kept, or as a plain mean."""
TRANSITION, PROGRESS = "transition", "progress"
"""What a transition's parameters are named under, whichever it is ("transition.softness"); the one nobody sets."""
Side = Literal["both", "a", "b"]
Title = Annotated[str, Field(max_length=24)]
BandName = Annotated[str, Field(pattern=r"^\w[\w -]{0,23}$")]
Hz = Annotated[float, Field(ge=20, le=20_000)]
MOST_ROUTES = 64
MOST_BYTES = 100_000
"""Of a file: several times the largest look there can be. Reading takes the time of frames."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Route(_Strict):
    """Leads one source (see `modulation.sources`) to one parameter: adds amount × its range × curve(source).

    It moves the parameter no further than `min` and `max`, in the parameter's unit; a value that was set beyond them
    stays where it is. An LFO takes `beats` for a period, in time with the music, or swings at `hz` where that is not 0;
    it begins at `phase` of its period. With `macro` the knob of that name turns the whole route up: 0 = silent, 1 = as
    it is.
    """

    source: str
    param: str
    amount: float = Field(0.25, ge=-1, le=1)
    curve: Curve = "linear"
    attack_seconds: float = Field(0.0, ge=0, le=10)
    release_seconds: float = Field(0.0, ge=0, le=10)
    beats: float = Field(4.0, ge=1 / 16, le=256)
    hz: float = Field(0.0, ge=0, le=20)
    phase: float = Field(0.0, ge=0, le=1)
    macro: str = ""
    min: float | None = None
    max: float | None = None


class Band(_Strict):
    """Frequencies that this look listens to by themselves; `gain_db` comes on top of an automatic gain."""

    low_hz: Hz
    high_hz: Hz
    gain_db: float = Field(0.0, ge=-24, le=24)


class EffectUse(_Strict):
    """One place in the chain: which effect, on or off, its own values, and whether it acts on one deck or on both.

    `values` holds scalars by Param name without the effect's prefix ("amount", "tint.r", "centre.x"); `images` holds
    file paths for image inputs.
    """

    effect: str
    enabled: bool = True
    deck: Side = "both"
    values: dict[str, float] = Field(default_factory=dict)
    images: dict[str, str] = Field(default_factory=dict)


class Preset(_Strict):
    """A look: style, parameters, routes and effects.

    `transition` is how it comes on air: one of `TRANSITIONS`, or the name of an ISF transition, whose own values are
    in `transition_values`, named as those of an `EffectUse`.
    With a `style_b` there are two decks: the parameter `fader` leads from `style` (A) to `style_b` (B) by `blend`.
    A crossfade takes `crossfade_beats` of the music where that is not 0 and a tempo is known, else `crossfade_seconds`.
    """

    name: str = Field("untitled", min_length=1, max_length=paths.LONGEST_NAME)
    style: str = ""
    style_b: str = ""
    blend: Blend = "mix"
    transition: str = Field("morph", min_length=1, max_length=100)
    transition_values: dict[str, float] = Field(default_factory=dict)
    crossfade_seconds: float = Field(2.0, ge=0, le=60)
    crossfade_beats: float = Field(0.0, ge=0, le=64)
    params: dict[str, float] = Field(default_factory=dict)
    routes: list[Route] = Field(default_factory=list, max_length=MOST_ROUTES)
    effects: list[EffectUse] = Field(default_factory=list, max_length=16)
    macros: dict[str, Title] = Field(default_factory=dict)
    """What the macro knobs are called in this look; their values are in `params`, what they move in `routes`."""
    bands: dict[BandName, Band] = Field(default_factory=dict, max_length=MOST)
    """Own bands by name; routes begin at them as "band:<name>"."""

    def effect_keys(self) -> list[str]:
        """Return a unique key for each place in the chain: the effect's name, "name#2" for its second use, …."""
        counts = {TRANSITION: 1}  # that name is taken
        keys: list[str] = []
        for use in self.effects:
            count = counts[use.effect] = counts.get(use.effect, 0) + 1
            keys.append(use.effect if count == 1 else f"{use.effect}#{count}")
        return keys

    def ranges(self) -> dict[str, Range]:
        """Return the look's own bands as the analyzer takes them."""
        return {name: Range(band.low_hz, band.high_hz, band.gain_db) for name, band in self.bands.items()}

    def fade_seconds(self, bpm: float) -> float:
        """Return how long a crossfade takes at a tempo; 0 BPM = none is known."""
        return self.crossfade_beats * 60 / bpm if self.crossfade_beats and bpm else self.crossfade_seconds

    def tables(self) -> Iterator[tuple[str, dict[str, float]]]:
        """Yield what lies in tables of its own, by what route targets in it are named under: effects, transition."""
        for key, use in zip(self.effect_keys(), self.effects, strict=True):
            yield key, use.values
        yield TRANSITION, self.transition_values

    def place(self, target: str) -> tuple[dict[str, float], str]:
        """Return the table and the key where a route target's value lies: the look's own, an effect's, …."""
        for key, values in self.tables():
            if target.startswith(f"{key}."):
                return values, target[len(key) + 1 :]
        return self.params, target

    def choose_transition(self, name: str) -> None:
        """Come on air another way; what was set belongs to the way before."""
        if name != self.transition:
            self.transition, self.transition_values = name, {}

    def value(self, param: Param) -> float:
        """Return the base value of one of the look's own parameters."""
        return self.params.get(param.name, param.default)


@dataclass(frozen=True, slots=True)
class PresetEntry:
    """One preset in the library; `shipped` ones are never written."""

    name: str
    path: Path
    shipped: bool


EffectParams = Mapping[str, tuple[Param, ...]]
"""Every known effect by name → its params under that name as key ("bloom.amount")."""


def load(path: Path, effects: EffectParams | None = None) -> Preset:
    """Read and check one preset; `UserError` names file, line and place.

    With `effects` the chain is checked too: unknown effects and inputs are refused.
    """
    document = yaml_lines.read(path, MOST_BYTES)
    if not isinstance(document.data, dict):
        raise document.error((), "a preset is a map: name, style, params, routes, effects")
    data = document.data | {"name": document.data.get("name", path.stem)}
    try:
        preset = Preset.model_validate(_flat_effect_values(data))
    except ValidationError as error:
        raise _first_error(document, error) from None
    _check_params(preset, document)
    _check_macros(preset, document)
    _check_transition(preset, document, effects)
    _check_bands(preset, document)
    _check_effects(preset, document, effects)
    _check_routes(preset, document, effects)
    return preset


def _flat_effect_values(data: dict[str, Any]) -> dict[str, Any]:
    """Let a colour or a point be written as a list: `tint: [1, .5, 0, 1]` becomes tint.r, tint.g, tint.b, tint.a."""
    uses, values = data.get("effects"), data.get("transition_values")
    if isinstance(uses, list):
        data = data | {"effects": [_flat_use(use) for use in uses]}
    return data | {"transition_values": _flat(values)} if isinstance(values, dict) else data


def _flat_use(use: Any) -> Any:
    if isinstance(use, str):
        return {"effect": use}
    if not isinstance(use, dict) or not isinstance(use.get("values"), dict):
        return use
    return use | {"values": _flat(use["values"])}


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list) and len(value) in (2, 3, 4):
            suffixes = "xy" if len(value) == 2 else "rgba"
            flat |= {f"{name}.{suffix}": part for suffix, part in zip(suffixes, value, strict=False)}
        else:
            flat[name] = value
    return flat


def _first_error(document: Document, error: ValidationError) -> UserError:
    # A key that is misspelt is missing too: the word that is there says more than the one that is not.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place: Place = tuple(first["loc"])
    if place[0] == "bands" and place[-1] == "[key]":
        what = f"'{place[1]}' cannot name a band: letters, digits, spaces, - and _, 24 at most"
        return document.error(place[:-1], what)
    if first["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"routes": Route, "effects": EffectUse, "bands": Band}
        model = models.get(str(place[0]), Preset)
        return document.error(place, f"unknown key '{place[-1]}'{nearest(str(place[-1]), model.model_fields)}")
    return document.error(place, first["msg"][0].lower() + first["msg"][1:])


def _check_params(preset: Preset, document: Document) -> None:
    for name, value in preset.params.items():
        if name not in PARAMS:
            raise document.error(("params", name), f"unknown parameter '{name}'{nearest(name, PARAMS)}")
        _check_range(document, ("params", name), PARAMS[name], value)


def _check_transition(preset: Preset, document: Document, effects: EffectParams | None) -> None:
    if effects is None:
        return
    name, known = preset.transition, {*TRANSITIONS, *effects}
    if name not in known:
        raise document.error(("transition",), f"unknown transition '{name}'{nearest(name, known)}")
    params = transition_params(name, effects)
    _check_values(document, ("transition_values",), name, params, preset.transition_values)


def _check_macros(preset: Preset, document: Document) -> None:
    for name in preset.macros:
        if name not in MACROS:
            raise document.error(("macros", name), f"unknown macro '{name}'{nearest(name, MACROS)}")


def _check_bands(preset: Preset, document: Document) -> None:
    for name, band in preset.bands.items():
        if band.low_hz >= band.high_hz:
            what = f"{band.high_hz:g} Hz is not above low_hz, {band.low_hz:g} Hz"
            raise document.error(("bands", name, "high_hz"), what)


def _check_range(document: Document, place: Place, param: Param, value: float) -> None:
    if not param.low <= value <= param.high:
        raise document.error(place, f"{value:g} is outside {param.low:g}..{param.high:g}")


def _check_effects(preset: Preset, document: Document, effects: EffectParams | None) -> None:
    for i, use in enumerate(preset.effects if effects is not None else ()):
        assert effects is not None
        if use.effect not in effects:
            raise document.error(
                ("effects", i, "effect"), f"unknown effect '{use.effect}'{nearest(use.effect, effects)}"
            )
        _check_values(document, ("effects", i, "values"), use.effect, effects[use.effect], use.values)


def _check_values(
    document: Document, place: Place, effect: str, params: tuple[Param, ...], values: Mapping[str, float]
) -> None:
    known = {input_name(param.name): param for param in params}
    for name, value in values.items():
        if name not in known:
            raise document.error((*place, name), f"'{effect}' has no input '{name}'{nearest(name, known)}")
        _check_range(document, (*place, name), known[name], value)


def _check_routes(preset: Preset, document: Document, effects: EffectParams | None) -> None:
    targets = route_targets(preset, effects) if effects is not None else None
    for i, route in enumerate(preset.routes):
        wrong = sources.wrong(route.source, preset.bands)
        if wrong:
            raise document.error(("routes", i, "source"), wrong)
        if route.macro and route.macro not in MACROS:
            raise document.error(("routes", i, "macro"), f"unknown macro '{route.macro}'{nearest(route.macro, MACROS)}")
        if targets is not None and route.param not in targets:
            what = f"unknown parameter '{route.param}'{nearest(route.param, targets)}"
            raise document.error(("routes", i, "param"), what)
        _check_limits(route, i, document, targets.get(route.param) if targets is not None else None)


def _check_limits(route: Route, i: int, document: Document, param: Param | None) -> None:
    for name in ("min", "max"):
        limit = getattr(route, name)
        if limit is not None and param is not None:
            _check_range(document, ("routes", i, name), param, limit)
    if route.min is not None and route.max is not None and route.min > route.max:
        raise document.error(("routes", i, "min"), f"{route.min:g} is above max, {route.max:g}")


def route_targets(preset: Preset, effects: EffectParams) -> dict[str, Param]:
    """Return every parameter that a route of this preset may lead to, the look's own first."""
    targets = dict(PARAMS)
    for key, use in zip(preset.effect_keys(), preset.effects, strict=True):
        for param in effects.get(use.effect, ()):
            targets[f"{key}.{input_name(param.name)}"] = param
    for param in transition_params(preset.transition, effects):
        targets[f"{TRANSITION}.{input_name(param.name)}"] = param
    return targets


def transition_params(name: str, effects: EffectParams) -> tuple[Param, ...]:
    """Return what a person sets of a transition: nothing of a built-in one, of others all but how far it has come."""
    own = effects.get(name, ()) if name not in TRANSITIONS else ()
    return tuple(param for param in own if input_name(param.name) not in (PROGRESS, WET))


def save(preset: Preset, path: Path) -> None:
    """Write the preset so that a crash leaves the old file or the new one, never half of it."""
    files.replace(path, dumped(preset))


def dumped(preset: Preset) -> bytes:
    """Return a preset as the contents of its file."""
    plain = preset.model_dump(exclude_defaults=True) | {"name": preset.name}
    return yaml.safe_dump(plain, sort_keys=False, width=100).encode("utf-8")


def file_name(name: str) -> str:
    """Return a safe file name for a preset's name."""
    safe = "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip().replace(" ", "_")
    return f"{safe.lower() or 'untitled'}.yaml"


def listing() -> list[PresetEntry]:
    """Return all presets by name; of the same name the open show's before the user's own before a shipped one."""
    found: dict[str, PresetEntry] = {}
    for folder in reversed(paths.searched("presets")):
        shipped = folder == paths.shipped("presets")
        own = (path for path in folder.glob("*.yaml") if paths.is_text(path.name))
        found |= {path.stem: PresetEntry(path.stem, path, shipped) for path in own}
    return [found[name] for name in sorted(found)]


def find(name: str) -> Path:
    """Return the path of a preset given by name or by path; `UserError` suggests the nearest name."""
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    by_name = {entry.name: entry.path for entry in listing()}
    if name not in by_name:
        raise UserError(f"unknown preset '{name}'{nearest(name, by_name)}")
    return by_name[name]
