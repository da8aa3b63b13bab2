"""Routes in the Look panel: which feature or LFO moves which parameter, and how. Main thread, inside an ImGui frame."""

from collections.abc import Mapping
from typing import cast

from imgui_bundle import imgui

from app.modulation.lfo import SHAPES
from app.params import PARAMS, Param
from app.preset import CURVES, ROUTE_SOURCES, Curve, Route
from app.tempo.beat import BAR
from app.ui import theme, widgets
from app.ui.desk import Desk

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
MOST = 64


class Routes:
    """The list of routes; each is a small card."""

    def draw(self, desk: Desk) -> None:
        """Draw all routes, and the button that adds one."""
        widgets.heading("Music moves")
        removed = None
        targets = desk.targets
        arriving = desk.values.arriving
        for i, route in enumerate(desk.preset.routes):
            imgui.push_id(i)
            if _card(route, targets, arriving[i] if i < len(arriving) else 0.0):
                removed = i
            imgui.pop_id()
        if removed is not None:
            del desk.preset.routes[removed]
        if len(desk.preset.routes) < MOST and imgui.button(f"{theme.ADD}  Add a route", (-1, 0)):
            desk.preset.routes.append(Route(source="bass", param="zoom"))


def _card(route: Route, targets: Mapping[str, Param], arriving: float) -> bool:
    """Draw one route with what it brings now, 0..1; return whether it is to be removed."""
    gap = imgui.get_style().item_spacing.x
    side = imgui.get_frame_height()
    width = imgui.get_content_region_avail().x
    source_width = theme.scaled(92)
    source = widgets.combo("##source", route.source, ((name, name) for name in ROUTE_SOURCES), source_width)
    imgui.same_line()
    imgui.align_text_to_frame_padding()
    widgets.quiet(theme.TO)
    imgui.same_line()
    taken = source_width + theme.scaled(16) + side + 3 * gap
    shown = name_of(route.param, targets.get(route.param))
    param = widgets.combo("##param", shown, ((key, name_of(key, p)) for key, p in targets.items()), width - taken)
    imgui.same_line()
    remove = widgets.icon_button(theme.REMOVE, "remove", "remove this route")
    if source is not None:
        route.source = source
    if param is not None:
        route.param = param
    if route.source in SHAPES:
        _swing(route, (width - gap) / 2)
    _shape(route, (width - gap) / 2)
    widgets.bar(arriving, (width, theme.scaled(5)), widgets.COLD)
    imgui.dummy((0, theme.scaled(4)))
    return remove


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


def _slider(label: str, param: Param, value: float, width: float, tip: str) -> float:
    imgui.set_next_item_width(width)
    moved = widgets.slider(label, param, value)
    imgui.set_item_tooltip(tip)
    return value if moved is None else moved
