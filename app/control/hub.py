"""The hub: takes what keys on other machines, knobs and pads sent since the last frame, and does it. Main thread.

It runs first in a frame, so that a blackout from any of them is in that frame's picture. Work per frame is bounded;
what changes looks is let through ten times a second, the newest wins.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app import files
from app.control import bindings, learned, origin, osc_tree
from app.control.actions import ACTIONS, SEPARATOR, Trigger, find
from app.control.bindings import Binding
from app.control.follower import Follower
from app.control.lamps import Lamps
from app.control.midi import Midi
from app.control.osc import LOCAL, Osc
from app.control.osc_format import Message
from app.control.osc_listeners import Listeners
from app.control.osc_query import OscQuery
from app.control.positions import Positions
from app.control.stage import Stage
from app.problems import UserError

if TYPE_CHECKING:
    from app.control.remote.pictures import FindPixels
    from app.control.remote.server import Remote

LOOK_SECONDS = 0.1
ROUTE = "route"
"""What is learned as "route:2" becomes the source of the look's third route."""
SAVE_SECONDS = 1.0
"""A change of the list is on disk so much later: a slider that is dragged is not written at every step."""


class Hub:
    """The list of bindings and what brings signals; without `path` nothing is kept."""

    def __init__(self, path: Path | None = None, osc: Osc | None = None, midi: Midi | None = None) -> None:
        self.osc, self.midi = osc, midi
        self.remote: Remote | None = None
        self.find_pixels: FindPixels = lambda look: None  # noqa: ARG005
        """Where the remote gets the looks' pictures from."""
        self._bind = LOCAL
        self._osc_query = OscQuery()
        self.listeners = Listeners()
        self.positions = Positions()
        """Where controls stand, for routes that begin at them."""
        self.learning = ""
        """Name of the action, or of the route, that the next control will lead to."""
        self.mapping = False
        """Learn mode: a click on a control of the window chooses what is learned (see `map`)."""
        self._besides = False
        """The control that is learned keeps what it leads to already."""
        self.held_keys: set[str] = set()
        """Chords of the keyboard that went down and not up again yet."""
        self.refused = 0
        self.last_refused = ""
        self.followers: list[Follower] = []
        self._path = path
        self._unread: str = self._load()
        self._now_seconds = 0.0
        self._looks_before = 0
        self._save_at_seconds: float | None = None
        self._look: Trigger | None = None
        self._next_look_seconds = 0.0
        self._pressed: list[Trigger] = []
        self._lamps = Lamps()
        self._reported: set[str] = set()

    def _load(self) -> str:
        """Read the list; return what is wrong with it."""
        if self._path is not None:
            try:
                self.followers = [Follower(binding) for binding in bindings.load(self._path)]
            except UserError as error:
                return str(error)
        return ""

    # ------------------------------------------------------------------ the frame

    def step(self, stage: Stage) -> None:
        """Do what was asked for since the last frame."""
        now = self._now_seconds = stage.frame.seconds
        self._let_go(stage)
        self._report(stage)
        self.positions.begin({route.source for route in stage.preset.routes})
        if stage.looks.changes != self._looks_before:
            self._looks_before = stage.looks.changes
            self.learning = "" if self.learning.startswith(ROUTE) else self.learning  # it was of the look before
        if self.osc is not None:
            self._hear_osc(stage, self.osc, now)
        self._osc_query.step(stage, self.osc)
        if self.midi is not None:
            for source, value in self.midi.receive(now):
                self._signal(stage, source, value)
            for source, raw in self.midi.turned().items():
                self._turn(stage, source, raw)
            for device, message in self.midi.timing():
                stage.tempo.clock.hear(device, message, now)
        if self.remote is not None:
            with stage.problems.guard("remote"):
                self.remote.step(stage, self._press)
        self._act(stage, now)
        self._tell(stage)
        if self._save_at_seconds is not None and now >= self._save_at_seconds:
            self.save()

    def _let_go(self, stage: Stage) -> None:
        """Release the buttons that were pressed a frame ago."""
        for trigger in self._pressed:
            if trigger.release is not None:
                trigger.release(stage)
        self._pressed.clear()

    def _report(self, stage: Stage) -> None:
        """Say once what is missing of what was asked for."""
        wrong = [f"{self._unread}; the show starts without bindings"] if self._unread else []
        wrong += [self.osc.problem] if self.osc is not None and self.osc.problem else []
        wrong += [self._osc_query.problem] if self._osc_query.problem else []
        wrong += [self.remote.problem] if self.remote is not None and self.remote.problem else []
        if self.midi is not None and self.midi.scanned:
            wrong += [f"MIDI: waiting for '{name}'" for name in self.midi.awaited]
        for text in wrong:
            if text not in self._reported:
                self._reported.add(text)
                stage.problems.report(text)

    def _hear_osc(self, stage: Stage, osc: Osc, now: float) -> None:
        osc.expect(osc_tree.FIXED | self._asked_osc(stage))
        for message, sender in osc.receive(now):
            bound = self._bound_osc(stage, message)
            if not (self.listeners.receive(stage, osc, message, sender) or bound):
                with stage.problems.guard("OSC"):
                    if not osc_tree.receive(stage, message, self._press):
                        self.refused += 1
                        self.last_refused = f"{message.address} {' '.join(map(str, message.arguments))}"[:80]

    def _asked_osc(self, stage: Stage) -> set[bytes]:
        """Return the addresses outside the tree that bindings and routes wait for."""
        asked = {follower.binding.source for follower in self.followers} | {r.source for r in stage.preset.routes}
        return {source.removeprefix(origin.OSC).encode() for source in asked if source.startswith(origin.OSC)}

    def _bound_osc(self, stage: Stage, message: Message) -> bool:
        """Feed an address outside the tree to its bindings and routes; no argument counts as a press."""
        source = f"{origin.OSC}{message.address}"
        given = message.arguments[0] if message.arguments else 1.0
        if origin.is_own(source) or not origin.is_proper(source):
            return False
        if isinstance(given, str) or given is None or not math.isfinite(given):
            return False
        heard = self._signal(stage, source, float(given))
        if not message.arguments:
            self.positions.put(source, 0.0)  # there is nothing that lets it go again
        return heard

    def _signal(self, stage: Stage, source: str, value: float) -> bool:
        """Move what is bound to a control, or bind it; return whether anybody was interested."""
        asked = self.positions.put(source, value)
        if self.learning:
            return self._learn(stage, source, value)
        mine = [follower for follower in self.followers if follower.binding.source == source]
        for follower in mine:
            with stage.problems.guard(source):
                follower.follow(value, stage, self._press)
        return asked or bool(mine)

    def _turn(self, stage: Stage, source: str, raw: Sequence[int]) -> None:
        """Move what is bound to an endless knob; one that was learned as another is bound as what it is."""
        for follower in [follower for follower in self.followers if follower.binding.source == source]:
            with stage.problems.guard(source):
                follower.turn(raw, stage, self._press)
                mode = follower.endless(raw, stage)
                if mode is not None:
                    self.add(follower.binding.model_copy(update={"mode": mode}))
                    stage.problems.say(learned.told_endless(follower.binding))

    @property
    def bound_keys(self) -> dict[str, list[str]]:
        """Chord → targets, of every key in the list."""
        found: dict[str, list[str]] = {}
        for binding in (follower.binding for follower in self.followers if origin.is_key(follower.binding.source)):
            found.setdefault(binding.source.removeprefix(origin.KEY), []).append(binding.target)
        return found

    def sources_of(self, target: str) -> list[str]:
        """Return the controls that lead to a target."""
        return [follower.binding.source for follower in self.followers if follower.binding.target == target]

    @property
    def learns_keys(self) -> bool:
        """Whether the next key is bound; a route begins at no key."""
        return bool(self.learning) and not self.learning.startswith(ROUTE)

    def key(self, stage: Stage, chord: str, down: bool) -> None:
        """Do what is bound to a chord of the keyboard, in this frame, or bind it. Its key went down or up."""
        source = f"{origin.KEY}{chord}"
        (self.held_keys.add if down else self.held_keys.discard)(chord)
        if down and self.learns_keys:
            self._learn(stage, source, 1.0)
            return
        pressed: list[Trigger] = []
        for follower in [follower for follower in self.followers if follower.binding.source == source]:
            with stage.problems.guard(source):
                follower.follow(float(down), stage, pressed.append)
        for trigger in pressed:
            with stage.problems.guard(trigger.name):
                trigger.press(stage)
        self._pressed += pressed  # to be let go of in the next frame

    def _press(self, trigger: Trigger) -> None:
        if trigger.changes_look:
            self._look = trigger
        else:
            self._pressed.append(trigger)

    def _act(self, stage: Stage, now: float) -> None:
        """Press what is to be pressed; of what changes looks the newest, when its time has come."""
        due = list(self._pressed)
        if self._look is not None and now >= self._next_look_seconds:
            self._next_look_seconds = now + LOOK_SECONDS
            due.append(self._look)
            self._look = None
        for trigger in due:
            with stage.problems.guard(trigger.name):
                trigger.press(stage)

    def _tell(self, stage: Stage) -> None:
        """Tell listeners and lamps what changed."""
        if self.osc is not None:
            self.listeners.tell(stage, self.osc)
        if self.midi is not None:
            self._lamps.step(stage, self.followers, self.midi)

    # ------------------------------------------------------------------ the list

    def learn(self, target: str, besides: bool = False) -> None:
        """Bind the next control that is moved to an action, or let a route begin at it; "" = none after all.

        What the control led to before, it leads to no longer, unless `besides`.
        """
        self.learning, self._besides = target, besides

    def map(self, on: bool) -> None:
        """Begin or end learn mode; nothing waits for a control any more."""
        self.mapping = on
        self.learn("")

    def _learn(self, stage: Stage, source: str, value: float) -> bool:
        if value == 0 and origin.kind_of(source) == "note":  # a pad let go, not pressed
            return False
        target, self.learning = self.learning, ""
        kind, _, number = target.partition(SEPARATOR)
        if kind == ROUTE:
            for route in stage.preset.routes[int(number) : int(number) + 1]:
                route.source = source
            return True
        binding, own = learned.binding(source, target), [follower.binding for follower in self.followers]
        stage.problems.say(learned.told(own, binding, self._besides))
        gone = [] if self._besides else learned.given_up(own, binding)
        self.followers = [follower for follower in self.followers if follower.binding not in gone]
        self.add(binding, value)
        return True

    def add(self, binding: Binding, value: float | None = None) -> None:
        """Add a binding, or replace the one from the same control to the same target; `value` is where it stands."""
        pressed = value is not None and value >= binding.threshold
        follower = Follower(binding, pressed, value)
        key = (binding.source, binding.target)
        same = [i for i, own in enumerate(self.followers) if (own.binding.source, own.binding.target) == key]
        if same:
            self.followers[same[0]] = follower
        elif len(self.followers) < bindings.MOST:
            self.followers.append(follower)
        self._touch()

    def remove(self, binding: Binding) -> None:
        """Take a binding off the list."""
        self.followers = [follower for follower in self.followers if follower.binding != binding]
        self._touch()

    def restore(self, before: Iterable[Binding]) -> None:
        """Let the list be these again; what is known of their controls stays."""
        own = {follower.binding: follower for follower in self.followers}
        self.followers = [own.get(binding) or Follower(binding) for binding in before]
        self._touch()

    def _touch(self) -> None:
        self._lamps.forget()
        self._save_at_seconds = self._now_seconds + SAVE_SECONDS

    def status(self, stage: Stage, follower: Follower) -> str:
        """Return "away", "not in this look", "waiting" (for the knob to come to the value) or "" when all is well."""
        if self._away(follower.binding.source):
            return "away"
        if follower.binding.target not in ACTIONS and find(stage, follower.binding.target) is None:
            return "not in this look"
        return "waiting" if follower.waiting else ""

    def trouble(self, source: str) -> str:
        """Return why a route hears nothing from a control, in a few words; "" when it does."""
        if self._away(source):
            return "away"
        if source.startswith(origin.OSC) and self.osc is None:
            return "OSC is off"
        return "" if source in self.positions.now else "not moved yet"

    def _away(self, source: str) -> bool:
        device = origin.device_of(source)
        return bool(device) and device not in (self.midi.names if self.midi is not None else ())

    def save(self) -> None:
        """Write the list now; a file that could not be read is kept beside it."""
        self._save_at_seconds = None
        if self._path is None:
            return
        if self._unread:
            files.keep_aside(self._path)
            self._unread = ""
        bindings.save(self._path, [follower.binding for follower in self.followers])

    def listen(self, port: int) -> None:
        """Hear OSC on another port, at the address it was told to; 0 = none."""
        if self.osc is not None:
            self.osc.close()
            self._bind = self.osc.bind
        self.osc = Osc(port, self._bind) if port else None

    def serve(self, port: int) -> None:
        """Let phones on the local network in at a port, with a new PIN; 0 = nobody any more."""
        if self.remote is not None:
            self.remote.close()
        self.remote = None
        if port:
            from app.control.remote.server import Remote

            self.remote = Remote(port, lambda look: self.find_pixels(look))

    @property
    def watched(self) -> bool:
        """Whether a remote is connected."""
        return self.remote is not None and bool(self.remote.guests)

    @property
    def invitation(self) -> str:
        """Return how a phone gets in, in one line; "" while nobody can."""
        if self.remote is None or not self.remote.listening:
            return ""
        return f"Remote: open {self.remote.url} on a phone; PIN {self.remote.door.pin}"

    def close(self) -> None:
        """Let go of the ports and the controllers, keep what is not on disk yet."""
        for part in (self._osc_query, self.osc, self.midi, self.remote):
            if part is not None:
                part.close()
        if self._save_at_seconds is not None:
            self.save()
