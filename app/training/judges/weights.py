"""Weight files of judges: looked for in the usual cache, downloaded once, checked by SHA-256. Any process.

A download goes to NAME.part, goes on where it was cut, and takes its name only when the hash is right. One process
downloads a file at a time, others wait for it. Nothing is opened or run here.
"""

import hashlib
import http.client
import logging
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from app.problems import UserError

log = logging.getLogger("clavilux")

Report = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes there will be (None = unknown)."""

CHUNK_BYTES = 1 << 20
MOST_BYTES = 4 * 2**30
SILENCE_SECONDS = 30
ATTEMPTS = 8
"""How often a download that was cut goes on by itself, if each time some more has come."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One published file. Every address leads to the same bytes: those of `sha256` (hexadecimal)."""

    name: str
    urls: tuple[str, ...]
    sha256: str
    licence: str


class _Cut(Exception):  # noqa: N818 - a state of the line, not a mistake
    """The line broke or the server refused; the text says how. What has come so far stays."""


def cache_folder() -> Path:
    """Return where CLIP weights usually lie; other programs use it too."""
    return Path.home() / ".cache" / "clip"


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file. `UserError` if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def ensure(file: WeightsFile) -> Path:
    """Return the path of a published file, downloading it with a progress bar if it isn't there or is harmed."""
    folder = cache_folder()
    if _is_whole(folder / file.name, file.sha256):
        return folder / file.name
    with _bar(file) as report:
        return download(file, folder, report)


def download(file: WeightsFile, folder: Path, report: Report) -> Path:
    """Download into `folder` and return the path. Waits while another process downloads the same file.

    `UserError` says what stopped it: no internet, a cut line, a wrong hash, a full disk.
    """
    target = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f"{file.name}.lock"):
            if not _is_whole(target, file.sha256):  # what another process finished meanwhile is used
                _download(file, target, report)
    except OSError as error:
        hint = "free some space or name a file with --judge-weights FILE; what has come so far is kept"
        raise UserError(f"{target}: cannot be written: {error.strerror or error}; {hint}") from None
    return target


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of a download; a process that dies lets go of it."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("another process downloads %s; waiting for it", path.with_suffix("").name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_whole(path: Path, sha256: str) -> bool:
    if path.is_dir():
        raise UserError(f"{path}: is a folder, where a judge's weights should be; move it away")
    if not path.exists():
        return False
    if sha256_of(path) == sha256:
        return True
    log.warning("%s: incomplete or changed (its SHA-256 is wrong); downloading it again", path)
    return False


def _download(file: WeightsFile, target: Path, report: Report) -> None:
    """Try each address, going on where the last left off; the first whose bytes have the right hash is it."""
    part = target.with_name(f"{file.name}.part")
    if part.is_file() and sha256_of(part) == file.sha256:
        part.replace(target)
        return
    reasons: dict[str, None] = {}  # each once: two addresses mostly fail for one reason
    for url in file.urls:
        try:
            digest = _fetch(url, part, report)
        except _Cut as cut:
            reasons[str(cut)] = None
            continue
        if digest == file.sha256:
            part.replace(target)
            return
        part.unlink()
        reasons[f"the server gave another file (SHA-256 {digest[:12]}…, expected {file.sha256[:12]}…)"] = None
    raise UserError(
        f"{file.name} cannot be downloaded ({'; '.join(reasons)}): try again, or put {file.urls[0]} by hand into "
        f"{target.parent}, or name it with --judge-weights FILE"
    )


def _fetch(url: str, part: Path, report: Report) -> str:
    """Download to `part` and return its SHA-256; a cut line is taken up again as long as something comes."""
    for _ in range(ATTEMPTS - 1):
        before = _length(part)
        try:
            return _fetch_once(url, part, report)
        except _Cut:
            if _length(part) <= before:
                raise
    return _fetch_once(url, part, report)


def _length(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _fetch_once(url: str, part: Path, report: Report) -> str:
    """Ask for what is missing, append it, and hash all of it on the way."""
    have = _length(part)
    with _ask(url, have) as response:
        have = have if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
        total = _total(response, have)
        _check_room(part.parent, total, have)
        digest = hashlib.sha256()
        with part.open("r+b" if have else "wb") as file:
            while have and (chunk := file.read(CHUNK_BYTES)):
                digest.update(chunk)
            for chunk in _chunks(response):
                file.write(chunk)
                digest.update(chunk)
                have += len(chunk)
                report(have, total)
                if have > MOST_BYTES:
                    break  # no judge's weights: the hash will say so
    if total is not None and have < total:
        raise _Cut(f"the connection was cut after {have / 1e6:.1f} of {total / 1e6:.1f} MB, which are kept")
    return digest.hexdigest()


def _ask(url: str, have: int) -> http.client.HTTPResponse:
    """Ask for an address from byte `have` on; a server that has no such byte is asked for the whole."""
    headers = {"User-Agent": "clavilux"} | ({"Range": f"bytes={have}-"} if have else {})
    request = urllib.request.Request(url, headers=headers)
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=SILENCE_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if have and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return _ask(url, 0)
        raise _Cut(f"the server says {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise _Cut(f"no internet, or no such server ({error.reason})") from None
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(f"no answer ({error or type(error).__name__})") from None
    return response


def _total(response: http.client.HTTPResponse, have: int) -> int | None:
    """Return the size of the whole file; refuse an answer that goes on from another byte than the one asked for."""
    if have and not (response.headers.get("Content-Range") or "").startswith(f"bytes {have}-"):
        raise _Cut("the server goes on from another place")
    length = response.headers.get("Content-Length", "")
    return have + int(length) if length.isascii() and length.isdigit() else None


def _check_room(folder: Path, total: int | None, have: int) -> None:
    free = shutil.disk_usage(folder).free
    if total is not None and total > MOST_BYTES:
        raise _Cut(f"offers {total / 2**30:.1f} GB, which is not a judge's weights")
    if total is not None and total - have > free:
        missing = f"{(total - have) / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free"
        raise UserError(f"{folder}: the disk is too full: {missing}; free some, or use --judge-weights FILE")


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield what comes, which may end early."""
    while True:
        try:
            chunk = response.read1(CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _Cut(f"the connection was cut ({error or type(error).__name__}); what has come is kept") from None
        if not chunk:
            return
        yield chunk


@contextmanager
def _bar(file: WeightsFile) -> Iterator[Report]:
    """Show the licence and a progress bar on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(file=sys.stderr)
    console.print(
        f"Downloading {file.name} to {cache_folder()}; licence of the weights: {file.licence}", soft_wrap=True
    )
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(file.name, total=None)
        yield lambda have, total: bar.update(task, completed=have, total=total)
