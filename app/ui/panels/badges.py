"""Badges of the strip: what a performer must not have to look for, above all why a picture is dark or held back.

Main thread, inside an ImGui frame. The gravest comes first; what finds no room is counted in the last.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imgui_bundle import imgui

from app.params import PARAMS
from app.ui import theme
from app.ui.desk import Desk
from app.ui.theme import Colour

FLASH_SHOWN = 0.02
"""From here on the limiter's work is worth a word."""
DARK = 0.02
"""So little light of the master fader counts as none."""
GAP_PX = 10


class Badge(NamedTuple):
    """A few words, in a colour, and the whole story."""

    text: str
    colour: Colour
    tip: str


def current(desk: Desk) -> Iterator[Badge]:
    """Yield what is to be said now, the gravest first."""
    display, fader = desk.outlets.display, desk.outlets.master.fader
    if display is not None and display.waiting:
        yield Badge("NO DISPLAY", theme.BAD, f"the output waits for {display.wanted} (Displays panel)")
    if fader < DARK:
        yield Badge("MASTER 0%", theme.BAD, "the master fader is down: every output is black (Output panel)")
    if display is not None and display.test_pattern and display.on is not None:
        yield Badge("TEST PATTERN", theme.BAD, "the clean output shows it instead of the picture (Displays panel)")
    if desk.flash_mode == "off":
        yield Badge("FLASHES FREE", theme.BAD, "flashes are not limited; they can set off seizures (Output panel)")
    if desk.preset.value(PARAMS["brightness"]) < DARK:
        yield Badge("BRIGHTNESS 0", theme.BAD, "this look's brightness is down (Look panel); Ctrl+Z takes an edit back")
    if DARK <= fader < 1:
        yield Badge(f"MASTER {min(fader, 0.99):.0%}", theme.WARM, "the master fader dims every output (Output panel)")
    if desk.flash_acting > FLASH_SHOWN:
        yield Badge("FLASH", theme.WARM, "flashes are held back (Output panel)")


def room(badges: Sequence[Badge]) -> float:
    """Return how wide all of them are together, in pixels."""
    return sum(_width(badge.text) + theme.scaled(GAP_PX) for badge in badges)


def draw(badges: Sequence[Badge], right: float) -> None:
    """Draw badges after the last item, as far as `right` in the window's coordinates."""
    left = badges
    while left:
        badge, rest = left[0], left[1:]
        more = f"  +{len(rest)}"
        imgui.same_line(0, theme.scaled(GAP_PX))
        free = right - imgui.get_cursor_pos_x()
        if rest and _width(badge.text) + _width(rest[0].text) + theme.scaled(GAP_PX) + _width(more) > free:
            _one(badge._replace(text=badge.text + more, tip="\n".join(own.tip for own in left)))
            return
        _one(badge)
        left = rest


def _width(text: str) -> float:
    return imgui.calc_text_size(f"{theme.WARNING} {text}").x


def _one(badge: Badge) -> None:
    imgui.align_text_to_frame_padding()
    imgui.push_style_color(imgui.Col_.text, badge.colour)
    imgui.text_unformatted(f"{theme.WARNING} {badge.text}")
    imgui.pop_style_color()
    imgui.set_item_tooltip(badge.tip)
