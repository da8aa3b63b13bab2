"""The encoder: opened before it is trusted, its preset chosen by a measurement that is kept."""

from fractions import Fraction

import pytest

from app import paths
from app.output import codec


def test_an_encoder_that_does_not_open_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "HARDWARE", "no_such_encoder")
    codec.hardware.cache_clear()
    assert not codec.hardware()
    assert codec.choose((640, 360), Fraction(30), live=True).name == "libx264"
    codec.hardware.cache_clear()


def test_a_card_records_the_show_and_never_a_render(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "hardware", lambda: True)
    live = codec.choose((640, 360), Fraction(30), live=True)
    assert (live.name, live.options["g"]) == ("h264_nvenc", "60")
    assert codec.choose((640, 360), Fraction(30), live=False).name == "libx264"


def test_the_measurement_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    speed = codec.veryfast_px_per_core_second()
    assert speed > 1e5
    monkeypatch.setattr(codec, "_measured", lambda: pytest.fail("measured again"))
    assert codec.veryfast_px_per_core_second() == speed


@pytest.mark.parametrize("text", ["", "[]", '{"": 5', "null", '{"x": "fast"}'])
def test_a_note_that_makes_no_sense_is_measured_again(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (paths.cache() / "x264.json").write_text(text)
    monkeypatch.setattr(codec, "_measured", lambda: 5e6)
    assert codec.veryfast_px_per_core_second() == 5e6
