"""The Control panel: who is listened to, what is bound to what, and learning new bindings. Main thread, ImGui frame."""

from typing import cast

from imgui_bundle import imgui

from app.control import actions, origin
from app.control.bindings import RELATIVE, Binding, Mode, modes_of
from app.control.follower import Follower
from app.control.hub import ROUTE
from app.control.osc import is_exposed
from app.params import Param
from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels.guests import Guests
from app.ui.view import View

FROM = Param("min", 0.0, 0.0, 1.0, "", "from")
TO = Param("max", 1.0, 0.0, 1.0, "", "to")
USUAL_PORT = 9000
THRESHOLD = Param("threshold", 0.5, 0.01, 1.0, "", "on from")
MODE_TIP = (
    "absolute follows; toggle flips at each press; momentary holds while pressed;\n"
    "relative is for endless knobs: steps of 1 and 127, with offset 65 and 63, with sign 1 and 65"
)


class Control:
    """Remembers what is being searched for and the port that was typed."""

    def __init__(self) -> None:
        self._search = ""
        self._port = USUAL_PORT
        self._guests = Guests()

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        self._guests.draw(desk)
        self._osc(desk)
        _midi(desk)
        widgets.heading("Bindings")
        self._learn(desk)
        imgui.begin_child("bindings")
        followers = desk.control.followers
        if not followers:
            widgets.quiet("none yet: choose what to move, then move a knob\nor press a pad or a key")
        for i, follower in enumerate(list(followers)):
            imgui.push_id(f"{i}")
            _row(desk, follower)
            imgui.pop_id()
        imgui.end_child()

    def _osc(self, desk: Desk) -> None:
        """Draw the switch, the port and the counters of OSC."""
        hub = desk.control
        changed, on = imgui.checkbox("OSC on port", hub.osc is not None)
        imgui.set_item_tooltip("messages from other programs and phones; the addresses: clavilux osc list")
        imgui.same_line()
        imgui.set_next_item_width(theme.scaled(76))
        self._port = hub.osc.port if hub.osc is not None else self._port
        edited, port = imgui.input_int("##port", self._port, 0, 0, imgui.InputTextFlags_.enter_returns_true)
        if edited:
            self._port = min(max(port, 1024), 65535)
        if changed or (edited and hub.osc is not None):
            hub.listen(self._port if on else 0)
        if hub.osc is not None:
            where = f"{hub.osc.bind}, the network can reach it" if is_exposed(hub.osc.bind) else "this computer only"
            widgets.quiet(hub.osc.problem or where)
            told = f"   {len(hub.listeners)} told" if len(hub.listeners) else ""
            bad = f"   {hub.osc.malformed} malformed" if hub.osc.malformed else ""
            refused = f"   {hub.refused} refused" if hub.refused else ""
            widgets.quiet(f"{hub.osc.received} packets{bad}{refused}{told}")
            imgui.set_item_tooltip(f"newest: {hub.osc.newest[:80]}\nlast refused: {hub.last_refused}")

    def _learn(self, desk: Desk) -> None:
        """Draw the list of what can be bound, or what is waited for."""
        hub = desk.control
        if widgets.toggle(f"{theme.TARGET}  Learn  (Ctrl+L)", hub.mapping, theme.COLD, (-1, 0)):
            hub.map(not hub.mapping)
        imgui.set_item_tooltip("what can be bound glows: click it, then move a knob, press a pad or a key; Esc ends")
        if hub.learning:
            text = f"{readable(hub.learning)}: move a knob, press a pad or a key\nclick here to cancel"
            if widgets.toggle(text, True, size=(-1, 0)):
                hub.learn("")
            return
        choices = ((action.name, f"{readable(action.name)}##{action.name}") for action in actions.everything(desk))
        self._search, chosen = widgets.searched_combo("##learn", f"{theme.ADD}  from a list", self._search, choices)
        imgui.set_item_tooltip("choose what a knob, fader, pad, key or message shall do")
        if chosen is not None:
            hub.learn(chosen, imgui.get_io().key_shift)


def readable(target: str) -> str:
    """Return the name of an action as a person reads it."""
    kind, _, what = target.partition(actions.SEPARATOR)
    return f"{kind} {int(what) + 1}" if kind == ROUTE else actions.spoken(target)


def _midi(desk: Desk) -> None:
    midi = desk.control.midi
    if midi is None:
        return
    for name in midi.names:
        imgui.text_unformatted(name)
    missing = [f"waiting for '{name}'" for name in midi.awaited] + ([midi.problem] if midi.problem else [])
    if not (midi.names or missing):
        missing = ["no MIDI controller; plug one in"]
    imgui.push_text_wrap_pos(0)
    for text in missing:
        widgets.quiet(text)
    imgui.pop_text_wrap_pos()


def _row(desk: Desk, follower: Follower) -> None:
    """Draw one binding as a small card, quiet while its control is away."""
    binding = follower.binding
    status = desk.control.status(desk, follower)
    side = imgui.get_frame_height()
    width = imgui.get_content_region_avail().x - side - imgui.get_style().item_spacing.x
    imgui.push_style_color(imgui.Col_.text, theme.QUIET if status in ("away", "not in this look") else theme.TEXT)
    widgets.row_label(f"{readable(binding.target)}{f'   ({status})' if status else ''}", width)
    imgui.pop_style_color()
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + imgui.get_style().item_spacing.x)
    if widgets.icon_button(theme.REMOVE, "remove", "remove this binding"):
        desk.control.remove(binding)
        return
    widgets.quiet(origin.readable(binding.source))
    widgets.bar(follower.value or 0.0, (width + side, theme.scaled(5)), widgets.COLD)
    if not binding.target.startswith(("look:", "style:", "style_b:")):
        _shape(desk, binding, width + side)
    imgui.dummy((0, theme.scaled(4)))


def _shape(desk: Desk, binding: Binding, width: float) -> None:
    """Draw range, mode, invert and take-over; a change replaces the binding."""
    half = (width - imgui.get_style().item_spacing.x) / 2
    changes: dict[str, object] = {}
    if actions.has_range(binding.target):
        _slide(FROM, binding.min, half, changes)
        imgui.same_line()
        _slide(TO, binding.max, half, changes)
    elif binding.device:
        _slide(THRESHOLD, binding.threshold, width, changes)
        imgui.set_item_tooltip("how far a knob has to be turned, or how hard a pad be hit, to count as pressed")
    modes = modes_of(binding.source)[int(origin.is_key(binding.source)) :]
    mode = widgets.combo("##mode", _read(binding.mode), ((name, _read(name)) for name in modes), theme.scaled(140))
    imgui.set_item_tooltip(MODE_TIP)
    if mode is not None:
        changes["mode"] = cast(Mode, mode)
    if not origin.is_key(binding.source):
        _check("invert", "invert", binding.invert, changes)
        imgui.set_item_tooltip("the other way round")
    if actions.has_range(binding.target) and binding.device and binding.mode not in RELATIVE:
        _check("take over", "takeover", binding.takeover, changes)
        imgui.set_item_tooltip("wait until the knob has come to the value, so that nothing jumps")
    if changes:
        desk.control.add(binding.model_copy(update=changes))


def _read(mode: Mode) -> str:
    return mode.replace("_", " ")


def _slide(param: Param, value: float, width: float, changes: dict[str, object]) -> None:
    imgui.set_next_item_width(width)
    moved = widgets.slider(f"##{param.name}", param, value, text=f"{param.label} {value * 100:.0f} %")
    if moved is not None:
        changes[param.name] = moved


def _check(label: str, name: str, on: bool, changes: dict[str, object]) -> None:
    imgui.same_line()
    changed, now = imgui.checkbox(label, on)
    if changed:
        changes[name] = now
