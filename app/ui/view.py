"""The view: what the window shows besides the show itself. Main thread; keys and panels write it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class View:
    """Which panels are over the picture, and what the next frame should bring to the front."""

    visible: bool = True
    key_card: bool = False
    focus_search: bool = False
    """The library's search box takes the keyboard at the next frame."""
    picture: Path | None = None
    """A picture that was dropped on the window: the Train panel comes to the front and takes it."""
    pointed: str = ""
    """The look under the mouse, as of the last frame; "" for none."""
    steer: tuple[int, int] = (0, 0)
    """Where arrow keys lead the cursor of the grid: columns to the right, rows down."""
    entered: str = ""
    """What this frame does with the tile under that cursor: "play" or "queue"."""
    reset_layout: bool = False
    """All panels go back to their first places at the next frame."""

    def toggle_panels(self) -> None:
        """Esc: close the key card, else show or hide all panels."""
        if self.key_card:
            self.key_card = False
        else:
            self.visible = not self.visible

    def toggle_key_card(self) -> None:
        """F1: the card lies over the panels, so it brings them back."""
        self.key_card = not (self.key_card and self.visible)
        self.visible = True

    def ask_for_picture(self, path: Path) -> None:
        """Put a picture into the Train panel as a prompt."""
        self.visible = True
        self.picture = path

    def steered(self) -> tuple[int, int]:
        """Take what the arrow keys said."""
        way, self.steer = self.steer, (0, 0)
        return way

    def search(self) -> None:
        """Bring the search box to the front and type into it."""
        self.visible = True
        self.focus_search = True
