"""What a chaotic soak does from outside: OSC floods, and a second show that is killed and relaunched. Main thread."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app.control.osc_format import write

FLOOD = """
import socket, sys, time, random
rng, out = random.Random(1), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
packets = [bytes.fromhex(text) for text in sys.argv[2:]]
for tick in range(30):
    for _ in range(1000):
        packet = bytearray(rng.choice(packets))
        if rng.random() < 0.3:
            packet[rng.randrange(len(packet))] = rng.randrange(256)
        out.sendto(bytes(packet), ("127.0.0.1", int(sys.argv[1])))
    time.sleep(0.08)
"""
"""Some 10,000 messages a second for three seconds, a third of them damaged, from a process of its own."""
RELAUNCHED_SECONDS = 5.0
PATIENCE_SECONDS = 60.0


class Flood:
    """Sends floods of OSC to a port of this computer."""

    ADDRESSES = ("param/zoom", "param/hue", "value/spin", "next", "random", "nonsense", "look", "query")

    def __init__(self, port: int, argument: float = 0.5) -> None:
        """With 0.5 buttons are pressed by damage only, with 1 by every message."""
        self._port, self._argument = port, argument
        self._running: list[subprocess.Popen[bytes]] = []
        self.count = 0

    def burst(self) -> None:
        """Begin a flood, unless one is under way."""
        self._running = [process for process in self._running if process.poll() is None]
        if not self._running:
            self.count += 1
            packets = [write(f"/clavilux/{address}", (self._argument,)).hex() for address in self.ADDRESSES]
            self._running.append(subprocess.Popen([sys.executable, "-c", FLOOD, str(self._port), *packets]))

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return any(process.poll() is None for process in self._running)

    def close(self) -> None:
        """End it."""
        for process in self._running:
            process.kill()
            process.wait()


class Relaunch:
    """A second show: let run a while, killed without a word, started again, and asked where it was."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self._environment = os.environ | {"CLAVILUX_HOME": str(home)}
        self._state, self._report = home / "autosave" / "state.json", home / "report.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at = self._began = 0.0
        self._again = False
        self.seconds: list[float] = []
        """To the first picture, without the time that other programs had the processor."""
        self.waited_seconds: list[float] = []
        self.failures: list[str] = []

    def begin(self) -> None:
        """Start the show that will be killed, unless one is under way."""
        if self._process is None:
            self._start()
            self._again = False
            self._kill_at = 0.0

    def _start(self, *more: str) -> None:
        command = [sys.executable, "-m", "app", "run", "--headless", "--window", "128x72", "--backend", "glsl"]
        root = Path(__file__).resolve().parent.parent.parent
        self._process = subprocess.Popen(
            [*command, *more], cwd=root, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._began = time.monotonic()

    def step(self) -> None:
        """Go on with it; called once a frame, never waits."""
        now = time.monotonic()
        if self._process is None:
            return
        if self._again:
            self._judge()
        elif self._kill_at == 0.0 and self._state.exists():
            self._kill_at = now + random.random() * 3
        elif 0 < self._kill_at <= now:
            self._process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            self._process.wait()
            self._again = True
            self._start("--seconds", "0.5", "--report", str(self._report))
        if now - self._began > PATIENCE_SECONDS and self._process is not None:
            self.failures.append("a second show did not start, or did not end")
            self.close()

    def _judge(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            return
        try:
            figures = json.loads(self._report.read_text("utf-8"))
            waited = float(figures["startup_s"]["waited_for_processor"])
            took = float(figures["startup_s"]["to_first_frame"]) - waited
            self.seconds.append(round(took, 2))
            self.waited_seconds.append(round(waited, 2))
            if not figures["resumed"]:
                self.failures.append("a relaunch did not go on where the crash was")
            if took > RELAUNCHED_SECONDS:
                self.failures.append(f"a relaunch took {took:.1f} s")
        except (OSError, ValueError, KeyError) as error:
            self.failures.append(f"a relaunch failed: {error}")
        for path in (self._report, self._state):
            with contextlib.suppress(OSError):
                path.unlink()
        self._process = None

    def report(self) -> dict[str, Any]:
        """Return what came of it."""
        return {
            "count": len(self.seconds),
            "seconds": self.seconds,
            "seconds_the_processor_was_others": self.waited_seconds,
            "failures": self.failures,
        }

    def close(self) -> None:
        """End the second show."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
