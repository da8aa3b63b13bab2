"""The Styles panel: the library as a grid of pictures; a click puts one on air. Main thread, inside an ImGui frame."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from imgui_bundle import imgui

from app.search import Found, Kind
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import change_time, tile_menu
from app.ui.panels.cursor import Cursor
from app.ui.panels.marks import Marks, shown
from app.ui.view import View

LISTING_SECONDS = 2.0
NARROW_PX = 560
"""In less room the bar takes two lines."""
LOOKS, STYLES, MOODS = "Looks", "Styles", "Moods"
TIPS = {
    LOOKS: "looks: a style with its parameters, routes and effects",
    STYLES: "networks alone; the look on air keeps all else",
    MOODS: "networks, by the mood they were made for",
}
OTHER = "other"
"""Where styles without a mood stand, last."""
MOOD_PX = 92


@dataclass(frozen=True, slots=True)
class Grid:
    """How the tiles of one kind are drawn: what is on air, what comes (tile → "next" or its place), what is marked."""

    kind: Kind
    current: str
    picture: Callable[[str], int]
    cursor: Cursor
    notes: Mapping[str, str] = field(default_factory=dict)


class Styles:
    """Presets and styles, searched by any part of their names, by tags and by what the words mean."""

    def __init__(self) -> None:
        self.search = ""
        self._moods: dict[str, str] = {}
        self._listed_seconds = -LISTING_SECONDS
        self.shown = LOOKS
        self._entered = False
        self._marks, self._cursor = Marks(), Cursor()

    def draw(self, desk: Desk, view: View) -> None:
        """Draw the panel."""
        self._bar(desk, view)
        if self.shown == LOOKS:
            self._marks.draw(desk)
        self._cursor.begin(view.steered(), desk.frame.seconds, self._on_air(desk))
        imgui.begin_child("grid")
        chosen = (self._looks if self.shown == LOOKS else self._all_styles)(desk, view)
        imgui.end_child()
        chosen = self._entered_tile(desk, view) or chosen
        if chosen:
            with desk.problems.guard(chosen):
                self._choose(desk, chosen)

    def _on_air(self, desk: Desk) -> str:
        return desk.preset.name if self.shown == LOOKS else desk.preset.style

    def _entered_tile(self, desk: Desk, view: View) -> str:
        """Do what Enter said with the tile that the arrows chose; return it if it is to be on air."""
        word, name = view.entered, self._cursor.name
        if self.shown == LOOKS:
            view.pointed = view.pointed or name
            if word == "queue":
                desk.looks.enqueue(name)
        return name if word == "play" else ""

    def _choose(self, desk: Desk, name: str) -> None:
        """Put it on air; with Shift by a cut."""
        if self.shown == LOOKS:
            desk.choose_look(name, cut=imgui.get_io().key_shift)
        else:
            desk.choose_style(name)

    def _looks(self, desk: Desk, view: View) -> str:
        names, marks = shown(desk), desk.looks.marks
        grid = Grid(
            "look", desk.preset.name, desk.thumbnails.look if desk.thumbnails else _none, self._cursor, coming(desk)
        )
        if not self.search.strip():
            return _tiles(desk, view, grid, names) if names else _nothing()
        return self._found(desk, view, grid, names, {name: marks.seen(name).tags for name in names})

    def _all_styles(self, desk: Desk, view: View) -> str:
        moods = self._styles(desk)
        grid = Grid("style", desk.preset.style, desk.thumbnails.style if desk.thumbnails else _none, self._cursor)
        if self.search.strip():
            return self._found(desk, view, grid, list(moods), {name: (mood,) for name, mood in moods.items()})
        if not moods:
            return _nothing()
        return _board(desk, view, grid, moods) if self.shown == MOODS else _tiles(desk, view, grid, list(moods))

    def _styles(self, desk: Desk) -> dict[str, str]:
        """Return the styles there are with their moods; reading the folders each frame would be too much."""
        if not 0 <= desk.frame.seconds - self._listed_seconds < LISTING_SECONDS:
            self._moods, self._listed_seconds = desk.style_moods, desk.frame.seconds
        return self._moods

    def _bar(self, desk: Desk, view: View) -> None:
        narrow = imgui.get_content_region_avail().x < theme.scaled(NARROW_PX)
        for kind, tip in TIPS.items():
            if widgets.toggle(kind, self.shown == kind):
                self.shown = kind
            imgui.set_item_tooltip(tip)
            imgui.same_line(0, theme.scaled(4))
        imgui.same_line()
        self._search_box(view, theme.scaled(98 if narrow else 250))
        imgui.same_line()
        with learn.bindable(desk, "previous"):
            if widgets.icon_button(theme.BEFORE, "previous", "previous look (P)"):
                desk.step_look(-1)
        imgui.same_line(0, theme.scaled(4))
        with learn.bindable(desk, "next"):
            if widgets.icon_button(theme.AFTER, "next", "next look (N)"):
                desk.step_look(1)
        imgui.same_line(0, theme.scaled(4))
        with learn.bindable(desk, "random"):
            if widgets.icon_button(theme.RANDOM, "random", "any other look (R)"):
                desk.random_look()
        if not narrow:
            imgui.same_line(0, theme.scaled(4))
        change_time.draw_shows(desk)

    def _search_box(self, view: View, taken: float) -> None:
        if view.focus_search:
            imgui.set_keyboard_focus_here()
            view.focus_search = False
        imgui.set_next_item_width(max(theme.scaled(90), imgui.get_content_region_avail().x - taken))
        self._entered, self.search = imgui.input_text_with_hint(
            "##search", f"{theme.SEARCH}  search  ( / )", self.search, imgui.InputTextFlags_.enter_returns_true
        )
        imgui.set_item_tooltip("by name, tag or meaning (ocean at night); Enter takes the first, Shift+Enter queues it")

    def _found(
        self, desk: Desk, view: View, grid: Grid, names: Sequence[str], tags: Mapping[str, Sequence[str]]
    ) -> str:
        """Draw what is called so, then what is meant; return what was clicked, or with Enter the first of all."""
        named = matching(names, self.search, tags)
        found = desk.search.find(grid.kind, self.search, names) if desk.search is not None else Found()
        meant = [name for name in found.names if name not in named and name in tags] if found else []
        chosen = _tiles(desk, view, grid, named) if named else ""
        widgets.quiet(said(self.search, bool(named), found, bool(meant)))
        if meant:
            chosen = _tiles(desk, view, grid, meant) or chosen
        first = next(iter([*named, *meant]), "")
        if self._entered and grid.kind == "look" and imgui.get_io().key_shift:
            desk.looks.enqueue(first)
            return chosen
        return chosen or (first if self._entered else "")


def said(search: str, named: bool, found: Found | None, meant: bool) -> str:
    """Return the line between what is called so and what is meant."""
    if found is None:
        return "looking by meaning …"
    unknown = f"   (not understood: {', '.join(found.unknown)})" if found.unknown else ""
    if meant:
        return "with these words in their prompt" if found.by_words else f"by meaning{unknown}"
    return "" if named else f"nothing is called '{search.strip()}', and nothing is like it"


def coming(desk: Desk) -> dict[str, str]:
    """Return look → what is written on its tile: "next", or its places in the queue."""
    looks, notes = desk.looks, dict[str, str]()
    for i, name in enumerate(looks.queue, start=1):
        notes[name] = f"{notes[name]}, {i}" if name in notes else f"{i}"
    waiting = desk.launch.waiting if desk.launch.waiting in looks.names else ""
    if first := waiting or looks.coming():
        notes[first] = "next"
    return notes


def _nothing() -> str:
    widgets.quiet("nothing here yet")
    return ""


def _board(desk: Desk, view: View, grid: Grid, moods: Mapping[str, str]) -> str:
    """Draw the pictures mood by mood, each mood's name left of its own; return the name that was chosen, or ""."""
    chosen = ""
    for mood, own in by_mood(moods).items():
        top = imgui.get_cursor_pos_y()
        imgui.push_text_wrap_pos(theme.scaled(MOOD_PX - 8))
        widgets.quiet(mood)
        imgui.pop_text_wrap_pos()
        imgui.set_cursor_pos((theme.scaled(MOOD_PX), top))
        imgui.begin_group()
        chosen = _tiles(desk, view, grid, own) or chosen
        imgui.end_group()
    return chosen


def _tiles(desk: Desk, view: View, grid: Grid, names: Sequence[str]) -> str:
    """Draw pictures side by side, in as many lines as it takes; return the name that was clicked, or ""."""
    chosen = ""
    gap = theme.scaled(6)
    room = imgui.get_content_region_avail().x + gap
    columns = max(1, round(room / (theme.scaled(widgets.TILE_PX[0]) + gap)))
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (gap, gap))
    for i, name in enumerate(names):
        if i % columns:
            imgui.same_line()
        icons, note = _icons(desk, name) if grid.kind == "look" else "", grid.notes.get(name, "")
        with learn.bindable(desk, f"{grid.kind}:{name}"):
            if widgets.tile(name, room / columns - gap, grid.picture, name == grid.current, note, icons):
                chosen = name
        grid.cursor.mark(name)
        if imgui.is_item_hovered() and desk.thumbnails:
            desk.thumbnails.point(grid.kind, name)
        if grid.kind == "look":
            view.pointed = name if imgui.is_item_hovered() else view.pointed
            tile_menu.draw(desk, name)
    imgui.pop_style_var()
    return chosen


def _icons(desk: Desk, name: str) -> str:
    """Return the signs of a look's marks."""
    mark = desk.looks.marks.seen(name)
    stars = f"{mark.stars}{theme.STAR}" if mark.stars else ""
    return " ".join(filter(None, (theme.HEART * mark.favourite, theme.TICK * mark.ticked, stars)))


def by_mood(moods: Mapping[str, str]) -> dict[str, list[str]]:
    """Return mood → styles, both in order of their names; styles without a mood come last."""
    groups: dict[str, list[str]] = {}
    for name in sorted(moods, key=lambda name: (moods[name] == "", moods[name], name)):
        groups.setdefault(moods[name] or OTHER, []).append(name)
    return groups


def matching(names: Sequence[str], search: str, tags: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """Return the names that contain every word of `search`, in any case; or that have it as one of their `tags`."""
    words = search.lower().split()
    sought = " ".join(words)
    return [
        name
        for name in names
        if all(word in widgets.spoken(name.lower()) or word in name.lower() for word in words)
        or sought in (tag.lower() for tag in (tags or {}).get(name, ()))
    ]


def _none(_: str) -> int:
    return 0
