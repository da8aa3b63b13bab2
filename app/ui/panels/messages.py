"""The line along the bottom: the newest problem and how many there are; a click shows them all.

Main thread, inside an ImGui frame. Problems are told here and nowhere else, never over the picture.
"""

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.view import View

HEIGHT_PX = 30
HINT = "F1 keys     Esc hide panels     Ctrl+click type a value     double-click default     right-click add a route"


class Messages:
    """Remembers how many problems were read, so that new ones stand out."""

    def __init__(self) -> None:
        self._read = 0

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the line's contents in its window."""
        count = len(desk.problems)
        self._read = min(self._read, count)
        if not count:
            widgets.quiet(HINT)
            return
        newest = list(desk.problems)[-1]
        if widgets.toggle(f"{theme.WARNING}  {count}##messages", count > self._read, theme.BAD):
            self._read = count
            imgui.open_popup("all messages")
        imgui.set_item_tooltip("show all of them")
        imgui.same_line()
        if imgui.button("Clear"):
            desk.problems.clear()
            self._read = 0
        imgui.set_item_tooltip("forget all of them: they are read")
        imgui.same_line()
        imgui.align_text_to_frame_padding()
        widgets.line(newest.text + _times(newest.count), widgets.TEXT)
        self._list(desk)

    def _list(self, desk: Desk) -> None:
        if not imgui.begin_popup("all messages"):
            return
        self._read = len(desk.problems)
        imgui.push_text_wrap_pos(theme.scaled(760))
        for problem in desk.problems:
            imgui.text_unformatted(problem.text + _times(problem.count))
        imgui.pop_text_wrap_pos()
        imgui.end_popup()


def _times(count: int) -> str:
    return f"  ({count} times)" if count > 1 else ""
