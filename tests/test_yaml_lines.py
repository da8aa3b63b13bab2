"""Reading YAML: one meaning and one wording, whether a loader written in C is there or not."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app import yaml_lines
from app.problems import UserError

GOOD = "epochs: 3\ntargets:\n- features:\n  - text: moss\n    weight: .5\n  - {text: 'red', weight: -1}\n"
BAD = ("a: [1,2", "\ta: 1", "a: b: c", "- a\nb: 1", "{a: 1", "&", "*x", "a: !!python/object x", "a: 1\na: 2", "a: \x00")


def read(text: str, loaders: tuple[type, ...], monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    """Return what a text says and on which lines, or its error."""
    with monkeypatch.context() as patch:
        patch.setattr(yaml_lines, "LOADERS", loaders)
        try:
            document = yaml_lines.parse(text, Path("x.yaml"))
        except UserError as error:
            return str(error), None
    return document.data, document._lines


@pytest.mark.skipif(len(yaml_lines.LOADERS) < 2, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("text", [GOOD, *BAD])
def test_both_loaders_say_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(text, yaml_lines.LOADERS, monkeypatch) == read(text, (yaml.SafeLoader,), monkeypatch)


def test_a_mistake_has_its_line() -> None:
    assert yaml_lines.parse(GOOD, Path("x")).line(("targets", 0, "features", 1, "weight")) == 6
    with pytest.raises(UserError, match="x:2: 'a' is given twice"):
        yaml_lines.parse("a: 1\na: 2", Path("x"))


@given(st.text(alphabet="ab:- \n[]{}&*!#'\"\t|>%@\ud800\x00é", max_size=60))
def test_anything_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        yaml_lines.parse(text, Path("x"))
    except UserError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("number", ["1" + ":00" * 9000, "1" + ":00" * 300 + ".5", "0x" + "f" * 9000, "1" * 9000])
def test_a_number_that_would_take_for_ever_is_refused(number: str) -> None:
    with pytest.raises(UserError, match=f"x:2: a number of {len(number)} characters"):
        yaml_lines.parse(f"text: '{number}'\na: {number}", Path("x"))


def test_of_a_long_text_the_quick_loader_tells_the_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    parsed = yaml_lines._parsed

    def noted(text: str, path: Path, kind: object) -> yaml_lines.Document:
        asked.append(kind)
        return parsed(text, path, kind)

    monkeypatch.setattr(yaml_lines, "_parsed", noted)
    for lines in (1, 20_000):
        with pytest.raises(UserError, match=f"x:{lines + 1}: "):
            yaml_lines.parse("- a\n" * lines + "b: c", Path("x"))
    assert asked == [*yaml_lines.LOADERS, yaml_lines.LOADERS[0]]


def test_what_cannot_be_read_as_text_says_so_plainly(tmp_path: Path) -> None:
    place = tmp_path / "a.yaml"
    place.write_bytes("name: Größe".encode("latin-1"))
    with pytest.raises(UserError, match=r"a\.yaml: is not UTF-8 text \(byte 9\), or damaged; save it as UTF-8"):
        yaml_lines.text_of(place)
    place.write_bytes(b"#" * 1_000_001)
    with pytest.raises(UserError, match=r"a\.yaml: larger than 1000 kB") as told:
        yaml_lines.text_of(place)
    assert "preset" not in str(told.value), "an experiment is none"
