"""The Displays panel: where the picture goes beside this window. Main thread, inside an ImGui frame."""

from imgui_bundle import imgui

from app.output.cards import figures
from app.output.display import DisplayOutput
from app.output.feeds import Feeds
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.view import View

NONE = "no clean output"


class Displays:
    """Keeps nothing."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        with learn.bindable(desk, "fullscreen"):
            if imgui.button(f"{theme.EXPAND}  Full screen", (-1, 0)):
                desk.toggle_fullscreen()
        imgui.set_item_tooltip("this window (F11, Alt+Enter, or double-click the picture)")
        if desk.outlets.display is not None:
            _choice(desk.outlets.display)
            _helpers(desk.outlets.display)
        if desk.outlets.feeds is not None:
            widgets.heading("other programs")
            _feeds(desk.outlets.feeds)


def _choice(output: DisplayOutput) -> None:
    """The display of the clean output; one that is away stays in the list."""
    here = {display.name: f"{display.name}   {figures(display)}" for display in output.displays}
    away = {output.wanted: f"{output.wanted}   away"} if output.waiting else {}
    choices = {"": NONE} | here | away
    chosen = widgets.combo("##display", choices.get(output.wanted, output.wanted), choices.items())
    imgui.set_item_tooltip("clean picture, full screen, no cursor (Ctrl+M: the next display)")
    if chosen is not None:
        output.choose(chosen)
    if output.waiting:
        imgui.push_style_color(imgui.Col_.text, theme.BAD)
        imgui.text_wrapped(f"{theme.WARNING}  waiting for {output.wanted}")
        imgui.pop_style_color()


def _helpers(output: DisplayOutput) -> None:
    """What helps to find a display and to set it up."""
    half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
    if imgui.button("Identify", (half, 0)):
        output.identify()
    imgui.set_item_tooltip("every display shows its name for a few seconds, over the show")
    imgui.same_line()
    imgui.begin_disabled(output.on is None)
    if widgets.toggle("Test pattern", output.test_pattern, size=(half, 0)):
        output.test_pattern = not output.test_pattern
    imgui.end_disabled()
    imgui.set_item_tooltip("in place of the picture, until blackout or panic")


def _feeds(outputs: Feeds) -> None:
    """A switch for each; greyed with the reason where it cannot be had."""
    for entry in outputs.entries:
        where = outputs.where(entry.name)
        imgui.begin_disabled(bool(entry.missing))
        if imgui.checkbox(entry.label, where is not None)[0]:
            outputs.toggle(entry.name)
        imgui.end_disabled()
        if text := entry.missing or where:
            imgui.same_line()
            widgets.line(text, widgets.QUIET)
