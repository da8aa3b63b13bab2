"""The file of a recording: names, the container, and a file that stays playable whatever happens.

MP4 and MOV are written as fragments of a quarter of a second and become an ordinary file in place when closed (FFmpeg's
`hybrid_fragmented`): after a kill the named file itself plays. Used on the encoder thread, made on the main one.
"""

import errno
import os
import re
import time
from pathlib import Path
from typing import Any, BinaryIO

from app import paths
from app.problems import UserError

TAG = "Clavilux"
FRAGMENT_SECONDS = 0.25
CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}


def default_path(look_name: str) -> Path:
    """Return where a recording of this look goes: "2026-11-21 21.03.12 look.mp4" in the recordings folder."""
    safe = re.sub(r"[^\w .()+-]+", "_", look_name)[:60].strip(" ._")
    stamp = time.strftime("%Y-%m-%d %H.%M.%S")
    return paths.recordings() / f"{stamp} {safe or 'look'}.mp4"


def container_of(path: Path) -> str:
    """Return the container format for a file name; `UserError` for one that cannot be recorded."""
    if path.suffix.lower() not in CONTAINERS:
        raise UserError(f"{path}: cannot record '{path.suffix}' files; name it .mp4, .mov or .mkv")
    return CONTAINERS[path.suffix.lower()]


def _box_size(header: bytes) -> int:
    size = int.from_bytes(header[:4], "big")
    return int.from_bytes(header[8:16], "big") if size == 1 else size


def reason(error: OSError) -> str:
    """Say in words what the system refused."""
    named = {
        errno.ENOSPC: "disk full",
        errno.EDQUOT: "disk quota used up",
        errno.EFBIG: "file too large for this disk",
        errno.EROFS: "folder is read-only",
        errno.EACCES: "folder is read-only",
        errno.EPERM: "folder is read-only",
        errno.ENOENT: "folder does not exist",
        errno.ENOTDIR: "folder does not exist",
        errno.EIO: "disk error",
    }
    return named.get(error.errno or 0, (error.strerror or str(error)).lower())


class SafeFile:
    """A file for the muxer to write; after the first error nothing more is written, so that what is there stays good.

    Errors are kept in `error` rather than raised: they would have to pass through FFmpeg's C code.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None
        self.bytes = 0
        """Size of the file."""

    def write(self, data: bytes) -> int:
        """Write all of `data` or note the error; always claims success."""
        view = memoryview(data)
        try:
            while self.error is None and view.nbytes:
                view = view[self._file.write(view) :]
            self.bytes = max(self.bytes, self._file.tell())
        except OSError as error:
            self.error = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move the write position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the write position."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Tell the muxer that it may patch the header."""
        return True

    def read(self, size: int) -> bytes:
        """Refuse to be read: recordings are only written."""
        raise OSError(errno.EBADF, f"cannot read {size} bytes from a recording")

    def close(self) -> None:
        """Flush to the disk and close; notes the error if that fails. Safe to call twice."""
        if self._file.closed:
            return
        try:
            with self._file:
                if self.error is None:
                    os.fsync(self._file.fileno())
        except OSError as error:
            self.error = self.error or error


def cut_to_whole_boxes(path: Path) -> None:
    """Cut an MP4 that broke off back to the end of its last whole fragment; strict players need that.

    What a power cut left unwritten can be zeros: no box begins with them.
    """
    size = path.stat().st_size
    with path.open("r+b") as file:
        at = whole = 0
        while at < size:
            file.seek(at)
            header = file.read(16).ljust(16, b"\0")
            if _box_size(header) < 8 or not header[4:8].isalnum():
                break
            at += _box_size(header)
            if at <= size and header[4:8] != b"moof":  # a fragment's index is of no use without its data
                whole = at
        file.truncate(whole)


def mend(path: Path) -> bool:
    """Make a recording that broke off play again, if it doesn't; return whether that was needed and done.

    A kill leaves whole fragments, which play; a power cut may leave half of a fragment's index, and then FFmpeg's
    players open nothing of the file.
    """
    if path.suffix.lower() not in (".mp4", ".mov") or not path.is_file() or playable_seconds(path) is not None:
        return False
    with path.open("rb") as file:
        if file.read(8)[4:] != b"ftyp":  # not one of ours
            return False
    cut_to_whole_boxes(path)
    return playable_seconds(path) is not None


def playable_seconds(path: Path) -> float | None:
    """Return how much of a video a player will find: 0 where the file does not say, None where it is no video."""
    import av
    from av.error import EOFError as NothingError
    from av.error import FFmpegError, InvalidDataError

    try:
        with av.open(str(path)) as video:
            return (video.duration or 0) / 1_000_000
    except (InvalidDataError, NothingError):
        return None
    except FFmpegError:
        return 0.0


def free_name(path: Path) -> Path:
    """Return `path`, or, where that exists, the first of its name with -2, -3 … that does not."""
    named, number = path, 1
    while os.path.lexists(named):
        number += 1
        named = path.with_stem(f"{path.stem}-{number}")
    return named


def create(path: Path, *, replace: bool) -> tuple[Path, SafeFile]:
    """Open a file for a recording; unless `replace`, an existing one is kept and -2, -3 … appended to the name."""
    while True:
        named = path if replace else free_name(path)
        try:
            return named, SafeFile(named.open("wb" if replace else "xb", buffering=0))
        except FileExistsError:  # made this very moment by another
            continue
        except OSError as error:
            raise UserError(f"{path}: cannot record there: {reason(error)}; choose another folder") from None


def open_container(file: SafeFile, container: str) -> Any:
    """Return a PyAV output container that writes to `file` in crash-proof pieces."""
    import av

    options = {"flush_packets": "1"}
    if container == "matroska":
        options |= {"cluster_time_limit": str(int(FRAGMENT_SECONDS * 1000))}
    else:
        fragment = str(int(FRAGMENT_SECONDS * 1_000_000))
        options |= {"movflags": "hybrid_fragmented+delay_moov", "frag_duration": fragment}
    opened = av.open(file, "w", format=container, options=options)
    opened.metadata["comment"] = TAG
    return opened
