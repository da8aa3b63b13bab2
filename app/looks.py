"""Looks: which preset is on air, which came before, which comes next. Main thread; reads files, draws nothing.

The preset on air is the one mutable document; changing looks replaces its contents by those of another.
"""

from collections.abc import Callable
from typing import NamedTuple

from app import paths
from app import preset as presets
from app.preset import EffectParams, Preset
from app.show.bag import Bag
from app.show.marks import EVERYTHING, Marks
from app.show.state import MOST_QUEUED, Order
from app.tempo.beat import Beat

REMEMBERED = 64
PATIENCE_SECONDS = 3.0
"""A look whose programs take longer to make comes without waiting for them."""


class _Coming(NamedTuple):
    """A look on its way: whether the one it replaces is remembered, it comes by a cut, it was taken out of `before`."""

    look: Preset
    remember: bool
    cut: bool
    recalled: bool


class Looks:
    """The library of presets as a performer walks through it."""

    def __init__(self, on_air: Preset, seed: int | None = None) -> None:
        self.on_air = on_air
        self.held = False
        """While held, looks do not change by themselves."""
        self.advance_seconds = 0.0
        """A look that has been on air this long gives way to the next one; 0 = never."""
        self.advance_beats = 0.0
        """The same in beats, counted from the one."""
        self._on_air_seconds = self._on_air_beats = 0.0
        self.before: list[Preset] = []
        """The looks that were on air, edits included, the newest last."""
        self.marks = Marks()
        self.pool = EVERYTHING
        """Which looks come by themselves and by next, previous, random (see `Marks.pool`)."""
        self.order: Order = "list"
        """How they come by themselves: as listed, or each once in random order ("bag")."""
        self.queue: list[str] = []
        """Looks that come before all others, the first of them next; at most `MOST_QUEUED`."""
        self.changes = 0
        """How often another look was put on air."""
        self.ready: Callable[[Preset], bool] = lambda _: True
        """Whether a look can be drawn without a picture that waits; asking begins what is missing."""
        self._coming: _Coming | None = None
        self._cut = False
        self._waited_seconds = 0.0
        self._bag = Bag(seed)
        self._place, self._placed_pool = -1, EVERYTHING
        self._unread = ("", 0)
        self.rescan()

    def rescan(self) -> None:
        """Read the preset folders again."""
        self.entries = presets.listing()

    @property
    def names(self) -> list[str]:
        """Names of all presets in the library."""
        return [entry.name for entry in self.entries]

    @property
    def pooled(self) -> list[str]:
        """Names of the looks that were chosen to come; all of them where none was."""
        return self.marks.pool(self.pool, self.names) or self.names

    def show(self, name: str, effects: EffectParams, *, cut: bool = False) -> None:
        """Put another look on air; `UserError` leaves this one."""
        path = next((entry.path for entry in self.entries if entry.name == name), None) or presets.find(name)
        look = presets.load(path, effects)
        look.name = path.stem
        self._bring(look, remember=True, cut=cut)

    def put(self, look: Preset, *, at_once: bool = False) -> None:
        """Put a look on air, as soon as it is ready, and remember the one it replaces, edits included."""
        self._bring(look, remember=True, at_once=at_once)

    def _bring(
        self, look: Preset, *, remember: bool, at_once: bool = False, cut: bool = False, recalled: bool = False
    ) -> None:
        """Put a look on air now, or, where it has to be made ready first, later; of two that wait the newer comes."""
        self._give_up()
        self._coming, self._waited_seconds = _Coming(look, remember, cut, recalled), 0.0
        self._unread = ("", 0)
        look.style = look.style or self.on_air.style
        if at_once or self.ready(look):
            self._land()

    def _give_up(self) -> None:
        """Let the look on its way not come; the history has it again if it was taken out of it."""
        if self._coming is not None and self._coming.recalled:
            self.before.append(self._coming.look)
        self._coming = None

    def arrive(self, dt_seconds: float) -> None:
        """Once a frame: the look that waits comes when it is ready, or has been waited for long enough."""
        self._waited_seconds += dt_seconds
        if self._coming is not None and (self.ready(self._coming.look) or self._waited_seconds >= PATIENCE_SECONDS):
            self._land()

    def _land(self) -> None:
        if self._coming is not None:
            coming, self._coming = self._coming, None
            if coming.remember:
                self.remember()
            self._cut = coming.cut
            self._become(coming.look)

    def take_cut(self) -> bool:
        """Return whether the look that came last came by a cut; of each that is told once."""
        cut, self._cut = self._cut, False
        return cut

    @property
    def newest(self) -> str:
        """Name of the look on air, or of the one that is about to be."""
        return self._coming.look.name if self._coming is not None else self.on_air.name

    def remember(self) -> None:
        """Keep a copy of the look on air, so that `back` can return to it."""
        self.before.append(self.on_air.model_copy(deep=True))
        del self.before[:-REMEMBERED]

    def step(self, count: int, effects: EffectParams, *, cut: bool = False) -> None:
        """Go `count` looks forward: what is queued, then the chosen ones in their order; or back through the list.

        A look that cannot be read is a `UserError` once: the next step the same way goes on behind it.
        """
        way = 1 if count > 0 else -1
        name = self._stepped(count) if count < 0 else ""
        for _ in range(count):
            name = self._taken(name or self._from(way))
        if name:
            self._unread = (name, way)
            self.show(name, effects, cut=cut)

    def _from(self, way: int) -> str:
        """Return the look from which a way (1 or -1) goes on: the newest, or one behind it that could not be read."""
        name, tried = self._unread
        return name if tried == way else self.newest

    def _stepped(self, count: int) -> str:
        """Return the look so many places back in the list, and stand there."""
        names = self.pooled
        if names:
            self._place = (max(self._here(names, self._from(-1)), 0) + count) % len(names)
        return names[self._place] if names else ""

    def _here(self, names: list[str], look: str) -> int:
        """Return the place of a look in the list; of one that is not there, the place that was left; -1 = none yet."""
        if self._placed_pool != self.pool:
            self._place, self._placed_pool = -1, self.pool
        if not (0 <= self._place < len(names) and names[self._place] == look):
            self._place = names.index(look) if look in names else min(self._place, len(names) - 1)
        return self._place

    def _taken(self, look: str) -> str:
        """Take the look that comes after `look`: out of the queue, the bag or the list."""
        names = self.pooled
        if self.queue:
            return self.queue.pop(0)
        if self.order == "bag":
            return self._bag.draw(names, look) if names else ""
        if names:
            self._place = (self._here(names, look) + 1) % len(names)
            return names[self._place]
        return ""

    def coming(self) -> str:
        """Return the look that comes next, by itself or by hand; "" when there is none."""
        names = self.pooled
        if self.queue:
            return self.queue[0]
        if not names:
            return ""
        if self.order == "bag":
            return self._bag.peek(names, self._from(1))
        return names[(self._here(names, self._from(1)) + 1) % len(names)]

    def enqueue(self, name: str) -> None:
        """Let a look of the library come after those queued already; a full queue takes no more."""
        if name in self.names and len(self.queue) < MOST_QUEUED:
            self.queue.append(name)

    def due(self, dt_seconds: float, beat: Beat) -> bool:
        """Let time pass; return whether this look has had its time. A held one never has.

        In beats the change falls where a phrase of the music begins; a look chosen in its second half stays for the
        next one.
        """
        if self.held:
            return False
        self._on_air_seconds += dt_seconds
        self._on_air_beats += max(beat.ahead - beat.before, 0.0)
        every = self.advance_beats
        due = 0 < self.advance_seconds <= self._on_air_seconds
        if due or (every > 0 and self._on_air_beats >= every / 2 and beat.reaches(every)):
            self._on_air_seconds = self._on_air_beats = 0.0
            return True
        return False

    def random(self, effects: EffectParams, *, cut: bool = False) -> None:
        """Show any other of the chosen looks; none comes again before all have come."""
        name = self._bag.draw(self.pooled, self.newest) if self.pooled else ""
        if name not in ("", self.newest):
            self.show(name, effects, cut=cut)

    def back(self) -> None:
        """Go back to the look before, as it was left; while that is on its way, to the one before it."""
        further = self.before and self._coming is not None and self._coming.recalled and not self._coming.remember
        if further:
            self._coming = None
        self._give_up()
        if self.before:
            self._bring(self.before.pop(), remember=False, recalled=True)

    def again(self, look: Preset) -> None:
        """Put one of the looks before on air as it was left; it stays in the history, too."""
        self.put(look.model_copy(deep=True))

    def compare(self) -> None:
        """Change places with the look before; again, and all is as it was."""
        undone = self._coming is not None and self._coming.recalled and self._coming.remember
        self._give_up()
        if self.before and not undone:
            self._bring(self.before.pop(), remember=True, recalled=True)

    def save(self, name: str) -> None:
        """Save the look on air under a name in the user's folder."""
        path = paths.own("presets") / presets.file_name(name)
        presets.save(self.on_air.model_copy(update={"name": path.stem}), path)
        self.on_air.name = path.stem
        self.rescan()

    def _become(self, look: Preset) -> None:
        """Fill the document on air in place: panels and the modulator hold on to it. No style = the one on air."""
        self._on_air_seconds = self._on_air_beats = 0.0
        self.changes += 1
        for field in Preset.model_fields:
            setattr(self.on_air, field, getattr(look, field))
