"""The Output panel: recording, light, the size and rate of the picture. Main thread, inside an ImGui frame."""

from typing import cast

from imgui_bundle import imgui

from app.control.output_actions import FADE, MASTER, panic
from app.render.flash_limiter import FlashMode
from app.render.saving import Saving
from app.settings import SIZES
from app.ui import learn, theme, widgets
from app.ui.desk import Desk, Recording
from app.ui.view import View

RATES = (24.0, 25.0, 30.0, 50.0, 60.0, 120.0)
LABEL_PX, RATE_PX = 78, 84
FLASHES: dict[FlashMode, str] = {
    "standard": "limited",
    "wall": "limited for a large wall",
    "off": "not limited",
}
PIXELS: dict[Saving, str] = {
    "off": "all drawn",
    "refine": "half resolution, full where it shows",
    "half": "half resolution, enlarged",
    "rows": "every other row, in turn",
}
"""What is seen least comes first, on most styles."""
NO_LIMIT = "Flashing pictures can set off seizures. Warn your audience."


class Output:
    """Keeps nothing."""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        tall = imgui.get_frame_height() * 1.35
        text = "Finish recording" if desk.recording else "Record"
        with learn.bindable(desk, "record"):
            if widgets.toggle(f"{theme.RECORD}  {text}", desk.recording is not None, theme.BAD, (-1, tall)):
                desk.toggle_record()
        imgui.set_item_tooltip("picture and sound, without panels (F9)")
        if desk.recording is not None:
            _recording(desk.recording)
        self._switches(desk, tall)
        _master(desk)
        _panic(desk)
        _flashes(desk)
        _size(desk)
        _rate(desk)
        _saving(desk)

    def _switches(self, desk: Desk, tall: float) -> None:
        half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
        with learn.bindable(desk, "freeze"):
            if widgets.toggle(f"{theme.FREEZE}  Freeze", desk.frozen, theme.COLD, (half, tall)):
                desk.frozen = not desk.frozen
        imgui.set_item_tooltip("stop the picture (.)")
        imgui.same_line()
        with learn.bindable(desk, "blackout"):
            if widgets.toggle(f"{theme.BLACKOUT}  Blackout", desk.blackout, theme.BAD, (half, tall)):
                desk.blackout = not desk.blackout
        imgui.set_item_tooltip("black on every output (B)")


def _master(desk: Desk) -> None:
    """How much light leaves."""
    master = desk.outlets.master
    widgets.row_label("Master", theme.scaled(LABEL_PX))
    imgui.set_next_item_width(-1)
    with learn.bindable(desk, "master"):
        moved = widgets.slider("##master", MASTER, master.fader, master.level)
    imgui.set_item_tooltip("how much light leaves, on every output and in recordings")
    master.fader = master.fader if moved is None else moved


def _panic(desk: Desk) -> None:
    """How long a blackout takes, and the way back to a look that works."""
    master = desk.outlets.master
    widgets.row_label("Fade time", theme.scaled(LABEL_PX))
    imgui.set_next_item_width(-1)
    with learn.bindable(desk, "fade"):
        moved = widgets.slider("##fade", FADE, master.fade_seconds)
    master.fade_seconds = master.fade_seconds if moved is None else moved
    imgui.set_item_tooltip("of a blackout, there and back; 0 = at once")
    rescue = desk.outlets.rescue
    if rescue is not None:
        half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
        with learn.bindable(desk, "panic"):
            if imgui.button("Panic", (half, 0)):
                panic(desk)
        imgui.set_item_tooltip(f"back to {widgets.spoken(rescue.name)}, without effects, in full light (Home)")
        imgui.same_line()
        if imgui.button("Keep for panic", (half, 0)):
            rescue.keep(desk.preset)
        imgui.set_item_tooltip("the look on air becomes the one that Panic comes back to")


def _recording(recording: Recording) -> None:
    minutes, seconds = divmod(recording.seconds, 60)
    imgui.text_unformatted(f"{int(minutes)}:{seconds:04.1f}   {recording.duplicated} repeated frames")
    widgets.quiet(str(getattr(recording.path, "name", recording.path)))
    imgui.set_item_tooltip(str(recording.path))
    if recording.error:
        imgui.push_style_color(imgui.Col_.text, theme.BAD)
        imgui.text_wrapped(recording.error)
        imgui.pop_style_color()


def _size(desk: Desk) -> None:
    """The picture's size; "window" and "display" are whatever those have, made even for recordings."""
    display, ratio = imgui.get_io().display_size, imgui.get_io().display_framebuffer_scale
    window = (even(display.x * ratio.x), even(display.y * ratio.y))
    sizes = SIZES | {"window": window}
    if desk.outlets.display is not None and desk.outlets.display.on is not None:
        width, height = desk.outlets.display.on.size_px
        sizes["display"] = (even(width), even(height))
    width, height = desk.picture_px
    current = next((name for name, size in sizes.items() if size == desk.picture_px), f"{width} × {height}")
    widgets.row_label("Picture", theme.scaled(LABEL_PX))
    texts = ((name, f"{name}   {size[0]} × {size[1]}") for name, size in sizes.items())
    imgui.begin_disabled(desk.recording is not None)
    rest = imgui.get_content_region_avail().x - theme.scaled(RATE_PX) - imgui.get_style().item_spacing.x
    chosen = widgets.combo("##size", current, texts, rest)
    imgui.end_disabled()
    imgui.set_item_tooltip("size of the finished picture; fixed while a recording runs")
    if chosen is not None:
        desk.choose_picture(sizes[chosen])


def _rate(desk: Desk) -> None:
    """The target frame rate, right of the size."""
    imgui.same_line()
    imgui.begin_disabled(desk.recording is not None)
    chosen = widgets.combo(
        "##fps", f"{desk.fps:g} fps", ((f"{rate:g}", f"{rate:g} fps") for rate in RATES), theme.scaled(RATE_PX)
    )
    imgui.end_disabled()
    imgui.set_item_tooltip("pictures a second that are aimed at; fixed while a recording runs")
    if chosen is not None:
        desk.choose_fps(float(chosen))


def _saving(desk: Desk) -> None:
    """Which pixels the network draws; cheaper ones are the performer's own choice."""
    widgets.row_label("Pixels", theme.scaled(LABEL_PX))
    chosen = widgets.combo("##saving", PIXELS[desk.saving], PIXELS.items())
    imgui.set_item_tooltip(
        "cheaper pixels leave time for size and effects, and cost sharpness; networks that are symmetric are always "
        "mirrored, which costs nothing"
    )
    if chosen is not None:
        desk.saving = cast(Saving, chosen)


def _flashes(desk: Desk) -> None:
    widgets.row_label("Flashes", theme.scaled(LABEL_PX))
    chosen = widgets.combo("##flashes", FLASHES[desk.flash_mode], FLASHES.items())
    imgui.set_item_tooltip(
        "at most 3 flashes a second, on every output and in recordings; for a large wall on small areas too"
    )
    if chosen is not None:
        desk.flash_mode = cast(FlashMode, chosen)
    if desk.flash_mode == "off":
        imgui.push_style_color(imgui.Col_.text, theme.BAD)
        imgui.text_wrapped(f"{theme.WARNING}  {NO_LIMIT}")
        imgui.pop_style_color()


def even(side: float) -> int:
    """Return a length as encoders want it."""
    return max(2, int(side) // 2 * 2)
