"""The page about experiments says all that can be said in one, and nothing that can't."""

import re
from pathlib import Path

import pytest

from app.training.entries import CONSTRAINTS, FACTORS, POSTPROC, TRANSFORMS, Entry, Param
from app.training.experiment import Experiment
from app.training.experiment_file import DEVICES, MODELS, OPTIMIZERS, keys, read_experiment
from app.training.expression_rules import FUNCTIONS, WITH_SIMILARITY
from app.training.judges.judge import JUDGES

PAGE = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text("utf-8")


def parameter(param: Param) -> str:
    """Write a parameter with its length and default: `color` 3 (0)."""
    if param.choices:
        return f"`{param.name}` {' / '.join(param.choices)}"
    length = "" if param.lengths == (1,) else " " + " or ".join(map(str, param.lengths))
    default = f" ({param.default[0]:g})" if param.default else " (optional)" if param.default == () else ""
    return f"`{param.name}`{length}{default}"


def row(entry: Entry) -> str:
    params = ", ".join(map(parameter, entry.params))
    if entry.kind == "constraint":
        return f"| `{entry.name}` | {params} | {entry.meaning} | {FACTORS[entry.name]:g} |"
    return f"| `{entry.name}` | {params} | {entry.meaning} | {'yes' if entry.name in POSTPROC else 'no'} |"


def section(title: str) -> str:
    """Return the text below a heading, up to the next one of its level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_every_transform_and_constraint_has_its_row() -> None:
    for title, table in (("Transforms", TRANSFORMS), ("Constraints", CONSTRAINTS)):
        text = section(title)
        for entry in table.values():
            assert row(entry) in text
        assert set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == set(table)


def test_every_key_is_named_where_it_belongs() -> None:
    titles = {
        "": "At the top", "init": "Init", "style": "Style", "sound": "Sound", "targets": "Targets",
        "features": "Features", "constraints": "Constraints", "postproc": "Postproc",
    }  # fmt: skip
    assert set(titles) == set(keys())
    for group, names in keys().items():
        for name in names:
            assert f"`{name}`" in section(titles[group]), f"{name} in {titles[group]}"


BEYOND = {"templates"}
"""Keys whose default is told in words."""
PLACES = {
    "At the top": "{}", "Style": "style: {{{}}}", "Sound": "sound: {{{}}}",
    "Targets": "targets: [{{{}, features: [{{text: blue}}]}}]",
    "Features": "targets: [{{features: [{{text: blue, {}}}]}}]",
}  # fmt: skip
LEAST = "targets: [{features: [{text: blue}]}]\n"


def defaults(title: str) -> list[tuple[str, str]]:
    """Return (key, default) for each row that tells one; a row of several keys has as many defaults, or one for all."""
    found = []
    for keys_told, default in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ([^|]+?) \|", section(title), re.MULTILINE):
        names = re.findall(r"\w+", keys_told)
        values = default.split(", ") if len(names) > 1 else [default]
        found += [(name, value) for name, value in zip(names, values, strict=True) if name not in BEYOND]
    return found


def experiment(title: str, inner: str) -> Experiment:
    text = PLACES[title].format(inner)
    return read_experiment(text if "targets" in text else f"{LEAST}{text}\n", "page", Path())


@pytest.mark.parametrize("title", PLACES)
def test_the_defaults_on_the_page_are_the_codes(title: str) -> None:
    usual = read_experiment(LEAST, "page", Path())
    told = [(name, value) for name, value in defaults(title) if value.strip()]
    assert told
    for name, value in told:
        assert experiment(title, f"{name}: {value}") == usual, f"{title}: {name} is not {value}"


def test_every_name_a_key_takes_is_there() -> None:
    for name in {*MODELS, *JUDGES, *OPTIMIZERS, *(device for device in DEVICES if ":" not in device)}:
        assert f"`{name}`" in section("At the top"), name


def test_every_variable_and_function_is_there() -> None:
    told = set(re.findall(r"`([a-z_0-9]+)(?:\(.*?\))?`", section("Expressions")))
    for name in WITH_SIMILARITY:
        base = re.sub(r"[2-5]$", "2", name)
        assert base in told, name
    assert told >= FUNCTIONS
