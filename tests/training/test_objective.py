"""What a target asks of its views."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from app.training.experiment import variables
from app.training.experiment_file import read_experiment
from app.training.judges.judge import JudgeInfo
from app.training.objective import Asked, asked_of, distance

AXES = {"red": 0, "green": 1, "blue": 2, "stripes": 3}


class AxisJudge:
    """Each known word is an axis; a text is the sum of its words' axes."""

    def __init__(self, name: str = "axes") -> None:
        self.info = JudgeInfo(name, "test", "0" * 64, "MIT", 16)

    def embed_text(self, texts: Sequence[str]) -> Any:
        rows = torch.full((len(texts), 5), 1e-3)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[AXES.get(word, 4)] += 1.0 if word in AXES else 0.0
        return torch.nn.functional.normalize(rows, dim=1)

    def embed_image(self, batch: Any) -> Any:
        raise NotImplementedError

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in text.split() if word not in AXES)


def asked(target: str, more: str = "") -> tuple[Asked, Any]:
    experiment = read_experiment(f"epochs: 10\ncontrast: 0\ntargets: [{target}]\n{more}", "test", Path())
    return Asked(experiment.targets[0], AxisJudge(), experiment), variables(experiment, 0)


def seen(*words: str) -> Any:
    return AxisJudge().embed_text(words)


BOTH = "features: [{text: red}, {text: blue}]"


def test_the_loss_falls_as_views_come_nearer() -> None:
    target, now = asked("{features: [{text: red}]}")
    far, near, there = (float(target.loss(seen(text), now)) for text in ("blue", "blue red", "red"))
    assert far > near > there
    assert there == pytest.approx(0.0, abs=1e-2)


def test_what_is_avoided_gets_better_with_distance() -> None:
    target, now = asked("{features: [{text: red, weight: -0.4}]}")
    assert float(target.loss(seen("red"), now)) > float(target.loss(seen("blue"), now))


@pytest.mark.parametrize(("select", "counts"), [("all", [2, 2]), ("best", [1, 1]), ("worst", [1, 1])])
def test_select_says_which_view_counts_for_which_feature(select: str, counts: list[int]) -> None:
    target, now = asked(f"{{select: {select}, {BOTH}}}")
    target.loss(seen("red", "blue"), now)
    assert [match.count for match in target.matches()] == counts
    best = float(target.loss(seen("red", "blue"), now))
    same = float(target.loss(seen("red", "red"), now))
    assert (best < same) == (select != "worst") or select == "all"


def test_a_mix_asks_for_what_lies_between() -> None:
    target, now = asked(f"{{select: mix, {BOTH}}}")
    assert float(target.loss(seen("red blue"), now)) < float(target.loss(seen("red"), now)) - 0.1
    pulled, now = asked("{select: mix, features: [{text: red}, {text: blue, weight: 'sim > 50'}]}")
    assert float(pulled.loss(seen("red"), now)) == pytest.approx(0.0, abs=1e-2)


def test_a_fair_scale_gives_the_weaker_feature_its_turn() -> None:
    start = seen("red red red blue")
    plain, now = asked(f"{{select: best, {BOTH}}}")
    fair, _ = asked(f"{{select: best, feature_scale: fair, {BOTH}}}")
    fair.begin(start)
    assert (fair.fair[1] / fair.fair[0]) == pytest.approx(3.0, rel=0.02)
    view = seen("red red blue")
    plain.loss(view, now)
    fair.loss(view, now)
    assert [match.count for match in plain.matches()] == [1, 0]
    assert [match.count for match in fair.matches()] == [0, 1]


def test_rivals_make_the_named_form_count() -> None:
    text = "{features: [{text: red stripes}]}"
    plain, now = asked(text)
    keen, _ = asked(text, "templates: '{}'")
    keen._contrast = 1.0
    assert len(keen.wanted[0].rivals) > 10
    gain = [float(each.loss(seen("red"), now) - each.loss(seen("red stripes"), now)) for each in (plain, keen)]
    assert gain[1] > gain[0] + 0.5


def test_a_text_without_a_form_has_no_rivals() -> None:
    assert len(asked("{features: [{text: red}]}")[0].wanted[0].rivals) == 0


def test_features_count_in_their_time_only() -> None:
    target, now = asked("{features: [{text: red, start: 50%}, {text: blue, end: 20%}]}")
    target.loss(seen("red"), now)
    assert [match.count for match in target.matches()] == [0, 1]
    experiment = read_experiment("epochs: 10\ntargets: [{start: 5, features: [{text: red}]}]", "test", Path())
    late = Asked(experiment.targets[0], AxisJudge(), experiment)
    assert [late.urgency(variables(experiment, step)) for step in (0, 4, 5, 10)] == [0.0, 0.0, 1.0, 1.0]


def test_a_weight_may_use_its_own_similarity() -> None:
    target, now = asked("{features: [{text: red, weight: sim / 100}]}")
    target.loss(seen("red"), now)
    assert target.matches()[0].weight == pytest.approx(1.0, abs=0.01)
    assert target.matches()[0].similarity == pytest.approx(100.0, abs=1.0)


def test_a_weight_that_hangs_on_the_similarity_is_asked_for_before_anything_was_judged() -> None:
    target, now = asked("{features: [{text: red, weight: 1 / sim}, {text: blue, weight: -0.5}]}")
    assert target.urgency(now) == 1.5


@pytest.mark.parametrize("kind", ["cosine", "spherical", "l1", "l2"])
def test_distances_are_none_at_the_place_itself_and_have_a_slope_elsewhere(kind: str) -> None:
    vector = seen("red")[0]
    assert float(distance(kind, vector[None], vector)[0]) == pytest.approx(0.0, abs=1e-5)
    away = seen("red blue").clone().requires_grad_()
    distance(kind, away, vector).sum().backward()
    assert away.grad.isfinite().all() and away.grad.abs().sum() > 0


def test_what_a_text_negates_is_avoided_by_judges_that_read_words() -> None:
    experiment = read_experiment("targets: [{features: [{text: 'blue waves, no red', weight: 2}]}]", "t", Path())
    (reader,) = asked_of(experiment, AxisJudge("builtin"))
    assert [(w.feature.text, w.feature.weight.number) for w in reader.wanted] == [
        ("blue waves, no red", 2.0), ("red", -0.8),
    ]  # fmt: skip
    (other,) = asked_of(experiment, AxisJudge("openai-rn50"))
    assert len(other.wanted) == 1
    moving = read_experiment("targets: [{features: [{text: 'blue, no red', weight: 1 - t}]}]", "t", Path())
    assert asked_of(moving, AxisJudge("builtin"))[0].wanted[1].feature.weight.at(variables(moving, 0)) == -0.4
