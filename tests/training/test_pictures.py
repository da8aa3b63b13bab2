"""Picture prompts: what may be one, and what is told of what may not."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from app.problems import UserError
from app.training.pictures import CROPS, check, load_picture, whole_picture


def test_a_picture_becomes_its_whole_and_four_corners(tmp_path: Path) -> None:
    pixels = np.zeros((30, 60, 3), np.uint8)
    pixels[:15, :30] = 255
    Image.fromarray(pixels).save(tmp_path / "corner.png")
    crops = load_picture(tmp_path / "corner.png")
    assert crops.shape == (len(CROPS), 3, 256, 256)
    means = crops.mean((1, 2, 3)).tolist()
    assert means[0] == pytest.approx(0.25, abs=0.01)
    assert means[1] == max(means) and means[4] == min(means)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "I;16"])
def test_every_kind_of_picture_is_read(mode: str, tmp_path: Path) -> None:
    name = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (20, 10)).save(name)
    assert load_picture(name).isfinite().all()


def test_mean_std_and_size_change_the_whole(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (255, 255, 255)).save(tmp_path / "white.png")
    changed = whole_picture(tmp_path / "white.png", (0.1, 0.0, 0.0), (0.5, 0.5, 0.25), (12, 6))
    assert changed.shape == (1, 3, 6, 12)
    assert changed.mean((0, 2, 3)).tolist() == pytest.approx([0.6, 0.5, 0.25])


def spoil(folder: Path, what: str) -> Path:
    """Make one kind of file that is no picture prompt."""
    place = folder / f"{what}.png"
    if what == "folder":
        place.mkdir()
    elif what == "text":
        place.write_text("not a picture")
    elif what == "empty":
        place.touch()
    elif what == "cut":
        Image.fromarray(np.random.default_rng(1).integers(0, 255, (60, 60, 3), np.uint8)).save(place)
        place.write_bytes(place.read_bytes()[:2000])
    elif what == "animated":
        frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 200)]
        frames[0].save(place, save_all=True, append_images=frames[1:])
    elif what == "many pixels":
        Image.new("1", (20_000, 4000)).save(place)
    elif what == "a bomb":  # the size stands in the first bytes; Pillow looks no further
        chunks = ((b"IHDR", struct.pack(">II5B", 30_000, 30_000, 8, 2, 0, 0, 0)), (b"IDAT", b""))
        parts = [
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        ]
        place.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    elif what == "many bytes":
        with place.open("wb") as file:
            file.truncate(65 * 2**20)
    return place


@pytest.mark.parametrize(("what", "told"), [
    ("missing", "cannot be read as a picture: No such file"), ("folder", "cannot be read as a picture: Is a directory"),
    ("text", "not a picture, or damaged"), ("empty", "not a picture, or damaged"),
    ("cut", "not a picture, or damaged"), ("animated", "is animated; save one frame of it as a PNG"),
    ("many pixels", "20000 × 4000 pixels; at most 64 megapixels"), ("a bomb", "far more than 64 megapixels"),
    ("many bytes", "larger than 64 MB"),
])  # fmt: skip
def test_what_is_no_picture_is_one_line(what: str, told: str, tmp_path: Path) -> None:
    place = spoil(tmp_path, what)
    with pytest.raises(UserError) as error:
        load_picture(place)
    assert told in str(error.value) and str(place) in str(error.value)
    assert "\n" not in str(error.value)
    if what != "cut":  # damage shows when all of it is read
        with pytest.raises(UserError, match=r"cannot be read|animated|megapixels|MB"):
            check(place)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_could_be_read_for_ever_is_refused() -> None:
    with pytest.raises(UserError, match="not a file"):
        check(Path(os.devnull))


def test_reading_draws_no_random_number(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    before = torch.random.get_rng_state()
    load_picture(tmp_path / "a.png")
    assert torch.equal(before, torch.random.get_rng_state())
