"""Real sound through a private PulseAudio server with null sinks: no hardware, no mocks."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio import portaudio
from app.audio.capture import Capture
from app.audio.decode import Decoded
from app.audio.device import DeviceSource
from app.audio.devices import find_input, list_devices
from app.audio.file import FileSource
from app.audio.ring import Ring
from app.audio.source import Source, SourceChoice
from app.clock import WallClock
from app.live import Session
from app.problems import UserError
from app.settings import Settings

MISSING = [name for name in ("pulseaudio", "pacat", "pactl") if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)} (apt install pulseaudio-utils)")

ROOT = Path(__file__).parents[2]
RATE = 48_000
TONE = "Monitor of Tone"
SPEAKERS = "Monitor of Speakers"


class Server:
    """A sound server of our own on a private socket: sink "Tone" (a 440 Hz sine plays there) and sink "Speakers"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix:{folder}/native"
        sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(120 * RATE) / RATE)
        (folder / "sine.raw").write_bytes((sine * 32767).astype("<i2").tobytes())
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        env = dict(os.environ, XDG_RUNTIME_DIR=str(self.folder), HOME=str(self.folder), PULSE_SERVER=self.address)
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env=env, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet)
        self.processes.append(process)
        return process

    def ask(self, *words: str) -> str:
        return self.run("pactl", *words).communicate(timeout=60)[0].decode().strip()

    def start(self) -> None:
        env_free = ["--exit-idle-time=-1", "--use-pid-file=no", "--system=false", "--daemonize=no"]
        socket = f"module-native-protocol-unix auth-anonymous=1 socket={self.folder}/native"
        sinks = [part for name in ("Speakers", "Tone") for part in ("-L", self.sink(name))]
        self.run("pulseaudio", "-n", *env_free, "-L", socket, *sinks)
        for _ in range(1000):
            if "tone.monitor" in self.ask("list", "short", "sources"):
                break
            time.sleep(0.05)
        self.ask("set-default-sink", "speakers")
        self.play()

    @staticmethod
    def sink(name: str) -> str:
        form = "rate=48000 format=float32le channels=2"
        return f"module-null-sink sink_name={name.lower()} {form} sink_properties=device.description={name}"

    def play(self) -> None:
        raw = ["--format=s16le", "--rate=48000", "--channels=1", str(self.folder / "sine.raw")]
        self.run("pacat", "-p", "--latency-msec=200", "--device=tone", *raw)

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        self.processes.clear()
        (self.folder / "native").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="clavilux-pulse-") as made:  # short: a socket's path may have 107 bytes
        yield Path(made)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        portaudio.sounddevice()
    except UserError as error:
        pytest.skip(str(error))
    patch = pytest.MonkeyPatch()
    patch.setenv("PULSE_SERVER", server.address)
    try:
        server.start()
        portaudio.restart()
        yield server
    finally:
        server.kill()
        patch.undo()
        with suppress(UserError):  # a stream of the killed server may hang for ever
            portaudio.restart()


@pytest.fixture(autouse=True)
def _nothing_plays_on() -> Iterator[None]:
    """A stream whose memory was collected with a failed test would be played from all the same."""
    yield
    while Show.started:
        Show.started.pop().stop()


class Show:
    """Pumps a source sixty times a second, for real, and keeps what was heard."""

    started: ClassVar[list[Source]] = []

    def __init__(self, source: Source) -> None:
        self.started.append(source)
        self.source = source
        self.ring = Ring()
        source.start(self.ring)
        self.reader = self.ring.reader()
        self.clock = WallClock()
        self.seconds = 0.0
        self.beside: Callable[[], None] = lambda: None

    def pump(self) -> NDArray[np.float32]:
        frame = self.clock.tick()
        self.seconds = frame.seconds
        self.source.pump(frame)
        self.beside()
        time.sleep(1 / 60)
        return self.reader.read_new().samples

    def listen(self, seconds: float) -> NDArray[np.float32]:
        """Return what is heard in the next `seconds`."""
        end = self.seconds + seconds
        heard = [self.pump()]
        while self.seconds < end:
            heard.append(self.pump())
        return np.concatenate(heard)

    def until(self, done: Callable[[], bool], seconds: float = 120.0) -> None:
        """Pump until something happens."""
        end = self.seconds + seconds
        while not done():
            self.pump()
            assert self.seconds < end, f"never happened; status: {self.source.status}"


def peak_hz(sound: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
    return float(spectrum.argmax() * RATE / len(sound))


def largest_break(sound: NDArray[np.float32]) -> float:
    """How far the sine strays from its own recurrence; a lost or doubled sample strays by 0.03 and more."""
    next_one = 2 * np.cos(2 * np.pi * 440 / RATE) * sound[1:-1, 0] - sound[:-2, 0]
    return float(np.abs(sound[2:, 0] - next_one).max())


def unbroken(show: "Show") -> NDArray[np.float32]:
    """Return half a second without a gap. On a busy machine the player or the server itself may stumble: try again."""
    for _ in range(20):
        sound = show.listen(0.5)
        if largest_break(sound) < 1e-3 and sound.any():
            return sound
    raise AssertionError("no half second without a gap")


def assert_is_the_tone(sound: NDArray[np.float32]) -> None:
    assert peak_hz(sound) == pytest.approx(440, abs=3)
    assert np.sqrt((sound**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def clicks(seconds: float) -> Decoded:
    """A mono track at 44.1 kHz with a click each quarter of a second; the one at 2 s is louder."""
    sound = np.zeros((round(seconds * 44_100), 1), np.float32)
    for start in range(0, len(sound), 44_100 // 4):
        sound[start : start + 30] = 0.9 if start == 88_200 else 0.4
    return Decoded(sound, 44_100)


def loud_click(sound: NDArray[np.float32]) -> int:
    """Where the click at 2 s begins."""
    return int(np.argmax(np.abs(sound[:, 0]) > 0.7))


def test_devices_are_listed_by_name(running: Server) -> None:
    found = {device.name: device for device in list_devices()}
    assert found[TONE].kind == "monitor"
    assert found["Tone"].kind == "output"
    assert found["Speakers"].default
    assert (found[TONE].channels, found[TONE].rate_hz, found[TONE].host) == (2, RATE, "PulseAudio")


def test_a_monitor_is_captured_without_a_gap(running: Server) -> None:
    source = DeviceSource(SourceChoice("device", device="tone"))
    show = Show(source)
    show.until(lambda: source.status == "listening")
    sound = unbroken(show)
    assert 0 < source.latency_seconds < 0.1
    source.stop()
    assert_is_the_tone(sound)
    assert source.dropped_blocks == 0


def test_a_busy_interpreter_loses_nothing(running: Server) -> None:
    source = DeviceSource(SourceChoice("device", device=TONE))
    show = Show(source)
    show.until(lambda: source.status == "listening")
    numbers = np.random.default_rng(1).random(400_000).tolist()

    def hog() -> None:
        sorted(numbers)  # one C call that holds the interpreter for a tenth of a second

    show.beside = hog
    assert_is_the_tone(unbroken(show))
    source.stop()
    assert source.dropped_blocks == 0


def test_a_single_channel_with_gain(running: Server) -> None:
    show = Show(DeviceSource(SourceChoice("device", device=TONE, channels=(1,), gain_db=-20.0)))
    show.until(lambda: show.source.status == "listening")
    sound = unbroken(show)
    show.source.stop()
    assert sound.shape[1] == 1
    assert np.abs(sound).max() == pytest.approx(0.05, rel=0.02)


def strays() -> NDArray[np.float64]:
    """Play a file and return how many seconds what the show hears was ahead of the speakers, at every look.

    From one second on: a busy server begins to play more than a second after it was asked to.
    """
    source = FileSource(clicks(20.0), "clicks", SourceChoice("file"))
    show = Show(source)
    speakers = find_input(SPEAKERS, list_devices())
    assert speakers is not None
    monitor = Capture(speakers, ())
    heard: list[NDArray[np.float32]] = []
    captured: list[NDArray[np.float32]] = []
    counts: list[tuple[float, float]] = []  # seconds written to the ring and taken from the speakers, less the clock

    def look() -> None:
        captured.append(monitor.drain())
        if source.position_seconds > 1.0:
            now = time.monotonic()
            counts.append((show.ring.written / show.ring.rate_hz - now, sum(map(len, captured)) / RATE - now))

    show.beside = look
    while source.position_seconds < 4.0:
        heard.append(show.pump())
        assert show.seconds < 40
    assert source.status == "playing"
    monitor.close()
    source.stop()
    # the one loud click ties the two counts together
    clicked = np.concatenate(captured), np.concatenate(heard)
    shift_seconds = loud_click(clicked[0]) / RATE - loud_click(clicked[1]) / show.ring.rate_hz
    ring, taken = np.array(counts).T
    # a busy server hands its monitor's sound over late: what comes now was heard by then all the same
    ahead: NDArray[np.float64] = ring - np.maximum.accumulate(taken[::-1])[::-1] + shift_seconds
    return ahead[:-60]  # of the last second nothing came later


def test_a_file_is_followed_as_it_is_heard(running: Server) -> None:
    """A server that runs dry on a busy machine plays silence that is noticed half a second later: try again."""
    for _ in range(8):
        ahead = strays()
        most = np.quantile(np.abs(ahead), 0.8)
        if abs(np.median(ahead)) < 1 / 30 and most < 0.1:
            return
    raise AssertionError(f"{most:.3f} s astray or more for a fifth of the time, {np.median(ahead):.3f} in the median")


def test_moves_are_heard_at_once(running: Server) -> None:
    source = FileSource(clicks(30.0), "clicks", SourceChoice("file"))
    show = Show(source)
    show.until(lambda: source.position_seconds > 0.5)
    source.pause()
    show.until(lambda: not show.listen(0.3).any())
    held = source.position_seconds
    assert not show.listen(0.5).any()
    assert source.position_seconds == held
    source.seek(20.1)
    source.play()
    show.until(lambda: source.position_seconds > 20.1)
    assert source.position_seconds < 25.0
    source.seek(29.5)
    source.loop = True
    show.until(lambda: source.position_seconds < 2.0)
    source.loop = False
    source.seek(29.9)
    show.until(lambda: source.ended)
    source.stop()


def test_the_default_input_is_followed(running: Server) -> None:
    running.ask("set-default-source", "speakers.monitor")
    source = DeviceSource(SourceChoice("device"))
    show = Show(source)
    show.until(lambda: source.status == "listening" and source.label == f"default input: {SPEAKERS}")
    running.ask("set-default-source", "tone.monitor")
    show.until(lambda: source.status == "listening" and source.label == f"default input: {TONE}")
    sound = unbroken(show)
    source.stop()
    assert_is_the_tone(sound)


def test_a_removed_device_is_waited_for_and_never_swapped(running: Server) -> None:
    source = DeviceSource(SourceChoice("device", device=SPEAKERS))
    show = Show(source)
    show.until(lambda: source.status == "listening")
    module = next(
        line.split()[0] for line in running.ask("list", "short", "modules").splitlines() if "speakers" in line
    )
    running.ask("unload-module", module)
    show.until(lambda: source.status == f"waiting for {SPEAKERS}")
    show.listen(0.3)
    assert not show.listen(0.7).any(), "the tone of the other device must not be heard"
    running.ask("load-module", *Server.sink("Speakers").split())
    running.ask("set-default-sink", "speakers")
    show.until(lambda: source.status == "listening")
    source.stop()


def test_a_killed_server_is_outlived(running: Server) -> None:
    device = DeviceSource(SourceChoice("device", device=TONE))
    player = FileSource(clicks(60.0), "clicks", SourceChoice("file"))
    show = Show(device)
    player.start(Ring())
    Show.started.append(player)
    clock = WallClock()
    show.beside = lambda: player.pump(clock.tick())
    show.until(lambda: device.status == "listening" and player.position_seconds > 0.2)
    running.kill()
    show.until(lambda: device.status == f"waiting for {TONE}" and "silently" in player.status)
    written, place, began = show.ring.written, player.position_seconds, show.seconds
    assert not show.listen(1.0).any()
    passed = show.seconds - began
    assert (show.ring.written - written) / RATE == pytest.approx(passed, abs=0.3)
    assert player.position_seconds - place == pytest.approx(passed, abs=0.5)
    running.start()
    show.until(lambda: device.status == "listening" and player.status == "playing")
    assert_is_the_tone(unbroken(show))
    device.stop()
    player.stop()


def test_a_whole_show_hears_a_device_and_outlives_its_server(running: Server) -> None:
    settings = Settings(source=SourceChoice("device", device=TONE), backend="cpu", headless=True, picture_px=(64, 36))
    with ExitStack() as stack:
        session = Session(settings, stack)
        source = session.controls.source

        def until(done: Callable[[], bool]) -> None:
            end = time.monotonic() + 60
            while not done():
                session.step()
                assert time.monotonic() < end, f"never happened; status: {source.status}"

        until(lambda: session.controls.features.mid > 0.3 > session.controls.features.bass)
        assert 0 < source.latency_seconds < 0.1
        running.kill()
        until(lambda: source.status == f"waiting for {TONE}")
        before = session.picture.shown.read()
        frames = session.controls.frame.index
        until(lambda: session.controls.frame.index > frames + 30)
        assert (session.picture.shown.read() != before).any(), "the picture goes on"
        assert session.controls.features.loudness < 0.1
        running.start()
        until(lambda: source.status == "listening" and session.controls.features.mid > 0.3)
        assert [problem.text for problem in session.problems] == [f"sound: waiting for {TONE}"]
        assert session.report()["audio_dropped"] == 0


LOOPBACK = """
import os, sys, time
from app.audio import devices, wasapi
from app.audio.device import DeviceSource
from app.audio.source import SourceChoice
from tests.audio.test_pulse import Show, assert_is_the_tone, unbroken

wasapi.available = lambda: True
devices._pulse_devices = list
source = DeviceSource(SourceChoice("device", device="monitor of monitor of tone"))
show = Show(source)
show.until(lambda: source.status == "listening")
assert type(source._capture).__name__ == "Loopback"
assert_is_the_tone(unbroken(show))
source.stop()
print("heard", flush=True)
os._exit(0)  # SoundCard's connection ends with its process only
"""


def test_what_a_loudspeaker_plays_is_heard_through_soundcard(running: Server) -> None:
    """Through the real SoundCard, which is wanted on Windows only but knows PulseAudio, too."""
    words = [sys.executable, "-c", LOOPBACK, "a word"]  # SoundCard 0.4.6 reads it to name itself
    env = {**os.environ, "PULSE_SERVER": running.address}
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "heard\n", done.stderr


def test_a_stream_from_before_portaudio_began_anew_ends_none_that_came_after(running: Server) -> None:
    """PortAudio gives its address to the next one."""
    device = find_input(TONE, list_devices())
    assert device is not None
    before = Capture(device, ())
    portaudio.restart()
    after = Capture(device, ())
    before.close()
    assert after.active
    after.close()
    assert not after.active


DROPPED = """
import gc, os, time
import numpy as np
from app.audio.speakers import SpeakerPlayer, Speakers
from app.audio.transport import Transport

for _ in range(3):
    player = SpeakerPlayer(Transport(np.ones((48_000, 2), np.float32), 48_000, True), Speakers(48_000))
    del player
    gc.collect()
    for _ in range(20):
        np.full((600_000, 2), np.nan, np.float32)
    time.sleep(0.3)
os._exit(0)
"""


def test_a_player_that_was_forgotten_takes_no_program_with_it(running: Server) -> None:
    """Its callback in C goes on, in a process of its own here: what it plays from must not be given back."""
    environment = os.environ | {"MALLOC_PERTURB_": "165"}  # what is given back is overwritten at once
    ended = subprocess.run(
        [sys.executable, "-c", DROPPED], env=environment, capture_output=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
