"""Own bands in the Look panel: frequencies that this look listens to by themselves. Main thread, inside an ImGui frame.

They lie on the spectrum of what is heard; their edges are dragged there, or set below.
"""

import math
import re

from imgui_bundle import imgui

from app.audio.own_bands import MOST
from app.modulation import sources
from app.params import Param
from app.preset import Band, Preset
from app.ui import theme, widgets
from app.ui.desk import Desk

READY: dict[str, tuple[float, float]] = {
    "sub": (20, 60), "kick": (40, 100), "bass line": (60, 250), "snare": (150, 500),
    "voice": (300, 3400), "claps": (1000, 4000), "hats": (7000, 14_000),
}  # fmt: skip
"""Bands that are often wanted, Hz."""
LOWEST_HZ, HIGHEST_HZ = 20.0, 20_000.0
SHOWN_HZ = (30.0, 16_000.0)
"""What the spectrum covers, in equal ratios (`Features.spectrum`)."""
NARROWEST = 1.1
GAIN = Param("gain", 0.0, -24.0, 24.0, "dB", "Gain")
NEAR_PX = 14
NAME = re.compile(r"\w[\w -]{0,23}")


class Bands:
    """Remembers which edge is held, and the name being typed."""

    def __init__(self) -> None:
        self._held: tuple[str, str] | None = None

    def draw(self, desk: Desk) -> None:
        """Draw all bands of the look, and the list that adds one."""
        bands = desk.preset.bands
        widgets.heading("Own bands")
        if bands:
            self._spectrum(desk)
        for name in list(bands):
            imgui.push_id(name)
            _row(desk, name)
            imgui.pop_id()
        if len(bands) < MOST:
            texts = [(name, f"{name}   {_hz(low)} - {_hz(high)}") for name, (low, high) in READY.items()]
            chosen = widgets.combo("##band", f"{theme.ADD}  Add a band", texts)
            imgui.set_item_tooltip("frequencies that this look listens to by themselves: a source for routes")
            if chosen is not None:
                add(desk.preset, chosen)

    def _spectrum(self, desk: Desk) -> None:
        """Draw the spectrum with the bands on it; a press takes the nearest edge."""
        at, size = imgui.get_cursor_screen_pos(), (imgui.get_content_region_avail().x, theme.scaled(48))
        imgui.invisible_button("##bands", size)
        imgui.set_item_tooltip("drag the edge of a band")
        pen = imgui.get_window_draw_list()
        pen.add_rect_filled(at, (at.x + size[0], at.y + size[1]), widgets.DARK)
        heard = desk.features.spectrum
        step = size[0] / heard.size
        for i, height in enumerate(heard.tolist()):
            foot = at.y + size[1]
            pen.add_rect_filled((at.x + i * step, foot - height * size[1]), (at.x + (i + 0.8) * step, foot), _FAINT)
        for name, band in desk.preset.bands.items():
            left, right = (at.x + size[0] * place_of(hz) for hz in (band.low_hz, band.high_hz))
            level = desk.features.bands.get(name, 0.0)
            pen.add_rect_filled((left, at.y), (right, at.y + size[1]), theme.packed(theme.WARM, 0.12 + 0.3 * level))
            for x in (left, right):
                pen.add_rect_filled((x - 1, at.y), (x + 1, at.y + size[1]), widgets.WARM)
        mouse = imgui.get_mouse_pos().x
        if imgui.is_item_activated():
            self._held = _nearest(desk.preset, (mouse - at.x) / size[0], theme.scaled(NEAR_PX) / size[0])
        if imgui.is_item_active() and self._held is not None and self._held[0] in desk.preset.bands:
            _set_edge(desk.preset.bands[self._held[0]], self._held[1], hz_of((mouse - at.x) / size[0]))


_FAINT = theme.packed(theme.COLD, 0.55)


def place_of(hz: float) -> float:
    """Return where a frequency lies on the spectrum, 0..1."""
    low, high = SHOWN_HZ
    return min(max(math.log(hz / low) / math.log(high / low), 0.0), 1.0)


def hz_of(place: float) -> float:
    """Return the frequency at a place of the spectrum."""
    low, high = SHOWN_HZ
    return float(low * (high / low) ** min(max(place, 0.0), 1.0))


def _nearest(preset: Preset, place: float, reach: float) -> tuple[str, str] | None:
    """Return (band, edge) nearest to a place of the spectrum, None where none is within `reach`."""
    edges = [
        (abs(place_of(getattr(band, edge)) - place), name, edge)
        for name, band in preset.bands.items()
        for edge in ("low_hz", "high_hz")
    ]
    distance, name, edge = min(edges)
    return (name, edge) if distance <= reach else None


def _set_edge(band: Band, edge: str, hz: float) -> None:
    """Move one edge, never past the other."""
    if edge == "low_hz":
        band.low_hz = round(min(max(hz, LOWEST_HZ), band.high_hz / NARROWEST), 1)
    else:
        band.high_hz = round(max(min(hz, HIGHEST_HZ), band.low_hz * NARROWEST), 1)


def add(preset: Preset, name: str) -> None:
    """Add one of the bands that are often wanted, under a name nobody has."""
    low, high = READY[name]
    free = next(text for n in range(MOST + 1) if (text := name if n == 0 else f"{name} {n + 1}") not in preset.bands)
    preset.bands = preset.bands | {free: Band(low_hz=low, high_hz=high)}


def rename(preset: Preset, name: str, wanted: str) -> None:
    """Call a band something else, in its routes too; a name that is taken or is none changes nothing."""
    if not NAME.fullmatch(wanted) or wanted in preset.bands:
        return
    preset.bands = {wanted if own == name else own: band for own, band in preset.bands.items()}
    for route in preset.routes:
        if route.source == sources.band(name):
            route.source = sources.band(wanted)


def remove(preset: Preset, name: str) -> None:
    """Take a band away with the routes that begin at it."""
    preset.bands = {own: band for own, band in preset.bands.items() if own != name}
    preset.routes = [route for route in preset.routes if route.source != sources.band(name)]


def _row(desk: Desk, name: str) -> None:
    """Draw one band: its name, what it hears now, its edges and its gain."""
    band = desk.preset.bands[name]
    width, gap, side = imgui.get_content_region_avail().x, theme.scaled(4), imgui.get_frame_height()
    wide = theme.scaled(108)
    imgui.set_next_item_width(wide)
    entered, wanted = imgui.input_text("##name", name, imgui.InputTextFlags_.enter_returns_true)
    imgui.set_item_tooltip("what routes call it; Enter to rename")
    imgui.same_line(0, gap)
    at = imgui.get_cursor_screen_pos()
    thick = theme.scaled(9)
    imgui.set_cursor_screen_pos((at.x, at.y + (side - thick) / 2))
    widgets.bar(desk.features.bands.get(name, 0.0), (width - wide - side - 2 * gap, thick), widgets.COLD)
    imgui.set_cursor_screen_pos((at.x + width - wide - side - gap, at.y))
    count = sum(route.source == sources.band(name) for route in desk.preset.routes)
    what = f"remove this band{f' and its routes ({count})' if count else ''}"
    removed = widgets.icon_button(theme.REMOVE, "remove", what)
    third = (width - 2 * gap) / 3
    _slide_edge(band, "low_hz", third)
    imgui.same_line(0, gap)
    _slide_edge(band, "high_hz", third)
    imgui.same_line(0, gap)
    imgui.set_next_item_width(third)
    moved = widgets.slider("##gain", GAIN, band.gain_db, text=f"{band.gain_db:+.3g} dB")
    imgui.set_item_tooltip("louder or softer than the automatic gain makes it")
    band.gain_db = band.gain_db if moved is None else moved
    if removed:
        remove(desk.preset, name)
    elif entered:
        rename(desk.preset, name, wanted.strip())


def _slide_edge(band: Band, edge: str, width: float) -> None:
    """Draw a slider over octaves; Ctrl+click types."""
    hz = getattr(band, edge)
    imgui.set_next_item_width(width)
    flags = imgui.SliderFlags_.logarithmic | imgui.SliderFlags_.always_clamp
    changed, moved = imgui.slider_float(f"##{edge}", hz, LOWEST_HZ, HIGHEST_HZ, "", flags)
    if not (imgui.is_item_active() and imgui.get_io().want_text_input):
        octaves = Param("", 0.0, math.log2(LOWEST_HZ), math.log2(HIGHEST_HZ))
        widgets.face(octaves, math.log2(hz), None, _hz(hz))
    imgui.set_item_tooltip(f"{'from' if edge == 'low_hz' else 'to'} {hz:.0f} Hz")
    if changed:
        _set_edge(band, edge, float(moved))


def _hz(hz: float) -> str:
    return f"{hz / 1000:.3g} kHz" if hz >= 1000 else f"{hz:.0f} Hz"
