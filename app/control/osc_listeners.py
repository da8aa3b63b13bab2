"""Who is told by OSC what changes: only those who asked, only at their own address, at a bounded rate. Main thread."""

from app.control import osc_tree
from app.control.osc import Osc, Sender
from app.control.osc_format import Argument, Message
from app.control.osc_tree import ROOT
from app.control.stage import Stage

MOST = 8
TELL_SECONDS = 0.05
ANSWERS_PER_SECOND = 10.0


class Listeners:
    """Answers queries and tells changes."""

    def __init__(self) -> None:
        self._told: dict[Sender, dict[str, Argument]] = {}
        self._next_tell_seconds = self._next_answer_seconds = 0.0

    def __len__(self) -> int:
        return len(self._told)

    def receive(self, stage: Stage, osc: Osc, message: Message, sender: Sender) -> bool:
        """Heed a request to be told; return whether the message is one."""
        verb = message.address.removeprefix(f"{ROOT}/")
        given = message.arguments[0] if message.arguments else None
        is_port = isinstance(given, int | float) and 1024 <= given < 65536  # a button's 1 is none
        to = (sender[0], int(given)) if is_port and given is not None else sender
        if verb == "query":
            self._answer(stage, osc, to)
        elif verb == "subscribe":
            self._told.pop(to, None)
            while len(self._told) >= MOST:
                del self._told[next(iter(self._told))]
            self._told[to] = {}
        elif verb == "unsubscribe":
            self._told.pop(to, None)
        return verb in osc_tree.VERBS

    def _answer(self, stage: Stage, osc: Osc, to: Sender) -> None:
        """Answer, unless somebody asks faster than any remote needs."""
        now = stage.frame.seconds
        if now >= self._next_answer_seconds:
            self._next_answer_seconds = now + 1 / ANSWERS_PER_SECOND
            osc.send(to, osc_tree.written(osc_tree.state(stage)) + osc_tree.library(stage))

    def tell(self, stage: Stage, osc: Osc) -> None:
        """Send each listener what changed since it was last told."""
        now = stage.frame.seconds
        if not self._told or now < self._next_tell_seconds:
            return
        self._next_tell_seconds = now + TELL_SECONDS
        state = osc_tree.state(stage)
        for to, before in self._told.items():
            changes = {address: value for address, value in state.items() if before.get(address) != value}
            osc.send(to, osc_tree.written(changes))
            self._told[to] = state
