"""The session, headless and offline: what a performer does to a running show, seen in its pictures."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import moderngl
import numpy as np
import pytest

from app import live, paths
from app import preset as presets
from app import style as styles
from app.audio.source import SourceChoice
from app.clock import Frame
from app.control.actions import ACTIONS, Trigger
from app.control.bindings import Binding
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.live import Session
from app.preset import Band, EffectUse, Preset, Route
from app.problems import UserError
from app.render.glsl_backend import GlslBackend
from app.render.saving import TOLD, Saving
from app.settings import Settings
from app.show import marks

from .eyes import seen

SMALL = Arch(width=8, depth=1)
Show = Callable[..., Session]


@pytest.fixture
def show(home: Path) -> Iterator[Show]:
    """Open shows with two looks, red and blue, each of its own style."""
    for seed, name in enumerate(("red", "blue")):
        style = replace(random_style(seed, SMALL), name=name)
        styles.save(style, home / "styles" / f"{name}.safetensors")
        presets.save(Preset(name=name, style=name, crossfade_seconds=1.0), home / "presets" / f"{name}.yaml")
    with ExitStack() as stack:

        def open_show(stack: ExitStack = stack, **changes: object) -> Session:
            settings = Settings(
                source=SourceChoice(live=False),
                preset="red",
                backend="glsl",
                fps=10,
                picture_px=(64, 36),
                headless=True,
                offline=True,
            )
            return Session(replace(settings, **changes), stack)  # type: ignore[arg-type]

        yield open_show


def test_the_show_moves_with_time_and_sound(show: Show) -> None:
    pictures = seen(show(), 20)
    assert len({picture.tobytes() for picture in pictures}) > 15
    assert all(picture.std() > 1 for picture in pictures)


def test_a_crossfade_begins_as_the_old_ends_as_the_new_and_is_never_black_or_white(show: Show) -> None:
    session = show()
    session.preset.params = {"speed": 0.0, "reactivity": 0.0}
    before = seen(session)[-1].astype(int)
    session.controls.choose_style("blue")
    fading = [picture.astype(int) for picture in seen(session, 14)]
    settled = seen(session)[-1].astype(int)
    assert np.abs(fading[0] - before).mean() < np.abs(fading[0] - settled).mean()
    assert (fading[-1] == settled).all()
    low, high = (pick(before.mean(), settled.mean()) for pick in (min, max))
    assert all(low - 40 < picture.mean() < high + 40 for picture in fading)
    assert max(np.abs(b - a).mean() for a, b in pairwise(fading)) < 60
    assert session.controls.style_on_air == "blue"


def test_a_style_that_cannot_be_shown_leaves_the_old_one_on_air(show: Show, home: Path) -> None:
    session = show()
    (home / "styles" / "broken.safetensors").write_bytes(b"nonsense")
    session.controls.choose_style("broken")
    pictures = seen(session, 5)
    assert session.controls.style_on_air == "red"
    assert all(picture.std() > 1 for picture in pictures)
    assert [problem.count for problem in session.problems] == [1]
    assert "broken" in next(iter(session.problems)).text


def test_looks_go_round_and_back_as_they_were_left(show: Show) -> None:
    controls = show().controls
    controls.looks.entries = [entry for entry in controls.looks.entries if not entry.shipped]
    controls.preset.params["zoom"] = 2.0
    controls.step_look(1)
    assert (controls.preset.name, controls.preset.params) == ("blue", {})
    controls.step_look(1)
    assert controls.preset.name == "red"
    controls.look_before()
    controls.look_before()
    assert (controls.preset.name, controls.preset.params) == ("red", {"zoom": 2.0})
    controls.random_look()
    assert controls.preset.name == "blue"


def fading(session: Session, ask: Callable[[], None]) -> int:
    """Ask for a change; return for how many frames two looks are seen."""
    session.step()
    ask()
    count = 0
    for _ in range(40):
        session.step()
        count += session.controls.fade < 1
    return count


def test_the_hand_rules_how_long_the_next_change_takes(show: Show) -> None:
    session = show()
    controls, ruling = session.controls, session.controls.change_time
    controls.looks.entries = [entry for entry in controls.looks.entries if not entry.shipped]
    assert fading(session, lambda: controls.step_look(1)) == pytest.approx(10, abs=1), "the look's own second"
    assert fading(session, lambda: controls.step_look(1, cut=True)) == 0
    assert fading(session, lambda: controls.choose_style("blue")) == pytest.approx(10, abs=1), "a cut is for once"
    ruling.choose_seconds(0.0)
    assert fading(session, lambda: controls.step_look(1)) == 0
    ACTIONS["crossfade"].write(controls, 0.1)  # type: ignore[union-attr, arg-type]
    assert fading(session, lambda: controls.random_look()) == pytest.approx(20, abs=1)
    controls.tempo.set_bpm(120.0)
    ruling.choose_bars(0.75)
    assert fading(session, lambda: controls.choose_look("red")) == pytest.approx(15, abs=1)
    ACTIONS["crossfade_own"].write(controls, True)  # type: ignore[union-attr]
    assert fading(session, lambda: controls.choose_look("blue")) == pytest.approx(10, abs=1)


def test_a_cut_that_waits_for_its_look_is_still_a_cut(show: Show) -> None:
    session = show()
    controls, answers = session.controls, iter((False, False, False, True))
    controls.looks.ready = lambda _: next(answers)
    assert fading(session, lambda: controls.choose_look("blue", cut=True)) == 0
    assert controls.preset.name == "blue"
    assert list(answers) == []


def test_an_unknown_look_is_a_message_and_nothing_changes(show: Show) -> None:
    session = show()
    session.controls.choose_look("bleu")
    assert session.preset.name == "red"
    assert "did you mean 'blue'" in next(iter(session.problems)).text


def test_a_look_whose_style_can_have_no_file_ends_no_show(show: Show, home: Path) -> None:
    session = show()
    (home / "presets" / "odd.yaml").write_text('name: odd\nstyle: "a\\0.safetensors"\n')
    session.controls.looks.rescan()
    session.controls.choose_look("odd")
    session.step()
    session.step()
    assert (session.preset.name, session.controls.style_on_air) == ("odd", "red")
    assert any("no such file" in problem.text for problem in session.problems)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere names are text")
def test_files_whose_names_are_no_text_are_not_in_the_library(show: Show, home: Path) -> None:
    for folder, source, name in (("presets", "red.yaml", b"caf\xe9.yaml"),
                                 ("styles", "red.safetensors", b"caf\xe9.safetensors")):  # fmt: skip
        (home / folder / os.fsdecode(name)).write_bytes((home / folder / source).read_bytes())
    controls = show().controls
    assert [name for name in (*controls.looks.names, *controls.style_names) if "caf" in name] == []


def test_a_step_that_fails_leaves_the_show_running(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    session = show()
    session.step()
    monkeypatch.setattr(session.controls.tempo, "step", lambda *_: 1 / 0)
    monkeypatch.setattr(session.controls.mixer, "step", lambda *_: 1 / 0)
    monkeypatch.setattr(session._movers, "step", lambda *_: 1 / 0)
    values = session.controls.values
    assert len(seen(session, 3)) == 3
    assert session.controls.values is values
    assert {problem.text: problem.count for problem in session.problems} == {
        "tempo: division by zero": 3,
        "looks: division by zero": 3,
        "routes: division by zero": 3,
    }


def test_the_tour_advances_unless_held(show: Show) -> None:
    session = show(advance_seconds=0.5)
    names = {seen(session) and session.preset.name for _ in range(12)}
    assert len(names) > 1
    session.controls.looks.held = True
    held = {seen(session) and session.preset.name for _ in range(12)}
    assert len(held) == 1


def changes(session: Session, frames: int) -> list[tuple[str, float]]:
    """Let frames pass; return each look that came on air with its place in beats."""
    found = []
    for _ in range(frames):
        before = session.preset.name
        session.step()
        if session.preset.name != before:
            found.append((session.preset.name, session.controls.tempo.beat.position))
    return found


def test_every_change_of_look_waits_for_the_bar(show: Show) -> None:
    session = show(fps=60, picture_px=(16, 16))
    controls = session.controls
    controls.looks.entries = [entry for entry in controls.looks.entries if not entry.shipped]
    controls.tempo.set_bpm(150.0)
    controls.launch.quantise = "bar"
    changes(session, 30)
    asks: list[Callable[[], None]] = [
        lambda: controls.choose_look("blue"),
        lambda: controls.step_look(1),
        controls.random_look,
        controls.look_before,
    ]
    for ask in asks:
        ask()
        ((_, place),) = changes(session, 100)
        assert abs((place + 2) % 4 - 2) < 0.03
    controls.choose_style("blue")
    controls.step_look(1)
    controls.step_look(1)  # the newest wins, and two steps are two
    assert controls.launch.steps == 2
    assert changes(session, 100) == []


def test_looks_advance_where_a_phrase_begins(show: Show) -> None:
    session = show(fps=60, picture_px=(16, 16), advance_beats=4.0)
    controls = session.controls
    controls.looks.entries = [entry for entry in controls.looks.entries if not entry.shipped]
    controls.tempo.set_bpm(240.0)
    controls.launch.quantise = "bar"
    places = [place for _, place in changes(session, 200)]
    assert len(places) == 3
    assert all(abs((place + 2) % 4 - 2) < 0.04 for place in places)
    while controls.tempo.beat.position % 4 < 3:
        session.step()
    controls.launch.quantise = "now"
    controls.choose_look("red" if session.preset.name == "blue" else "blue")
    assert changes(session, 40) == []  # the one is a beat away, but this look is new
    ((_, place),) = changes(session, 50)
    assert abs((place + 2) % 4 - 2) < 0.04


def test_shuffled_looks_advance_on_the_bar_and_leave_what_was_asked_for(show: Show) -> None:
    session = show(fps=60, picture_px=(16, 16), advance_seconds=0.2)
    controls = session.controls
    controls.looks.order = "bag"
    controls.tempo.set_bpm(240.0)
    controls.launch.quantise = "bar"
    session.step()
    controls.choose_look("blue")
    found = changes(session, 260)
    assert found[0][0] == "blue"
    assert len({name for name, _ in found}) == len(found) >= 4
    assert all(abs((place + 2) % 4 - 2) < 0.04 for _, place in found)
    assert controls.undo.document == session.preset.model_dump_json()


def test_undo_reaches_marks_and_bindings_and_their_files(show: Show, home: Path) -> None:
    session = show(fps=60, picture_px=(16, 16))
    controls, hub = session.controls, session.controls.control
    session.step()
    controls.mark("blue", stars=4)
    session.step()
    hub.add(Binding(source="key:K", target="blackout", mode="toggle"))
    session.step()
    undo = ACTIONS["undo"]
    assert isinstance(undo, Trigger)
    undo.press(controls)
    assert (hub.followers, controls.problems.said) == ([], "undone: K for blackout")
    assert marks.load(home / "library.yaml").seen("blue").stars == 4
    undo.press(controls)
    assert controls.problems.said == "undone: stars of blue"
    assert marks.load(home / "library.yaml").seen("blue").stars == 0


def test_a_tapped_tempo_drives_the_picture_and_late_speakers_hold_it_back(show: Show) -> None:
    session = show(fps=60, picture_px=(16, 16), delay_seconds=0.1)
    session.preset.params = {"zoom": 1.0}
    session.preset.routes = [Route(source="beat", param="zoom", amount=0.5), Route(source="saw", param="hue", beats=1)]
    session.controls.tempo.set_bpm(120.0)
    for _ in range(40):
        session.step()
        beat = session.controls.tempo.beat
        assert session.controls.values.params["zoom"] == pytest.approx(1 + 0.5 * 3.75 * beat.phase)
        assert session.controls.values.arriving == pytest.approx((beat.phase, beat.phase))
    assert session.controls.features.seconds == pytest.approx(session.controls.frame.seconds - 0.1, abs=0.03)


def test_a_looks_own_bands_and_a_knob_move_it_and_another_look_has_none_of_them(show: Show) -> None:
    session = show(fps=60, picture_px=(16, 16))
    session.preset.bands = {"low": Band(low_hz=40, high_hz=200)}
    session.preset.routes = [
        Route(source="band:low", param="hue", amount=0.5, max=90.0),
        Route(source="midi:Knobs:cc:1:7", param="hue", amount=-0.1),
    ]
    session.controls.control.positions.put("midi:Knobs:cc:1:7", 0.5)
    hues = []
    for _ in range(90):
        session.step()
        values = session.controls.values
        hues.append(values.params["hue"])
        assert values.params["hue"] == pytest.approx(sum(values.added))
        assert values.added[1] == pytest.approx(-18.0)
    assert min(hues) == pytest.approx(-18.0, abs=1)
    assert 30 < max(hues) <= 90
    session.controls.choose_look("blue")
    session.step()
    session.step()
    while session.picture.leaving is not None:  # what leaves still hears its band
        assert set(session.controls.features.bands) == {"low"}
        session.step()
    session.step()
    assert (session.controls.values.added, dict(session.controls.features.bands)) == ((), {})


def test_blackout_is_black_in_the_next_frame_and_reversible(show: Show) -> None:
    session = show()
    session.controls.blackout = True
    assert seen(session)[0].max() == 0
    session.controls.blackout = False
    assert seen(session)[0].std() > 1


def test_flashes_made_by_hand_are_held_back_on_every_output(show: Show) -> None:
    def strobe(session: Session) -> list[float]:
        levels = []
        for frame in range(30):
            session.preset.params["brightness"] = float(frame % 2)
            levels.append(seen(session)[0].mean())
        return levels

    session = show(fps=20)
    held = strobe(session)
    assert np.ptp(held[:4]) > 2 * np.ptp(held[-6:])
    assert session.controls.flash_acting > 0.5
    session.controls.flash_mode = "off"
    free = strobe(session)
    assert np.ptp(free[-6:]) > 2 * np.ptp(held[-6:])
    assert session.controls.flash_acting == 0


@pytest.mark.parametrize("look", sorted(path.stem for path in paths.shipped("presets").glob("*.yaml")))
def test_the_flash_limiter_leaves_what_ships_alone(show: Show, look: str) -> None:
    session = show(preset=look, fps=15, backend="cpu")  # the golden pictures draw each look by GLSL
    for _ in range(45):
        session.step()
        assert session.controls.flash_acting == 0.0


def test_freeze_holds_the_picture_while_time_goes_on(show: Show) -> None:
    session = show()
    last = seen(session)[0]
    session.controls.frozen = True
    assert all((picture == last).all() for picture in seen(session, 5))
    session.controls.frozen = False
    assert (seen(session)[0] != last).any()


def test_a_frozen_picture_stays_when_its_size_changes(show: Show) -> None:
    session = show()
    last = seen(session, 2)[-1]
    session.controls.frozen = True
    session.controls.choose_picture((80, 48))
    after = seen(session, 2)[-1]
    assert after.shape == (48, 80, 3)
    assert abs(after.mean() - last.mean()) < 3
    assert after.std() > last.std() / 2
    session.controls.choose_picture((64, 36))
    assert abs(seen(session)[0].mean() - last.mean()) < 3


def test_music_moves_what_a_route_leads_it_to(show: Show) -> None:
    session = show()
    session.preset.routes.append(Route(source="loudness", param="zoom", amount=0.5))
    seen(session, 20)
    assert session.controls.values.params["zoom"] > 1.05
    assert "zoom" not in session.preset.params


def test_an_unknown_effect_is_left_out_with_a_message(show: Show) -> None:
    session = show()
    plain = seen(show())[0]
    session.preset.effects.append(EffectUse(effect="no_such_effect"))
    assert (seen(session)[0] == plain).all()
    assert "no_such_effect" in next(iter(session.problems)).text


def test_the_picture_can_change_size_while_it_runs(show: Show) -> None:
    session = show()
    seen(session)
    session.controls.choose_picture((40, 40))
    assert seen(session)[0].shape == (40, 40, 3)
    assert session.controls.style_on_air == "red"


def test_cheaper_pixels_are_off_until_chosen_and_told_when_on(show: Show) -> None:
    session = show()
    session.preset.params = {"speed": 0.0, "reactivity": 0.0}
    controls, full = session.controls, seen(session)[-1].astype(int)
    assert (controls.saving, controls.pixels) == ("off", "100% of them drawn")
    shares: dict[Saving, str] = {"half": "25%", "rows": "50%", "refine": ""}
    for saving, share in shares.items():
        controls.saving = saving
        picture = seen(session, 6)[-1]
        assert np.abs(picture - full).mean() < 4, "still nearly the same picture"
        assert controls.pixels.startswith(share) and TOLD[saving] in controls.pixels
    assert controls.scale == 1.0
    controls.saving = "half"
    assert controls.scale == 0.5


def test_the_same_show_gives_the_same_pictures(show: Show) -> None:
    first, second = (seen(show(), 8) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_a_source_that_cannot_start_leaves_the_old_one_on(show: Show, tmp_path: Path) -> None:
    session = show()
    old = session.controls.source
    session.controls.choose_source(SourceChoice(kind="file", file=tmp_path / "gone.mp3", live=False))
    assert session.controls.source is old
    assert "gone.mp3" in next(iter(session.problems)).text
    seen(session)


def test_the_latency_told_counts_the_device_the_wait_for_a_picture_and_the_hop(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = show()
    monkeypatch.setattr(type(session.controls.source), "latency_seconds", 1.0)
    seen(session, 30)
    told = session.report()["latency_ms"]
    assert told["p50"] > 1000 + 100 / 2 - 10, "on average half of a tenth of a second between two pictures"
    assert told["p95"] > 1000 + 0.85 * 100


@pytest.mark.parametrize("changes", [{"preset": "rad"}, {"preset": "", "style": "rad"}, {"preset": "", "style": "."},
                                     {"preset": "", "style": "\udce9.pth"}, {"backend": "quantum"}])  # fmt: skip
def test_what_was_asked_for_by_name_must_exist(show: Show, changes: dict[str, str]) -> None:
    with pytest.raises(UserError):
        show(**changes)


def test_a_show_that_would_lose_something_ends_when_asked_twice(show: Show, tmp_path: Path) -> None:
    quiet = show().controls
    quiet.farewell.ask()
    assert quiet.quitting, "nothing is at stake"
    session = show()
    controls = session.controls
    session.step()
    controls.mixer.mutate()
    session.step()
    controls.record(tmp_path / "take.mp4")
    controls.farewell.ask()
    assert controls.farewell.asks == ("the recording ends", "the edits of red are not saved")
    assert not session.ended
    controls.farewell.stay()
    controls.toggle_record()
    controls.save_look("mine")
    session.step()
    controls.farewell.ask()
    assert session.ended, "it is saved, and nothing runs"


def test_a_signal_asks_nothing_and_the_close_button_does(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    session = show()
    session.controls.outlets.display = SimpleNamespace(  # type: ignore[assignment]
        on=SimpleNamespace(name="Beamer"), waiting=False, test_pattern=False, close=lambda: None
    )
    monkeypatch.setattr(session.surface, "asked_to_close", True, raising=False)
    session.step()
    assert session.controls.farewell.asks == ("the picture on Beamer goes dark",)
    assert not session.ended
    session.controls.quit()
    assert session.ended


def test_what_fails_in_the_window_system_is_told_and_the_show_goes_on(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = show()

    def fail() -> None:
        raise UserError("the dropped file has a name that is no UTF-8 text")

    monkeypatch.setattr(session.surface, "poll", fail)
    session.step()
    session.step()
    (problem,) = session.problems
    assert problem.text == "the dropped file has a name that is no UTF-8 text" and problem.count == 2


def test_a_saved_look_is_in_the_library(show: Show, home: Path) -> None:
    session = show()
    session.preset.params["hue"] = 30.0
    session.controls.save_look("Warm Red")
    assert "warm_red" in session.controls.looks.names
    assert presets.load(home / "presets" / "warm_red.yaml").params == {"hue": 30.0}
    assert session.problems.said == "saved among your own looks: warm_red", "nothing else shows that it was kept"


class SharedSurface:
    """A surface of the context whose objects are counted."""

    size_px = (64, 36)
    asked_to_close = False

    def __init__(self, ctx: moderngl.Context) -> None:
        self.ctx = ctx

    def poll(self) -> None:
        pass

    def swap(self) -> None:
        pass

    def release(self) -> None:
        pass


@pytest.mark.parametrize("backend", ["glsl", "cpu"])
def test_changes_again_and_again_leave_no_gl_object_behind(
    show: Show, ctx: moderngl.Context, alive_gl: Callable[[], int], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setattr(live, "open_surface", lambda _: SharedSurface(ctx))
    at_rest = alive_gl()
    with ExitStack() as stack:
        session = show(backend=backend, stack=stack)
        controls = session.controls
        changes: list[Callable[[], None]] = [
            lambda: setattr(controls, "saving", "rows"),
            lambda: controls.choose_look("blue"),
            lambda: setattr(controls, "saving", "refine"),
            lambda: session.preset.effects.extend([EffectUse(effect="time_echo"), EffectUse(effect="grain")]),
            lambda: controls.choose_style("red"),
            session.preset.effects.clear,
            lambda: controls.choose_style("nothing of that name"),
            lambda: controls.choose_picture((48, 28)),
            lambda: controls.choose_picture((64, 36)),
            lambda: setattr(controls, "saving", "off"),
            lambda: controls.choose_look("blue"),
            lambda: controls.choose_look("red"),  # while the one before is still coming
        ]

        def go_round() -> int:
            for change in changes:
                change()
                seen(session, 2)
            seen(session, 12)
            return alive_gl()

        settled = go_round()
        assert settled > at_rest
        counts = {go_round() for _ in range(3)}
        assert counts == {settled}
    assert alive_gl() == at_rest


def test_looks_that_the_driver_refuses_leave_no_gl_object_behind(
    show: Show, ctx: moderngl.Context, alive_gl: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UserError("too large for this driver")

    monkeypatch.setattr(live, "open_surface", lambda _: SharedSurface(ctx))
    with ExitStack() as stack:
        session = show(stack=stack)
        seen(session)
        monkeypatch.setattr(GlslBackend, "set_style", refuse)
        counts = []
        for name in ("blue", "red") * 2:
            session.controls.choose_look(name)
            seen(session, 2)
            counts.append(alive_gl())
        assert next(iter(session.problems)).text == "too large for this driver"
        assert counts[1:] == [counts[1]] * 3


def test_recording_while_playing_makes_a_video(show: Show, tmp_path: Path) -> None:
    import av

    session = show()
    session.controls.record(tmp_path / "take.mp4")
    seen(session, 10)
    assert session.controls.recording is not None
    session.controls.toggle_record()
    for output in session.outputs:
        output.close()
    with av.open(str(tmp_path / "take.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 10


def test_the_master_fader_dims_every_picture_and_black_is_black(show: Show) -> None:
    session = show()
    session.preset.params = {"speed": 0.0, "reactivity": 0.0}
    full = seen(session, 3)[-1].astype(int)
    master = session.controls.outlets.master
    master.fader = 0.5
    assert np.abs(seen(session)[0] - full * 0.5).max() <= 1
    master.fader = 0.0
    assert seen(session)[0].max() == 0
    master.fader = 1.0
    session.picture.limiter.mode = "off"
    assert (seen(session)[0] == full).all()


def test_a_blackout_fades_in_its_time(show: Show) -> None:
    session = show()
    session.preset.params = {"speed": 0.0, "reactivity": 0.0}
    seen(session)
    session.controls.outlets.master.fade_seconds = 0.5
    session.controls.blackout = True
    lights = [picture.mean() for picture in seen(session, 6)]
    assert all(a > b for a, b in pairwise(lights[:5]))
    assert lights[4] == lights[5] == 0


def test_a_frozen_picture_obeys_the_master(show: Show) -> None:
    session = show()
    full = seen(session, 2)[-1].astype(int)
    session.controls.frozen = True
    session.controls.outlets.master.fader = 0.25
    assert np.abs(seen(session)[0] - full * 0.25).max() <= 1


def test_panic_is_in_the_next_picture_whatever_is_on_air(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    session = show(offline=False, fps=60)
    session.preset.params = {"speed": 0.0, "reactivity": 0.0}
    session.picture.limiter.mode = "off"
    outlets = session.controls.outlets
    assert outlets.rescue is not None
    outlets.rescue.keep(session.preset)
    known = seen(session)[-1].astype(int)
    while session.picture.ready is None and session.controls.frame.seconds < 20:
        session.step()
    assert session.picture.ready is not None
    session.controls.choose_style("blue")
    session.preset.effects = [EffectUse(effect="invert")]
    session.controls.frozen, session.controls.blackout, outlets.master.fader = True, True, 0.1
    seen(session, 2)
    asked: list[str] = []
    monkeypatch.setattr("app.style.find", lambda name: asked.append(name))
    ACTIONS["panic"].press(session.controls)  # type: ignore[union-attr]
    assert np.abs(seen(session)[0] - known).mean() < 15  # the scale that holds the rate may differ
    assert (session.controls.preset.style, session.controls.looks.held, session.picture.fade) == ("red", True, 1.0)
    assert (asked, list(session.problems)) == ([], [])


def test_a_style_is_prepared_once_and_again_after_it_was_used(show: Show) -> None:
    session = show(offline=False, fps=60)
    rescue = session.controls.outlets.rescue
    assert rescue is not None and session.picture.ready is None
    for used in range(2):
        assert rescue.step(session.picture, Frame(0, 0.0, 0.6)) == ""
        assert session.picture.ready is None
        for _ in range(500):
            rescue.step(session.picture, Frame(0, 0.0, 0.6))
            if session.picture.ready is session.picture.style:
                break
            time.sleep(0.01)
        assert session.picture.ready is session.picture.style
        rescue.call(session.controls.looks)
        assert rescue.step(session.picture, Frame(used, 0.0, 0.6)) == "red"
