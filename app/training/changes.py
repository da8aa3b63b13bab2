"""What an experiment may not change once its run has begun: refused by name, never silently ignored. Pure."""

from app.problems import UserError
from app.training.experiment import Experiment

START_KEYS = ("init", "sketches", "search", "start_epoch", "device")
"""What a run begins with."""
SHAPE_KEYS = ("width", "depth", "activation", "inputs", "frequency", "speed")
"""What its network keeps."""


def check(before: Experiment, after: Experiment) -> None:
    """Raise a `UserError` if going on with `after` would leave a part of it without effect."""
    for name in START_KEYS:
        if getattr(after, name) != getattr(before, name):
            raise UserError(f"{name}: a run begins with it; start a new one to change it")
    for name in SHAPE_KEYS:
        if getattr(after.style, name) != getattr(before.style, name):
            raise UserError(f"style.{name}: the network keeps it while it trains; start a new run to change it")
