from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from app.output.codec import x264_options
from app.output.encode import Encoder, frame_rate
from app.output.muxer import container_of, create


def nv12(colour: tuple[int, int, int], size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture of one colour, by FFmpeg's own conversion."""
    rgb = av.VideoFrame.from_ndarray(np.full((size_px[1], size_px[0], 3), colour, np.uint8), format="rgb24")
    return np.asarray(rgb.reformat(format="nv12", dst_colorspace=1, dst_color_range=1).to_ndarray())


COLOURS = [(255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 64, 200), (17, 200, 90)]


@pytest.mark.parametrize(
    ("fps", "exact"), [(30, Fraction(30)), (30_000 / 1001, Fraction(30_000, 1001)), (12.5, Fraction(25, 2))]
)
def test_rates_are_exact(fps: float, exact: Fraction) -> None:
    assert frame_rate(fps) == exact


def test_live_settings_fit_the_machine() -> None:
    assert x264_options((1280, 720), Fraction(30), 8, 16e6, live=True)["preset"] == "veryfast"
    assert x264_options((1280, 720), Fraction(30), 2, 16e6, live=True)["preset"] == "ultrafast"
    assert x264_options((3840, 2160), Fraction(60), 2, 16e6, live=False)["preset"] == "medium"


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_colours_come_back_as_they_were(suffix: str, tmp_path: Path, play: Callable[[Path], Any]) -> None:
    path, file = create(tmp_path / f"colours{suffix}", replace=False)
    encoder = Encoder(file, container_of(path), (66, 34), Fraction(10), 48_000, live=False)
    for slot, colour in enumerate(COLOURS):
        encoder.picture(slot, nv12(colour, (66, 34)))
        encoder.sound(np.zeros((4800, 2), np.float32))
    encoder.finish()
    film = play(path)
    for picture, colour in zip(film.pictures, COLOURS, strict=True):
        assert np.abs(picture.astype(int) - colour).max() <= 4
    with av.open(str(path)) as video:
        context = video.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert context.pix_fmt == "yuv420p"


def test_a_video_of_any_length_is_whole_to_its_last_picture(tmp_path: Path, play: Callable[[Path], Any]) -> None:
    for count in range(1, 16):
        path, file = create(tmp_path / f"{count}.mp4", replace=False)
        encoder = Encoder(file, "mp4", (16, 16), Fraction(10), 48_000, live=False)
        for slot in range(count):
            encoder.picture(slot, nv12((slot * 16,) * 3, (16, 16)))
            encoder.sound(np.zeros((4800, 2), np.float32))
        encoder.finish()
        film = play(path)
        assert film.picture_seconds == pytest.approx([k / 10 for k in range(count)])
        assert film.video_seconds == film.audio_seconds == pytest.approx(count / 10)
