"""Claim to be tested, not taken on trust: that 128 neurons a layer do as well as 256 at equal steps.

Several prompts × at least three seeds; the JSON goes to `clavilux evaluate --comparison`; it is written after every
round of both, and tells how far it came. An hour of a processor at full size.
Run: python -m benchmarks.architecture --json OUT [--steps 200] [--prompts 4] [--seeds 3] [--judge J]
Small: … --steps 40 --search 14 --prompts 1 --minutes 12
"""

import sys
from dataclasses import replace

from app.training.experiment import Experiment
from benchmarks.trained import Change, comparison_main


def _shaped(width: int, depth: int) -> Change:
    def change(experiment: Experiment) -> Experiment:
        return replace(experiment, style=replace(experiment.style, width=width, depth=depth))

    return change


VARIANTS: dict[str, Change] = {"128 × 4": _shaped(128, 4), "256 × 4": _shaped(256, 4)}


def main() -> int:
    """Train, judge, print and write."""
    return comparison_main("128 against 256 at equal steps", __doc__ or "", VARIANTS, steps=200)


if __name__ == "__main__":
    sys.exit(main())
