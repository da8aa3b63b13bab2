"""How everything looks: colours, sizes, fonts and icons in one place. Main thread, an ImGui context current.

Made for a dark stage: black panels, a warm colour for what is on or current, a cold one for what music moves.
"""

import logging
from importlib import resources
from importlib.resources.abc import Traversable

from imgui_bundle import imgui, implot

log = logging.getLogger("clavilux")

Colour = tuple[float, float, float, float]

PANEL: Colour = (0.055, 0.060, 0.075, 1.0)
"""Bars of tabs, and the ground of a panel that was dragged out; panels in place lie on black."""
RAISED: Colour = (0.125, 0.135, 0.160, 1.0)
HOVERED: Colour = (0.190, 0.205, 0.240, 1.0)
PRESSED: Colour = (0.260, 0.280, 0.330, 1.0)
EDGE: Colour = (0.170, 0.185, 0.220, 1.0)
TEXT: Colour = (0.930, 0.940, 0.960, 1.0)
QUIET: Colour = (0.600, 0.630, 0.680, 1.0)
WARM: Colour = (1.000, 0.700, 0.240, 1.0)
"""On, current, set by hand."""
WARM_DIM: Colour = (0.520, 0.360, 0.120, 1.0)
COLD: Colour = (0.260, 0.840, 0.880, 1.0)
"""Moved by music."""
GOOD: Colour = (0.360, 0.850, 0.470, 1.0)
BAD: Colour = (1.000, 0.310, 0.290, 1.0)
ON_BRIGHT: Colour = (0.060, 0.050, 0.030, 1.0)
"""Text on a bright button."""
DARK: Colour = (0.060, 0.066, 0.082, 1.0)
"""Wells: meters, plots, text fields."""
CLEAR: Colour = (0.0, 0.0, 0.0, 0.0)

FONT_PX = 16.0
BIG_PX = 21.0
SMALL_PX = 13.5

PLAY, PAUSE, LOOP = "\uf04b", "\uf04c", "\uf363"
LOCK, FREEZE, BLACKOUT, RECORD = "\uf023", "\uf2dc", "\uf186", "\uf111"
BEFORE, AFTER, RANDOM, BACK = "\uf048", "\uf051", "\uf074", "\uf2ea"
ADD, REMOVE, UP, DOWN, SAVE = "\u002b", "\uf00d", "\uf062", "\uf063", "\uf0c7"
SEARCH, REFRESH, EXPAND, WARNING, KEYBOARD = "\uf002", "\uf2f1", "\uf065", "\uf071", "\uf11c"
TO, TARGET = "\uf178", "\uf05b"
FOLDED, UNFOLDED = "\uf0da", "\uf0d7"
STAR, HEART, TICK, DELETE = "\uf005", "\uf004", "\uf00c", "\uf2ed"
KEEP, EDIT, ON_AIR, DICE = "\uf00c", "\uf303", "\uf519", "\uf522"

_COLOURS: dict[str, Colour] = {
    "text": TEXT, "text_disabled": QUIET, "window_bg": PANEL, "child_bg": CLEAR, "popup_bg": (0.075, 0.082, 0.1, 0.99),
    "border": EDGE, "frame_bg": RAISED, "frame_bg_hovered": HOVERED, "frame_bg_active": PRESSED,
    "title_bg": PANEL, "title_bg_active": PANEL, "title_bg_collapsed": PANEL,
    "scrollbar_bg": CLEAR, "scrollbar_grab": HOVERED, "scrollbar_grab_hovered": PRESSED, "scrollbar_grab_active": QUIET,
    "check_mark": WARM, "slider_grab": CLEAR, "slider_grab_active": CLEAR,
    "button": RAISED, "button_hovered": HOVERED, "button_active": PRESSED,
    "header": RAISED, "header_hovered": HOVERED, "header_active": PRESSED,
    "separator": EDGE, "separator_hovered": WARM_DIM, "separator_active": WARM,
    "resize_grip": CLEAR, "resize_grip_hovered": WARM_DIM, "resize_grip_active": WARM,
    "tab": PANEL, "tab_hovered": HOVERED, "tab_selected": RAISED, "tab_selected_overline": WARM,
    "tab_dimmed": PANEL, "tab_dimmed_selected": RAISED, "tab_dimmed_selected_overline": WARM_DIM,
    "docking_preview": (1.0, 0.7, 0.24, 0.35), "docking_empty_bg": CLEAR,
    "plot_lines": COLD, "plot_histogram": COLD, "text_selected_bg": WARM_DIM, "input_text_cursor": WARM,
}  # fmt: skip


def apply(scale: float) -> None:
    """Set colours, sizes and fonts for a monitor whose content scale is `scale` (1 = 96 dpi)."""
    style = imgui.get_style()
    for name, colour in _COLOURS.items():
        style.set_color_(getattr(imgui.Col_, name), colour)
    _sizes(style)
    style.scale_all_sizes(scale)
    style.font_scale_dpi = scale
    _fonts()
    imgui.get_io().config_error_recovery_enable_tooltip = False
    imgui.get_io().config_error_recovery_enable_debug_log = False
    plot = implot.get_style()
    plot.plot_padding = imgui.ImVec2(2, 4)
    plot.plot_border_size = 0


def _sizes(style: imgui.Style) -> None:
    style.window_padding = imgui.ImVec2(10, 8)
    style.frame_padding = imgui.ImVec2(8, 5)
    style.item_spacing = imgui.ImVec2(8, 6)
    style.item_inner_spacing = imgui.ImVec2(6, 4)
    style.cell_padding = imgui.ImVec2(4, 3)
    style.scrollbar_size = 12
    style.grab_min_size = 10
    style.frame_rounding = 2
    style.popup_rounding = 4
    style.tab_rounding = 4
    style.window_rounding = style.child_rounding = 4
    style.window_border_size = 0
    style.tab_bar_border_size = 0
    style.tab_bar_overline_size = 2
    style.docking_separator_size = 4
    style.window_menu_button_position = imgui.Dir.none
    style.hover_stationary_delay = 0.35


def _fonts() -> None:
    """Load the fonts that travel with imgui-bundle; without them ImGui's own is used and icons show as '?'."""
    atlas = imgui.get_io().fonts
    style = imgui.get_style()
    style.font_size_base = FONT_PX
    folder = _font_folder()
    icons = imgui.ImFontConfig()
    icons.merge_mode = True
    icons.glyph_min_advance_x = FONT_PX
    try:
        with (
            resources.as_file(folder / "Roboto" / "Roboto-Regular.ttf") as text_file,
            resources.as_file(folder / "Font_Awesome_6_Free-Solid-900.otf") as icon_file,
        ):
            atlas.add_font_from_file_ttf(str(text_file), FONT_PX)
            icons.glyph_offset = imgui.ImVec2(0, 1)
            atlas.add_font_from_file_ttf(str(icon_file), FONT_PX * 0.82, icons)
    except (OSError, RuntimeError) as error:
        log.info("fonts of imgui-bundle not found, using the built-in one: %s", error)


def _font_folder() -> Traversable:
    return resources.files("imgui_bundle") / "assets" / "fonts"


def mono_font() -> imgui.ImFont | None:
    """Load the font for text whose columns line up; None if it is not there. Keep what it returns."""
    try:
        with resources.as_file(_font_folder() / "Inconsolata-Medium.ttf") as file:
            return imgui.get_io().fonts.add_font_from_file_ttf(str(file), FONT_PX)
    except (OSError, RuntimeError) as error:
        log.info("Inconsolata of imgui-bundle not found: %s", error)
        return None


def packed(colour: Colour, alpha: float = 1.0) -> int:
    """Return a colour as draw lists want it, its alpha multiplied by `alpha`."""
    red, green, blue, own = (int(min(max(part, 0.0), 1.0) * 255 + 0.5) for part in (*colour[:3], colour[3] * alpha))
    return own << 24 | blue << 16 | green << 8 | red


def scaled(pixels: float) -> float:
    """Return a length at the monitor's content scale."""
    return pixels * float(imgui.get_style().font_scale_dpi)
