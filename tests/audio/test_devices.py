"""Choosing a device by name, and a machine without any."""

import json
import sys

import pytest

from app.audio import devices as devices_module
from app.audio import portaudio
from app.audio.devices import Device, find_input, list_devices, why_absent
from app.commands.devices import devices
from app.problems import UserError


def device(name: str, kind: str = "input", default: bool = False) -> Device:
    return Device(name, kind, 2, 48_000, default, "Fake", f"handle of {name}")  # type: ignore[arg-type]


DEVICES = [device("Mic"), device("Scarlett 18i20", default=True), device("Monitor of HDMI", "monitor"),
           device("Monitor of Scarlett", "monitor"), device("Speakers", "output")]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("", "Scarlett 18i20"),
        ("Mic", "Mic"),
        ("hdmi", "Monitor of HDMI"),
        ("18I20", "Scarlett 18i20"),
        ("handle of Monitor of HDMI", "Monitor of HDMI"),
    ],
)
def test_found_by_name(asked: str, got: str) -> None:
    found = find_input(asked, DEVICES)
    assert found is not None
    assert found.name == got


def test_not_found() -> None:
    with pytest.raises(UserError, match="could be any of 'Scarlett 18i20', 'Monitor of Scarlett'"):
        find_input("scarlett", DEVICES)
    assert [find_input(name, DEVICES) for name in ("Mick", "Speakers")] == [None, None]
    assert find_input("hdmi", DEVICES, whole=True) is None
    assert why_absent("Mick", DEVICES) == "it is not there; did you mean 'Mic'?"


def test_without_a_default_the_first_is_taken() -> None:
    assert find_input("", DEVICES[2:]) == DEVICES[2]
    assert find_input("", DEVICES[4:]) is None
    assert why_absent("", DEVICES[4:]) == "there is no input; connect one"


@pytest.fixture
def no_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise UserError("sound devices need the PortAudio library, which is missing")

    monkeypatch.setattr(devices_module, "_pulse_devices", list)
    monkeypatch.setattr(portaudio, "sounddevice", missing)


def test_no_sound_at_all_is_an_empty_list(no_sound: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_devices() == []
    devices(as_json=True)
    assert json.loads(capsys.readouterr().out) == []
    devices(as_json=False)
    assert "no sound devices" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="PulseAudio")
def test_a_sound_server_that_goes_away_while_it_is_asked_has_no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    import pulsectl
    from pulsectl._pulsectl import LibPulse

    def going(*_: object) -> None:
        raise LibPulse.CallError("pa_context_get_server_info", (), None, "Bad state [pulse errno 15]")

    monkeypatch.setattr(pulsectl.Pulse, "connect", lambda *_, **__: None)
    monkeypatch.setattr(pulsectl.Pulse, "server_info", going)
    monkeypatch.setattr(devices_module, "_portaudio_devices", list)
    assert list_devices() == []


def test_listed_in_order_with_same_names_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [device("Speakers", "output"), device("Mic"), device("Mic", default=True), device("Mic", "output")]
    monkeypatch.setattr(devices_module, "_found", lambda: found)
    assert [(one.name, one.kind) for one in list_devices()] == [
        ("Mic (2)", "input"),
        ("Mic", "input"),
        ("Speakers", "output"),
        ("Mic", "output"),
    ]
    devices(as_json=False)
    assert "(default)" in capsys.readouterr().out
    devices(as_json=True)
    rows = json.loads(capsys.readouterr().out)
    assert rows[0] == {
        "name": "Mic (2)", "kind": "input", "channels": 2, "rate_hz": 48_000, "default": True, "host": "Fake"
    }  # fmt: skip
