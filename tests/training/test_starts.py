"""Where a run starts."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from app.cppn import reference
from app.cppn.net import Net, plane_of
from app.problems import UserError
from app.training import fitting
from app.training.documents import joined
from app.training.experiment import Experiment
from app.training.experiment_file import read_experiment
from app.training.sounds import Practice
from app.training.starts import INPUT_SETS, given, palette_of, pictured, search, still

SMALL = "search: 12\nstyle: {width: 8, depth: 1}\ntargets: [{features: [{text: blue waves}]}]"


def asking(text: str = "") -> Experiment:
    return read_experiment(joined(SMALL, text, "test"), "small", Path())


def brightness(net: Net) -> float:
    plane = torch.rand(1, 8, 8, 2, generator=torch.Generator().manual_seed(1)) * 6.0 - 3.0
    with torch.no_grad():
        return float(net(plane, [0.0], np.full((1, 9), 0.5)).mean())


def test_the_search_holds_the_best_so_far() -> None:
    scores: list[float] = []

    def score(net: Net) -> float:
        scores.append(brightness(net))
        return scores[-1]

    found = list(search(asking(), score))
    assert [tried.count for tried in found] == list(range(1, 13))
    for tried in found:
        assert tried.score == max(scores[: tried.count])
    assert brightness(Net(found[-1].best)) == pytest.approx(max(scores))
    assert len({style.arch.inputs for style in found[-1].finalists}) == len(found[-1].finalists) > 1


def test_the_same_seed_tries_the_same_networks() -> None:
    first, again, other = (
        [tried.best for tried in search(asking(f"seed: {seed}\nsearch: 3"), brightness)][-1] for seed in (1, 1, 2)
    )
    assert np.array_equal(first.layers[0][0], again.layers[0][0])
    assert first.layers[0][0].shape != other.layers[0][0].shape or not np.array_equal(
        first.layers[0][0], other.layers[0][0]
    )


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_search_nobody_is_asked(count: int) -> None:
    def never(net: Net) -> float:
        raise AssertionError(net)

    assert len(list(search(asking(f"search: {count}"), never))) == 1


def test_named_inputs_and_frequency_are_used() -> None:
    text = "search: 4\nstyle: {inputs: [x, y, bass], frequency: 17, activation: gaussian}"
    for tried in search(asking(text), brightness):
        assert tried.best.header.w0 == 17.0
        assert set(tried.best.arch.inputs) >= {"x", "y", "bass"}
        assert "loudness" not in tried.best.arch.inputs


def test_every_set_of_inputs_gets_time_and_sound() -> None:
    for tried in search(asking(f"search: {len(INPUT_SETS)}"), lambda net: float(len(net.arch.inputs))):
        assert {"t", "loudness"} <= set(tried.best.arch.inputs)


def test_some_networks_weigh_the_inputs_of_the_pixel_apart() -> None:
    text = "search: 40\nstyle: {inputs: [x, y]}"
    apart = [
        bool(np.all((tried.best.layers[0][0][:, :2] == 0.0).sum(1) == 1)) for tried in search(asking(text), brightness)
    ]
    assert sum(apart) > 1


def hue(palette: Any) -> int:
    return int(np.argmax(palette.cool))


def test_a_palette_is_made_of_the_named_colours() -> None:
    rng = np.random.default_rng(1)
    assert [hue(palette_of(text, rng)) for text in ("red waves", "green waves", "blue waves")] == [0, 1, 2]
    assert max(palette_of("red and black waves", rng).dark) < 0.05
    assert hue(palette_of("flames", rng)) == 0
    assert palette_of("qwx", rng) != palette_of("qwx", rng)


def test_a_start_has_the_mean_and_spread_that_are_asked_for() -> None:
    text = "search: 1\nstyle: {width: 32}\ninit: {mean: [0.7, 0.4, 0.2], std: 0.1}"
    (tried,) = search(asking(text), brightness)
    heard = np.random.default_rng(1).random((12, 9)).tolist()
    shown = np.stack([reference.render(tried.best, 32, 18, 9.0 * i, tuple(now)) for i, now in enumerate(heard)])
    assert shown.mean((0, 1, 2)) == pytest.approx([0.7, 0.4, 0.2], abs=0.15)
    assert 0.03 < float(shown.std((0, 1, 2)).mean()) < 0.3


def test_a_style_to_go_on_from_is_found_or_named() -> None:
    assert given(asking()) is None
    with pytest.raises(UserError, match="no_such"):
        given(asking("init: {style: no_such}"))


def picture(folder: Path) -> Path:
    """Write a picture whose left half is red and right half blue."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20, 0] = pixels[:, 20:, 2] = 255
    Image.fromarray(pixels).save(folder / "halves.png")
    return folder / "halves.png"


def halves(net: Net) -> float:
    """Return how much redder the left half is than the right, and bluer the right: 0 to 2, on points that stay."""
    places = torch.rand(1, 4096, 1, 2, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        shown = net(plane_of(places, 16 / 9), [0.0], np.full((1, 9), 0.5))[0, :, :, 0]
    left = places[0, :, 0, 0] < 0.5
    red, _, blue = shown[:, left].mean(1) - shown[:, ~left].mean(1)
    return float(red - blue)


def fitted(net: Net, asked: Experiment, aspect: float) -> Iterator[float]:
    wanted = pictured(asked)
    assert wanted is not None
    return fitting.fit(net, wanted, partial(still, Practice(1)), aspect)


@pytest.mark.parametrize("interpolation", ["cubic", "linear", "nearest"])
def test_a_start_picture_is_fitted(interpolation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "STEPS", 120)
    monkeypatch.setattr(fitting, "PIXELS", 256)
    style = "{width: 24, depth: 2, frequency: 16}"
    asked = asking(f"search: 1\nstyle: {style}\ninterpolation: {interpolation}\ninit: {{image: {picture(tmp_path)}}}")
    (tried,) = search(asked, brightness)
    net = Net(tried.best)
    before = halves(net)
    assert len(list(fitted(net, asked, 16 / 9))) == 120
    assert halves(net) > before + 0.6


def test_the_size_of_a_start_picture_and_its_interpolation_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "STEPS", 1)
    place = picture(tmp_path)
    losses = {}
    for name in ("cubic", "nearest"):
        for size in ("", ", resolution: 16"):
            torch.manual_seed(1)
            asked = asking(f"search: 1\ninterpolation: {name}\ninit: {{image: {place}{size}}}")
            (tried,) = search(asked, brightness)
            losses[name, size] = next(fitted(Net(tried.best), asked, 1.0))
    assert len(set(losses.values())) == 4
