"""A sound server that a chaotic soak takes away and brings back: PulseAudio with null sinks, on a socket of its own.

Nothing of the computer's own sound is touched. Where there is no PulseAudio there is no server, and a sound file that
vanishes takes its place. Main thread; it never waits for the server but at its first start.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from app.audio.source import SourceChoice
from app.live import Session

INPUT = "Monitor of Soak"
SINK = "module-null-sink sink_name=soak rate=48000 channels=2 sink_properties=device.description=Soak"
START_SECONDS = 5.0
AGAIN_SECONDS = 15.0
"""A sound server that came back must be heard by then."""


class NullSink:
    """The server; `address` must be in PULSE_SERVER before anything asks for sound. "" = there is none here."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._socket = folder / "native"
        self._server: subprocess.Popen[bytes] | None = None
        self._folder = folder
        self.lost = self.back = 0
        self._again_seconds: float | None = None
        self._failures: list[str] = []
        self.address = f"unix:{self._socket}" if shutil.which("pulseaudio") and len(str(self._socket)) < 100 else ""
        if self.address:
            self._start()
            deadline = time.monotonic() + START_SECONDS
            while not self._socket.exists() and time.monotonic() < deadline:
                time.sleep(0.05)

    @property
    def running(self) -> bool:
        """Whether the server is there."""
        return self._server is not None

    def choice(self) -> SourceChoice:
        """Return the source that hears the null sink, or a file."""
        return SourceChoice(kind="device", device=INPUT) if self.address else SourceChoice(audible=False, loop=True)

    def toggle(self) -> None:
        """Kill the server without a word, or start it again."""
        if not self.address:
            return
        if self._server is not None:
            self.close()
            self.lost += 1
        else:
            self._start()
            self.back += 1

    def _start(self) -> None:
        self._socket.unlink(missing_ok=True)
        free = ["--exit-idle-time=-1", "--use-pid-file=no", "--system=false", "--daemonize=no"]
        protocol = f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}"
        own = os.environ | {"XDG_RUNTIME_DIR": str(self._folder), "HOME": str(self._folder)}
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", *free, "-L", protocol, "-L", SINK],
            env=own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def hear_again(self, session: Session) -> None:
        """Play, with the server there and its input chosen, until that is heard: it must be, whatever happened."""
        if not self.address:
            return
        if self._server is None:
            self.toggle()
        session.controls.choose_source(self.choice())
        began = time.monotonic()
        while (now := time.monotonic() - began) < AGAIN_SECONDS:
            session.step()
            source = session.hearing.source
            if session.hearing.choice.device == INPUT and source.status.startswith("listening"):
                self._again_seconds = round(now, 2)
                return
        self._failures.append(f"sound: the server came back and is not heard: {session.hearing.source.status}")

    def report(self) -> dict[str, object]:
        """Return what came of it."""
        return {
            "there": bool(self.address),
            "killed": self.lost,
            "started_again": self.back,
            "heard_again_seconds": self._again_seconds,
            "failures": self._failures,
        }

    def close(self) -> None:
        """Kill it. Safe to call twice."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None
            self._socket.unlink(missing_ok=True)
