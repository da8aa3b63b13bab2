"""The key card: every key with what it does, made from the table of keys. Main thread, inside an ImGui frame."""

from collections.abc import Sequence

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.keys import KEYS, LOOKS, PANELS, PICTURE, TIME
from app.ui.view import View

TITLE = "Keys"
NAME_PX, COLUMN_PX = 188, 480
"""Room for a key's name, and for the whole of its line: two columns, so that all of it is seen at once."""
ORDER = (LOOKS, TIME, PICTURE, PANELS)
END = (
    "No key acts while you type into a field. Pads, knobs and OSC reach all of them and more: [control.md](control.md)."
)
MOUSE = (
    ("Shift+click", "cut to a look"),
    ("Ctrl+click", "type a slider's value"),
    ("Double-click", "back to a slider's default"),
    ("Shift+drag", "move a slider finely"),
    ("Ctrl+wheel", "move it in steps; with Shift in small ones"),
    ("Right-click", "reset, or let music move it"),
    ("Drop a file", "listen to it"),
)


def groups() -> dict[str, list[tuple[str, str]]]:
    """Return title → (key or mouse, what it does)."""
    found = {group: [(key.name, key.help) for key in KEYS if key.group == group] for group in ORDER}
    return found | {"Mouse": list(MOUSE)}


def page() -> str:
    """Return docs/keys.md."""
    lines = ["# Keys", "", "What **F1** shows, written from the same table by `python -m scripts.write_keys`."]
    for title, rows in groups().items():
        lines += ["", f"## {title}", "", "| | |", "|---|---|"]
        lines += [f"| {_marked(name)} | {text} |" for name, text in rows]
    return "\n".join([*lines, "", END, ""])


def _marked(name: str) -> str:
    """Return a name with each of its keys as code."""
    return " or ".join(f"`{key}`" for key in name.split("  or  "))


class KeyCard:
    """A window in the middle, over everything, while F1 wants it."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the card's contents."""
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (imgui.get_style().item_spacing.x, theme.scaled(1.5)))
        if imgui.begin_table("keys", 2):
            for _ in range(2):
                imgui.table_setup_column("", imgui.TableColumnFlags_.width_fixed, theme.scaled(COLUMN_PX))
            imgui.table_next_column()
            _groups((LOOKS, PANELS))
            imgui.table_next_column()
            _groups((TIME, PICTURE, "Mouse"))
            imgui.end_table()
        imgui.pop_style_var()
        imgui.spacing()
        if imgui.button("Close"):
            view.key_card = False
        imgui.same_line()
        if imgui.button("Put panels back in place"):
            view.reset_layout = True


def _groups(titles: Sequence[str]) -> None:
    """Draw some groups of keys, one below the other."""
    known = groups()
    for title in titles:
        widgets.heading(title)
        for name, text in known[title]:
            _line(name, text)


def _line(name: str, text: str) -> None:
    imgui.push_style_color(imgui.Col_.text, theme.WARM)
    imgui.text_unformatted(name)
    imgui.pop_style_color()
    imgui.same_line(theme.scaled(NAME_PX))
    imgui.text_unformatted(text)
