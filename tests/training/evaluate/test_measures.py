"""What needs no judge: SSIM, motion, looks, 16-bit parity, speed."""

import math
import wave
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio.features import FEATURES
from app.cppn import reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.problems import UserError
from app.training.evaluate import motion, parity, quick, speed
from app.training.evaluate.frames import Brush, Moment, draw, greyscale, luma, moments, spread
from app.training.evaluate.looks import colour_histogram, looks, overlap
from app.training.evaluate.ssim import consecutive, ssim
from app.training.evaluate.tracks import FPS, Track, hear

from .conftest import noise_style, painted, small_style

SIZE = (48, 32)
QUIET = Moment(1.0, (0.5,) * 9)


def noise(count: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(0, 1, (count, 40, 50)).astype(np.float32)


def test_ssim_is_1_for_the_same_picture_and_near_0_for_noise() -> None:
    assert ssim(noise(2), noise(2)) == pytest.approx([1, 1])
    assert abs(ssim(noise(1), noise(1, seed=1))[0]) < 0.1
    dimmed = ssim(noise(1), noise(1) * 0.5)[0]
    assert 0.2 < dimmed < 0.95


def test_a_finished_style_tells_how_it_moves(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "hear", lambda path, seconds: track)
    still = quick.measured(painted((0.2, 0.4, 0.9), "still", ())).header
    assert (still.flash_score, still.scores) == (0.0, {"reaction": 0.0, "ssim": 1.0})
    noisy = quick.measured(noise_style())
    assert noisy.header.scores["ssim"] < 0.3
    when = spread([track], quick.MOMENTS)
    with Brush(noisy) as brush:
        answer = motion.reaction(partial(brush.draw, size_px=quick.FILM_PX), when, noisy.arch.inputs)
    assert noisy.header.scores["reaction"] == pytest.approx(answer.mean, abs=1e-3)


def test_a_style_that_jumps_with_the_music_is_turned_down(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "hear", lambda path, seconds: track)
    wild = quick.quieter(random_style(3, Arch(width=16, depth=2)), 60.0)
    when = spread([track], quick.MOMENTS)
    with Brush(wild) as brush:
        before = motion.reaction(partial(brush.draw, size_px=quick.FILM_PX), when, wild.arch.inputs).mean
    assert before > quick.LIVELIEST
    calm = quick.measured(wild)
    assert 0.1 < calm.header.scores["reaction"] <= quick.LIVELIEST
    middle = (0.5,) * len(FEATURES)
    assert np.allclose(reference.render(wild, 8, 8, 1.0, middle), reference.render(calm, 8, 8, 1.0, middle), atol=1e-4)


@pytest.mark.parametrize("count", [2, 32, 33, 34, 66, 70])
def test_consecutive_pairs_are_all_there_in_order(count: int) -> None:
    film = noise(count)
    film[-1] = film[-2]
    alike = consecutive(film)
    assert len(alike) == count - 1
    assert alike[-1] == pytest.approx(1)
    if count > 2:
        assert alike[:-1].max() < 0.2


def test_white_noise_flickers_and_a_still_does_not(track: Track) -> None:
    found = {}
    for style in (noise_style(), painted((0.2, 0.4, 0.9), "still", ())):
        film = draw(style, moments(track), SIZE)
        with Brush(style) as brush:
            trembling = motion.flicker(partial(brush.draw, size_px=SIZE), spread([track], 4))
        found[style.name] = motion.motion(track.name, film), trembling
    still, trembles = found["still"]
    assert (still.ssim, still.ssim_lowest, still.flashing) == pytest.approx((1, 1, 0))
    assert trembles == pytest.approx(0)
    noisy, trembles = found["noise"]
    assert noisy.ssim < 0.3
    assert trembles > 0.5


def test_a_strobe_counts_as_flashing_after_its_fourth_flash_and_a_slow_one_never() -> None:
    def strobe(hz: float) -> NDArray[np.uint8]:
        on = np.arange(2 * FPS) / FPS * hz % 1 < 0.5
        return np.broadcast_to(np.where(on, 255, 0).astype(np.uint8)[:, None, None, None], (len(on), 36, 64, 3))

    assert motion.flashing(strobe(2)) == 0
    assert 0.5 < motion.flashing(strobe(10)) < 1
    corner = strobe(10).copy()
    corner[:, 4:], corner[:, :, 8:] = 90, 90
    assert motion.flashing(corner) == 0


def test_a_style_answers_to_what_it_listens_to() -> None:
    style = small_style()
    with Brush(style) as brush:
        found = motion.reaction(partial(brush.draw, size_px=SIZE), [QUIET], ("x", "bass", "beat"))
    assert set(found.inputs) == {"bass", "beat"}
    assert found.largest >= found.mean > 0.01
    deaf = painted((0.5, 0.1, 0.1), "deaf", ())
    with Brush(deaf) as brush:
        assert motion.reaction(partial(brush.draw, size_px=SIZE), [QUIET], deaf.arch.inputs).largest == 0


def test_reaction_is_the_change_per_unit_over_the_pictures_own_spread() -> None:
    ramp = np.tile(np.linspace(50, 150, 64)[None, :, None], (8, 1, 3))

    def drawn(moment: Moment) -> NDArray[np.uint8]:
        return np.rint(ramp + 20 * moment.heard[1]).astype(np.uint8)

    found = motion.reaction(drawn, [QUIET], ("bass",))
    assert found.inputs["bass"] == pytest.approx(20 / ramp.std(), rel=0.03)


def test_the_same_colours_on_two_tracks() -> None:
    red = np.zeros((3, 16, 16, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    assert motion.across([red]) is None
    found = motion.across([red, red])
    assert found is not None
    assert (found.colours, found.ssim) == pytest.approx((1, 1))
    assert overlap(colour_histogram(red), colour_histogram(255 - red)) == 0


def test_looks_of_a_flat_red_and_of_noise() -> None:
    red = np.zeros((1, 32, 32, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    flat = looks(red)
    assert (flat.std, flat.flat, flat.clipped, flat.saturation, flat.hues[0]) == pytest.approx((0, 1, 1, 1, 1))
    speckle = looks(np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8))
    assert speckle.energy_high > 0.5 > flat.energy_high
    assert speckle.flat == 0
    assert sum(speckle.hues) == pytest.approx(1)
    assert sum(looks(greyscale(red)).hues) == 0


def test_greyscale_keeps_brightness() -> None:
    film = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    assert luma(greyscale(film)) == pytest.approx(luma(film), abs=0.003)


def test_fp16_parity() -> None:
    exact = painted((0.5, 0.5, 0.5), "grey", ())  # zero weights and zero logits are exact in 16 bits
    assert parity.fp16_parity(exact, [QUIET]) == parity.Parity(0, parity.BEST_DB)
    close = parity.fp16_parity(small_style(), [QUIET])
    assert 0 < close.worst_levels < 10
    assert 40 < close.psnr_db < parity.BEST_DB
    assert parity.fp16_parity(noise_style(), [QUIET]).psnr_db < 30


def test_frames_are_those_of_the_oracle_top_row_first() -> None:
    from app.cppn.reference import render

    style = small_style()
    exact = render(style, *SIZE, QUIET.seconds, QUIET.heard) * 255
    assert np.abs(draw(style, [QUIET], SIZE)[0] - exact).max() <= 2.01


def test_speed_names_the_backends_that_cannot_draw() -> None:
    found = {each.backend: each for each in speed.speeds(small_style(), (32, 18))}
    assert set(found) == {"cpu", "cuda", "glsl"}
    assert found["cpu"].fps > 0
    assert all((each.fps > 0) != bool(each.reason) for each in found.values())
    assert "cores" in speed.machine()


def test_a_track_is_the_middle_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "late.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        tone = np.sin(np.arange(8000) / 8000 * 2 * math.pi * 440) * 20_000
        out.writeframes(np.concatenate([np.zeros(8000), tone, np.zeros(8000)]).astype("<i2").tobytes())
    track = hear(path, seconds=2.0)
    assert (track.name, track.start_seconds, track.seconds, len(track.samples)) == ("late", 0.5, 2.0, 16_000)
    loudness = track.heard[:, 0]
    assert loudness[:25].max() < 0.1 < loudness[60:80].min()
    assert len(hear(path, seconds=60.0).heard) == 3 * FPS
    with pytest.raises(UserError, match=r"no\.wav: no such file"):
        hear(tmp_path / "no.wav")
