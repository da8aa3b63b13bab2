"""What is told about a judge and a text."""

from pathlib import Path
from typing import Any

import pytest

from app.problems import UserError
from app.training.documents import joined
from app.training.experiment import Experiment
from app.training.experiment_file import read_experiment
from app.training.judges.builtin.lexicon import unknown_words
from app.training.judges.judge import UNVERIFIED, JudgeInfo
from app.training.wording import knows_nothing_of, partly_unknown, understood, unreadable, with_avoided


class Reader:
    """A built-in judge without its networks."""

    def __init__(self, name: str, family: str = "test", sha256: str = "") -> None:
        self.info = JudgeInfo(name, family, sha256 or name.encode().hex().ljust(64, "0"), "MIT", 16)

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


def test_what_is_to_be_avoided_is_named_as_such() -> None:
    more = "targets: [{features: [{text: Cthulhu, weight: -.4}]}]"
    both = read_experiment(joined("targets: [{features: [{text: blue}]}]", more, "more"), "test", Path())
    with pytest.raises(UserError, match=r"what to avoid \(--avoid.*: 'Cthulhu': the judge 'builtin' knows none"):
        list(understood(both, JUDGES))


def test_weights_that_are_not_the_published_ones_are_told_once() -> None:
    judges: Any = JUDGES | {"openai-rn50": Reader("openai-rn50", UNVERIFIED, "ab" * 32)}
    found = list(understood(asking("blue waves", more="judges: [openai-rn50, builtin]"), judges))
    assert found == [("'openai-rn50': not its published weights (SHA-256 abababababab…); they are unverified", True)]


def test_one_network_under_two_names_does_not_judge_itself() -> None:
    judges: Any = JUDGES | {"openai-rn50": Reader("openai-rn50", sha256=JUDGES["builtin-witness"].info.sha256)}
    more = "judges: openai-rn50\nheld_out: builtin-witness\n"
    with pytest.raises(
        UserError, match=r"'builtin-witness' has the weights of 'openai-rn50', which guides; name another"
    ):
        list(understood(asking("blue waves", more=more), judges))
    assert list(understood(asking("blue waves", more=f"{more}allow_same_judge: true"), judges)) == []


@pytest.mark.parametrize(("name", "text", "why"), [
    ("builtin", "no red", "only says what to avoid"), ("builtin", "", "the text is empty"),
    ("builtin", "🔥", "knows none of these words"), ("openai-rn50", " ", "the text is empty"),
    ("builtin", "red 🔥", ""), ("openai-rn50", "Lovecraft 🔥", ""),
])  # fmt: skip
def test_why_nothing_can_be_compared_with_a_text(name: str, text: str, why: str) -> None:
    reason = unreadable(JUDGES[name], text)
    assert why in reason and bool(why) == bool(reason)
    assert partly_unknown(JUDGES["builtin"], "red 🔥 flurbl") == ("flurbl", "🔥")


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
