"""The strip along the top: what is on air, what holds it, the level, the frame rate.

Main thread, inside an ImGui frame. Its four big switches say at a glance why a picture does not move.
"""

from imgui_bundle import imgui

from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import badges
from app.ui.panels.sound import level_colour, level_share
from app.ui.view import View

HEIGHT_PX = 44
NAME_PX, SHORT_NAME_PX = 300, 130
"""Room for the name, in a window at least `WIDE_PX` wide and in a smaller one; below `NARROW_PX` no readings either."""
WIDE_PX, NARROW_PX, READINGS_PX = 1180, 1010, 254
LEAST_PX = 30
"""Less room than this, and the style's name is left out."""
REFRESH_SECONDS = 0.25


class Strip:
    """Drawn above all panels, always there while panels are."""

    def __init__(self) -> None:
        self._fps = ""
        self._fps_seconds = -1.0

    def draw(self, desk: Desk, view: View) -> None:
        """Draw the strip's contents in its window."""
        room = imgui.get_window_size().y
        imgui.set_cursor_pos_y((room - imgui.get_frame_height()) / 2)
        width = imgui.get_window_size().x
        left = theme.scaled(NAME_PX if width >= theme.scaled(WIDE_PX) else SHORT_NAME_PX)
        _name(desk, left - theme.scaled(20))
        self._switches(desk, left)
        said, free = list(badges.current(desk)), width - (imgui.get_item_rect_max().x - imgui.get_window_pos().x)
        readings = theme.scaled(READINGS_PX)
        if width < theme.scaled(NARROW_PX) or badges.room(said) > free - readings:  # what is wrong goes before figures
            badges.draw(said, width)
        else:
            badges.draw(said, width - readings)
            self._readings(desk, view)

    def _switches(self, desk: Desk, left: float) -> None:
        size = (theme.scaled(104), 0)
        imgui.same_line(left)
        with learn.bindable(desk, "hold"):
            if widgets.toggle(f"{theme.LOCK}  HOLD", desk.looks.held, size=size):
                desk.looks.held = not desk.looks.held
        imgui.set_item_tooltip("keep this look (Space)")
        imgui.same_line()
        with learn.bindable(desk, "freeze"):
            if widgets.toggle(f"{theme.FREEZE}  FREEZE", desk.frozen, theme.COLD, size):
                desk.frozen = not desk.frozen
        imgui.set_item_tooltip("stop the picture (.)")
        imgui.same_line()
        with learn.bindable(desk, "blackout"):
            if widgets.toggle(f"{theme.BLACKOUT}  BLACK", desk.blackout, theme.BAD, size):
                desk.blackout = not desk.blackout
        imgui.set_item_tooltip("blackout (B)")
        imgui.same_line()
        running = desk.recording
        text = f"{theme.RECORD}  {_clock(running.seconds) if running else 'REC'}##record"
        with learn.bindable(desk, "record"):
            if widgets.toggle(text, running is not None, theme.BAD, size):
                desk.toggle_record()
        imgui.set_item_tooltip("record picture and sound (F9)")

    def _readings(self, desk: Desk, view: View) -> None:
        heard = desk.features
        if not 0 <= desk.frame.seconds - self._fps_seconds < REFRESH_SECONDS:
            self._fps_seconds, self._fps = desk.frame.seconds, f"{desk.stats.measured_fps:.0f} fps"
        x = imgui.get_window_size().x - theme.scaled(READINGS_PX)
        _middle(x, theme.scaled(10))
        widgets.bar(level_share(heard.level_dbfs), (theme.scaled(90), theme.scaled(10)), level_colour(heard.level_dbfs))
        imgui.set_item_tooltip(f"{heard.level_dbfs:.0f} dB")
        _text_at(x + theme.scaled(106), self._fps)
        _middle(x + theme.scaled(174), imgui.get_frame_height())
        if imgui.button(f"{theme.KEYBOARD} F1", (theme.scaled(64), 0)):
            view.toggle_key_card()
        imgui.set_item_tooltip("all keys")


def _name(desk: Desk, width: float) -> None:
    """Write the look's name large, the style's beside it, cut where the switches begin."""
    at, look = imgui.get_cursor_screen_pos(), widgets.spoken(desk.preset.name)
    imgui.push_font(None, theme.BIG_PX)
    widgets.fitted(at.x, at.y, width, look, widgets.TEXT)
    left = imgui.calc_text_size(look).x + imgui.get_style().item_spacing.x
    imgui.pop_font()
    if left < width - theme.scaled(LEAST_PX):
        y = at.y + imgui.get_style().frame_padding.y
        widgets.fitted(at.x + left, y, width - left, widgets.spoken(desk.style_on_air), widgets.QUIET)
    imgui.dummy((width, imgui.get_frame_height()))
    imgui.set_item_tooltip(f"look {look}, style {widgets.spoken(desk.style_on_air)}")


def _middle(x: float, height: float) -> None:
    """Stay on the line, go to `x`, and centre something `height` tall."""
    imgui.same_line(x)
    imgui.set_cursor_pos_y((imgui.get_window_size().y - height) / 2)


def _text_at(x: float, text: str) -> None:
    _middle(x, imgui.get_frame_height())
    imgui.align_text_to_frame_padding()
    imgui.text_unformatted(text)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
