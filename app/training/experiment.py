"""An experiment: one training recipe as data. Torch-free; any process.

The vocabulary is CLIPig's (its YAML runs unchanged), plus what a network that listens needs: `style`, `judges`,
`held_out`, `sound`, `sketches`, `search`, `when`. `app.training.recipe` makes one from a prompt, `read_experiment`
reads YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from app.problems import UserError
from app.training.expressions import Scope, Value, constant, scope
from app.training.sizes import Size, after

Select = Literal["all", "best", "worst", "mix"]
When = Literal["always", "calm", "loud"]
FeatureLoss = Literal["cosine", "l1", "l2", "spherical"]
SIDE, ONE = constant(256.0), constant(1.0)
MAX_VIEWS = 64
"""Views of a target that are drawn in a step; more are not."""
SIDES = (16, 4096)
"""Least and most pixels of a picture's side."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A FrameTime: a step number, or a share of the run (0..1)."""

    step: int | None = None
    share: float = 0.0

    def at(self, steps: int) -> float:
        """Return the step (not rounded) in a run of so many `steps`."""
        return float(self.step) if self.step is not None else self.share * steps


def active(start: Moment, end: Moment, step: int, steps: int) -> bool:
    """Whether a `step` lies between two moments, both included."""
    return start.at(steps) <= step <= end.at(steps)


START, END = Moment(share=0.0), Moment(share=1.0)


def _numbers(params: Mapping[str, tuple[Value, ...]], scope: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(value.at(scope) for value in values) for name, values in params.items()}


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform or postproc entry: its name and parameters, each a tuple of values."""

    name: str
    params: dict[str, tuple[Value, ...]]
    words: dict[str, str] = field(default_factory=dict)
    """Parameters that are words (`mode: wrap`)."""
    place: str = field(default="", compare=False)
    """Where it stands: "file:line: key"; so for all that follow."""

    def numbers(self, scope: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
        """Return all parameters as numbers at this step."""
        return _numbers(self.params, scope)

    def after(self, numbers: Mapping[str, tuple[float, ...]], size: Size) -> Size:
        """Return the size that it leaves of `size`; `UserError` with its place if that is none."""
        try:
            return after(self.name, numbers, size)
        except UserError as error:
            raise UserError(f"{self.place}: {error}") from None


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint: like a transform, with a weight, a span of time and a kind of distance."""

    name: str
    params: dict[str, tuple[Value, ...]]
    weight: Value = ONE
    start: Moment = START
    end: Moment = END
    loss: Literal["l1", "l2"] = "l2"
    place: str = field(default="", compare=False)

    def numbers(self, scope: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
        """Return all parameters as numbers at this step."""
        return _numbers(self.params, scope)


@dataclass(frozen=True, slots=True)
class Feature:
    """What a target asks for: words or a picture. A negative weight means: avoid it."""

    text: str = ""
    image: Path | None = None
    start: Moment = START
    end: Moment = END
    weight: Value = ONE
    scale: Value = ONE
    loss: FeatureLoss = "cosine"
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Target:
    """Some views of the picture and what they should show. `when` picks the sounds its views are drawn with."""

    features: tuple[Feature, ...]
    name: str = "target"
    active: bool = True
    start: Moment = START
    end: Moment = END
    weight: Value = ONE
    batch_size: Value = ONE
    select: Select = "all"
    feature_scale: Literal["equal", "fair"] = "equal"
    when: When = "always"
    transforms: tuple[Transform, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Postproc:
    """A transform that the picture itself is pulled towards after each step, between two moments."""

    transform: Transform
    active: bool = True
    start: Moment = START
    end: Moment = END

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.transform.place


@dataclass(frozen=True, slots=True)
class Init:
    """What the network starts from: a picture that it is first fitted to, else what the words let be sketched, else the
    best of a search over random networks.

    `mean`, `std`: colour statistics of the start (CLIPig's), () for none asked.
    """

    image: Path | None = None
    resolution: tuple[int, int] | None = None
    """The picture is first brought to this size: a small one hands on its large forms only."""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    style: str = ""
    """Name or file of a style to go on from."""


@dataclass(frozen=True, slots=True)
class StylePlan:
    """The network to train. `inputs` () lets the search choose; `frequency` is w0, 0 lets the search choose."""

    name: str = ""
    width: int = 128
    depth: int = 4
    activation: str = "sin"
    inputs: tuple[str, ...] = ()
    frequency: float = 0.0
    speed: float = 0.25
    author: str = ""
    licence: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """How the style should answer: band of dAudio/std per unit of sound, and a cap on SSIM loss between frames."""

    reaction: tuple[float, float] = (0.12, 0.35)
    weight: float = 1.0
    audio: Path | None = None
    """A sound file whose features are practised with; else synthetic ones."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One run: `epochs` optimiser steps towards all active targets."""

    targets: tuple[Target, ...]
    epochs: int = 300
    start_epoch: int = 0
    resolution: tuple[Value, Value] = (SIDE, SIDE)
    interpolation: Literal["cubic", "linear", "nearest"] = "cubic"
    """How `init.image` is read between its pixels."""
    model: str = ""
    """CLIPig's name of a judge, as written; it is in `judges` too unless the experiment names others."""
    judges: tuple[str, ...] = ("builtin",)
    """One or several guides, taken in turns."""
    held_out: str = "builtin-witness"
    """Who keeps the best; "" for none."""
    allow_same_judge: bool = False
    """Whether `held_out` may be one of the guides: its score then says little."""
    judge_weights: Path | None = None
    learnrate: Value = ONE
    learnrate_scale: Value = ONE
    optimizer: str = "adam"
    device: str = "auto"
    seed: int = 0
    sketches: int = 16
    """Drawings of what the words say, of which the network learns one; 0 for none."""
    search: int = 84
    """Random networks tried before the first step, where nothing was sketched."""
    init: Init = Init()
    postproc: tuple[Postproc, ...] = ()
    style: StylePlan = StylePlan()
    sound: SoundPlan = SoundPlan()
    output: str = ""
    snapshot_interval: int | float = 20.0
    """Seconds as a float, steps as an int; 0 for none."""
    verbose: int = 2
    contrast: float = 0.25
    """How much a text must win over its rivals: the same words with another form. 0 asks for similarity only."""
    augment: float = 0.0
    """How much views are cropped, turned, blurred and dimmed before a judge sees them, 0..1."""
    templates: tuple[str, ...] = ("{}", "an abstract image of {}", "{} pattern")
    """Each text is embedded in all of these and averaged."""

    @property
    def two_sided(self) -> bool:
        """Whether calm and loud sounds have targets of their own."""
        return any(target.when != "always" for target in self.targets)

    @property
    def prompt(self) -> str:
        """All asked-for texts, joined: what lists and logs call this experiment."""
        texts = [f.text for t in self.targets for f in t.features if f.text and not f.weight.always_negative]
        return " / ".join(dict.fromkeys(texts))


def variables(experiment: Experiment, step: int) -> Scope:
    """Return the variables of expressions at a step, the size of the picture and the learning rate among them."""
    here = partial(scope, step, experiment.epochs, seed=experiment.seed)
    width, height = (min(max(SIDES[0], round(side.at(here()))), SIDES[1]) for side in experiment.resolution)
    rate, scale = (value.at(here((width, height))) for value in (experiment.learnrate, experiment.learnrate_scale))
    return here((width, height), rate, scale)
