"""Rivals of a text: the same words with another form. What a picture could show instead, in the same colours. Pure."""

from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.lexicon import read

_WORDS_OF = {
    name: frozenset(part for phrase in form.nouns + form.adjectives for part in phrase.split())
    for name, form in v.FORMS.items()
}
_ALL = frozenset().union(*_WORDS_OF.values())


def rivals_of(text: str) -> tuple[str, ...]:
    """Return texts that say what `text` says but for its form, one for each form that none of its words may mean.

    None for a text that names no form: then any form will do. They are for any judge.
    """
    words = read(text).words
    if not _ALL & set(words):
        return ()
    rest = [word for word in words if word not in _ALL]
    return tuple(" ".join([*rest, v.FORMS[name].nouns[0]]) for name, own in _WORDS_OF.items() if not own & set(words))
