"""The sentinel: a file that lies there while a show runs and is gone after a clean end. Pure but for that file.

Found at the start and its process gone: the last run crashed. Two shows at once: only the first one keeps anything.
It lies there while a show is loading too, for that may crash; a start that is refused puts back what it found.
A run that the graphics driver ended says so in it: that is no crash, unless it comes again soon.
"""

import contextlib
import os
from pathlib import Path

from pydantic import Field

from app import files
from app.problems import UserError
from app.show.checked import Strict

STEADY_SECONDS = 300.0
"""A run that lasted this long begins the count of crashes anew."""
SAFE_AFTER = 2


class Note(Strict):
    """What the file says. `request`: what was asked for on the command line; `crashes` before this run, in a row."""

    pid: int = Field(ge=1)
    began: str = Field("", max_length=100)
    """When the process of that number began (see `began`): after a power cut another one may have its number."""
    request: list[str] = Field(default_factory=list, max_length=256)
    """Of the run whose state is kept: of one that loads and has drawn nothing yet, the request before."""
    crashes: int = Field(0, ge=0)
    resets: int = Field(0, ge=0)
    """Of the graphics driver, in a row, this run's own among them."""
    was_reset: bool = False
    """The run has ended, by a reset."""

    @property
    def crashes_so_far(self) -> int:
        """Crashes in a row, this run's end among them if it was one."""
        return self.crashes + (not self.was_reset or self.resets > 1)


class Sentinel:
    """Stands guard over one run; `crashes` is how many runs in a row ended badly before this one."""

    def __init__(self, path: Path, request: list[str]) -> None:
        self._path = path
        self._request = request
        self._found = _bytes(path)
        before = _read(self._found)
        self.was_reset = before is not None and before.was_reset
        """The last run ended by a reset of the graphics driver."""
        elsewhere = before is not None and before.pid != os.getpid() and _runs(before)
        self.second = elsewhere and not self.was_reset
        """Another show runs already; this one keeps nothing."""
        gone = None if self.second else before
        self.crashes, self._resets = (gone.crashes_so_far, gone.resets) if gone else (0, 0)
        self.same_request = before is not None and before.request == request
        self._steady = False
        self._noted = gone.request if gone else request
        if not self.second:
            try:
                self._write()
            except KeyboardInterrupt:
                self.withdraw()
                raise

    @property
    def crashed(self) -> bool:
        """Whether the last run did not end by itself."""
        return self.crashes > 0 or self.was_reset

    @property
    def offers_safe_mode(self) -> bool:
        """Whether it is time to think of --safe."""
        return self.crashes >= SAFE_AFTER

    def begin(self) -> None:
        """The first picture is out: what is kept from now on is of this request."""
        if not self.second and self._noted != self._request:
            self._noted = self._request
            self._write()

    def withdraw(self) -> None:
        """Nothing came of this run, and it was no crash: leave everything as it was found."""
        if self.second:
            return
        with contextlib.suppress(UserError, OSError):
            if self._found:
                files.replace(self._path, self._found)
            else:
                self._path.unlink()

    def step(self, seconds: float) -> None:
        """Let time pass: after a while the run counts as a good one."""
        if not self._steady and seconds >= STEADY_SECONDS:
            self._steady = True
            if not self.second:
                self._write()

    def reset(self) -> None:
        """The graphics driver was reset: this run is over, the next goes on where it was."""
        if not self.second:
            self._resets = 1 if self._steady else self._resets + 1
            self._write(was_reset=True)

    def _write(self, *, was_reset: bool = False) -> None:
        crashes = 0 if self._steady else self.crashes
        resets = self._resets if was_reset or not self._steady else 0
        pid = os.getpid()
        note = Note(pid=pid, began=began(pid), request=self._noted, crashes=crashes, resets=resets, was_reset=was_reset)
        with contextlib.suppress(UserError):  # a folder that cannot be written: the show goes on without a sentinel
            files.replace(self._path, note.model_dump_json().encode())

    def end(self) -> None:
        """The run ended as it should."""
        if not self.second:
            with contextlib.suppress(OSError):
                self._path.unlink()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _read(data: bytes) -> Note | None:
    try:
        return Note.model_validate_json(data)
    except ValueError:
        return None


def _runs(note: Note) -> bool:
    """Return whether the run that a note is of goes on."""
    return is_alive(note.pid) and note.began in ("", began(note.pid))


def began(pid: int) -> str:
    """Return when a process began, in a form that no other process of its number has; "" where nobody says (Linux)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    return f"{boot} {fields[19]}" if len(fields := _stat(pid)) > 19 else ""


def is_alive(pid: int) -> bool:
    """Return whether a process of this number runs."""
    if os.name == "nt":
        return _is_alive_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Return whether a process has ended and only waits to be noticed by its parent (Linux)."""
    return _stat(pid)[:1] == ["Z"]


def _stat(pid: int) -> list[str]:
    """Return what Linux tells of a process, from its state on (proc_pid_stat(5)); nothing elsewhere."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _is_alive_windows(pid: int) -> bool:
    import ctypes

    kernel: object = getattr(ctypes, "windll").kernel32  # noqa: B009 - exists on Windows only
    handle = kernel.OpenProcess(0x1000, False, pid)  # type: ignore[attr-defined] # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))  # type: ignore[attr-defined]
    kernel.CloseHandle(handle)  # type: ignore[attr-defined]
    return code.value == 259  # STILL_ACTIVE
