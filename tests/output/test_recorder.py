import errno
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moderngl
import numpy as np
import pytest

from app.audio.ring import Ring
from app.clock import Frame, StepClock
from app.output import card, codec
from app.output import recorder as recorder_module
from app.output.dlpack import Lent
from app.output.encode import Encoder
from app.output.muxer import SafeFile, create
from app.output.readback import Pixels, Readback
from app.output.recorder import Recorder
from app.output.takes import Takes
from app.problems import Problems, UserError
from app.render.target import Target
from tests.output.conftest import SIZE_PX

Start = Callable[[Path, float, bool], Recorder]
Play = Callable[[Path], Any]


def feed(ring: Ring, frames: int, value: float = 0.0) -> None:
    ring.write(np.full((frames, ring.channels), value, np.float32))


def paint(image: Target, white: bool) -> None:
    image.framebuffer.clear(white, white, white, 1)


def breathe(recorder: Recorder) -> None:
    """Let the encoder catch up, as the time between two frames of a real show would."""
    while recorder.state.queued > 4:
        time.sleep(0.001)


def show(recorder: Recorder, image: Target, ring: Ring, count: int, fps: float = 30, first: int = 0) -> None:
    for index in range(first, first + count):
        feed(ring, round(ring.rate_hz / fps))
        image.framebuffer.clear(0.2, 0.5, (index % 20) / 20, 1)
        recorder.send(image, Frame(index, index / fps, 1 / fps))


def click_seconds(film: Any) -> list[float]:
    loud = np.flatnonzero(np.abs(film.sound[0]) > 0.4)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-film.rate_hz) > film.rate_hz // 4)]
    return [float(start) / film.rate_hz for start in starts]


def flash_seconds(film: Any) -> list[float]:
    bright = film.pictures.mean(axis=(1, 2, 3)) > 128
    return [film.picture_seconds[k] for k in np.flatnonzero(np.diff(bright.astype(int), prepend=0) == 1)]


def test_offline_flash_and_click_are_recorded_where_they_were(
    tmp_path: Path, record: Start, image: Target, ring: Ring, play: Play
) -> None:
    fps, events = 20, (15, 41)
    recorder = record(tmp_path / "sync.mp4", fps, False)
    clock = StepClock(fps)
    for _ in range(60):
        frame = clock.tick()
        feed(ring, 2400, 0.9 if frame.index in events else 0.0)
        paint(image, frame.index in events)
        recorder.send(image, frame)
    recorder.close()
    film = play(tmp_path / "sync.mp4")
    assert film.picture_seconds == pytest.approx([k / fps for k in range(60)])
    assert film.video_seconds == film.audio_seconds == pytest.approx(3.0)
    assert flash_seconds(film) == pytest.approx([k / fps for k in events])
    assert click_seconds(film) == pytest.approx([k / fps for k in events], abs=0.003)


def test_live_flash_and_click_stay_together_on_a_drifting_sound_card(
    tmp_path: Path, record: Start, image: Target, ring: Ring, play: Play
) -> None:
    fps, block, fast = 30, 1024, 1.002  # ten times worse than a bad card
    recorder = record(tmp_path / "live.mp4", fps, True)
    heard, flash_until = 0, -1
    for index in range(240):
        while heard + block <= index / fps * fast * 48_000:
            beat = heard // block % 60 == 40
            feed(ring, block, 0.9 if beat else 0.0)
            flash_until = index + 2 if beat else flash_until
            heard += block
        paint(image, index <= flash_until)
        recorder.send(image, Frame(index, index / fps, 1 / fps))
        breathe(recorder)
    recorder.close()
    film = play(tmp_path / "live.mp4")
    flashes, clicks = flash_seconds(film), click_seconds(film)
    assert len(flashes) == len(clicks) >= 5
    # A flash is drawn when its block has arrived, one block after the click began.
    offsets = np.array(flashes) - np.array(clicks) - block / 48_000
    assert np.abs(offsets).max() < 1 / fps
    assert film.audio_seconds == pytest.approx(film.video_seconds, abs=1 / fps)


class SlowEncoder(Encoder):
    """Encodes nothing until allowed to."""

    gate = threading.Event()

    def picture(self, slot: int, pixels: Pixels | Lent) -> None:
        self.gate.wait()
        super().picture(slot, pixels)


@pytest.mark.parametrize(("stuck", "dropped"), [(20, 0), (60, 22)])
def test_a_slow_encoder_never_holds_up_the_show(
    stuck: int,
    dropped: int,
    tmp_path: Path,
    record: Start,
    image: Target,
    ring: Ring,
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder_module, "Encoder", SlowEncoder)
    monkeypatch.setattr(SlowEncoder, "gate", threading.Event())
    recorder = record(tmp_path / "slow.mp4", 30, True)
    show(recorder, image, ring, stuck)  # would never return if sending waited for the encoder
    assert recorder.state.queued == 8
    if stuck == 60:
        recorder.stop()  # does not wait either
        assert not recorder.state.finished
    SlowEncoder.gate.set()
    for index in range(stuck, 60):
        show(recorder, image, ring, 1, first=index)
        breathe(recorder)
    recorder.close()
    state = recorder.state
    assert state.dropped == dropped
    assert 0 < state.duplicated < 60
    assert state.frames_written + state.dropped == 60
    assert state.error == ""
    film = play(tmp_path / "slow.mp4")
    assert film.video_seconds == film.audio_seconds == pytest.approx(2.0)
    assert len(film.pictures) == state.frames_written


def test_a_disk_that_hangs_ends_the_take_and_another_can_begin(
    ctx: moderngl.Context, tmp_path: Path, image: Target, ring: Ring, problems: Problems, play: Play,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(recorder_module, "Encoder", SlowEncoder)
    monkeypatch.setattr(recorder_module, "STUCK_SECONDS", 1.0)
    monkeypatch.setattr(SlowEncoder, "gate", threading.Event())
    takes = Takes(ctx, ring, problems, live=True)

    def show(first: int, count: int) -> None:
        for index in range(first, first + count):
            feed(ring, 1600)
            takes.send(image, Frame(index, index / 30, 1 / 30))

    takes.start(tmp_path / "hangs.mp4", SIZE_PX, 30)
    show(0, 60)
    assert takes.running is None, "what records nothing must not be shown as a recording"
    (problem,) = problems
    assert problem.text.startswith("recording stopped: the encoder or the disk hangs") and problem.count == 1
    takes.start(tmp_path / "next.mp4", SIZE_PX, 30)
    SlowEncoder.gate.set()
    show(60, 10)
    takes.close()
    assert play(tmp_path / "hangs.mp4").video_seconds > 1.0
    assert play(tmp_path / "next.mp4").video_seconds > 0.2


def test_a_disk_that_hangs_at_the_end_does_not_keep_the_show_from_ending(
    tmp_path: Path, record: Start, image: Target, ring: Ring, problems: Problems, play: Play,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(recorder_module, "Encoder", SlowEncoder)
    monkeypatch.setattr(recorder_module, "STUCK_SECONDS", 0.05)
    monkeypatch.setattr(SlowEncoder, "gate", threading.Event())
    recorder = record(tmp_path / "hangs.mp4", 30, True)
    recorder.send(image, Frame(0, 0.0, 0.0))
    recorder.close()  # would never return if it waited for the encoder
    left = recorder.state
    assert not left.finished
    assert [problem.text[:42] for problem in problems] == ["recording stopped: the encoder or the disk"]
    monkeypatch.setattr(recorder_module, "STUCK_SECONDS", 60.0)
    SlowEncoder.gate.set()
    recorder.close()
    assert recorder.state.finished and len(play(tmp_path / "hangs.mp4").pictures) == 1


def test_sound_that_stops_does_not_stop_the_picture(
    tmp_path: Path, record: Start, image: Target, ring: Ring, play: Play
) -> None:
    recorder = record(tmp_path / "stall.mp4", 20, True)
    for index in range(40):
        if index < 10:
            feed(ring, 2400, 0.5)
        recorder.send(image, Frame(index, index / 20, 0.05))
        breathe(recorder)
    recorder.close()
    film = play(tmp_path / "stall.mp4")
    assert film.video_seconds == film.audio_seconds == pytest.approx(2.0, abs=0.06)
    assert np.abs(film.sound[:, film.rate_hz :]).max() < 0.01


def test_another_source_may_take_over(tmp_path: Path, record: Start, image: Target, ring: Ring, play: Play) -> None:
    recorder = record(tmp_path / "change.mp4", 20, False)
    show(recorder, image, ring, 20, fps=20)
    ring.configure(22_050, 1)
    for index in range(20, 40):
        count = 22_050 * (index - 19) // 20 - 22_050 * (index - 20) // 20
        wave = np.sin(2 * np.pi * 1000 * (ring.written + np.arange(count)) / 22_050)
        ring.write(wave[:, None].astype(np.float32))
        recorder.send(image, Frame(index, index / 20, 0.05))
    recorder.close()
    film = play(tmp_path / "change.mp4")
    assert film.audio_seconds == pytest.approx(2.0)
    second = film.sound[0, 50_000:90_000]
    assert np.argmax(np.abs(np.fft.rfft(second))) * 48_000 / 40_000 == pytest.approx(1000, abs=2)


def test_a_picture_of_another_size_is_scaled_and_stands_upright(
    ctx: moderngl.Context, tmp_path: Path, ring: Ring, problems: Problems, play: Play
) -> None:
    image = Target(ctx, (200, 160))
    image.region_px = (160, 90)
    image.framebuffer.clear(0, 0, 1, 1)
    image.framebuffer.clear(1, 0, 0, 1, viewport=(0, 0, 160, 45))
    image.framebuffer.clear(0, 1, 0, 1, viewport=(0, 45, 160, 45))
    recorder = Recorder(ctx, tmp_path / "s.mp4", (80, 48), 10, ring.reader(), live=False, problems=problems)
    recorder.send(image, Frame(0, 0.0, 0.0))
    recorder.close()
    image.release()
    (picture,) = play(tmp_path / "s.mp4").pictures
    assert picture.shape == (48, 80, 3)
    assert np.abs(picture[2:22].astype(int) - (0, 255, 0)).max() < 12
    assert np.abs(picture[26:46].astype(int) - (255, 0, 0)).max() < 12


class FullDisk:
    """A file on a disk with room for `room` bytes."""

    def __init__(self, path: Path, room: int) -> None:
        self._file = path.open("wb", buffering=0)
        self._room = room
        self.closed = False

    def write(self, data: bytes) -> int:
        written = min(len(data), self._room)
        if not written:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= written
        return self._file.write(data[:written])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def limit(room: int) -> None:
        def create_there(path: Path, *, replace: bool) -> tuple[Path, SafeFile]:
            disk: Any = FullDisk(path, room)
            return path, SafeFile(disk)

        monkeypatch.setattr(recorder_module, "create", create_there)

    return limit


@pytest.fixture
def noise(ctx: moderngl.Context, image: Target) -> Target:
    image.texture.write(np.random.default_rng(1).integers(0, 255, (64, 64, 4), np.uint8).tobytes())
    return image


def test_a_full_disk_ends_the_recording_not_the_show(
    tmp_path: Path,
    record: Start,
    noise: Target,
    ring: Ring,
    problems: Problems,
    play: Play,
    small_disk: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_disk(60_000)
    recorder = record(tmp_path / "full.mp4", 30, True)
    for index in range(150):
        feed(ring, 1600)
        noise.texture.write(np.random.default_rng(index).integers(0, 255, (64, 64, 4), np.uint8).tobytes())
        recorder.send(noise, Frame(index, index / 30, 1 / 30))
        breathe(recorder)
    assert recorder.state.error
    recorder.close()
    (problem,) = problems
    assert problem.count == 1
    assert problem.text.startswith(f"recording stopped: disk full; kept {tmp_path / 'full.mp4'} (")
    film = play(tmp_path / "full.mp4")
    assert 5 <= len(film.pictures) < 150
    assert f"({film.video_seconds:.1f} s)" in problem.text
    assert b"moof" in (tmp_path / "full.mp4").read_bytes()[:65_536], "still in fragments"

    monkeypatch.setattr(recorder_module, "create", create)
    second = record(tmp_path / "full.mp4", 30, True)
    show(second, noise, ring, 10)
    second.close()
    assert second.state.path == tmp_path / "full-2.mp4"
    assert play(tmp_path / "full-2.mp4").video_seconds == pytest.approx(10 / 30, abs=0.001)


@pytest.mark.parametrize("lacking", [1, 40, 700])
def test_a_disk_that_fills_up_while_closing_keeps_the_safe_file(
    lacking: int,
    tmp_path: Path,
    record: Start,
    image: Target,
    ring: Ring,
    play: Play,
    small_disk: Callable[[int], None],
) -> None:
    whole = record(tmp_path / "whole.mp4", 30, False)
    show(whole, image, ring, 30)
    whole.close()
    small_disk(whole.state.bytes - lacking)
    recorder = record(tmp_path / "short.mp4", 30, False)
    show(recorder, image, ring, 30)
    with pytest.raises(UserError, match="disk full; kept"):
        recorder.close()
    recorder.close()
    assert len(play(tmp_path / "short.mp4").pictures) == 30


def test_offline_a_full_disk_is_an_error_for_the_caller(
    tmp_path: Path, record: Start, noise: Target, ring: Ring, small_disk: Callable[[int], None]
) -> None:
    small_disk(10)
    recorder = record(tmp_path / "full.mp4", 30, False)
    with pytest.raises(UserError, match="disk full; nothing kept"):
        show(recorder, noise, ring, 300)
    recorder.close()
    assert not (tmp_path / "full.mp4").exists()


def test_a_render_that_is_interrupted_leaves_a_whole_video(
    tmp_path: Path, record: Start, image: Target, ring: Ring, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = record(tmp_path / "cut.mp4", 20, False)
    show(recorder, image, ring, 20, fps=20)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(recorder, "_free_pixels", interrupt)
        with pytest.raises(KeyboardInterrupt):
            show(recorder, image, ring, 1, fps=20, first=20)
    recorder.close()
    film = play(tmp_path / "cut.mp4")
    assert film.video_seconds == film.audio_seconds == pytest.approx(21 / 20)


def test_an_encoder_that_fails_keeps_what_it_had(
    tmp_path: Path,
    record: Start,
    image: Target,
    ring: Ring,
    play: Play,
    problems: Problems,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Failing(Encoder):
        def picture(self, slot: int, pixels: Pixels | Lent) -> None:
            if slot == 40:
                raise ValueError("out of tune")
            super().picture(slot, pixels)

    monkeypatch.setattr(recorder_module, "Encoder", Failing)
    recorder = record(tmp_path / "broken.mp4", 20, True)
    for index in range(60):
        show(recorder, image, ring, 1, fps=20, first=index)
        breathe(recorder)
    recorder.close()
    assert [p.text for p in problems] == [recorder.state.error]
    assert "the encoder failed (out of tune); kept" in recorder.state.error
    assert len(play(tmp_path / "broken.mp4").pictures) >= 20


@pytest.mark.parametrize(
    ("name", "size_px", "fps", "says"),
    [
        ("a.mp4", (65, 64), 30.0, "even sizes; choose 66x64"),
        ("a.mp4", (64, 64), 0.0, "0 frames a second"),
        ("a.mp4", (64, 64), float("nan"), "nan frames a second"),
        ("a.mp4", (2, 64), 30.0, "at least 16x16"),
        ("a.gif", (64, 64), 30.0, "'.gif'"),
        ("no/a.mp4", (64, 64), 30.0, "folder does not exist"),
        ("a.mp4", (64_000, 64_000), 30.0, "cannot record 64000x64000"),
        ("a.mp4", (64, 16_000), 30.0, "cannot record 64x16000"),
    ],
)
def test_bad_requests_leave_nothing(
    name: str, size_px: tuple[int, int], fps: float, says: str, ctx: moderngl.Context, tmp_path: Path, ring: Ring,
    alive_gl: Callable[[], int],
) -> None:  # fmt: skip
    before = alive_gl()
    with pytest.raises(UserError, match=says):
        Recorder(ctx, tmp_path / name, size_px, fps, ring.reader(), live=True, problems=Problems())
    assert list(tmp_path.iterdir()) == []
    assert alive_gl() == before


def test_an_encoder_that_does_not_open_gives_the_card_back(
    ctx: moderngl.Context, tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    pretended = SimpleNamespace(release=lambda: done.append("released"), free=lambda: done.append("freed"))

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("no container takes this")

    monkeypatch.setattr(codec, "hardware", lambda: True)
    monkeypatch.setattr(card, "opened", lambda *_: pretended)
    monkeypatch.setattr(recorder_module, "Encoder", refuse)
    with pytest.raises(UserError, match="no container takes this"):
        Recorder(ctx, tmp_path / "a.mp4", SIZE_PX, 30, ring.reader(), live=True, problems=Problems())
    assert done == ["released", "freed"]


def test_a_driver_that_is_lost_costs_pictures_not_the_recording(
    tmp_path: Path, record: Start, image: Target, ring: Ring, problems: Problems, play: Play,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    recorder = record(tmp_path / "lost.mp4", 30, True)
    for index in range(10):
        show(recorder, image, ring, 1, first=index)
        breathe(recorder)

    def lose(readback: Readback, _: Pixels | None) -> None:
        readback._under_way.pop(0)
        raise moderngl.Error("cannot map the buffer")

    monkeypatch.setattr(Readback, "fetch", lose)
    recorder.close()
    assert recorder.state.finished and recorder.state.error == ""
    assert [problem.text for problem in problems] == ["recording: a picture is lost: cannot map the buffer"]
    assert play(tmp_path / "lost.mp4").video_seconds == pytest.approx(10 / 30, abs=0.001)


def test_a_recording_of_nothing_closes_quietly(tmp_path: Path, record: Start, problems: Problems) -> None:
    recorder = record(tmp_path / "none.mp4", 30, True)
    recorder.close()
    recorder.close()
    assert recorder.state.finished
    assert len(problems) == 0


CHILD = """
import sys, time
from pathlib import Path
import moderngl, numpy as np
from app.audio.ring import Ring
from app.clock import Frame
from app.output.recorder import Recorder
from app.output.takes import Takes
from app.problems import Problems
from app.render.target import Target

ctx = moderngl.create_context(standalone=True, backend="egl")
image, ring = Target(ctx, (64, 64)), Ring()
recorders = [
    Recorder(ctx, Path(path), (64, 64), 30, ring.reader(), live=True, problems=Problems()) for path in sys.argv[1:]
]
for index in range(100_000):
    ring.write(np.zeros((1600, 1), np.float32))
    image.framebuffer.clear(index % 7 / 7, index % 11 / 11, 0, 1)
    for recorder in recorders:
        recorder.send(image, Frame(index, index / 30, 1 / 30))
    time.sleep(1 / 240)
    print(index, flush=True)
"""


def test_a_recording_killed_at_any_moment_plays(tmp_path: Path, play: Play) -> None:
    moments = [60, 97, 141]
    takes = [[tmp_path / f"killed{moment}{suffix}" for suffix in (".mp4", ".mkv")] for moment in moments]
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, *map(str, paths)], stdout=subprocess.PIPE, text=True)
        for paths in takes
    ]
    for child, moment, paths in zip(children, moments, takes, strict=True):
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= moment:
                break
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        for path in paths:
            film = play(path)
            assert film.picture_seconds[-1] >= moment / 30 - 2
            assert film.sound.shape[1] / film.rate_hz >= moment / 30 - 2


def test_ten_recordings_leave_nothing_behind(
    ctx: moderngl.Context, tmp_path: Path, image: Target, ring: Ring, problems: Problems, alive_gl: Callable[[], int]
) -> None:
    def counts() -> list[int]:
        return [alive_gl(), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))]

    before: list[int] = []
    for number in range(11):
        path = tmp_path / f"{number}.mp4"
        size_px = (64, 64) if number % 2 else (48, 32)
        recorder = Recorder(ctx, path, size_px, 30, ring.reader(), live=bool(number % 3), problems=problems)
        show(recorder, image, ring, 3)
        recorder.close()
        before = before or counts()
    assert counts() == before
