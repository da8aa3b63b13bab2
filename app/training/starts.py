"""Where a run starts: the best of many random networks, a fit to a picture, or an existing style. Torch, no files
but the picture or style that the experiment names.

Random networks differ in their inputs (plane, radius, angle, folds, petals), in frequency and in seed; their palettes
are made of the colours that the words name. The judge picks the one to go on with, without a gradient.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch.nn.functional as F  # noqa: N812 - the usual name

from app import style as styles
from app.audio.features import FEATURES
from app.cppn.arch import Arch
from app.cppn.init import Palette, hsv, random_palette, random_style, with_palette
from app.cppn.inputs import pixel_columns
from app.cppn.net import Net
from app.style import Header, Style
from app.training.experiment import Experiment, StylePlan
from app.training.fitting import Wanted
from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.imagined import colours_of, modifier_of
from app.training.judges.builtin.lexicon import read
from app.training.pictures import SIDE_PX, whole_picture
from app.training.sounds import Moments, Practice

Tensor = Any
Score = Callable[[Net], float]
INPUT_SETS: tuple[tuple[str, ...], ...] = (
    ("x", "y"),
    ("x", "y", "r"),
    ("r", "angle_sin", "angle_cos"),
    ("r", "swirl_sin", "swirl_cos"),
    ("x", "y", "swirl_sin", "swirl_cos"),
    ("fold_x", "fold_y", "r"),
    ("r", "petal6", "tunnel"),
)
FREQUENCIES = (6.0, 10.0, 16.0, 24.0)
LEAST_STRETCH = 0.06
FINALISTS = 4
APART = 0.4
"""Share of the networks whose first neurons see one input each."""
LOUDER = 4.0
"""How much more loudness counts where it leads from one prompt to another."""
BLACK = (0.02, 0.02, 0.03)
DARK_BY_NATURE = 0.6
"""Forms that lie on black at least this often begin there."""
GRID_SAMPLE = {"cubic": "bicubic", "linear": "bilinear", "nearest": "nearest"}
"""`interpolation` → torch's name."""
USUAL_MEAN, USUAL_STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
"""Of a start that names only one of the two."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One network of the search, how many there were so far, and the best."""

    count: int
    best: Style
    score: float
    finalists: tuple[Style, ...]
    """The best of each set of inputs, best first: those that go into the heats."""


def search(experiment: Experiment, score: Score) -> Iterator[Tried]:
    """Yield after each random network; the last one holds the best of `experiment.search`."""
    rng = np.random.default_rng(experiment.seed)
    best: dict[tuple[str, ...], tuple[float, Style]] = {}
    for count in range(max(1, experiment.search)):
        style = _random(rng, experiment, count)
        value = score(Net(style)) if experiment.search > 1 else 0.0
        if value > best.get(style.arch.inputs, (-np.inf, style))[0]:
            best[style.arch.inputs] = (value, style)
        ranked = sorted(best.values(), key=lambda found: -found[0])
        yield Tried(count + 1, ranked[0][1], ranked[0][0], tuple(style for _, style in ranked[:FINALISTS]))


def given(experiment: Experiment) -> Style | None:
    """Return the style that the experiment goes on from, if it names one. `UserError` if it can't be read.

    Its shape, inputs and speed stay its own.
    """
    return styles.find(experiment.init.style) if experiment.init.style else None


def pictured(experiment: Experiment) -> Wanted | None:
    """Return the experiment's start picture as what a fit wants, None if it has none. Errors as for `load_picture`."""
    init = experiment.init
    if init.image is None:
        return None
    picture = whole_picture(init.image, init.mean, init.std, init.resolution or (SIDE_PX, SIDE_PX))

    def wanted(places: Tensor, moments: Moments) -> Tensor:
        everywhere = picture.expand(len(moments.seconds), -1, -1, -1)
        mode = GRID_SAMPLE[experiment.interpolation]
        return F.grid_sample(everywhere, places * 2.0 - 1.0, mode, "border", align_corners=False)

    return wanted


def still(practice: Practice, count: int) -> Moments:
    """Return moments of time 0 with any sounds.

    A start picture is fitted there: of a periodic network of t no picture can be asked for at all times.
    """
    return replace(practice.sample(count), seconds=np.zeros(count))


def palette_of(text: str, rng: np.random.Generator) -> Palette:
    """Return a palette of the colours that a text names, of its form's own if it names none, else a random one.

    It lies on black or on paper where the words, or the form by nature, say so; moods (pastel, neon …) change it.
    """
    words = read(text).words
    forms = [form for form in v.FORMS.values() if {*words} & {*form.nouns, *form.adjectives}]
    modifier, names = modifier_of(words), list(colours_of(words))
    dark_ground = "black" in names[1:] or (bool(forms) and min(form.on_black for form in forms) > DARK_BY_NATURE)
    own = [palette for form in forms for palette in form.palettes]
    names = names or (list(own[rng.integers(len(own))]) if own else [])
    if not names:
        return random_palette(rng)
    colours = [_tinted(v.COLOURS[name], modifier) for name in names if name != "black" or len(names) == 1]
    main, second = colours[0], colours[min(1, len(colours) - 1)]
    third = colours[min(2, len(colours) - 1)] if len(colours) > 2 else (main[0], main[1] * 0.5, min(1.0, main[2] * 1.3))
    balance = float(rng.uniform(-0.9, -0.1))
    if dark_ground:
        return Palette(BLACK, hsv(*third), hsv(*main), hsv(*second), 1.3, balance - 0.3)
    if modifier == "pastel" or "white" in names[1:]:
        return Palette(hsv(*main), hsv(main[0], main[1] * 0.15, 0.98), hsv(*third), hsv(*second), 1.0, -balance)
    return Palette(hsv(main[0], main[1], main[2] * 0.25), hsv(*third), hsv(*main), hsv(*second), 1.0, balance)


def _tinted(colour: tuple[float, float, float], modifier: str) -> tuple[float, float, float]:
    hue, saturation, value = colour
    times, value = {
        "dark": (1.0, value * 0.5), "pastel": (0.45, 1.0 - 0.35 * (1.0 - value)), "neon": (1.2, 1.0),
        "muted": (0.5, value * 0.85), "bright": (1.2, min(1.0, value * 1.15)),
    }.get(modifier, (1.0, value))  # fmt: skip
    return hue, min(1.0, saturation * times), value


def _palette(experiment: Experiment, rng: np.random.Generator) -> Palette:
    """Return the palette of a random start: of `init.mean` and `init.std` if the experiment names them."""
    init = experiment.init
    if init.image is not None or not (init.mean or init.std):
        return palette_of(experiment.prompt, rng)
    mean, std = np.array(init.mean or USUAL_MEAN), np.array(init.std or USUAL_STD)
    dark, light = ((r, g, b) for r, g, b in np.clip([mean - 2.0 * std, mean + 2.0 * std], 0.0, 1.0).tolist())
    middle = (float(mean[0]), float(mean[1]), float(mean[2]))
    return Palette(dark, light, middle, middle)


def _random(rng: np.random.Generator, experiment: Experiment, count: int) -> Style:
    plan = experiment.style
    pixels = plan.inputs or INPUT_SETS[count % len(INPUT_SETS)]
    w0 = plan.frequency or FREQUENCIES[count // len(INPUT_SETS) % len(FREQUENCIES)]
    header = Header(w0=w0, speed=plan.speed, seed=experiment.seed)
    palette = _palette(experiment, rng)
    style = random_style(
        int(rng.integers(2**31)), Arch(_inputs(plan, pixels), plan.width, plan.depth, plan.activation), w0,
        plan.name or "style", palette, header,
        _stretch(rng, pixels) | ({"loudness": LOUDER} if experiment.two_sided else {}),
    )  # fmt: skip
    return with_palette(_apart(style, rng), palette, rng) if rng.random() < APART else style


def _apart(style: Style, rng: np.random.Generator) -> Style:
    """Return the network with each first neuron seeing one of the pixel's inputs alone.

    Where x and y, or radius and angle, are weighed apart and meet only later, what comes out is woven: grids, checks,
    plaid, tiles. Neurons that see both make flowing forms, and hardly ever a crossing.
    """
    weights, bias = style.layers[0]
    pixels = pixel_columns(style.arch.inputs)
    seen = rng.integers(len(pixels), size=len(weights))
    alone = weights.copy()
    alone[:, pixels] *= np.eye(len(pixels), dtype=weights.dtype)[seen]
    return replace(style, layers=((alone, bias), *style.layers[1:]))


def _stretch(rng: np.random.Generator, pixels: Sequence[str]) -> dict[str, float]:
    """Return how much each input counts, some of them hardly: a plane drawn out one way makes stripes and flames, angle
    without radius rays, radius without angle rings. Blobs are what is left when all count alike.
    """
    return {name: float(np.exp(rng.uniform(np.log(LEAST_STRETCH), 0.0))) for name in pixels if rng.random() < 0.5}


def _inputs(plan: StylePlan, pixels: Sequence[str]) -> tuple[str, ...]:
    """Return these inputs with time and sound, if they don't name theirs."""
    from app.cppn.inputs import PIXEL_INPUTS, TIME_INPUTS

    timed = any(name in TIME_INPUTS for name in pixels)
    heard = any(name in FEATURES for name in pixels)
    assert any(name in PIXEL_INPUTS for name in pixels)
    periodic = plan.activation in ("sin", "mix")
    time = () if timed else ("t",) if periodic else ("sway1", "sway2", "sway3", "sway4")
    return (*pixels, *time, *(() if heard else FEATURES))
