"""The line above the looks: which of them come, in which order, and what is thought of the one on air. Main thread."""

from imgui_bundle import imgui

from app.show.marks import MOST_STARS, PLAYLIST
from app.ui import learn, theme, widgets
from app.ui.desk import Desk

ADVANCES: dict[str, tuple[float, float]] = {
    "manual": (0, 0), "8 beats": (0, 8), "4 bars": (0, 16), "8 bars": (0, 32), "16 bars": (0, 64), "32 bars": (0, 128),
    "15 s": (15, 0), "30 s": (30, 0), "1 min": (60, 0), "2 min": (120, 0), "5 min": (300, 0),
}  # fmt: skip
"""What is read → (seconds, beats) that a look stays before the next one comes by itself."""
LONGEST_TAG = 40


class Marks:
    """Keeps the tag or playlist being typed, nothing else."""

    def __init__(self) -> None:
        self._typed = ""

    def draw(self, desk: Desk) -> None:
        """Draw the line."""
        looks, name = desk.looks, desk.preset.name
        choices = ((choice, choice.replace(":", ": ")) for choice in looks.marks.choices())
        chosen = widgets.combo("##pool", looks.pool.replace(":", ": "), choices, theme.scaled(116))
        imgui.set_item_tooltip("which looks next, random and the clock choose from")
        looks.pool = chosen or looks.pool
        imgui.same_line()
        _advance(desk)
        imgui.same_line()
        with learn.bindable(desk, "shuffle"):
            if widgets.toggle("shuffle", looks.order == "bag"):
                looks.order = "list" if looks.order == "bag" else "bag"
        imgui.set_item_tooltip("in random order, each once before any comes again")
        imgui.same_line()
        mark = looks.marks.seen(name)
        with learn.bindable(desk, "favourite"):
            if widgets.toggle("favourite", mark.favourite):
                desk.mark(name, favourite=not mark.favourite)
        imgui.set_item_tooltip("the look on air is a favourite (Ctrl+D)")
        imgui.same_line()
        with learn.bindable(desk, "tick"):
            if widgets.toggle("tick", mark.ticked):
                desk.mark(name, ticked=not mark.ticked)
        imgui.set_item_tooltip("tick the look on air, to let only ticked ones come")
        imgui.same_line()
        imgui.set_next_item_width(theme.scaled(80))
        moved, stars = imgui.slider_int("##stars", mark.stars, 0, MOST_STARS, "%d stars")
        imgui.set_item_tooltip("stars for the look on air (keys 0 to 5)")
        if moved:
            desk.mark(name, stars=min(max(stars, 0), MOST_STARS))
        imgui.same_line()
        self._more(desk, name)

    def _more(self, desk: Desk, name: str) -> None:
        """Draw the field that adds a tag, or with + before it puts the look into a playlist."""
        imgui.set_next_item_width(-1)
        entered, self._typed = imgui.input_text_with_hint(
            "##tag", "tag, or + playlist", self._typed, imgui.InputTextFlags_.enter_returns_true
        )
        imgui.set_item_tooltip("a tag for the look on air (again: takes it off); with + a playlist to put it into")
        text = self._typed.strip()
        if not (entered and text):
            return
        self._typed = ""
        if text.startswith("+"):
            desk.playlists.put(text[1:], name)
        else:
            tags, text = desk.looks.marks.seen(name).tags, text[:LONGEST_TAG]
            desk.mark(name, tags=[tag for tag in tags if tag != text] if text in tags else [*tags, text])


def shown(desk: Desk) -> list[str]:
    """Return the looks of the grid: those chosen to come, all of them while none is chosen."""
    looks = desk.looks
    return looks.pooled if not looks.pool.startswith(PLAYLIST) else list(dict.fromkeys(looks.pooled))


def _advance(desk: Desk) -> None:
    """Draw the choice of how long a look stays before the next one comes by itself."""
    looks = desk.looks
    now = (looks.advance_seconds, looks.advance_beats)
    other = f"{now[1]:g} beats" if now[1] else f"{now[0]:g} s"
    current = next((text for text, both in ADVANCES.items() if both == now), other)
    chosen = widgets.combo("##advance", current, ((text, text) for text in ADVANCES), theme.scaled(90))
    imgui.set_item_tooltip("the next look comes by itself after this time, unless held")
    if chosen is not None:
        looks.advance_seconds, looks.advance_beats = ADVANCES[chosen]
