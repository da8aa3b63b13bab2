"""Expressions: the right numbers, the right refusals, and never an endless evaluation."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.problems import UserError
from app.training.expression_rules import FUNCTIONS, TIME, WITH_SIMILARITY
from app.training.expressions import Value, constant, parse, scope


def at(text: str, step: int = 30, steps: int = 100) -> float:
    return parse(text, "x").at(scope(step, steps, (320, 240), 2.0, 0.5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1*ti", 0.07), ("31*ti", 21.7), ("1./5.", 0.2), ("224*2", 448.0), ("0 if t < .4 else 1.", 0.0),
        ("0 if t < .3 else 1.", 1.0), ("width/2", 160.0), ("height", 240.0), ("res", 240.0), ("-90", -90.0),
        ("1-.95*t^5".replace("^", "**"), 1 - 0.95 * 0.3**5), ("t2", 0.09), ("time5", 0.3**5), ("ti3", 0.7**3),
        ("time_inverse2", 0.49), ("lr * lrs", 1.0), ("learnrate", 2.0), ("epoch", 30.0), ("7 // 2 + 7 % 2", 4.0),
        ("ts(0, 1)", 0.3), ("time_step(.5, 1)", 0.0), ("ts(.5, 0)", 0.4), ("ts(0, .1)", 1.0), ("ts(.1, 0)", 0.0),
        ("sin(pi/2)", 1.0), ("max(1, 2, min(3, 4))", 3.0), ("round(2.345, 1)", 2.3), ("int(2.9)", 2.0),
        ("(t > .2) and 5", 5.0), ("0 or 3", 3.0), ("not 0", 1.0), ("0 < t < 1", 1.0), ("factorial(5.)", 120.0),
        ("sim + similarity", 0.0), ("fsum(1, t, 2)", 3.3), ("prod(2, 3, 4)", 24.0),
        ("isfinite(t) and not isnan(t) and not isinf(t)", 1.0),
        ("2**10", 1024.0), ("2 ** -1", 0.5), ("True", 1.0),
    ],
)  # fmt: skip
def test_values(text: str, expected: float) -> None:
    assert at(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("__import__('os')", 1, "__import__"), ("1 + t.real", 5, "dot"), ("res[0]", 1, "square brackets"),
        ("lambda: 1", 1, "lambda"), ("[i for i in t]", 1, "loop"), ("'a' * 9", 1, "only numbers"),
        ("1 + 9**9**9", 5, "too large"), ("9.0**9999", 1, ""), ("factorial(9999)", 1, "work"), ("1/0", 1, "zero"),
        ("comb(10**9, 5)", 1, "work"), ("1e999", 1, "bits"), ("t * 1e999", 5, "bits"), ("(-8)**.5", 1, "real"),
        ("f'{t}'", 1, "text"), ("(x := 3)", 2, "assignment"), ("max(*t)", 5, "star"), ("max(t, key=abs)", 1, "name"),
        ("t if", 0, "not an expression"), ("1 << 9", 1, "not allowed"), ("print(t)", 1, "print"), ("tt", 1, "'t'"),
        ("sin", 1, "brackets"), ("sin(t)(t)", 1, "functions"), ("1j", 1, "only numbers"), ("None", 1, "only numbers"),
        ("await t", 1, "not allowed"), ("gammavariate(1e9, 1)", 1, "up to"), ("choice()", 1, "at least one"),
        ("randint(0, 2.5)", 1, "whole"), ("inf", 1, "unknown variable"), ("fsum()", 1, "at least one"),
        ("t and", 0, "not an expression"),
        ("1" * 399, 1, "bits"), ("", 0, "nothing there"),
    ],
)  # fmt: skip
def test_refusals_name_the_place(text: str, column: int, word: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text, "a.yaml:3: weight")
    message = str(caught.value)
    assert message.startswith("a.yaml:3: weight: ") and "\n" not in message
    assert word in message
    assert not column or f"column {column}:" in message


@pytest.mark.parametrize("text", ["(" * 150 + "t" + ")" * 150, "-" * 399 + "t", "t+" * 150 + "t", "t," * 90, "x" * 500])
def test_too_deep_or_too_long(text: str) -> None:
    if text.startswith("("):
        assert at(text) == 0.3, "brackets alone nest nothing"
        return
    with pytest.raises(UserError):
        parse(text, "x")


def test_a_variable_is_only_known_where_it_has_a_value() -> None:
    assert parse("width", "x").number is None
    with pytest.raises(UserError, match="'width' is not known yet"):
        parse("width * t", "x", TIME)


def test_constants_read_alike_in_every_spelling() -> None:
    assert parse("1./5.", "x") == parse(" .2 ", "x") == constant(0.2)
    assert parse("0.1234567890123", "x").at({}) == 0.1234567890123
    assert constant(0.1234567890123).text == "0.1234567890123"
    assert parse("-.5", "x").always_negative and not parse("-t", "x").always_negative


def test_values_travel_to_another_process() -> None:
    value = pickle.loads(pickle.dumps(parse("0.5 * ti", "x")))
    assert value.at(scope(50, 100)) == 0.25


def test_random_numbers_repeat_with_the_seed_and_move_with_the_step() -> None:
    value = parse("uniform(0, 1)", "x")
    assert value.number is None
    drawn = [value.at(scope(step, 10, seed=seed)) for seed, step in ((1, 0), (1, 0), (1, 1), (2, 0))]
    assert drawn[0] == drawn[1] and len(set(drawn)) == 3
    assert parse("choice(2, 3)", "x").at(scope(0, 10)) in (2.0, 3.0)
    one = scope(0, 10)
    assert value.at(one) != value.at(one), "two draws within a step differ"


def test_errors_while_running_are_told_too() -> None:
    value = parse("1 / (similarity - 5)", "x")
    seen = scope(0, 10)
    assert value.at(seen) == -0.2
    with pytest.raises(UserError, match=r"expression '1 / .*column 1: .*zero"):
        value.at(seen.seen(5.0))
    with pytest.raises(UserError, match="not known"):
        parse("sim", "x").at({"t": 1.0})


NUMBERS = st.one_of(st.integers(-(10**25), 10**25), st.floats(allow_nan=False, allow_infinity=False)).map(repr)
ATOMS = st.one_of(NUMBERS, st.sampled_from(sorted(WITH_SIMILARITY)))
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "<", ">", "==", "and", "or")
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda p: f"({' '.join(p)})"),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, max_size=3)).map(
            lambda p: f"{p[0]}({', '.join(p[1])})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
    ),
    max_leaves=12,
)  # fmt: skip


@given(TREES)
def test_any_expression_ends_with_a_finite_number_or_a_line(text: str) -> None:
    try:
        number = parse(text, "x").at(scope(3, 10).seen(20.0))
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert math.isfinite(number)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_a_line(text: str) -> None:
    try:
        value = parse(text, "x")
    except UserError as error:
        assert str(error).startswith("x: ")
    else:
        assert isinstance(value, Value)
