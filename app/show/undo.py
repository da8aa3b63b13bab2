"""Undo and redo of every edit, whoever made it: panel, key, knob or network. Main thread.

One history, in the order of doing, over several documents: the look on air, and others such as bindings and marks. Each
is compared with itself once a frame; what changes without a pause is one edit. Another look begins its edits afresh:
the way back to the look before is `Looks.back`.
"""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from app.preset import Preset

PAUSE_SECONDS = 0.5
"""A slider that rests this long has been let go."""
STEPS = 200
MOST_TOLD = 3


class Document(Protocol):
    """Something that is edited; its states can be compared and are never changed afterwards."""

    def state(self) -> Any:
        """Return what it holds now; asked every frame."""
        ...

    def become(self, state: Any) -> None:
        """Hold again what it held."""
        ...

    def told(self, before: Any, after: Any) -> str:
        """Return in a few words what differs between two states."""
        ...


class EditedLook:
    """The look on air; its state is its text."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset

    def state(self) -> str:
        """Return the look as JSON."""
        return self._preset.model_dump_json()

    def become(self, state: str) -> None:
        """Fill the document in place: panels and the modulator hold on to it."""
        look = Preset.model_validate_json(state)
        for field in Preset.model_fields:
            setattr(self._preset, field, getattr(look, field))

    def told(self, before: str, after: str) -> str:
        """Return the parameters, and what else of the look differs."""
        old, new = json.loads(before), json.loads(after)
        fields = [field for field in new if old.get(field) != new[field] and field != "params"]
        return listed([*differing(old["params"], new["params"]), *fields])


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of the history."""

    document: Document
    before: Any
    after: Any


class Undo:
    """Watches the look on air and `others`, which are read from the first `step` on."""

    def __init__(self, preset: Preset, *others: Document) -> None:
        self._preset, self._look, self._others = preset, EditedLook(preset), others
        self._changes = 0
        self._past: list[Edit] = []
        self._future: list[Edit] = []
        self._moved_seconds = 0.0
        self._edited: Document | None = None
        """What is being edited now."""
        self._seen: dict[Document, Any] = {self._look: self._look.state()}
        self._settled = dict(self._seen)
        self.told = ""
        """What was taken back or made again last, in one short line."""
        self.saved()

    @property
    def document(self) -> str:
        """The newest text of the look on air, the same as long as nothing changes."""
        return str(self._seen[self._look])

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._past) or self._is_editing

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return bool(self._future)

    @property
    def _is_editing(self) -> bool:
        return self._edited is not None and self._seen[self._edited] != self._settled[self._edited]

    @property
    def edited(self) -> bool:
        """Whether the look is another than it came on air, or was saved last; mutated and brought back it still is."""
        return self.document != self._kept

    def saved(self) -> None:
        """Take note that the look was saved as it is now."""
        self._name, self._kept = self._preset.name, self._preset.model_dump_json()

    def step(self, seconds: float, changes: int) -> None:
        """Look at the documents; `changes` counts how often another look was put in the look's place."""
        if changes != self._changes:
            self._changes = changes
            self._begin_look()
        moved = [self._notice(document) for document in (self._look, *self._others)]
        if any(moved):
            self._moved_seconds = seconds
        elif self._edited is not None and seconds - self._moved_seconds >= PAUSE_SECONDS:
            self._settle()

    def _begin_look(self) -> None:
        """Forget the edits of the look before; those of other documents stay."""
        self._past = [edit for edit in self._past if edit.document is not self._look]
        self._future = [edit for edit in self._future if edit.document is not self._look]
        self._seen[self._look] = self._settled[self._look] = self._look.state()
        self._edited = None if self._edited is self._look else self._edited
        if self._preset.name != self._name:
            self.saved()

    def _notice(self, document: Document) -> bool:
        """Return whether a document changed since it was last looked at; another one that was edited is settled."""
        now = document.state()
        before = self._seen.setdefault(document, now)
        self._settled.setdefault(document, now)
        if now == before:
            return False
        if self._edited is not document:
            self._settle()
            self._edited = document
        self._seen[document] = now
        self._future = []
        return True

    def _settle(self) -> None:
        """What was being edited is one step of the past now."""
        document, editing = self._edited, self._is_editing
        self._edited = None
        if document is not None and editing:
            self._past.append(Edit(document, self._settled[document], self._seen[document]))
            del self._past[:-STEPS]
            self._settled[document] = self._seen[document]

    def undo(self) -> None:
        """Take the newest edit back, wherever it was."""
        self._look_again()
        self.told = "nothing to undo"
        if self._past:
            edit = self._past.pop()
            self._future.append(edit)
            self._become(edit.document, edit.before)
            self.told = f"undone: {edit.document.told(edit.before, edit.after)}"

    def redo(self) -> None:
        """Make it again."""
        self._look_again()
        self.told = "nothing to redo"
        if self._future:
            edit = self._future.pop()
            self._past.append(edit)
            self._become(edit.document, edit.after)
            self.told = f"redone: {edit.document.told(edit.before, edit.after)}"

    def _look_again(self) -> None:
        """See what was done in this frame. A look that came in it is not for `_notice` to tell from an edit."""
        for document in self._others:
            self._notice(document)
        self._settle()

    def _become(self, document: Document, state: Any) -> None:
        document.become(state)
        self._seen[document] = self._settled[document] = document.state()


def differing(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return the keys that only one of two tables has, or that differ."""
    return [key for key in {**old, **new} if old.get(key) != new.get(key)]


def listed(names: list[str]) -> str:
    """Return some names as a person reads them, the first few of many."""
    shown = [name.replace("_", " ") for name in names[:MOST_TOLD]]
    return ", ".join(shown) + (f" and {len(names) - MOST_TOLD} more" if names[MOST_TOLD:] else "")
