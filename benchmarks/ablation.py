"""What makes form: the start, frequency w0, inputs, activation and views, each changed alone from the usual recipe.

Variants that name the inputs start from a search, as nothing is drawn for them. To change the judge, name another
--guide (and --judge). The JSON goes to `clavilux evaluate --comparison`; it is written after every round of all
variants, and tells how far it came. Hours of a processor at full size.
Run: python -m benchmarks.ablation --json OUT [--only "w0 10" "w0 30" …] [--steps 120] [--prompts 4] [--seeds 3]
Small: … --steps 40 --search 28 --minutes 12
"""

import sys
from dataclasses import replace
from typing import Any

from app.training.experiment import Experiment
from app.training.expressions import constant
from benchmarks.trained import Change, comparison_main, unchanged


def _style(**fields: Any) -> Change:
    def change(experiment: Experiment) -> Experiment:
        return replace(experiment, style=replace(experiment.style, **fields))

    return change


def _views(count: int) -> Change:
    """The same views for every target: `count` each."""

    def change(experiment: Experiment) -> Experiment:
        targets = tuple(replace(target, batch_size=constant(float(count))) for target in experiment.targets)
        return replace(experiment, targets=targets)

    return change


def _whole(experiment: Experiment) -> Experiment:
    """Only the first target: the whole picture, no parts."""
    return replace(experiment, targets=experiment.targets[:1])


def _undrawn(experiment: Experiment) -> Experiment:
    return replace(experiment, sketches=0)


def _unprepared(experiment: Experiment) -> Experiment:
    return replace(experiment, sketches=0, search=1)


VARIANTS: dict[str, Change] = {
    "recipe": unchanged,
    **{f"w0 {w0}": _style(frequency=float(w0)) for w0 in (6, 10, 20, 30)},
    "x y": _style(inputs=("x", "y")),
    "x y r": _style(inputs=("x", "y", "r")),
    "x y r angle": _style(inputs=("x", "y", "r", "angle_sin", "angle_cos")),
    "folds": _style(inputs=("fold_x", "fold_y", "r")),
    "petals": _style(inputs=("x", "y", "petal5", "petal6", "r")),
    **{f"activation {name}": _style(activation=name) for name in ("sin", "mix", "atan", "finer", "gaussian")},
    **{f"views {count}": _views(count) for count in (1, 4, 8)},
    "whole picture only": _whole,
    "search, no drawing": _undrawn,
    "neither drawing nor search": _unprepared,
}


def main() -> int:
    """Train, judge, print and write."""
    return comparison_main("What makes form", __doc__ or "", VARIANTS, steps=120)


if __name__ == "__main__":
    sys.exit(main())
