"""Displays and other programs, in the Output panel: where the picture goes beside this window. Main thread, ImGui."""

from imgui_bundle import imgui

from app.output.cards import figures
from app.output.display import DisplayOutput
from app.output.feeds import Feeds
from app.ui import theme, widgets

LABEL_PX = 78
NONE = "none"


def display(output: DisplayOutput) -> None:
    """Draw the choice of the display for the clean output, with what helps to find and set it up."""
    widgets.row_label("Display", theme.scaled(LABEL_PX))
    here = {display.name: f"{display.name}   {figures(display)}" for display in output.displays}
    away = {output.wanted: f"{output.wanted}   away"} if output.waiting else {}
    choices = {"": NONE} | here | away
    chosen = widgets.combo("##display", choices.get(output.wanted, output.wanted), choices.items())
    imgui.set_item_tooltip("clean picture, full screen, no cursor (Ctrl+M: the next display)")
    if chosen is not None:
        output.choose(chosen)
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
    if output.waiting:
        imgui.push_style_color(imgui.Col_.text, theme.BAD)
        imgui.text_wrapped(f"{theme.WARNING}  waiting for {output.wanted}")
        imgui.pop_style_color()


def feeds(outputs: Feeds) -> None:
    """Draw a switch for every program that may take the picture; greyed with the reason where it cannot."""
    for entry in outputs.entries:
        where = outputs.where(entry.name)
        imgui.begin_disabled(bool(entry.missing))
        if imgui.checkbox(entry.label, where is not None)[0]:
            outputs.toggle(entry.name)
        imgui.end_disabled()
        if entry.missing or where:
            imgui.same_line()
            widgets.quiet(entry.missing or where or "")
