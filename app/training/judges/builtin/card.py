"""The model card of a built-in judge: what it saw, how it did on what it never saw, what it does not know."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app import files
from app.problems import UserError
from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.ceiling import Ceiling
from app.training.judges.builtin.exam import Marks
from app.training.judges.builtin.judge import NAMES, file_of


@dataclass(frozen=True, slots=True)
class Card:
    """Figures of one judge; `held` on pairs of form and colour it never saw, `seen` on practised ones, `other` on the
    other judge's pictures of held-back pairs. `classifier` is the form named by its own helping head on `held`, which
    shares its tower and so is no ceiling; that is `ceiling`, a network of its own, if it has been taught.
    """

    kind: str
    sha256: str
    bytes: int
    pictures: int
    steps: int
    minutes: float
    seed: int
    machine: str
    held: Marks
    seen: Marks
    other: Marks
    classifier: float
    batch: int = 256
    """Pictures a step."""
    before: str = ""
    """What it went on from, if it did: steps, minutes, seed and SHA-256 of the judge before."""
    ceiling: Ceiling | None = None
    command: str = ""
    """What it was made with; "" for those made before cards told it (docs/judges.md)."""


def write(card: Card, weights: Path) -> None:
    """Write the card beside the weights."""
    files.write_json(weights.with_suffix(".card.json"), asdict(card))


def before(start: Path) -> str:
    """Return what a judge that goes on from `start` says about it, from the card beside it."""
    card = start.with_suffix(".card.json")
    if not card.exists():
        return f"going on from {start.name}"
    data = json.loads(card.read_text("utf-8"))
    of = f"{data['steps']:,} steps, {data['minutes']:.0f} minutes, seed {data['seed']}"
    return f"going on from {of} ({data['sha256'][:12]})"


def load(kind: str) -> Card:
    """Return the card of "guide" or "witness" as it ships."""
    return _read(file_of(kind))


def add_ceiling(weights: Path, found: Ceiling) -> None:
    """Write what a classifier of this judge's size reached into the card beside its weights."""
    write(replace(_read(weights), ceiling=found), weights)


def check(weights: Path) -> None:
    """Raise `UserError` if there is no card beside these weights: before the work, not after it."""
    if not weights.with_suffix(".card.json").is_file():
        raise UserError(
            f"{weights.with_suffix('.card.json')}: no such card; `clavilux judge train` makes judge and card"
        )


def _read(weights: Path) -> Card:
    data = json.loads(weights.with_suffix(".card.json").read_text("utf-8"))
    marks = {name: Marks(**data[name]) for name in ("held", "seen", "other")}
    ceiling = Ceiling(**data["ceiling"]) if data.get("ceiling") else None
    return Card(**{**data, **marks, "ceiling": ceiling})


def text(card: Card) -> str:
    """Return the card as Markdown."""
    rows = "\n".join(
        f"| {label} | {marks.form:.3f} | {marks.grey:.3f} | {marks.colour:.3f} | {marks.retrieval:.3f} / "
        f"{marks.retrieval_back:.3f} |"
        for label, marks in (("pairs never seen", card.held), ("pairs seen", card.seen), ("other drawer", card.other))
    )
    return f"""# Judge `{NAMES[card.kind]}`

A small text-image model made by this project. It is not CLIP and doesn't understand any text.

**Saw** {card.pictures:,} procedural pictures of 64 × 64 px ({card.kind}'s own drawer) in {card.steps:,} steps of
{card.batch}, {card.minutes:.0f} minutes on {card.machine}, seed {card.seed}{card.before and ", " + card.before}.
{card.bytes / 2**20:.1f} MB, SHA-256 {card.sha256}. Made with {_command(card)}.

**Knows** {len(v.FORMS)} forms ({", ".join(v.FORMS)}), {len(v.COLOURS)} colours ({", ".join(v.COLOURS)}), the moods \
{", ".join([*v.MODIFIERS, *v.ATTRIBUTES, *v.THEMES])}, and synonyms of all of these.

| right answers on | form, 1 of {len(v.FORMS)} | form, grey | main colour, 1 of {len(v.COLOURS)} | R@1 of 40 |
|---|---|---|---|---|
{rows}

Form and colour: one word of the full caption swapped among all {len(v.FORMS)} forms or all {len(v.COLOURS)} colours.
"Other drawer": pictures by the drawer the other judge learned from.

**Ceiling.** {_ceiling(card)}
The judge's own helping head, which shares its tower and so is no ceiling, names {card.classifier:.3f}.

**Doesn't know** objects, people, places, writing, counts, relations in space, or any word outside its list: unknown
words are reported, negated ones ("no red") left out. It judges colour, mood and pattern, from 64 px: what is
finer than that it doesn't see. Both judges share this list of words and what their makers mean by them.
"""


def _command(card: Card) -> str:
    return f"`{card.command}`" if card.command else "the stages in docs/judges.md"


def _ceiling(card: Card) -> str:
    """Return what a classifier of this size reached, and how far it was taught beside the judge."""
    found = card.ceiling
    if found is None:
        return f"A classifier of its size was not taught yet (`clavilux judge ceiling {card.kind}`)."
    return (
        f"A classifier of its size, another network that was taught these forms and no words, names {found.form:.3f}\n"
        f"of them on pairs never seen: after {found.steps:,} steps of {card.batch} from chance on {found.pictures:,} "
        f"of the judge's pictures\n({found.minutes:.0f} minutes of one processor, seed {found.seed}). "
        + _bound(card, found)
    )


def _bound(card: Card, found: Ceiling) -> str:
    """Return what the figure is worth: a classifier that the judge leaves behind was not taught to its end."""
    if found.form < card.held.form:
        known = "how high the ceiling lies is not known, only that it is no lower than the judge"
        return f"The judge, taught longer, does better:\n{known}."
    return "Taught for longer it may reach more."
