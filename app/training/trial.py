"""Trying an experiment's numbers at all its steps before the run: what fails halfway is told before any work is done.

Pure and torch-free; any process. What needs a similarity can't be tried, and is left out.
"""

from collections.abc import Iterable, Iterator

from app.problems import UserError
from app.training.experiment import MAX_VIEWS, SIDES, Constraint, Experiment, Target, Transform, active, variables
from app.training.expressions import Scope, Value

MOST_STEPS = 2000
"""So many are tried of a longer run, spread over it."""


def trial(experiment: Experiment) -> Iterator[int]:
    """Yield each step after trying it; `UserError` with the place of a number that can't be worked out, or is wrong."""
    for step in tried(experiment):
        try:
            _try(experiment, step)
        except UserError as error:
            raise UserError(f"{error} (at step {step} of {experiment.epochs})") from None
        yield step


def tried(experiment: Experiment) -> list[int]:
    """Return the steps to try: all of them, or many; the end, which is judged too, among them."""
    first, last = experiment.start_epoch, experiment.epochs
    count = min(MOST_STEPS, last - first)
    return [first + round((last - first) * i / count) for i in range(count + 1)]


def remarks(experiment: Experiment) -> Iterator[str]:
    """Yield one line for each target of which not all views can be drawn."""
    for target in experiment.targets:
        if target.active and not target.batch_size.needs_similarity:
            steps = tried(experiment) if target.batch_size.number is None else [experiment.start_epoch]
            most = max(round(target.batch_size.at(variables(experiment, step))) for step in steps)
            if most > MAX_VIEWS:
                yield f"{target.name}: batch_size {most}: {MAX_VIEWS} views a step are drawn, no more"


def _try(experiment: Experiment, step: int) -> None:
    now = variables(experiment, step)
    for side in experiment.resolution:
        pixels = side.at(now)
        if not SIDES[0] <= pixels <= SIDES[1]:
            raise UserError(f"{side.place}: {pixels:g} is outside {SIDES[0]}..{SIDES[1]} pixels")
    size = now["width"], now["height"]
    for target in experiment.targets:
        if target.active and active(target.start, target.end, step, experiment.epochs):
            _try_target(target, now, experiment.epochs, size)
    for one in experiment.postproc:
        if one.active and active(one.start, one.end, step, experiment.epochs):
            _try_transforms([one.transform], now, size)


def _try_target(target: Target, now: Scope, steps: int, size: tuple[float, float]) -> None:
    step = int(now["epoch"])
    features = [one for one in target.features if active(one.start, one.end, step, steps)]
    constraints = [one for one in target.constraints if active(one.start, one.end, step, steps)]
    _try_values((target.weight, target.batch_size), now)
    _try_values((value for one in features for value in (one.weight, one.scale)), now)
    _try_transforms(target.transforms, now, size)
    _try_values((value for one in constraints for value in _values(one)), now)


def _try_transforms(transforms: Iterable[Transform], now: Scope, size: tuple[float, float]) -> None:
    for transform in transforms:
        size = transform.after(transform.numbers(now), size)


def _values(constraint: Constraint) -> tuple[Value, ...]:
    return (constraint.weight, *(value for values in constraint.params.values() for value in values))


def _try_values(values: Iterable[Value], now: Scope) -> None:
    for value in values:
        if not value.needs_similarity:
            value.at(now)
