"""What an ISF file lets a person set, row by row: numbers, points, colours, buttons. Main thread, in an ImGui frame.

The Effects panel shows effects by them, the Decks panel transitions.
"""

from collections.abc import Iterator, Sequence

from imgui_bundle import imgui

from app.params import Param, input_name
from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels import param_row


class InputRows:
    """Remembers only which buttons were pressed, to let go of them a frame later."""

    def __init__(self) -> None:
        self._pressed: list[tuple[dict[str, float], str]] = []

    def let_go(self) -> None:
        """Call once a frame, before anything is drawn."""
        for values, name in self._pressed:
            values.pop(name, None)
        self._pressed.clear()

    def draw(self, desk: Desk, key: str, params: Sequence[Param], values: dict[str, float]) -> None:
        """Draw rows for `params`, which routes know under `key`; what a person sets goes into `values`."""
        for group in _groups(params):
            if _is_colour(group):
                _colour(group, values)
                continue
            for param in group:
                name = input_name(param.name)
                value = param_row.draw(desk, f"{key}.{name}", param, values.get(name, param.default))
                if value is not None:
                    values[name] = value
                    if param.kind == "event":
                        self._pressed.append((values, name))


def _groups(params: Sequence[Param]) -> Iterator[list[Param]]:
    """Yield parameters one by one, those of a colour or a point together."""
    together: dict[str, list[Param]] = {}
    for param in params:
        together.setdefault(param.group or param.name, []).append(param)
    yield from together.values()


def _is_colour(group: Sequence[Param]) -> bool:
    return [param.name[-2:] for param in group] == [".r", ".g", ".b", ".a"]


def _colour(group: Sequence[Param], values: dict[str, float]) -> None:
    names = [input_name(param.name) for param in group]
    now = [values.get(name, param.default) for name, param in zip(names, group, strict=True)]
    widgets.row_label(names[0].partition(".")[0].replace("_", " ").capitalize(), theme.scaled(param_row.LABEL_PX))
    imgui.set_next_item_width(-1)
    flags = imgui.ColorEditFlags_.float | imgui.ColorEditFlags_.alpha_bar | imgui.ColorEditFlags_.no_inputs
    changed, colour = imgui.color_edit4(f"##{group[0].group}", imgui.ImVec4(*now), flags)
    if changed:
        values |= dict(zip(names, (colour.x, colour.y, colour.z, colour.w), strict=True))
