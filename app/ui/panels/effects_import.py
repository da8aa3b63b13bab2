"""In the Effects panel: bringing in a folder of ISF files, and the report of what came in and why not.

Main thread, inside an ImGui frame.
"""

from pathlib import Path

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk

ROWS = 8
"""So many lines of the report are seen at once."""


class EffectsImport:
    """Keeps the path being typed."""

    def __init__(self) -> None:
        self._path = ""

    @property
    def width(self) -> float:
        """Width of the button."""
        return theme.scaled(72)

    def button(self, desk: Desk) -> None:
        """Draw the button, and the field for the path while it is open."""
        if imgui.button("Import", (self.width, 0)):
            imgui.open_popup("import")
        imgui.set_item_tooltip("bring in ISF files: a folder or an .fs file, or drop one on the window")
        if not imgui.begin_popup("import"):
            return
        if imgui.is_window_appearing():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(theme.scaled(300))
        flags = imgui.InputTextFlags_.enter_returns_true
        entered, self._path = imgui.input_text_with_hint("##path", "folder or .fs file", self._path, flags)
        imgui.same_line()
        if (imgui.button("Bring in") or entered) and self._path.strip() and desk.importer is not None:
            with desk.problems.guard("effects"):
                desk.importer.begin(Path(self._path.strip()))
            imgui.close_current_popup()
        imgui.end_popup()

    def report(self, desk: Desk) -> None:
        """Draw what came in and what did not, until it has been read."""
        importer = desk.importer
        if importer is None or not (importer.running or importer.rows):
            return
        widgets.row_label(importer.told, imgui.get_content_region_avail().x - imgui.get_frame_height())
        if widgets.icon_button(theme.REMOVE, "read", "I have read it", not importer.running):
            importer.rows.clear()
        rows = sorted(importer.rows, key=lambda row: not row.trouble)  # what needs reading comes first
        line = imgui.get_text_line_height_with_spacing()
        if rows and imgui.begin_child("report", (0, line * (min(len(rows), ROWS) + 0.5))):
            for row in rows:
                _row(row.name, row.kind, row.trouble)
        if rows:
            imgui.end_child()


def _row(name: str, kind: str, trouble: str) -> None:
    imgui.push_style_color(imgui.Col_.text, theme.BAD if trouble else theme.QUIET)
    imgui.text_unformatted(trouble if trouble.startswith(name) else f"{name}: {trouble or kind}")
    imgui.pop_style_color()
    if trouble:
        imgui.set_item_tooltip(trouble)
