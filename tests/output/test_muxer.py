import errno
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.output.muxer import (
    SafeFile,
    container_of,
    create,
    cut_to_whole_boxes,
    default_path,
    mend,
    playable_seconds,
    reason,
)
from app.problems import UserError


def box(name: bytes, size: int) -> bytes:
    return size.to_bytes(4, "big") + name + bytes(size - 8)


@pytest.mark.parametrize("look", ["Slow glass", "../../etc/passwd", 'a:b*c?"d"', "", "…", "x" * 300, "\n\0"])
def test_a_recording_is_named_after_time_and_look_and_stays_in_its_folder(
    look: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAVILUX_HOME", str(tmp_path))
    path = default_path(look)
    assert path.parent == tmp_path / "recordings"
    assert path.suffix == ".mp4"
    assert len(path.name) < 100
    path.touch()


def test_an_existing_file_is_never_overwritten_live(tmp_path: Path) -> None:
    first = tmp_path / "show.mp4"
    first.write_bytes(b"precious")
    names = []
    for _ in range(2):
        path, file = create(first, replace=False)
        file.close()
        names.append(path.name)
    assert names == ["show-2.mp4", "show-3.mp4"]
    assert first.read_bytes() == b"precious"


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(UserError, match="folder does not exist"):
        create(Path("/nowhere/at/all.mp4"), replace=False)


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UserError, match="folder is read-only"):
        create(tmp_path / "show.mp4", replace=False)


def test_what_the_system_refuses_is_said_in_words() -> None:
    assert reason(OSError(errno.EROFS, "x")) == "folder is read-only"
    assert reason(OSError(errno.ENOSPC, "x")) == "disk full"
    assert reason(OSError(errno.EBUSY, "Device busy")) == "device busy"


def test_an_unknown_kind_of_file_is_refused() -> None:
    assert container_of(Path("a.MKV")) == "matroska"
    with pytest.raises(UserError, match=r"'\.avi'"):
        container_of(Path("a.avi"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_noted_once_and_nothing_more_is_written() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        file = SafeFile(full)
        assert file.write(b"12345") == 5
        assert file.error is not None
        assert reason(file.error) == "disk full"
        assert file.write(b"6") == 1
        file.close()
        file.close()


@given(kept=st.integers(0, 80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_broke_off_is_cut_to_its_whole_fragments(kept: int, tmp_path: Path) -> None:
    sizes = [16, 24, 40]
    whole = b"".join(box(name, size) for name, size in zip((b"ftyp", b"moof", b"mdat"), sizes, strict=True))
    path = tmp_path / "boxes.mp4"
    path.write_bytes(whole[:kept])
    cut_to_whole_boxes(path)
    assert path.read_bytes() == whole[: max(end for end in (0, 16, 80) if end <= kept)]


@pytest.mark.parametrize("unwritten", [0, 3, 5000])
def test_a_recording_that_broke_off_in_an_index_plays_again_after_mending(unwritten: int, tmp_path: Path) -> None:
    path = tmp_path / "night.mp4"
    with av.open(str(path), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as video:
        stream = video.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.gop_size = 32, 32, 1
        for _ in range(5):
            video.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        video.mux(stream.encode())
    data = path.read_bytes()
    last = data.rindex(b"moof") - 4
    path.write_bytes(data[: last + 44] + bytes(unwritten))  # a file system may know the size of what is not written
    assert playable_seconds(path) is None
    assert mend(path)
    assert path.read_bytes() == data[:last]
    assert not mend(path), "it plays"
    (tmp_path / "other.mp4").write_bytes(b"no film")
    assert not mend(tmp_path / "other.mp4")
    assert not mend(tmp_path / "gone.mp4")
