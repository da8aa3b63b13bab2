"""The shipped styles: untrained networks picked by eye, as the recipes that make them.

`python -m app.cppn.gallery` writes them to styles/ again: the same recipes give the same pictures.
"""

from dataclasses import dataclass, field
from pathlib import Path

from app import paths, style
from app.audio.features import FEATURES
from app.cppn.arch import Arch
from app.cppn.init import Palette, random_style
from app.style import Header, Style

_SWAY = ("sway1", "sway2", "sway3", "sway4")
_PLANE = ("x", "y")
LITE_WIDTH = 48
"""Networks up to this width run fluently without a GPU."""


def _palette(dark: str, light: str, cool: str, warm: str, gain: float = 1.0, balance: float = -0.4) -> Palette:
    return Palette(_rgb(dark), _rgb(light), _rgb(cool), _rgb(warm), gain, balance)


def _rgb(text: str) -> tuple[float, float, float]:
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that makes one style. `sound` scales the nine sound inputs, `scale` any other input's column."""

    seed: int
    inputs: tuple[str, ...]
    width: int
    depth: int
    activation: str
    w0: float
    palette: Palette
    scale: dict[str, float] = field(default_factory=dict)
    sound: float = 0.8
    speed: float = 1.0


RECIPES: dict[str, Recipe] = {
    "aurora_veil": Recipe(
        6, (*_PLANE, *_SWAY), 48, 3, "mix", 9, _palette("020814", "e8ffd8", "5a1cd8", "18e08a", balance=-0.5),
        {"y": 0.22},
    ),
    "ember_silk": Recipe(
        2, (*_PLANE, "t"), 128, 4, "sin", 9, _palette("05030f", "ffe2b8", "46107a", "ff3b1f"), {"x": 0.3}
    ),
    "gilded_dusk": Recipe(
        10, (*_PLANE, "t"), 128, 4, "sin", 16, _palette("0a0603", "fff1c9", "15343a", "e0901a", balance=-0.3),
        {"x": 0.12},
    ),
    "abyss_eye": Recipe(
        2, (*_PLANE, "r", *_SWAY), 40, 3, "mix", 8, _palette("00060f", "e4f8ff", "0a2a8b", "009fb8"), {"x": 0.35}, 0.9
    ),
    "night_orchid": Recipe(
        7, ("r", "petal6", "fold_x", *_SWAY), 48, 3, "mix", 6, _palette("0a0018", "ffe0f0", "5a1cb8", "ff4f8b"),
        {"petal6": 0.6},
    ),
    "brass_mandala": Recipe(
        7, ("r", "petal6", *_SWAY), 40, 4, "sin", 10, _palette("04060a", "fff4e0", "123a5a", "d8a048", 1.1, -0.3),
        {"petal6": 0.12},
    ),
    "violet_well": Recipe(
        9, ("tunnel", "angle_sin", "angle_cos", "r", *_SWAY), 48, 4, "mix", 7,
        _palette("05000a", "f0d0ff", "16008a", "b000ff", balance=-0.3), {"tunnel": 0.45},
    ),
    "jade_idol": Recipe(
        3, ("fold_x", "y", "r", *_SWAY), 48, 3, "finer", 3, _palette("010a06", "f4ffd0", "0a4a60", "6fd82a"),
        dict.fromkeys(_SWAY, 0.3), 0.25,
    ),
    "vapor_drift": Recipe(
        12, (*_PLANE, *_SWAY), 32, 3, "atan", 7, _palette("0d0221", "ffe8f2", "1478c8", "ff4f9a", 0.9, -0.2), {"x": 0.6}
    ),
    "torch_choir": Recipe(
        10, ("fold_x", "y", "t"), 96, 4, "sin", 24, _palette("060003", "ffd8b0", "4a0a2a", "e3232c", balance=-0.5),
        {"y": 0.3},
    ),
    "coral_bloom": Recipe(
        6, ("r", "petal5", "tunnel", "t"), 48, 3, "sin", 6, _palette("031a2b", "ffe8d0", "007f8c", "ff5a4a", 1.1)
    ),
    "neon_cathedral": Recipe(
        11, ("fold_x", "fold_y", "r", *_SWAY), 48, 3, "mix", 9, _palette("02040a", "f4fbff", "2a10ff", "00d0f0", 1.0)
    ),
    "moth_wing": Recipe(
        9, ("fold_x", "y", *_SWAY), 48, 4, "gaussian", 8, _palette("0a0503", "fff0d0", "3a2a4a", "e0701a", 1.0)
    ),
}  # fmt: skip


def make(name: str) -> Style:
    """Return one of the shipped styles."""
    recipe = RECIPES[name]
    arch = Arch((*recipe.inputs, *FEATURES), recipe.width, recipe.depth, recipe.activation)
    tags = ("untrained", "lite") if recipe.width <= LITE_WIDTH else ("untrained",)
    header = Header(
        w0=recipe.w0, speed=recipe.speed, seed=recipe.seed, licence="MIT", author="Clavilux", created="2026-11-21",
        tags=tags,
    )  # fmt: skip
    scale = {**dict.fromkeys(FEATURES, recipe.sound), **recipe.scale}
    return random_style(recipe.seed, arch, recipe.w0, name, recipe.palette, header, scale)


def write(folder: Path) -> None:
    """Write every shipped style into `folder`."""
    for name in RECIPES:
        style.save(make(name), folder / f"{name}.safetensors")


if __name__ == "__main__":
    write(paths.shipped("styles"))
