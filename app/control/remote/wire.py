"""A wire: one browser's connection, HTTP first and WebSocket after. Main thread; it never waits.

What comes in is bounded per frame, per message and per second; what goes out is bounded by how fast it is taken. Who
floods, dawdles or breaks the protocol is cut off. Bytes become messages in the library `websockets`, without its input
and output.
"""

import contextlib
import logging
import socket

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

MOST_MESSAGE_BYTES = 512
FRAME_BYTES = 1024
"""Read per frame of the show; the rest waits with the sender."""
MOST_REQUEST_BYTES = 8192
MESSAGES_PER_SECOND, MESSAGES_AT_ONCE = 120.0, 240.0
MOST_WAITING_BYTES = 256 << 10
"""Of what was sent and not taken: more, and the connection is cut."""
HANDSHAKE_SECONDS, STUCK_SECONDS, SILENT_SECONDS, PING_SECONDS = 5.0, 8.0, 20.0, 6.0
_SILENT = logging.getLogger("clavilux.remote.wire")
_SILENT.disabled = True


class Wire:
    """`alive` until either side hangs up; `talking` once it is a WebSocket."""

    def __init__(self, sock: socket.socket, now_seconds: float) -> None:
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._protocol = ServerProtocol(max_size=MOST_MESSAGE_BYTES, logger=_SILENT)
        self._out = bytearray()
        self._began_seconds = self._heard_seconds = self._moved_seconds = self._pinged_seconds = now_seconds
        self._allowance = MESSAGES_AT_ONCE
        self._allowed_seconds = now_seconds
        self._request_bytes = 0
        self._ending = False
        self.alive = True

    @property
    def local(self) -> tuple[str, int]:
        """The address and port of this computer that was reached."""
        address, port = self._socket.getsockname()[:2]
        return str(address), int(port)

    @property
    def talking(self) -> bool:
        """The handshake is done and nobody has said goodbye."""
        return self.alive and self._protocol.state is State.OPEN

    @property
    def waiting_bytes(self) -> int:
        """What was sent and not taken yet."""
        return len(self._out)

    # ------------------------------------------------------------------ in

    def receive(self, now_seconds: float) -> list[Request | str]:
        """Return what came since the last frame: the request that opens a connection, then texts."""
        self._allowance += (now_seconds - self._allowed_seconds) * MESSAGES_PER_SECOND
        self._allowance, self._allowed_seconds = min(self._allowance, MESSAGES_AT_ONCE), now_seconds
        if not self._read(now_seconds):
            return []
        found: list[Request | str] = []
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event, found)
            elif isinstance(event, Request):
                found.append(event)
        if self._allowance < 0:
            self.hang_up(1008, "too many messages")
            return []
        return found

    def _read(self, now_seconds: float) -> bool:
        """Feed the protocol; return whether there was anything."""
        try:
            data = self._socket.recv(FRAME_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            self.close()
            return False
        if not data:
            self.close()
            return False
        self._heard_seconds = now_seconds
        if self._protocol.state is State.CONNECTING:
            self._request_bytes += len(data)
            if self._request_bytes > MOST_REQUEST_BYTES:
                self.close()
                return False
        self._protocol.receive_data(data)
        return True

    def _take(self, frame: Frame, found: list[Request | str]) -> None:
        """Keep a whole text; pings are answered by the protocol, and count all the same."""
        self._allowance -= 1
        if frame.opcode is Opcode.TEXT and frame.fin:
            try:
                found.append(bytes(frame.data).decode())
            except UnicodeDecodeError:
                self.hang_up(1007, "not a text")
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self.hang_up(1003, "one frame of text per message")

    # ------------------------------------------------------------------ out

    def accept(self, request: Request) -> None:
        """Become a WebSocket, or say what is wrong with the request."""
        self.respond(self._protocol.accept(request))

    def refuse(self, status: int, text: str) -> None:
        """Answer with an error and end."""
        self.respond(self._protocol.reject(status, f"{text}\n"))

    def respond(self, response: Response) -> None:
        """Answer the request; whatever is no handshake ends with it."""
        if self._protocol.state is State.CONNECTING:
            self._protocol.send_response(response)

    def send(self, text: str) -> None:
        """Send one message; it is lost if nobody listens any more."""
        with contextlib.suppress(InvalidState):
            self._protocol.send_text(text.encode())

    def hang_up(self, code: int, reason: str) -> None:
        """Say goodbye and end, whatever still comes."""
        self._protocol.fail(code, reason)
        self._ending = True

    def flush(self, now_seconds: float) -> None:
        """Let go what the other side takes, keep in touch, and cut off who is out of time."""
        if self.talking and now_seconds - self._pinged_seconds > PING_SECONDS:
            self._pinged_seconds = now_seconds
            self._protocol.send_ping(b"")
        for data in self._protocol.data_to_send():
            self._out += data
            self._ending |= not data
        self._write(now_seconds)
        if self._ending and not self._out:
            self._finish()
        if self._late(now_seconds) or len(self._out) > MOST_WAITING_BYTES:
            self.close()

    def _write(self, now_seconds: float) -> None:
        if not self._out:
            self._moved_seconds = now_seconds
            return
        try:
            sent = self._socket.send(self._out)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        del self._out[:sent]
        self._moved_seconds = now_seconds

    def _finish(self) -> None:
        """Send the end; the other side reads what is on its way and closes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _late(self, now_seconds: float) -> bool:
        """Return whether somebody keeps us waiting: with the request, with taking what was sent, with an answer."""
        if now_seconds - self._moved_seconds > STUCK_SECONDS:
            return True
        if not self.talking:
            return now_seconds - self._began_seconds > HANDSHAKE_SECONDS and not self._out
        return now_seconds - self._heard_seconds > SILENT_SECONDS

    def close(self) -> None:
        """Free the socket. Safe to call twice."""
        self.alive = False
        self._socket.close()
