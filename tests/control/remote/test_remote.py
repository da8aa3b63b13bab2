"""The web remote with real HTTP and WebSocket clients: what it serves, lets in, does, and survives."""

import http.client
import json
import random
import re
import socket
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from app.commands.run import _invite
from app.control.actions import ACTIONS, Switch, Value
from app.control.hub import Hub
from app.control.remote import sight, wire
from app.control.remote.server import KNOCKING_SECONDS, MOST_GUESTS, MOST_WIRES, Remote
from app.params import MACROS

Show = Any
"""The class in conftest."""


def get(show: Show, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    def ask() -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", show.remote.port, timeout=30)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.headers), text

    found: tuple[int, dict[str, str], str] = show.during(ask)
    return found


# ------------------------------------------------------------------ the page


def test_the_page_stands_alone_and_may_talk_to_nobody_else(show: Show) -> None:
    status, headers, text = get(show, "/")
    assert status == 200
    assert text.startswith("<!doctype html>")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"\son\w+=|\sstyle=|innerHTML", text)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert f"ws://{show.host}" in policy


def test_no_two_faders_of_the_page_are_called_the_same() -> None:
    labels = [action.param.label for action in ACTIONS.values() if isinstance(action, Value)]
    assert sorted(labels) == sorted({*labels})


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/index.html", "/%2e%2e/x", "//", "/socket/", "/assets/demo.ogg"]
)
def test_nothing_but_the_page_can_be_fetched(show: Show, path: str) -> None:
    status, _, text = get(show, path)
    assert status == 404
    assert text == "there is only one page here\n"


@pytest.mark.parametrize("path", ["/", "/socket"])
def test_a_name_that_was_made_to_lead_here_is_refused(show: Show, path: str) -> None:
    status, _, text = get(show, path, Host=f"evil.example:{show.remote.port}")
    assert status == 421
    assert "<html" not in text


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "https://127.0.0.1:1"])
def test_only_the_page_itself_may_open_the_socket(show: Show, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        show.connect(origin=origin)
    assert refused.value.response.status_code == 403


# ------------------------------------------------------------------ the PIN


def test_without_the_pin_nothing_is_told_or_done(show: Show) -> None:
    phone = show.connect()
    show.say(phone, do="blackout", to=1)
    show.say(phone, token="nonsense")
    assert json.loads(show.during(phone.recv, timeout=30)) == {"no": "pass", "wait_seconds": 0}
    show.say(phone, pin="12345x")
    assert json.loads(show.during(phone.recv, timeout=30))["no"] == "pin"
    show.frames(50)
    assert not show.stage.blackout
    assert show.remote.guests == []
    assert show.remote.refused == 1


def test_half_letters_of_a_stranger_are_refused_and_tell_the_performer_nothing(show: Show) -> None:
    phone = show.connect()
    for half in range(0xD800, 0xD810):
        show.say(phone, pin=chr(half))
        show.say(phone, token=chr(half))
    show.frames(20)
    assert (show.remote.refused, list(show.stage.problems)) == (32, [])


def test_too_many_wrong_pins_have_to_wait_though_the_next_is_right(show: Show) -> None:
    phone = show.connect()
    wrong = f"{(int(show.remote.door.pin) + 1) % 10**6:06d}"
    for _ in range(5):
        show.say(phone, pin=wrong)
    show.say(phone, pin=show.remote.door.pin)
    answers = [json.loads(show.during(phone.recv, timeout=30)) for _ in range(6)]
    assert answers[-1]["wait_seconds"] > 50
    assert show.remote.guests == []


def test_a_pass_lets_in_again_until_it_is_shown_out(show: Show) -> None:
    phone = show.connect(user_agent_header="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0)")
    show.say(phone, pin=show.remote.door.pin)
    told = show.hear(phone, "token")
    assert told["you"] == "iPhone"
    show.during(phone.close)
    show.frames(3)
    again = show.connect()
    show.say(again, token=told["token"])
    assert show.hear(again, "state")["state"]["look"] == "dawn"
    (guest,) = show.remote.guests
    assert guest.address == "127.0.0.1"
    show.remote.show_out(guest)
    show.frames(3)
    with pytest.raises(ConnectionClosed):
        while True:
            show.during(again.recv, timeout=30)
    third = show.connect()
    show.say(third, token=told["token"])
    assert show.hear(third, "no")["no"] == "pass"


def test_who_never_gives_the_pin_is_shown_out(show: Show) -> None:
    phone = show.connect()
    for _ in range(int(KNOCKING_SECONDS)):
        show.frames(1, 1.5)
    with pytest.raises(ConnectionClosed):
        show.during(phone.recv, timeout=30)


# ------------------------------------------------------------------ what is done and told


def test_a_blackout_is_in_the_frame_in_which_it_comes(show: Show) -> None:
    phone = show.enter()
    show._pool.submit(phone.send, json.dumps({"do": "blackout", "to": 1})).result(5)
    show.frames(1)
    assert show.stage.blackout
    assert show.hear(phone, "state", blackout=True)
    show.say(phone, do="blackout")
    assert not show.stage.blackout


def test_macros_looks_and_verbs(show: Show) -> None:
    phone = show.enter()
    layout = show.hear(phone, "layout")["layout"]
    assert {verb["name"] for verb in layout["verbs"]} == set(ACTIONS)
    assert layout["looks"] == ["dawn", "deep_sea"]
    assert [macro["name"] for macro in layout["macros"]] == [f"param:{name}" for name in MACROS]
    show.say(phone, do="param:macro3", to=0.625)
    assert show.stage.preset.params["macro3"] == 0.625
    assert show.hear(phone, "state", **{"param:macro3": 0.625})
    show.say(phone, do="look:deep_sea")
    show.frames(10)
    show.say(phone, do="next")
    show.frames(10)
    assert show.stage.calls == [("choose_look", "deep_sea"), ("step_look", 1)]
    show.say(phone, do="queue:deep_sea")
    assert show.stage.looks.queue == ["deep_sea"]
    assert show.hear(phone, "state", queue=["deep_sea"], queue_clear=True)
    show.say(phone, do="bpm", to=0.5)
    assert show.stage.tempo.bpm == pytest.approx(165)
    show.stage.preset.macros["macro3"] = "Energy"
    named = show.hear(phone, "layout")["layout"]["macros"]
    assert named[2] == {"name": "param:macro3", "label": "Energy"}


@pytest.mark.parametrize(
    "message",
    [
        {"do": "look:../../etc/passwd"}, {"do": "look:nowhere"}, {"do": "queue:nowhere"},
        {"do": "style:moss"}, {"do": "param:zoom", "to": 0.5},
        {"do": "effect:bloom"}, {"do": "__init__"}, {"do": "bpm"}, {"picture": "../x"},
    ],
)  # fmt: skip
def test_what_a_remote_does_not_show_it_cannot_reach(show: Show, message: dict[str, Any]) -> None:
    phone = show.enter()
    before = show.stage.preset.model_dump()
    show.say(phone, **message)
    show.frames(10)
    assert (show.stage.preset.model_dump(), show.stage.calls) == (before, [])
    assert len(show.remote.guests) == 1


def test_two_remotes_see_what_the_other_does(show: Show) -> None:
    one, other = show.enter(), show.enter()
    show.say(one, do="freeze", to=1)
    assert show.hear(other, "state", freeze=True)
    assert show.hear(other, "alive")
    assert len(show.remote.guests) == 2


def test_pictures_come_from_the_thumbnails_when_they_are_there(show: Show) -> None:
    found: dict[str, Any] = {}
    show.hub.find_pixels = found.get
    phone = show.enter()
    show.say(phone, picture="deep_sea")
    show.frames(20)
    found["deep_sea"] = np.full((54, 96, 4), 200, np.uint8)
    answer = show.hear(phone, "picture")
    assert answer["picture"] == "deep_sea"
    assert answer["data"].startswith("data:image/jpeg;base64,/9j/")


# ------------------------------------------------------------------ floods and strangers


def test_a_flood_of_one_knob_is_merged_and_the_newest_wins(show: Show) -> None:
    phone = show.enter()
    written: list[float] = []
    params = show.stage.preset.params

    class Counted(dict[str, float]):
        def __setitem__(self, key: str, value: float) -> None:
            written.append(value)
            super().__setitem__(key, value)

    show.stage.preset.params = Counted(params)
    for i in range(200):
        phone.send(json.dumps({"do": "param:macro1", "to": i / 200}))
    show.frames(20)
    assert show.stage.preset.params["macro1"] == pytest.approx(199 / 200)
    assert len(written) <= 40
    assert len(show.remote.guests) == 1


def test_who_floods_without_end_is_cut_off(show: Show) -> None:
    phone, calm = show.enter(), show.enter()
    with pytest.raises(ConnectionClosed):
        for i in range(20_000):
            phone.send(json.dumps({"do": "param:macro1", "to": i % 100 / 100}))
            if i % 50 == 0:
                show.frames(1, 0.001)
    assert [guest.wire.talking for guest in show.remote.guests] == [True]
    show.say(calm, do="freeze", to=1)
    assert show.stage.frozen


def test_who_takes_nothing_is_cut_off_and_costs_no_memory(show: Show) -> None:
    show.enter()
    (guest,) = show.remote.guests
    guest.wire._out += bytes(16 << 20)  # more than the system takes off our hands
    show.frames(2)
    assert show.remote.guests == []


def test_a_phone_that_went_away_is_noticed(show: Show) -> None:
    show.enter()
    for phone in show.open:
        phone.socket.shutdown(socket.SHUT_WR)
    show.frames(5)
    assert show.remote.guests == []


def test_connections_are_bounded_and_strangers_make_room(show: Show) -> None:
    phone = show.enter()
    strangers = []
    for _ in range(MOST_WIRES * 2):
        strangers.append(show.raw())
    assert len(show.remote._guests) <= MOST_WIRES
    show.say(phone, do="freeze", to=1)
    assert show.stage.frozen
    show.frames(60, 0.2)
    assert len(show.remote._guests) == 1
    for stranger in strangers:
        stranger.close()


def test_a_ninth_guest_is_told_that_it_is_full(show: Show) -> None:
    for _ in range(MOST_GUESTS):
        show.enter()
    phone = show.connect()
    show.say(phone, pin=show.remote.door.pin)
    assert show.hear(phone, "no") == {"no": "full", "most": MOST_GUESTS}


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4000, b"GET /" + b"a" * 20_000, b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789", b"\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"\xff" * 5000,
    ],
    ids=["headers", "line", "tls", "post", "empty", "old", "two hosts", "bytes"],
)  # fmt: skip
def test_requests_that_are_none_end_their_connection_only(show: Show, sent: bytes) -> None:
    phone = show.enter()
    with show.raw() as sock:
        sock.sendall(sent)
        show.frames(40, 0.2)
    show.frames(5)
    assert [guest.token != "" for guest in show.remote._guests] == [True]
    assert list(show.stage.problems) == []
    show.say(phone, do="freeze", to=1)
    assert show.stage.frozen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=700), max_size=4), st.sampled_from(list(Opcode)), st.booleans())
def test_mutated_frames_break_nothing(show: Show, parts: list[bytes], opcode: Opcode, raw: bool) -> None:
    phone = show.enter()
    with show.during(socket.create_connection, ("127.0.0.1", show.remote.port), timeout=30) as sock:
        sock.sendall(
            f"GET /socket HTTP/1.1\r\nHost: {show.host}\r\nOrigin: http://{show.host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n".encode()
        )
        show.frames(3)
        for part in parts:
            try:
                sock.sendall(part if raw else Frame(opcode, part).serialize(mask=True))
            except OSError:
                break
            show.frames(2)
    show.frames(4)
    assert list(show.stage.problems) == []
    assert show.remote.guests
    show.during(phone.close)
    show.frames(2)
    assert show.remote._guests == []


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["do", "to", "x"]), inner),
    max_leaves=10,
)  # fmt: skip


@given(json_values | st.dictionaries(st.sampled_from(["do", "to", "pin", "token", "picture"]), json_values))
def test_any_json_is_a_message_or_refused(value: Any) -> None:
    try:
        ask = sight.read(json.dumps(value))
    except ValueError:
        return
    assert sum(bool(part) for part in (ask.pin, ask.token, ask.do, ask.picture)) == 1
    assert ask.to is None or 0 <= ask.to <= 1


@given(st.text(max_size=wire.MOST_MESSAGE_BYTES))
def test_any_text_is_a_message_or_refused(text: str) -> None:
    try:
        sight.read(text)
    except ValueError:
        return


@pytest.mark.parametrize(
    "text", ["[" * 512, '{"do":"x","to":NaN}', '{"do":"x","to":1e999}', f'{{"do":"x","to":{"9" * 400}}}']
)
def test_nested_and_endless_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a|too deep|Expecting"):
        sight.read(text)


def test_whatever_is_asked_by_name_changes_only_what_it_names(stage: Any) -> None:
    names = [*ACTIONS, *(f"param:{name}" for name in MACROS), "look:dawn", "param:hue", "x:y", ""]
    names.remove("tempo_source")  # Ableton Link may not be there
    random.seed(1)
    for _ in range(300):
        sight.act(stage, random.choice(names), random.choice([None, 0.0, 1.0, random.random()]), lambda trigger: None)
    assert set(stage.preset.params) <= set(MACROS)
    told = [ACTIONS[name] for name in sight.state(stage) if name in ACTIONS]
    assert told
    assert all(isinstance(action, Switch | Value) or action.lit for action in told)


# ------------------------------------------------------------------ the switch


def served(hub: Hub, port: int) -> Remote:
    hub.serve(port)
    assert hub.remote is not None
    return hub.remote


def test_it_is_off_until_it_is_switched_on_and_off_again(stage: Any) -> None:
    hub = Hub()
    assert hub.remote is None
    assert hub.invitation == ""
    first = served(hub, 18_765)
    stage.step(hub, 3)
    assert first.door.pin in hub.invitation
    with socket.create_connection(("127.0.0.1", first.port), timeout=30):
        stage.step(hub)
    hub.serve(0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", first.port), timeout=30)
    second = served(hub, first.port)
    stage.step(hub, 3)
    assert second.problem == ""
    assert second.door is not first.door
    hub.close()


def test_a_port_that_is_taken_is_said_once_and_tried_again(stage: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        hub = Hub()
        remote = served(hub, other.getsockname()[1])
        stage.step(hub, 3)
        stage.step(hub, 3)
        assert [problem.count for problem in stage.problems] == [1]
        assert "is not free" in next(iter(stage.problems)).text
        invited = _invite(hub, None)
        assert (hub.invitation, invited, capsys.readouterr().out) == ("", None, ""), "nobody could come"
    stage.step(hub, 3)
    stage.step(hub, 3)
    assert remote.problem == ""
    for _ in range(2):
        invited = _invite(hub, invited)
    assert capsys.readouterr().out.count(remote.door.pin) == 1
    hub.close()
