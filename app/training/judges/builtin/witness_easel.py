"""What every form of the witness draws with: a supersampled canvas, smooth noise, masks, glow and bent space. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from app.training.judges.builtin.scene import Rng
from app.training.judges.builtin.witness_paint import Paint, Paints, luma, mix_paint

Field = NDArray[np.float32]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Easel:
    """One picture being drawn: `width_px` is the supersampled edge, `unit` a 64th of it, `period` the form's scale."""

    rng: Rng
    width_px: int
    paints: Paints
    period: float
    scale: float
    attributes: tuple[str, ...]

    @property
    def unit(self) -> float:
        """Return the edge of a 64th of the picture in canvas pixels."""
        return self.width_px / 64

    def canvas(self, paint: Paint | None = None) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """Return a picture filled with `paint` (the field if None) and its pen."""
        picture = Image.new("RGB", (self.width_px, self.width_px), paint or self.paints.field)
        return picture, ImageDraw.Draw(picture)

    def mask(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """Return an empty mask and its pen."""
        picture = Image.new("L", (self.width_px, self.width_px), 0)
        return picture, ImageDraw.Draw(picture)

    def chance(self, probability: float) -> bool:
        """Return True that often."""
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float) -> float:
        """Return an even random number."""
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """Return a random whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def centre(self, spread: float = 0.15) -> Points:
        """Return a point near the middle, in canvas pixels."""
        return self.width_px * (0.5 + self.rng.uniform(-spread, spread, 2))

    def slant(self) -> float:
        """Return the angle of a straight pattern in radians: often about upright or level, else any."""
        if self.chance(0.6):
            return self.between(0, np.pi)
        return self.between(-0.06, 0.06) + (0 if self.chance(0.5) else np.pi / 2)

    def noise(self, cells: float) -> Field:
        """Return smooth noise of about `cells` bumps along an edge, about -1..1."""
        side = int(cells) + 3
        seed = Image.fromarray(self.rng.uniform(-1.3, 1.3, (side, side)).astype(np.float32))
        left, top = self.rng.uniform(0.2, side - cells - 0.4, 2)
        box = (left, top, left + cells, top + cells)
        return np.asarray(seed.resize((self.width_px, self.width_px), Image.Resampling.BICUBIC, box), np.float32)

    def crossed(self) -> tuple[Field, Field]:
        """Return how far every place lies along two crossed directions, in canvas pixels."""
        y, x = np.indices((self.width_px, self.width_px), dtype=np.float32)
        (left, top), angle = self.centre(0.5), self.slant()
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        x, y = x - np.float32(left), y - np.float32(top)
        return x * cos + y * sin, y * cos - x * sin

    def around(self, spread: float) -> tuple[Field, Field]:
        """Return distance from and angle about a point near the middle."""
        y, x = np.indices((self.width_px, self.width_px), dtype=np.float32)
        left, top = self.centre(spread).astype(np.float32)
        return np.hypot(x - left, y - top), np.arctan2(y - top, x - left)

    def squashed(self, spread: float) -> Field:
        """Return how far every place lies from a point near the middle, now and then squashed."""
        radius, angle = self.around(spread)
        squash = self.between(0.65, 1.0) if self.chance(0.5) else 1.0
        lie = self.between(0, np.pi)
        far: Field = np.hypot(radius * np.cos(angle - lie) * np.float32(squash), radius * np.sin(angle - lie))
        return far

    def turbulence(self, cells: float, octaves: int = 4) -> Field:
        """Return noise with finer and finer detail, stretched to 0..1."""
        total = np.sum([self.noise(cells * 2**k) * 0.55**k for k in range(octaves)], 0)
        low, high = np.quantile(total[::4, ::4], (0.03, 0.97))
        stretched: Field = np.clip((total - low) / (high - low), 0, 1, dtype=np.float32)
        return stretched


def polygon(pen: ImageDraw.ImageDraw, points: Points, paint: Paint | int) -> None:
    """Fill a polygon given as (n, 2)."""
    pen.polygon(points.ravel().tolist(), fill=paint)


def stroke(pen: ImageDraw.ImageDraw, points: Points, paint: Paint | int, width: float) -> None:
    """Draw a line through (n, 2) points."""
    pen.line(points.ravel().tolist(), fill=paint, width=max(1, round(width)), joint="curve")


def disc(pen: ImageDraw.ImageDraw, centre: Points, radius: float, paint: Paint | int) -> None:
    """Fill a disc."""
    x, y = float(centre[0]), float(centre[1])
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=paint)


def turned(points: Points, angle: float, centre: Points) -> Points:
    """Turn (n, 2) points about the origin and carry the origin to `centre`."""
    cos, sin = np.cos(angle), np.sin(angle)
    moved: Points = points @ np.array([[cos, sin], [-sin, cos]]) + centre
    return moved


def shade_mask(values: Field) -> Image.Image:
    """Return values 0..1 as a mask."""
    return Image.fromarray((values * 255).clip(0, 255).astype(np.uint8))


def layered(picture: Image.Image, paint: Paint, mask: Image.Image) -> Image.Image:
    """Lay a paint over a picture where the mask says."""
    picture.paste(paint, (0, 0), mask)
    return picture


def glowing(picture: Image.Image, radius: float, gain: float = 1.0) -> Image.Image:
    """Return a picture that shines over its own edges; right on dark ground only."""
    small = picture.reduce(3).filter(ImageFilter.GaussianBlur(radius / 3))
    halo = small.resize(picture.size, Image.Resampling.BILINEAR).point(lambda value: value * gain)
    return ImageChops.screen(picture, halo)


def rippled(easel: Easel, distance: Field, period: float) -> Image.Image:
    """Bands that swell and fade along a distance."""
    return risen(easel, np.sin(distance / period * 2 * np.pi + easel.between(0, 6.3)))


def risen(easel: Easel, height: Field) -> Image.Image:
    """Return a relief of heights about -1..1 in the paints: the field below, inks above, with soft or firm shores."""
    picture, _ = easel.canvas()
    gain, level = easel.between(0.6, 2.5), (easel.paints.share - 0.5) * 1.6
    inks = easel.paints.inks
    layered(picture, inks[0], shade_mask((height - level) * gain + 0.5))
    if len(inks) > 1 and inks[-1] != inks[0]:
        layered(picture, inks[-1], shade_mask((height - easel.between(0.55, 0.75)) * gain * 1.5 + 0.5))
    elif easel.chance(0.4):
        tint = mix_paint(inks[0], (255, 255, 255) if luma(inks[0]) < 0.6 else (0, 0, 0), 0.3)
        layered(picture, tint, shade_mask((height - 0.6) * gain + 0.3))
    return picture


def blend_table(values: Field, table: Iterable[Paint]) -> Image.Image:
    """Lay paints over each other from the second on, each where `values` (0..1) pass its smooth threshold."""
    first, *others = table
    picture = Image.new("RGB", (values.shape[1], values.shape[0]), first)
    for index, paint in enumerate(others):
        edge = (index + 0.75) / (len(others) + 0.5)
        layered(picture, paint, shade_mask((values - edge) * 0.9 * (len(others) + 1) + 0.5))
    return picture


def remapped(picture: Image.Image, x: Field, y: Field) -> Image.Image:
    """Return the picture seen through coordinates (in pixels), mirrored at its edges."""
    width = picture.size[0]
    pixels = np.asarray(picture).reshape(width * width, 3)
    column, row = (_mirrored(axis, width) for axis in (x, y))
    return Image.fromarray(np.take(pixels, row * width + column, axis=0))


def _mirrored(axis: Field, width: int) -> NDArray[np.intp]:
    folded = np.abs((axis + width) % (2 * width) - width)
    return np.minimum(folded, width - 1).astype(np.intp)
