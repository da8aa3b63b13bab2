"""A report: what an evaluation found, as data that can be written as JSON and shown as a page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.style import Header
from app.training.evaluate.diversity import Diversity
from app.training.evaluate.looks import Looks
from app.training.evaluate.motion import AcrossTracks, Motion, Reaction
from app.training.evaluate.parity import Parity
from app.training.evaluate.scores import Bait, Scores
from app.training.evaluate.speed import Speed
from app.training.judges.judge import JudgeInfo


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says of one prompt of a style. `unknown`: words of the prompt that mean nothing to the judge.

    `guide_z`: how far the guide puts it above random networks, None where the guide isn't at hand; `collapsed`: the
    guide is sure and the judge is not.
    """

    prompt: str
    unknown: tuple[str, ...]
    colour: Scores
    grey: Scores
    guide_z: float | None = None
    collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All measurements of one style. `guide`: who trained it, as its header says.

    `chosen`: the judge also chose which step of the training was kept; it is then not wholly a stranger to the style.
    """

    name: str
    file: str
    bytes: int
    parameters: int
    guide: str
    chosen: bool
    header: Header
    verdicts: tuple[Verdict, ...]
    resembles: tuple[tuple[str, float], ...]
    baits: tuple[Bait, ...]
    looks: Looks
    motion: tuple[Motion, ...]
    across_tracks: AcrossTracks | None
    flicker: float
    reaction: Reaction
    fp16: Parity
    speed: tuple[Speed, ...] = ()


@dataclass(frozen=True, slots=True)
class Precision:
    """R-precision over all prompts of a run: the share that came first; the same of random networks, and of a guess."""

    hits: float
    prompts: int
    random: float
    chance: float


@dataclass(frozen=True, slots=True)
class Report:
    """One run. `precision` by list: mixed, palette_fixed, and both in greyscale ("mixed_grey", …)."""

    machine: str
    judge: JudgeInfo
    tracks: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]
    diversity: tuple[Diversity, ...]
    precision: dict[str, Precision] = field(default_factory=dict)


def precision(verdicts: Sequence[Verdict]) -> dict[str, Precision]:
    """Return R-precision by list; lists that no verdict has a ranking in are left out."""
    found = {}
    for name in ("mixed", "palette_fixed"):
        for suffix in ("", "_grey"):
            rankings = [getattr(verdict.grey if suffix else verdict.colour, name) for verdict in verdicts]
            rankings = [ranking for ranking in rankings if ranking is not None]
            if rankings:
                found[name + suffix] = Precision(
                    hits=float(np.mean([ranking.rank == 1 for ranking in rankings])),
                    prompts=len(rankings),
                    random=float(np.mean([ranking.random_first for ranking in rankings])),
                    chance=float(np.mean([ranking.chance for ranking in rankings])),
                )
    return found
