"""Undo and redo of every edit of the look on air, whoever made it: panel, key, knob or network. Main thread.

The document is compared with itself once a frame; what changes without a pause is one edit. Another look begins afresh:
the way back to the look before is `Looks.back`.
"""

from app.preset import Preset

PAUSE_SECONDS = 0.5
"""A slider that rests this long has been let go."""
STEPS = 200


class Undo:
    """Watches one document; `document` is its newest text, the same as long as nothing changes."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset
        self._changes = 0
        self._past: list[str] = []
        self._future: list[str] = []
        self._moved_seconds = 0.0
        self._settled = self.document = preset.model_dump_json()

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._past) or self.document != self._settled

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return bool(self._future)

    def step(self, seconds: float, changes: int) -> None:
        """Look at the document; `changes` counts how often another look was put in its place."""
        now = self._preset.model_dump_json()
        if changes != self._changes:
            self._changes = changes
            self._past, self._future = [], []
            self._settled = self.document = now
        elif now != self.document:
            self.document, self._moved_seconds = now, seconds
            self._future = []
        elif now != self._settled and seconds - self._moved_seconds >= PAUSE_SECONDS:
            self._settle()

    def _settle(self) -> None:
        """What was being edited is one step of the past now."""
        if self.document != self._settled:
            self._past.append(self._settled)
            del self._past[:-STEPS]
            self._settled = self.document

    def undo(self) -> None:
        """Take the newest edit back."""
        self._settle()
        if self._past:
            self._future.append(self._settled)
            self._become(self._past.pop())

    def redo(self) -> None:
        """Make it again."""
        if self._future and self.document == self._settled:
            self._past.append(self._settled)
            self._become(self._future.pop())

    def _become(self, document: str) -> None:
        """Fill the document in place: panels and the modulator hold on to it."""
        look = Preset.model_validate_json(document)
        for field in Preset.model_fields:
            setattr(self._preset, field, getattr(look, field))
        self._settled = self.document = document
