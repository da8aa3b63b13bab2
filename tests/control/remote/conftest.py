"""A show with a remote, and phones: real clients in threads of their own while the show goes on."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from websockets.sync.client import ClientConnection, connect

from app.control.hub import Hub
from app.control.remote.server import Remote

T = TypeVar("T")
PATIENCE_SECONDS = 60.0


class Show:
    """A hub that serves on this computer, stepped by hand."""

    def __init__(self, stage: Any, hub: Hub) -> None:
        self.stage, self.hub = stage, hub
        assert hub.remote is not None
        self.remote: Remote = hub.remote
        self._pool = ThreadPoolExecutor(4)
        self.open: list[ClientConnection] = []
        self.frames()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.remote.port}"

    def frames(self, count: int = 1, seconds: float = 0.02) -> None:
        for _ in range(count):
            self.stage.step(self.hub, seconds)

    def during(self, call: Callable[..., T], *given: Any, **named: Any) -> T:
        """Let frames pass until a call in another thread is done."""
        done = self._pool.submit(call, *given, **named)
        until = time.monotonic() + PATIENCE_SECONDS
        while not done.done() and time.monotonic() < until:
            self.frames(1, 0.001)
            time.sleep(0.0005)  # lets the other thread have its turn, however busy the machine is
        return done.result(timeout=0)

    def connect(self, **named: Any) -> ClientConnection:
        """Open the socket as the page does, without a PIN."""
        named = {"origin": f"http://{self.host}", "proxy": None, "compression": None, "open_timeout": 30} | named
        self.open.append(self.during(lambda: connect(f"ws://{self.host}/socket", **named).__enter__()))
        return self.open[-1]

    def say(self, phone: ClientConnection, **message: Any) -> None:
        self.during(phone.send, json.dumps(message))
        self.frames(4)

    def hear(self, phone: ClientConnection, key: str, **wanted: Any) -> dict[str, Any]:
        """Return the next message that has a key, and the state it tells of."""
        for _ in range(200):
            message: dict[str, Any] = json.loads(self.during(phone.recv, timeout=PATIENCE_SECONDS / 2))
            if key in message and all(message[key].get(name) == value for name, value in wanted.items()):
                return message
        raise AssertionError(f"no {key} {wanted}")

    def enter(self, **named: Any) -> ClientConnection:
        """Connect and give the PIN."""
        phone = self.connect(**named)
        self.say(phone, pin=self.remote.door.pin)
        assert self.hear(phone, "token")["token"]
        return phone

    def raw(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.remote.port), timeout=PATIENCE_SECONDS / 2)
        self.frames(2)
        return sock

    def close(self) -> None:
        self.hub.close()
        for phone in self.open:
            phone.close()
        self._pool.shutdown()


@pytest.fixture
def show(stage: Any) -> Iterator[Show]:
    hub = Hub()
    hub.remote = Remote(0, lambda look: hub.find_pixels(look), "127.0.0.1")
    show = Show(stage, hub)
    yield show
    show.close()
