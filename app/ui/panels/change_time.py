"""The length of a crossfade, beside the looks (it rules the next change) and in the Decks panel (a look's own offer).

Main thread, inside an ImGui frame.
"""

from imgui_bundle import imgui

from app.change_time import ChangeTime, Unit
from app.control.look_actions import CROSSFADE, CROSSFADE_BARS
from app.tempo.beat import BAR
from app.ui import learn, theme, widgets
from app.ui.desk import Desk

UNIT_PX = 44
NAMES: dict[Unit, str] = {"own": "own", "seconds": "sec", "bars": "bars"}
UNIT_TIP = (
    "how long the next change takes:\nown: as the look that comes says (Decks panel)\n"
    "sec, bars: as set here, for every look; 0 s is a cut\nShift+N, Shift+click: a cut, this once"
)


def draw_shows(desk: Desk) -> None:
    """Draw what rules the next change; a hand on the slider takes over from the looks' own times."""
    ruling = desk.change_time
    if imgui.button(f"{NAMES[ruling.unit]}##unit", (theme.scaled(UNIT_PX), 0)):
        ruling.next_unit()
    imgui.set_item_tooltip(UNIT_TIP)
    imgui.same_line(0, theme.scaled(4))
    imgui.set_next_item_width(-1)
    if ruling.unit == "bars":
        with learn.bindable(desk, CROSSFADE_BARS.name):
            moved = widgets.slider("##crossfade", CROSSFADE_BARS, ruling.beats / BAR)
        if moved is not None:
            ruling.choose_bars(moved)
    else:
        seconds = 0.0 if ruling.unit == "own" else ruling.seconds
        with learn.bindable(desk, CROSSFADE.name):
            moved = widgets.slider("##crossfade", CROSSFADE, seconds, text=_told(ruling))
        if moved is not None:
            ruling.choose_seconds(moved)
    imgui.set_item_tooltip("how long the next change takes; 0 s is a cut")
    _progress(desk.fade)


def _told(ruling: ChangeTime) -> str:
    """Return what the slider says where its number alone would not do."""
    if ruling.unit == "own":
        return "look's fade"
    return "" if ruling.seconds else "cut"


def draw_own(desk: Desk, label_px: float) -> None:
    """Draw how long the look on air takes to come, where the show leaves that to the looks."""
    preset = desk.preset
    in_bars = preset.crossfade_beats > 0
    widgets.row_label("Comes in", label_px)
    if imgui.button("bars##own unit" if in_bars else "sec##own unit", (theme.scaled(UNIT_PX), 0)):
        preset.crossfade_beats = 0.0 if in_bars else BAR
    imgui.set_item_tooltip("in seconds, or in bars of the music")
    imgui.same_line(0, theme.scaled(4))
    imgui.set_next_item_width(-1)
    param, value = (CROSSFADE_BARS, preset.crossfade_beats / BAR) if in_bars else (CROSSFADE, preset.crossfade_seconds)
    moved = widgets.slider("##own crossfade", param, value)
    imgui.set_item_tooltip("how long this look takes to come, while the time beside the looks says 'own'")
    if moved is not None and in_bars:
        preset.crossfade_beats = max(round(moved * BAR), 1)  # whole beats
    elif moved is not None:
        preset.crossfade_seconds = moved


def _progress(fade: float) -> None:
    """Draw how far a running change has come along the lower edge of the last item."""
    if fade < 1:
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        end = (low.x + (high.x - low.x) * fade, high.y)
        imgui.get_window_draw_list().add_rect_filled((low.x, high.y - theme.scaled(4)), end, widgets.COLD)
