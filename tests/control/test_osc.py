"""OSC through a real socket of this computer: the tree, floods, garbage, answers."""

import random
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from app.control import inbox, osc, osc_format, osc_tree
from app.control.actions import ACTIONS
from app.control.bindings import Binding
from app.control.follower import Follower
from app.control.hub import Hub
from app.control.osc import Osc
from app.control.osc_format import Message

from .conftest import EFFECTS, FakeStage

Say = Callable[..., None]


@pytest.fixture
def remote(hub: Hub) -> Iterator[socket.socket]:
    assert hub.osc is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        remote.connect(("127.0.0.1", hub.osc.port))
        remote.settimeout(2)
        yield remote


def packet(address: str, *arguments: Any) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return bytes(builder.build().dgram)


@pytest.fixture
def say(hub: Hub, remote: socket.socket, stage: FakeStage) -> Say:
    def say(address: str, *arguments: Any) -> None:
        remote.send(packet(address, *arguments))
        stage.step(hub)

    return say


def heard(remote: socket.socket) -> dict[str, list[Any]]:
    """Return what the remote was told, by address."""
    found: dict[str, list[Any]] = {}
    remote.setblocking(False)
    try:
        while True:
            for timed in OscPacket(remote.recv(65536)).messages:
                found.setdefault(timed.message.address, []).extend(timed.message.params)
    except BlockingIOError:
        return found


@pytest.mark.parametrize(
    ("address", "arguments", "call"),
    [
        ("/clavilux/next", (), ("step_look", 1)),
        ("/clavilux/previous", (1,), ("step_look", -1)),
        ("/clavilux/random", (1.0,), ("random_look",)),
        ("/clavilux/back", (True,), ("look_before",)),
        ("/clavilux/fullscreen", (), ("toggle_fullscreen",)),
        ("/clavilux/record", (1,), ("toggle_record",)),
        ("/clavilux/look", ("deep_sea",), ("choose_look", "deep_sea")),
        ("/clavilux/style", ("moss",), ("choose_style", "moss")),
    ],
)
def test_addresses_press(say: Say, stage: FakeStage, address: str, arguments: tuple[Any, ...], call: object) -> None:
    say(address, *arguments)
    assert stage.calls == [call]


def test_looks_are_queued_and_the_queue_is_emptied(say: Say, stage: FakeStage, hub: Hub) -> None:
    say("/clavilux/queue", "deep_sea", "dawn")
    assert stage.looks.queue == ["deep_sea", "dawn"]
    refused = hub.refused
    say("/clavilux/queue", "nowhere", "deep_sea")
    assert stage.looks.queue == ["deep_sea", "dawn", "deep_sea"]
    assert hub.refused == refused + 1
    say("/clavilux/queue_clear")
    assert stage.looks.queue == []


def test_a_name_that_is_unknown_is_said_and_many_are_one_line(say: Say, stage: FakeStage) -> None:
    for name in ("depp_sea", "x" * 500, "deep\nsee"):
        say("/clavilux/look", name)
    assert [(problem.text, problem.count) for problem in stage.problems] == [
        ("OSC: /clavilux/look 'deep?see': no look here is called so", 3)
    ]


def test_a_release_presses_nothing(say: Say, stage: FakeStage) -> None:
    say("/clavilux/next", 0.0)
    assert stage.calls == []


def test_a_press_and_its_release_in_one_frame_are_a_press(hub: Hub, remote: socket.socket, stage: FakeStage) -> None:
    remote.send(packet("/clavilux/next", 1))
    remote.send(packet("/clavilux/next", 0))
    stage.step(hub)
    assert stage.calls == [("step_look", 1)]


def test_switches_are_set_or_flipped(say: Say, stage: Any) -> None:
    say("/clavilux/blackout", 1)
    assert stage.blackout
    say("/clavilux/blackout", 1)
    assert stage.blackout
    say("/clavilux/blackout", 0)
    assert not stage.blackout
    say("/clavilux/freeze")
    assert stage.frozen
    say("/clavilux/hold", False)
    assert not stage.looks.held
    say("/clavilux/effect/kaleido:2", 0)
    assert [use.enabled for use in stage.preset.effects] == [True, True, False]


def test_parameters_by_share_and_by_value(say: Say, stage: FakeStage) -> None:
    say("/clavilux/param/hue", 0.75)
    say("/clavilux/value/zoom", 3.0)
    say("/clavilux/value/spin", 1e9)
    say("/clavilux/param/bloom.amount", 0.25)
    say("/clavilux/value/kaleido:2.sides", 4)
    assert stage.preset.params == {"hue": 90.0, "zoom": pytest.approx(3.0), "spin": 60.0}
    assert stage.preset.effects[0].values == {"amount": 0.5}
    assert stage.preset.effects[2].values == {"sides": 4}


def test_a_transition_is_set_and_begins_afresh_when_another_is_chosen(say: Say, hub: Hub, stage: FakeStage) -> None:
    say("/clavilux/value/transition.softness", 0.5)
    assert hub.refused == 1
    say("/clavilux/transition", "iris")
    say("/clavilux/value/transition.softness", 0.5)
    say("/clavilux/param/transition.progress", 1.0)
    assert (hub.refused, stage.preset.transition_values) == (2, {"softness": 0.5})
    stage.undo.step(0.0, 0)
    stage.undo.step(1.0, 0)
    assert osc_tree.state(stage)["/clavilux/value/transition.softness"] == 0.5
    say("/clavilux/transition_next")
    assert (stage.preset.transition, stage.preset.transition_values) == ("morph", {})
    stage.undo.step(2.0, 0)
    stage.undo.undo()
    assert (stage.preset.transition, stage.preset.transition_values) == ("iris", {"softness": 0.5})


def test_a_button_of_an_effect_is_let_go_after_a_frame(say: Say, hub: Hub, stage: FakeStage) -> None:
    say("/clavilux/param/kaleido.kick", 1)
    assert stage.preset.effects[1].values == {"kick": 1.0}
    stage.step(hub)
    assert stage.preset.effects[1].values == {}


@pytest.mark.parametrize(
    ("address", "arguments"),
    [
        ("/clavilux/quit", ()),
        ("/clavilux/param/zoom", (float("nan"),)),
        ("/clavilux/param/zoom", (float("inf"),)),
        ("/clavilux/param/zoom", ("big",)),
        ("/clavilux/param/zoom", ()),
        ("/clavilux/param/no_such", (0.5,)),
        ("/clavilux/look", ("../../../etc/passwd.yaml",)),
        ("/clavilux/look", ("/tmp/evil.yaml",)),
        ("/clavilux/look", (3,)),
        ("/clavilux/look", ()),
        ("/clavilux/style", ("/tmp/evil.pth",)),
        ("/clavilux/blackout", ("yes",)),
        ("/clavilux/next/next", ()),
        ("/other", (1.0,)),
    ],
)
def test_what_means_nothing_changes_nothing_and_is_counted(
    say: Say, hub: Hub, stage: FakeStage, address: str, arguments: tuple[Any, ...]
) -> None:
    before = stage.preset.model_copy(deep=True)
    say(address, *arguments)
    assert (stage.calls, stage.preset, stage.blackout) == ([], before, False)
    assert hub.refused == 1
    assert hub.last_refused.startswith(address)


def test_any_address_can_be_learned(say: Say, hub: Hub, stage: FakeStage) -> None:
    hub.learn("param:saturation")
    say("/1/fader3", 0.2)
    assert hub.followers[0].binding == Binding(source="osc:/1/fader3", target="param:saturation", takeover=False)
    say("/1/fader3", 0.75)
    assert stage.preset.params == {"saturation": 1.5}
    assert hub.refused == 0


def test_a_query_is_answered_with_everything(say: Say, remote: socket.socket, stage: FakeStage) -> None:
    stage.preset.params["saturation"] = 0.5
    say("/clavilux/query")
    told = heard(remote)
    assert told["/clavilux/look"] == ["dawn"]
    assert told["/clavilux/param/saturation"] == [0.25]
    assert told["/clavilux/value/saturation"] == [0.5]
    assert told["/clavilux/effect/kaleido:2"] == [1]
    assert told["/clavilux/looks"] == [0, 2, "dawn", 1, 2, "deep_sea"]
    assert told["/clavilux/styles"] == [0, 2, "silk", 1, 2, "moss"]


def test_every_address_that_is_told_is_in_the_table(stage: FakeStage) -> None:
    stage.preset.effects = stage.preset.effects[:2]
    stage.preset.transition = "iris"
    listed = {entry.address for entry in osc_tree.table(EFFECTS, stage.transitions)}
    assert "/clavilux/param/iris.softness" not in listed
    assert set(osc_tree.state(stage)) <= listed
    assert {f"/clavilux/{name}" for name in ACTIONS} <= listed


def test_changes_are_told_to_those_who_asked_and_only_changes(
    say: Say, hub: Hub, remote: socket.socket, stage: FakeStage
) -> None:
    stage.step(hub)
    assert heard(remote) == {}
    say("/clavilux/subscribe")
    assert "/clavilux/param/zoom" in heard(remote)
    stage.blackout = True
    stage.step(hub)
    assert heard(remote) == {"/clavilux/blackout": [1]}
    stage.step(hub)
    assert heard(remote) == {}
    say("/clavilux/unsubscribe")
    stage.blackout = False
    stage.step(hub)
    assert heard(remote) == {}


def test_a_remote_may_listen_on_another_port(say: Say, remote: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        say("/clavilux/query", ear.getsockname()[1])
        assert "/clavilux/look" in heard(ear)
    assert heard(remote) == {}


def test_no_more_than_eight_are_told(hub: Hub, remote: socket.socket, stage: FakeStage) -> None:
    for port in range(20_000, 20_020):
        remote.send(packet("/clavilux/subscribe", port))
        stage.step(hub)
    assert len(hub.listeners) == 8


def test_a_flood_is_read_in_bounded_pieces_and_the_newest_wins(
    hub: Hub, remote: socket.socket, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    parse = osc_format.parse

    def counted(raw: bytes) -> Message:
        parsed.append(raw)
        return parse(raw)

    monkeypatch.setattr(osc_format, "parse", counted)
    assert hub.osc is not None
    for burst in range(100):  # small enough for the smallest receive buffer that systems have
        for i in range(100):
            remote.send(packet("/clavilux/param/saturation", (burst * 100 + i) / 9999))
        parsed.clear()
        stage.step(hub)
        assert len(parsed) == 2
    assert hub.osc.received == 10_000
    assert stage.preset.params["saturation"] == pytest.approx(2.0)


def test_one_frame_takes_no_more_than_its_share(
    hub: Hub, remote: socket.socket, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub.osc is not None
    monkeypatch.setattr(osc, "MOST_PACKETS", 64)
    monkeypatch.setattr(inbox, "MOST_KEYS", 50)
    for i in range(100):
        remote.send(packet(f"/x/{i}", 1.0))
    stage.step(hub)
    assert (hub.osc.received, hub.osc.dropped) == (64, 14)
    stage.step(hub)
    assert (hub.osc.received, hub.osc.dropped) == (100, 14)


def test_a_blackout_amid_a_flood_of_other_addresses_is_obeyed_in_the_next_frame(
    hub: Hub, remote: socket.socket, stage: FakeStage
) -> None:
    hub.followers = [Follower(Binding(source="osc:/1/panic", target="freeze", takeover=False))]
    for i in range(inbox.MOST_KEYS + 40):
        remote.send(packet(f"/x/{i}", 1.0))
    for own in ("/clavilux/blackout", "/1/panic"):
        remote.send(packet(own, 1))
    stage.step(hub)
    assert hub.osc is not None
    assert hub.osc.dropped == 40
    assert stage.blackout
    assert stage.frozen


def test_large_packets_fill_a_frame_sooner(
    hub: Hub, remote: socket.socket, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub.osc is not None
    monkeypatch.setattr(osc, "MOST_BYTES", 10_000)
    (large,) = osc_format.bundles([packet("/x", "y" * 3000)], 1)
    for _ in range(6):
        remote.send(large)
    stage.step(hub)
    assert hub.osc.received == 4


def test_a_flood_of_next_changes_looks_ten_times_a_second(hub: Hub, remote: socket.socket, stage: FakeStage) -> None:
    for _ in range(64):
        remote.send(packet("/clavilux/next"))
        stage.step(hub, 1 / 64)
    assert 5 <= len(stage.calls) <= 10


def test_mutated_packets_never_raise_nor_reach_anything_new(hub: Hub, remote: socket.socket, stage: FakeStage) -> None:
    chance = random.Random(7)
    seeds = [
        packet("/clavilux/look", "deep_sea"),
        packet("/clavilux/param/zoom", 0.5),
        packet("/clavilux/value/kaleido:2.sides", 4),
        *osc_format.bundles([packet("/clavilux/blackout", 1), packet("/clavilux/style", "moss")]),
    ]
    for i in range(10_000):
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        remote.send(bytes(raw[: chance.randint(1, len(raw))]) if i % 3 == 0 else bytes(raw))
        if i % 100 == 0:
            stage.step(hub)
    stage.step(hub)
    assert hub.osc is not None
    assert hub.osc.received == 10_000
    assert hub.osc.malformed > 500
    assert set(stage.calls) <= {("choose_look", "deep_sea"), ("choose_style", "moss")}
    assert all(param.low <= stage.preset.value(param) <= param.high for param in (stage.targets["zoom"],))
    assert not [problem for problem in stage.problems if not problem.text.startswith("OSC: /clavilux/")]


@settings(max_examples=300)
@given(
    st.sampled_from(
        ["param/zoom", "value/zoom", "look", "style", "blackout", "next", "query", "subscribe", "effect/x"]
    ),
    st.lists(
        st.integers(-(2**31), 2**31 - 1) | st.floats() | st.text(max_size=9) | st.booleans() | st.none(), max_size=3
    ),
)
def test_any_arguments_are_heeded_or_refused(address: str, arguments: list[osc_format.Argument]) -> None:
    stage = FakeStage()
    osc_tree.receive(stage, Message(f"/clavilux/{address}", tuple(arguments)), lambda trigger: trigger.press(stage))
    zoom = stage.targets["zoom"]
    assert zoom.low <= stage.preset.value(zoom) <= zoom.high


def test_a_port_that_is_taken_is_told_and_tried_again(stage: FakeStage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        hub = Hub(osc=Osc(other.getsockname()[1]))
        stage.step(hub)
        stage.step(hub)
        assert [problem.text for problem in stage.problems] == [hub.osc.problem if hub.osc else ""]
    for _ in range(20):
        stage.step(hub)
    assert hub.osc is not None
    assert hub.osc.problem == ""
    hub.close()


def test_it_listens_to_this_computer_only_unless_told(hub: Hub) -> None:
    assert hub.osc is not None
    assert hub.osc._socket is not None
    assert hub.osc._socket.getsockname()[0] == "127.0.0.1"


def test_switched_off_and_on_it_listens_where_it_was_told_to(stage: FakeStage) -> None:
    hub = Hub(osc=Osc(9000, "0.0.0.0"))
    hub.listen(0)
    hub.listen(9001)
    assert hub.osc is not None
    assert (hub.osc.port, hub.osc.bind) == (9001, "0.0.0.0")


def test_time_is_led_by_osc(say: Say, stage: FakeStage) -> None:
    tempo = stage.tempo
    say("/clavilux/bpm", 128.0)
    assert tempo.source == "tap"
    assert tempo.bpm == pytest.approx(128.0)
    say("/clavilux/tempo_double")
    assert tempo.bpm == pytest.approx(256.0)
    say("/clavilux/tempo_half")
    say("/clavilux/tempo_lock", 1)
    assert tempo.locked
    say("/clavilux/quantise", 3)
    assert stage.launch.quantise == "2 bars"
    say("/clavilux/quantise_next")
    assert stage.launch.quantise == "4 bars"
    say("/clavilux/tempo_source", 2)
    assert stage.tempo.source == "midi"
    say("/clavilux/delay", 120)
    assert tempo.delay_seconds == pytest.approx(0.12)
    for _ in range(5):  # a frame of this stage lasts 1/8 s
        say("/clavilux/tap")
        for _ in range(3):
            say("/clavilux/tap", 0)
    assert tempo.bpm == pytest.approx(120.0)


def test_wrong_times_are_refused(say: Say, hub: Hub, stage: FakeStage) -> None:
    for wrong in ("fast", float("nan"), float("inf")):
        say("/clavilux/bpm", wrong)
    say("/clavilux/bpm")
    assert hub.refused == 4
    assert stage.tempo.source == "heard"
    say("/clavilux/bpm", 9000.0)
    assert stage.tempo.bpm == 300.0


def test_the_state_tells_the_tempo(stage: FakeStage) -> None:
    stage.tempo.set_bpm(96.04)
    stage.launch.quantise = "bar"
    state = osc_tree.state(stage)
    assert state["/clavilux/bpm"] == 96.0
    assert state["/clavilux/quantise"] == 2.0
    assert state["/clavilux/tempo_lock"] == 0
