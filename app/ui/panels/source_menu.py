"""The list of everything a route may begin at, and how each of it reads. Main thread, inside an ImGui frame."""

from collections.abc import Iterable

from imgui_bundle import imgui

from app.control import origin
from app.control.actions import SEPARATOR
from app.control.hub import ROUTE
from app.modulation import sources
from app.params import PARAMS
from app.ui import theme, widgets
from app.ui.desk import Desk

MOST_CONTROLS = 24
"""So many of the controls that were moved are listed; any other is learned."""


def name_of(desk: Desk, source: str) -> str:
    """Return a source in as few words as a person needs: a macro by its title, a control without its device."""
    if source in PARAMS:
        return desk.preset.macros.get(source) or PARAMS[source].label
    if source.startswith(sources.BAND):
        return source[len(sources.BAND) :]
    return origin.short(source) if origin.is_control(source) else source


def trouble_of(desk: Desk, source: str) -> str:
    """Return why a source brings nothing now, in a few words; "" when all is well."""
    if origin.is_control(source):
        return desk.control.trouble(source)
    gone = source.startswith(sources.BAND) and name_of(desk, source) not in desk.preset.bands
    return "not in this look" if gone else ""


def combo(desk: Desk, number: int, source: str, width: float) -> str | None:
    """Draw the source of route `number`; return the one that was chosen, or None."""
    learned = f"{ROUTE}{SEPARATOR}{number}"
    if desk.control.learning == learned:
        if widgets.toggle("move a knob##source", True, size=(width, 0)):
            desk.control.learn("")
        imgui.set_item_tooltip("or press a pad, or send an OSC message; click to cancel")
        return None
    trouble = trouble_of(desk, source)
    imgui.push_style_color(imgui.Col_.text, theme.QUIET if trouble else theme.TEXT)
    imgui.set_next_item_width(width)
    opened = imgui.begin_combo("##source", name_of(desk, source), imgui.ComboFlags_.height_largest)
    imgui.pop_style_color()
    chosen = None
    if opened:
        chosen = items(desk)
        imgui.separator()
        if imgui.selectable("Learn a knob or pad", False)[0]:
            desk.control.learn(learned)
        imgui.end_combo()
    else:
        _explain(source, trouble)
    return chosen


def _explain(source: str, trouble: str) -> None:
    """Tell of the last item, under the mouse, what it is and why it is quiet."""
    what = origin.readable(source) if origin.is_control(source) else sources.HELP.get(source, "")
    if what or trouble:
        imgui.set_item_tooltip("\n".join(filter(None, (what, trouble))))


def items(desk: Desk) -> str | None:
    """Draw the list inside a menu or combo: what is heard first, the rest in menus of its own; return what is chosen.

    Macros are named as the look names them; of controls those that were moved are listed.
    """
    chosen = _listed(desk, (*sources.GROUPS["Sound"], *map(sources.band, desk.preset.bands), *sources.GROUPS["Time"]))
    for title in ("LFO", "Macro"):
        chosen = _menu(desk, title, sources.GROUPS[title]) or chosen
    moved = list(desk.control.positions.now)[: -MOST_CONTROLS - 1 : -1]
    return (_menu(desk, "Controller", moved) if moved else None) or chosen


def _menu(desk: Desk, title: str, names: Iterable[str]) -> str | None:
    if not imgui.begin_menu(title):
        return None
    chosen = _listed(desk, names)
    imgui.end_menu()
    return chosen


def _listed(desk: Desk, names: Iterable[str]) -> str | None:
    chosen = None
    for name in names:
        text = origin.readable(name) if origin.is_control(name) else name_of(desk, name)
        if imgui.menu_item_simple(f"{text}##{name}"):
            chosen = name
        if name in sources.HELP:
            imgui.set_item_tooltip(sources.HELP[name])
    return chosen
