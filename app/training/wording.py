"""What judges make of a text: words they never learned, words they read as others, words to avoid. Torch-free.

All of it is told to the person who wrote them, nothing is silently left out; so is what is odd about a judge itself.
Only the built-in judges read words one by one; any other judge takes a text as it stands.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.problems import UserError
from app.training.experiment import Experiment, Feature, Target
from app.training.expressions import constant
from app.training.judges.builtin.lexicon import MAX_TEXT, content, read
from app.training.judges.judge import Judge, doubt, refuse_same
from app.training.recipe import AVOID_WEIGHT

READERS = ("builtin", "builtin-witness")
"""The judges that read texts word by word."""
AVOIDED = "what to avoid (--avoid, or a negative weight): "


def understood(experiment: Experiment, judges: Mapping[str, Judge]) -> Iterator[tuple[str, bool]]:
    """Yield one line, and whether it is trouble, for each text that a judge doesn't take as it stands.

    Before that, one for each judge whose weights are not the published ones. `UserError` if a guide knows nothing of a
    text, for there is nothing to train towards, or if the held-out judge has a guide's weights.
    """
    guides = [judges[name].info for name in experiment.judges]
    held_out = judges.get(experiment.held_out)
    if held_out is not None and not experiment.allow_same_judge:
        refuse_same(guides, held_out.info, "name another, or none, or set allow_same_judge: true")
    yield from ((line, True) for line in dict.fromkeys(map(doubt, guides)) if line)
    told: set[tuple[str, tuple[str, ...]]] = set()
    for name in dict.fromkeys(experiment.judges):
        for text, wanted in _texts(experiment).items():
            unknown = _unknown(judges[name], name, text)
            if _nothing_left(name, text, unknown, wanted):
                raise UserError(("" if wanted else AVOIDED) + _hopeless(text, name, unknown))
            if name in READERS:
                yield from ((line, False) for line in _reading(text))
            if unknown and (text, unknown) not in told:
                told.add((text, unknown))
                left = _short(", ".join(unknown))
                yield f"'{_short(text)}': left out what the judge '{name}' does not know: {left}", True
    if held_out is not None and knows_nothing_of(experiment, held_out):
        yield f"'{experiment.held_out}' knows none of the words of a text: the guide itself keeps the best", True


def knows_nothing_of(experiment: Experiment, judge: Judge) -> bool:
    """Whether there is a text that this judge can't compare anything with."""
    name = judge.info.name
    texts = _texts(experiment).items()
    return any(_nothing_left(name, text, _unknown(judge, name, text), wanted) for text, wanted in texts)


def unreadable(judge: Judge, text: str) -> str:
    """Return why nothing can be compared with this text, "" if something can."""
    name = judge.info.name
    if not text.strip():
        return "the text is empty"
    unknown = _unknown(judge, name, text)
    return _why(text, name, unknown) if _nothing_left(name, text, unknown, True) else ""


def partly_unknown(judge: Judge, text: str) -> tuple[str, ...]:
    """Return the words and signs of a text that this judge leaves out."""
    return _unknown(judge, judge.info.name, text)


def with_avoided(target: Target, judge: Judge) -> Target:
    """Return the target with a feature to avoid for what its texts negate ("blue waves, no red": red).

    For judges that read word by word; they leave negated words out of what is asked for.
    """
    if judge.info.name not in READERS:
        return target
    return replace(target, features=(*map(_spelled, target.features), *_avoided(target)))


def _spelled(feature: Feature) -> Feature:
    """Return a feature to avoid that is worded as a negation ("no red") as what it means."""
    reading = read(feature.text)
    if not feature.weight.always_negative or content(reading.words) or not reading.avoided:
        return feature
    return replace(feature, text=" ".join(reading.avoided))


def _avoided(target: Target) -> Iterator[Feature]:
    for feature in target.features:
        words = read(feature.text).avoided
        if not words or feature.weight.always_negative:
            continue
        number = feature.weight.number
        weight = (
            replace(feature.weight, text=f"{AVOID_WEIGHT}*({feature.weight.text})")
            if number is None
            else constant(AVOID_WEIGHT * number)
        )
        yield replace(feature, text=" ".join(words), weight=weight)


def _texts(experiment: Experiment) -> dict[str, bool]:
    """Return every text, and whether it is asked for (not to be avoided)."""
    features = [f for target in experiment.targets if target.active for f in target.features if f.text]
    return {f.text: not f.weight.always_negative for f in features}


def _unknown(judge: Judge, name: str, text: str) -> tuple[str, ...]:
    signs = _signs(text) if name in READERS else ()
    return tuple(dict.fromkeys((*judge.unknown_words(text), *signs)))


def _signs(text: str) -> tuple[str, ...]:
    """Return what stands for a thing but is no word: emoji and numbers; and what is beyond the longest text."""
    found = re.findall(r"\d+", text[:MAX_TEXT]) + [c for c in text[:MAX_TEXT] if unicodedata.category(c) == "So"]
    return tuple(found) + (("what comes later",) if len(text) > MAX_TEXT else ())


def _nothing_left(name: str, text: str, unknown: tuple[str, ...], wanted: bool) -> bool:
    if name in READERS:
        reading = read(text)
        return not content(reading.words) and (wanted or not reading.avoided)
    return bool(unknown) and len(unknown) >= len(set(re.findall(r"\w[\w'’-]*", text)))


def _hopeless(text: str, name: str, unknown: tuple[str, ...]) -> str:
    return f"'{_short(text)}': {_why(text, name, unknown)}"


def _why(text: str, name: str, unknown: tuple[str, ...]) -> str:
    if name in READERS and read(text).avoided:
        return "only says what to avoid; say what it should look like, too"
    if unknown:
        return f"the judge '{name}' knows none of these words; name forms, colours, moods in English"
    return "names no form, colour or mood; say what it should look like"


def _reading(text: str) -> Iterator[str]:
    reading = read(text)
    for written, meant in dict(reading.read_as).items():
        yield f"'{written}' read as '{meant}'" if meant else f"'{written}' adds nothing to the words beside it"
    if reading.avoided:
        yield f"'{_short(text)}': to avoid: {' '.join(reading.avoided)}"


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
