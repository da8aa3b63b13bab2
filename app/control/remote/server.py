"""The web remote: listens while it is switched on, lets in who knows the PIN, does what they ask. Main thread.

It starts no thread and never waits: every socket is looked at once a frame. Messages are merged by guest and name (see
`Inbox`), so a frame's work is bounded whatever comes. A port that is taken is tried again; the show goes on without it.
"""

import contextlib
import socket

from websockets.http11 import Request

from app.control.inbox import Inbox
from app.control.remote import door, page, sight
from app.control.remote.door import Door
from app.control.remote.guest import Guest, device_of
from app.control.remote.pictures import FindPixels, Pictures
from app.control.remote.sight import Ask, Press
from app.control.remote.wire import Wire
from app.control.stage import Stage

EVERYWHERE = "0.0.0.0"
MOST_GUESTS, MOST_WIRES = 8, 32
"""Who has given the PIN, and all connections together."""
ACCEPTED_PER_FRAME = 4
KNOCKING_SECONDS = 120.0
"""Whoever has not given the PIN by then is shown out."""
TELL_SECONDS, HEARTBEAT_SECONDS, RETRY_SECONDS = 0.05, 2.0, 2.0


class Remote:
    """Serves one port; `problem` is one line while it cannot."""

    def __init__(self, port: int, find_pixels: FindPixels, bind: str = EVERYWHERE) -> None:
        self.port = port
        self.door = Door()
        self.problem = ""
        self.refused = 0
        """Messages and requests that were not allowed or not understood."""
        self._bind = bind
        self._pictures = Pictures(find_pixels)
        self._guests: list[Guest] = []
        self._inbox: Inbox[str, tuple[Guest, Ask]] = Inbox()
        self._socket: socket.socket | None = None
        self._next_try_seconds = self._next_tell_seconds = self._next_beat_seconds = 0.0

    @property
    def url(self) -> str:
        """What to open on a phone."""
        return f"http://{door.own_address() if self._bind == EVERYWHERE else self._bind}:{self.port}"

    @property
    def listening(self) -> bool:
        """Whether the port is its own."""
        return self._socket is not None

    @property
    def guests(self) -> list[Guest]:
        """Who is connected and has given the PIN."""
        return [guest for guest in self._guests if guest.token and guest.wire.talking]

    # ------------------------------------------------------------------ the frame

    def step(self, stage: Stage, press: Press) -> None:
        """Take what came, do it, tell what changed."""
        now = stage.frame.seconds
        if self._socket is None and now >= self._next_try_seconds:
            self._next_try_seconds = now + RETRY_SECONDS
            self._open()
        self._accept(now)
        for guest in self._guests:
            self._hear(guest, now)
        for _, (guest, ask) in self._inbox.take():
            with stage.problems.guard("remote"):
                self._do(stage, guest, ask, press)
        self._tell(stage, now)
        for guest in self._guests:
            guest.wire.flush(now)
        self._guests = [guest for guest in self._guests if guest.wire.alive]

    def _open(self) -> None:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where "reuse" means to share
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.setblocking(False)
            opened.bind((self._bind, self.port))
            opened.listen(MOST_WIRES)
        except OSError as error:
            opened.close()
            self.problem = f"remote: port {self.port} is not free ({error.strerror}); it is tried again"
            return
        self.port = opened.getsockname()[1]
        self._socket, self.problem = opened, ""

    def _accept(self, now: float) -> None:
        """Let in a few who knock; whoever knocked first and never gave the PIN makes room."""
        for _ in range(ACCEPTED_PER_FRAME if self._socket is not None else 0):
            assert self._socket is not None
            try:
                sock, peer = self._socket.accept()
            except OSError:
                return
            if not door.is_near(peer[0]) or not self._make_room():
                self.refused += 1
                sock.close()
                continue
            self._guests.append(Guest(Wire(sock, now), str(peer[0]), now))

    def _make_room(self) -> bool:
        strangers = [guest for guest in self._guests if not guest.token]
        if len(self._guests) >= MOST_WIRES and strangers:
            self._guests.remove(strangers[0])
            strangers[0].wire.close()
        return len(self._guests) < MOST_WIRES

    def _hear(self, guest: Guest, now: float) -> None:
        for came in guest.wire.receive(now):
            if isinstance(came, Request):
                self._welcome(guest, came)
                continue
            try:
                ask = sight.read(came)
            except ValueError:
                self.refused += 1
            else:
                self._inbox.put(f"{id(guest)} {ask.do or ask.picture or 'door'}", (guest, ask))
        if not guest.token and guest.wire.talking and now - guest.since_seconds > KNOCKING_SECONDS:
            guest.wire.hang_up(1008, "no PIN")

    def _welcome(self, guest: Guest, request: Request) -> None:
        """Answer a request: the page, the socket for that page and no other, or nothing."""
        hosts, origins = (request.headers.get_all(name) for name in ("Host", "Origin"))
        path = request.path.partition("?")[0]
        if len(hosts) != 1 or not door.is_ours(hosts[0], *guest.wire.local):
            guest.wire.refuse(421, "open the address that the Control panel shows")
        elif path == page.PAGE:
            guest.wire.respond(page.response(hosts[0]))
            return
        elif path != page.SOCKET:
            guest.wire.refuse(404, "there is only one page here")
        elif [origin.lower() for origin in origins] != [f"http://{hosts[0].lower()}"]:
            guest.wire.refuse(403, "only the remote's own page may connect")
        else:
            guest.device = device_of(" ".join(request.headers.get_all("User-Agent")))
            guest.wire.accept(request)
            return
        self.refused += 1

    # ------------------------------------------------------------------ what is asked and told

    def _do(self, stage: Stage, guest: Guest, ask: Ask, press: Press) -> None:
        if ask.pin or ask.token:
            self._let_in(guest, ask, stage.frame.seconds)
        elif not guest.token:
            self.refused += 1
        elif ask.picture:
            if ask.picture in stage.looks.names:
                guest.want(ask.picture)
        elif not sight.act(stage, ask.do, ask.to, press):
            self.refused += 1

    def _let_in(self, guest: Guest, ask: Ask, now: float) -> None:
        """Heed a PIN or a pass; say what is wrong with it."""
        if guest.token:
            return
        token = ask.token if ask.token and self.door.try_pass(ask.token) else ""
        if ask.pin:
            token = self.door.try_pin(ask.pin, guest.address, now)
        if not token:
            wait = self.door.closed_seconds(guest.address, now)
            guest.say(no="pass" if ask.token else "pin", wait_seconds=round(wait))
        elif len(self.guests) >= MOST_GUESTS:
            guest.say(no="full", most=MOST_GUESTS)
        else:
            guest.token = token
            guest.say(token=token, you=guest.device)

    def _tell(self, stage: Stage, now: float) -> None:
        guests = self.guests
        if not guests or now < self._next_tell_seconds:
            return
        self._next_tell_seconds = now + TELL_SECONDS
        layout = sight.layout(stage)
        state = sight.state(stage) | {"remotes": len(guests)}
        if now >= self._next_beat_seconds:  # tells a page that its wire still holds
            self._next_beat_seconds = now + HEARTBEAT_SECONDS
            for guest in guests:
                guest.say(alive=round(now))
        for guest in guests:
            guest.tell(layout, state)
            self._show(guest)

    def _show(self, guest: Guest) -> None:
        """Send one of the pictures a guest waits for; one that is not there yet goes to the end of the line."""
        if not guest.wanted:
            return
        look = next(iter(guest.wanted))
        del guest.wanted[look]
        picture = self._pictures.get(look)
        if picture is None:
            guest.wanted[look] = None
        else:
            guest.say(picture=look, data=picture)

    # ------------------------------------------------------------------ what the performer does

    def show_out(self, guest: Guest) -> None:
        """End a guest's connection; it needs the PIN to come back."""
        self.door.take_back(guest.token)
        guest.token = ""
        guest.wire.hang_up(1008, "shown out")

    def close(self) -> None:
        """Free the port and every connection. Safe to call twice."""
        for guest in self._guests:
            with contextlib.suppress(OSError):
                guest.wire.close()
        self._guests.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
