"""Controllers and a running show: what they do is in the very next picture."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio.source import SourceChoice
from app.cli import main
from app.clock import Frame
from app.control import bindings
from app.control.bindings import Binding
from app.control.midi import Midi
from app.control.osc_format import write
from app.live import Session
from app.render.target import Target
from app.settings import Settings

from .conftest import FakeSystem, settle

ROOT = Path(__file__).resolve().parent.parent.parent


class Eyes:
    def __init__(self) -> None:
        self.picture: NDArray[np.uint8] = np.zeros((1, 1, 3), np.uint8)

    def send(self, image: Target, frame: Frame) -> None:
        self.picture = image.read()[..., :3]

    def close(self) -> None:
        pass


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def session(free_port: int) -> Iterator[Session]:
    settings = Settings(
        source=SourceChoice(live=False),
        preset="first_light",
        backend="glsl",
        fps=60,
        picture_px=(64, 36),
        headless=True,
        osc_port=free_port,
    )
    with ExitStack() as stack:
        yield Session(settings, stack)


def look(session: Session) -> NDArray[np.uint8]:
    """Return the next picture."""
    eyes = Eyes()
    session.outputs.append(eyes)
    session.step()
    session.outputs.remove(eyes)
    return eyes.picture


def test_blackout_by_osc_is_in_the_next_picture_and_goes_again(session: Session, free_port: int) -> None:
    assert look(session).max() > 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        remote.connect(("127.0.0.1", free_port))
        for _ in range(150):
            remote.send(write("/clavilux/param/hue", (0.5,)))
        remote.send(write("/clavilux/blackout", (1,)))
        assert look(session).max() == 0
        remote.send(write("/clavilux/blackout", (0,)))
        assert look(session).max() > 0
        remote.send(write("/clavilux/blackout"))
        assert look(session).max() == 0


def test_blackout_by_a_pad_is_in_the_next_picture(session: Session) -> None:
    system = FakeSystem("Pads")
    hub = session.controls.control
    assert hub.midi is not None
    hub.midi.close()
    hub.midi = Midi(system)
    hub.add(Binding(source="midi:Pads:note:10:36", target="blackout", mode="momentary"))
    settle(session.controls, hub)
    assert look(session).max() > 0
    system.port("Pads").waiting.append([0x99, 36, 127])
    assert look(session).max() == 0
    system.port("Pads").waiting.append([0x89, 36, 0])
    assert look(session).max() > 0


def test_a_fader_by_osc_moves_the_look_on_air(session: Session, free_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        look(session)
        remote.sendto(write("/clavilux/value/brightness", (0.0,)), ("127.0.0.1", free_port))
        assert look(session).max() == 0
    assert session.preset.params["brightness"] == 0


def test_a_show_that_is_rendered_listens_to_nobody(free_port: int) -> None:
    settings = Settings(
        source=SourceChoice(live=False), backend="glsl", fps=10, picture_px=(64, 36), headless=True, offline=True,
        osc_port=free_port,
    )  # fmt: skip
    with ExitStack() as stack:
        assert Session(settings, stack).controls.control.osc is None


def test_listing_controllers_shows_those_that_are_away(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bindings.save(home / "bindings.yaml", [Binding(source="midi:Old Pads:note:10:36", target="blackout")])
    main(["midi", "list", "--json"])
    listed = json.loads(capsys.readouterr().out)
    (old,) = (row for row in listed["controllers"] if row["name"] == "Old Pads")
    assert old["connected"] is False
    assert old["bindings"][0]["target"] == "blackout"
    main(["midi", "list"])
    shown = capsys.readouterr().out
    assert "Old Pads  (away)" in shown
    assert "blackout" in shown


def test_listing_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    main(["osc", "list", "--json"])
    rows = {row["address"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"/clavilux/blackout", "/clavilux/param/zoom", "/clavilux/value/zoom", "/clavilux/query"} <= set(rows)
    main(["osc", "list"])
    assert len(capsys.readouterr().out.splitlines()) == len(rows)


def test_the_document_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "control.md").read_text("utf-8")
    main(["osc", "list", "--json"])
    for row in json.loads(capsys.readouterr().out):
        _, _, verb, *rest = row["address"].split("/")
        assert f"/clavilux/{verb}{'/' if rest else '`'}" in text, verb


def test_without_the_midi_library_it_is_said_in_one_line(home: Path) -> None:
    code = (
        "import sys; sys.modules['rtmidi'] = None\n"
        "from pathlib import Path; Path.exists = lambda self: True\n"
        "from app.control.rtmidi_system import RtMidi\nfrom app.problems import UserError\n"
        "try:\n    RtMidi().names()\nexcept UserError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "no MIDI: pip install 'clavilux[control]' brings it"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--osc", "80"], "--osc 80: a port is a number from 1024"),
        (["run", "--remote", "80"], "--remote 80: a port is a number from 1024"),
        (["run", "--osc", "9000", "--osc-bind", "localhost"], "--osc-bind localhost: not an address"),
    ],
)
def test_a_wrong_port_or_address_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
