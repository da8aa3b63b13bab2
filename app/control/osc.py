"""OSC over UDP: one socket that is emptied once a frame. Main thread; it never waits, and starts no thread.

A flood is merged by address before anything is read (see `Inbox`), so a frame's work is bounded whatever comes.
A port that is taken is tried again; the show goes on without it.
"""

import contextlib
import socket
from collections.abc import Collection, Iterator, Sequence

from app.control import osc_format
from app.control.inbox import Inbox
from app.control.osc_format import Message

Sender = tuple[str, int]
MOST_PACKETS, MOST_BYTES = 2048, 64 << 10
"""Taken per frame; the rest waits in the system's buffer for the next."""
BUFFER_BYTES = 4 << 20
RETRY_SECONDS = 2.0
LOCAL = "127.0.0.1"


class Osc:
    """Listens on one port; `problem` is one line while it cannot."""

    def __init__(self, port: int, bind: str = LOCAL) -> None:
        self.port = port
        self.bind = bind
        self.problem = ""
        self.received = self.malformed = 0
        self._newest = b""
        self._inbox: Inbox[bytes, tuple[bytes, Sender]] = Inbox()
        self._socket: socket.socket | None = None
        self._next_try_seconds = 0.0

    @property
    def listening(self) -> bool:
        """Whether it has its port."""
        return self._socket is not None

    @property
    def dropped(self) -> int:
        """Messages of too many different addresses in one frame."""
        return self._inbox.dropped

    @property
    def newest(self) -> str:
        """The address that came last."""
        return self._newest.decode("utf-8", "replace")

    def expect(self, addresses: Collection[bytes]) -> None:
        """Keep room for these, however many others come in one frame."""
        self._inbox.sure = addresses

    def receive(self, now_seconds: float) -> Iterator[tuple[Message, Sender]]:
        """Yield what came since the last frame, at most two messages per address."""
        if self._socket is None and now_seconds >= self._next_try_seconds:
            self._next_try_seconds = now_seconds + RETRY_SECONDS
            self._open()
        self._drain()
        for _, (raw, sender) in self._inbox.take():
            try:
                message = osc_format.parse(raw)
            except ValueError:
                self.malformed += 1
            else:
                yield message, sender

    def _open(self) -> None:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.bind((self.bind, self.port))
        except OSError as error:
            opened.close()
            self.problem = f"OSC: port {self.port} of {self.bind} is not free ({error.strerror}); it is tried again"
            return
        with contextlib.suppress(OSError):  # a system may allow less: then a flood loses more
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.port = opened.getsockname()[1]
        self._socket, self.problem = opened, ""

    def _drain(self) -> None:
        """Take packets off the socket and sort their messages by address."""
        if self._socket is None:
            return
        packets = taken_bytes = 0
        take = self._socket.recvfrom
        while packets < MOST_PACKETS and taken_bytes < MOST_BYTES:
            packets += 1
            try:
                packet, sender = take(osc_format.MAX_PACKET_BYTES + 1)
                taken_bytes += len(packet)
                self._sort(packet, sender)
            except BlockingIOError:
                return
            except (ValueError, OSError):  # OSError: Windows tells of packets too large, and of answers nobody took
                self.malformed += 1

    def _sort(self, packet: bytes, sender: Sender) -> None:
        """Put the messages of a packet into the inbox; one that is wrong somewhere is refused as a whole."""
        self.received += 1
        for raw in osc_format.messages(packet):
            self._newest = osc_format.address_of(raw)
            self._inbox.put(self._newest, (raw, sender))

    def send(self, to: Sender, parts: Sequence[bytes]) -> None:
        """Send messages to one receiver; one that cannot be reached is not waited for."""
        for packet in osc_format.bundles(parts):
            if self._socket is not None:
                with contextlib.suppress(OSError, OverflowError):
                    self._socket.sendto(packet, to)

    def close(self) -> None:
        """Free the port. Safe to call twice."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def is_exposed(bind: str) -> bool:
    """Return whether others in the network can reach an address that is listened on."""
    return not bind.startswith("127.")
