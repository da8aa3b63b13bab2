"""Weights come from a server on this machine: whole, cut, resumed, wrong, too large, and by two at once."""

import hashlib
import itertools
import os
import re
import shutil
import threading
from collections import namedtuple
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.problems import UserError
from app.training.judges import weights
from app.training.judges.openai_clip import open_published
from app.training.judges.weights import WeightsFile, download, ensure

from .conftest import published

CONTENT = bytes(itertools.islice(itertools.cycle(range(251)), 300_000))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT; `cut_after` bytes of each answer, ranges if `ranges`, after `gate` opens."""

    content = CONTENT
    ranges = True
    cut_after: int | None = None
    status = 200
    promised: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str | None] = []
        self.gate = threading.Event()
        self.gate.set()

    def file(self, *more: str, sha256: str = SHA256) -> WeightsFile:
        return WeightsFile("w.pt", (*more, f"http://127.0.0.1:{self.server_port}/w.pt"), sha256, "MIT")


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        start = int(re.findall(r"\d+", wanted)[0]) if wanted and self.server.ranges else 0
        body = self.server.content[start:]
        if start and not body:
            self.send_error(416)
            return
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(self.server.promised or len(body)))
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        self.server.gate.wait(60)
        self.wfile.write(body[: self.server.cut_after])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield running
        running.shutdown()


def quiet(have: int, total: int | None) -> None:
    pass


def test_a_file_is_downloaded_and_hashed(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = download(server.file(), tmp_path / "new" / "folder", lambda have, total: seen.append((have, total)))
    assert path.read_bytes() == CONTENT and path.name == "w.pt"
    assert seen[-1] == (len(CONTENT), len(CONTENT)) and [have for have, _ in seen] == sorted(have for have, _ in seen)
    assert not list(path.parent.glob("*.part"))


def test_what_is_there_is_used_and_nobody_is_asked(server: Server, cache: Path) -> None:
    (cache / "w.pt").write_bytes(CONTENT)
    assert ensure(server.file()) == cache / "w.pt" and server.asked == []


def test_the_licence_is_shown(server: Server, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ensure(server.file()).read_bytes() == CONTENT
    assert "licence of the weights: MIT" in capsys.readouterr().err


def test_a_harmed_file_is_replaced(server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "w.pt").write_bytes(CONTENT[:1000])
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT
    assert "SHA-256 is wrong" in caplog.text


@pytest.mark.parametrize("have", [1, 100_000, len(CONTENT) - 1])
def test_a_download_goes_on_where_it_was_cut(server: Server, tmp_path: Path, have: int) -> None:
    (tmp_path / "w.pt.part").write_bytes(CONTENT[:have])
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT
    assert server.asked == [f"bytes={have}-"]


def test_a_part_that_is_whole_needs_no_server(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.pt.part").write_bytes(CONTENT)
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT
    assert server.asked == []


def test_a_server_without_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / "w.pt.part").write_bytes(b"x" * 1000)
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT


def test_a_part_longer_than_the_file_starts_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.pt.part").write_bytes(CONTENT + b"more")
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_line_that_breaks_again_and_again_still_brings_the_file(server: Server, tmp_path: Path) -> None:
    server.cut_after = 70_000
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT
    assert server.asked == [None, *(f"bytes={have}-" for have in (70_000, 140_000, 210_000, 280_000))]


def test_a_cut_download_is_kept_and_said(server: Server, tmp_path: Path) -> None:
    server.cut_after = 10_000
    with pytest.raises(UserError, match=r"cut after 0\.1 of 0\.3 MB.*by hand.*--judge-weights FILE") as told:
        download(server.file(), tmp_path, quiet)
    assert "\n" not in str(told.value) and not (tmp_path / "w.pt").exists()
    assert (tmp_path / "w.pt.part").read_bytes() == CONTENT[: 10_000 * weights.ATTEMPTS]
    server.cut_after = None
    assert download(server.file(), tmp_path, quiet).read_bytes() == CONTENT


def test_a_wrong_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    server.content = b"<html>please log in to the hotel</html>"
    with pytest.raises(UserError, match="gave another file") as told:
        download(server.file(), tmp_path, quiet)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "w.pt").exists() and not (tmp_path / "w.pt.part").exists()


def test_the_next_address_is_tried(server: Server, tmp_path: Path) -> None:
    file = server.file("http://127.0.0.1:1/none", f"http://127.0.0.1:{server.server_port}/w.pt")
    assert download(file, tmp_path, quiet).read_bytes() == CONTENT


@pytest.mark.parametrize("status", [404, 503])
def test_a_refusal_is_one_line(server: Server, tmp_path: Path, status: int) -> None:
    server.status = status
    with pytest.raises(UserError, match=f"the server says {status}") as told:
        download(server.file(), tmp_path, quiet)
    assert "\n" not in str(told.value) and len(server.asked) == 1


def test_no_internet_says_how_to_get_the_file(server: Server, tmp_path: Path) -> None:
    urls = ("http://127.0.0.1:1/w.pt", "http://127.0.0.1:1/again/w.pt")
    match = r"no internet.*put http://127\.0\.0\.1:1/w\.pt by hand into .*--judge-weights FILE"
    with pytest.raises(UserError, match=match) as told:
        download(WeightsFile("w.pt", urls, SHA256, "MIT"), tmp_path, quiet)
    text = str(told.value)
    assert text.count("http://") == text.count("no internet") == 1 and str(tmp_path) in text
    assert len(text.replace(str(tmp_path), "")) < 220


def test_a_full_disk_is_seen_before_the_download(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1, 1, 1000))
    with pytest.raises(UserError, match="the disk is too full: 0 MB are needed and 0 MB are free"):
        download(server.file(), tmp_path, quiet)


def test_a_disk_that_fills_meanwhile_is_one_line(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(have: int, total: int | None) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match="No space left on device; free some space"):
        download(server.file(), tmp_path, full)


def test_more_than_any_judge_has_is_refused(server: Server, tmp_path: Path) -> None:
    server.promised = 5 * 2**30
    with pytest.raises(UserError, match="not a judge's weights"):
        download(server.file(), tmp_path, quiet)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_line(server: Server, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        download(server.file(), tmp_path, quiet)


def test_a_folder_in_its_place_is_one_line(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.pt").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        download(server.file(), tmp_path, quiet)


def test_two_at_once_download_it_once(server: Server, tmp_path: Path) -> None:
    server.gate.clear()
    paths: list[Path] = []
    both = [threading.Thread(target=lambda: paths.append(download(server.file(), tmp_path, quiet))) for _ in range(2)]
    for one in both:
        one.start()
    server.gate.set()
    for one in both:
        one.join(20)
    assert [path.read_bytes() == CONTENT for path in paths] == [True, True]
    assert server.asked == [None]


@pytest.mark.parametrize("kind", ["vit", "rn"])
def test_a_judge_is_downloaded_read_and_opened_again_without_a_server(
    server: Server, cache: Path, archives: dict[str, Path], kind: str
) -> None:
    row: Any = published("tiny", archives[kind], kind)
    server.content = archives[kind].read_bytes()
    file = WeightsFile(f"{kind}.pt", server.file().urls, row.file.sha256, "MIT")
    row = type(row)(row.name, file, row.sizes)
    first = open_published(row)
    assert (cache / f"{kind}.pt").is_file() and first.info.family == "OpenAI WIT-400M"
    assert open_published(row).info == first.info and server.asked == [None]
