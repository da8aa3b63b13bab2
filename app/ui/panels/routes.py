"""Routes in the Look panel: which feature moves which parameter, and how. Main thread, inside an ImGui frame."""

from collections.abc import Mapping
from typing import cast

from imgui_bundle import imgui

from app.audio.features import FEATURES
from app.modulation.signals import CURVE_FUNCTIONS
from app.params import PARAMS, Param
from app.preset import CURVES, Curve, Route
from app.ui import theme, widgets
from app.ui.desk import Desk

AMOUNT = Param("amount", 0.25, -1.0, 1.0, "", "Amount")
ATTACK = Param("attack", 0.0, 0.0, 2.0, "s up", "Attack")
RELEASE = Param("release", 0.0, 0.0, 2.0, "s down", "Release")
MOST = 64


class Routes:
    """The list of routes; each is a small card."""

    def draw(self, desk: Desk) -> None:
        """Draw all routes, and the button that adds one."""
        widgets.heading("Music moves")
        removed = None
        targets = desk.targets
        for i, route in enumerate(desk.preset.routes):
            imgui.push_id(i)
            if _card(desk, route, targets):
                removed = i
            imgui.pop_id()
        if removed is not None:
            del desk.preset.routes[removed]
        if len(desk.preset.routes) < MOST and imgui.button(f"{theme.ADD}  Add a route", (-1, 0)):
            desk.preset.routes.append(Route(source="bass", param="zoom"))


def _card(desk: Desk, route: Route, targets: Mapping[str, Param]) -> bool:
    """Draw one route; return whether it is to be removed."""
    gap = imgui.get_style().item_spacing.x
    side = imgui.get_frame_height()
    width = imgui.get_content_region_avail().x
    source_width = theme.scaled(92)
    source = widgets.combo("##source", route.source, ((name, name) for name in FEATURES), source_width)
    imgui.same_line()
    imgui.align_text_to_frame_padding()
    widgets.quiet(theme.TO)
    imgui.same_line()
    taken = source_width + theme.scaled(16) + side + 3 * gap
    shown = _name(route.param, targets.get(route.param))
    param = widgets.combo("##param", shown, ((key, _name(key, p)) for key, p in targets.items()), width - taken)
    imgui.same_line()
    remove = widgets.icon_button(theme.REMOVE, "remove", "remove this route")
    if source is not None:
        route.source = source
    if param is not None:
        route.param = param
    _shape(route, (width - gap) / 2)
    _live(desk, route, width)
    return remove


def _name(key: str, param: Param | None) -> str:
    """Return how a target reads: an effect's own with the effect's name, one that is not there now in brackets."""
    if param is None:
        return f"({key})"
    return widgets.title_of(param) if key in PARAMS else f"{key.partition('.')[0]}: {widgets.title_of(param)}"


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


def _live(desk: Desk, route: Route, width: float) -> None:
    """Show what the feature does through the curve now; the cold line is what arrives."""
    signal = CURVE_FUNCTIONS[route.curve](float(getattr(desk.features, route.source)))
    widgets.bar(signal, (width, theme.scaled(5)), widgets.COLD)
    imgui.dummy((0, theme.scaled(4)))
