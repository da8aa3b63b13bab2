"""Rivals of a text: the same words with another form. What a picture could show instead, in the same colours. Pure."""

from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.lexicon import read

_FORM_WORDS = frozenset(
    part for form in v.FORMS.values() for phrase in form.nouns + form.adjectives for part in phrase.split()
)


def rivals_of(text: str) -> tuple[str, ...]:
    """Return 22 texts that name a form each and otherwise say what `text` says, as far as its words are known.

    They are for any judge: which of them means the same as the text, the judge itself tells.
    """
    rest = [word for word in read(text).words if word not in _FORM_WORDS]
    return tuple(" ".join([*rest, form.nouns[0]]) for form in v.FORMS.values())
