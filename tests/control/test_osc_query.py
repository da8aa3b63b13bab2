"""OSCQuery over real HTTP: what is told is the tree that OSC obeys, and strangers get no more than that."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.control import osc_query, osc_tree
from app.control.hub import Hub
from app.control.osc import Osc
from app.control.osc_format import Message

from .conftest import FakeStage

Ask = Callable[..., tuple[int, Any]]


def sent(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(request)
        answer = b""
        while part := client.recv(65536):
            answer += part
        return answer


@pytest.fixture
def ask(hub: Hub, stage: FakeStage) -> Iterator[Ask]:
    with ThreadPoolExecutor(1) as pool:

        def ask(target: str, method: str = "GET") -> tuple[int, Any]:
            assert hub.osc is not None
            request = f"{method} {target} HTTP/1.1\r\nHost: here\r\n\r\n".encode()
            asked = pool.submit(sent, hub.osc.port, request)
            while not asked.done():
                stage.step(hub)
            head, _, body = asked.result().partition(b"\r\n\r\n")
            return int(head.split()[1]), json.loads(body) if body else None

        yield ask


def leaves(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for inner in node.get("CONTENTS", {}).values():
        yield from leaves(inner)
    if "CONTENTS" not in node:
        yield node


def test_the_whole_tree_is_told_and_each_value_is_what_osc_tells(ask: Ask, stage: FakeStage) -> None:
    stage.preset.params["zoom"] = 2.0
    code, root = ask("/")
    assert code == 200
    told = {leaf["FULL_PATH"]: leaf for leaf in leaves(root)}
    values = {path: leaf["VALUE"][0] for path, leaf in told.items() if "VALUE" in leaf}
    assert values == osc_tree.state(stage)
    zoom = told["/clavilux/value/zoom"]
    assert (zoom["TYPE"], zoom["VALUE"], zoom["RANGE"], zoom["ACCESS"]) == ("f", [2.0], [{"MIN": 0.25, "MAX": 4.0}], 3)
    assert told["/clavilux/next"]["TYPE"] == "I"
    assert told["/clavilux/next"]["ACCESS"] == 2
    assert told["/clavilux/beat"]["ACCESS"] == 1
    assert told["/clavilux/look"]["RANGE"] == [{"VALS": ["dawn", "deep_sea"]}]
    assert "/clavilux/param/kaleido:2.sides" in told


def test_every_number_that_is_told_is_obeyed(ask: Ask, stage: FakeStage) -> None:
    for leaf in leaves(ask("/")[1]):
        if leaf["TYPE"] == "f":
            message = Message(leaf["FULL_PATH"], (leaf["RANGE"][0]["MIN"],))
            assert osc_tree.receive(stage, message, lambda trigger: trigger.press(stage)), leaf


def test_one_node_one_attribute_and_the_host(ask: Ask, hub: Hub) -> None:
    assert ask("/clavilux/param/hue")[1]["FULL_PATH"] == "/clavilux/param/hue"
    assert ask("/clavilux/param/hue?VALUE") == (200, {"VALUE": [0.5]})
    assert ask("/clavilux/next?VALUE") == (204, None)
    assert hub.osc is not None
    host = ask("/?HOST_INFO")[1]
    assert (host["OSC_IP"], host["OSC_PORT"], host["OSC_TRANSPORT"]) == ("127.0.0.1", hub.osc.port, "UDP")


@pytest.mark.parametrize(
    ("target", "method", "code"),
    [
        ("/clavilux/no_such", "GET", 404),
        ("/../etc/passwd", "GET", 404),
        ("/clavilux/next?WRONG", "GET", 400),
        ("elsewhere", "GET", 400),
        ("/", "POST", 405),
        ("/", "DELETE", 405),
        ("/", "\x00\xff", 400),
        ("/" + "x" * 9000, "GET", 400),
    ],
)
def test_nothing_else_is_answered(ask: Ask, stage: FakeStage, target: str, method: str, code: int) -> None:
    before = stage.preset.model_dump()
    assert ask(target, method) == (code, None)
    assert (stage.calls, stage.preset.model_dump()) == ([], before)


def test_whoever_asks_and_says_nothing_more_is_let_go(ask: Ask, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc_query, "MOST_SECONDS", 0.05)
    assert hub.osc is not None
    with socket.create_connection(("127.0.0.1", hub.osc.port), 5) as silent:
        silent.send(b"GET / HTTP")
        assert ask("/?HOST_INFO")[0] == 200


def test_it_goes_where_osc_goes_and_ends_with_it(ask: Ask, hub: Hub, stage: FakeStage) -> None:
    assert hub.osc is not None
    before = hub.osc.port
    hub.listen(0)
    stage.step(hub)
    with pytest.raises(OSError):
        sent(before, b"")
    with socket.create_server(("127.0.0.1", 0)) as other:
        hub.osc = Osc(other.getsockname()[1])
        stage.step(hub)
        stage.step(hub)
        assert [problem.text.partition(" of ")[0] for problem in stage.problems] == [
            f"OSCQuery: TCP port {hub.osc.port}"
        ]
    for _ in range(20):
        stage.step(hub)
    assert ask("/?HOST_INFO")[0] == 200
