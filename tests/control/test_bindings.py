"""The file of bindings: what is kept, and what is said about mistakes."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.control import bindings, key_names, origin
from app.control.bindings import Binding
from app.problems import UserError

KNOB = Binding(source="midi:Launch Control: MIDI 1:cc:1:7", target="param:zoom", min=0.25, invert=True)
PAD = Binding(source="midi:Pads:note:10:36", target="look:dawn", mode="toggle")
PATH = Binding(source="osc:/1/fader1", target="blackout", threshold=0.75, takeover=False)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "bindings.yaml"
    assert bindings.load(path) == []
    bindings.save(path, [KNOB, PAD, PATH])
    assert bindings.load(path) == [KNOB, PAD, PATH]
    assert KNOB.device == "Launch Control: MIDI 1"
    assert PATH.device == ""


def test_the_same_binding_twice_is_one(tmp_path: Path) -> None:
    path = tmp_path / "bindings.yaml"
    bindings.save(path, [PAD, KNOB, PAD])
    assert bindings.load(path) == [PAD, KNOB]


def row(**changes: object) -> str:
    fields = {"source": "'midi:Pads:note:10:36'", "target": "blackout"} | changes
    return "bindings:\n- {source: osc:/a, target: next}\n- " + "\n  ".join(f"{k}: {v}" for k, v in fields.items())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- 1", "bindings.yaml:1: expected one list named 'bindings'"),
        ("bindings: 3", "expected one list"),
        ("bindings: []\nmore: 1", "expected one list"),
        (row(source="'midi:Pads:knob:1:1'"), "bindings.yaml:3: bindings[1].source: 'midi:Pads:knob:1:1' is not midi:"),
        (row(source="'midi:Pads:cc:17:1'"), "bindings[1].source"),
        (
            row(target="blakout"),
            "bindings.yaml:4: bindings[1].target: unknown action 'blakout'; did you mean",
        ),
        (row(target="'param:'"), "unknown action"),
        (row(min=2), "bindings.yaml:5: bindings[1].min"),
        (row(min=".nan"), "bindings[1].min"),
        (row(mode="sometimes"), "bindings[1].mode"),
        (row(mode="relative"), "mode 'relative' is not for midi:"),
        (row(colour="red"), "bindings.yaml:5: bindings[1].colour: unknown key 'colour'"),
        (row(source="!!python/object/apply:os.system ['true']"), "tags are not allowed"),
        ("bindings:\n" + "- {source: osc:/a, target: next}\n" * 257, "256 are the most"),
        ("bindings: [1]", "bindings[0]"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bindings.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        bindings.load(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, "utf-8", newline="")
    with contextlib.suppress(UserError):
        bindings.load(path)


@pytest.mark.parametrize("name", ["B", "Ctrl+B", "Ctrl+Shift+Alt+F5", "Ctrl+-", "Num 7", "Page Up", "'", "3"])
def test_keys_are_bound_like_knobs_and_saved(tmp_path: Path, name: str) -> None:
    path, key = tmp_path / "bindings.yaml", Binding(source=f"key:{name}", target="look:dawn", mode="toggle")
    bindings.save(path, [key])
    assert bindings.load(path) == [key]
    assert (key.device, origin.short(key.source)) == ("", name)


@pytest.mark.parametrize("name", [*key_names.KEPT, "Shift", "Shift+Ctrl+B", "b", "", "Ctrl+"])
def test_keys_that_are_kept_or_unknown_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"is kept for|is no key"):
        Binding(source=f"key:{name}", target="next")
