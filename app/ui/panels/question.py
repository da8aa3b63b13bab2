"""The question before a show ends that is watched or would lose something. Main thread, inside an ImGui frame.

In the control window only, over the panels or, while they are hidden, alone; the show goes on below it.
"""

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.view import View

TITLE = "End the show?"
BUTTON_PX = 148


class Question:
    """Enter or Ctrl+Q is yes, Esc no; both are in the table of keys."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw what would go, and two buttons."""
        imgui.push_font(None, theme.BIG_PX)
        imgui.text_unformatted(TITLE)
        imgui.pop_font()
        for line in desk.farewell.asks:
            imgui.bullet()
            imgui.text_unformatted(line)
        imgui.spacing()
        size = (theme.scaled(BUTTON_PX), imgui.get_frame_height() * 1.35)
        if widgets.toggle("End it  (Enter)", True, theme.BAD, size):
            desk.farewell.leave()
        imgui.same_line()
        if imgui.button("Go on  (Esc)", size):
            desk.farewell.stay()
