"""The cursor of a grid: arrow keys choose a tile where no mouse is at hand, Enter puts it on air. Main thread.

It goes by where tiles were drawn in the last frame, however they are arranged, and goes away when it is left alone:
an Enter that was meant for something else changes no look.
"""

from imgui_bundle import imgui

from app.ui import theme, widgets

ALONE_SECONDS = 10.0
Way = tuple[int, int]
"""Columns to the right, rows down."""


class Cursor:
    """Knows the tile chosen; `name` is "" while none is."""

    def __init__(self) -> None:
        self.name = ""
        self._moved_seconds = 0.0
        self._came = False
        self._places: dict[str, tuple[float, float]] = {}
        self._drawing: dict[str, tuple[float, float]] = {}

    def begin(self, way: Way, seconds: float, start: str) -> None:
        """Begin a frame: move if a key said so, from the tile `start` where none is chosen yet."""
        self._places, self._drawing = self._drawing, {}
        self._came = False
        if any(way) and self._places:
            self.name = self._beside(self.name if self.name in self._places else start, way)
            self._moved_seconds, self._came = seconds, True
        elif self.name and not 0 <= seconds - self._moved_seconds < ALONE_SECONDS:
            self.name = ""

    def _beside(self, name: str, way: Way) -> str:
        """Return the tile that lies that way; the same where none does. One that is not drawn leads to the first."""
        names = list(self._places)
        if name not in self._places:
            return names[0]
        if way[0]:
            return names[min(max(names.index(name) + way[0], 0), len(names) - 1)]
        x, y = self._places[name]
        there = [(abs(own_y - y), abs(own_x - x), own) for own, (own_x, own_y) in self._places.items()
                 if (own_y - y) * way[1] > 1]  # fmt: skip
        return min(there)[2] if there else name

    def mark(self, name: str) -> None:
        """Take note of the last item, a tile; outline it and bring it into view if it is the one chosen."""
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        self._drawing.setdefault(name, ((low.x + high.x) / 2, (low.y + high.y) / 2))
        if name != self.name:
            return
        if self._came:
            imgui.set_scroll_here_y(0.5)
        inset = theme.scaled(4)
        low, high = (low.x + inset, low.y + inset), (high.x - inset, high.y - inset)  # type: ignore[assignment]
        imgui.get_window_draw_list().add_rect(low, high, widgets.TEXT, 0, theme.scaled(2))
