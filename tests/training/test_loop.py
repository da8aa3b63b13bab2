"""The training loop, with a judge that knows colours and networks small enough to be quick."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cppn import reference
from app.style import Style, checked
from app.training.experiment import Experiment
from app.training.experiment_file import read_experiment
from app.training.loop import Training
from app.training.progress import Progress
from tests.training.colour_judge import ColourJudge

SMALL = "search: 3\nstyle: {width: 12, depth: 2}\n"


def experiment(text: str, epochs: int = 40) -> Experiment:
    return read_experiment(f"epochs: {epochs}\n{SMALL}{text}", "test", Path())


def judges() -> dict[str, Any]:
    return {"builtin": ColourJudge("guide"), "builtin-witness": ColourJudge("witness")}


def run(given: Experiment) -> list[Progress]:
    return list(Training(given, judges()).steps())


def mean_colour(style: Style, loud: float) -> Any:
    return reference.render(style, 24, 14, 3.0, (loud,) * 9).mean((0, 1))


RED = "targets: [{batch_size: 3, features: [{text: red}]}]"


def test_a_text_changes_the_picture_and_the_best_is_what_the_held_out_judge_saw() -> None:
    told = run(experiment(RED))
    last = told[-1]
    assert last.stage == "done"
    assert last.style is not None
    checked(last.style, Path("x"))
    held = [p.held_out for p in told if p.held_out is not None]
    assert last.style.header.scores["held_out"] == pytest.approx(max(held), abs=2.0)
    assert held[-1] > 90.0
    red, green, blue = mean_colour(last.style, 0.5)
    assert red > green + 0.2
    assert red > blue + 0.2
    header = last.style.header
    assert (header.prompts, header.judge[:5], header.held_out[:7]) == (("red",), "guide", "witness")


def test_two_prompts_are_two_pictures_and_sound_moves_between_them() -> None:
    text = "targets:\n" + "\n".join(
        f"- {{when: {when}, batch_size: 3, features: [{{text: {what}}}]}}"
        for when, what in (("calm", "blue"), ("loud", "red"))
    )
    style = run(experiment(text + "\nlearnrate: 4\nsound: {reaction: [0.1, 3.0]}", epochs=120))[-1].style
    assert style is not None
    calm, loud = mean_colour(style, 0.1), mean_colour(style, 0.9)
    assert loud[0] - loud[2] > calm[0] - calm[2] + 0.15


def test_the_same_seed_gives_the_same_style_and_another_seed_another() -> None:
    first, again, other = (run(experiment(f"{RED}\nseed: {seed}", 6))[-1].style for seed in (1, 1, 2))
    assert first is not None and again is not None and other is not None
    assert np.array_equal(first.layers[0][0], again.layers[0][0])
    assert not np.array_equal(first.layers[0][0], other.layers[0][0])


def test_a_checkpoint_goes_on_exactly_where_it_was() -> None:
    given = experiment(RED, 12)
    whole = Training(given, judges())
    halfway = None
    for progress in whole.steps():
        if halfway is None and progress.step >= 1:
            halfway = whole.checkpoint()
    assert halfway is not None
    again = Training(given, judges(), halfway)
    told = list(again.steps())
    assert told[0].step > halfway.step
    assert told[-1].step == 12


def test_an_update_changes_what_is_asked_without_a_new_network() -> None:
    training = Training(experiment(RED, 60), judges())
    steps = training.steps()
    while next(steps).stage.startswith("search"):
        pass
    training.update(experiment(RED.replace("red", "blue") + "\nlearnrate: 4", 100))
    style = list(steps)[-1].style
    assert style is not None
    colour = mean_colour(style, 0.5)
    assert colour[2] > colour[0]


def test_select_best_counts_each_view_once() -> None:
    text = "targets: [{start: 30%, batch_size: 5, select: best, features: [{text: red}, {text: blue}, {text: green}]}]"
    matches = run(experiment(text, 20))[-1].matches
    assert sum(match.count for match in matches) == 5 * 14
    assert sum(match.share for match in matches) == pytest.approx(1.0)


@pytest.mark.parametrize("select", ["all", "worst", "mix"])
@pytest.mark.parametrize("loss", ["cosine", "l1", "l2", "spherical"])
def test_every_way_of_choosing_and_measuring_runs(select: str, loss: str) -> None:
    features = f"[{{text: red, loss: {loss}}}, {{text: blue, weight: -0.3}}]"
    text = f"targets: [{{select: {select}, feature_scale: fair, features: {features}}}]"
    assert np.isfinite(run(experiment(text, 3))[-1].loss)


@pytest.mark.parametrize("name", ["adam", "sgd", "adadelta", "rmsprob", "sparse_adam", "cmaes"])
def test_every_optimizer_makes_it_redder(name: str) -> None:
    told = run(experiment(f"{RED}\noptimizer: {name}\nlearnrate: 2", 25))
    guides = [p.held_out for p in told if p.held_out is not None]
    assert max(guides) >= guides[0]
    assert told[-1].style is not None
    checked(told[-1].style, Path("x"))


def test_guides_take_turns() -> None:
    both = judges() | {"openai-rn50": ColourJudge("other")}
    list(Training(experiment(f"{RED}\njudges: [builtin, openai-rn50]", 6), both).steps())
    assert both["openai-rn50"].pictures == 3 * 3


def test_a_picture_prompt_and_a_start_picture_pull_towards_their_colour(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), (10, 230, 20)).save(tmp_path / "green.png")
    text = f"targets: [{{features: [{{image: {tmp_path / 'green.png'}}}]}}]\ninit: {{image: {tmp_path / 'green.png'}}}"
    style = run(experiment(text, 5))[-1].style
    assert style is not None
    colour = mean_colour(style, 0.5)
    assert colour[1] > colour[0] + 0.3


def test_postproc_and_constraints_are_part_of_the_run() -> None:
    text = (
        "targets: [{features: [{text: red}], constraints: [{mean: {above: 0.9, weight: 50}}]}]\npostproc: [{mean: 0.9}]"
    )
    bright, plain = (
        run(experiment(each + "\nheld_out: none", 40))[-2].style
        for each in (text, "targets: [{features: [{text: red}]}]")
    )
    assert bright is not None and plain is not None
    assert mean_colour(bright, 0.5).mean() > mean_colour(plain, 0.5).mean()
