"""Values in experiments: every spelling, every refusal with its place."""

from pathlib import Path
from typing import Any

import pytest

from app.problems import UserError
from app.training.experiment import Moment
from app.training.expressions import constant
from app.training.fields import Field, split
from app.yaml_lines import parse


def field(text: str) -> Field:
    document = parse(f"epochs: 3\nkey: {text}\n", Path("a.yaml"))
    return Field(document, ("key",), document.data["key"])


@pytest.mark.parametrize("text", ["[1, 2.5, ti]", "1, 2.5, ti", "1 2.5 ti", "\n - 1\n - 2.5\n - ti", "' 1,2.5,  ti'"])
def test_the_three_spellings_of_a_list_read_equal(text: str) -> None:
    assert [value.text for value in field(text).values((3,))] == ["1", "2.5", "ti"]


@pytest.mark.parametrize("text", ["0.5", ".5", "1/2", "[0.5]", "'.50'", "5e-1"])
def test_one_value_fills_a_list(text: str) -> None:
    assert field(text).values((3,)) == (constant(0.5),) * 3
    assert len(field(text).values((2, 4))) == 2


def test_lists_split_outside_of_brackets_only() -> None:
    assert split("ts(0, .5) 1") == ["ts(0, .5)", "1"]
    assert split("uniform(0, 1), max(1, 2)") == ["uniform(0, 1)", "max(1, 2)"]
    assert field("ts(0, .5) 1").values((2,))[0].text == "ts(0, .5)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30", Moment(step=30)), ("0.3", Moment(share=0.3)), ("30%", Moment(share=0.3)), ("'30'", Moment(step=30)),
        ("1.0", Moment(share=1.0)), ("1", Moment(step=1)), ("12.5 %", Moment(share=0.125)), ("1/4", Moment(share=0.25)),
        ("0", Moment(step=0)), ("100%", Moment(share=1.0)),
    ],
)  # fmt: skip
def test_moments(text: str, expected: Moment) -> None:
    assert field(text).moment() == expected


@pytest.mark.parametrize("text", ["20.0", "130%", "-5", "yes", "t", "'%'", "''", "-3%", ".nan", "{}"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"^a.yaml:2: key: "):
        field(text).moment()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("true", "a number or an expression is needed here, not yes or no 'True'"), ("{a: 1}", "not a map"),
        ("1 2", "1 or 3 values are needed, not 2"), ("[1, 2]", "needed, not 2$"), (".inf", "within"),
        ("1, 2,", "nothing there"), ("2020-01-01", "a number"), ("'a b c'", "column 1: 'a'"),
        ("1e400", "column 1"), ("9" * 60, "within"), ("null", "not nothing"),
        ("[[1], 2, 3]", r"\[0\]: .*not a list"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_numbers_is_refused(text: str, what: str) -> None:
    with pytest.raises(UserError, match=r"^a.yaml:2: key.*" + what):
        field(text).values((3,))


def test_an_expression_with_spaces_needs_a_yaml_list() -> None:
    assert field("0 if t < .4 else 1.").values((1,))[0].text == "0 if t < .4 else 1."
    assert field("[0 if t < .4 else 1.]").values((2,))[1].text == "0 if t < .4 else 1."
    with pytest.raises(UserError, match="goes into a YAML list"):
        field("0 if t < .4 else 1.").values((2,))


def test_numbers_that_never_change() -> None:
    assert field("224*3").whole(16, 4096) == 672
    for text, what in (("ti", "unknown variable|not known"), ("uniform(0, 1)", "never changes"), ("7", "outside")):
        with pytest.raises(UserError, match=what):
            field(text).real(0.0, 5.0)
    with pytest.raises(UserError, match="whole number"):
        field("1.5").whole(0, 9)


def test_texts_names_and_choices() -> None:
    assert field("a curly spoon").text() == "a curly spoon" and field("1984").text() == "1984"
    assert field('"a\\n  curly\\tspoon"').prose() == "a curly spoon"
    for text in ('"a\\nb"', "no", "1.5", "''", "[a]", "x" * 3000, '"\\ud800"'):
        with pytest.raises(UserError):
            field(text).text()
    assert field("x, y").names(("x", "y")) == field("[x, y]").names(("x", "y")) == ("x", "y")
    with pytest.raises(UserError, match="unknown 'z'"):
        field("x z").names(("x", "y"))
    with pytest.raises(UserError, match="twice"):
        field("x x").names(("x", "y"))
    with pytest.raises(UserError, match="did you mean 'best'"):
        field("bst").choice({"best": 1, "worst": 2})
    assert field("true").flag() is True
    with pytest.raises(UserError, match="true or false"):
        field("1").flag()


def test_files_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(b"")
    assert field("a b.png").file(tmp_path) == tmp_path / "a b.png"
    assert field(str(tmp_path / "a b.png")).file(Path("/nowhere")) == tmp_path / "a b.png"
    bad: list[Any] = ["b.png", "x" * 900, ".", "~nobody-by-this-name/x"]
    for text in bad:
        with pytest.raises(UserError, match="no such picture"):
            field(text).file(tmp_path, "picture")
    with pytest.raises(UserError, match="download the picture"):
        field("https://example.org/a.png").file(tmp_path, "picture")
