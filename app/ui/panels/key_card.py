"""The key card: every key with what it does, made from the table of keys. Main thread, inside an ImGui frame."""

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.keys import KEYS
from app.ui.view import View

TITLE = "Keys"
MOUSE = (
    ("Ctrl+click", "type a slider's value"),
    ("Double-click", "back to a slider's default"),
    ("Shift+drag", "move a slider finely"),
    ("Right-click", "reset, or let music move it"),
    ("Drop a file", "listen to it"),
)


class KeyCard:
    """A window in the middle, over everything, while F1 wants it."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the card's contents."""
        for group in dict.fromkeys(key.group for key in KEYS):
            widgets.heading(group)
            for key in KEYS:
                if key.group == group:
                    _line(key.name, key.help)
        widgets.heading("Mouse")
        for name, text in MOUSE:
            _line(name, text)
        imgui.spacing()
        if imgui.button("Close"):
            view.key_card = False
        imgui.same_line()
        if imgui.button("Put panels back in place"):
            view.reset_layout = True


def _line(name: str, text: str) -> None:
    imgui.push_style_color(imgui.Col_.text, theme.WARM)
    imgui.text_unformatted(name)
    imgui.pop_style_color()
    imgui.same_line(theme.scaled(140))
    imgui.text_unformatted(text)
