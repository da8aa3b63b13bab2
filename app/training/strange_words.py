"""Words that a judge never learned: told to the person who wrote them, never silently left out. Torch-free."""

import re
from collections.abc import Iterator, Mapping

from app.problems import UserError
from app.training.experiment import Experiment
from app.training.judges.judge import Judge


def strange_words(experiment: Experiment, judges: Mapping[str, Judge]) -> Iterator[str]:
    """Yield one line for each text with words that a guide does not know.

    `UserError` if it knows none of a text's words: there is nothing to train towards.
    """
    texts = dict.fromkeys(f.text for target in experiment.targets for f in target.features if f.text)
    for name in dict.fromkeys(experiment.judges):
        for text in texts:
            unknown = tuple(dict.fromkeys(judges[name].unknown_words(text)))
            if not unknown:
                continue
            if len(unknown) >= len(set(re.findall(r"\w[\w'’-]*", text))):
                raise UserError(f"'{_short(text)}': the judge '{name}' knows none of these words; name forms, colours")
            yield f"'{_short(text)}': left out what the judge '{name}' does not know: {_short(', '.join(unknown))}"


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
