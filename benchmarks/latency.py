"""From a click in the loudspeaker to the changed pixel: the whole path, through a real sound server.

Plays clicks into a null sink of a private PulseAudio server, listens to its monitor, draws a tiny look whose brightness
follows onsets, and notes when a shown picture has changed. Prints that beside what the show itself reports as latency.
Claim: the show's own figure is honest to one frame. Needs `pulseaudio` and `pactl` (Linux).
Run: python -m benchmarks.latency [--backend cuda]
"""

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from app import preset as presets
from app.audio.source import SourceChoice
from app.live import Session
from app.preset import Preset, Route
from app.settings import Settings

RATE_HZ = 48_000
PIECE_FRAMES = 240
CLICKS_APART_SECONDS = 0.47
CLICKS = 40
CHANGED = 8.0
"""Levels of 255 by which the mean of a picture must rise."""
PLAYBACK, FLOAT32LE = 1, 5
"""PulseAudio's pa_stream_direction_t and pa_sample_format_t."""


class _Format(ctypes.Structure):
    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


class _Buffering(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize"))


class Clicker:
    """Writes clicks to the default sink in a thread and notes the moment each is heard, by the server's own account."""

    def __init__(self) -> None:
        self._simple = ctypes.CDLL("libpulse-simple.so.0")
        self._simple.pa_simple_new.restype = ctypes.c_void_p
        self._simple.pa_simple_get_latency.restype = ctypes.c_uint64
        none = ctypes.c_uint32(-1).value
        buffering = _Buffering(none, RATE_HZ // 25 * 4, none, none, none)
        form = _Format(FLOAT32LE, RATE_HZ, 1)
        self._stream = ctypes.c_void_p(
            self._simple.pa_simple_new(
                None, b"clicks", PLAYBACK, None, b"clicks", ctypes.byref(form), None, ctypes.byref(buffering), None
            )
        )
        self.heard_seconds: list[float] = []
        self._thread = threading.Thread(target=self._play, daemon=True)
        self.ended = False

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def stop(self) -> None:
        """Fall silent."""
        self.ended = True
        self._thread.join()
        self._simple.pa_simple_free(self._stream)

    def _play(self) -> None:
        silence = np.zeros(PIECE_FRAMES, np.float32)
        click = np.random.default_rng(1).uniform(-0.7, 0.7, PIECE_FRAMES).astype(np.float32)
        pieces = round(CLICKS_APART_SECONDS * RATE_HZ / PIECE_FRAMES)
        count = 0
        while not self.ended:
            count += 1
            if count % pieces == 0:
                before = self._simple.pa_simple_get_latency(self._stream, None) / 1e6
                self.heard_seconds.append(time.perf_counter() + before)
            piece = click if count % pieces == 0 else silence
            self._simple.pa_simple_write(self._stream, piece.ctypes.data_as(ctypes.c_void_p), piece.nbytes, None)


@contextmanager
def sound_server() -> Iterator[None]:
    """Run PulseAudio on a private socket with one null sink, and point this process at it."""
    with tempfile.TemporaryDirectory(prefix="clavilux-") as folder:
        address = f"unix:{folder}/native"
        os.environ.update(PULSE_SERVER=address, XDG_RUNTIME_DIR=folder, CLAVILUX_HOME=f"{folder}/home")
        socket = f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native"
        sink = "module-null-sink sink_name=clicks rate=48000 format=float32le channels=2"
        plain = ["-n", "--exit-idle-time=-1", "--use-pid-file=no", "--system=false", "--daemonize=no"]
        server = subprocess.Popen(["pulseaudio", *plain, "-L", socket, "-L", sink], stderr=subprocess.DEVNULL)
        try:
            while subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode:
                time.sleep(0.05)
            yield
        finally:
            server.terminate()
            server.wait()


def flashing_look(folder: Path) -> Path:
    """Write a look that stands still but for onsets, which make it bright."""
    route = Route(source="onset", param="brightness", amount=1.0)
    look = Preset(name="flash", style="deep_vortex", params={"speed": 0.0, "reactivity": 0.0}, routes=[route])
    presets.save(look, folder / "flash.yaml")
    return folder / "flash.yaml"


def measure(fps: float, folder: Path, backend: str) -> tuple[list[float], dict[str, float]]:
    """Return the delays in ms of every click that was seen, and what the show reports."""
    settings = Settings(
        source=SourceChoice("device"),
        preset=str(flashing_look(folder)),
        backend=backend,
        fps=fps,
        picture_px=(64, 36),
        headless=True,
    )
    clicker = Clicker()
    with ExitStack() as stack:
        session = Session(settings, stack)
        seen: list[tuple[float, float]] = []
        swap = session.surface.swap

        def look() -> None:
            swap()
            shown_seconds = time.perf_counter()
            seen.append((shown_seconds, float(session.picture.shown.read()[..., :3].mean())))

        surface: Any = session.surface
        surface.swap = look
        clicker.start()
        end = time.perf_counter() + CLICKS * CLICKS_APART_SECONDS + 3.0
        while time.perf_counter() < end:
            session.step()
        clicker.stop()
        return _delays(clicker.heard_seconds[4:-1], seen), session.report()["latency_ms"]


def _delays(clicks: list[float], seen: list[tuple[float, float]]) -> list[float]:
    """Return, in ms, how long after each click the first picture was shown that is brighter than the one before."""
    shown, levels = (np.array(column) for column in zip(*seen, strict=True))
    rises = shown[1:][np.diff(levels) > CHANGED]
    delays = []
    for click in clicks:
        after = rises[(rises > click - 0.05) & (rises < click + 0.3)]
        if len(after):
            delays.append((float(after[0]) - click) * 1000)
    return delays


def main() -> int:
    """Print a table; exit code 1 when the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--backend", default="glsl")
    backend = parser.parse_args().backend
    honest = True
    print(f"{'fps':>4} {'clicks':>7} {'seen p50':>9} {'p95':>6} {'told p50':>9} {'p95':>6}   milliseconds")
    with sound_server(), tempfile.TemporaryDirectory() as folder:
        for fps in (30.0, 60.0):
            delays, told = measure(fps, Path(folder), backend)
            p50, p95 = np.percentile(delays, [50, 95])
            print(f"{fps:>4g} {len(delays):>7} {p50:>9.1f} {p95:>6.1f} {told['p50']:>9.1f} {told['p95']:>6.1f}")
            honest = honest and abs(p50 - told["p50"]) < 1000 / fps
    return 0 if honest else 1


if __name__ == "__main__":
    sys.exit(main())
