"""What a right click on a look offers, in the grid: queue it, mark it, put it into a playlist. Main thread."""

from imgui_bundle import imgui

from app.show.marks import MOST_STARS, PLAYLIST
from app.ui import theme, widgets
from app.ui.desk import Desk


def draw(desk: Desk, name: str) -> None:
    """Draw the menu of the last item, a look's tile, if it is open."""
    if not imgui.begin_popup_context_item(f"menu of {name}"):
        return
    widgets.quiet(widgets.spoken(name))
    looks = desk.looks
    if _entry("Queue  (E)"):
        looks.enqueue(name)
    if _entry("Queue as the next"):
        looks.enqueue(name)
        looks.queue.insert(0, looks.queue.pop())
    if name in looks.queue and _entry("Take out of the queue"):
        looks.queue.remove(name)
    imgui.separator()
    _marks(desk, name)
    imgui.separator()
    if imgui.begin_menu("Put into playlist"):
        for playlist in desk.playlists.names:
            if _entry(playlist):
                desk.playlists.put(playlist, name)
        if _entry("a new one"):
            desk.playlists.put(free_name(desk.playlists.names), name)
        imgui.end_menu()
    chosen = looks.pool.removeprefix(PLAYLIST)
    if looks.pool != chosen and _entry(f"Take out of '{chosen}'"):
        desk.playlists.arrange(chosen, [own for own in desk.playlists.looks_of(chosen) if own != name])
    imgui.end_popup()


def _marks(desk: Desk, name: str) -> None:
    mark = desk.looks.marks.seen(name)
    if _entry("No favourite any more" if mark.favourite else "Favourite"):
        desk.mark(name, favourite=not mark.favourite)
    if _entry("Untick" if mark.ticked else "Tick"):
        desk.mark(name, ticked=not mark.ticked)
    if imgui.begin_menu("Stars"):
        for stars in range(MOST_STARS + 1):
            if _entry(f"{stars}  {theme.STAR * stars}"):
                desk.mark(name, stars=stars)
        imgui.end_menu()


def _entry(text: str) -> bool:
    return bool(imgui.menu_item_simple(text))


def free_name(taken: list[str], start: str = "list") -> str:
    """Return a name that is not taken: "list 1", "list 2", …."""
    number = 1
    while f"{start} {number}" in taken:
        number += 1
    return f"{start} {number}"
