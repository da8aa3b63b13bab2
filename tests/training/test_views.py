"""Views: where each transform makes a view look, and what colour, noise and blur do to it."""

import math
from typing import Any

import pytest
import torch

from app.problems import UserError
from app.training.entries import POSTPROC, TRANSFORMS, is_random
from app.training.experiment import Transform
from app.training.expressions import parse, scope
from app.training.geometry import GEOMETRY
from app.training.pixel_transforms import PIXEL_TRANSFORMS
from app.training.views import Views, make_views

SIDE = 32


def use(name: str, mode: str = "fill", **params: str) -> Transform:
    """Make a transform as the reader would: all parameters there, one value for all of a list."""
    values = {}
    for param in TRANSFORMS[name].params:
        if param.choices:
            continue
        default = " ".join(map(str, param.default or ()))
        parts = params.get(param.name, default).split()
        parts = parts * param.lengths[0] if len(parts) == 1 else parts
        values[param.name] = tuple(parse(part, name) for part in parts)
    return Transform(name, values, {"mode": mode} if name == "pad" else {}, place=f"a.yaml:7: {name}")


def look(*transforms: Transform, count: int = 1, size: int = SIDE, jitter: bool = False, step: int = 0) -> Views:
    generator = torch.Generator().manual_seed(5)
    return make_views(transforms, scope(step, 10, (SIDE, SIDE)), count, (SIDE, SIDE), size, generator, jitter)


def points(views: Views) -> torch.Tensor:
    """All places as whole pixels of the picture, sorted."""
    pixels = torch.floor(views.places * SIDE).long().reshape(-1, 2)
    return torch.unique(pixels, dim=0, return_counts=True)[1]


def middle(views: Views) -> list[float]:
    return [round(v, 3) for v in views.places.mean((0, 1, 2)).tolist()]


def test_every_name_has_exactly_one_function() -> None:
    kinds = {"geometry": GEOMETRY.keys(), "pixels": PIXEL_TRANSFORMS.keys()}
    for kind, names in kinds.items():
        assert {name for name, entry in TRANSFORMS.items() if entry.kind == kind} == names
    assert len(TRANSFORMS) == 26 and len(POSTPROC) == 20


def test_a_plain_view_is_the_whole_picture_at_the_judges_size() -> None:
    views = look(size=8)
    assert views.places.shape == (1, 8, 8, 2) and views.inside is None and views.scale == (0.25, 0.25)
    assert views.places[0, 0, 0].tolist() == [1 / 16, 1 / 16]
    assert views.places[0, 7, 0].tolist() == [1 / 16, 15 / 16], "y runs down"
    wide = make_views([], scope(0, 1), 2, (64, 32), (8, 4), torch.Generator())
    assert wide.places.shape == (2, 4, 8, 2) and wide.scale == (0.125, 0.125)


def test_jitter_stays_within_its_pixel_and_differs_between_views() -> None:
    views = look(count=3, size=16, jitter=True)
    within = views.places * 16 % 1.0
    assert (views.places * 16).floor().equal((look(size=16).places * 16).floor().expand(3, -1, -1, -1))
    assert within.min() < 0.05 and within.max() > 0.95
    assert not views.places[0].equal(views.places[1])


@pytest.mark.parametrize("offset", ["0.25 0.5", "5 -3", "-.125", "0", "37 70"])
def test_shift_keeps_the_multiset_of_picture_points(offset: str) -> None:
    views = look(use("shift", offset=offset))
    assert views.inside is None
    assert points(views).tolist() == [1] * SIDE * SIDE


def test_shift_moves_right_and_down() -> None:
    assert look(use("shift", offset="4 0")).places[0, 0, 4].tolist() == pytest.approx([0.5 / 32, 0.5 / 32])
    assert look(use("shift", offset="0 .5")).places[0, 16, 0].tolist() == pytest.approx([0.5 / 32, 0.5 / 32])


def test_random_shift_moves_each_view_elsewhere_and_wraps() -> None:
    views = look(use("random_shift", offset="0 1"), count=4)
    assert views.inside is None and views.places.min() >= 0.0 and views.places.max() < 1.0
    assert len({tuple(place.tolist()) for place in views.places[:, 0, 0]}) == 4
    only_y = look(use("random_shift", offset="0 0 -.1 .1"), count=4).places[:, :, 0, 0]
    assert torch.allclose(only_y, torch.full_like(only_y, 0.5 / SIDE))
    pixels = look(use("random_shift", offset="0 2"), count=50).places[:, 0, 0, 0]
    assert set(torch.floor(pixels * SIDE).int().tolist()) <= {0, 30, 31}, "a range beyond 1 is pixels"


def test_schedules_reach_the_geometry() -> None:
    late = use("random_shift", offset="0 x".replace("x", "(t>.4)*1."))
    assert torch.allclose(look(late).places, look().places)
    assert not torch.allclose(look(late, step=9).places, look().places)


def test_rotate_turns_counter_clockwise_and_shows_black_outside() -> None:
    views = look(use("rotate", degree="90"))
    assert views.inside is not None and bool(views.inside.all())
    top_left = views.places[0, 0, 0].tolist()
    assert top_left == pytest.approx([31.5 / 32, 0.5 / 32], abs=1e-5), "the right top corner has come to the left"
    assert points(views).tolist() == [1] * SIDE * SIDE
    slanted = look(use("rotate", degree="45"))
    assert slanted.inside is not None and not slanted.inside[0, 0, 0, 0] and slanted.inside[0, 0, 16, 16]
    assert 0.8 < slanted.inside.float().mean() < 0.85, "an octagon's share of its square"


def test_rotate_about_a_corner() -> None:
    views = look(use("rotate", degree="90", center="0 0"))
    assert views.inside is not None and views.inside.sum() == 0, "all has been turned out of the picture"
    assert views.places[0, 0, 0].tolist() == pytest.approx([-0.5 / 32, 0.5 / 32], abs=1e-6)


def test_random_rotate_keeps_its_ranges() -> None:
    views = look(use("random_rotate", degree="-30 30", center="0.4 .6"), count=20)
    along = views.places[:, 0, 1] - views.places[:, 0, 0]
    degrees = torch.rad2deg(torch.atan2(along[:, 1], along[:, 0]))
    assert degrees.abs().max() <= 30.01 and degrees.std() > 5.0
    assert len({round(d, 3) for d in degrees.tolist()}) == 20


def test_random_scale_enlarges_about_the_middle() -> None:
    views = look(use("random_scale", scale="2 2"))
    assert views.places.min() == pytest.approx(0.25 + 0.25 / 32) and middle(views) == [0.5, 0.5]
    small = look(use("random_scale", scale=".5"))
    assert small.inside is not None and small.inside.float().mean() == 0.25
    spread = look(use("random_scale", scale=".5 1.5"), count=30).places[:, 0, 0, 0]
    assert spread.std() > 0.1


def test_random_translate_is_black_outside() -> None:
    views = look(use("random_translate", offset=".5 0"), count=30)
    assert views.inside is not None and 0.6 < views.inside.float().mean() < 0.9
    assert views.places[:, :, 0, 1].std(0).max() == 0.0


def test_crops_and_sizes_follow_the_list() -> None:
    views = look(use("center_crop", size="16"))
    assert views.places.min() == pytest.approx(0.25 + 0.25 / 32) and views.scale == (2.0, 2.0)
    wider = look(use("center_crop", size="64 32"))
    assert wider.inside is not None and wider.inside.float().mean() == 0.5
    crop = look(use("crop", xywh="8 .5 .25 8"))
    assert middle(crop) == [12 / 32, 20 / 32]
    pieces = look(use("random_crop", size="8"), count=40).places
    assert pieces.min() >= 0.0 and pieces.max() <= 1.0 and pieces[:, 0, 0].std(0).min() > 0.15
    assert look(use("random_crop", size="99")).places.equal(look().places)


def test_seed_example_center_then_random_crop() -> None:
    views = look(use("center_crop", size="width/2"), use("random_crop", size="8"), count=50)
    assert views.places.min() >= 0.25 and views.places.max() <= 0.75 and views.scale == (4.0, 4.0)


def test_repeat_shows_the_picture_more_than_once() -> None:
    views = look(use("repeat", count="2"), size=64)
    assert points(views).tolist() == [4] * SIDE * SIDE, "64² looks at 32² points, wherever they came from"
    assert look(use("repeat", count="2 4"), size=64).scale == (1.0, 0.5)
    with pytest.raises(UserError, match=r"a\.yaml:7: repeat: a size of 0 × 0"):
        look(use("repeat", count="0"))


def test_resize_changes_only_what_a_pixel_is() -> None:
    views = look(use("resize", size="8"), use("shift", offset="1"))
    assert views.places[0, 0, 4].tolist()[0] == pytest.approx(0.5 / 32), "one pixel is now four"
    assert look(use("blur"), use("resize", size="8")).looks[0][1].scale == (1.0, 1.0)
    assert look(use("resize", size="8"), use("blur")).looks[0][1].scale == (4.0, 4.0)


@pytest.mark.parametrize("mode", ["fill", "edge", "wrap"])
def test_pad_adds_pixels_on_each_side(mode: str) -> None:
    views = look(use("pad", mode=mode, size="16", color="1 .5 0"))
    shown = views.finish(torch.full((1, 3, SIDE, SIDE), 0.2))
    corner = shown[0, :, 0, 0].tolist()
    assert corner == pytest.approx([1.0, 0.5, 0.0] if mode == "fill" else [0.2] * 3)
    assert views.places[0, 16, 16].tolist() == pytest.approx([17 / 32, 17 / 32])
    first = views.places[0, 0, 0].tolist()
    assert first == pytest.approx({"fill": [-15 / 32] * 2, "edge": [0.0] * 2, "wrap": [17 / 32] * 2}[mode])


def test_border_paints_the_edge_of_what_it_is_given() -> None:
    border = use("border", size="2 4", color=".5")
    shown = look(border).finish(torch.zeros(1, 3, SIDE, SIDE))[0, 0]
    assert shown[:, :2].mean() == shown[:4].mean() == 0.5 and shown[4:-4, 2:-2].sum() == 0.0
    moved = look(border, use("shift", offset=".5")).finish(torch.zeros(1, 3, SIDE, SIDE))[0, 0]
    assert moved[16, 16] == 0.5 and moved[0, 0] == 0.0, "a shift after it moves the painted edge too"


def test_a_later_ground_covers_an_earlier_one() -> None:
    views = look(use("pad", size="16", color="1 0 0"), use("pad", size="16", color="0 0 1"), size=96)
    shown = views.finish(torch.ones(1, 3, 96, 96))[0]
    assert shown[:, 0, 0].tolist() == [0, 0, 1] and shown[:, 20, 20].tolist() == [1, 0, 0]
    assert shown[:, 48, 48].tolist() == [1, 1, 1]


def test_a_scale_of_nothing_is_refused_with_its_line() -> None:
    with pytest.raises(UserError, match=r"a\.yaml:7: random_scale: a scale of 0"):
        look(use("random_scale", scale="t 1"))


def finish(pixels: torch.Tensor, *transforms: Transform) -> Any:
    return look(*transforms, count=pixels.shape[0], size=pixels.shape[-1]).finish(pixels)


PICTURE = torch.rand((2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1)) * 0.6 + 0.2


def test_colour_transforms() -> None:
    assert torch.allclose(finish(PICTURE, use("add", color=".1 0 0"))[:, 0], PICTURE[:, 0] + 0.1)
    assert torch.allclose(finish(PICTURE, use("mul", color="1./5.")), PICTURE / 5)
    assert torch.allclose(finish(PICTURE, use("mean", mean=".45")).mean((2, 3)), torch.full((2, 3), 0.45), atol=0.01)
    assert finish(PICTURE, use("clamp", range=".3 .4")).aminmax() == (pytest.approx(0.3), pytest.approx(0.4))
    assert torch.allclose(finish(PICTURE, use("contrast")), PICTURE)
    assert finish(PICTURE, use("contrast", factor="0")).flatten(1).std(1).max() < 1e-6
    assert finish(PICTURE, use("saturation", factor="0")).std(1).max() < 1e-6
    assert finish(PICTURE, use("saturation", factor="2")).std(1).mean() > PICTURE.std(1).mean()


def test_order_of_pixel_transforms_is_kept() -> None:
    first = finish(PICTURE, use("add", color=".1"), use("mul", color=".5"))
    assert not torch.allclose(first, finish(PICTURE, use("mul", color=".5"), use("add", color=".1")))


def test_quantize_lets_the_gradient_through() -> None:
    pixels = PICTURE.clone().requires_grad_()
    shown = finish(pixels, use("quantize", step=".25"))
    assert set(shown.unique().tolist()) <= {0.0, 0.25, 0.5, 0.75}
    shown.sum().backward()
    assert pixels.grad is not None and torch.equal(pixels.grad, torch.ones_like(pixels))


def test_blur_and_edge() -> None:
    blurred = finish(PICTURE, use("blur", kernel_size="9"))
    assert blurred.std() < 0.4 * PICTURE.std() and torch.allclose(blurred.mean(), PICTURE.mean(), atol=0.01)
    assert torch.equal(finish(PICTURE, use("blur", kernel_size="1")), PICTURE)
    sideways = finish(PICTURE, use("blur", kernel_size="9 1"))
    assert sideways.diff(dim=3).abs().mean() < 0.3 * sideways.diff(dim=2).abs().mean()
    flat = torch.full((1, 3, SIDE, SIDE), 0.5)
    assert finish(flat, use("edge")).max() < 1e-6 and finish(PICTURE, use("edge", amount="2")).max() > 0.1


def test_blur_is_as_wide_on_the_picture_at_any_size_of_view() -> None:
    line = torch.zeros(1, 3, 128, 128)
    line[..., 64] = 1.0
    sigmas = []
    for size, pixels in ((128, line), (64, line.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5)))):
        views = make_views([use("blur", kernel_size="31 1")], scope(0, 1), 1, (128, 128), size, torch.Generator())
        row = views.finish(pixels)[0, 0, 0]
        places = (torch.arange(size) + 0.5) / size
        mean = (row * places).sum() / row.sum()
        sigmas.append(float(((row * (places - mean) ** 2).sum() / row.sum()).sqrt()))
    assert sigmas[0] == pytest.approx(sigmas[1], rel=0.03)


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("noise", {"std": "0.1"}, 0.1),
        ("bwnoise", {"std": "0.1"}, 0.1),
        ("rnoise", {"std": ".1", "resolution": "8"}, 0.07),
    ],
)
def test_noise(name: str, params: dict[str, str], expected: float) -> None:
    grey = torch.full((4, 3, SIDE, SIDE), 0.5)
    added = finish(grey, use(name, **params)) - grey
    assert float(added.std()) == pytest.approx(expected, rel=0.15) and abs(float(added.mean())) < 0.02
    assert bool((added[:, 0] == added[:, 1]).all()) == (name == "bwnoise")
    assert not torch.equal(added[0], added[1])


def test_fourier_noise_is_as_strong_at_any_size() -> None:
    strengths = []
    for size in (32, 64):
        grey = torch.full((4, 3, size, size), 0.5)
        strengths.append(float((finish(grey, use("fnoise", std=".5")) - grey).std()))
    assert strengths[0] == pytest.approx(strengths[1], rel=0.1)
    assert strengths[0] == pytest.approx(0.5 * 15 / 224 * math.sqrt(2), rel=0.1)


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_every_transform_gives_views_with_a_gradient_and_says_whether_it_is_random(name: str) -> None:
    numbers = {
        "color": ".5", "mean": ".5", "range": "0 1", "step": ".1", "std": ".1", "resolution": "8", "degree": "20",
        "offset": ".3", "scale": ".8 1.2", "size": "12", "xywh": ".1 .1 .5 .5", "count": "2",
    }  # fmt: skip
    if name.startswith("random") and name != "random_crop":
        numbers |= {"degree": "-20 20", "offset": "-.3 .3"}
    params = {p.name: numbers[p.name] for p in TRANSFORMS[name].params if p.name in numbers and p.default is None}
    transform = use(name, **params)
    pixels = PICTURE.clone().requires_grad_()
    shown = [look(transform, count=2)]
    views = make_views([transform], scope(0, 10), 2, (SIDE, SIDE), SIDE, torch.Generator().manual_seed(9), False)
    shown.append(views)
    results = [one.finish(pixels) for one in shown]
    results[0].square().sum().backward()
    results = [result.detach() for result in results]
    assert pixels.grad is not None and pixels.grad.abs().sum() > 0
    assert results[0].shape == PICTURE.shape and float(results[0].min()) >= 0.0 and float(results[0].max()) <= 1.0
    differ = not (results[0].equal(results[1]) and shown[0].places.equal(shown[1].places))
    assert differ == is_random([transform]) == TRANSFORMS[name].random
