"""One parameter as one row: label, slider or switch or list by its kind, and a menu on the right mouse button.

Main thread, inside an ImGui frame. Look and Effects are made of these.
"""

from imgui_bundle import imgui

from app.params import Param
from app.preset import MOST_ROUTES, Route
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import source_menu

LABEL_PX = 92


def draw(desk: Desk, key: str, param: Param, value: float) -> float | None:
    """Draw the row of the parameter that routes know as `key`; return the value a person set, or None."""
    imgui.push_id(key)
    routed = any(route.param == key for route in desk.preset.routes)
    learning = desk.control.learning == f"param:{key}"
    widgets.row_label("move a knob" if learning else widgets.title_of(param), theme.scaled(LABEL_PX))
    imgui.set_next_item_width(-1)
    with learn.bindable(desk, f"param:{key}"):
        chosen = _control(param, value, desk.values.params.get(key) if routed else None)
    if imgui.begin_popup_context_item("menu"):
        if _menu(desk, key, param):
            chosen = param.default
        imgui.end_popup()
    imgui.pop_id()
    return chosen


def _control(param: Param, value: float, now: float | None) -> float | None:
    if param.kind == "bool":
        changed, on = imgui.checkbox("##value", value > 0.5)
        return float(on) if changed else None
    if param.kind == "event":
        pressed = imgui.button("Trigger##value", (-1, 0))
        imgui.set_item_tooltip("once, now; right click: learn a pad for it")
        return 1.0 if pressed else None
    if param.kind == "long" and param.choices:
        current = next((text for text, number in param.choices if number == value), f"{value:g}")
        chosen = widgets.combo("##value", current, ((repr(number), text) for text, number in param.choices))
        return float(chosen) if chosen is not None else None
    moved = widgets.slider("##value", param, value, now)
    return round(moved) if moved is not None and param.kind == "long" else moved


def _menu(desk: Desk, key: str, param: Param) -> bool:
    """Draw the menu; return whether a reset is wanted."""
    reset = bool(imgui.menu_item_simple(f"Reset to {param.default:g}"))
    if imgui.menu_item_simple("Learn a knob, pad or key"):
        desk.control.learn(f"param:{key}", imgui.get_io().key_shift)
    if param.kind == "float" and imgui.begin_menu("Let music move it"):
        source = source_menu.items(desk)
        if source is not None and len(desk.preset.routes) < MOST_ROUTES:
            desk.preset.routes.append(Route(source=source, param=key))
        imgui.end_menu()
    return reset
