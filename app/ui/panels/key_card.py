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
END = (
    "No key acts while you type into a field. Pads, knobs and OSC reach all of them and more, and most keys can be "
    "bound to something else: [control.md](control.md)."
)
MOUSE = (
    ("Shift+click", "cut to a look"),
    ("Ctrl+click", "type a slider's value"),
    ("Double-click", "back to a slider's default"),
    ("Shift+drag", "move a slider finely"),
    ("Ctrl+wheel", "move it in steps; with Shift in small ones"),
    ("Right-click", "reset, or let music move it"),
    ("Drop a file", "listen to it; a look or style comes on air"),
)


def groups(bound: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[str, str]]]:
    """Return title → (key or mouse, what it does), where these chords are bound."""
    found = {group: [line_of(key, bound) for key in KEYS if key.group == group] for group in ORDER}
    found["Mouse"] = list(MOUSE)
    yours = [(name, ", ".join(map(spoken, targets))) for name, targets in bound.items()]
    if yours:
        found[YOURS] = yours[:MOST_YOURS] + ([("…", "all of them: Control panel")] if yours[MOST_YOURS:] else [])
    return found


def page() -> str:
    """Return docs/keys.md."""
    lines = ["# Keys", "", "What **F1** shows, written from the same table by `python -m scripts.write_keys`."]
    for title, rows in groups({}).items():
        lines += ["", f"## {title}", "", "| | |", "|---|---|"]
        lines += [f"| {_marked(name)} | {text} |" for name, text in rows]
    return "\n".join([*lines, "", END, ""])


def _marked(name: str) -> str:
    """Return a name with each of its keys as code."""
    return " or ".join(f"`{key}`" for key in name.split("  or  "))


class KeyCard:
    """A window in the middle, over everything, while F1 wants it."""

    def draw(self, desk: Desk, view: View) -> None:
        """Draw the card's contents."""
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (imgui.get_style().item_spacing.x, theme.scaled(1.5)))
        known = groups(desk.control.bound_keys)
        if imgui.begin_table("keys", 2):
            for _ in range(2):
                imgui.table_setup_column("", imgui.TableColumnFlags_.width_fixed, theme.scaled(COLUMN_PX))
            imgui.table_next_column()
            _groups(known, (LOOKS, PANELS))
            imgui.table_next_column()
            _groups(known, (TIME, PICTURE, "Mouse", *((YOURS,) if YOURS in known else ())))
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


def _groups(known: Mapping[str, Sequence[tuple[str, str]]], titles: Sequence[str]) -> None:
    """Draw some groups of keys, one below the other."""
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
