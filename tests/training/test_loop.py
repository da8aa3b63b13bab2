"""The training loop, with a judge that knows colours and networks small enough to be quick."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cppn import reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.problems import UserError
from app.style import Header, Style, checked, save
from app.training import checkpoints, loop
from app.training.documents import joined
from app.training.experiment import Experiment
from app.training.experiment_file import read_experiment
from app.training.loop import Training
from app.training.progress import Checkpoint, Progress
from app.training.sitting import SEARCH_VIEWS
from tests.training.colour_judge import ColourJudge

SMALL = "search: 1\nstyle: {width: 8, depth: 1}\n"


def experiment(text: str, epochs: int = 20) -> Experiment:
    more = f"epochs: {epochs}\n{SMALL}"
    return read_experiment(joined(more, text, "test"), "small", Path())


def judges() -> dict[str, Any]:
    return {"builtin": ColourJudge("guide"), "builtin-witness": ColourJudge("witness")}


def run(given: Experiment) -> list[Progress]:
    return list(Training(given, judges()).steps())


def mean_colour(style: Style, loud: float) -> Any:
    return reference.render(style, 24, 14, 3.0, (loud,) * 9).mean((0, 1))


GREY = "\ninit: {mean: 0.5, std: 0.1}"
RED = "targets: [{batch_size: 3, features: [{text: red}]}]"


def test_a_text_changes_the_picture_and_the_best_is_what_the_held_out_judge_saw() -> None:
    told = run(experiment(RED))
    last = told[-1]
    assert last.stage == "done"
    assert last.style is not None
    checked(last.style, Path("x"))
    held = [p.held_out for p in told if p.held_out is not None]
    assert last.style.header.scores["held_out"] == pytest.approx(max(held), abs=2.0)
    assert held[-1] > 80.0
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
    more = "\nlearnrate: 12\nsound: {reaction: [0.1, 3.0]}\nstyle: {width: 12, depth: 2}"
    style = run(experiment(text + more, epochs=120))[-1].style
    assert style is not None
    calm, loud = mean_colour(style, 0.1), mean_colour(style, 0.9)
    assert loud[0] - loud[2] > calm[0] - calm[2] + 0.15


def test_the_same_seed_gives_the_same_style_and_another_seed_another() -> None:
    first, again, other = (run(experiment(f"{RED}\nseed: {seed}", 6))[-1].style for seed in (1, 1, 2))
    assert first is not None and again is not None and other is not None
    assert np.array_equal(first.layers[0][0], again.layers[0][0])
    assert not np.array_equal(first.layers[0][0], other.layers[0][0])


FAIR = "targets: [{batch_size: 2, feature_scale: fair, select: best, features: [{text: red}, {text: blue}]}]"


def test_a_run_that_goes_on_from_a_checkpoint_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    given = experiment(f"{FAIR}\naugment: 1\nlearnrate: 1 + 0.1 * random()", 22)
    whole = Training(given, judges())
    halfway, last = None, None
    for last in whole.steps():
        if halfway is None and last.step >= 10:
            checkpoints.write(tmp_path / "c", whole.checkpoint(), "text")
            halfway = checkpoints.read(tmp_path / "c")
    assert halfway is not None and last is not None and last.style is not None
    from_disk = Checkpoint(given, halfway.step, halfway.arrays, halfway.numbers, halfway.history)
    told = list(Training(given, judges(), from_disk).steps())
    assert told[0].step > halfway.step
    assert told[-1].style is not None and told[-1].step == 22
    for ours, theirs in zip(last.style.layers, told[-1].style.layers, strict=True):
        assert np.array_equal(ours[0], theirs[0]) and np.array_equal(ours[1], theirs[1])
    assert told[-1].style.header == last.style.header


def test_a_checkpoint_within_the_search_begins_it_again() -> None:
    given = experiment(f"search: 2\n{RED}", 12)
    begun = Training(given, judges())
    assert next(begun.steps()).stage == "search 1 of 2"
    told = list(Training(given, judges(), begun.checkpoint()).steps())
    straight = run(given)
    assert [p.stage for p in told[:2]] == ["search 1 of 2", "search 2 of 2"]
    assert told[-1].style is not None and straight[-1].style is not None
    assert np.array_equal(told[-1].style.layers[0][0], straight[-1].style.layers[0][0])


def test_an_update_changes_what_is_asked_without_a_new_network() -> None:
    training = Training(experiment(RED + GREY, 30), judges())
    steps = training.steps()
    while next(steps).step < 10:
        pass
    training.update(experiment(RED.replace("red", "blue") + GREY + "\nlearnrate: 8", 80))
    style = list(steps)[-1].style
    assert style is not None
    colour = mean_colour(style, 0.5)
    assert colour[2] > colour[0]
    assert style.header.prompts == ("blue",)
    history = training.checkpoint().history
    assert [row[0] for row in history] == sorted(row[0] for row in history)
    assert history[0][0] == 10


@pytest.mark.parametrize(("text", "name"), [
    ("style: {width: 16}", "style.width"), ("style: {speed: 2}", "style.speed"), ("search: 5", "search"),
    ("init: {style: other}", "init"), ("device: cpu", "device"),
])  # fmt: skip
def test_an_update_that_could_have_no_effect_is_refused(text: str, name: str) -> None:
    given = experiment(RED, 5)
    training = Training(given, judges())
    with pytest.raises(UserError, match=f"^{name}: "):
        training.update(read_experiment(text, "test", Path(), given))
    assert list(training.steps())[-1].step == 5


def test_select_best_counts_each_view_once() -> None:
    text = "targets: [{start: 30%, batch_size: 5, select: best, features: [{text: red}, {text: blue}, {text: green}]}]"
    matches = run(experiment(text, 10))[-1].matches
    assert sum(match.count for match in matches) == 5 * 7
    assert sum(match.share for match in matches) == pytest.approx(1.0)


def test_every_view_that_counted_is_counted_over_the_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "TELL_SECONDS", -1.0)
    asked = "{start: 30%, batch_size: 5, select: best, features: [{text: red}, {text: blue}, {text: green}]}"
    given = experiment(f"search: 3\njudges: [builtin, openai-rn50]\ntargets: [{asked}]", 50)
    both = judges() | {"openai-rn50": ColourJudge("other")}
    whole = Training(given, both)
    halfway = None
    for last in whole.steps():
        if halfway is None and last.step >= 30 and last.stage == "training":
            checkpoints.write(tmp_path / "c", whole.checkpoint(), "text")
            halfway = checkpoints.read(tmp_path / "c")
    assert halfway is not None
    on = Checkpoint(given, halfway.step, halfway.arrays, halfway.numbers, halfway.history)
    for told in (last, list(Training(given, both, on).steps())[-1]):
        assert sum(match.total for match in told.matches) == 5 * 50 * 0.7
    assert sum(match.count for match in last.matches) < 5 * 30


def test_an_update_counts_on_where_a_feature_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "TELL_SECONDS", -1.0)
    training = Training(experiment(RED, 20), judges())
    steps = training.steps()
    while next(steps).step < 10:
        pass
    training.update(experiment(f"{RED[:-1]}, {{name: more, batch_size: 2, features: [{{text: red}}]}}]", 20))
    assert [match.total for match in list(steps)[-1].matches] == [3 * 20, 2 * 10]


def test_the_history_says_how_large_the_picture_was_and_what_was_heard() -> None:
    training = Training(experiment(f"{RED}\nresolution: ['32 if t < .5 else 64']\nstart_epoch: 10", 40), judges())
    last = list(training.steps())[-1]
    history = training.checkpoint().history
    assert [(row.step, row.width, row.height) for row in history[:-1]] == [(20, 32, 32), (30, 64, 64), (40, 64, 64)]
    assert [row.views for row in history] == [30, 30, 30, 0] and last.size == (64, 64)
    assert all(len(row.heard) == 9 and 0.0 < min(row.heard) <= max(row.heard) < 1.0 for row in history)


def test_where_the_guide_keeps_the_best_nothing_is_called_held_out() -> None:
    training = Training(experiment(f"{RED}\nheld_out: none"), judges())
    assert all(told.held_out is None for told in training.steps())
    assert {row.held_out for row in training.checkpoint().history} == {None}


def test_a_target_of_constraints_alone_moves_the_picture() -> None:
    red = "{features: [{text: red}]}"
    bright = "{batch_size: 2, feature_scale: fair, constraints: [{mean: {above: 0.9, weight: 90}}]}"
    plain, held = (run(experiment(f"targets: [{each}]{GREY}\nlearnrate: 10"))[-1].style
                   for each in (red, f"{red}, {bright}"))  # fmt: skip
    assert plain is not None and held is not None
    assert mean_colour(held, 0.5).mean() > mean_colour(plain, 0.5).mean() + 0.01


@pytest.mark.parametrize("select", ["all", "worst", "mix"])
@pytest.mark.parametrize("loss", ["cosine", "l1", "l2", "spherical"])
def test_every_way_of_choosing_and_measuring_runs(select: str, loss: str) -> None:
    features = f"[{{text: red, loss: {loss}}}, {{text: blue, weight: -0.3}}]"
    text = f"targets: [{{select: {select}, feature_scale: fair, features: {features}}}]"
    assert np.isfinite(run(experiment(text, 2))[-1].loss)


@pytest.mark.parametrize("name", ["adam", "sgd", "adadelta", "rmsprob", "sparse_adam", "cmaes"])
def test_every_optimizer_makes_it_redder(name: str) -> None:
    told = run(experiment(f"{RED}\noptimizer: {name}\nlearnrate: 2", 10))
    guides = [p.held_out for p in told if p.held_out is not None]
    assert max(guides) >= guides[0]
    assert told[-1].style is not None
    checked(told[-1].style, Path("x"))


def test_guides_take_turns() -> None:
    both = judges() | {"openai-rn50": ColourJudge("other")}
    list(Training(experiment(f"{RED}\njudges: [builtin, openai-rn50]", 6), both).steps())
    assert both["openai-rn50"].pictures == 3 * 3 + SEARCH_VIEWS


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
        run(experiment(f"{each}{GREY}\nheld_out: none\nlearnrate: 10"))[-2].style
        for each in (text, "targets: [{features: [{text: red}]}]")
    )
    assert bright is not None and plain is not None
    assert mean_colour(bright, 0.5).mean() > mean_colour(plain, 0.5).mean() + 0.01
    assert "held_out" not in bright.header.scores and bright.header.held_out == ""


def test_what_is_kept_answers_the_question_at_the_end_of_the_run() -> None:
    first = "{batch_size: 3, end: 40%, features: [{text: red}]}"
    then = "{batch_size: 3, start: 40%, features: [{text: blue}]}"
    last = run(experiment(f"targets: [{first}, {then}]{GREY}\nlearnrate: 10", 30))[-1]
    assert last.style is not None
    assert last.style.header.scores["best_step"] > 12


def test_the_similarity_and_the_rate_of_the_step_are_variables() -> None:
    text = "targets: [{weight: sim, features: [{text: red, weight: lrs * lr}]}]\nlearnrate: 2\nlearnrate_scale: 0.25"
    last = run(experiment(text, 3))[-1]
    assert last.matches[0].weight == pytest.approx(0.5)
    assert last.loss != run(experiment(text.replace("sim", "1"), 3))[-1].loss


def test_a_style_to_go_on_from_keeps_its_shape_and_speed(tmp_path: Path) -> None:
    given = random_style(3, Arch(width=16, depth=2), 7.0, header=Header(w0=7.0, speed=0.9))
    save(given, tmp_path / "mine.safetensors")
    asked = experiment(f"{RED}\ninit: {{style: {tmp_path / 'mine.safetensors'}}}", 12)
    training = Training(asked, judges())
    told = list(training.steps())
    style = told[-1].style
    assert style is not None
    assert (style.arch, style.header.speed, style.header.w0) == (given.arch, 0.9, 7.0)
    again = Training(asked, judges(), training.checkpoint())
    assert list(again.steps())[-1].style is not None


def test_a_loss_beyond_all_numbers_is_one_line() -> None:
    huge = "1e14 * 1e5 * (1 + t)"
    with pytest.raises(UserError, match=r"no number any more at step \d+; lower learnrate and weights"):
        run(experiment(f"targets: [{{weight: {huge}, features: [{{text: blue, weight: {huge}, loss: l2}}]}}]{GREY}", 3))


def test_a_device_that_is_not_there_is_one_line() -> None:
    with pytest.raises(UserError, match="device 'cuda:15': PyTorch finds none on this machine; use auto or cpu"):
        run(experiment(f"{RED}\ndevice: cuda:15", 2))
