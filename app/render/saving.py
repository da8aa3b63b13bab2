"""Cheaper pixels: what may be done to evaluate the network for fewer of them. Pure data.

All of it is off unless chosen, costs fidelity (benchmarks/cheaper_pixels.py says how much), and is labelled while it
is on. Mirroring symmetric networks is none of it: that changes nothing, and is always done.
"""

from typing import Literal, get_args

Saving = Literal["off", "rows", "half", "refine"]
SAVINGS: tuple[Saving, ...] = get_args(Saving)
"""Every pixel in every frame; every other row, in turn; half the resolution; that, and full where it shows."""


TOLD: dict[Saving, str] = {
    "off": "",
    "rows": "every other row, the rest from the frame before",
    "half": "half the resolution, enlarged",
    "refine": "half the resolution, full where it shows",
}
MIRRORED = 0.99
"""A share below this without any saving is the work of symmetry."""


def told(saving: Saving, drawn: float, scale: float) -> str:
    """Return one line for people: for how many pixels the network is evaluated, and where the others come from.

    `drawn` is the share of the finished picture's pixels, `scale` the side of the network's picture.
    """
    how = TOLD[saving] or ("the rest mirrored, exactly" if drawn < MIRRORED * scale**2 else "")
    return f"{drawn:.0%} of them drawn" + (f"; {how}" if how else "")


def half_of(size_px: tuple[int, int]) -> tuple[int, int]:
    """Return half of each side, rounded up."""
    return -(-size_px[0] // 2), -(-size_px[1] // 2)
