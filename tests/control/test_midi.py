"""MIDI: messages, learning, controllers that come and go; through a real port where the system has one."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

from app.audio.features import Features
from app.control import bindings, midi
from app.control.bindings import Binding
from app.control.hub import Hub
from app.control.midi import Midi
from app.control.rtmidi_system import RtMidi, tidy
from app.problems import UserError

from .conftest import FakeStage, FakeSystem, settle

PADS = Binding(source="midi:Pads:note:10:36", target="blackout", mode="toggle")


def control(number: int, value: int, channel: int = 0) -> Any:
    return mido.Message("control_change", channel=channel, control=number, value=value).bytes()


def note(number: int, velocity: int = 100, channel: int = 9) -> Any:
    return mido.Message("note_on", channel=channel, note=number, velocity=velocity).bytes()


@pytest.mark.parametrize(
    ("message", "signal"),
    [
        (control(7, 127), ("midi:Knobs:cc:1:7", 1.0)),
        (control(7, 0, 15), ("midi:Knobs:cc:16:7", 0.0)),
        (note(36, 127), ("midi:Knobs:note:10:36", 1.0)),
        (note(36, 0), ("midi:Knobs:note:10:36", 0.0)),
        (mido.Message("note_off", note=36, velocity=64).bytes(), ("midi:Knobs:note:1:36", 0.0)),
        (mido.Message("pitchwheel", pitch=8191).bytes(), ("midi:Knobs:pitch:1:0", 1.0)),
        (mido.Message("pitchwheel", pitch=-8192).bytes(), ("midi:Knobs:pitch:1:0", 0.0)),
        (mido.Message("clock").bytes(), None),
        (mido.Message("program_change", program=3, channel=1).bytes(), ("midi:Knobs:program:2:3", 1.0)),
        (mido.Message("aftertouch", value=3).bytes(), None),
        (mido.Message("sysex", data=[1, 2, 3]).bytes(), None),
        ([], None),
        ([1, 2, 3], None),
    ],
)
def test_messages_become_signals(message: Any, signal: object) -> None:
    assert midi.read("Knobs", message) == signal


def test_names_stay_the_same_over_a_replug() -> None:
    ports = ["Midi Through:Midi Through Port-0 14:0", "X-TOUCH MINI:X-TOUCH MINI MIDI 1 20:0", "Pad", "Pad"]
    names = tidy(ports)
    assert names[2:] == ["Pad", "Pad #2"]
    assert len(set(names)) == 4
    assert tidy([port.replace("20:0", "28:0") for port in ports]) == names or "20:0" in names[1]  # Linux only


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem("Knobs", "Pads")


@pytest.fixture
def hub(tmp_path: Path, system: FakeSystem, stage: FakeStage) -> Iterator[Hub]:
    hub = Hub(tmp_path / "bindings.yaml", midi=Midi(system))
    settle(stage, hub)
    yield hub
    hub.close()


def test_a_knob_is_learned_and_then_moves_its_target(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.learn("param:saturation")
    system.port("Knobs").waiting += [control(7, 63)]
    stage.step(hub)
    assert not hub.learning
    assert [f.binding.source for f in hub.followers] == ["midi:Knobs:cc:1:7"]
    assert stage.preset.params == {}
    system.port("Knobs").waiting += [control(7, 64), control(7, 127)]
    stage.step(hub)
    assert stage.preset.params == {"saturation": 2.0}


def test_a_pad_is_learned_by_its_press_and_acts_at_the_next(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.learn("blackout")
    system.port("Pads").waiting += [note(36, 0), note(36, 100), note(36, 0)]
    stage.step(hub)
    assert [f.binding for f in hub.followers] == [PADS]
    assert not stage.blackout
    system.port("Pads").waiting += [note(36, 100), note(36, 0)]  # pressed and let go within one frame
    stage.step(hub)
    assert stage.blackout


def test_learning_the_same_again_makes_no_second_binding(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    for _ in range(3):
        hub.learn("blackout")
        system.port("Pads").waiting += [note(36, 100), note(36, 0)]
        stage.step(hub)
    assert len(hub.followers) == 1


def test_a_knob_that_is_bound_already_is_bound_anew_and_it_is_said(
    hub: Hub, system: FakeSystem, stage: FakeStage
) -> None:
    for target, besides in (("param:zoom", False), ("param:hue", False), ("param:saturation", True)):
        hub.learn(target, besides)
        system.port("Knobs").waiting += [control(7, 63)]
        stage.step(hub)
    assert [f.binding.target for f in hub.followers] == ["param:hue", "param:saturation"]
    assert stage.problems.said == "cc 7 is saturation now, and still hue"
    hub.learn("param:hue")
    system.port("Knobs").waiting += [control(8, 63)]
    stage.step(hub)
    assert stage.problems.said == "cc 8 is hue now, as cc 7 is"


def test_the_list_is_kept_on_disk_soon_and_at_the_end(hub: Hub, stage: FakeStage, tmp_path: Path) -> None:
    path = tmp_path / "bindings.yaml"
    hub.add(PADS)
    stage.step(hub)
    assert not path.exists()
    for _ in range(10):
        stage.step(hub)
    assert bindings.load(path) == [PADS]
    hub.remove(PADS)
    hub.close()
    assert bindings.load(path) == []


def test_a_list_that_cannot_be_read_is_told_and_kept_aside(tmp_path: Path, stage: FakeStage) -> None:
    path = tmp_path / "bindings.yaml"
    path.write_text("bindings: oops")
    hub = Hub(path)
    for _ in range(3):
        stage.step(hub)
    assert ["bindings.yaml:1" in problem.text for problem in stage.problems] == [True]
    hub.close()
    assert path.read_text() == "bindings: oops"
    hub.add(PADS)
    hub.save()
    assert bindings.load(path) == [PADS]
    assert path.with_suffix(".yaml.bad").read_text() == "bindings: oops"


def test_a_controller_away_keeps_its_bindings_and_gets_them_back(
    hub: Hub, system: FakeSystem, stage: FakeStage
) -> None:
    assert hub.midi is not None
    hub.add(PADS)
    assert hub.status(stage, hub.followers[0]) == ""
    first = system.port("Pads")
    system.plugged.remove("Pads")
    settle(stage, hub)
    assert first.closed
    assert hub.status(stage, hub.followers[0]) == "away"
    system.plugged.append("Pads")
    settle(stage, hub)
    assert hub.midi.names == ["Knobs", "Pads"]
    assert hub.status(stage, hub.followers[0]) == ""
    system.port("Pads").waiting += [note(36)]
    stage.step(hub)
    assert stage.blackout
    assert len(hub.followers) == 1


def test_a_quick_replug_between_two_looks_is_noticed(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    assert hub.midi is not None
    settle(stage, hub)
    assert len(system.ports) == 2
    system.number += 1
    settle(stage, hub)
    assert len(system.ports) == 4
    assert all(port.closed for _, port in system.ports[:2])
    assert sorted(hub.midi.names) == ["Knobs", "Pads"]


def test_unplugged_while_learning_learning_goes_on(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.learn("next")
    system.plugged.remove("Pads")
    settle(stage, hub)
    assert hub.learning == "next"
    system.port("Knobs").waiting += [control(1, 127)]
    stage.step(hub)
    assert hub.followers[0].binding.source == "midi:Knobs:cc:1:1"


def test_only_what_was_asked_for_is_opened_and_waited_for(stage: FakeStage, system: FakeSystem) -> None:
    hub = Hub(midi=Midi(system, ["knob", "Faderfox"]))
    settle(stage, hub)
    assert hub.midi is not None
    assert hub.midi.names == ["Knobs"]
    assert hub.midi.awaited == ["Faderfox"]
    stage.step(hub)
    assert [problem.text for problem in stage.problems] == ["MIDI: waiting for 'Faderfox'"]
    system.plugged.append("Faderfox EC4")
    settle(stage, hub)
    assert hub.midi.awaited == []


def test_no_midi_is_one_line_and_no_problem(stage: FakeStage, system: FakeSystem) -> None:
    system.problem = "no MIDI: none here"
    hub = Hub(midi=Midi(system))
    for _ in range(3):
        settle(stage, hub)
    assert hub.midi is not None
    assert hub.midi.problem == "no MIDI: none here"
    assert len(stage.problems) == 0


def test_lamps_show_what_is_on_and_come_back_with_the_controller(
    hub: Hub, system: FakeSystem, stage: FakeStage
) -> None:
    hub.add(PADS)
    hub.add(Binding(source="midi:Pads:note:10:37", target="look:dawn"))
    stage.step(hub)
    stage.step(hub)
    assert system.port("Pads").sent == [(0x99, 36, 0), (0x99, 37, 127)]
    stage.blackout = True
    stage.step(hub)
    stage.step(hub)
    assert system.port("Pads").sent[2:] == [(0x99, 36, 127)]
    system.plugged.remove("Pads")
    settle(stage, hub)
    system.plugged.append("Pads")
    settle(stage, hub)
    stage.step(hub)
    stage.step(hub)
    assert system.port("Pads").sent == [(0x99, 36, 127), (0x99, 37, 127)]


def test_a_knob_that_can_show_it_is_told_where_the_value_is(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.add(Binding(source="midi:Knobs:cc:1:7", target="param:saturation", min=0.0, max=0.5, takeover=False))
    port = system.port("Knobs")
    stage.step(hub)
    stage.step(hub)
    assert port.sent == [(0xB0, 7, 127)]
    port.waiting.append(control(7, 32))
    for _ in range(3):
        stage.step(hub)
    assert port.sent == [(0xB0, 7, 127)]
    stage.preset.params["saturation"] = 0.5
    stage.step(hub)
    stage.step(hub)
    assert port.sent[1:] == [(0xB0, 7, 64)]


def test_a_flood_is_merged(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.add(Binding(source="midi:Knobs:cc:1:7", target="param:saturation", takeover=False))
    port = system.port("Knobs")
    port.waiting += [control(7, i % 128) for i in range(10_000)]
    stage.step(hub)
    assert len(port.waiting) == 10_000 - midi.MOST_MESSAGES
    for _ in range(10):
        stage.step(hub)
    assert port.waiting == []
    assert stage.preset.params["saturation"] == pytest.approx(2 * (9999 % 128) / 127)


@pytest.mark.parametrize(
    ("sent", "mode"),
    [((1, 1, 1, 1), "relative"), ((65, 63, 65, 65), "relative_offset"), ((1, 65, 65, 1), "relative_sign")],
)
def test_a_learned_knob_that_turns_without_end_is_recognised(
    hub: Hub, system: FakeSystem, stage: FakeStage, sent: tuple[int, ...], mode: str
) -> None:
    hub.learn("param:saturation")
    port = system.port("Knobs")
    for value in sent:
        port.waiting.append(control(16, value))
        stage.step(hub)
    assert [own.binding.mode for own in hub.followers] == [mode]
    assert stage.problems.said == "cc 16 turns without end: it moves saturation from where it is"
    before = stage.preset.params["saturation"] = 1.0
    port.waiting += [control(16, sent[0])] * 5  # in one frame: steps add up
    stage.step(hub)
    assert stage.preset.params["saturation"] - before == pytest.approx(2 * 5 / 127)


def test_a_learned_knob_that_knows_where_it_stands_stays_as_it_is(
    hub: Hub, system: FakeSystem, stage: FakeStage
) -> None:
    hub.learn("param:saturation")
    for value in [*range(60, 68), *range(68, 58, -1), 127, 0, 127, 0, 127, 127, 127, 127]:
        system.port("Knobs").waiting.append(control(16, value))
        stage.step(hub)
    assert [own.binding.mode for own in hub.followers] == ["absolute"]


def test_a_program_change_is_a_press(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.learn("blackout")
    change = mido.Message("program_change", program=5).bytes()
    for _ in range(3):
        system.port("Knobs").waiting.append(change)
        stage.step(hub)
    assert [(own.binding.source, own.binding.mode) for own in hub.followers] == [("midi:Knobs:program:1:5", "toggle")]
    assert not stage.blackout, "learned, on, off"


def test_through_a_real_port(stage: FakeStage) -> None:
    """A virtual controller of the system's own MIDI; skipped where there is none."""
    rtmidi = pytest.importorskip("rtmidi")
    system = RtMidi()
    try:
        system.names()
    except UserError as error:
        pytest.skip(str(error))
    pads = rtmidi.MidiOut(name="Test pads")
    pads.open_virtual_port("pads")
    hub = Hub(midi=Midi(system, ["pads"]))
    try:
        settle(stage, hub)
        hub.learn("blackout")
        for velocity in (100, 0, 100):
            pads.send_message([0x99, 36, velocity])
            for _ in range(20):
                time.sleep(0.01)
                stage.step(hub, 0.01)
        assert stage.blackout
    finally:
        hub.close()
        pads.delete()


def test_a_pad_taps_and_a_knob_sets_what_changes_wait_for(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.learn("quantise")
    system.port("Knobs").waiting += [control(7, 0)]
    stage.step(hub)
    assert hub.followers[0].binding.mode == "absolute"
    system.port("Knobs").waiting += [control(7, 127)]
    stage.step(hub)
    assert stage.launch.quantise == "4 bars"
    hub.add(Binding(source="midi:Pads:note:10:40", target="tap"))
    for _ in range(4):
        system.port("Pads").waiting += [note(40), note(40, 0)]
        for _ in range(4):
            stage.step(hub)
    assert stage.tempo.bpm == pytest.approx(120.0)


def test_a_midi_clock_reaches_the_tempo_in_order_and_moves_no_knob(
    hub: Hub, system: FakeSystem, stage: FakeStage
) -> None:
    stage.tempo.choose("midi")
    hub.learn("blackout")
    port = system.port("Pads")
    port.waiting.append(mido.Message("start").bytes())
    for _ in range(16):
        port.waiting += [mido.Message("clock").bytes()] * 6  # 6 a frame of 1/8 s: 120 BPM
        stage.step(hub)
    assert hub.learning == "blackout"
    read = stage.tempo.clock.read(stage.frame.seconds - 0.125, 0.0)
    assert read is not None
    assert read[1] == pytest.approx(120.0, rel=0.02)
    assert read[0] == pytest.approx(16 * 6 / 24, abs=0.2)


def test_the_lamp_of_a_tap_pad_blinks_with_the_beat(hub: Hub, system: FakeSystem, stage: FakeStage) -> None:
    hub.add(Binding(source="midi:Pads:note:10:40", target="tap"))
    stage.tempo.set_bpm(60.0)
    port = system.port("Pads")
    for _ in range(24):
        stage.step(hub)
        stage.tempo.step(Features(), stage.frame)
    assert [message[2] for message in port.sent] == [127, 0] * 3
