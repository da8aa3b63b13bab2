"""Starts that show the form: what the words ask for is drawn, and a network learns the drawing before any judge guides.

The guide's own drawer draws, never that of the judge who is held out. Time and sound move the drawing as a whole: a
shift of the plane is a change of the first layer's bias, so the form stays whatever is heard. Torch, no files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from numpy.typing import NDArray

from app.audio.features import FEATURES
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import PIXEL_INPUTS, TIME_INPUTS, frame_inputs, pixel_columns
from app.cppn.net import plane_of
from app.style import Header, Style
from app.training.experiment import Experiment, Init, When, active
from app.training.fitting import Wanted
from app.training.judges.builtin import drawing
from app.training.judges.builtin.imagined import scene_of
from app.training.judges.builtin.lexicon import read
from app.training.judges.builtin.scene import Scene
from app.training.sounds import CALM, LOUD, Moments
from app.training.starts import LOUDER, palette_of

Tensor = Any
Doubles = NDArray[np.float64]
Rank = Callable[[Tensor, When], Sequence[int]]
"""(pictures (n, 3, h, w), for which moments) → their numbers, what is nearest to what is asked for first."""
SIDE_PX = 160
CHOICE = 3
"""One of so many of the best is learned: another seed gives another one."""
SPAN = 1.4
"""Half of a drawing's side, in halves of the picture's short side; beyond it the drawing is mirrored."""
FREQUENCY, SOFTER = 24.0, 12.0
"""w0 unless the experiment names one: the first draws edges and lines, the second is for forms without any."""
SOFT = ("gradient", "clouds", "waves", "marble")
SWAYS = tuple(name for name in TIME_INPUTS if name.startswith("sway"))
TIME_SHIFT, SOUND_SHIFT = 0.5, 0.12
"""Spread of how far one sway of time, one heard thing, moves the drawing; the short side is 2 π long."""
OWN = 0.1
"""How far each neuron strays from that common movement: the form bends and breathes as it moves."""
PACE = 0.4
"""Share of the usual learning rate once a drawing was learned: the form is to bend, not to break."""
TURNING = ("rings", "spiral", "rays")
"""Forms that a search finds by itself among networks which see radius and angle: those grow and turn with time, which
no shift of a drawing does. Of two prompts they are drawn all the same: loudness then makes them come and go."""
PLANE, FOLDED = ("x", "y"), ("fold_x", "fold_y")


@dataclass(frozen=True, slots=True)
class Sketched:
    """A network that moves with time and sound but has learned nothing yet, and the drawing it is to learn."""

    style: Style
    wanted: Wanted

    @property
    def held(self) -> list[int]:
        """Numbers of the inputs that say how it moves."""
        pixels = pixel_columns(self.style.arch.inputs)
        return [i for i in range(len(self.style.arch.inputs)) if i not in pixels]


def begin(experiment: Experiment, aspect: float, rank: Rank) -> Sketched | None:
    """Return a start for an experiment whose words name a form; None where it says itself what it begins with."""
    rng = np.random.default_rng(experiment.seed)
    found = _scenes(experiment, rng)
    if not found:
        return None
    drawings = [_chosen(scene, when, experiment.sketches, rank, rng) for when, scene in found.items()]
    folded = any("symmetric" in scene.attributes for scene in found.values())
    shifts = np.concatenate([rng.normal(0.0, TIME_SHIFT, (len(SWAYS), 2)), rng.normal(0.0, SOUND_SHIFT, (9, 2))])
    soft = all(scene.form in SOFT for scene in found.values())
    w0 = experiment.style.frequency or (SOFTER if soft else FREQUENCY)
    style = _moving(experiment, FOLDED if folded else PLANE, w0, shifts, rng)
    return Sketched(style, _wanted(style, drawings, shifts, aspect))


def _scenes(experiment: Experiment, rng: np.random.Generator) -> dict[When, Scene]:
    """Return what is drawn for which moments: all that is asked for at the start, or nothing."""
    asked = {when: _scene(text, experiment, rng) for when, text in _texts(experiment).items()}
    found = {when: scene for when, scene in asked.items() if scene is not None}
    return found if len(found) == len(asked) else {}


def _scene(text: str, experiment: Experiment, rng: np.random.Generator) -> Scene | None:
    """Return a scene of strong contrast, unless its words say how much: a stage is dark, and light has to carry.

    None where a search does better, and where the judge may know words that the drawing would leave out.
    """
    scene = scene_of(text, rng)
    left_out = experiment.judges[0] != "builtin" and read(text).unknown
    if scene is None or (scene.form in TURNING and not experiment.two_sided) or left_out:
        return None
    said = {"contrasty", "faint"} & {*scene.attributes}
    return scene if said else replace(scene, attributes=(*scene.attributes, "contrasty"))


def _texts(experiment: Experiment) -> dict[When, str]:
    """Return the one text that is asked for at the start, or one for calm and one for loud; none if it isn't so."""
    if not experiment.sketches or experiment.init != Init() or experiment.style.inputs:
        return {}
    begun, steps = experiment.start_epoch, experiment.epochs
    texts: dict[When, set[str]] = {}
    for target in experiment.targets:
        for feature in target.features:
            due = all(active(part.start, part.end, begun, steps) for part in (target, feature))
            if target.active and due and not feature.weight.always_negative:
                texts.setdefault(target.when, set()).add(feature.text)  # "" for a picture
    sides: tuple[When, ...] = ("calm", "loud") if experiment.two_sided else ("always",)
    clear = set(texts) == set(sides) and all(len(asked) == 1 for asked in texts.values())
    return {when: texts[when].pop() for when in sides} if clear else {}


def _chosen(scene: Scene, when: When, count: int, rank: Rank, rng: np.random.Generator) -> Tensor:
    """Return one of the drawings that the guide likes best, (1, 3, side, side) in 0..1."""
    with torch.device("cpu"):
        drawn = torch.as_tensor(drawing.draw([scene] * count, SIDE_PX, int(rng.integers(2**31))))
    pictures = drawn.to(torch.get_default_device()).float() / 255.0
    best = list(rank(pictures, when))[:CHOICE]
    return pictures[best[int(rng.integers(len(best)))]][None]


def _moving(
    experiment: Experiment, pixels: tuple[str, ...], w0: float, shifts: Doubles, rng: np.random.Generator
) -> Style:
    """Return a random network whose first layer answers time and sound as it answers a move of the plane."""
    plan = experiment.style
    arch = Arch((*pixels, *SWAYS, *FEATURES), plan.width, plan.depth, plan.activation)
    header = Header(w0=w0, speed=plan.speed, seed=experiment.seed)
    seed = int(rng.integers(2**31))
    style = random_style(seed, arch, w0, plan.name or "style", palette_of(experiment.prompt, rng), header, {})
    weights, bias = style.layers[0]
    moved = weights.copy()
    moved[:, len(pixels) :] = weights[:, : len(pixels)] @ shifts.T + rng.uniform(-OWN, OWN, (plan.width, len(shifts)))
    if experiment.two_sided:
        loudness = arch.inputs.index("loudness")
        moved[:, loudness] = LOUDER * weights[:, loudness]
    return replace(style, layers=((moved, bias), *style.layers[1:]))


def _wanted(style: Style, drawings: Sequence[Tensor], shifts: Doubles, aspect: float) -> Wanted:
    """Return the drawing at each place and moment; of two the first at calm moments and the second at loud ones."""
    pixels = style.arch.inputs[: -len(shifts)]
    flip = torch.tensor([1.0, -1.0])

    def wanted(places: Tensor, moments: Moments) -> Tensor:
        x, y = plane_of(places, aspect).unbind(-1)
        at = torch.stack([PIXEL_INPUTS[name].array(x, y) for name in pixels], dim=-1)
        at = (at + _shifted(style, moments, shifts)[:, None, None]) * flip / (np.pi * SPAN)
        first, *others = (_look(drawn, at) for drawn in drawings)
        share = torch.tensor(_loud(moments), dtype=torch.float32)[:, None, None, None]
        return first.lerp(others[0], share) if others else first

    return wanted


def _look(drawn: Tensor, at: Tensor) -> Tensor:
    return F.grid_sample(drawn.expand(len(at), -1, -1, -1), at, "bilinear", "reflection", align_corners=False)


def _shifted(style: Style, moments: Moments, shifts: Doubles) -> Tensor:
    """Return how far the plane is moved at each moment, (n, 2)."""
    now = [
        frame_inputs(style.arch.inputs, float(seconds) * style.header.speed, heard)[-len(shifts) :]
        for seconds, heard in zip(moments.seconds, moments.heard.tolist(), strict=True)
    ]
    return torch.tensor(np.array(now) @ shifts, dtype=torch.float32)


def _loud(moments: Moments) -> Doubles:
    """Return how loud each moment is between calm and loud, 0..1."""
    loudness = moments.heard[:, FEATURES.index("loudness")]
    return np.asarray(np.clip((loudness - CALM) / (LOUD - CALM), 0.0, 1.0))
