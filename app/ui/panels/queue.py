"""The Queue panel: what was on air, what comes next, and the playlists. Main thread, inside an ImGui frame."""

from collections.abc import Callable, Sequence

from imgui_bundle import imgui

from app.preset import Preset
from app.show.marks import EVERYTHING, PLAYLIST
from app.show.state import KEPT_BEFORE
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels.tile_menu import free_name
from app.ui.view import View

LABEL_PX = 56
GAP_PX = 4
QUEUE_PX, LIST_PX = 88.0, 74.0
"""Width of a tile."""
QUEUED, LISTED = "queued look", "look of a playlist"


class Queue:
    """Keeps which playlist is being edited and the name being typed."""

    def __init__(self) -> None:
        self._edited = ""
        self._typed = ""

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        _before(desk)
        _queue(desk)
        imgui.spacing()
        self._lists(desk)

    def _lists(self, desk: Desk) -> None:
        """Draw the line of playlists and the looks of the one being edited."""
        names = desk.playlists.names
        self._edited = self._edited if self._edited in names else next(iter(names), "")
        _label("lists")
        shown = self._edited or "no playlist yet"
        self._edited = widgets.combo("##list", shown, ((n, n) for n in names), theme.scaled(150)) or self._edited
        imgui.set_item_tooltip("the playlist that is shown and edited here")
        imgui.same_line(0, theme.scaled(GAP_PX))
        imgui.begin_disabled(not self._edited)
        self._buttons(desk)
        imgui.end_disabled()
        imgui.same_line(0, theme.scaled(GAP_PX))
        if widgets.icon_button(theme.ADD, "new list", "a new playlist, beginning with the look on air"):
            self._edited = free_name(names)
            desk.playlists.put(self._edited, desk.preset.name)
        imgui.same_line()
        _shuffle(desk)
        self._rename(desk)
        self._delete(desk)
        self._looks(desk)

    def _buttons(self, desk: Desk) -> None:
        """Draw what can be done to the playlist being edited."""
        pool = f"{PLAYLIST}{self._edited}"
        plays = desk.looks.pool == pool
        if widgets.toggle(f"{theme.PLAY}  play this", plays):
            desk.looks.pool = EVERYTHING if plays else pool
        imgui.set_item_tooltip("next, random and the clock choose from this playlist")
        imgui.same_line(0, theme.scaled(GAP_PX))
        if widgets.icon_button(theme.EDIT, "rename", "rename this playlist"):
            self._typed = self._edited
            imgui.open_popup("rename list")
        imgui.same_line(0, theme.scaled(GAP_PX))
        if widgets.icon_button(theme.DELETE, "delete", "delete this playlist; its looks stay"):
            imgui.open_popup("delete list")

    def _looks(self, desk: Desk) -> None:
        names = desk.playlists.looks_of(self._edited)
        _label("")
        if not names:
            widgets.quiet("right-click a look in Styles to put it into a playlist" if not self._edited else "empty")
            return
        here = desk.preset.name
        order, clicked = _row(LISTED, names, LIST_PX, _picture(desk), lambda _: "", lambda i: names[i] == here)
        if order != names:
            desk.playlists.arrange(self._edited, order)
        if clicked is not None:
            desk.choose_look(names[clicked])

    def _rename(self, desk: Desk) -> None:
        if not imgui.begin_popup("rename list"):
            return
        if imgui.is_window_appearing():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(theme.scaled(220))
        flags = imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.auto_select_all
        entered, self._typed = imgui.input_text("##list name", self._typed, flags)
        imgui.same_line()
        if imgui.button("Rename") or entered:
            desk.playlists.rename(self._edited, self._typed)
            self._edited = self._typed.strip() if self._typed.strip() in desk.playlists.names else self._edited
            imgui.close_current_popup()
        imgui.end_popup()

    def _delete(self, desk: Desk) -> None:
        if imgui.begin_popup("delete list"):
            if imgui.button(f"Delete '{self._edited}'"):
                desk.playlists.drop(self._edited)
                imgui.close_current_popup()
            imgui.end_popup()


def _shuffle(desk: Desk) -> None:
    looks = desk.looks
    with learn.bindable(desk, "shuffle"):
        if widgets.toggle("shuffle", looks.order == "bag"):
            looks.order = "list" if looks.order == "bag" else "bag"
    imgui.set_item_tooltip("in random order, each once before any comes again")


def _before(desk: Desk) -> None:
    """Draw the looks that were on air, the newest last, then the one that is."""
    _label("before")
    gap = theme.scaled(GAP_PX)
    width = (imgui.get_content_region_avail().x + gap) / (KEPT_BEFORE + 1) - gap
    shown = desk.looks.before[-KEPT_BEFORE:]
    again = None
    for i, look in enumerate(shown):
        imgui.push_id(i)
        if widgets.tile(look.name, width, lambda _, look=look: _left(desk, look), False):  # type: ignore[misc]
            again = look
        imgui.set_item_tooltip(f"{widgets.spoken(look.name)}, as it was left; Backspace: the newest")
        imgui.pop_id()
        imgui.same_line(0, gap)
    widgets.tile(desk.preset.name, width, _picture(desk), True)
    imgui.set_item_tooltip(f"{widgets.spoken(desk.preset.name)}, on air")
    if again is not None:
        desk.look_again(again)


def _left(desk: Desk, look: Preset) -> int:
    """Return the picture of a look as it was left, or the library's where none was kept."""
    kept = desk.keepsakes.picture(look) if desk.keepsakes else 0
    return kept or _picture(desk)(look.name)


def _queue(desk: Desk) -> None:
    looks = desk.looks
    if _label("next", "empty the queue (Shift+E)" if looks.queue else ""):
        looks.queue.clear()
    if not looks.queue:
        coming = looks.coming()
        if coming:
            widgets.tile(coming, theme.scaled(QUEUE_PX), _picture(desk), False)
            imgui.same_line()
            widgets.quiet("comes by itself; to queue others,\nright-click them in Styles or press E")
        return
    order, clicked = _row(QUEUED, looks.queue, QUEUE_PX, _picture(desk), lambda i: f"{i + 1}", lambda _: False)
    if clicked is not None:
        name = order.pop(clicked)
        desk.choose_look(name)
    looks.queue[:] = order


def _row(
    kind: str,
    names: Sequence[str],
    width_px: float,
    picture: Callable[[str], int],
    note: Callable[[int], str],
    current: Callable[[int], bool],
) -> tuple[list[str], int | None]:
    """Draw looks in a row that scrolls; return them in the order that hands ask for, and the place that was clicked.

    They are dragged to other places; a right click takes one out.
    """
    order, clicked = list(names), None
    height = theme.scaled(width_px) * widgets.TILE_PX[1] / widgets.TILE_PX[0]
    flags = imgui.WindowFlags_.horizontal_scrollbar
    room = imgui.get_style().scrollbar_size if _too_long(len(names), width_px) else 0
    imgui.begin_child(kind, (0, height + room), 0, flags)
    for i, name in enumerate(names):
        imgui.push_id(i)
        if i:
            imgui.same_line(0, theme.scaled(GAP_PX))
        if widgets.tile(name, theme.scaled(width_px), picture, current(i), note(i)):
            clicked = i
        if imgui.is_item_clicked(imgui.MouseButton_.right):
            order = [own for j, own in enumerate(names) if j != i]
        came = widgets.dropped(kind, i, widgets.spoken(name))
        if came is not None and came < len(names):
            order = widgets.moved(names, came, i)
        imgui.set_item_tooltip(f"{widgets.spoken(name)}: click puts it on air, drag moves it, right click takes it out")
        imgui.pop_id()
    imgui.end_child()
    return order, clicked


def _too_long(count: int, width_px: float) -> bool:
    return count * theme.scaled(width_px + GAP_PX) > imgui.get_content_region_avail().x


def _picture(desk: Desk) -> Callable[[str], int]:
    return desk.thumbnails.look if desk.thumbnails else lambda _: 0


def _label(text: str, clears: str = "") -> bool:
    """Write what a row is; below it, where there is something to clear, a button; return whether it was pressed."""
    start, pressed = imgui.get_cursor_pos(), False
    imgui.align_text_to_frame_padding()
    widgets.quiet(text)
    if clears:
        imgui.set_cursor_pos((start.x, start.y + imgui.get_frame_height() - theme.scaled(4)))
        pressed = widgets.icon_button(theme.DELETE, f"clear {text}", clears)
    imgui.set_cursor_pos((start.x + theme.scaled(LABEL_PX), start.y))
    return pressed
