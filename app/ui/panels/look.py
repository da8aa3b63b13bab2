"""The Look panel: the preset's name, its parameters, own bands and routes. Main thread, inside an ImGui frame."""

from imgui_bundle import imgui

from app.fader import FADER
from app.params import MACROS, PARAMS
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import param_row
from app.ui.panels.bands import Bands
from app.ui.panels.routes import Routes
from app.ui.view import View

MAX_NAME = 80
ELSEWHERE = (FADER, *MACROS)
"""Parameters that have panels of their own."""


class Look:
    """Keeps the name being typed in Save as, nothing else."""

    def __init__(self) -> None:
        self._new_name = ""
        self._bands, self._routes = Bands(), Routes()

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        self._save_row(desk)
        imgui.begin_child("look")
        for name in (name for name in PARAMS if name not in ELSEWHERE):
            param = PARAMS[name]
            moved = param_row.draw(desk, name, param, desk.preset.value(param))
            if moved is not None:
                desk.preset.params[name] = moved
        self._bands.draw(desk)
        self._routes.draw(desk)
        imgui.end_child()

    def _save_row(self, desk: Desk) -> None:
        if imgui.button(f"{theme.SAVE}  Save"):
            desk.save_look(desk.preset.name)
        imgui.set_item_tooltip(f"save '{desk.preset.name}' among your own presets")
        imgui.same_line()
        if imgui.button("Save as"):
            self._new_name = desk.preset.name
            imgui.open_popup("save as")
        imgui.set_item_tooltip("save this look under another name")
        imgui.same_line()
        if imgui.button("Reset"):
            desk.preset.params.clear()
        imgui.set_item_tooltip("all parameters back to their defaults; routes and effects stay")
        imgui.same_line()
        with learn.bindable(desk, "back"):
            if imgui.button(f"{theme.BACK}  Back", (-1, 0)):
                desk.look_before()
        imgui.set_item_tooltip("the look before, as you left it (Backspace)")
        self._save_as(desk)

    def _save_as(self, desk: Desk) -> None:
        if not imgui.begin_popup("save as"):
            return
        if imgui.is_window_appearing():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(theme.scaled(220))
        entered, self._new_name = imgui.input_text(
            "##name", self._new_name, imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.auto_select_all
        )
        imgui.same_line()
        name = self._new_name.strip()[:MAX_NAME]
        if (imgui.button("Save") or entered) and name:
            desk.save_look(name)
            imgui.close_current_popup()
        widgets.quiet("it goes to your own presets")
        imgui.end_popup()
