"""Postproc: a pull towards the processed picture, without a gradient through the effect."""

import pytest
import torch

from app.training.experiment import Moment, Postproc, Transform
from app.training.expressions import constant, parse, scope
from app.training.postproc import due, processed, pull

SIZE = (32, 32)
PICTURE = torch.rand((2, 3, 32, 32), generator=torch.Generator().manual_seed(4))


def transform(name: str, **params: tuple[float, ...]) -> Transform:
    return Transform(name, {key: tuple(map(constant, values)) for key, values in params.items()})


BORDER = transform("border", size=(1.0, 1.0), color=(0.15, 0.1, 0.05))
MEAN = transform("mean", mean=(0.33,) * 3)


def run(pixels: torch.Tensor, *transforms: Transform) -> torch.Tensor:
    return processed(pixels, transforms, scope(0, 10, SIZE), SIZE, torch.Generator())


def test_effects_act_on_the_whole_picture_in_order() -> None:
    shown = run(PICTURE, BORDER)
    assert torch.allclose(shown[:, :, 0, 5], torch.tensor([0.15, 0.1, 0.05]).expand(2, 3))
    assert torch.allclose(shown[:, :, 1:-1, 1:-1], PICTURE[:, :, 1:-1, 1:-1], atol=1e-5)
    assert not torch.allclose(run(PICTURE, BORDER, MEAN), run(PICTURE, MEAN, BORDER))
    moved = run(PICTURE, transform("shift", offset=(4.0, 0.0)))
    assert torch.allclose(moved, PICTURE.roll(4, 3), atol=1e-5)


def test_the_pull_is_towards_the_processed_picture_only() -> None:
    pixels = PICTURE.clone().requires_grad_()
    loss = pull(pixels, [BORDER], scope(0, 10, SIZE), SIZE, torch.Generator())
    loss.backward()
    assert loss.item() > 0 and pixels.grad is not None
    assert pixels.grad[:, :, 1:-1, 1:-1].abs().max() < 1e-4 * pixels.grad.abs().max()
    wanted = run(PICTURE, BORDER)
    assert torch.allclose(pixels.grad, 200.0 * (PICTURE - wanted) / PICTURE.numel(), atol=1e-6)


def test_nothing_pulls_on_a_picture_that_is_as_it_should_be() -> None:
    done = run(PICTURE, BORDER)
    assert float(pull(done, [BORDER], scope(0, 10, SIZE), SIZE, torch.Generator())) == pytest.approx(0.0, abs=1e-8)
    assert float(pull(PICTURE, [], scope(0, 10, SIZE), SIZE, torch.Generator())) == 0.0


def test_sizes_in_pixels_are_those_of_the_resolution() -> None:
    wide = transform("border", size=(8.0, 8.0), color=(0.0,) * 3)
    shown = processed(torch.ones(1, 3, 16, 16), [wide], scope(0, 1), (64, 64), torch.Generator())
    assert shown[0, 0, 1].sum() == 0.0 and shown[0, 0, 2, 2:-2].min() == 1.0


def test_effects_are_due_between_their_moments() -> None:
    early, off = Postproc(BORDER, end=Moment(share=0.5)), Postproc(MEAN, active=False)
    assert due([early, off, Postproc(MEAN)], 40, 100) == [BORDER, MEAN]
    assert due([early, off, Postproc(MEAN)], 60, 100) == [MEAN]


def test_expressions_reach_the_effects() -> None:
    fading = Transform("mul", {"color": tuple(parse("ti", "x") for _ in range(3))})
    shown = processed(torch.ones(1, 3, 8, 8), [fading], scope(5, 10), (8, 8), torch.Generator())
    assert float(shown.mean()) == pytest.approx(0.5)
