"""The Sound panel: what is listened to, how loud it is, and what is heard in it. Main thread, inside an ImGui frame."""

from dataclasses import replace
from pathlib import Path

from imgui_bundle import imgui

from app.audio.features import FEATURES
from app.audio.source import SourceChoice
from app.params import Param
from app.ui import theme, widgets
from app.ui.desk import Desk, Playback
from app.ui.panels.sources import SourceList
from app.ui.view import View

FLOOR_DB = -60.0
GAIN = Param("gain", 0.0, -24.0, 24.0, "dB", "Gain")


class Sound:
    """Source picker, transport, level, spectrum, the nine features, tempo."""

    def __init__(self) -> None:
        self._sources = SourceList()
        self._path = ""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        self._sources.draw(desk)
        self._file_row(desk)
        if desk.source_choice.kind == "device":
            self._device_rows(desk)
        if desk.playback is not None:
            _transport(desk.playback)
        widgets.quiet(desk.source.status)
        _level(desk)
        _spectrum(desk)
        _tempo(desk)
        _features(desk)

    def _file_row(self, desk: Desk) -> None:
        imgui.set_next_item_width(-theme.scaled(62))
        entered, self._path = imgui.input_text_with_hint(
            "##path", "sound file, or drop one here", self._path, imgui.InputTextFlags_.enter_returns_true
        )
        imgui.set_item_tooltip("path of a sound file; Enter opens it")
        imgui.same_line()
        opened = imgui.button("Open", (-1, 0))
        imgui.set_item_tooltip("play the file named here")
        if (opened or entered) and self._path.strip():
            file = Path(self._path.strip().strip("\"'")).expanduser()
            desk.choose_source(replace(desk.source_choice, kind="file", file=file))

    def _device_rows(self, desk: Desk) -> None:
        choice = desk.source_choice
        widgets.row_label("Gain", theme.scaled(70))
        imgui.set_next_item_width(-1)
        moved = widgets.slider("##gain", GAIN, choice.gain_db)
        if moved is not None:
            desk.choose_gain(moved)
        _channels(desk, choice, self._sources.channels_of(choice.device))


def _tempo(desk: Desk) -> None:
    """Show the tempo that is heard, and how sure it is; the beat that is followed is in the tempo bar."""
    heard = desk.features
    imgui.text_unformatted(f"{heard.tempo_bpm:5.1f} BPM heard" if heard.tempo_bpm else "--- BPM")
    imgui.same_line(theme.scaled(130))
    imgui.set_cursor_pos_y(imgui.get_cursor_pos_y() + (imgui.get_text_line_height() - theme.scaled(6)) / 2)
    widgets.bar(
        heard.tempo_confidence, (imgui.get_content_region_avail().x, theme.scaled(6)), theme.packed(theme.QUIET)
    )
    imgui.set_item_tooltip(f"sure of the tempo: {heard.tempo_confidence:.0%}")


def _channels(desk: Desk, choice: SourceChoice, count: int) -> None:
    if count <= 2:
        return
    pairs = [(i, i + 1) for i in range(0, count - 1, 2)]
    options: dict[str, tuple[int, ...]] = {f"{a + 1} + {b + 1}": (a, b) for a, b in pairs}
    options |= {f"{i + 1} alone": (i,) for i in range(count)}
    current = next((text for text, channels in options.items() if channels == (choice.channels or (0, 1))), "")
    widgets.row_label("Inputs", theme.scaled(70))
    chosen = widgets.combo("##channels", current, ((text, text) for text in options))
    if chosen is not None:
        desk.choose_source(replace(choice, channels=options[chosen]))


def _transport(playback: Playback) -> None:
    if widgets.icon_button(theme.PLAY if playback.paused else theme.PAUSE, "play", "play or pause"):
        playback.play() if playback.paused else playback.pause()
    imgui.same_line()
    place, duration = playback.position_seconds, max(playback.duration_seconds, 1e-3)
    side = imgui.get_frame_height()
    imgui.set_next_item_width(-(side + imgui.get_style().item_spacing.x))
    moved = widgets.slider(
        "##seek", Param("place", 0.0, 0.0, duration), place, text=f"{_clock(place)} / {_clock(duration)}"
    )
    imgui.set_item_tooltip("where it plays; drag to go elsewhere")
    if moved is not None:
        playback.seek(moved)
    imgui.same_line()
    if widgets.toggle(f"{theme.LOOP}##loop", playback.loop, size=(side, side)):
        playback.loop = not playback.loop
    imgui.set_item_tooltip("begin again at the end")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _level(desk: Desk) -> None:
    heard = desk.features
    width = imgui.get_content_region_avail().x
    text = f"{heard.level_dbfs:.0f} dB" if heard.level_dbfs > FLOOR_DB else "silent"
    text_width = theme.scaled(56)
    at = imgui.get_cursor_pos()
    imgui.set_cursor_pos_y(at.y + (imgui.get_text_line_height() - theme.scaled(10)) / 2)
    widgets.bar(level_share(heard.level_dbfs), (width - text_width, theme.scaled(10)), level_colour(heard.level_dbfs))
    imgui.same_line(0, 0)
    imgui.set_cursor_pos((at.x + width - imgui.calc_text_size(text).x, at.y))
    imgui.text_unformatted(text)
    if imgui.is_item_hovered():
        gate = "" if heard.gate_open else ", too quiet to follow"
        imgui.set_tooltip(f"automatic gain {heard.gain_db:+.1f} dB{gate}")


def level_share(dbfs: float) -> float:
    """Return 0..1 for a level from -60 dBFS to full scale."""
    return min(max(1 - dbfs / FLOOR_DB, 0.0), 1.0)


def level_colour(dbfs: float) -> int:
    """Return green, amber from -9 dBFS, red from -1 dBFS."""
    return widgets.BAD if dbfs > -1 else widgets.WARM if dbfs > -9 else widgets.GOOD


def _spectrum(desk: Desk) -> None:
    imgui.push_style_color(imgui.Col_.frame_bg, theme.DARK)
    imgui.push_style_var(imgui.StyleVar_.frame_padding, (2, 2))
    size = (imgui.get_content_region_avail().x, theme.scaled(38))
    imgui.plot_histogram("##spectrum", desk.features.spectrum, 0, None, 0.0, 1.0, size)
    imgui.pop_style_var()
    imgui.pop_style_color()


def _features(desk: Desk) -> None:
    """Nine bars in a compact column: what the network is given."""
    at, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    imgui.push_font(None, theme.SMALL_PX)
    line, thickness = imgui.get_text_line_height(), theme.scaled(9)
    left, right, y = at.x + theme.scaled(78), at.x + width, at.y
    pen = imgui.get_window_draw_list()
    for name, value in zip(FEATURES, desk.values.heard, strict=True):
        top = y + (line - thickness) / 2
        pen.add_text((at.x, y), widgets.QUIET, name)
        pen.add_rect_filled((left, top), (right, top + thickness), widgets.DARK)
        pen.add_rect_filled((left, top), (left + (right - left) * value, top + thickness), widgets.COLD)
        y += line
    imgui.pop_font()
    imgui.dummy((width, y - at.y))
