"""Where knobs, pads and faders stand, for routes: latest wins, strangers take no room, learning by moving."""

import socket
from collections.abc import Iterator

import pytest

from app.control import origin, positions
from app.control.hub import Hub
from app.control.midi import Midi
from app.control.osc import Osc
from app.control.osc_format import Argument, write
from app.control.positions import Positions
from app.preset import Preset, Route

from .conftest import FakeStage, FakeSystem, settle

KNOB, PAD, FADER = "midi:Knobs:cc:1:21", "midi:Knobs:note:10:36", "osc:/fader/1"


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem("Knobs")


@pytest.fixture
def hub(stage: FakeStage, system: FakeSystem) -> Iterator[Hub]:
    stage.preset.routes = [Route(source=source, param="hue") for source in (KNOB, PAD, FADER)]
    hub = Hub(osc=Osc(0), midi=Midi(system))
    settle(stage, hub)
    yield hub
    hub.close()


def send(hub: Hub, stage: FakeStage, *messages: tuple[str, tuple[Argument, ...]]) -> None:
    """Send OSC messages and let a frame pass."""
    assert hub.osc is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        for address, arguments in messages:
            remote.sendto(write(address, arguments), ("127.0.0.1", hub.osc.port))
    stage.step(hub)


def test_a_knob_a_pad_and_a_fader_are_where_they_were_last(hub: Hub, stage: FakeStage, system: FakeSystem) -> None:
    assert hub.positions.now == {}
    assert [hub.trouble(source) for source in (KNOB, FADER, "midi:Gone:cc:1:1")] == ["not moved yet"] * 2 + ["away"]
    system.port("Knobs").waiting += [[0xB0, 21, 10], [0xB0, 21, 127], [0xB0, 21, 64], [0x99, 36, 127]]
    send(hub, stage, ("/fader/1", (0.25,)), ("/fader/1", (0.75, 0.1)), ("/wide", (7.0,)), ("/on", (True,)))
    assert hub.positions.now == {KNOB: 64 / 127, PAD: 1.0, FADER: 0.75, "osc:/wide": 1.0, "osc:/on": 1.0}
    assert hub.trouble(FADER) == ""
    system.plugged.clear()
    settle(stage, hub)
    assert hub.trouble(KNOB) == "away"
    assert hub.positions.now[KNOB] == 64 / 127, "it keeps its last value"
    hub.listen(0)
    assert hub.trouble(FADER) == "OSC is off"


def test_a_hit_between_two_frames_is_seen_for_one(hub: Hub, stage: FakeStage, system: FakeSystem) -> None:
    system.port("Knobs").waiting += [[0x99, 36, 127], [0x89, 36, 0]]
    send(hub, stage, ("/fader/1", ()))
    assert (hub.positions.now[PAD], hub.positions.now[FADER]) == (1.0, 1.0)
    stage.step(hub)
    assert (hub.positions.now[PAD], hub.positions.now[FADER]) == (0.0, 0.0)
    system.port("Knobs").waiting += [[0x99, 36, 127], [0x89, 36, 0]]
    stage.step(hub)
    system.port("Knobs").waiting += [[0x99, 36, 64]]
    stage.step(hub)
    assert hub.positions.now[PAD] == pytest.approx(64 / 127)


@pytest.mark.parametrize("given", [float("nan"), float("inf"), -float("inf"), "loud", None])
def test_what_is_no_number_moves_nothing(hub: Hub, stage: FakeStage, given: Argument) -> None:
    send(hub, stage, ("/fader/1", (given,)), ("/clavilux/param/hue", (0.5,)), ("/a b", (0.5,)), ("/fader/2", (-3,)))
    assert hub.positions.now == {"osc:/fader/2": 0.0}
    assert hub.refused == 3, "the tree's own is none of them"


def test_strangers_take_only_so_much_room_and_what_is_asked_for_always_has_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(positions, "MOST", 50)
    own = Positions()
    own.begin({FADER})
    assert own.put("osc:/first", 0.5) is False
    for number in range(1000):
        own.put(f"osc:/flood/{number}", 1.0)
    assert len(own.now) == 50
    assert own.put(FADER, 0.3)
    assert (len(own.now), own.now[FADER]) == (50, 0.3)
    for number in range(1000):
        own.put(f"osc:/more/{number}", 1.0)
    own.put(FADER, 0.4)
    assert (len(own.now), own.now[FADER]) == (50, 0.4)
    assert own.at([FADER, "osc:/never"]) == {FADER: 0.4}


def test_a_route_learns_its_source_by_moving_a_control(hub: Hub, stage: FakeStage, system: FakeSystem) -> None:
    stage.preset.routes = [Route(source="bass", param="hue"), Route(source="mid", param="zoom")]
    hub.learn("route:1")
    system.port("Knobs").waiting.append([0x89, 36, 0])
    stage.step(hub)
    assert hub.learning == "route:1", "a pad let go is no answer"
    system.port("Knobs").waiting.append([0xB0, 21, 32])
    stage.step(hub)
    assert (hub.learning, [route.source for route in stage.preset.routes]) == ("", ["bass", KNOB])
    assert hub.positions.now[KNOB] == pytest.approx(32 / 127)
    assert hub.followers == []
    hub.learn("route:0")
    send(hub, stage, ("/fader/1", (0.5,)))
    assert stage.preset.routes[0].source == FADER
    hub.learn("route:9")
    send(hub, stage, ("/fader/1", (0.5,)))
    assert hub.learning == ""


def test_another_look_ends_the_learning_of_a_route_but_not_of_an_action(hub: Hub, stage: FakeStage) -> None:
    for target, kept in (("route:0", ""), ("param:hue", "param:hue")):
        hub.learn(target)
        stage.looks.put(Preset(name="other"))
        stage.step(hub)
        assert hub.learning == kept


def test_names_of_controls_are_read_by_people() -> None:
    assert origin.readable(KNOB) == "Knobs  cc 21"
    assert origin.readable(PAD) == "Knobs  note 36 ch 10"
    assert (origin.short(PAD), origin.short(FADER)) == ("note 36 ch 10", "/fader/1")
    assert origin.device_of("midi:A: 2:cc:1:7") == "A: 2"
    assert origin.is_own("osc:/clavilux/next")
    assert not origin.is_own("osc:/claviluxe")
