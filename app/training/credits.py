"""What a trained style says about itself: words, judges, scores, and whose it is. Pure."""

from collections.abc import Sequence

from app.style import Header
from app.training.experiment import Experiment
from app.training.judges.judge import SHA_TOLD, JudgeInfo


def credits(
    experiment: Experiment,
    guides: Sequence[JudgeInfo],
    held_out: str,
    scores: dict[str, float],
    step: int,
    w0: float,
    speed: float,
) -> Header:
    """Return the header of a style after `step` steps; `w0` and `speed` are the network's own."""
    plan = experiment.style
    asked = [feature for target in experiment.targets for feature in target.features]
    prompts = [feature.text for feature in asked if feature.text and not feature.weight.always_negative]
    return Header(
        w0=w0, speed=speed, prompts=tuple(dict.fromkeys(prompts)), seed=experiment.seed,
        judge=" + ".join(label(guide) for guide in guides), held_out=held_out, steps=step, scores=scores,
        author=plan.author, licence=plan.licence, tags=plan.tags,
    )  # fmt: skip


def label(info: JudgeInfo) -> str:
    """Return how a header names a judge: its name, the start of its weights' SHA-256, and whether they are others."""
    return f"{info.name} {info.sha256[:SHA_TOLD]}{'' if info.verified else ' (unverified)'}"
