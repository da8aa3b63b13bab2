"""A set that was played is drawn again: the same sound heard, the same pictures, whatever happened in between."""

import errno
import itertools
import json
import math
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app import paths
from app.audio.features import Features
from app.audio.source import SourceChoice
from app.cli import main
from app.clock import Frame, StepClock
from app.commands.replay import Shrunk, Stage, _found, _timed
from app.live import Session
from app.modulation.values import Values
from app.preset import Band, EffectUse, Preset, Route
from app.problems import Problems, UserError
from app.render import isf
from app.render.effect_workshop import Workshop
from app.render.glsl_backend import GlslBackend
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.settings import Settings
from app.show import set_format, set_reader, set_writer
from app.show.set_format import Moment
from app.show.set_log import SetLog
from app.show.set_reader import Scene
from app.style import Style

Picture = NDArray[np.uint8]
SIZE_PX = (64, 36)
SCOPE = """/*{"ISFVSN": "2", "INPUTS": [{"NAME": "inputImage", "TYPE": "image"}, {"NAME": "wave", "TYPE": "audio"}]}*/
void main() {
    gl_FragColor = mix(IMG_THIS_PIXEL(inputImage), vec4(IMG_NORM_PIXEL(wave, isf_FragNormCoord).r), 0.5);
}
"""


class Eyes:
    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self.heard: list[Features] = []

    def send(self, image: Target, frame: Frame) -> None:
        self.pictures.append(image.read()[..., :3])

    def close(self) -> None:
        pass


def listen(session: Session, eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note what every frame is drawn from."""
    hear = session._hear

    def heard(frame: Frame) -> Features:
        eyes.heard.append(hear(frame))
        return eyes.heard[-1]

    monkeypatch.setattr(session, "_hear", heard)


def prepare_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every style's program take three pictures, and every effect's none, however quick the machine is."""
    asked: Counter[int] = Counter()
    kept: list[Style] = []

    def prepare(_: GlslBackend, style: Style) -> bool:
        kept.append(style)
        asked[id(style)] += 1
        return asked[id(style)] > 3

    monkeypatch.setattr(GlslBackend, "prepare", prepare)
    monkeypatch.setattr(Workshop, "prepared", lambda *_: True)


def perform(session: Session) -> None:
    """Play a second or so with everything a performer does."""
    controls = session.controls
    swings = [
        Route(source="decay", param="rotation", amount=0.4, beats=1, release_seconds=0.1),
        Route(source="noise", param="hue", amount=0.3, hz=3.0),
        Route(source="beat", param="contrast", amount=0.3),
        Route(source="band:kick", param="saturation", amount=0.4, min=0.9, max=1.6),
        Route(source="osc:/fader/1", param="pan_x", amount=0.5),
    ]
    acts: dict[int, Callable[[], object]] = {
        2: lambda: controls.tempo.set_bpm(170.0),
        4: lambda: controls.choose_look("furnace"),
        9: lambda: session.preset.params.update(zoom=1.7, hue=40.0),
        12: lambda: session.preset.effects.extend([EffectUse(effect="time_echo"), EffectUse(effect="scope")]),
        18: lambda: setattr(controls, "blackout", True),
        20: lambda: setattr(controls, "blackout", False),
        22: lambda: setattr(controls, "frozen", True),
        25: lambda: setattr(controls, "frozen", False),
        26: lambda: setattr(controls, "flash_mode", "wall"),
        27: lambda: setattr(controls.preset, "crossfade_beats", 1.0),
        28: lambda: controls.choose_style("cosmic_space"),
        24: lambda: session.preset.bands.update(kick=Band(low_hz=40, high_hz=100)),
        29: lambda: session.preset.routes.extend(swings),
        10: lambda: controls.control.positions.put("osc:/fader/1", 0.75),
        30: lambda: setattr(controls.preset, "crossfade_beats", 4.0),  # the style before it is not on air yet
        32: controls.tempo.resync,
        31: lambda: session.preset.routes.append(Route(source="loudness", param="zoom", amount=0.5)),
        34: controls.undo.undo,
    }  # fmt: skip
    for step in range(42):
        if step in acts:
            acts[step]()
        session.step()


def perform_with_decks(session: Session) -> None:
    """A second deck comes, changes, moves the fader, goes; looks hand over by a transition, one into the other."""
    controls, preset = session.controls, session.preset
    acts: dict[int, Callable[[], object]] = {
        1: lambda: preset.params.update(fader=0.6),
        2: lambda: controls.mixer.choose_b("gold_mandala"),
        6: lambda: preset.effects.append(EffectUse(effect="mirror", deck="b", values={"wet": 0.5})),
        8: lambda: controls.mixer.choose_b("cosmic_space"),
        12: lambda: setattr(preset, "blend", "screen"),
        14: lambda: controls.choose_look("furnace"),
        15: lambda: setattr(preset, "transition", "iris"),
        17: lambda: preset.transition_values.update({"softness": 0.01, "centre.x": 0.2}),
        18: lambda: controls.choose_look("deep_sea"),
        24: lambda: controls.mixer.choose_b("gold_mandala"),
        26: lambda: preset.params.update(fader=0.4),
        16: lambda: preset.routes.append(Route(source="noise", param="hue", amount=0.8, hz=4.0)),
        20: lambda: controls.change_time.choose_seconds(0.2),
        28: lambda: controls.choose_look("furnace"),
        30: lambda: controls.choose_look("deep_sea", cut=True),
        32: lambda: controls.mixer.choose_b(""),
    }  # fmt: skip
    preset.crossfade_seconds = 0.4
    for step in range(36):
        if step in acts:
            acts[step]()
        session.step()


def test_both_decks_and_every_handover_are_replayed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workshop, "prepared", lambda *_: True)
    settings = Settings(
        source=SourceChoice(live=False), backend="cpu", fps=30, picture_px=SIZE_PX, headless=True, keeps=True
    )
    eyes = Eyes()
    with ExitStack() as stack:
        session = Session(settings, stack)
        session.clock = StepClock(30)
        session.outputs.append(eyes)
        perform_with_decks(session)
        assert [problem.text for problem in session.problems] == []
    (path,) = (home / "sets").iterdir()
    scenes = list(set_reader.scenes(path))
    assert [scene.cast_b.name for scene in scenes if scene.cast_b][:2] == ["gold_mandala", "cosmic_space"]
    assert sum(scene.handed_seconds is not None for scene in scenes) >= 2
    hues = [old.params["hue"] for scene in scenes if (old := scene.moment.values.leaving) is not None]
    assert len(set(hues)) > len(hues) / 2, "routes go on moving what leaves"
    assert min(decibels(a, b) for a, b in zip(again(path, SIZE_PX), eyes.pictures, strict=True)) >= 50


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Eyes]:
    """A set, and what was heard and seen; played once, the tests only read it."""
    home = tmp_path_factory.mktemp("played")
    (home / "effects").mkdir()
    (home / "effects" / "scope.fs").write_text(SCOPE)
    settings = Settings(
        source=SourceChoice(live=False), backend="glsl", fps=60, picture_px=SIZE_PX, headless=True, keeps=True
    )
    eyes = Eyes()
    with pytest.MonkeyPatch.context() as monkeypatch, ExitStack() as stack:
        monkeypatch.setenv("CLAVILUX_HOME", str(home))
        session = Session(settings, stack)
        session.clock = StepClock(60)
        session.outputs.append(eyes)
        listen(session, eyes, monkeypatch)
        prepare_slowly(monkeypatch)
        perform(session)
        assert [problem.text for problem in session.problems] == []
    (home / "effects" / "scope.fs").unlink()
    (path,) = (home / "sets").iterdir()
    return path, eyes


def again(path: Path, size_px: tuple[int, int], supersample: int = 1, backend: str = "auto") -> list[Picture]:
    scenes = list(set_reader.scenes(path))
    with ExitStack() as stack:
        surface = HeadlessSurface(size_px)
        stack.callback(surface.release)
        header = set_reader.read_header(path)
        stage = Stage(surface.ctx, header, size_px, supersample, backend, scenes[0], stack)
        pictures = [stage.draw(scene).read()[..., :3] for scene in scenes]
        assert [problem.text for problem in stage.problems] == []
    return pictures


def decibels(a: Picture, b: Picture) -> float:
    error = float(np.mean((a.astype(float) - b.astype(float)) ** 2))
    return 10 * math.log10(255**2 / max(error, 1e-9))


def test_a_replay_hears_the_same_bit_for_bit_and_shows_the_same_pictures(played: tuple[Path, Eyes]) -> None:
    path, eyes = played
    scenes = list(set_reader.scenes(path))
    assert len(scenes) == len(eyes.heard)
    for scene, heard in zip(scenes, eyes.heard, strict=True):
        told = scene.moment.features
        assert replace(told, spectrum=heard.spectrum, bands=heard.bands) == replace(heard)
        assert all(type(getattr(told, n)) is type(getattr(heard, n)) or isinstance(getattr(heard, n), np.floating)
                   for n in ("beats", "gate_open", "loudness"))  # fmt: skip
    worst = min(decibels(a, b) for a, b in zip(again(path, SIZE_PX), eyes.pictures, strict=True))
    assert worst >= 50
    assert any(picture.max() == 0 for picture in eyes.pictures)
    assert {scene.moment.features.tempo_bpm for scene in scenes[2:]} == {170.0}
    moved = [scene.moment.values.params for scene in scenes[29:34]]
    assert all(params["pan_x"] == pytest.approx(0.75 * 0.5 * 4) for params in moved), "a fader on the network moved it"
    assert all(0.9 <= params["saturation"] <= 1.6 for params in moved)


def test_a_style_is_logged_when_it_came_on_air_and_with_the_fade_it_had(played: tuple[Path, Eyes]) -> None:
    scenes = list(set_reader.scenes(played[0]))
    shown = {i: (scene.cast.name, scene.cast.seconds) for i, scene in enumerate(scenes) if scene.cast}
    beat_seconds = 60 / 170
    assert shown == {
        0: ("gold_mandala", 0.0),
        3: ("gold_mandala", 0.0),  # its better program
        6: ("ember_flames", 0.0),
        30: ("cosmic_space", pytest.approx(beat_seconds)),
        36: ("ember_flames", 2.0),
    }
    assert {i: scene.handed_seconds for i, scene in enumerate(scenes) if scene.handed_seconds is not None} == {6: 2.0}


def test_larger_and_finer_it_is_the_same_performance(played: tuple[Path, Eyes]) -> None:
    """Beside each other: the live show drew its networks at whatever scale the machine managed."""
    path, eyes = played
    larger, finer = (
        [picture.reshape(36, len(picture) // 36, 64, -1, 3).mean((1, 3)) for picture in pictures]
        for pictures in (again(path, (128, 72), 1, "cpu"), again(path, SIZE_PX, 2, "cpu"))
    )
    apart = [np.abs(a - b).mean() for a, b in zip(larger, finer, strict=True)]
    others = [np.abs(a - b).mean() for a, b in zip(larger, finer[::-1], strict=True)]
    levels = [abs(a.mean() - b.mean()) for a, b in zip(larger, eyes.pictures, strict=True)]
    assert np.median(apart) < 5
    assert np.median(apart) < 0.3 * np.median(others)
    assert max(levels) < 25


def test_a_set_is_found_by_its_name_alone(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lies = paths.data("sets") / "friday.clavset"
    lies.touch()
    assert [_found(Path(name)) for name in ("friday", "friday.clavset", str(lies))] == [lies] * 3
    with pytest.raises(UserError, match=r"monday: no such set; sets lie in .*/sets; the last one is friday"):
        _found(Path("monday"))


def test_a_set_cut_off_anywhere_plays_up_to_there(played: tuple[Path, Eyes], tmp_path: Path) -> None:
    path, eyes = played
    data = path.read_bytes()
    rng = random.Random(4)
    for _ in range(40):
        cut = tmp_path / "cut.clavset"
        cut.write_bytes(data[: rng.randrange(len(data))])
        try:
            scenes = list(set_reader.scenes(cut))
        except UserError as error:
            assert "cut.clavset" in str(error)
            continue
        for scene, heard in zip(scenes, eyes.heard, strict=False):
            assert scene.moment.features.loudness == heard.loudness


def test_damaged_sets_are_read_up_to_the_damage_or_refused(played: tuple[Path, Eyes], tmp_path: Path) -> None:
    data = played[0].read_bytes()
    rng = random.Random(7)
    broken = tmp_path / "broken.clavset"
    for _ in range(300):
        mutated = bytearray(data)
        for _ in range(rng.randint(1, 5)):
            mutated[rng.randrange(len(mutated))] = rng.randrange(256)
        broken.write_bytes(bytes(mutated))
        try:
            list(set_reader.scenes(broken))
        except UserError as error:
            assert "broken.clavset" in str(error)
            assert "\n" not in str(error)


@pytest.mark.parametrize("effect", [{"../a.fs": "x"}, {"a.fs": "\ud83d"}])
def test_an_effect_that_could_not_be_written_down_is_damage(effect: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "odd.clavset"
    with path.open("wb") as file:
        file.write(set_format.MAGIC)
        set_format.write_record(file, set_format.HEADER, json.dumps(HEADER | {"heard": []}).encode())
        set_format.write_record(file, set_format.EFFECT, json.dumps(effect).encode())
    with pytest.raises(UserError, match=r"odd.clavset: damaged after 0.0 s"):
        list(set_reader.scenes(path))


def moment(index: int, seconds: float) -> Moment:
    return Moment(Frame(index, seconds, 0.1), Features(), Values({}, (0.0,) * 9, seconds), (96, 54))


def test_every_picture_of_the_video_is_the_one_nearest_to_its_time() -> None:
    seconds = [0.0, 0.1, 0.15, 0.5, 3600.5, 3600.6]
    scenes = [Scene(moment(i, at)) for i, at in enumerate(seconds)]
    slots = [count for _, count in _timed(iter(scenes), 10)]
    assert slots == [1, 0, 4, 0, 1, 1], "the hour that the computer slept is left out"
    even = [Scene(moment(i, i / 30)) for i in range(90)]
    assert [count for _, count in _timed(iter(even), 30)] == [1] * 90


HEADER = {"size_px": (96, 54), "fps": 60, "backend": "glsl", "began": "2000-01-01"}


def test_effects_in_another_encoding_and_of_any_name_are_logged_and_read(tmp_path: Path) -> None:
    problems, path = Problems(), tmp_path / "_Größe [1].fs"
    path.write_bytes(SCOPE.encode() + "// by Jürgen\n".encode("latin-1"))
    log = SetLog(tmp_path / "a.clavset", HEADER, problems)
    log.add(moment(0, 0.0), {"look": "{}"}, (None, None, None), [isf.parse(path)])
    log.close()
    assert list(problems) == []
    (scene,) = set_reader.scenes(log.path)
    assert scene.files == {path.name: f"{SCOPE}// by J\ufffdrgen\n"}


def test_a_full_log_ends_the_log_not_the_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = Problems()
    monkeypatch.setattr(set_writer, "MOST_BYTES", 1500)
    log = SetLog(tmp_path / "a.clavset", HEADER, problems)
    for index in range(300):
        log.add(moment(index, index / 60), {"look": "{}"}, (None, None, None), [])
    log.close()
    assert [problem.text.split(" (")[0] for problem in problems] == ["the set log is full"]
    assert 0 < len(list(set_reader.scenes(log.path))) < 300


def test_a_disk_that_hangs_holds_nothing_up_and_loses_nothing_when_it_wakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake, write = threading.Event(), set_format.write_record

    def slow(*record: Any) -> int:
        awake.wait()
        return write(*record)

    monkeypatch.setattr(set_format, "write_record", slow)
    problems = Problems()
    log = SetLog(tmp_path / "a.clavset", HEADER, problems)
    for index in range(300):
        log.add(moment(index, index / 60), {"look": "{}"}, (None, None, None), [])  # would never return if it waited
    assert log.bytes == len(set_format.MAGIC)
    awake.set()
    log.close()
    assert len(problems) == 0
    assert len(list(set_reader.scenes(log.path))) == 300


def test_a_disk_that_never_wakes_ends_the_log_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    awake = threading.Event()
    monkeypatch.setattr(set_format, "write_record", lambda *_: awake.wait())
    monkeypatch.setattr(set_writer, "MOST_WAITING", 3)
    monkeypatch.setattr(set_writer, "PATIENCE_SECONDS", 0.01)
    problems = Problems()
    log = SetLog(tmp_path / "a.clavset", HEADER, problems)
    for index in range(600):
        log.add(moment(index, index / 60), {"look": "{}"}, (None, None, None), [])
    log.close()
    awake.set()
    assert [problem.text for problem in problems] == ["the disk does not answer; the set goes on unlogged"]


def test_a_disk_that_fills_up_ends_the_log_with_one_line_and_what_is_written_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, records = set_format.write_record, itertools.count()

    def filling(file: BinaryIO, kind: bytes, payload: bytes) -> int:
        if next(records) < 3:
            return write(file, kind, payload)
        file.write(payload[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(set_format, "write_record", filling)
    problems = Problems()
    log = SetLog(tmp_path / "a.clavset", HEADER, problems)
    for index in range(600):
        log.add(moment(index, index / 60), {"look": "{}"}, (None, None, None), [])
    log.close()
    assert [problem.text for problem in problems] == ["the set is not logged any more: No space left on device"]
    assert 0 < len(list(set_reader.scenes(log.path))) < 600


def test_the_command_makes_a_video_of_the_size_asked_for(
    played: tuple[Path, Eyes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import av

    report = tmp_path / "report.json"
    main(["replay", str(played[0]), str(tmp_path / "o.mp4"), "--resolution", "64x36", "--supersample", "2",
          "--fps", "30", "--backend", "cpu", "--report", str(report)])  # fmt: skip
    figures = json.loads(report.read_text())
    with av.open(str(tmp_path / "o.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert frames[0].shape == (36, 64, 3)
    assert len(frames) == figures["video_frames"] > 0
    assert figures["frames"] == 42
    assert paths.searched("styles")[0] == paths.data("styles"), "nothing of the set stays open"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.clavset", "o.mp4"], "gone.clavset: no such set; sets lie in"),
        (["no.clavset", "o.mp4"], "no.clavset: not a set log"),
        (["no.clavset", "o.avi"], "o.avi: name the video .mp4"),
        (["cut.clavset", "o.mp4"], "cut.clavset: a set log without a beginning"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("no.clavset").write_bytes(b"hello")
    Path("cut.clavset").write_bytes(b"CLAVSET1H")
    with pytest.raises(SystemExit) as ended:
        main(["replay", *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_shrinking_takes_the_mean_in_linear_light(ctx: moderngl.Context) -> None:
    big, shrunk = Target(ctx, (8, 4)), Shrunk(ctx, (4, 2), 2)
    checks = np.indices((4, 8)).sum(0) % 2 * 255
    big.texture.write(np.repeat(checks[..., None], 4, axis=2).astype(np.uint8).tobytes())
    assert np.abs(shrunk.draw(big).read()[..., :3].astype(int) - 188).max() <= 1
    shrunk.release()
    big.release()


def test_a_look_of_the_set_is_what_was_on_air(played: tuple[Path, Eyes]) -> None:
    looks = [scene.look for scene in set_reader.scenes(played[0]) if scene.look]
    assert [look.name for look in looks][:2] == ["first_light", "furnace"]
    assert isinstance(looks[0], Preset)
