"""A show that ends badly comes back where it was; what is missing by then stops nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import ImageGrab

from app import paths
from app.audio.source import SourceChoice
from app.commands.run import SIGNALS, play
from app.control.bindings import Binding, save
from app.control.osc_format import write
from app.controls import Controls
from app.live import Session
from app.output import muxer
from app.output.feeds import Feeds
from app.preset import EffectUse, Preset, Route
from app.problems import UserError
from app.settings import Settings
from app.show import box, keeper, show_file
from app.show.state import SourceState, State, TempoState

ROOT = Path(__file__).resolve().parent.parent
PLAIN = Settings(
    source=SourceChoice(live=False), backend="cpu", fps=20, picture_px=(64, 36), headless=True, offline=True,
    keeps=True,
)  # fmt: skip
Show = Callable[..., Session]


@contextmanager
def playing(**changes: object) -> Iterator[Session]:
    with ExitStack() as stack:
        session = Session(replace(PLAIN, **changes), stack)  # type: ignore[arg-type]
        yield session


def steps(session: Session, count: int = 3) -> None:
    for _ in range(count):
        session.step()


def settle(session: Session) -> None:
    """Let what was last asked to be written be on disk."""
    steps(session, 41)
    session._backstage._keeper._wait()  # type: ignore[union-attr]


def until(session: Session, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        session.step()
        assert time.monotonic() < deadline, "never happened"


def crashed_with(state: State, home: Path, count: int = 1) -> None:
    """Leave what a run leaves that crashed for the `count`th time in a row."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    (paths.data("autosave") / "state.json").write_text(state.model_dump_json())
    note = {"pid": process.pid, "request": [], "crashes": count - 1}
    (paths.data("autosave") / "running.json").write_text(json.dumps(note))


def told(session: Session) -> str:
    return "\n".join(problem.text for problem in session.problems)


def test_a_crash_comes_back_with_everything_a_clean_end_with_nothing(home: Path) -> None:
    with playing(preset="furnace", given=("preset=furnace",)) as session:
        session.preset.params["zoom"] = 2.5
        session.preset.routes.append(Route(source="osc:/fader/1", param="pan_x", amount=0.5))
        session.controls.control.positions.put("osc:/fader/1", 0.5)
        session.controls.control.positions.put("osc:/fader/2", 0.5)
        session.controls.looks.held = True
        session.controls.flash_mode, session.controls.saving = "wall", "rows"
        session.controls.looks.queue = ["deep_sea", "far_field"]
        settle(session)
        style_seconds = session.controls.values.style_seconds
        kept = keeper.state_path().read_bytes()  # and then it is gone, without a word
    crashed_with(State.model_validate_json(kept), home)
    with playing() as session:
        assert session.report()["resumed"]
        assert (session.preset.name, session.preset.params["zoom"]) == ("furnace", 2.5)
        assert session.controls.looks.held
        assert (session.controls.flash_mode, session.controls.saving) == ("wall", "rows")
        assert session.controls.looks.queue == ["deep_sea", "far_field"]
        steps(session)
        assert session.controls.control.positions.now == {"osc:/fader/1": 0.5}
        assert session.controls.values.params["pan_x"] == pytest.approx(1.0)
        assert abs(session.controls.values.style_seconds - style_seconds) < 3
        assert told(session) == "", "nothing is said: the audience may watch the messages"
        session.end()
    with playing() as session:
        assert not session.report()["resumed"]
        assert session.preset.name == "first_light"


def test_musical_time_goes_on_after_a_crash(home: Path) -> None:
    with playing(advance_beats=8.0) as session:
        controls = session.controls
        controls.tempo.set_bpm(96.0)
        controls.tempo.locked = True
        controls.tempo.delay_seconds = 0.2
        steps(session, 20)
        controls.tempo.resync()
        controls.launch.quantise = "2 bars"
        controls.change_time.choose_bars(2)
        controls.looks.advance_beats = 16.0
        settle(session)
        kept = keeper.state_path().read_bytes()
    state = State.model_validate_json(kept)
    assert 0 < state.tempo.position_beats < 5
    crashed_with(state, home)
    with playing(advance_beats=8.0) as session:
        session.step()
        assert session.controls.tempo.beat.position == pytest.approx(state.tempo.position_beats, abs=0.05)
        steps(session)
        tempo = session.controls.tempo
        assert (tempo.source, tempo.bpm, tempo.locked, tempo.delay_seconds) == ("tap", 96.0, True, 0.2)
        assert session.controls.launch.quantise == "2 bars"
        assert (session.controls.change_time.unit, session.controls.change_time.beats) == ("bars", 8.0)
        assert session.controls.looks.advance_beats == 16.0
        assert told(session) == ""


def test_the_bar_goes_on_while_nobody_draws_where_the_music_does_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tempo = TempoState(bpm=120.0, octave=2.0, position_beats=30.0, at_unix_seconds=1000.0)
    state = State(look=Preset(name="x", style="ember_flames"), tempo=tempo)
    crashed_with(state, home)
    monkeypatch.setattr(Controls, "playback", None)  # as with a microphone
    monkeypatch.setattr("app.backstage.time", SimpleNamespace(time=lambda: 1006.0))
    with playing() as session:
        session.step()
        assert session.controls.tempo.beat.position == pytest.approx(42.0, abs=0.2)
        assert session.controls.tempo.octave == 2.0
    crashed_with(state.model_copy(update={"tempo": tempo.model_copy(update={"at_unix_seconds": 5.0})}), home)
    with playing() as session:
        session.step()
        assert session.controls.tempo.beat.position == pytest.approx(30.0, abs=0.1), "nobody knows how many beats"


def test_the_light_the_decks_the_size_and_the_lfos_are_as_they_were(home: Path) -> None:
    with playing() as session:
        controls, look = session.controls, session.preset
        controls.outlets.master.fader, controls.outlets.master.fade_seconds = 0.6, 2.5
        controls.choose_picture((80, 48))
        controls.choose_fps(24.0)
        look.style_b, look.blend, look.params["fader"] = "ember_flames", "screen", 0.4
        look.routes.append(Route(source="saw", param="hue", amount=0.2, hz=0.7))
        number = len(look.routes) - 1
        settle(session)
        turns = session._movers.on_air.turns[number]
        kept = keeper.state_path().read_bytes()
    crashed_with(State.model_validate_json(kept), home)
    with playing() as session:
        controls, look = session.controls, session.preset
        assert (controls.outlets.master.fader, controls.outlets.master.fade_seconds) == (0.6, 2.5)
        assert (controls.picture_px, controls.fps) == ((80, 48), 24.0)
        assert (look.style_b, look.blend, look.params["fader"]) == ("ember_flames", "screen", 0.4)
        session.step()
        assert session._movers.on_air.turns[number] == pytest.approx(turns, abs=1.0)
        assert session._movers.on_air.turns[number] > 0.7
        assert told(session) == ""


def test_the_clean_output_and_the_feeds_are_where_they_were(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toggled: list[str] = []
    monkeypatch.setattr(Feeds, "toggle", lambda _, name: toggled.append(name))
    crashed_with(State(look=Preset(name="x", style="ember_flames"), display="Beamer", feeds=["ndi"]), home)
    with playing(offline=False) as session:
        assert session.settings.output_display == "Beamer"
        assert toggled == ["ndi"]


def test_a_tempo_source_that_is_gone_after_a_crash_stops_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: float) -> None:
        raise UserError("Ableton Link: nobody there")

    monkeypatch.setattr("app.tempo.tempo.LinkSession", gone)
    crashed_with(State(look=Preset(name="x", style="ember_flames"), tempo=TempoState(source="link", bpm=130.0)), home)
    with playing() as session:
        tempo = session.controls.tempo
        assert (tempo.source, tempo.bpm) == ("heard", 130.0), "until a tempo is heard"
        steps(session)
        assert session.preset.name == "x"
        assert "nobody there" in told(session)


def test_a_show_carries_how_looks_change_but_not_the_tempo() -> None:
    state = State(
        advance_beats=8.0,
        quantise="bar",
        crossfade="seconds",
        crossfade_seconds=0.0,
        tempo=TempoState(source="midi", bpm=90.0, delay_seconds=0.1),
    )
    rest = state.at_rest()
    assert (rest.advance_beats, rest.quantise, rest.tempo) == (8.0, "bar", TempoState(bpm=0.0))
    assert (rest.crossfade, rest.crossfade_seconds) == ("seconds", 0.0)


def test_a_show_without_flash_limit_says_so_when_it_opens(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "strobes.clavilux"
    file.write_bytes(show_file.gather("strobes", State(flash_mode="off"), home))
    with playing(show=file) as session:
        assert session.controls.flash_mode == "off"
        assert told(session).count("does not limit flashes") == 1


def test_who_asks_for_something_else_after_a_crash_gets_it(home: Path) -> None:
    crashed_with(State(look=Preset(name="x", style="ember_flames")), home)
    with playing(preset="furnace", given=("preset=furnace",)) as session:
        assert session.preset.name == "furnace"
        assert told(session) == "the last show broke off at 'x'; this start asked for something else"


def test_a_named_device_that_is_away_is_waited_for_and_stays_chosen(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.audio.device.list_devices", list)
    source = SourceState(kind="device", device="Focusrite")
    crashed_with(State(look=Preset(name="x", style="ember_flames"), source=source), home)
    with playing() as session:
        session.step()
        session._backstage._keeper._wait()  # type: ignore[union-attr]
        assert session.controls.source.waiting
        assert told(session) == "sound: waiting for Focusrite: there is no input; connect one"
        kept = keeper.Kept(keeper.state_path()).state
        assert kept is not None
        assert kept.source == source
    source = SourceState(kind="device")
    crashed_with(State(look=Preset(name="x", style="ember_flames"), source=source), home)
    with playing() as session:
        assert session.controls.source_choice.device == ""
        assert session.controls.source.label == "default input"


def test_phones_come_back_after_a_crash_and_a_show_file_knows_nothing_of_them(home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with playing(offline=False, remote_port=port) as session:
        door = session.controls.control.remote.door  # type: ignore[union-attr]
        token = door.try_pin(door.pin, "10.0.0.1", 0.0)
        session.step()
        session._backstage._keeper._wait()  # type: ignore[union-attr]
        assert keeper.state_path().stat().st_mode & 0o777 == 0o600
        state = session._backstage._state(session.controls)
    rest = state.at_rest()
    assert (state.remote_port, rest.remote_port, rest.remote_pin, rest.remote_passes) == (port, 0, "", [])
    crashed_with(state, home)
    with playing(offline=False) as session:
        remote = session.controls.control.remote
        assert remote is not None
        assert (remote.port, remote.door.pin, remote.door.try_pass(token)) == (port, door.pin, True)
        session.end()
    with playing(offline=False, remote_port=port) as session:
        remote = session.controls.control.remote
        assert remote is not None
        assert not remote.door.try_pass(token), "a clean end lets nobody back in"


@pytest.mark.parametrize(
    "changes",
    [
        {"preset": "nope"},
        {"style": "nope"},
        {"source": SourceChoice(kind="file", file=Path("nope.wav"), live=False)},
        {"show": Path("nope.zip")},
    ],
)
def test_a_refused_start_is_no_crash_and_keeps_the_relaunch(home: Path, changes: dict[str, object]) -> None:
    for _ in range(2):
        with pytest.raises(UserError), playing(**changes, given=("typo",)):
            pass
    assert not keeper.sentinel_path().exists()
    crashed_with(State(look=Preset(name="x", style="ember_flames")), home)
    for _ in range(2):
        with pytest.raises(UserError), playing(**changes, given=("typo",)):
            pass
    with playing() as session:
        assert session.report()["resumed"]
        assert (session.preset.name, told(session)) == ("x", "")


def test_a_start_that_is_interrupted_is_no_crash(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    crashed_with(State(look=Preset(name="x", style="ember_flames")), home)
    with monkeypatch.context() as patch:
        patch.setattr("app.live.Casting", interrupted)
        for given in ((), ("preset=furnace",)):
            with pytest.raises(KeyboardInterrupt), playing(given=given):
                pass
    with playing() as session:
        assert (session.preset.name, told(session)) == ("x", "")


def test_what_was_on_air_is_forgotten_with_the_first_picture_of_another_show(home: Path) -> None:
    crashed_with(State(look=Preset(name="x", style="ember_flames")), home)
    with playing(preset="furnace", given=("preset=furnace",)) as session:
        assert on_air() == "x"
        session.step()
        session._backstage._keeper._wait()  # type: ignore[union-attr]
        assert on_air() == "furnace"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_kill_while_loading_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr("app.live.Session", lambda *_: os.kill(os.getpid(), number))
    kept = {name: signal.getsignal(getattr(signal, name)) for name in SIGNALS}
    try:
        with pytest.raises(KeyboardInterrupt):
            play(PLAIN, None, None)
    finally:
        for name, handler in kept.items():
            signal.signal(getattr(signal, name), handler)


def test_everything_that_is_missing_after_a_crash_stops_nothing(home: Path, tmp_path: Path) -> None:
    state = State(
        look=Preset(name="lost", style="gone", effects=[EffectUse(effect="nowhere")]),
        source=SourceState(kind="file", file=str(tmp_path / "gone.mp3"), position_seconds=5),
        show=str(tmp_path / "gone" / "tour.clavilux"),
        midi=["No Such Pads"],
        pool="playlist:lost",
    )
    crashed_with(state, home)
    with playing() as session:
        steps(session)
        assert session.preset.name == "lost"
        assert session.controls.style_on_air
        for words in ("unknown style 'gone'", "gone.mp3", "tour.clavilux", "unknown effect 'nowhere'"):
            assert words in told(session)
        session.controls.step_look(1)
        steps(session)
        assert session.preset.name in session.controls.looks.names


@pytest.mark.parametrize("text", ["", "{", '{"look": {"name": 3}}', "null", '{"look": {"params": {"zoom": NaN}}}'])
def test_a_state_that_cannot_be_read_is_a_message(home: Path, text: str) -> None:
    crashed_with(State(), home)
    keeper.state_path().write_text(text)
    with playing() as session:
        steps(session)
        assert session.preset.name == "first_light"
        assert "state.json: what was on air cannot be read (" in told(session)
        assert "validation error" not in told(session)


def test_after_two_crashes_safe_mode_is_offered_and_after_one_not(home: Path) -> None:
    crashed_with(State(), home)
    with playing() as session:
        assert told(session) == ""
    crashed_with(State(), home, count=2)
    with playing() as session:
        assert "the last 2 shows crashed: 'clavilux --safe'" in told(session)


def test_safe_mode_plays_without_effects_controllers_and_the_last_look(home: Path) -> None:
    crashed_with(State(look=Preset(name="deadly", style="ember_flames")), home, count=3)
    save(home / "bindings.yaml", [Binding(source="osc:/a", target="blackout")])
    with playing(safe=True, offline=False, osc_port=45_871) as session:
        steps(session)
        assert (session.preset.name, session.preset.effects) == ("first_light", [])
        assert session.controls.control.osc is None
        assert session.controls.control.midi is None
        assert session.controls.control.followers == []
        assert told(session) == "--safe: --osc 45871 left out; start without --safe to have it"


def test_a_show_file_is_kept_while_it_plays(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "tour.clavilux"
    with playing(show=file) as session:
        steps(session)
        session.preset.params["hue"] = 40.0
        session.controls.save_look("Encore")
        session.controls.mark("encore", stars=5, favourite=True)
        session.controls.playlists.put("late", "furnace")
        settle(session)
        parts = box.read(file)
        assert {"presets/encore.yaml", "library.yaml"} <= set(parts)
        assert not (home / "presets" / "encore.yaml").exists(), "it belongs to the show"
        session.end()
    first = file.read_bytes()
    assert {"presets/furnace.yaml", "styles/ember_flames.safetensors"} <= set(box.read(file))
    assert list(paths.cache("open").iterdir()) == []
    with playing(show=file) as session:
        assert session.preset.name == "encore"
        assert session.preset.params["hue"] == 40.0
        assert session.controls.looks.marks.seen("encore").stars == 5
        session.controls.looks.pool = "playlist:late"
        session.controls.step_look(1)
        assert session.preset.name == "furnace"
        session.end()
    assert file.with_suffix(".clavilux.bak").read_bytes() == first, "as it was when it was opened"
    with playing() as session:
        assert "encore" not in session.controls.looks.names


def test_what_is_wrong_in_a_show_is_told_by_its_place_in_it(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "tour.clavilux"
    with playing(show=file) as session:
        assert session.problems.said == "tour.clavilux: a new show; it is kept from now on"
        assert told(session) == "", "that is no problem"
        session.controls.save_look("Encore")
        assert session.problems.said == "saved in the show: encore"
        (paths.own("presets") / "encore.yaml").write_text("style: x\neffects:\n- effect: nowhere\n")
        session.controls.choose_look("encore")
        steps(session)
        told_now = told(session)
        assert told_now.startswith("tour.clavilux: presets/encore.yaml:3: effects[0].effect: unknown effect 'nowhere'")
        assert str(paths.cache("open")) not in told_now, "what lies there is gone when the show ends"


def test_a_full_disk_is_one_line_and_the_show_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: bytes, **__: object) -> None:
        raise UserError(f"{path.name}: cannot be written: No space left on device")

    with playing(show=tmp_path / "tour.clavilux") as session:
        monkeypatch.setattr("app.files.replace", full)
        session.controls.on_take()
        settle(session)
        settle(session)
        said = [(problem.text, problem.count) for problem in session.problems if "No space" in problem.text]
        assert [text for text, _ in said if "state.json" in text] == [
            "state.json: cannot be written: No space left on device"
        ]
        assert any("tour.clavilux" in text for text, _ in said)
        monkeypatch.undo()
        settle(session)
        assert keeper.state_path().is_file(), "there is room again"


def test_a_show_that_cannot_be_backed_up_says_so(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path, to: Path) -> None:
        raise OSError(28, "No space left on device", str(to))

    file = tmp_path / "tour.clavilux"
    file.write_bytes(show_file.gather("tour", State(), home))
    before = file.read_bytes()
    with playing(show=file) as session:
        monkeypatch.setattr("app.show.keeper.shutil.copyfile", full)
        session.controls.on_take()
        until(session, lambda: "tour.clavilux: is not kept: No space left on device: " in told(session))
        assert file.read_bytes() == before


def test_a_tempo_beyond_what_can_be_set_and_long_names_come_back_too(home: Path) -> None:
    name = "x" * 200
    (home / "presets").mkdir(exist_ok=True)
    (home / "presets" / f"{name}.yaml").write_text("name: short\n")
    with playing() as session:
        controls = session.controls
        controls.looks.rescan()
        controls.choose_look(name)
        controls.looks.enqueue(name)
        controls.mark(name, stars=3)
        session.step()
        controls.tempo._bpm = 999.0
        settle(session)
        assert told(session) == ""
    crashed_with(State.model_validate_json(keeper.state_path().read_bytes()), home)
    with playing() as session:
        assert (session.preset.name, session.controls.looks.queue) == (name, [name])
        assert session.controls.looks.marks.seen(name).stars == 3


def test_what_was_kept_and_cannot_be_removed_refuses_no_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (paths.data("autosave") / "state.json").write_text(State().model_dump_json())

    def read_only(_: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", read_only)
    with playing() as session:
        steps(session)
        assert session._backstage.resumed is None
        assert told(session) == ""


def test_a_state_that_cannot_be_told_ends_the_run_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing() as session:
        session.step()
        monkeypatch.setattr(session._backstage, "_state", lambda _: 1 / 0)
        session.end()
        assert not keeper.sentinel_path().exists()
        assert "division by zero" in told(session)


def test_a_recording_that_broke_off_is_mended_at_the_next_start(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended: list[Path] = []
    monkeypatch.setattr(muxer, "mend", lambda path: mended.append(path) is None)  # type: ignore[func-returns-value]
    crashed_with(State(recording=str(tmp_path / "night.mp4")), home)
    with playing(safe=True) as session:
        assert mended == [tmp_path / "night.mp4"]
        assert "the recording broke off" in told(session)


def test_a_show_file_named_by_hand_must_be_one(home: Path, tmp_path: Path) -> None:
    (tmp_path / "no.clavilux").write_bytes(b"PK nonsense")
    show = tmp_path / "no.clavilux"
    with pytest.raises(UserError, match=r"no\.clavilux: damaged, or not.*begin afresh"), playing(show=show):
        pass
    (tmp_path / "no.clavilux.bak").touch()
    with pytest.raises(UserError, match=r"copy no\.clavilux\.bak over it"), playing(show=show):
        pass


def test_a_look_without_its_style_in_a_show_starts_with_a_message(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.clavilux"
    file.write_bytes(show_file.gather("old", State(look=Preset(name="lost", style="gone")), tmp_path))
    with playing(show=file) as session:
        steps(session)
        assert session.preset.name == "lost"
        assert told(session).startswith("look 'lost': unknown style 'gone'")
        assert told(session).endswith(f"'{session.controls.style_on_air}' plays instead")
        session.preset.style = "gone too"
        steps(session)
        assert "look 'lost': unknown style 'gone too'" in told(session)


def test_undo_takes_back_what_was_edited_on_air(home: Path) -> None:
    with playing() as session:
        steps(session)
        session.preset.params["zoom"] = 3.0
        steps(session, 15)
        session.controls.undo.undo()
        assert "zoom" not in session.preset.params
        session.controls.undo.redo()
        assert session.preset.params["zoom"] == 3.0


def test_a_killed_program_is_back_at_once_on_the_same_look(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "run", "--headless", "--window", "64x36", "--backend", "glsl"]
    first = subprocess.Popen([*command, "--preset", "furnace"], cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not keeper.state_path().is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    report = tmp_path / "report.json"
    done = subprocess.run(
        [*command, "--seconds", "0.2", "--preset", "furnace", "--report", str(report)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    figures = json.loads(report.read_text())
    assert (figures["look"], figures["resumed"]) == ("furnace", True)
    assert done.stderr == ""
    assert not keeper.sentinel_path().exists()


PRETENDED = """
import sys
from pathlib import Path
from app.cli import main
from app.render import driver_watch

asked, happened = Path(sys.argv[1]), Path(sys.argv[1] + ".happened")
def status():
    if not asked.exists():
        return 0
    asked.rename(happened)
    return 0x8253
driver_watch.reset_status = lambda ctx: status
main([*sys.argv[2:], *(("--seconds", "0.2") if happened.exists() else ())])
"""
"""The program with a driver that is reset once `asked` lies there; after that it ends by itself."""


def test_a_reset_of_the_driver_brings_the_program_back_by_itself(home: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind(("127.0.0.1", 0))
        port = out.getsockname()[1]
    report, asked = tmp_path / "report.json", tmp_path / "asked"
    program = subprocess.Popen(
        [sys.executable, "-c", PRETENDED, str(asked), "--headless", "--window", "64x36", "--backend", "glsl",
         "--preset", "furnace", "--osc", str(port), "--report", str(report)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        while on_air() != "deep_sea" and time.monotonic() < deadline:
            out.sendto(write("/clavilux/look", ("deep_sea",)), ("127.0.0.1", port))
            time.sleep(0.1)
    asked.touch()
    _, said = program.communicate(timeout=120)
    figures = json.loads(report.read_text())
    assert (program.returncode, figures["look"], figures["resumed"]) == (0, "deep_sea", True)
    assert said.count("\n") == 1
    assert "the graphics driver was reset; the show went on at" in said
    assert not keeper.sentinel_path().exists()


def test_the_last_picture_stays_on_the_output_until_the_first_of_the_program_that_came_back(
    home: Path, tmp_path: Path, two_displays: str
) -> None:
    asked, happened = tmp_path / "asked", tmp_path / "asked.happened"
    program = subprocess.Popen(
        [sys.executable, "-c", PRETENDED, str(asked), "--window", "320x180", "--preset", "deep_sea", "--output-display",
         "DUMMY1", "--report", str(tmp_path / "report.json")],
        cwd=ROOT, env=os.environ | {"DISPLAY": two_displays, "XDG_SESSION_TYPE": "x11"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60

    def brightest() -> int:
        return int(np.asarray(ImageGrab.grab(bbox=(800, 0, 1600, 600), xdisplay=two_displays).convert("L")).max())

    while brightest() < 30 and time.monotonic() < deadline:
        time.sleep(0.1)
    asked.touch()
    seen = []
    while not (tmp_path / "report.json").exists() and time.monotonic() < deadline:
        seen.append(brightest())
        time.sleep(0.03)
    assert program.wait(20) == 0
    assert happened.exists()
    while not seen[-1]:
        seen.pop()  # it has ended
    assert len(seen) > 10
    assert min(seen) > 30, "neither black nor the desktop in between"


def on_air() -> str:
    """Return the look that is written down as on air."""
    kept = keeper.Kept(keeper.state_path()).state
    return kept.look.name if kept is not None else ""
