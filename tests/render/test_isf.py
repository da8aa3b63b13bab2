"""Effect files: headers, their parameters, size expressions, and what happens with hostile ones."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.problems import UserError
from app.render import isf_expression
from app.render.isf import EffectFile, Pass, params_for, parse
from app.render.isf_expression import ExpressionError
from app.render.isf_header import MAX_BYTES

BODY = "\nvoid main() { gl_FragColor = vec4(1.0); }\n"
EVERYTHING: dict[str, Any] = {
    "ISFVSN": "2",
    "DESCRIPTION": "All of it",
    "CREDIT": "me",
    "CATEGORIES": ["A", "B"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "TYPE": "float", "LABEL": "Amount", "MIN": -1, "MAX": 3, "DEFAULT": 2.5},
        {"NAME": "on", "TYPE": "bool", "DEFAULT": 1.0},
        {"NAME": "mode", "TYPE": "long", "VALUES": [0, 5, 9], "LABELS": ["a", "b", "c"], "DEFAULT": 5},
        {"NAME": "tint", "TYPE": "color", "DEFAULT": [1, 0.5, 0.25, 1]},
        {"NAME": "where", "TYPE": "point2D", "MIN": [0, 0], "MAX": [10, 20], "DEFAULT": [3, 4]},
        {"NAME": "hit", "TYPE": "event"},
        {"NAME": "sound", "TYPE": "audio"},
        {"NAME": "bars", "TYPE": "audioFFT", "MAX": 16},
    ],
    "PASSES": [{"TARGET": "small", "WIDTH": "floor($WIDTH/4.0)", "HEIGHT": 7, "PERSISTENT": True, "FLOAT": 1}, {}],
    "IMPORTED": {"mask": {"PATH": "mask.png"}},
}


def write(folder: Path, header: object, body: str = BODY, name: str = "e.fs") -> Path:
    path = folder / name
    path.write_text(
        f"/*{header if isinstance(header, str) else json.dumps(header, indent=1)}*/{body}", encoding="utf-8"
    )
    return path


def read(folder: Path, header: object) -> EffectFile:
    return parse(write(folder, header))


def test_whole_header_is_understood(tmp_path: Path) -> None:
    effect = read(tmp_path, EVERYTHING)
    assert (effect.name, effect.kind, effect.description, effect.credit) == ("e", "filter", "All of it", "me")
    assert effect.categories == ("A", "B")
    small, output = effect.passes
    assert (small.target, small.persistent, small.floating) == ("small", True, True)
    assert small.width is not None and small.width.evaluate({"WIDTH": 101.0}) == 25.0
    assert output == Pass()
    assert effect.textures == ("inputImage", "sound", "bars", "mask", "small")
    assert effect.imported[0].path == tmp_path / "mask.png"
    assert effect.inputs[-1].samples == 16


def test_inputs_become_scalar_params(tmp_path: Path) -> None:
    params = {param.name: param for param in params_for(read(tmp_path, EVERYTHING), "e#2")}
    assert list(params) == [
        *("e#2.amount", "e#2.on", "e#2.mode", "e#2.tint.r", "e#2.tint.g", "e#2.tint.b", "e#2.tint.a"),
        *("e#2.where.x", "e#2.where.y", "e#2.hit", "e#2.wet"),
    ]
    amount, where = params["e#2.amount"], params["e#2.where.y"]
    assert [amount.default, amount.low, amount.high] == [2.5, -1, 3] and amount.label == "Amount"
    assert (where.default, where.low, where.high, where.group) == (4, 0, 20, "e#2.where")
    assert params["e#2.tint.b"].default == 0.25
    assert params["e#2.mode"].choices == (("a", 0.0), ("b", 5.0), ("c", 9.0))
    assert [params[f"e#2.{name}"].kind for name in ("on", "mode", "hit")] == ["bool", "long", "event"]


def test_line_numbers_of_the_body_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, EVERYTHING)
    text = path.read_text("utf-8")
    line = text[: text.index("void main")].count("\n")
    assert parse(path).fragment.split("\n")[line].startswith("void main")


def test_kinds(tmp_path: Path) -> None:
    transition = [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "TYPE": "float"},
    ]
    assert read(tmp_path, {"INPUTS": transition}).kind == "transition"
    assert read(tmp_path, {"INPUTS": transition[:2]}).kind == "generator"
    assert read(tmp_path, {}).kind == "generator"


def test_version_1_buffers(tmp_path: Path) -> None:
    by_name = {"PERSISTENT_BUFFERS": ["old"], "PASSES": [{"TARGET": "old"}, {"TARGET": "other"}]}
    assert [step.persistent for step in read(tmp_path, by_name).passes] == [True, False]
    sized = {"PERSISTENT_BUFFERS": {"old": {"WIDTH": "$WIDTH/2", "FLOAT": True}}, "PASSES": [{"TARGET": "old"}]}
    (step,) = read(tmp_path, sized).passes
    assert step.persistent and step.floating and step.width is not None


def test_sloppy_but_common_headers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "e.fs"
    path.write_bytes(
        b'\xef\xbb\xbf// by someone\r\n/* {"INPUTS": [{"NAME": "a,]", "TYPE": "float"},],}\r\n*/ void main() {}'
    )
    with pytest.raises(UserError, match="a,"):  # the comma inside the string is no comma too many
        parse(path)
    path.write_bytes(path.read_bytes().replace(b"a,]", b"a"))
    assert parse(path).inputs[0].name == "a"


def test_missing_ranges_and_defaults(tmp_path: Path) -> None:
    inputs = [
        {"NAME": "a", "TYPE": "float"},
        {"NAME": "b", "TYPE": "float", "MIN": 10, "MAX": 20},
        {"NAME": "c", "TYPE": "float", "DEFAULT": 7},
        {"NAME": "d", "TYPE": "long", "MIN": 2, "MAX": 4},
        {"NAME": "e", "TYPE": "point2D"},
        {"NAME": "f", "TYPE": "color"},
    ]
    a, b, c, d, e, f = read(tmp_path, {"INPUTS": inputs}).inputs
    assert (a.default, a.low, a.high) == ((0.5,), (0.0,), (1.0,))
    assert b.default == (15.0,)
    assert (c.default, c.high) == ((7.0,), (7.0,))
    assert [value for _, value in d.choices] == [2, 3, 4]
    assert e.in_pixels and e.default == (0.5, 0.5)
    assert f.default == (1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("{", r"e.fs:1: header is not valid JSON"),
        ('{\n"A": 1,\n"B": oops\n}', r"e.fs:3: header is not valid JSON"),
        ('{"INPUTS": [{"NAME": "x", "TYPE": "float", "MIN": NaN, "MAX": 1}]}', "NaN is not a number"),
        ({"INPUTS": {}}, "INPUTS must be a list"),
        ({"INPUTS": [3]}, r"INPUTS\[0\] must be an object"),
        ({"INPUTS": [{"NAME": "my value", "TYPE": "float"}]}, "plain GLSL name"),
        ({"INPUTS": [{"NAME": "TIME", "TYPE": "float"}]}, "ISF gives itself"),
        (
            {"INPUTS": [{"NAME": "x", "TYPE": "floot"}]},
            r"e.fs:\d+: input 'x': unknown TYPE 'floot'; did you mean 'float'",
        ),
        ({"INPUTS": [{"NAME": "x", "TYPE": "float", "MAX": "big", "MIN": 0}]}, "MAX must be a number"),
        ({"INPUTS": [{"NAME": "x", "TYPE": "color", "DEFAULT": [1, 2]}]}, "list of 4 numbers"),
        ({"INPUTS": [{"NAME": "x", "TYPE": "float"}] * 2}, "used twice"),
        ({"INPUTS": [{"NAME": f"x{i}", "TYPE": "float"} for i in range(200)]}, "at most 128"),
        ({"INPUTS": [{"NAME": f"x{i}", "TYPE": "image"} for i in range(20)]}, "at most 15"),
        ({"PASSES": [{}] * 40}, "at most 32"),
        ({"PASSES": [{"TARGET": "a b"}]}, "plain GLSL name"),
        ({"PASSES": [{"TARGET": "a", "WIDTH": "$WIDTH/"}]}, r"WIDTH '\$WIDTH/': unexpected 'end'"),
        ({"PASSES": [{"TARGET": "a", "WIDTH": "$nothing"}]}, "'nothing', which is no input"),
        ({"PASSES": [{"TARGET": "a", "WIDTH": "__import__('os')"}]}, "unexpected"),
        ({"IMPORTED": {"a": {"PATH": "../secret.png"}}}, "outside the effect's folder"),
        ({"IMPORTED": {"a": {"PATH": "/etc/passwd"}}}, "outside the effect's folder"),
        ({"IMPORTED": {"a": {}}}, "needs a PATH"),
        ({"IMPORTED": {"a": {"PATH": "\ud800.png"}}}, r"half of a character \(.ud800\)"),
        ({"INPUTS": [{"NAME": "x", "TYPE": "float", "LABEL": "\udcff"}]}, "half of a character"),
        ("[" * 5000, "nests deeper"),
        ('{"A": ' + "9" * 6000 + "}", "valid JSON"),
    ],
)
def test_mistakes_name_file_line_and_cause(tmp_path: Path, header: object, message: str) -> None:
    text = header if not isinstance(header, str) or header.startswith("{") else '{"A":' + header
    with pytest.raises(UserError, match=message):
        read(tmp_path, text)


def test_files_that_are_no_effects(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        parse(tmp_path / "none.fs")
    (tmp_path / "plain.fs").write_text(BODY)
    with pytest.raises(UserError, match=r"plain.fs:1: no ISF header"):
        parse(tmp_path / "plain.fs")
    (tmp_path / "big.fs").write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(UserError, match="larger than"):
        parse(tmp_path / "big.fs")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fs")
    with pytest.raises(UserError, match="cannot be read"):
        parse(tmp_path / "pipe.fs")


def test_symbolic_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "effects"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (inside / "mask.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(UserError, match="outside"):
        read(inside, EVERYTHING)


def test_a_picture_behind_links_that_lead_round_is_refused_or_missing(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    try:
        read(tmp_path, {"IMPORTED": {"mask": {"PATH": "round/mask.png"}}})
    except UserError as error:
        assert "outside" in str(error)


JSON_TEXT = json.dumps(EVERYTHING)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def only_user_errors(path: Path) -> None:
    try:
        effect = parse(path)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert all(param.low <= param.default <= param.high for param in effect.params)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_text_never_breaks_the_parser(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(JSON_TEXT)))
    end = data.draw(st.integers(start, min(start + 40, len(JSON_TEXT))))
    text = JSON_TEXT[:start] + data.draw(st.text(max_size=12)) + JSON_TEXT[end:]
    path = tmp_path_factory.getbasetemp() / "mutated.fs"
    path.write_bytes(f"/*{text}*/{BODY}".encode("utf-8", "surrogatepass"))
    only_user_errors(path)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["INPUTS", "PASSES", "IMPORTED", "CATEGORIES", "PERSISTENT_BUFFERS", "NAME", "TYPE", "DEFAULT"])
    | st.sampled_from(["MIN", "MAX", "VALUES", "LABELS", "LABEL", "TARGET", "WIDTH", "FLOAT", "PATH"]),
    ODD,
)
def test_odd_values_never_break_the_parser(tmp_path_factory: pytest.TempPathFactory, key: str, value: object) -> None:
    def mutated(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: value if k == key else mutated(v) for k, v in part.items()}
        return [mutated(item) for item in part] if isinstance(part, list) else part

    header = mutated(EVERYTHING) | ({key: value} if key.isupper() and len(key) > 6 else {})
    only_user_errors(write(tmp_path_factory.getbasetemp(), header, name="odd.fs"))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$WIDTH/4", 80.0),
        ("floor($WIDTH*min((0.3),1.0))", 96.0),
        ("max($HEIGHT / 243.0, 1.0)", 1.0),
        ("2+3*4-10/5", 12.0),
        ("-2**2", -4.0),
        ("2**3**2", 512.0),
        ("-(3 - 5) % 4", 2.0),
        ("round(2.5) + ceil(1.2) + abs(-1)", 6.0),
        ("WIDTH", 320.0),
        ("1e2 + .5", 100.5),
        ("512", 512.0),
    ],
)
def test_expressions(text: str, result: float) -> None:
    assert isf_expression.parse(text).evaluate({"WIDTH": 320.0, "HEIGHT": 180.0}) == pytest.approx(result)


@pytest.mark.parametrize("text", ["1/0", "(0-8)**0.5", "10**1000", "log(0)", "sqrt(-1)", "5 % 0"])
def test_sums_without_an_answer_are_nan(text: str) -> None:
    assert math.isnan(isf_expression.parse(text).evaluate({}))


@pytest.mark.parametrize(
    "text",
    ["", "(", "1 +", "a.b", "f(1)", "1 2", "min(1)", "x = 1", "(" * 60 + ")" * 60, "-" * 90 + "1", "1+" * 300 + "1"],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        isf_expression.parse(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="$WIDTH0123456789.eE+-*/%(), minaxflor_", max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        expression = isf_expression.parse(text)
    except ExpressionError:
        return
    assert isinstance(expression.evaluate(dict.fromkeys(expression.names, 2.0)), float)
