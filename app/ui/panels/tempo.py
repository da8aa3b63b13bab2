"""The tempo block, a bar below the strip: beat lamp, BPM, tap, octave, nudge, the one, lock, what changes wait for.

Main thread, inside an ImGui frame. It is always there while panels are.
"""

from collections.abc import Callable

from imgui_bundle import imgui

from app.control.actions import DELAY
from app.tempo.beat import BAR
from app.tempo.launch import QUANTA
from app.tempo.tempo import NUDGE, TEMPO_SOURCES, TempoSource
from app.ui import beat as lamp
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.view import View

HEIGHT_PX = 36
GAP_PX = 4
WIDE_PX = 1120
"""In a narrower window the delay has no room."""
SPOKEN: dict[TempoSource, str] = {"heard": "Heard", "tap": "Tapped", "midi": "MIDI clock", "link": "Link"}


class TempoBar:
    """Holds nothing; the tempo is the desk's."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the bar's contents in its window."""
        imgui.set_cursor_pos_y((imgui.get_window_size().y - imgui.get_frame_height()) / 2)
        _source(desk)
        _bpm(desk)
        _hands(desk)
        _place(desk)
        _quantise(desk)
        if imgui.get_window_size().x >= theme.scaled(WIDE_PX):
            _delay(desk)


def _source(desk: Desk) -> None:
    tempo = desk.tempo
    name = SPOKEN[tempo.source] if tempo.following else f"({SPOKEN[tempo.source]})"
    with learn.bindable(desk, "tempo_source"):
        chosen = widgets.combo("##tempo source", name, ((key, SPOKEN[key]) for key in TEMPO_SOURCES), theme.scaled(104))
    imgui.set_item_tooltip(_source_tip(desk))
    if chosen is not None:
        with desk.problems.guard("tempo"):
            tempo.choose(next(key for key in TEMPO_SOURCES if key == chosen))


def _source_tip(desk: Desk) -> str:
    tempo = desk.tempo
    if tempo.source == "midi":
        return f"clock of {tempo.clock.device}" if tempo.following else "no MIDI clock comes; the beat runs on"
    if tempo.source == "link":
        return f"Ableton Link, {tempo.link.peers if tempo.link else 0} others"
    if tempo.source == "tap":
        return "as tapped or typed"
    return f"sure of the tempo: {tempo.beat.sure:.0%}" if tempo.following else "nothing to follow; the beat runs on"


def _bpm(desk: Desk) -> None:
    _beside()
    imgui.set_next_item_width(theme.scaled(64))
    tempo = desk.tempo
    with learn.bindable(desk, "bpm"):
        typed, bpm = imgui.input_float("##bpm", tempo.bpm, 0, 0, "%.1f", imgui.InputTextFlags_.enter_returns_true)
    imgui.set_item_tooltip("beats a minute; type to set (Enter)")
    if typed:
        tempo.set_bpm(bpm)


def _hands(desk: Desk) -> None:
    """Draw what a hand does to the tempo."""
    tempo = desk.tempo
    if _button(desk, "tap", "TAP", 52, "tap the tempo (T)"):
        tempo.tap(desk.frame.seconds)
    if _button(desk, "tempo_half", "÷2", 34, "half the tempo ([)"):
        tempo.scale(0.5)
    if _button(desk, "tempo_double", "×2", 34, "twice the tempo (])"):
        tempo.scale(2.0)
    if _button(desk, "nudge_back", "-", 26, "the beat a little later (-)"):
        tempo.nudge(-NUDGE)
    if _button(desk, "nudge_forward", "+", 26, "the beat a little earlier (=)"):
        tempo.nudge(NUDGE)
    if _button(desk, "resync", "1", 30, "this is the one (Shift+T)"):
        tempo.resync()
    _beside()
    with learn.bindable(desk, "tempo_lock"):
        if widgets.toggle(f"{theme.LOCK}##lock tempo", tempo.locked, size=(theme.scaled(30), 0)):
            tempo.locked = not tempo.locked
    imgui.set_item_tooltip("hold the tempo: what is heard corrects only its phase (Ctrl+T)")


def _place(desk: Desk) -> None:
    """Show the beat: the lamp, and the way through the bar; its brightness says how sure it is."""
    beat = desk.tempo.beat
    _beside(12)
    _centred(theme.scaled(14), lambda: lamp.draw(beat, theme.scaled(14)))
    _beside(10)
    way = beat.position % BAR / BAR if beat.known else 0.0
    colour = theme.packed(theme.COLD, 0.35 + 0.65 * beat.sure)
    _centred(theme.scaled(8), lambda: widgets.bar(way, (theme.scaled(96), theme.scaled(8)), colour))
    imgui.set_item_tooltip(f"the bar; sure of the tempo: {beat.sure:.0%}")


def _quantise(desk: Desk) -> None:
    launch = desk.launch
    _beside(12)
    spoken = {"now": "change at once", "beat": "change on beat", "bar": "change on bar"}
    text = spoken.get(launch.quantise, f"change at {launch.quantise}")
    with learn.bindable(desk, "quantise"):
        chosen = widgets.combo("##quantise", text, ((key, key) for key in QUANTA), theme.scaled(152))
    imgui.set_item_tooltip("what a change of look waits for (Q)")
    if chosen is not None:
        launch.quantise = chosen
    if launch.waiting:
        _beside()
        if widgets.toggle(f"{widgets.spoken(launch.waiting)[:18]} in {launch.beats_left:.0f}###waiting", True):
            launch.cancel()
        imgui.set_item_tooltip("waits for the beat; click: not after all")


def _delay(desk: Desk) -> None:
    width = theme.scaled(120)
    imgui.same_line(imgui.get_window_size().x - width - imgui.get_style().window_padding.x)
    imgui.set_next_item_width(width)
    milliseconds = desk.tempo.delay_seconds * 1000
    with learn.bindable(desk, "delay"):
        moved = widgets.slider("##delay", DELAY, milliseconds, text=f"late {milliseconds:.0f} ms")
    imgui.set_item_tooltip("picture later than the sound comes in: for far or wireless speakers")
    if moved is not None:
        desk.tempo.delay_seconds = moved / 1000


def _button(desk: Desk, action: str, label: str, width: float, tip: str) -> bool:
    _beside()
    imgui.push_style_var(imgui.StyleVar_.frame_padding, (0, imgui.get_style().frame_padding.y))
    with learn.bindable(desk, action):
        pressed = bool(imgui.button(f"{label}##{action}", (theme.scaled(width), 0)))
    imgui.pop_style_var()
    imgui.set_item_tooltip(tip)
    return pressed


def _centred(height: float, draw: Callable[[], None]) -> None:
    """Draw something `height` tall in the middle of the bar."""
    imgui.set_cursor_pos_y((imgui.get_window_size().y - height) / 2)
    draw()


def _beside(gap: float = GAP_PX) -> None:
    imgui.same_line(0, theme.scaled(gap))
    imgui.set_cursor_pos_y((imgui.get_window_size().y - imgui.get_frame_height()) / 2)
