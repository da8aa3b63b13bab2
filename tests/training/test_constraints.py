"""Constraints: nothing where a view is as it should be, something where it isn't, and a slope back."""

import pytest
import torch

from app.training.constraints import DIFFERENCES, MEASURES, constraint_loss
from app.training.entries import CONSTRAINTS, FACTORS
from app.training.experiment import Constraint
from app.training.expressions import parse, scope

SIDE = 24
RANDOM = torch.rand((2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(3))
FLAT = torch.full((2, 3, SIDE, SIDE), 0.4)


def make(name: str, weight: str = "1", loss: str = "l2", **params: str) -> Constraint:
    values = {}
    for param in CONSTRAINTS[name].params:
        parts = params.get(param.name, " ".join(map(str, param.default or ()))).split()
        parts = parts * param.lengths[0] if len(parts) == 1 else parts
        values[param.name] = tuple(parse(part, name) for part in parts)
    return Constraint(name, values, parse(weight, name), loss="l1" if loss == "l1" else "l2")


def loss(constraint: Constraint, pixels: torch.Tensor, scale: float = 1.0, step: int = 0) -> float:
    generator = torch.Generator().manual_seed(1)
    return float(constraint_loss(constraint, pixels, scope(step, 10), (scale, scale), generator))


def test_every_name_has_exactly_one_function() -> None:
    assert set(CONSTRAINTS) == set(FACTORS) == {*MEASURES, *DIFFERENCES}
    assert not set(MEASURES) & set(DIFFERENCES)
    assert {name for name, entry in CONSTRAINTS.items() if entry.one_of} == set(MEASURES)


@pytest.mark.parametrize(
    ("name", "params", "satisfied", "violated"),
    [
        ("mean", {"above": ".3"}, FLAT, FLAT * 0.5), ("mean", {"below": ".5"}, FLAT, FLAT + 0.3),
        ("mean", {"above": ".3", "below": ".5"}, FLAT, FLAT + 0.3), ("mean", {"above": "0 0 .5"}, FLAT + 0.2, FLAT),
        ("std", {"above": ".2"}, RANDOM, FLAT), ("std", {"below": ".1"}, FLAT, RANDOM),
        ("saturation", {"below": ".01"}, FLAT, RANDOM), ("saturation", {"above": ".1"}, RANDOM, FLAT),
        ("contrast", {"above": ".3"}, RANDOM, FLAT), ("contrast", {"below": ".3"}, FLAT, RANDOM),
        ("edge_mean", {"above": ".05"}, RANDOM, FLAT), ("edge_mean", {"below": ".01"}, FLAT, RANDOM),
        ("blur", {"kernel_size": "7"}, FLAT, RANDOM), ("border", {"color": ".4"}, FLAT, RANDOM),
        ("normalize", {"min": ".4", "max": ".4"}, FLAT, RANDOM),
    ],
)  # fmt: skip
def test_zero_when_satisfied_and_more_when_violated(
    name: str, params: dict[str, str], satisfied: torch.Tensor, violated: torch.Tensor
) -> None:
    assert loss(make(name, **params), satisfied) == pytest.approx(0.0, abs=1e-9)
    assert loss(make(name, **params), violated) > 0.01
    assert loss(make(name, loss="l1", **params), violated) > 0.01


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
def test_every_constraint_pulls_on_the_pixels(name: str) -> None:
    params = {"above": ".9", "std": ".2", "kernel_size": "5", "min": ".2", "max": ".7"}
    known = {p.name for p in CONSTRAINTS[name].params}
    constraint = make(name, **{key: value for key, value in params.items() if key in known})
    pixels = RANDOM.clone().requires_grad_()
    constraint_loss(constraint, pixels, scope(0, 10), (1.0, 1.0), torch.Generator()).backward()
    assert pixels.grad is not None and pixels.grad.isfinite().all() and pixels.grad.abs().sum() > 0


def test_weights_factors_and_loss_kinds() -> None:
    dark = torch.zeros(1, 3, SIDE, SIDE)
    assert loss(make("mean", above=".5"), dark) == pytest.approx(100 * 0.25)
    assert loss(make("mean", above=".5", loss="l1"), dark) == pytest.approx(100 * 0.5)
    assert loss(make("mean", above=".5", weight="10.*ti"), dark, step=5) == pytest.approx(5 * 100 * 0.25)
    assert loss(make("contrast", above=".5"), dark) == pytest.approx(0.25)
    assert loss(make("noise", std="0.2"), FLAT) == pytest.approx(100 * 0.04, rel=0.1)


def test_limits_hold_for_each_view_and_not_for_their_mean() -> None:
    pair = torch.cat([torch.zeros(1, 3, SIDE, SIDE), torch.ones(1, 3, SIDE, SIDE)])
    assert loss(make("mean", above=".5"), pair) == pytest.approx(100 * 0.125)


def test_sizes_in_pixels_follow_the_view() -> None:
    border = make("border", size="2", color="1")
    assert loss(border, torch.zeros(1, 3, SIDE, SIDE)) == pytest.approx(100 * (1 - 20 * 20 / SIDE**2))
    assert loss(border, torch.zeros(1, 3, SIDE, SIDE), scale=0.5) == pytest.approx(100 * (1 - 22 * 22 / SIDE**2))
    assert loss(make("blur", kernel_size="31*ti"), RANDOM, step=10) == 0.0, "a kernel of one pixel blurs nothing"


def test_a_flat_picture_has_a_finite_slope() -> None:
    for name in MEASURES:
        pixels = FLAT.clone().requires_grad_()
        constraint_loss(make(name, above=".5"), pixels, scope(0, 1), (1.0, 1.0), torch.Generator()).backward()
        assert pixels.grad is not None and pixels.grad.isfinite().all()
