"""Who keeps the best."""

from pathlib import Path

import numpy as np
import torch

from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.net import Net
from app.training.experiment import Experiment
from app.training.experiment_file import read_experiment
from app.training.keeper import SQUARES, Keeper, frames
from tests.training.colour_judge import ColourJudge


def painted(red: float, green: float, blue: float) -> Net:
    """Return a network of one colour."""
    net = Net(random_style(1, Arch(width=8, depth=1)))
    with torch.no_grad():
        net.weights[-1].zero_()
        net.biases[-1].copy_(torch.logit(torch.tensor([red, green, blue])))
    return net


def asking(text: str, epochs: int = 100) -> Experiment:
    return read_experiment(f"epochs: {epochs}\n{text}", "test", Path())


RED = "targets: [{features: [{text: red}]}]"
RED_NET, GREY_NET, BLUE_NET = painted(0.9, 0.1, 0.1), painted(0.5, 0.5, 0.5), painted(0.1, 0.1, 0.9)


def test_the_best_is_kept_and_comes_back() -> None:
    keeper = Keeper(asking(RED), ColourJudge("witness"))
    assert [keeper.examine(net, step) for step, net in ((10, GREY_NET), (20, RED_NET), (30, BLUE_NET))] == [
        True, True, False,
    ]  # fmt: skip
    net = painted(0.2, 0.2, 0.2)
    keeper.put_best(net)
    assert torch.equal(net.biases[-1], RED_NET.biases[-1])
    assert keeper.scores()["best_step"] == 20.0
    assert keeper.scores()["held_out"] > 90.0
    assert keeper.label.startswith("witness ")


def test_it_goes_on_from_a_checkpoint() -> None:
    before, after = (Keeper(asking(RED), ColourJudge()) for _ in range(2))
    before.examine(RED_NET, 10)
    after.restore(before.arrays(), before.numbers())
    assert not after.examine(GREY_NET, 20)
    assert after.scores() == before.scores()


def test_it_is_patient_in_the_first_half_and_gives_up_in_the_second() -> None:
    keeper = Keeper(asking(RED, 400), ColourJudge())
    keeper.examine(RED_NET, 10)
    assert not keeper.stale(190, 400)
    assert keeper.stale(210, 400)
    assert not Keeper(asking(RED, 400), ColourJudge(), step=300).stale(310, 400)


def test_the_question_is_what_is_asked_for_at_the_end() -> None:
    text = "targets: [{end: 50%, features: [{text: red}]}, {start: 50%, features: [{text: blue}]}]"
    keeper = Keeper(asking(text), ColourJudge())
    assert keeper.examine(RED_NET, 10)
    assert keeper.examine(BLUE_NET, 20)


def test_what_has_faded_by_the_end_is_asked_for_all_the_same() -> None:
    for text in ("weight: 1 - t, features: [{text: red}]", "features: [{text: red, end: 10%}]"):
        keeper = Keeper(asking(f"targets: [{{{text}}}]"), ColourJudge())
        keeper.examine(GREY_NET, 10)
        assert keeper.examine(RED_NET, 100), text


def test_a_guide_that_keeps_is_not_called_held_out() -> None:
    keeper = Keeper(asking(RED), ColourJudge(), independent=False)
    keeper.examine(RED_NET, 10)
    assert keeper.label == ""
    assert set(keeper.scores()) == {"guide", "best_step"}


def test_the_frames_are_always_the_same_squares_of_whole_pictures() -> None:
    target = asking(RED).targets[0]
    net = Net(random_style(2, Arch(width=8, depth=1)))
    with torch.no_grad():
        first, again = frames(net, target, 24), frames(net, target, 24)
    assert first.shape == (4 * SQUARES, 3, 24, 24)
    assert torch.equal(first, again)
    assert not np.allclose(first[0], first[4])
