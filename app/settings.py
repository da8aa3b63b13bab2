"""Settings: what one run of the show was asked for on the command line. Checked here, once; plain data after that."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from app.audio.source import SourceChoice
from app.problems import UserError
from app.render.saving import Saving
from app.tempo.beat import BAR
from app.tempo.tempo import LONGEST_DELAY_MS

SIZES = {
    "270p": (480, 270),
    "360p": (640, 360),
    "540p": (960, 540),
    "720p": (1280, 720),
    "1080p": (1920, 1080),
    "4k": (3840, 2160),
}
LARGEST_PX = 8192
SLOWEST_FPS, FASTEST_FPS = 1, 480


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. `picture_px` None = chosen for the machine; `fps` 0 = 60, or 30 where OpenGL runs on the CPU.

    `offline` draws every frame at its exact time with no sound device; `seconds` 0 = until closed; `advance_seconds`
    and `advance_beats` 0 = looks change only when asked to; `delay_seconds` = how much later than the sound the picture
    is to be; `osc_port` 0 = no OSC; `remote_port` 0 = no remote; `midi` = parts of controllers' names, none = all.
    `show` is the show file to open; `keeps`: what is on air is written down for a relaunch, and the set is logged;
    `safe`: the first look, no effects, no controllers, no show. `given` are the options that were named on the command
    line, as they were: whoever relaunches after a crash names the same ones, or none.
    """

    source: SourceChoice = field(default_factory=SourceChoice)
    style: str = ""
    preset: str = ""
    backend: str = "auto"
    saving: Saving = "off"
    """How the network is evaluated for fewer pixels; of a live show the state and the Output panel decide."""
    fps: float = 0.0
    window_px: tuple[int, int] = (1280, 720)
    picture_px: tuple[int, int] | None = None
    fullscreen: bool = False
    output_display: str = ""
    """Name of the display that takes the clean output, "" = none."""
    headless: bool = False
    offline: bool = False
    seconds: float = 0.0
    screenshot: Path | None = None
    record: Path | None = None
    advance_seconds: float = 0.0
    advance_beats: float = 0.0
    delay_seconds: float = 0.0
    osc_port: int = 0
    osc_bind: str = "127.0.0.1"
    remote_port: int = 0
    midi: tuple[str, ...] = ()
    seed: int | None = None
    show: Path | None = None
    keeps: bool = False
    safe: bool = False
    given: tuple[str, ...] = ()
    started_seconds: float = 0.0


def parse_size(text: str, even: bool = False) -> tuple[int, int]:
    """Read "1280x720" or "720p"; `UserError` for odd sizes where video needs even ones, and for silly ones."""
    if text.lower() in SIZES:
        return SIZES[text.lower()]
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise UserError(f"'{text}' is not a size; write WIDTHxHEIGHT like 1280x720, or {', '.join(SIZES)}")
    size = (int(width), int(height))
    if not all(16 <= side <= LARGEST_PX for side in size):
        raise UserError(f"{text}: each side must be 16..{LARGEST_PX} pixels")
    if even and (size[0] % 2 or size[1] % 2):
        nearest_even = f"{size[0] + size[0] % 2}x{size[1] + size[1] % 2}"
        raise UserError(f"{text}: H.264 video needs even sides; use {nearest_even}")
    return size


def check_fps(fps: float) -> float:
    """Return `fps` if frames can be drawn at that rate."""
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise UserError(f"--fps {fps:g}: frames a second must be {SLOWEST_FPS} to {FASTEST_FPS}")
    return fps


def check_seconds(seconds: float) -> float:
    """Return `seconds` if a show can last that long."""
    if not 0 < seconds <= 86_400 * 7:
        raise UserError(f"--seconds {seconds:g}: must be more than 0 and at most a week")
    return seconds


def check_delay(milliseconds: float) -> float:
    """Return the seconds the picture waits for the sound, if it can wait so long."""
    if not 0 <= milliseconds <= LONGEST_DELAY_MS:
        raise UserError(f"--delay {milliseconds:g}: milliseconds must be 0 to {LONGEST_DELAY_MS}")
    return milliseconds / 1000


def check_advance(bars: float) -> float:
    """Return the beats in so many bars, if looks can change at that pace."""
    if not 0.25 <= bars <= 256:
        raise UserError(f"--advance-bars {bars:g}: bars must be 0.25 (a beat) to 256")
    return bars * BAR


def check_port(port: int, option: str, usual: int) -> int:
    """Return `port` if a program without special rights may listen there."""
    if not 1024 <= port <= 65535:
        raise UserError(f"{option} {port}: a port is a number from 1024 to 65535; {usual} is usual")
    return port


def check_address(text: str) -> str:
    """Return an IPv4 address in numbers; names are not looked up, that could take long."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise UserError(f"--osc-bind {text}: not an address like 192.168.1.20 (0.0.0.0 = every network)") from None
