"""The clean output: every picture, full screen on one display that was chosen by name, and nothing else. Main thread.

While its display is away it is hidden and waits for that very one. Besides the show it only ever draws what somebody
setting up asked for: the test pattern on its own display, the name cards on all.
"""

import time
from typing import Any

import moderngl

from app.clock import Frame
from app.output import cards
from app.output.displays import Display, Placement, following
from app.output.monitors import Monitors
from app.output.window import present
from app.problems import Problems, UserError
from app.render.clean_window import CleanWindow, Rect
from app.render.screen_pass import ScreenPass
from app.render.surface import WindowSurface
from app.render.target import Target

CARD_SECONDS = 4.0


class Sheet:
    """A clean window with what draws pictures into it."""

    def __init__(self, surface: WindowSurface) -> None:
        self.window = CleanWindow(surface)
        with self.window.drawing():
            self._pass = ScreenPass(self.window.ctx, "present.frag")
        self._still: moderngl.Texture | None = None

    def draw(self, image: Target) -> None:
        """Draw a texture of the show."""
        with self.window.drawing():
            shared = self.window.ctx.external_texture(image.texture.glo, image.size_px, 4, 0, "f1")
            self._draw(shared, image.region_px)
            shared.release()

    def keep(self, still: cards.Picture | None) -> None:
        """Make a still picture ready for `draw_still`; None lets it go."""
        with self.window.drawing():
            if self._still is not None:
                self._still.release()
            size_px = None if still is None else (still.shape[1], still.shape[0])
            self._still = None
            if still is not None and size_px is not None:
                self._still = self.window.ctx.texture(size_px, 3, still[::-1].tobytes(), alignment=1)

    def draw_still(self) -> None:
        """Draw the still picture."""
        if self._still is not None:
            with self.window.drawing():
                self._draw(self._still, self._still.size)

    def _draw(self, texture: moderngl.Texture, picture_px: tuple[int, int]) -> None:
        present(self.window.ctx, self._pass, texture, picture_px, self.window.size_px)

    def release(self) -> None:
        """Close the window. Safe to call twice."""
        if self.window.handle:
            self.keep(None)
            with self.window.drawing():
                self._pass.release()
            self.window.release()


class DisplayOutput:
    """Where it is wanted can change at any time; nothing is opened before it is wanted somewhere."""

    def __init__(self, surface: WindowSurface, problems: Problems, wanted: str = "", keys: Any = None) -> None:
        self._surface, self._problems = surface, problems
        self._keys = keys
        self._monitors = Monitors(surface.glfw)
        self._placement = Placement(wanted)
        self._sheet: Sheet | None = None
        self._cards: list[Sheet] = []
        self._cards_until_seconds = 0.0
        self._pattern: Display | None = None
        self._told = ""
        self._windowed = False
        """Whether it lies as a window on its display, because a key or a double click on it said so."""
        self.test_pattern = False
        """Show the test pattern instead of the picture."""

    # ------------------------------------------------------------------ what can be seen and done

    @property
    def displays(self) -> list[Display]:
        """Everything connected, from left to right."""
        return self._monitors.displays

    @property
    def wanted(self) -> str:
        """Name of the display it belongs to, "" = none."""
        return self._placement.wanted

    @property
    def on(self) -> Display | None:
        """The display it is on, None while it is hidden."""
        return self._placement.on

    @property
    def waiting(self) -> bool:
        """Whether its display is away."""
        return self._placement.waiting

    def choose(self, name: str) -> None:
        """Go to the display of this name, now or as soon as it is there; "" = to none."""
        self._placement.wanted, self._told = name, ""
        self._cover_again()

    def next(self) -> None:
        """Go to the next display that is not the control window's; where none is wanted, a full screen moves on."""
        if self._surface.fullscreen and not self.wanted:
            self._surface.next_monitor()
            return
        there = following(self._monitors.look(), self.wanted, self._own_display())
        if there is None:
            self._problems.report("there is no second display: connect one, or press F11 to fill this one")
        else:
            self.choose(there.name)

    def identify(self) -> None:
        """Lay a card with its name on every display for a few seconds."""
        self._drop_cards()
        self._cards_until_seconds = time.monotonic() + CARD_SECONDS
        for display in self._monitors.look():
            card = Sheet(self._surface)
            self._cards.append(card)
            card.keep(cards.name_card(display))
            card.window.lie_at(_middle(display))

    def _own_display(self) -> Display | None:
        return next((display for display in self.displays if display.covers(*self._surface.middle)), None)

    # ------------------------------------------------------------------ the frame

    def send(self, image: Target, frame: Frame) -> None:  # noqa: ARG002 - the protocol's shape
        """Follow the displays, then draw one picture; it is seen at the surface's next swap."""
        self._follow()
        for card in self._cards:
            card.draw_still()
        if self._cards and time.monotonic() >= self._cards_until_seconds:
            self._drop_cards()
        if self._sheet is None or self.on is None:
            return
        if self.test_pattern:
            self._draw_pattern(self._sheet, self.on)
        else:
            self._sheet.draw(image)

    def _follow(self) -> None:
        """Be where the display is, or hidden."""
        if self._sheet is not None and self._sheet.window.asked_to_close:
            self.choose("")
        if self._sheet is not None and self._sheet.window.toggled:
            self._toggle(self._sheet.window)
        move = self._placement.step(self._monitors.look())
        if move == "show" and self.on is not None:
            self._windowed = False
            self._open().window.cover(self.on.key)
            self._warn_of_panels(self.on)
        elif move == "park" and self._sheet is not None:
            self._sheet.window.park()
        if self.waiting and self._told != self.wanted:
            self._told = self.wanted
            there = ", ".join(display.name for display in self.displays) or "none"
            self._problems.report(f"display '{self.wanted}' is away: the output waits for it (connected: {there})")
        elif self.on is not None:
            self._told = ""

    def _toggle(self, window: CleanWindow) -> None:
        """From the whole display to a window on it, or from a window to the whole of the display it is on now."""
        window.toggled = False
        if self._windowed:
            under = next((display for display in self.displays if display.covers(*window.middle)), self.on)
            self.choose(under.name if under is not None else self.wanted)
        elif self.on is not None:
            self._windowed = True
            window.lie_at(_middle(self.on), framed=True)

    def _cover_again(self) -> None:
        """Whoever chooses a display wants all of it, also where a window lies on that very one."""
        if self._windowed:
            self._windowed, self._placement.on = False, None

    def _warn_of_panels(self, display: Display) -> None:
        own = self._own_display()
        if own is not None and own.name == display.name:
            what = "the picture covers the panels" if len(self.displays) == 1 else "move one of the two"
            self._problems.report(f"display '{display.name}' has both the output and the control window: {what}")

    def _open(self) -> Sheet:
        if self._sheet is None:
            try:
                self._sheet = Sheet(self._surface)
            except UserError:
                self.choose("")  # one try is enough
                raise
            self._sheet.window.keys = self._keys
        return self._sheet

    def _draw_pattern(self, sheet: Sheet, display: Display) -> None:
        if self._pattern != display:
            self._pattern = display
            sheet.keep(cards.pattern(display))
        sheet.draw_still()

    def _drop_cards(self) -> None:
        while self._cards:
            self._cards.pop().release()

    def close(self) -> None:
        """Close its windows. Safe to call twice."""
        self._drop_cards()
        if self._sheet is not None:
            self._sheet.release()
            self._sheet = None


def _middle(display: Display) -> Rect:
    """Return where its card lies."""
    width, height = (max(64, round(side * cards.CARD_SHARE)) for side in display.size_px)
    x, y = display.position_px
    return x + (display.size_px[0] - width) // 2, y + (display.size_px[1] - height) // 2, width, height
