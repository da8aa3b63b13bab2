"""Casting: brings the styles on air that the preset names, on both decks. Main thread.

A look that was put on air comes as a whole; a style that changes within a look comes alone. A style that cannot be
loaded is reported once for each time it is asked for; the one on air stays.
"""

from app import style as styles
from app.preset import Preset
from app.problems import Problems, UserError
from app.render.picture import Picture
from app.style import Style


class Casting:
    """Follows one preset; the style of deck A is on air already, deck B's is brought at once, if it can be."""

    def __init__(self, picture: Picture, problems: Problems, preset: Preset) -> None:
        self._picture, self._problems = picture, problems
        self._asked, self._asked_b = preset.style, preset.style_b
        self._changes = 0
        self._coming: dict[str, Style] = {}
        if preset.style_b:
            with problems.guard("deck B"):
                picture.show_style_b(_found(preset, preset.style_b), 0.0)

    def alone(self, style: str, changes: int) -> None:
        """Take note that others have cut to this style, and taken deck B away."""
        self._asked, self._asked_b, self._changes = style, "", changes

    def prepared(self, look: Preset) -> bool:
        """Return whether a look can come on air now without a picture that waits; if not, ask again."""
        return self._picture.prepared(look, self._cast(look) or ())

    def _cast(self, look: Preset) -> list[Style] | None:
        """Return a look's styles, deck A's first; None if one cannot be loaded."""
        try:
            return [self._style(name) for name in (look.style, look.style_b) if name]
        except UserError:
            return None

    def _style(self, name: str) -> Style:
        """Return a style; one that is being prepared is read only once."""
        if name not in self._coming:
            self._coming[name] = styles.find(name)
        return self._coming[name]

    def step(self, preset: Preset, seconds: float, changes: int) -> None:
        """Bring over `seconds` what the preset names now; `changes` counts how often another look was put in it."""
        if changes != self._changes:
            self._changes = changes
            self._change_look(preset, seconds)
            self._coming.clear()
        if preset.style != self._asked:
            self._asked = preset.style
            with self._problems.guard("style"):
                self._picture.show_style(_found(preset, preset.style), seconds)
        if preset.style_b != self._asked_b:
            self._asked_b = preset.style_b
            with self._problems.guard("deck B"):
                self._picture.show_style_b(_found(preset, preset.style_b) if preset.style_b else None, seconds)

    def _change_look(self, preset: Preset, seconds: float) -> None:
        """Let the look come as a whole; where that is not possible, its styles come as they can."""
        cast = self._cast(preset)
        if not cast or seconds <= 0 or not self._picture.prepared(preset, cast):
            self._picture.settle()
            return
        with self._problems.guard("look"):
            self._picture.show_look(cast[0], cast[1] if len(cast) > 1 else None, seconds)
            self._asked, self._asked_b = preset.style, preset.style_b


def _found(preset: Preset, name: str) -> Style:
    """Return a style; `UserError` says which look asks for it, and what happens without it."""
    try:
        return styles.find(name)
    except UserError as error:
        raise UserError(f"look '{preset.name}': {error}; what was on air plays on") from None
