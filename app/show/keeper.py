"""The keeper: writes down what is on air while the show runs, so that a relaunch goes on where a crash ended it.

Main thread; the writing itself is an errand, so that a slow disk costs no frame. Files are replaced whole.
"""

import contextlib
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from app import files, paths
from app.audio.errand import Errand
from app.problems import Problems, UserError
from app.show import box, checked, marks, show_file
from app.show.sentinel import Sentinel, is_alive
from app.show.state import State

STATE_SECONDS = 1.0
SHOW_SECONDS = 30.0
"""How often a show file is brought up to date, if anything changed."""
PATIENCE_SECONDS = 5.0
Work = Callable[[], str]


class Kept:
    """The state of the last run, as it is found at the start."""

    def __init__(self, path: Path) -> None:
        self.state: State | None = None
        self.problem = ""
        try:
            self.state = State.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            what = checked.first_of(error) if isinstance(error, ValidationError) else str(error).splitlines()[0]
            self.problem = f"{path}: what was on air cannot be read ({what}); the show begins afresh and replaces it"


def state_path() -> Path:
    """Return where the state of the running show is kept."""
    return paths.data("autosave") / "state.json"


def forget() -> None:
    """Let what the last run had on air be gone; where nothing can be written, a crash brings it back once more."""
    with contextlib.suppress(OSError):
        state_path().unlink(missing_ok=True)


def sentinel_path() -> Path:
    """Return where the sentinel lies."""
    return paths.data("autosave") / "running.json"


def folder_for(pid: int) -> Path:
    """Return an empty folder for an opened show; what processes long gone left behind is removed."""
    for left in paths.cache("open").iterdir():
        if left.name.isdecimal() and not is_alive(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)
    folder = paths.cache("open") / str(pid)
    shutil.rmtree(folder, ignore_errors=True)
    return paths.cache("open", str(pid))


class Keeper:
    """Keeps the state always, and the show file `show` when there is one; `name` is the show's own."""

    def __init__(
        self,
        sentinel: Sentinel,
        problems: Problems,
        show: Path | None = None,
        folder: Path | None = None,
        name: str = "",
    ) -> None:
        self._sentinel, self._problems = sentinel, problems
        self.show, self.name = show, name
        self._folder = folder
        self._errand: Errand[tuple[str, ...]] = Errand(lambda _: None)
        self._waiting: list[Work] = []
        self._next_state_seconds, self._next_show_seconds = 0.0, SHOW_SECONDS
        self._kept = b""
        self._packed: int | None = None
        self._backed_up = False

    def step(self, seconds: float, state: Callable[[], State]) -> None:
        """Write what is due; `state` is asked for only then."""
        self._sentinel.step(seconds)
        for trouble in self._errand.take() or ():
            self._problems.report(trouble)
        if seconds >= self._next_state_seconds and not self._sentinel.second:
            self._next_state_seconds = seconds + STATE_SECONDS
            self._ask(self._state_work(state()))
        if self.show is not None and seconds >= self._next_show_seconds:
            self._next_show_seconds = seconds + SHOW_SECONDS
            self._ask(self._show_work(state()))
        if self._waiting and not self._errand.running:
            work, self._waiting = self._waiting, []
            self._errand.start(lambda: tuple(filter(None, [one() for one in work])))

    def _ask(self, work: Work) -> None:
        if len(self._waiting) < 2:  # a disk that hangs gets no longer list
            self._waiting.append(work)

    def save_soon(self) -> None:
        """Bring the show file up to date with the next frame (a take began, a look was saved)."""
        self._next_show_seconds = 0.0

    def _state_work(self, state: State) -> Work:
        data = state.model_dump_json().encode()

        def work() -> str:
            if data == self._kept:
                return ""
            trouble = _replaced(state_path(), data, private=True)  # it holds the remote's PIN
            self._kept = self._kept if trouble else data
            return trouble

        return work

    def _show_work(self, state: State) -> Work:
        def work() -> str:
            assert self.show is not None
            try:
                data = show_file.gather(self.name, state.at_rest(), self._folder or paths.data())
                packed = zlib.crc32(data)
                if packed == self._packed:
                    return ""
                self._back_up(self.show)
            except OSError as error:
                return f"{self.show}: is not kept: {error.strerror}: {error.filename2 or error.filename}"
            trouble = _replaced(self.show, data)
            self._packed = self._packed if trouble else packed
            return trouble

        return work

    def _back_up(self, show: Path) -> None:
        """Keep the file as it was when it was opened, once."""
        if not self._backed_up and show.is_file():
            shutil.copyfile(show, box.backup(show))
        self._backed_up = True

    def reset(self, state: Callable[[], State]) -> None:
        """Write everything a last time and say that the graphics driver ended the run."""
        self._keep(state)
        self._sentinel.reset()

    def end(self, state: Callable[[], State]) -> None:
        """Write everything a last time and say that all is well."""
        self._keep(state)
        self._sentinel.end()

    def _keep(self, state: Callable[[], State]) -> None:
        self._wait()
        works: list[Work] = []
        with self._problems.guard("autosave"):  # whatever is wrong with it: the run must still be told to have ended
            now = state()
            works += [self._state_work(now)] if not self._sentinel.second else []
            works += [self._show_work(now)] if self.show is not None else []
        for work in works:
            with self._problems.guard("autosave"):
                trouble = work()
                if trouble:
                    self._problems.report(trouble)

    def _wait(self) -> None:
        """Let a writing under way come to its end; a disk that hangs is not waited for long."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while self._errand.running and time.monotonic() < patience:
            time.sleep(0.01)
        self._errand.cancel()


def _replaced(path: Path, data: bytes, *, private: bool = False) -> str:
    """Write a file; return what stopped it, else ""."""
    try:
        files.replace(path, data, private=private)
    except UserError as error:
        return str(error)
    return ""


def load_marks(problems: Problems) -> marks.Marks:
    """Return the marks of the open show, or the user's own; a file that cannot be read is kept beside it."""
    path = paths.own() / show_file.MARKS
    try:
        return marks.load(path)
    except UserError as error:
        problems.report(f"{error}; the show starts without stars and playlists")
        with problems.guard("marks"):
            files.keep_aside(path)
        return marks.Marks()
