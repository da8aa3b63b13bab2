"""The space that the guide's forms are drawn in: turned, folded and warped coordinates, chance, and clean edges.

Pure torch, batched over pictures of one form. A picture spans -1..1, y downwards; lengths are in these units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from app.training.judges.builtin.drawing_noise import evened, fractal, look_up
from app.training.judges.builtin.scene import Scene

Tensor = Any
_TURN = {
    "fire": 0.0, "glitch": 0.0, "pixels": 0.0, "grid": 0.0, "waves": 0.35, "lightning": 0.4, "checks": 0.12,
    "plaid": 0.1,
}  # fmt: skip
"""Deviation of the turn in radians for forms that know up from down; all others turn freely."""
_OFF_CENTRE = {"rings": 0.4, "spiral": 0.35, "rays": 0.4, "gradient": 0.3}
SMOOTH = 0.35
"""Share of pictures whose bands are smooth."""
_WARPED_LESS = {
    "pixels": 0.35,
    "glitch": 0.2,
    "gradient": 1.2,
    "triangles": 0.5,
    "grid": 0.6,
    "rays": 0.7,
    "spiral": 0.7,
}


@dataclass(slots=True)
class Space:
    """`x`, `y` are (n, h, w). `scale` multiplies how many things there are, `edge` is how wide a border blurs.

    `wild` is 0 where the scene is calm, 1 where it is chaotic, between otherwise; these three are (n, 1, 1).
    """

    gen: torch.Generator
    x: Tensor
    y: Tensor
    scale: Tensor
    edge: Tensor
    wild: Tensor
    smooth: Tensor
    """Whether bands swell and fade like a sine, (n, 1, 1): how a network of sines draws them."""

    @property
    def count(self) -> int:
        """Number of pictures."""
        return int(self.x.shape[0])

    @property
    def px(self) -> float:
        """Length of one pixel."""
        return 2.0 / int(self.x.shape[-1])

    def between(self, low: float, high: float, things: int = 1) -> Tensor:
        """Return one number per picture and thing, (n, things, 1)."""
        return torch.rand((self.count, things, 1), generator=self.gen) * (high - low) + low

    def whole(self, low: int, high: int) -> Tensor:
        """Return a whole number per picture from low to high, both included, as floats (n, 1, 1)."""
        return torch.randint(low, high + 1, (self.count, 1, 1), generator=self.gen).float()

    def chance(self, share: float) -> Tensor:
        """Return a yes or no per picture, (n, 1, 1)."""
        return torch.rand((self.count, 1, 1), generator=self.gen) < share

    def duty(self) -> Tensor:
        """Return the share of bands that is figure: clearly under or over one half, so that one colour leads."""
        return torch.where(self.chance(0.5), self.between(0.34, 0.43), self.between(0.57, 0.66))

    def inside(self, distance: Tensor, size: Tensor | float) -> Tensor:
        """Return 0..1 across a border from the signed distance to it; `size` of the thing keeps soft edges legible."""
        width = torch.minimum(self.edge, torch.as_tensor(size * 0.9).clamp(min=1.1 * self.px))
        ramp = (distance / width + 0.5).clamp(0, 1)
        return ramp * ramp * (3 - 2 * ramp)

    def hashed(self, column: Tensor, row: Tensor | float = 0.0) -> Tensor:
        """Return a random 0..1 for every whole-numbered cell."""
        salt = self.between(0.0, 100.0)
        return (torch.sin(column * 12.9898 + row * 78.233 + salt) * 4375.5453).remainder(1.0)

    def noise(
        self, channels: int, slope: float, first: float = 1.0, last: float = 16.0, zoom: Tensor | float = 1.0
    ) -> Tensor:
        """Return (n, channels, h, w) smooth fields of mean 0 and deviation 1 over the space."""
        texture = fractal(self.gen, self.count, channels, slope, first, last)
        place = self.between(0.0, 4.0)
        return look_up(texture, self.x * zoom + place, self.y * zoom + place)

    def regions(self) -> Tensor:
        """Return slow areas over the picture, 0..1, evenly spread."""
        return evened(self.noise(1, 2.0, 1.5, 5.0)[:, 0])


@dataclass(slots=True)
class Layers:
    """What a form drew, each (n, h, w). `figure` 0..1: how much a place belongs to the figure rather than the ground.

    `region` 0..1 chooses among the figure's colours, `light` -1..1 darkens or lightens, `sparks` 0..1 adds white.
    `shift_px` is how far the red and blue of a broken picture slip apart.
    """

    figure: Tensor
    region: Tensor
    light: Tensor = field(default_factory=lambda: torch.zeros(()))
    sparks: Tensor = field(default_factory=lambda: torch.zeros(()))
    shift_px: int = 0


def _knob(
    scenes: Sequence[Scene], gen: torch.Generator, usual: tuple[float, float], **special: tuple[float, float]
) -> Tensor:
    """Return one random number per scene, from the range of the attribute that it has or from the usual one."""
    ranges = [next((special[name] for name in scene.attributes if name in special), usual) for scene in scenes]
    low, high = torch.tensor(ranges).T[..., None, None]
    return low + (high - low) * torch.rand((len(scenes), 1, 1), generator=gen)


def _fold(x: Tensor, y: Tensor, gen: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mirror the plane into one wedge of 4, 6 or 8, off its centre: a kaleidoscope."""
    count = x.shape[0]
    wedge = math.pi / torch.randint(2, 5, (count, 1, 1), generator=gen)
    angle = (torch.atan2(y, x).remainder(2 * wedge) - wedge).abs()
    radius = (x * x + y * y).sqrt()
    away = torch.rand((2, count, 1, 1), generator=gen) * 0.35 + 0.15
    return radius * angle.cos() - away[0], radius * angle.sin() - away[1]


def space_of(form: str, scenes: Sequence[Scene], size_px: int, gen: torch.Generator) -> Space:
    """Return the space for scenes of one form: placed, turned, folded where symmetric, warped where chaotic."""
    count = len(scenes)
    line = (torch.arange(size_px) + 0.5) * (2.0 / size_px) - 1.0
    y, x = (axis.expand(count, -1, -1) for axis in torch.meshgrid(line, line, indexing="ij"))
    folded = torch.tensor(["symmetric" in scene.attributes for scene in scenes])[:, None, None]
    fold_x, fold_y = _fold(x, y, gen)
    off = _OFF_CENTRE.get(form, 0.0) * (2 * torch.rand((2, count, 1, 1), generator=gen) - 1)
    x, y = torch.where(folded, fold_x, x) - off[0], torch.where(folded, fold_y, y) - off[1]
    spin = torch.randn((count, 1, 1), generator=gen) * _TURN.get(form, 10.0)
    x, y = x * spin.cos() - y * spin.sin(), x * spin.sin() + y * spin.cos()
    px = 2.0 / size_px
    wild = _knob(scenes, gen, (0.03, 0.42), chaotic=(0.8, 1.0), calm=(0.0, 0.0))
    scale = _knob(scenes, gen, (0.75, 1.35), fine=(1.5, 1.9), coarse=(0.5, 0.65)) * torch.where(wild == 0, 0.9, 1.0)
    edge = _knob(scenes, gen, (0.04, 0.16), soft=(0.2, 0.32), sharp=(1.0 * px, 1.2 * px))
    smooth = (torch.rand((count, 1, 1), generator=gen) < SMOOTH) & (edge > 2.0 * px)
    space = Space(gen, x, y, scale, edge, wild, smooth)
    bend = space.noise(2, 2.5, 1.0, 5.0) * (0.22 * wild * _WARPED_LESS.get(form, 1.0)).unsqueeze(1)
    space.x, space.y = x + bend[:, 0], y + bend[:, 1]
    return space
