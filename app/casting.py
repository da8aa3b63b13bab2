"""Casting: brings the styles on air that the preset names, on both decks. Main thread.

A style that cannot be loaded is reported once for each time it is asked for; the one on air stays.
"""

from app import style as styles
from app.preset import Preset
from app.problems import Problems
from app.render.picture import Picture


class Casting:
    """Follows one preset; the style of deck A is on air already, deck B's is brought at once, if it can be."""

    def __init__(self, picture: Picture, problems: Problems, preset: Preset) -> None:
        self._picture, self._problems = picture, problems
        self._asked, self._asked_b = preset.style, preset.style_b
        if preset.style_b:
            with problems.guard("deck B"):
                picture.show_style_b(styles.find(preset.style_b), 0.0)

    def alone(self, style: str) -> None:
        """Take note that others have cut to this style, and taken deck B away."""
        self._asked, self._asked_b = style, ""

    def step(self, preset: Preset, seconds: float) -> None:
        """Crossfade over `seconds` to what the preset names now."""
        if preset.style != self._asked:
            self._asked = preset.style
            with self._problems.guard("style"):
                self._picture.show_style(styles.find(preset.style), seconds)
        if preset.style_b != self._asked_b:
            self._asked_b = preset.style_b
            with self._problems.guard("deck B"):
                self._picture.show_style_b(styles.find(preset.style_b) if preset.style_b else None, seconds)
