"""How much sound and time move a picture: too little costs, too much costs more."""

from typing import Any

import pytest
import torch

from app.audio.features import FEATURES
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.net import Net
from app.training.experiment import SoundPlan
from app.training.liveliness import Liveliness, measure
from app.training.sounds import Practice

ARCH = Arch(width=16, depth=2)


def network(sound: float, time: float) -> Net:
    """Return a network whose sound and time inputs are scaled."""
    net = Net(random_style(4, ARCH, 8.0))
    with torch.no_grad():
        for i, name in enumerate(ARCH.inputs):
            factor = sound if name in FEATURES else time if name == "t" else 1.0
            net.weights[0][:, i] *= factor
    return net


def measured(net: Net, **plan: Any) -> Liveliness:
    found = [measure(net, Practice(seed), SoundPlan(**plan), 16 / 9, torch.Generator().manual_seed(seed))
             for seed in range(4)]  # fmt: skip
    return Liveliness(torch.stack([one.loss for one in found]).mean(), sum(one.reaction for one in found) / 4)


def test_a_network_that_ignores_the_sound_has_a_loss_with_a_slope() -> None:
    net = network(0.0, 0.0)
    deaf = measured(net)
    assert deaf.reaction == pytest.approx(0.0, abs=0.01)
    assert float(deaf.loss.detach()) == pytest.approx(0.12**2, rel=0.1)
    measured(network(0.02, 0.0)).loss.backward()


def test_a_network_that_jumps_with_the_sound_has_a_larger_loss() -> None:
    wild = measured(network(8.0, 0.0))
    assert wild.reaction > 0.35
    assert float(wild.loss.detach()) > float(measured(network(0.0, 0.0)).loss.detach())


def test_a_network_that_flickers_by_itself_has_a_loss() -> None:
    still = measured(network(0.0, 0.0), reaction=(0.0, 10.0))
    fast = measured(network(0.0, 400.0), reaction=(0.0, 10.0))
    assert float(still.loss.detach()) == pytest.approx(0.0, abs=1e-6)
    assert float(fast.loss.detach()) > 0.05


def test_the_gradient_moves_a_deaf_network_towards_the_sound() -> None:
    net = network(0.05, 0.05)
    measured(net).loss.backward()
    heard = [i for i, name in enumerate(ARCH.inputs) if name in FEATURES]
    assert float(net.weights[0].grad[:, heard].abs().sum()) > 0.0


def test_the_weight_of_the_plan_counts() -> None:
    net = network(0.0, 0.0)
    assert float(measured(net, weight=3.0).loss.detach()) == pytest.approx(
        3.0 * float(measured(net).loss.detach()), rel=1e-4
    )
