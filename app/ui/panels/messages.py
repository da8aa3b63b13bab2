"""The line along the bottom: the newest problem and how many there are; a click shows them all. Between them, for a few
seconds, what was done last, and while something is learned, how.

Main thread, inside an ImGui frame. Problems are told here and nowhere else, never over the picture.
"""

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels.control import readable
from app.ui.view import View

HEIGHT_PX = 30
SAID_SECONDS = 6.0
LEARNING = "LEARN"
CHOOSE = "click what shall be moved, with Shift to keep what its control does already     Esc ends"
MOVE = "move a knob, press a pad or a key     Esc: none"
HINT = (
    "F1 keys     Ctrl+L learn     Esc hide panels     Ctrl+click type a value     double-click default     "
    "right-click add a route"
)


class Messages:
    """Remembers how many problems were read, so that new ones stand out."""

    def __init__(self) -> None:
        self._read = 0
        self._said, self._said_seconds = 0, -SAID_SECONDS

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the line's contents in its window."""
        count = len(desk.problems)
        self._read = min(self._read, count)
        said = self._newest_said(desk)
        if count:
            self._problems(desk, count, told=not (said or desk.control.mapping))
        if desk.control.mapping:
            _learning(desk, said)
        elif said:
            imgui.align_text_to_frame_padding()
            widgets.line(said, widgets.COLD)
        elif not count:
            widgets.quiet(HINT)

    def _newest_said(self, desk: Desk) -> str:
        """Return what was said a few seconds ago at most."""
        if desk.problems.times_said != self._said:
            self._said, self._said_seconds = desk.problems.times_said, desk.frame.seconds
        return desk.problems.said if 0 <= desk.frame.seconds - self._said_seconds < SAID_SECONDS else ""

    def _problems(self, desk: Desk, count: int, told: bool) -> None:
        """Draw the number of problems and the newest, if there is room to tell it."""
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
        if told:
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


def _learning(desk: Desk, said: str) -> None:
    """Tell that learn mode is on, what it waits for, and what was learned."""
    if widgets.toggle(f"{LEARNING}##end learning", True, theme.COLD):
        desk.control.map(False)
    imgui.set_item_tooltip("end learning (Esc)")
    imgui.same_line()
    imgui.align_text_to_frame_padding()
    target = desk.control.learning
    widgets.line(f"{readable(target)}: {MOVE}" if target else said or CHOOSE, widgets.COLD)


def _times(count: int) -> str:
    return f"  ({count} times)" if count > 1 else ""
