"""The key card: every key with what it does, made from the table of keys. Main thread, inside an ImGui frame."""

from collections.abc import Mapping, Sequence

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.keys import KEYS, LOOKS, PANELS, PICTURE, TIME
from app.ui.view import View

TITLE = "Keys"
NAME_PX, COLUMN_PX = 188, 480
"""Room for a key's name, and for the whole of its line: two columns, so that all of it is seen at once."""
ORDER = (LOOKS, TIME, PICTURE, PANELS)
MOUSE = (
    ("Shift+click", "cut to a look"),
    ("Ctrl+click", "type a slider's value"),
    ("Double-click", "back to a slider's default"),
    ("Shift+drag", "move a slider finely"),
    ("Ctrl+wheel", "move it in steps; with Shift in small ones"),
    ("Right-click", "reset, or let music move it"),
    ("Drop a file", "listen to it"),
)


class KeyCard:
    """A window in the middle, over everything, while F1 wants it."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the card's contents."""
        groups = {group: [(key.name, key.help) for key in KEYS if key.group == group] for group in ORDER}
        groups["Mouse"] = list(MOUSE)
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (imgui.get_style().item_spacing.x, theme.scaled(1.5)))
        if imgui.begin_table("keys", 2):
            for _ in range(2):
                imgui.table_setup_column("", imgui.TableColumnFlags_.width_fixed, theme.scaled(COLUMN_PX))
            imgui.table_next_column()
            _groups(groups, (LOOKS, PANELS))
            imgui.table_next_column()
            _groups(groups, (TIME, PICTURE, "Mouse"))
            imgui.end_table()
        imgui.pop_style_var()
        imgui.spacing()
        if imgui.button("Close"):
            view.key_card = False
        imgui.same_line()
        if imgui.button("Put panels back in place"):
            view.reset_layout = True


def _groups(groups: Mapping[str, Sequence[tuple[str, str]]], titles: Sequence[str]) -> None:
    """Draw some groups of keys, one below the other."""
    for title in titles:
        widgets.heading(title)
        for name, text in groups[title]:
            _line(name, text)


def _line(name: str, text: str) -> None:
    imgui.push_style_color(imgui.Col_.text, theme.WARM)
    imgui.text_unformatted(name)
    imgui.pop_style_color()
    imgui.same_line(theme.scaled(NAME_PX))
    imgui.text_unformatted(text)
