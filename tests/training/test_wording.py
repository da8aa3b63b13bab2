"""What is told about a judge and a text."""

from pathlib import Path
from typing import Any

import pytest

from app.problems import UserError
from app.training.experiment import Experiment
from app.training.experiment_file import read_experiment
from app.training.judges.builtin.lexicon import unknown_words
from app.training.judges.judge import JudgeInfo
from app.training.wording import knows_nothing_of, understood, with_avoided


class Reader:
    """A built-in judge without its networks."""

    def __init__(self, name: str) -> None:
        self.info = JudgeInfo(name, "test", "0" * 64, "MIT", 16)

    def embed_text(self, texts: Any) -> Any:
        raise NotImplementedError

    embed_image = embed_text

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return unknown_words(text) if self.info.name.startswith("builtin") else ()


NAMES = ("builtin", "builtin-witness", "openai-rn50")
JUDGES: dict[str, Any] = {name: Reader(name) for name in NAMES}


def asking(*texts: str, more: str = "") -> Experiment:
    features = ", ".join(f"{{text: {text!r}}}" for text in texts)
    return read_experiment(f"targets: [{{features: [{features}]}}]\n{more}", "test", Path())


def told(*texts: str, more: str = "") -> list[str]:
    return [line for line, _ in understood(asking(*texts, more=more), JUDGES)]


def test_plain_words_need_no_remark() -> None:
    assert told("blue waves") == []


def test_everyday_words_are_told_as_they_are_read() -> None:
    assert told("zebra fire") == ["'zebra' read as 'black and white stripes'"]


def test_unknown_words_and_signs_are_told_once() -> None:
    assert told("blue Lovecraft 🔥 waves 3", "blue Lovecraft 🔥 waves 3") == [
        "'blue Lovecraft 🔥 waves 3': left out what the judge 'builtin' does not know: Lovecraft, 3, 🔥"
    ]
    both = told("blue Lovecraft", more="judges: [builtin, builtin-witness]\nheld_out: none")
    assert len(both) == 1


def test_what_is_avoided_is_told() -> None:
    assert told("blue waves, no red") == ["'blue waves, no red': to avoid: red"]


def test_what_lies_beyond_the_longest_text_is_told() -> None:
    assert "what comes later" in told("blue waves " * 100)[0]


@pytest.mark.parametrize(("text", "why"), [
    ("🔥🌊", "knows none of these words"), ("qwx zzyx", "knows none of these words"),
    ("синие волны", "knows none of these words"), ("12 34", "knows none of these words"),
    ("no red", "only says what to avoid"), ("an abstract image of the", "names no form, colour or mood"),
    ("...", "names no form, colour or mood"),
])  # fmt: skip
def test_nothing_to_train_towards_is_refused(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as error:
        told("blue waves", text)
    assert f"'{text}'" in str(error.value) and "\n" not in str(error.value)


def test_a_text_to_avoid_may_be_a_negation() -> None:
    text = "targets: [{features: [{text: blue waves}, {text: no red, weight: -0.4}]}]"
    asked = read_experiment(text, "test", Path())
    assert [line for line, _ in understood(asked, JUDGES)] == ["'no red': to avoid: red"]
    features = with_avoided(asked.targets[0], JUDGES["builtin"]).features
    assert [(f.text, f.weight.number) for f in features] == [("blue waves", 1.0), ("red", -0.4)]


def test_other_judges_take_any_text() -> None:
    assert told("Lovecraft 🔥, no red", more="judges: openai-rn50\nheld_out: none") == []


def test_a_held_out_judge_that_knows_nothing_keeps_nothing() -> None:
    asked = asking("Lovecraft", more="judges: openai-rn50")
    assert knows_nothing_of(asked, JUDGES["builtin-witness"])
    ((line, trouble),) = understood(asked, JUDGES)
    assert trouble and line.startswith("'builtin-witness' knows none of the words of a text")
