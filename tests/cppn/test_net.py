"""The torch network against the oracle."""

import numpy as np
import pytest
import torch

from app.cppn import reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_style
from app.cppn.inputs import INPUTS
from app.cppn.net import TILE_PIXELS, Net, plane_of, whole
from app.style import Header


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_draws_what_the_oracle_draws(activation: str) -> None:
    style = random_style(3, Arch(INPUTS, 16, 3, activation), header=Header(speed=0.7))
    heard = np.random.default_rng(1).random(9)
    wanted = reference.render(style, 40, 24, 2.5, heard.tolist())
    drawn = Net(style)(plane_of(whole(24, 40 / 24), 40 / 24), [2.5], heard[None])[0].permute(1, 2, 0)
    assert np.abs(drawn.detach().numpy() - wanted).max() < 2e-3


def test_every_weight_gets_a_gradient_and_the_style_comes_back() -> None:
    style = random_style(4, Arch(INPUTS, 12, 3))
    net = Net(style)
    pictures = net(plane_of(whole(16, 1.0), 1.0).expand(3, -1, -1, -1), [0.5, 1.0, 7.0], np.full((3, 9), 0.4))
    (pictures * torch.rand_like(pictures)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
    again = net.style("again", style.header)
    assert all(
        np.array_equal(a, b)
        for new, old in zip(again.layers, style.layers, strict=True)
        for a, b in zip(new, old, strict=True)
    )


@pytest.mark.parametrize("size", [(120, 80), (128, 64), (7, 3)])
def test_tiles_leave_no_seam(size: tuple[int, int]) -> None:
    width, height = size
    style = random_style(6, Arch(INPUTS, 16, 3))
    wanted = reference.render(style, width, height, 1.0, [0.3] * 9)
    drawn = Net(style)(plane_of(whole(height, width / height), width / height), [1.0], np.full((1, 9), 0.3))
    assert np.abs(drawn[0].permute(1, 2, 0).detach().numpy() - wanted).max() < 2e-3
    assert TILE_PIXELS < 120 * 80  # the first size is cut inside a row, the second just fits


@pytest.mark.parametrize("activation", ["sin", "tanh", "atan", "finer"])
def test_half_as_many_bits_draw_nearly_the_same_and_teach_full_ones(activation: str) -> None:
    net = Net(random_style(5, Arch(INPUTS, 16, 4, activation)))
    plane, heard = plane_of(whole(24, 1.5), 1.5), np.full((1, 9), 0.5)
    coarse = net(plane, [2.0], heard, torch.bfloat16)
    assert float((coarse - net(plane, [2.0], heard)).detach().abs().mean()) < 0.03
    coarse.sum().backward()
    assert all(
        p.grad is not None and p.grad.dtype == torch.float32 and p.grad.abs().sum() > 0 for p in net.parameters()
    )
