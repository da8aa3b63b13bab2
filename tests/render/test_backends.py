"""The contract of every backend: the oracle's picture, any network, any size, nothing left behind."""

import threading
from collections.abc import Callable, Iterator

import moderngl
import numpy as np
import pytest

from app import plugins
from app.clock import Frame
from app.cppn import glsl, reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, view_of
from app.modulation.values import Values
from app.problems import UserError
from app.render import glsl_backend, glsl_ways
from app.render.backend import BACKENDS, Backend, Shot
from app.render.target import Target
from app.style import Style

FRAME = Frame(0, 0.0, 0.0)
SMALL = Arch(width=16, depth=2)
ARCHS = [
    *(Arch(width=18, depth=3, activation=activation) for activation in ACTIVATIONS),
    Arch(),
    Arch(width=8, depth=1),
    Arch(width=10, depth=8),
    Arch(("fold_x", "petal5", "petal6", "tunnel", "angle_sin", "angle_cos", "r", "fold_y", "sway1", "bass"), 12, 2),
    Arch(("t", "bass"), 9, 2),
]
Made = Callable[[], Backend]


@pytest.fixture(params=["glsl", "cpu", "cuda"])
def make(request: pytest.FixtureRequest, ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Return what makes a backend, CUDA's on a pretended GPU; all are released at the end."""
    made: list[Backend] = []
    if request.param == "cuda":
        pretend_cuda(monkeypatch)

    def new() -> Backend:
        made.append(plugins.load("backend", BACKENDS, request.param)(ctx))
        return made[-1]

    yield new
    for backend in made:
        backend.release()


def pretend_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cuda.bindings")
    from app.render import cuda_backend
    from tests.render.fake_cuda import FakeDriver

    FakeDriver(capability=(9, 0)).install(monkeypatch)
    monkeypatch.setattr(cuda_backend, "is_software", lambda ctx: False)  # what does not fit goes to GLSL


def test_the_table_is_tested_whole() -> None:
    assert set(BACKENDS) == {"cpu", "cuda", "glsl"}, "a new backend belongs into `make` above"


def held_to_the_oracle(backend: Backend, style: Style, target: Target, values: Values) -> None:
    backend.draw(values, FRAME, target)
    shown_as_the_oracles(style, target, values)


def shown_as_the_oracles(style: Style, target: Target, values: Values) -> None:
    width, height = target.region_px
    aspect = target.size_px[0] / target.size_px[1]
    wanted = reference.render(style, width, height, values.style_seconds, values.heard, view_of(values), aspect)
    picture = target.read()
    assert (picture[..., 3] == 255).all(), "opaque"
    error = np.abs(picture[..., :3] / 255.0 - wanted)
    assert error.max() * 255 <= 2.0
    assert -10 * np.log10((error**2).mean()) >= 50.0, "PSNR in dB"


@pytest.mark.parametrize(
    "arch", ARCHS, ids=lambda arch: f"{len(arch.inputs)}-{arch.depth}x{arch.width}-{arch.activation}"
)
def test_every_network(make: Made, ctx: moderngl.Context, arch: Arch) -> None:
    backend, target, style = make(), Target(ctx, (48, 27)), random_style(4, arch)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target, Values({}, (0.4,) * 9, 7.25))
    target.release()


@pytest.mark.parametrize("activation", ["sin", "atan"])
def test_the_largest_networks(make: Made, ctx: moderngl.Context, activation: str) -> None:
    backend, target = make(), Target(ctx, (16, 9))
    depth = 2 if "Pretend GPU" in backend.detail else 8  # a kernel repeats its layer, and each takes the compiler long
    style = random_style(4, Arch(width=256, depth=depth, activation=activation))
    backend.set_style(style)
    held_to_the_oracle(backend, style, target, Values({}, (0.4,) * 9, 7.25))
    target.release()


@pytest.mark.parametrize("size_px", [(1, 1), (7, 5), (33, 64), (131, 17)])
def test_odd_sizes(make: Made, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
    backend, target, style = make(), Target(ctx, size_px), random_style(2, SMALL)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target, Values({}, SILENCE, 1.0))
    target.release()


@pytest.mark.parametrize(
    ("params", "turn_degrees"),
    [
        ({"zoom": 0.25, "pan_x": 1.5}, 33.0),
        ({"zoom": 4.0, "pan_y": -0.7}, -170.0),
        ({"pan_x": -2.0, "pan_y": 2.0}, 90.0),
    ],
)
def test_views(make: Made, ctx: moderngl.Context, params: dict[str, float], turn_degrees: float) -> None:
    backend, target, style = make(), Target(ctx, (40, 30)), random_style(2, SMALL)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target, Values(params, SILENCE, 1.0, turn_degrees))
    target.release()


def test_a_region_is_drawn_and_nothing_beside_it(make: Made, ctx: moderngl.Context) -> None:
    backend, target, style = make(), Target(ctx, (64, 36)), random_style(2, SMALL)
    backend.set_style(style)
    target.framebuffer.clear(0.0, 1.0, 0.0, 0.5)
    target.region_px = (40, 24)
    held_to_the_oracle(backend, style, target, Values({"zoom": 1.3}, SILENCE, 1.0, 10.0))
    target.region_px = target.size_px
    whole = target.read()
    assert (whole[:12, :] == (0, 255, 0, 128)).all()
    assert (whole[:, 40:] == (0, 255, 0, 128)).all()
    target.release()


def test_ten_hours_into_the_show(make: Made, ctx: moderngl.Context) -> None:
    backend, target, style = make(), Target(ctx, (48, 27)), random_style(2, SMALL)
    backend.set_style(style)
    held_to_the_oracle(backend, style, target, Values({}, SILENCE, 36_000.5))
    target.release()


def test_swapping_there_and_back(make: Made, ctx: moderngl.Context) -> None:
    backend, target = make(), Target(ctx, (32, 18))
    values = Values({}, SILENCE, 2.0)
    styles = [
        random_style(1, SMALL),
        random_style(2, SMALL),
        random_style(3, Arch(width=24, depth=1, activation="atan")),
    ]
    for style in (*styles, styles[0], styles[2], styles[1]):
        backend.set_style(style)
        held_to_the_oracle(backend, style, target, values)
    target.release()


def test_two_instances_draw_in_turn(make: Made, ctx: moderngl.Context) -> None:
    target, values = Target(ctx, (32, 18)), Values({}, SILENCE, 2.0)
    pairs = [(make(), random_style(seed, SMALL)) for seed in (1, 2)]
    for backend, style in pairs:
        backend.set_style(style)
    for backend, style in (*pairs, *pairs):
        held_to_the_oracle(backend, style, target, values)
    pairs[0][0].release()
    held_to_the_oracle(*pairs[1], target, values)
    target.release()


def test_several_pictures_are_each_their_own_backends(make: Made, ctx: moderngl.Context) -> None:
    """Of one shape and of another, of one style at two moments; in one go or not."""
    first, second, other = make(), make(), make()
    styles = [random_style(1, SMALL), random_style(2, SMALL), random_style(3, Arch(width=24, depth=1))]
    for backend, style in zip((first, second, other), styles, strict=True):
        backend.set_style(style)
    wanted = [(first, 0, 1.0, (32, 18)), (second, 1, 2.0, (21, 13)), (first, 0, 3.0, (8, 9)), (other, 2, 4.0, (16, 9))]
    shots = [
        Shot(backend, Values({"zoom": 1.3}, SILENCE, seconds), FRAME, Target(ctx, size_px))
        for backend, _, seconds, size_px in wanted
    ]
    shots[0].target.region_px = (30, 11)
    for several in (shots[:3], shots):
        first.draw_all(several)
        for shot, (_, which, *_rest) in zip(several, wanted, strict=False):
            shown_as_the_oracles(styles[which], shot.target, shot.values)
            shot.target.framebuffer.clear()
    for shot in shots:
        shot.target.release()


def test_drawing_without_a_style_is_a_mistake_of_ours(make: Made, ctx: moderngl.Context) -> None:
    target = Target(ctx, (8, 8))
    with pytest.raises(RuntimeError):
        make().draw(Values({}, SILENCE, 0.0), FRAME, target)
    target.release()


def test_release_twice_leaves_nothing(make: Made, ctx: moderngl.Context) -> None:
    threads = threading.active_count()
    for seed in range(5):
        backend, target = make(), Target(ctx, (16, 9))
        backend.set_style(random_style(seed, SMALL))
        backend.draw(Values({}, SILENCE, 0.0), FRAME, target)
        backend.release()
        backend.release()
        target.release()
    assert threading.active_count() == threads
    assert not glsl_backend._shaders.get(ctx)


def test_another_style_of_the_same_shape_compiles_nothing(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[object] = []
    real = glsl_backend._compile

    def counted(ctx: moderngl.Context, recipe: glsl_ways.Recipe) -> int:
        compiled.append(recipe)
        return real(ctx, recipe)

    monkeypatch.setattr(glsl_backend, "_compile", counted)
    first, second = glsl_backend.GlslBackend(ctx), glsl_backend.GlslBackend(ctx)
    for seed in range(4):
        first.set_style(random_style(seed, SMALL))
        second.set_style(random_style(seed + 1, SMALL))
    first.release()
    second.set_style(random_style(9, SMALL))
    second.release()
    assert len(compiled) == 1


def test_a_shape_that_does_not_compile_keeps_the_old_style(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, target, style = glsl_backend.GlslBackend(ctx), Target(ctx, (16, 9)), random_style(1, SMALL)
    backend.set_style(style)
    monkeypatch.setattr(glsl, "fragment", lambda plan, style=None: "#version 330 core\nnonsense")
    with pytest.raises(UserError, match="cannot compile a 20 × 2 network"):
        backend.set_style(random_style(1, Arch(width=20, depth=2)))
    held_to_the_oracle(backend, style, target, Values({}, SILENCE, 1.0))
    backend.release()
    target.release()
