"""When an experiment asks for what: refuses one in which nothing would ever be trained. Pure and torch-free."""

import math
from collections.abc import Iterator

from app.problems import UserError
from app.training.experiment import Constraint, Experiment, Feature, Postproc, Target

Timed = Target | Feature | Constraint | Postproc


def check(experiment: Experiment, where: str) -> None:
    """Raise a `UserError` for a span that ends before it begins, and for a run without a step that asks for anything.

    Targets need not have features, their constraints are losses, too; but somebody has to say what is best.
    """
    if experiment.start_epoch >= experiment.epochs:
        raise UserError(f"{where}: start_epoch: {experiment.start_epoch} of {experiment.epochs} epochs: none is left")
    for timed in _timed(experiment):
        if timed.start.at(experiment.epochs) > timed.end.at(experiment.epochs):
            raise UserError(f"{timed.place or where}: ends before it starts")
    targets = [target for target in experiment.targets if target.active]
    if not targets:
        raise UserError(f"{where}: targets: none is active: at least one with a feature is needed")
    if not any(target.features for target in targets):
        raise UserError(f"{where}: targets: none asks for a feature: by constraints alone nobody can say what is best")
    if not any(_ever(experiment, target, feature) for target in targets for feature in target.features):
        raise UserError(f"{where}: targets: no feature has a weight and a time within the {experiment.epochs} epochs")


def _timed(experiment: Experiment) -> Iterator[Timed]:
    for target in experiment.targets:
        yield target
        yield from target.features
        yield from target.constraints
    yield from experiment.postproc


def _ever(experiment: Experiment, target: Target, feature: Feature) -> bool:
    """Whether a feature counts at a step of the run."""
    steps, both = experiment.epochs, (target, feature)
    first = max(experiment.start_epoch, *(math.ceil(one.start.at(steps)) for one in both))
    last = min(steps - 1, *(math.floor(one.end.at(steps)) for one in both))
    return first <= last and all(one.weight.number != 0.0 for one in both)
