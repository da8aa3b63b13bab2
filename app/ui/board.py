"""The board: one ImGui frame with everything in it, keys and panels. Main thread; needs an ImGui context, no OpenGL.

A panel that fails is reported and closed properly; the others and the show go on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imgui_bundle import imgui

from app.ui import keys, layout, theme
from app.ui.desk import Desk
from app.ui.panels import PANELS
from app.ui.panels.key_card import TITLE, KeyCard
from app.ui.panels.messages import HEIGHT_PX as MESSAGES_PX
from app.ui.panels.messages import Messages
from app.ui.panels.question import TITLE as QUESTION
from app.ui.panels.question import Question
from app.ui.panels.strip import HEIGHT_PX as STRIP_PX
from app.ui.panels.strip import Strip
from app.ui.panels.tempo import HEIGHT_PX as TEMPO_PX
from app.ui.panels.tempo import TempoBar
from app.ui.view import View

_PLACES = [(place.title, place.place) for place in PANELS]

Draw = Callable[[Desk, View], None]

_BAR = (
    imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_resize
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_background
    | imgui.WindowFlags_.no_scrollbar
    | imgui.WindowFlags_.no_scroll_with_mouse
    | imgui.WindowFlags_.no_docking
    | imgui.WindowFlags_.no_saved_settings
)
_PANEL = imgui.WindowFlags_.no_focus_on_appearing | imgui.WindowFlags_.no_collapse
"""The remembered layout says which panel is in front; the last one drawn must not push itself there."""
_CARD = (
    imgui.WindowFlags_.no_collapse
    | imgui.WindowFlags_.no_docking
    | imgui.WindowFlags_.always_auto_resize
    | imgui.WindowFlags_.no_saved_settings
)


class Board:
    """All panels and the state of their fields."""

    def __init__(self) -> None:
        self.view = View()
        self.panels = {place.title: place.make() for place in PANELS}
        self._strip, self._tempo, self._messages, self._card = Strip(), TempoBar(), Messages(), KeyCard()
        self._question = Question()
        self._to_front: list[str] = []
        self.free: tuple[float, float, float, float] | None = None
        """x, y, width, height of the middle that no panel covers, in window coordinates; None while all are hidden."""

    def draw(self, desk: Desk) -> None:
        """Draw one frame, between `imgui.new_frame` and `imgui.render`."""
        self.view.entered = ""
        keys.handle(desk, self.view)
        self._click_on_picture(desk)
        self.free, self.view.pointed = None, ""
        if self.view.visible:
            self._panels(desk)
        if desk.farewell.asks:
            self._card_window(QUESTION, _CARD | imgui.WindowFlags_.no_title_bar, self._question.draw, desk)

    def _panels(self, desk: Desk) -> None:
        self._bar("##strip", imgui.Dir.up, STRIP_PX, self._strip.draw, desk)
        self._bar("##tempo", imgui.Dir.up, TEMPO_PX, self._tempo.draw, desk)
        self._bar("##messages", imgui.Dir.down, MESSAGES_PX, self._messages.draw, desk)
        self.free = self._dock()
        if self.view.focus_search or any(self.view.steer):
            imgui.set_window_focus("Styles")
        if self.view.picture is not None:
            imgui.set_window_focus("Train")
        for title, panel in self.panels.items():
            layout.join(title, _PLACES)
            self._window(title, _PANEL | _background(title), panel.draw, desk)
        if self.view.key_card:
            self._card_window(TITLE, _CARD, self._card.draw, desk)

    def _dock(self) -> tuple[float, float, float, float]:
        if self._to_front:
            imgui.set_window_focus(self._to_front.pop())
        space, new = layout.dock(_PLACES, self.view.reset_layout)
        if new:
            self._to_front = layout.in_front(_PLACES)
        self.view.reset_layout = False
        return layout.free_rect(space)

    def _window(self, title: str, flags: int, draw: Draw, desk: Desk) -> None:
        """Draw one panel in a window of its own; leave ImGui in order whatever happens inside."""
        shown = imgui.begin(title, None, flags)[0]
        with desk.problems.guard(f"panel {title}"), closing_what_is_left_open():
            if shown:
                draw(desk, self.view)
        imgui.end()

    def _bar(self, name: str, side: imgui.Dir, height_px: float, draw: Draw, desk: Desk) -> None:
        viewport = imgui.get_main_viewport()
        imgui.push_style_var(imgui.StyleVar_.window_padding, (10, 2))
        imgui.push_style_var(imgui.StyleVar_.window_min_size, (1, 1))
        imgui.internal.begin_viewport_side_bar(name, viewport, side, theme.scaled(height_px), _BAR)
        imgui.end()
        self._window(name, _BAR, draw, desk)
        imgui.pop_style_var(2)

    def _card_window(self, title: str, flags: int, draw: Draw, desk: Desk) -> None:
        """Draw something in the middle, over everything."""
        viewport = imgui.get_main_viewport()
        imgui.set_next_window_pos(viewport.get_center(), imgui.Cond_.always, (0.5, 0.5))
        imgui.set_next_window_focus()
        self._window(title, flags, draw, desk)

    def _click_on_picture(self, desk: Desk) -> None:
        """A double click where no panel is covers the monitor, or goes back."""
        if imgui.is_mouse_double_clicked(imgui.MouseButton_.left) and not imgui.get_io().want_capture_mouse:
            desk.toggle_fullscreen()


def _background(title: str) -> int:
    """Return the flag of a panel in its place, on the window's own black: a ground is dear to CPU renderers."""
    return int(imgui.WindowFlags_.no_background) if layout.in_place(title) else 0


@contextmanager
def closing_what_is_left_open() -> Iterator[None]:
    """End every child, popup and pushed style that an exception left behind."""
    before = imgui.internal.ErrorRecoveryState()
    imgui.internal.error_recovery_store_state(before)
    whole = False
    try:
        yield
        whole = True
    finally:
        if not whole:
            io = imgui.get_io()
            io.config_error_recovery_enable_assert = False  # it is known; the guard tells the performer
            imgui.internal.error_recovery_try_to_recover_state(before)
            io.config_error_recovery_enable_assert = True
