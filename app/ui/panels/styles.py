"""The Styles panel: the library as a grid of pictures; a click puts one on air. Main thread, inside an ImGui frame."""

from collections.abc import Callable, Sequence

from imgui_bundle import imgui

from app.params import Param
from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels.marks import Marks, shown
from app.ui.view import View

CROSSFADE = Param("crossfade", 2.0, 0.0, 20.0, "s", "Crossfade")
LISTING_SECONDS = 2.0
NARROW_PX = 560
"""In less room the bar takes two lines."""
LOOKS, STYLES = "Looks", "Styles"


class Styles:
    """Presets and styles, searched by any part of their names."""

    def __init__(self) -> None:
        self.search = ""
        self._styles: list[str] = []
        self._listed_seconds = -LISTING_SECONDS
        self.shown = LOOKS
        self._entered = False
        self._marks = Marks()

    def draw(self, desk: Desk, view: View) -> None:
        """Draw the panel."""
        self._bar(desk, view)
        if self.shown == LOOKS:
            self._marks.draw(desk)
        imgui.begin_child("grid")
        if self.shown == LOOKS:
            names, current = shown(desk), desk.preset.name
            self._grid(desk, names, current, desk.thumbnails.look if desk.thumbnails else _none, desk.choose_look)
        else:
            names, current = self._style_names(desk), desk.preset.style
            self._grid(desk, names, current, desk.thumbnails.style if desk.thumbnails else _none, desk.choose_style)
        imgui.end_child()

    def _style_names(self, desk: Desk) -> list[str]:
        """Return the styles there are; reading the folders each frame would be too much."""
        if not 0 <= desk.frame.seconds - self._listed_seconds < LISTING_SECONDS:
            self._styles, self._listed_seconds = desk.style_names, desk.frame.seconds
        return self._styles

    def _bar(self, desk: Desk, view: View) -> None:
        narrow = imgui.get_content_region_avail().x < theme.scaled(NARROW_PX)
        for kind in (LOOKS, STYLES):
            if widgets.toggle(kind, self.shown == kind):
                self.shown = kind
            imgui.same_line(0, theme.scaled(4))
        imgui.same_line()
        self._search_box(view, theme.scaled(90 if narrow else 338))
        imgui.same_line()
        if widgets.icon_button(theme.BEFORE, "previous", "previous look (P)"):
            desk.step_look(-1)
        imgui.same_line(0, theme.scaled(4))
        if widgets.icon_button(theme.AFTER, "next", "next look (N)"):
            desk.step_look(1)
        imgui.same_line(0, theme.scaled(4))
        if widgets.icon_button(theme.RANDOM, "random", "any other look (R)"):
            desk.random_look()
        if not narrow:
            imgui.same_line(0, theme.scaled(4))
        _advance(desk)
        imgui.same_line()
        _crossfade(desk)

    def _search_box(self, view: View, taken: float) -> None:
        if view.focus_search:
            imgui.set_keyboard_focus_here()
            view.focus_search = False
        imgui.set_next_item_width(max(theme.scaled(90), imgui.get_content_region_avail().x - taken))
        self._entered, self.search = imgui.input_text_with_hint(
            "##search", f"{theme.SEARCH}  search  ( / )", self.search, imgui.InputTextFlags_.enter_returns_true
        )
        imgui.set_item_tooltip("Enter takes the first that is found")

    def _grid(
        self,
        desk: Desk,
        names: Sequence[str],
        current: str,
        picture: Callable[[str], int],
        choose: Callable[[str], None],
    ) -> None:
        found = matching(names, self.search)
        chosen = found[0] if found and self._entered else ""
        gap = theme.scaled(6)
        room = imgui.get_content_region_avail().x + gap
        columns = max(1, int(room // (theme.scaled(widgets.TILE_PX[0]) + gap)))
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (gap, gap))
        for i, name in enumerate(found):
            if i % columns:
                imgui.same_line()
            if widgets.tile(name, room / columns - gap, picture, name == current):
                chosen = name
        imgui.pop_style_var()
        if chosen:
            with desk.problems.guard(chosen):
                choose(chosen)
        if not found:
            widgets.quiet(f"nothing is called '{self.search}'" if names else "nothing here yet")


def matching(names: Sequence[str], search: str) -> list[str]:
    """Return the names that contain every word of `search`, in any case."""
    words = search.lower().split()
    return [
        name for name in names if all(word in widgets.spoken(name.lower()) or word in name.lower() for word in words)
    ]


def _none(_: str) -> int:
    return 0


def _advance(desk: Desk) -> None:
    """Draw the choice of how long a look stays before the next one comes by itself."""
    choices = {"manual": 0.0, "15 s": 15.0, "30 s": 30.0, "1 min": 60.0, "2 min": 120.0, "5 min": 300.0}
    now = desk.looks.advance_seconds
    current = next((text for text, seconds in choices.items() if seconds == now), f"{now:g} s")
    chosen = widgets.combo("##advance", current, ((text, text) for text in choices), theme.scaled(90))
    imgui.set_item_tooltip("the next look comes by itself after this time, unless held")
    if chosen is not None:
        desk.looks.advance_seconds = choices[chosen]


def _crossfade(desk: Desk) -> None:
    imgui.set_next_item_width(-1)
    moved = widgets.slider("##crossfade", CROSSFADE, desk.preset.crossfade_seconds)
    imgui.set_item_tooltip("seconds that one style takes to become another")
    if moved is not None:
        desk.preset.crossfade_seconds = moved
    if desk.fade < 1:
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        end = (low.x + (high.x - low.x) * desk.fade, high.y)
        imgui.get_window_draw_list().add_rect_filled((low.x, high.y - theme.scaled(4)), end, widgets.COLD)
