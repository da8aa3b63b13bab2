"""Controls that several panels share: sliders that show what music does to them, bars, lamps, toggles, tiles.

Main thread, inside an ImGui frame. They return what a person did; panels write it into the preset.
"""

from collections.abc import Callable, Iterable, Sequence

from imgui_bundle import imgui

from app.params import Param
from app.ui import theme
from app.ui.theme import Colour

FINE = 0.1
"""With Shift held, a slider moves at this share of its speed."""
NOTCH = 0.01
"""One notch of the wheel moves a slider by this share of its range."""
TILE_PX = (112.0, 63.0)
TIP_PX = 520
_UNITS = {"x": " ×", "deg": "°", "deg/s": " °/s", "": ""}


def number_format(param: Param) -> str:
    """Return the printf format that shows a value of `param` with its unit."""
    digits = 0 if param.kind == "long" or param.high - param.low >= 100 else 2
    unit = _UNITS.get(param.unit, f" {param.unit}").replace("%", "%%")
    return f"%.{digits}f{unit}"


def title_of(param: Param) -> str:
    """Return the name a person reads."""
    return param.label or param.name.partition(".")[2] or param.name


def slider(label: str, param: Param, value: float, now: float | None = None, text: str = "") -> float | None:
    """Draw a slider as wide as the next item width; return the new value, or None if untouched.

    Ctrl+click types, double-click resets, Shift moves finely, Ctrl+wheel by steps. `now` is the value after modulation,
    shown as a thin bar; `text` is shown instead of the number.
    """
    imgui.push_style_var(imgui.StyleVar_.grab_min_size, 1)  # the value then lies under the mouse
    changed, moved = imgui.slider_float(label, value, param.low, param.high, "", imgui.SliderFlags_.always_clamp)
    imgui.pop_style_var()
    active = imgui.is_item_active()
    if not (active and imgui.get_io().want_text_input):
        face(param, value, now, text or number_format(param) % value)
    if imgui.is_mouse_double_clicked(imgui.MouseButton_.left) and imgui.is_item_hovered():
        imgui.internal.clear_active_id()  # else the held mouse would move the value off its default again
        return param.default
    if (wheeled := wheel(param, value)) is not None:
        return wheeled
    if active and imgui.get_io().key_shift and not imgui.get_io().want_text_input:
        width = imgui.get_item_rect_size().x
        step = imgui.get_io().mouse_delta.x / width * (param.high - param.low) * FINE
        return param.clamp(value + step) if step else None
    return float(moved) if changed else None


def wheel(param: Param, value: float) -> float | None:
    """Return where the wheel leads the last item's value: only with Ctrl, as the wheel alone scrolls the panel."""
    io = imgui.get_io()
    turned = io.mouse_wheel or io.mouse_wheel_h  # Shift makes it the other one on some systems
    if not (turned and io.key_ctrl and imgui.is_item_hovered()):
        return None
    step = (param.high - param.low) * NOTCH * (FINE if io.key_shift else 1.0)
    return param.clamp(value + turned * max(step, 1.0 if param.kind == "long" else 0.0))


def face(param: Param, value: float, now: float | None, text: str) -> None:
    """Draw the last item as a well filled up to the value, from zero where the range has two sides.

    The text is at the right end, where numbers line up and the edge of the filling seldom runs through them.
    """
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    left, top, right, bottom = low.x, low.y, high.x, high.y
    reach = (right - left) / max(param.high - param.low, 1e-9)
    at = left + reach * (param.clamp(value) - param.low)
    rest = left + reach * (max(param.low, 0.0) - param.low)
    pen = imgui.get_window_draw_list()
    pen.add_rect_filled((min(at, rest), top), (max(at, rest), bottom), FILLED)
    edge = min(max(at - 1.5, left), right - 3)
    pen.add_rect_filled((edge, top), (edge + 3, bottom), WARM)
    if now is not None and now != value:
        there = left + reach * (param.clamp(now) - param.low)
        pen.add_rect_filled((min(at, there), bottom - theme.scaled(4)), (max(at, there), bottom), COLD)
    size = imgui.calc_text_size(text)
    pen.add_text((right - size.x - theme.scaled(7), (top + bottom - size.y) / 2), TEXT, text)


def span(
    param: Param, base: float, added: float, limits: tuple[float | None, float | None], size: tuple[float, float]
) -> None:
    """Draw a parameter's range with the value that was set (upright) and what is added to it now, from there.

    With `limits` (None = the range's end) the part outside them stays dark.
    """
    at, (width, height) = imgui.get_cursor_screen_pos(), size

    def x_of(value: float) -> float:
        return at.x + width * (param.clamp(value) - param.low) / max(param.high - param.low, 1e-9)

    low, high = limits
    pen = imgui.get_window_draw_list()
    pen.add_rect_filled(at, (at.x + width, at.y + height), DARK)
    left, right = x_of(param.low if low is None else low), x_of(param.high if high is None else high)
    pen.add_rect_filled((left, at.y), (right, at.y + height), RAISED)
    start, end = sorted((x_of(base), x_of(base + added)))
    if end - start >= 1:
        pen.add_rect_filled((start, at.y), (end, at.y + height), COLD)
    pen.add_rect_filled((x_of(base) - 1, at.y), (x_of(base) + 1, at.y + height), WARM)
    imgui.dummy(size)


def fitted(x: float, y: float, width: float, text: str, colour: int) -> bool:
    """Write one line at a place of the screen, with an ellipsis where it is longer than `width`; return whether so."""
    size, pen = imgui.calc_text_size(text), imgui.get_window_draw_list()
    if size.x <= width:
        pen.add_text((x, y), colour, text)
        return False
    imgui.push_style_color(imgui.Col_.text, colour)
    end = imgui.ImVec2(x + width, y + size.y)
    imgui.internal.render_text_ellipsis(pen, imgui.ImVec2(x, y), end, end.x, text, size)
    imgui.pop_style_color()
    return True


def line(text: str, colour: int) -> None:
    """Write one line into the room that is left; the whole of one that is too long is its tooltip."""
    at, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    offset = imgui.internal.get_current_window().dc.curr_line_text_base_offset
    cut = fitted(at.x, at.y + offset, width, text, colour)
    imgui.dummy((width, imgui.get_text_line_height()))
    if cut and imgui.begin_item_tooltip():
        imgui.push_text_wrap_pos(theme.scaled(TIP_PX))
        imgui.text_unformatted(text)
        imgui.pop_text_wrap_pos()
        imgui.end_tooltip()


def row_label(text: str, width: float) -> None:
    """Write a label and leave the cursor `width` pixels to its right, on the same line; long text is cut."""
    start = imgui.get_cursor_screen_pos()
    colour = imgui.get_color_u32(imgui.Col_.text)
    cut = fitted(start.x, start.y + imgui.get_style().frame_padding.y, width - theme.scaled(4), text, colour)
    imgui.dummy((width, imgui.get_frame_height()))
    if cut:
        imgui.set_item_tooltip(text)
    imgui.same_line(0, 0)
    imgui.set_cursor_screen_pos((start.x + width, start.y))


def bar(share: float, size: tuple[float, float], colour: int, mark: float | None = None) -> None:
    """Draw a horizontal level 0..1 in a dark well; `mark` 0..1 is a thin upright line."""
    at = imgui.get_cursor_screen_pos()
    width, height = size
    pen = imgui.get_window_draw_list()
    pen.add_rect_filled(at, (at.x + width, at.y + height), DARK)
    filled = width * min(max(share, 0.0), 1.0)
    if filled >= 1:
        pen.add_rect_filled(at, (at.x + filled, at.y + height), colour)
    if mark is not None:
        x = at.x + width * min(max(mark, 0.0), 1.0)
        pen.add_rect_filled((x - 1, at.y), (x + 1, at.y + height), TEXT)
    imgui.dummy(size)


def lamps(lit: int, glow: float, side: float, count: int = 4) -> None:
    """Draw `count` square lamps; number `lit` shines with `glow` 0..1."""
    at = imgui.get_cursor_screen_pos()
    pen = imgui.get_window_draw_list()
    gap = side * 0.35
    for i in range(count):
        x = at.x + i * (side + gap)
        pen.add_rect_filled((x, at.y), (x + side, at.y + side), RAISED)
        if i == lit and glow > 0.02:
            pen.add_rect_filled((x, at.y), (x + side, at.y + side), theme.packed(theme.WARM, glow))
    imgui.dummy((count * side + (count - 1) * gap, side))


_TOGGLE_SHADES = ((imgui.Col_.button, 1.0), (imgui.Col_.button_hovered, 0.92), (imgui.Col_.button_active, 0.8))


def toggle(label: str, on: bool, colour: Colour = theme.WARM, size: tuple[float, float] = (0, 0)) -> bool:
    """Draw a button that is bright while `on`; return whether it was clicked."""
    if on:
        for part, shade in _TOGGLE_SHADES:
            imgui.push_style_color(part, (colour[0] * shade, colour[1] * shade, colour[2] * shade, 1.0))
        imgui.push_style_color(imgui.Col_.text, theme.ON_BRIGHT)
    clicked = bool(imgui.button(label, size))
    if on:
        imgui.pop_style_color(4)
    return clicked


def icon_button(icon: str, name: str, tip: str, enabled: bool = True) -> bool:
    """Draw a square button with an icon; `name` makes it unique."""
    side = imgui.get_frame_height()
    imgui.begin_disabled(not enabled)
    imgui.push_style_var(imgui.StyleVar_.frame_padding, (0, imgui.get_style().frame_padding.y))
    clicked = bool(imgui.button(f"{icon}##{name}", (side, side)))
    imgui.pop_style_var()
    imgui.end_disabled()
    imgui.set_item_tooltip(tip)
    return clicked


def combo(label: str, current: str, choices: Iterable[tuple[str, str]], width: float = -1) -> str | None:
    """Draw a list to choose from, as (key, what is read); return the key that was chosen, or None."""
    chosen = None
    imgui.set_next_item_width(width)
    if imgui.begin_combo(label, current, imgui.ComboFlags_.height_large):
        for key, text in choices:
            if imgui.selectable(f"{text}##{key}", text == current)[0]:
                chosen = key
        imgui.end_combo()
    return chosen


def searched_combo(
    label: str, preview: str, sought: str, choices: Iterable[tuple[str, str]], width: float = -1
) -> tuple[str, str | None]:
    """Draw a long list with a search field, as (key, ImGui label); return what is sought and the key chosen or None.

    Enter in the field takes the first that is found.
    """
    chosen = None
    imgui.set_next_item_width(width)
    if imgui.begin_combo(label, preview, imgui.ComboFlags_.height_largest):
        if imgui.is_window_appearing():
            sought = ""
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1)
        on_enter = imgui.InputTextFlags_.enter_returns_true
        entered, sought = imgui.input_text_with_hint("##find", "search", sought, on_enter)
        found = [(key, text) for key, text in choices if sought.lower() in text.partition("##")[0].lower()]
        for key, text in found:
            if imgui.selectable(text, False)[0]:
                chosen = key
        if entered and sought and found:
            chosen = found[0][0]
            imgui.close_current_popup()
        imgui.end_combo()
    return sought, chosen


def spoken(name: str) -> str:
    """Return a file's name as a person would say it."""
    return name.replace("_", " ")


def tile(
    name: str, width: float, picture: Callable[[str], int], current: bool, note: str = "", icons: str = ""
) -> bool:
    """Draw one thumbnail with its name; return whether it was clicked.

    A bright border while `current`, a cold one with a `note` ("next", a place in the queue), `icons` in the upper right
    corner. `picture` gives the texture for the name; it is asked only for tiles that can be seen.
    """
    clicked = bool(imgui.invisible_button(name, (width, width * TILE_PX[1] / TILE_PX[0])))
    if not imgui.is_item_visible():
        return clicked
    hovered = imgui.is_item_hovered()
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    pen = imgui.get_window_draw_list()
    if texture := picture(name):
        pen.add_image(imgui.ImTextureRef(texture), low, high, (0, 1), (1, 0))
    else:
        pen.add_rect_filled(low, high, RAISED)
    _tile_name(pen, low, high, spoken(name), WARM if current else TEXT)
    if icons:
        _tag(pen, high.x - imgui.calc_text_size(icons).x - theme.scaled(8), low.y, icons, LABEL, WARM)
    if note:
        _tag(pen, low.x, low.y, note, COLD, ON_BRIGHT)
    if current or hovered or note:
        edge = WARM if current else COLD if note else QUIET
        pen.add_rect(low, high, edge, 0, theme.scaled(1.5 if edge == QUIET else 3))
    return clicked


def _tile_name(pen: imgui.ImDrawList, low: imgui.ImVec2, high: imgui.ImVec2, text: str, colour: int) -> None:
    """Write a name along the lower edge of a tile, where the tile is tall enough for one."""
    line = imgui.get_text_line_height()
    if high.y - low.y < 2 * line:
        return
    pen.add_rect_filled((low.x, high.y - line - 2), high, LABEL)
    gap = theme.scaled(5)
    fitted(low.x + gap, high.y - line - 1, high.x - low.x - 2 * gap, text, colour)


def _tag(pen: imgui.ImDrawList, x: float, y: float, text: str, ground: int, colour: int) -> None:
    """Write a few signs on a ground of their own, the upper left corner at (x, y)."""
    size = imgui.calc_text_size(text)
    pen.add_rect_filled((x, y), (x + size.x + theme.scaled(8), y + size.y + 2), ground)
    pen.add_text((x + theme.scaled(4), y + 1), colour, text)


def dropped(kind: str, place: int, title: str) -> int | None:
    """Let the last item be dragged to others of its `kind`; return the place of one that was dropped on it."""
    found = None
    if imgui.begin_drag_drop_source():
        imgui.set_drag_drop_payload_py_id(kind, place)
        imgui.text_unformatted(title)
        imgui.end_drag_drop_source()
    if imgui.begin_drag_drop_target():
        payload = imgui.accept_drag_drop_payload_py_id(kind)
        found = int(payload.data_id) if payload is not None else None
        imgui.end_drag_drop_target()
    return found


def moved(items: Sequence[str], place: int, to: int) -> list[str]:
    """Return the items with the one at `place` taken out and put in at `to`."""
    rest = [item for i, item in enumerate(items) if i != place]
    return [*rest[:to], items[place], *rest[to:]]


def heading(text: str) -> None:
    """Write a quiet title above a group."""
    imgui.push_style_color(imgui.Col_.text, theme.QUIET)
    imgui.separator_text(text)
    imgui.pop_style_color()


def quiet(text: str) -> None:
    """Write text of second importance."""
    imgui.push_style_color(imgui.Col_.text, theme.QUIET)
    imgui.text_unformatted(text)
    imgui.pop_style_color()


DARK, RAISED, TEXT, QUIET = (theme.packed(c) for c in (theme.DARK, theme.RAISED, theme.TEXT, theme.QUIET))
WARM, COLD, GOOD, BAD = (theme.packed(c) for c in (theme.WARM, theme.COLD, theme.GOOD, theme.BAD))
FILLED = theme.packed(theme.WARM_DIM, 0.75)
LABEL = theme.packed(theme.DARK, 0.72)
ON_BRIGHT = theme.packed(theme.ON_BRIGHT)
