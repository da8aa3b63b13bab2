"""Routes in the Look panel: what moves which parameter, how, and how far it does now. Main thread, ImGui frame.

Each route is one line with a bar that shows what it adds; one of them at a time is unfolded.
"""

from collections.abc import Mapping
from typing import cast

from imgui_bundle import imgui

from app.control.hub import ROUTE
from app.modulation.lfo import SHAPES
from app.params import PARAMS, Param
from app.preset import CURVES, MOST_ROUTES, Curve, Route
from app.tempo.beat import BAR
from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels import source_menu

AMOUNT = Param("amount", 0.25, -1.0, 1.0, "", "Amount")
ATTACK = Param("attack", 0.0, 0.0, 2.0, "s up", "Attack")
RELEASE = Param("release", 0.0, 0.0, 2.0, "s down", "Release")
HZ = Param("hz", 0.0, 0.01, 10.0, "Hz", "Frequency")
PHASE = Param("phase", 0.0, 0.0, 1.0, "phase", "Phase")
PERIODS: dict[str, float] = {
    "1/4 beat": 0.25, "1/2 beat": 0.5, "1 beat": 1.0, "2 beats": 2.0,
    "1 bar": BAR, "2 bars": 2 * BAR, "4 bars": 4 * BAR, "8 bars": 8 * BAR, "16 bars": 16 * BAR,
}  # fmt: skip
FREE = "Hz"
USUAL_HZ = 0.5
SOURCE_PX = 88


class Routes:
    """The list of routes; remembers which of them is unfolded."""

    def __init__(self) -> None:
        self._unfolded = -1
        self._scroll = False
        """The route was just unfolded: it shall be seen whole."""

    def draw(self, desk: Desk) -> None:
        """Draw all routes, and the button that adds one."""
        widgets.heading("Music moves")
        removed = None
        targets = desk.targets
        for i, route in enumerate(desk.preset.routes):
            imgui.push_id(i)
            if self._line(desk, i, route, targets):
                removed = i
            if self._unfolded == i:
                _details(route, targets.get(route.param))
                if self._scroll and not imgui.is_item_visible():
                    imgui.set_scroll_here_y(1.0)
                self._scroll = False
            imgui.pop_id()
        if removed is not None:
            del desk.preset.routes[removed]
            self._unfolded = -1
            if desk.control.learning.startswith(ROUTE):
                desk.control.learn("")
        if len(desk.preset.routes) < MOST_ROUTES:
            self._add(desk)

    def _add(self, desk: Desk) -> None:
        added = imgui.button(f"{theme.ADD}  Add a route", (-1, 0))
        imgui.set_item_tooltip("let sound, time, a macro or a knob move a parameter")
        if added:
            self._unfolded, self._scroll = len(desk.preset.routes), True
            desk.preset.routes.append(Route(source="bass", param="zoom"))

    def _line(self, desk: Desk, i: int, route: Route, targets: Mapping[str, Param]) -> bool:
        """Draw one route's source, target and bar; return whether it is to be removed."""
        width = imgui.get_content_region_avail().x
        gap, side = theme.scaled(4), imgui.get_frame_height()
        open_now = self._unfolded == i
        if widgets.icon_button(theme.UNFOLDED if open_now else theme.FOLDED, "unfold", "amount, curve, times, limits"):
            self._unfolded, self._scroll = -1 if open_now else i, not open_now
        imgui.same_line(0, gap)
        source = source_menu.combo(desk, i, route.source, theme.scaled(SOURCE_PX))
        imgui.same_line(0, gap)
        imgui.align_text_to_frame_padding()
        widgets.quiet(theme.TO)
        imgui.same_line(0, gap)
        taken = 2 * side + theme.scaled(SOURCE_PX) + theme.scaled(16) + 4 * gap
        shown = name_of(route.param, targets.get(route.param))
        param = widgets.combo("##param", shown, ((key, name_of(key, p)) for key, p in targets.items()), width - taken)
        imgui.set_item_tooltip("what it moves")
        imgui.same_line(0, gap)
        remove = widgets.icon_button(theme.REMOVE, "remove", "remove this route")
        _bar(desk, i, route, targets.get(route.param), width)
        route.source = source or route.source
        if param is not None:
            route.param, route.min, route.max = param, None, None
        return remove


def _bar(desk: Desk, i: int, route: Route, param: Param | None, width: float) -> None:
    """Draw how far the route moves its parameter now, and in words why it does not."""
    trouble = source_menu.trouble_of(desk, route.source) if param is not None else "its effect is not in this look"
    if param is not None:
        added = desk.values.added[i] if i < len(desk.values.added) else 0.0
        table, key = desk.preset.place(route.param)
        base = table.get(key, param.default)
        widgets.span(param, base, added, (route.min, route.max), (width, theme.scaled(7)))
        imgui.set_item_tooltip(f"adds {widgets.number_format(param) % added} now")
    if trouble:
        widgets.quiet(trouble if param is None else f"{source_menu.name_of(desk, route.source)}: {trouble}")


def _details(route: Route, param: Param | None) -> None:
    """Draw all that shapes a route."""
    width = imgui.get_content_region_avail().x
    half = (width - imgui.get_style().item_spacing.x) / 2
    if route.source in SHAPES:
        _swing(route, half)
    _shape(route, half)
    if param is not None:
        _limits(route, param, half)
    imgui.dummy((0, theme.scaled(4)))


def name_of(key: str, param: Param | None) -> str:
    """Return how a target reads: an effect's own with the effect's name, one that is not there now in brackets."""
    if param is None:
        return f"({key})"
    return widgets.title_of(param) if key in PARAMS else f"{key.partition('.')[0]}: {widgets.title_of(param)}"


def _swing(route: Route, half: float) -> None:
    """Draw an LFO's period, in beats or as a frequency, and where it begins."""
    known = next((text for text, beats in PERIODS.items() if beats == route.beats), f"{route.beats:g} beats")
    texts = (*PERIODS, FREE)
    chosen = widgets.combo("##period", FREE if route.hz else known, ((text, text) for text in texts), half)
    if chosen is not None:
        route.hz = USUAL_HZ if chosen == FREE else 0.0
        route.beats = PERIODS.get(chosen, route.beats)
    imgui.same_line()
    if route.hz:
        route.hz = max(_slider("##hz", HZ, route.hz, half, "swings a second"), HZ.low)
    else:
        route.phase = _slider("##phase", PHASE, route.phase, half, "where in its period it is at the one")


def _shape(route: Route, half: float) -> None:
    """Draw amount and curve, attack and release."""
    route.amount = _slider("##amount", AMOUNT, route.amount, half, "how far, as a share of the parameter's range")
    imgui.same_line()
    curve = widgets.combo("##curve", route.curve, ((name, name) for name in CURVES), half)
    if curve is not None:
        route.curve = cast(Curve, curve)
    route.attack_seconds = _slider("##attack", ATTACK, route.attack_seconds, half, "seconds to follow upwards")
    imgui.same_line()
    route.release_seconds = _slider("##release", RELEASE, route.release_seconds, half, "seconds to fall back")


def _limits(route: Route, param: Param, half: float) -> None:
    """Draw the part of the parameter's range that the route moves it in; the ends of the range are no limits."""
    low = param.low if route.min is None else route.min
    high = param.high if route.max is None else route.max
    text = widgets.number_format(param)
    end = Param("min", param.low, param.low, param.high)
    moved = _slider("##min", end, low, half, "it moves the value no lower than this", f"min {text % low}")
    if moved != low:
        route.min = None if moved <= param.low else min(moved, high)
    imgui.same_line()
    end = Param("max", param.high, param.low, param.high)
    moved = _slider("##max", end, high, half, "it moves the value no higher than this", f"max {text % high}")
    if moved != high:
        route.max = None if moved >= param.high else max(moved, low)


def _slider(label: str, param: Param, value: float, width: float, tip: str, text: str = "") -> float:
    imgui.set_next_item_width(width)
    moved = widgets.slider(label, param, value, text=text)
    imgui.set_item_tooltip(tip)
    return value if moved is None else moved
