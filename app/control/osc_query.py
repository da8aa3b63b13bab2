"""OSCQuery: the OSC tree as JSON over HTTP, at the address and port number that OSC listens to, while it does.

A thread of its own answers one GET after another, each bounded in bytes and seconds. It knows nothing of the show but
the newest `Snapshot`, which the main thread takes in `step` when one is asked for, at most ten times a second.
Format: "OSCQuery Proposal" (Vidvox), without LISTEN; who wants to be told subscribes by OSC.
"""

import contextlib
import json
import selectors
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from app.control import osc_tree
from app.control.osc import Osc
from app.control.osc_format import Argument
from app.control.osc_tree import Entry
from app.control.stage import Stage

MOST_BYTES, MOST_SECONDS, SHOW_SECONDS = 8192, 2.0, 1.0
"""Of a request; how long one may take; how long the show is waited for."""
SNAPSHOT_SECONDS, RETRY_SECONDS = 0.1, 2.0
PAUSE_SECONDS, WAITING = 0.02, 8
"""After each answer: whoever asks without end leaves the interpreter to the show; how many may stand in line."""
EXTENSIONS = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION")
ATTRIBUTES = (*EXTENSIONS, "FULL_PATH", "CONTENTS", "TYPE")
REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
           503: "Service Unavailable"}  # fmt: skip
READ, WRITE = 1, 2
Node = dict[str, Any]


class Snapshot(NamedTuple):
    """All there is at one moment: addresses, what they are now, and the names that some of them take."""

    entries: Sequence[Entry]
    state: Mapping[str, Argument]
    names: Mapping[str, Sequence[str]]


def taken(stage: Stage) -> Snapshot:
    """Return the tree of the look on air."""
    entries = list(osc_tree.entries(stage.targets, stage.preset.effect_keys()))
    return Snapshot(entries, osc_tree.state(stage), {kind: osc_tree.names(stage, kind) for kind in osc_tree.NAMED})


def tree(snapshot: Snapshot) -> Node:
    """Return the root of the tree as OSCQuery has it."""
    root: Node = {"FULL_PATH": "/", "ACCESS": 0, "DESCRIPTION": "Clavilux"}
    for entry in snapshot.entries:
        node = root
        for name in entry.address[1:].split("/"):
            path = f"{node['FULL_PATH'].rstrip('/')}/{name}"
            node = node.setdefault("CONTENTS", {}).setdefault(name, {"FULL_PATH": path, "ACCESS": 0})
        node |= _attributes(entry, snapshot)
    return root


def _attributes(entry: Entry, snapshot: Snapshot) -> Node:
    node: Node = {"TYPE": entry.type, "DESCRIPTION": entry.help, "ACCESS": WRITE if entry.heard else 0}
    names = snapshot.names.get(entry.address.rpartition("/")[2]) if entry.type == "s" else None
    if names is not None:
        node["RANGE"] = [{"VALS": list(names)}]
    elif entry.type in "if":
        node["RANGE"] = [{"MIN": entry.low, "MAX": entry.high}]
    if entry.address in snapshot.state:
        node |= {"VALUE": [snapshot.state[entry.address]], "ACCESS": node["ACCESS"] | READ}
    return node


def _found(root: Node, path: str) -> Node | None:
    node: Node | None = root
    for name in path.strip("/").split("/") if path.strip("/") else ():
        node = (node or {}).get("CONTENTS", {}).get(name)
    return node


class OscQuery:
    """Follows where OSC listens; `problem` is one line while the port is somebody else's. Main thread."""

    def __init__(self) -> None:
        self.problem = ""
        self._server: _Server | None = None
        self._at: tuple[str, int] | None = None
        self._next_try_seconds = self._next_snapshot_seconds = 0.0

    def step(self, stage: Stage, osc: Osc | None) -> None:
        """Open and close with OSC; take a snapshot if one is asked for."""
        now = stage.frame.seconds
        at = (osc.bind, osc.port) if osc is not None and osc.listening else None
        if at != self._at:
            self.close()
            self._at, self._next_try_seconds = at, now
        if self._server is None and self._at is not None and now >= self._next_try_seconds:
            self._next_try_seconds = now + RETRY_SECONDS
            self._open(*self._at)
        if self._server is not None and self._server.asked.is_set() and now >= self._next_snapshot_seconds:
            self._next_snapshot_seconds = now + SNAPSHOT_SECONDS
            self._server.give(taken(stage))

    def _open(self, bind: str, port: int) -> None:
        try:
            self._server, self.problem = _Server(bind, port), ""
        except OSError as error:
            self.problem = f"OSCQuery: TCP port {port} of {bind} is not free ({error.strerror}); it is tried again"

    def close(self) -> None:
        """Free the port. Safe to call twice."""
        if self._server is not None:
            self._server.close()
        self._server, self._at, self.problem = None, None, ""


class _Server:
    """One port and its thread; `OSError` where the port is not free."""

    def __init__(self, bind: str, port: int) -> None:
        self._bind, self._port = bind, port
        self.asked, self._given = threading.Event(), threading.Event()
        self._newest: Snapshot | None = None
        self._socket = socket.create_server((bind, port), backlog=WAITING)
        self._socket.setblocking(False)
        self._end, self._ended = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="OSC query", daemon=True)
        self._thread.start()

    def give(self, snapshot: Snapshot) -> None:
        """Hand over what was asked for. Main thread."""
        self._newest = snapshot
        self.asked.clear()
        self._given.set()

    def close(self) -> None:
        """End the thread, which frees the port; a request under way is answered first, and not waited for."""
        self._end.close()
        self._thread.join(SNAPSHOT_SECONDS)

    def _serve(self) -> None:
        with self._socket, self._ended, selectors.DefaultSelector() as ready:
            ready.register(self._socket, selectors.EVENT_READ)
            ready.register(self._ended, selectors.EVENT_READ)
            while all(key.fileobj is not self._ended for key, _ in ready.select()):
                with contextlib.suppress(OSError):  # whoever asks may be gone
                    connection, _ = self._socket.accept()
                    with connection:
                        answer = self._answer(_request(connection))
                        connection.settimeout(MOST_SECONDS)
                        connection.sendall(answer)
                time.sleep(PAUSE_SECONDS)

    def _answer(self, line: str) -> bytes:
        """Return the answer to a request's first line, "GET /path?ATTRIBUTE HTTP/1.1"."""
        method, _, target = line.partition(" ")
        path, _, attribute = target.partition(" ")[0].partition("?")
        if method != "GET":
            return _response(405 if method.isalpha() else 400)
        if attribute == "HOST_INFO":
            return _response(200, self._host())
        if (attribute and attribute not in ATTRIBUTES) or not path.startswith("/"):
            return _response(400)
        snapshot = self._fresh()
        if snapshot is None:
            return _response(503)
        node = _found(tree(snapshot), unquote(path))
        if node is not None and attribute:
            return _response(200, {attribute: node[attribute]}) if attribute in node else _response(204)
        return _response(200, node) if node is not None else _response(404)

    def _host(self) -> Node:
        host = {"NAME": "Clavilux", "OSC_PORT": self._port, "OSC_TRANSPORT": "UDP",
                "EXTENSIONS": dict.fromkeys(EXTENSIONS, True)}  # fmt: skip
        return host if self._bind == "0.0.0.0" else host | {"OSC_IP": self._bind}

    def _fresh(self) -> Snapshot | None:
        self._given.clear()
        self.asked.set()
        return self._newest if self._given.wait(SHOW_SECONDS) else None


def _request(connection: socket.socket) -> str:
    """Return the first line of a request, all of whose head has come; "" for one that is too long."""
    until, head = time.monotonic() + MOST_SECONDS, b""
    while b"\r\n\r\n" not in head:
        connection.settimeout(max(until - time.monotonic(), 1e-3))
        part = connection.recv(MOST_BYTES)
        head += part
        if not part or len(head) > MOST_BYTES:
            return ""
    return head.partition(b"\r\n")[0].decode("latin-1")


def _response(code: int, node: Node | None = None) -> bytes:
    body = json.dumps(node).encode() if node is not None else b""
    head = [f"HTTP/1.1 {code} {REASONS[code]}", "Content-Type: application/json", f"Content-Length: {len(body)}",
            "Connection: close", *(["Allow: GET"] if code == 405 else [])]  # fmt: skip
    return "\r\n".join([*head, "", ""]).encode("ascii") + body
