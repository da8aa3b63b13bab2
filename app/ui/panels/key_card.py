"""The key card: every key with what it does, made from the table of keys. Main thread, inside an ImGui frame."""

from collections.abc import Mapping, Sequence

from imgui_bundle import imgui

from app.control.actions import spoken
from app.ui import keyboard, keys, theme, widgets
from app.ui.desk import Desk
from app.ui.keys import KEYS, LOOKS, PANELS, PICTURE, TIME, Key
from app.ui.view import View

TITLE = "Keys"
NAME_PX, COLUMN_PX = 188, 480
"""Room for a key's name, and for the whole of its line: two columns, so that all of it is seen at once."""
ORDER = (LOOKS, TIME, PICTURE, PANELS)
YOURS, MOST_YOURS = "Bound by you", 10
NONE = "—"
"""In place of a key that is bound to something else."""
MOUSE = (
    ("Ctrl+click", "type a slider's value"),
    ("Double-click", "back to a slider's default"),
    ("Shift+drag", "move a slider finely"),
    ("Right-click", "reset, or let music move it"),
    ("Drop a file", "listen to it"),
)


class KeyCard:
    """A window in the middle, over everything, while F1 wants it."""

    def draw(self, desk: Desk, view: View) -> None:
        """Draw the card's contents."""
        bound = desk.control.bound_keys
        groups = {group: [line_of(key, bound) for key in KEYS if key.group == group] for group in ORDER}
        groups["Mouse"] = list(MOUSE)
        yours = [(name, ", ".join(map(spoken, targets))) for name, targets in bound.items()]
        groups[YOURS] = yours[:MOST_YOURS] + ([("…", "all of them: Control panel")] if yours[MOST_YOURS:] else [])
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (imgui.get_style().item_spacing.x, theme.scaled(4)))
        if imgui.begin_table("keys", 2):
            for _ in range(2):
                imgui.table_setup_column("", imgui.TableColumnFlags_.width_fixed, theme.scaled(COLUMN_PX))
            imgui.table_next_column()
            _groups(groups, (LOOKS, "Mouse"))
            imgui.table_next_column()
            _groups(groups, (TIME, PICTURE, PANELS, *((YOURS,) if yours else ())))
            imgui.end_table()
        imgui.pop_style_var()
        imgui.spacing()
        if imgui.button("Close"):
            view.key_card = False
        imgui.same_line()
        if imgui.button("Put panels back in place"):
            view.reset_layout = True


def line_of(key: Key, bound: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Return a key's name and what it does; the chords of it that are bound to something else are left out."""
    left = keys.own(key, bound)
    if len(left) == len(key.chords):
        return key.name, key.help
    return "  or  ".join(map(keyboard.name_of, left)) or NONE, key.help


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
