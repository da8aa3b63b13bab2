"""Scores: what a judge says of a style, always beside what it says of nothing in particular. Pure arithmetic.

A raw cosine means little: good matches and chance lie close together. Each is told with three nulls as a z-score, and
as a rank in two lists: a mixed one, where colour alone may win, and a palette-fixed one, where only form can.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.training.evaluate import prompts
from app.training.evaluate.eye import Eye, Vectors
from app.training.evaluate.prompts import PromptList

NO_SPREAD = 1e-6
"""A null whose standard deviation is below this proves nothing: z is 0."""


@dataclass(frozen=True, slots=True)
class Null:
    """`count` scores of chance: their mean and standard deviation, and how many of those the style lies above."""

    mean: float
    sd: float
    count: int
    z: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The place of the right text (of the best, where several are) among `prompts`, 1 = first; equals count as better.

    `top`: what came first. `pictures_first`: share of the single pictures that put a right one first.
    `random_first`: share of the random networks that do; `chance`: that of a guess.
    """

    prompts: int
    rank: int
    top: str
    pictures_first: float
    random_first: float
    chance: float


@dataclass(frozen=True, slots=True)
class Scores:
    """One prompt, in colour or in greyscale. `cosine`: mean over the pictures.

    None: `others` where there are no other styles, a ranking where the list doesn't apply or its words are unknown.
    """

    cosine: float
    random: Null
    unrelated: Null | None
    others: Null | None
    mixed: Ranking | None
    palette_fixed: Ranking | None


@dataclass(frozen=True, slots=True)
class Bait:
    """How much a style looks like something that it must not, against random networks."""

    text: str
    cosine: float
    z: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Vectors of the style's pictures (n, d), random networks' (nets, n, d), one mean for each other style (k, d)."""

    own: Vectors
    random: Vectors
    others: Vectors


def scores(eye: Eye, seen: Seen, prompt: str, texts: Sequence[str]) -> Scores:
    """Score one prompt; `texts` is the mixed list. Texts with words that the judge doesn't know are left out."""
    wanted = eye.texts([prompt])[0]
    cosine = float((seen.own @ wanted).mean())
    listed = prompts.mixed(prompt, [text for text in texts if eye.knows(text)])
    fixed = prompts.palette_fixed(prompt)
    unrelated = eye.texts(listed.texts[1:]) @ seen.own.mean(axis=0) if len(listed.texts) > 2 else None
    return Scores(
        cosine=cosine,
        random=null(cosine, (seen.random @ wanted).mean(axis=1)),
        unrelated=None if unrelated is None else null(cosine, unrelated),
        others=null(cosine, seen.others @ wanted) if len(seen.others) > 1 else None,
        mixed=ranking(eye, seen, listed) if len(listed.texts) > 1 else None,
        palette_fixed=ranking(eye, seen, fixed) if fixed is not None and eye.knows(" ".join(fixed.texts)) else None,
    )


def null(score: float, chance: NDArray[np.float64]) -> Null:
    """Compare a score with those of chance."""
    mean, sd = float(chance.mean()), float(chance.std(ddof=1)) if len(chance) > 1 else 0.0
    return Null(mean, sd, len(chance), (score - mean) / sd if sd > NO_SPREAD else 0.0)


def ranking(eye: Eye, seen: Seen, listed: PromptList) -> Ranking:
    """Rank the texts of a list by their mean cosine over the pictures."""
    vectors = eye.texts(listed.texts)
    mean = vectors @ seen.own.mean(axis=0)
    firsts = [first(vectors @ picture, listed.wanted) for picture in seen.own]
    random = [first(vectors @ net.mean(axis=0), listed.wanted) for net in seen.random]
    return Ranking(
        prompts=len(listed.texts),
        rank=rank(mean, listed.wanted),
        top=listed.texts[int(mean.argmax())],
        pictures_first=float(np.mean(firsts)),
        random_first=float(np.mean(random)),
        chance=listed.chance,
    )


def rank(values: NDArray[np.float64], wanted: Sequence[int]) -> int:
    """Return the place of the best of `wanted`, 1 = first: one more than the others that are as good."""
    best = values[list(wanted)].max()
    return 1 + int((np.delete(values, list(wanted)) >= best).sum())


def first(values: NDArray[np.float64], wanted: Sequence[int]) -> bool:
    """Whether one of `wanted` is better than all the others: a hit of R-precision."""
    return rank(values, wanted) == 1


def baits(eye: Eye, seen: Seen, texts: Sequence[str]) -> tuple[Bait, ...]:
    """Score what the style must not look like, the worst first; only baits that the judge knows the words of."""
    found = []
    for text in texts:
        if eye.knows(text):
            vector = eye.texts([text])[0]
            cosine = float((seen.own @ vector).mean())
            found.append(Bait(text, cosine, null(cosine, (seen.random @ vector).mean(axis=1)).z))
    return tuple(sorted(found, key=lambda bait: -bait.z))


def resembles(eye: Eye, seen: Seen, texts: Sequence[str], count: int = 3) -> tuple[tuple[str, float], ...]:
    """Return the texts of a list that the style is nearest to, with their cosines."""
    known = [text for text in texts if eye.knows(text)]
    if not known:
        return ()
    values = eye.texts(known) @ seen.own.mean(axis=0)
    return tuple((known[i], float(values[i])) for i in np.argsort(-values)[:count])
