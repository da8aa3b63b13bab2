"""The Macros panel: eight big knobs, each moving several things at once. Main thread, inside an ImGui frame.

A knob is a parameter of the look; what it moves are routes that begin at it, and routes it turns up.
"""

import math
import re

from imgui_bundle import imgui

from app.control.actions import SEPARATOR
from app.params import MACROS, PARAMS
from app.preset import MOST_ROUTES, Route
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import source_menu
from app.ui.panels.routes import name_of
from app.ui.view import View

COLUMN_PX, LARGEST_PX = 66, 104
CAPTION_LINES = 3
TURN_PX = 160
"""So far up moves a knob from one end to the other."""
FIRST_AMOUNT = 0.5
FROM, TO = 0.75 * math.pi, 2.25 * math.pi
"""The knob's ends, in radians clockwise from the right."""
LONGEST_TITLE = 24
ALONE = re.compile(r" (?=\S(?:[, ]|$))")
"""The space before a single sign."""


class Macros:
    """Keeps nothing: all of it is in the look."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        room = imgui.get_content_region_avail()
        gap = imgui.get_style().item_spacing.x
        fitting = (room.x + gap) / (theme.scaled(COLUMN_PX) + gap)
        columns = next((count for count in (8, 4, 2) if count <= fitting), 1)
        width = (room.x - gap * (columns - 1)) / columns
        for i, name in enumerate(MACROS):
            if i % columns:
                imgui.same_line()
            imgui.begin_group()
            imgui.push_id(name)
            _column(desk, name, width)
            imgui.pop_id()
            imgui.end_group()


def title_of(desk: Desk, name: str) -> str:
    """Return what a macro is called in this look."""
    return desk.preset.macros.get(name) or PARAMS[name].label


def _column(desk: Desk, name: str, width: float) -> None:
    """Draw one knob with its name and what it moves."""
    value = desk.preset.params.get(name, 0.0)
    with learn.bindable(desk, f"param{SEPARATOR}{name}"):
        moved = _knob(name, value, desk.values.params.get(name, value), width)
    imgui.set_item_tooltip("drag up and down; right click for what it moves")
    if moved is not None:
        desk.preset.params[name] = moved
    if imgui.begin_popup_context_item("menu"):
        _menu(desk, name)
        imgui.end_popup()
    learning = desk.control.learning == f"param{SEPARATOR}{name}"
    title = "move a knob" if learning else title_of(desk, name)
    if _centred(title, width, widgets.WARM if learning else widgets.TEXT):
        imgui.set_item_tooltip(title)
    _caption(moves_of(desk, name), width)


def moves_of(desk: Desk, name: str) -> str:
    """Return what a knob moves, and the routes it turns up: those of one source together."""
    found: dict[str, list[str]] = {}
    for route in desk.preset.routes:
        if name in (route.source, route.macro):
            target = name_of(route.param, desk.targets.get(route.param))
            source = "" if route.source == name else f"{source_menu.name_of(desk, route.source)} {theme.TO} "
            found.setdefault(source, []).append(target)
    return ", ".join(source + ", ".join(targets) for source, targets in found.items())


def _knob(name: str, value: float, now: float, width: float) -> float | None:
    """Draw a dial `width` wide, `now` as a thin inner arc; return the new value, None if untouched.

    Dragged up and down, with Shift finely, or moved by Ctrl and the wheel; a double click goes back to 0.
    """
    side = min(width, theme.scaled(LARGEST_PX))
    at = imgui.get_cursor_screen_pos()
    imgui.invisible_button(f"knob##{name}", (width, side))
    _dial((at.x + width / 2, at.y + side / 2), side * 0.42, value, now)
    if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
        return 0.0
    if (wheeled := widgets.wheel(PARAMS[name], value)) is not None:
        return wheeled
    way = -imgui.get_io().mouse_delta.y / theme.scaled(TURN_PX) if imgui.is_item_active() else 0.0
    if not way:
        return None
    return min(max(value + way * (widgets.FINE if imgui.get_io().key_shift else 1.0), 0.0), 1.0)


def _dial(middle: tuple[float, float], radius: float, value: float, now: float) -> None:
    pen = imgui.get_window_draw_list()
    thick = theme.scaled(7)
    _arc(pen, middle, radius, 1.0, widgets.RAISED, thick)
    _arc(pen, middle, radius, value, widgets.WARM, thick)
    if abs(now - value) > 1e-3:
        _arc(pen, middle, radius - thick, now, widgets.COLD, theme.scaled(3))
    text = f"{value * 100:.0f}"
    size = imgui.calc_text_size(text)
    pen.add_text((middle[0] - size.x / 2, middle[1] - size.y / 2), widgets.TEXT, text)


def _arc(
    pen: imgui.ImDrawList, middle: tuple[float, float], radius: float, share: float, colour: int, thick: float
) -> None:
    if share > 0:
        pen.path_arc_to(middle, radius, FROM, FROM + (TO - FROM) * share, 40)
        pen.path_stroke(colour, thick)


def _caption(text: str, width: float) -> None:
    """Write what a knob moves in a few short lines; the whole of it is their tooltip."""
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (imgui.get_style().item_spacing.x, 0))
    imgui.begin_group()
    lines = broken(text, width)
    cut = [_centred(line, width, widgets.QUIET) for line in lines]
    imgui.dummy((width, imgui.get_text_line_height() * (CAPTION_LINES - len(cut))))
    imgui.end_group()
    imgui.pop_style_var()
    if any(cut):
        imgui.set_item_tooltip(text)


def broken(text: str, width: float) -> list[str]:
    """Return the text in lines no wider than `width`, but for words that are; the last line shown takes all the rest.

    An arrow and a single letter stay with the word before them.
    """
    lines: list[str] = []
    for word in ALONE.sub("\u00a0", text).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        full = len(lines) >= CAPTION_LINES
        if lines and (full or imgui.calc_text_size(longer).x <= width):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _centred(text: str, width: float, colour: int) -> bool:
    """Write a line in the middle of a column; return whether it is too long for it."""
    at, size = imgui.get_cursor_screen_pos(), imgui.calc_text_size(text)
    cut = widgets.fitted(at.x + max((width - size.x) / 2, 0), at.y, width, text, colour)
    imgui.dummy((width, size.y))
    return cut


def _menu(desk: Desk, name: str) -> None:
    """Draw what can be done to a knob: learn, reset, name, and choose what it moves."""
    if imgui.menu_item_simple("Learn a knob, pad or key"):
        desk.control.learn(f"param{SEPARATOR}{name}", imgui.get_io().key_shift)
    if imgui.menu_item_simple("Reset to 0"):
        desk.preset.params[name] = 0.0
    if imgui.begin_menu("Moves"):
        _targets(desk, name)
        imgui.end_menu()
    if desk.preset.routes and imgui.begin_menu("Turns up a route"):
        _routes(desk, name)
        imgui.end_menu()
    imgui.set_next_item_width(theme.scaled(160))
    changed, title = imgui.input_text_with_hint("##title", PARAMS[name].label, desk.preset.macros.get(name, ""))
    if changed:
        desk.preset.macros |= {name: title[:LONGEST_TITLE]}
        if not title:
            del desk.preset.macros[name]


def _targets(desk: Desk, name: str) -> None:
    """Draw everything a knob can move; what it moves is ticked."""
    routes = desk.preset.routes
    for key, param in desk.targets.items():
        mine = [route for route in routes if route.source == name and route.param == key]
        if key in MACROS or param.kind == "event":
            continue
        if imgui.menu_item_simple(f"{name_of(key, param)}##{key}", "", bool(mine)):
            if mine:
                desk.preset.routes = [route for route in routes if route not in mine]
            elif len(routes) < MOST_ROUTES:
                routes.append(Route(source=name, param=key, amount=FIRST_AMOUNT))


def _routes(desk: Desk, name: str) -> None:
    """Draw the routes that the knob can turn up; those it does are ticked."""
    for i, route in enumerate(desk.preset.routes):
        target = name_of(route.param, desk.targets.get(route.param))
        if route.source != name and imgui.menu_item_simple(
            f"{source_menu.name_of(desk, route.source)} {theme.TO} {target}##{i}", "", route.macro == name
        ):
            route.macro = "" if route.macro == name else name
