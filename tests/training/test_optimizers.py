"""Optimisers over a network's layers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.net import Net
from app.problems import UserError
from app.training.optimizers import BASES, EVOLUTION, Optimizer, faded, optimizer, turn


def network() -> Net:
    return Net(random_style(2, Arch(width=8, depth=2)))


def dark(net: Net) -> Callable[[], Any]:
    """Return a loss that wants a dark picture."""
    plane = torch.rand(1, 6, 6, 2, generator=torch.Generator().manual_seed(1)) * 6.0 - 3.0
    return lambda: net(plane, [0.0], np.full((1, 9), 0.5)).mean()


def go(moved_by: Optimizer, net: Net, steps: int, rate: float = 3.0) -> list[float]:
    return [moved_by.step(dark(net), rate, i / steps) for i in range(steps)]


@pytest.mark.parametrize("name", [*BASES, EVOLUTION])
def test_each_makes_the_loss_smaller(name: str) -> None:
    net = network()
    losses = go(optimizer(name, net, 1), net, 25)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", list(BASES))
def test_each_goes_on_from_its_arrays_as_if_nothing_had_happened(name: str) -> None:
    net, other = network(), network()
    first = optimizer(name, net, 1)
    go(first, net, 5)
    other.load_state_dict(net.state_dict())
    again = optimizer(name, other, 1)
    again.restore({key: np.array(value) for key, value in first.arrays().items()})
    assert go(first, net, 3) == go(again, other, 3)
    assert torch.equal(net.weights[0], other.weights[0])


def test_evolution_goes_on_from_its_mean() -> None:
    net = network()
    first = optimizer(EVOLUTION, net, 1)
    go(first, net, 4)
    other = network()
    again = optimizer(EVOLUTION, other, 1)
    again.restore(first.arrays())
    assert go(again, other, 1)[0] < go(optimizer(EVOLUTION, network(), 1), network(), 1)[0] + 0.05


def test_evolution_moves_the_last_layer_only() -> None:
    net, before = network(), network()
    go(optimizer(EVOLUTION, net, 1), net, 2)
    assert torch.equal(net.weights[0], before.weights[0])
    assert not torch.equal(net.weights[-1], before.weights[-1])


def test_layers_have_their_turn_by_depth() -> None:
    assert turn(0, 4, 0.0) == turn(3, 4, 1.0) == 1.0
    assert turn(0, 4, 1.0) < 0.45 > turn(3, 4, 0.0)
    assert [faded(0.0), faded(1.0)] == pytest.approx([1.0, 0.1])


def test_an_unknown_one_is_told_the_nearest() -> None:
    with pytest.raises(UserError, match="unknown optimizer 'adm'; did you mean 'adam'"):
        optimizer("adm", network(), 1)
