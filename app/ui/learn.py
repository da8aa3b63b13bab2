"""Learn mode: controls that can be bound glow, with what they are bound to; a click chooses one.

Main thread, in an ImGui frame. While it is on, a control takes no click of its own: `bindable` goes around it, whatever
it is.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from imgui_bundle import imgui

from app.control import origin
from app.control.actions import spoken
from app.ui import theme, widgets
from app.ui.desk import Desk

BREATH_SECONDS = 1.6
"""A control that is bound to nothing glows and fades in this time."""


@contextmanager
def bindable(desk: Desk, target: str) -> Iterator[None]:
    """Go around one control, the last item inside; in learn mode a click on it chooses `target` to be learned."""
    if not desk.control.mapping:
        yield
        return
    imgui.push_style_var(imgui.StyleVar_.disabled_alpha, 1.0)
    imgui.begin_disabled()
    yield
    imgui.end_disabled()
    imgui.pop_style_var()
    if not imgui.is_item_visible():
        return
    sources = desk.control.sources_of(target)
    _glow(desk, target, sources)
    if imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
        bound = ", ".join(map(origin.readable, sources)) or "not bound yet"
        imgui.set_tooltip(f"{spoken(target)}: {bound}")
        if imgui.is_mouse_clicked(imgui.MouseButton_.left):
            desk.control.learn(target, imgui.get_io().key_shift)


def _glow(desk: Desk, target: str, sources: list[str]) -> None:
    """Draw an outline around the last item, and what it is bound to in its corner."""
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    pen, chosen = imgui.get_window_draw_list(), desk.control.learning == target
    colour = theme.WARM if chosen else theme.COLD
    breath = 0.55 - 0.25 * math.cos(desk.frame.seconds / BREATH_SECONDS * 2 * math.pi)
    shine = 1.0 if chosen or sources else breath
    pen.add_rect_filled(low, high, theme.packed(colour, 0.3 if chosen else 0.14 * shine))
    pen.add_rect(low, high, theme.packed(colour, shine), 0, theme.scaled(3 if chosen else 2 if sources else 1.5))
    if sources:
        imgui.push_font(None, theme.SMALL_PX)
        _tag(pen, low, high, ", ".join(map(origin.short, sources)))
        imgui.pop_font()


def _tag(pen: imgui.ImDrawList, low: imgui.ImVec2, high: imgui.ImVec2, text: str) -> None:
    """Write in the upper left corner; of a flat control the tag lies half above, so that its label can be read."""
    gap = theme.scaled(3)
    size = imgui.calc_text_size(text)
    width = min(size.x, high.x - low.x - 2 * gap)
    top = low.y - (size.y / 2 if high.y - low.y < 3 * size.y else 0)
    pen.add_rect_filled((low.x, top), (low.x + width + 2 * gap, top + size.y), widgets.COLD)
    widgets.fitted(low.x + gap, top, width, text, widgets.ON_BRIGHT)
