"""Displays without hardware that are plugged in and out: an X server of our own with the dummy driver. Main thread.

Nothing of the computer's own screen is touched, and no special rights are needed. Where there is no such server `name`
is "" and `missing` says why. Xvfb would not do: it has one display, which never goes.
"""

import os
import select
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

Size = tuple[int, int]
Area = tuple[int, int, int, int]
"""x, y, width, height on the desktop, from its upper left."""
CONFIG = """
Section "Device"
  Identifier "device"
  Driver "dummy"
  VideoRam 64000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 1-300
  VertRefresh 1-300
EndSection
Section "Screen"
  Identifier "screen"
  Device "device"
  Monitor "monitor"
  DefaultDepth 24
  DefaultFbBpp 32
  SubSection "Display"
    Depth 24
    Modes "{mode}"
    Virtual {width} {height}
  EndSubSection
EndSection
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
"""
START_SECONDS = 20.0
PACKAGES = "Debian: xserver-xorg-video-dummy x11-xserver-utils"


def serve(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], str]:
    """Start an X server on a free display; return it and the display's name, "" when it did not start."""
    reading, writing = os.pipe()
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        [*command, "-displayfd", str(writing)],
        pass_fds=(writing,), stdin=quiet, stdout=quiet, stderr=quiet,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told, _, _ = select.select([pipe], [], [], START_SECONDS)
        number = pipe.readline().strip() if told else ""
    return server, f":{number}" if number else ""


class VirtualDisplays:
    """DUMMY0, DUMMY1 … side by side, all plugged in at first. `name` is for DISPLAY."""

    def __init__(self, folder: Path, sizes_px: Sequence[Size]) -> None:
        folder.mkdir(exist_ok=True)
        self.areas: dict[str, Area] = {}
        """Where each lies while it is plugged in, by name."""
        for number, (width, height) in enumerate(sizes_px):
            self.areas[f"DUMMY{number}"] = (sum(side for side, _ in sizes_px[:number]), 0, width, height)
        self._server: subprocess.Popen[bytes] | None = None
        self.name = ""
        absent = [program for program in ("Xorg", "xrandr") if shutil.which(program) is None]
        self.missing = f"needs {' and '.join(absent)} ({PACKAGES})" if absent else ""
        if not absent:
            self._start(folder)

    def _start(self, folder: Path) -> None:
        width, height = (sum(area[2] for area in self.areas.values()), max(area[3] for area in self.areas.values()))
        config = folder / "xorg.conf"
        config.write_text(CONFIG.format(mode=self._mode("DUMMY0"), width=width, height=height), "utf-8")
        words = ["-config", str(config), "-logfile", str(folder / "log"), "-nolisten", "tcp", "-noreset"]
        self._server, self.name = serve(["Xorg", *words])
        if not self.name or not self._arranged():
            self.close()
            self.missing = f"Xorg does not start with its dummy driver ({PACKAGES})"

    def _arranged(self) -> bool:
        """Plug all in; return whether that went well."""
        orders = [order for name in self.areas for order in (self._mode_order(name), self._plug_order(name))]
        return all(self._xrandr(order).wait(10) == 0 for order in [*orders, ["--query"]])

    def _mode(self, name: str) -> str:
        return "{}x{}".format(*self.areas[name][2:])

    def _mode_order(self, name: str) -> list[str]:
        return ["--addmode", name, self._mode(name)] if name != "DUMMY0" else ["--query"]

    def _plug_order(self, name: str) -> list[str]:
        return ["--output", name, "--mode", self._mode(name), "--pos", "{}x{}".format(*self.areas[name][:2])]

    def plug(self, name: str) -> subprocess.Popen[bytes]:
        """Begin to plug one in at its own place; done when that process ends."""
        return self._xrandr(self._plug_order(name))

    def unplug(self, name: str) -> subprocess.Popen[bytes]:
        """Begin to plug one out; done when that process ends."""
        return self._xrandr(["--output", name, "--off"])

    def _xrandr(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(["xrandr", "-d", self.name, *words], stdin=quiet, stdout=quiet, stderr=quiet)

    def close(self) -> None:
        """End the server; who has windows on it must be gone. Safe to call twice."""
        self.name = ""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None
