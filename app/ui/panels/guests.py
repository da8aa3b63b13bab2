"""The remote's part of the Control panel: the switch, how a phone gets in, and who is connected.

Main thread, inside an ImGui frame.
"""

import functools
from typing import TYPE_CHECKING

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk

if TYPE_CHECKING:
    from app.control.remote.guest import Guest

USUAL_PORT = 8080
ADDRESS_SECONDS = 3.0
"""The computer's address is looked up this often: it changes with the network."""
CODE_PX = 220
QUIET_MODULES = 4
"""Light border of a QR code, in modules (ISO/IEC 18004)."""
WHITE, BLACK = 0xFFFFFFFF, 0xFF000000


class Guests:
    """Remembers the port that was typed, and the address for a while."""

    def __init__(self) -> None:
        self._port = USUAL_PORT
        self._url = ""
        self._next_look_seconds = 0.0

    def draw(self, desk: Desk) -> None:
        """Draw the switch, and while it is on the address, the PIN and the guests."""
        hub = desk.control
        changed, on = imgui.checkbox("Web remote on port", hub.remote is not None)
        imgui.set_item_tooltip("a page for phones on the local network: looks, macros, tempo, blackout")
        imgui.same_line()
        imgui.set_next_item_width(theme.scaled(76))
        self._port = hub.remote.port if hub.remote is not None else self._port
        edited, port = imgui.input_int("##remote", self._port, 0, 0, imgui.InputTextFlags_.enter_returns_true)
        if edited:
            self._port = min(max(port, 1024), 65535)
        if changed or (edited and hub.remote is not None):
            hub.serve(self._port if on else 0)
            self._next_look_seconds = 0.0
        if hub.remote is not None:
            self._way_in(desk)
            self._who(desk)

    def _way_in(self, desk: Desk) -> None:
        """Draw the address, the PIN, and the code that has both."""
        remote = desk.control.remote
        assert remote is not None
        now = desk.frame.seconds
        if now >= self._next_look_seconds or not self._url:
            self._url, self._next_look_seconds = remote.url, now + ADDRESS_SECONDS
        if remote.problem:
            widgets.quiet(remote.problem)
            return
        imgui.text_unformatted(f"{self._url}   PIN {remote.door.pin}")
        imgui.set_item_tooltip("open this on the phone; nothing is encrypted, so use a network you trust")
        if imgui.button("Show code", (-1, 0)):
            imgui.open_popup("code")
        imgui.set_item_tooltip("scan it with the phone's camera")
        if imgui.begin_popup("code"):
            _code(f"{self._url}/#{remote.door.pin}")
            imgui.end_popup()

    def _who(self, desk: Desk) -> None:
        """Draw one line per guest with a button that shows it out."""
        remote = desk.control.remote
        assert remote is not None
        guests = remote.guests
        tries = f"   {remote.door.wrong} wrong PINs" if remote.door.wrong else ""
        refused = f"   {remote.refused} refused" if remote.refused else ""
        widgets.quiet(f"{len(guests) or 'nobody'} connected{tries}{refused}")
        for guest in guests:
            imgui.push_id(f"{id(guest)}")
            if _row(guest, desk.frame.seconds):
                remote.show_out(guest)
            imgui.pop_id()


def _row(guest: "Guest", now: float) -> bool:
    """Draw one guest; return whether it is to go."""
    minutes, seconds = divmod(int(now - guest.since_seconds), 60)
    side = imgui.get_frame_height()
    width = imgui.get_content_region_avail().x - side
    widgets.row_label(f"{guest.device}  {guest.address}  {minutes}:{seconds:02d}", width)
    return widgets.icon_button(theme.REMOVE, "show out", "disconnect; it needs the PIN to come back")


@functools.lru_cache(maxsize=1)
def _modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the QR code of a text, True = dark."""
    import segno

    return tuple(tuple(bool(dark) for dark in row) for row in segno.make_qr(text).matrix)


def _code(text: str) -> None:
    """Draw a QR code."""
    rows = _modules(text)
    side = theme.scaled(CODE_PX)
    step = side / (len(rows) + 2 * QUIET_MODULES)
    at = imgui.get_cursor_screen_pos()
    pen = imgui.get_window_draw_list()
    pen.add_rect_filled(at, (at.x + side, at.y + side), WHITE)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                left, top = at.x + (x + QUIET_MODULES) * step, at.y + (y + QUIET_MODULES) * step
                pen.add_rect_filled((left, top), (left + step, top + step), BLACK)
    imgui.dummy((side, side))
