"""The CUDA kernel without a GPU: its compiled PTX runs in NumPy and has to draw what the oracle draws."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cuda.bindings")

from app.cppn import cuda, cuda_pack
from app.cppn.arch import Arch
from app.cppn.cuda import Plan, UnsuitedError
from app.cppn.init import random_style
from app.cppn.inputs import PIXEL_INPUTS, View
from app.style import Style
from tests.cppn.cuda_picture import GEFORCE, closeness, pictures
from tests.cppn.ptx_machine import compile_ptx

VIEW = View(1.3, 20.0, 0.1, -0.2)
EVERY_PIXEL_INPUT = (*PIXEL_INPUTS, "t", "bass")
NETS = [  # a kernel repeats its layer, and each takes the compiler long
    Arch(),
    Arch(activation="mix", depth=2),
    Arch(activation="gaussian", width=64, depth=2),
    Arch(activation="atan", width=64, depth=3),
    Arch(activation="atan", width=128, depth=2),
    Arch(activation="finer", width=32, depth=2),
    Arch(width=8, depth=1),
    Arch(width=16, depth=2),
    Arch(width=24, depth=3),
    Arch(width=112, depth=2),
    Arch(width=256, depth=2),
    Arch(width=32, depth=8),
    Arch(inputs=EVERY_PIXEL_INPUT, width=32, depth=3),
    Arch(inputs=("t", "bass"), width=16, depth=2),
]


def name(arch: Arch) -> str:
    return f"{arch.activation}{arch.width}x{arch.depth}"


@pytest.mark.parametrize("arch", NETS, ids=name)
def test_float_sums_draw_the_oracles_picture(arch: Arch) -> None:
    style = random_style(3, arch, w0=6.0)
    plan = cuda.plan(arch, False, cuda_pack.is_steep(style), GEFORCE)
    (picture,) = pictures(plan, [style], [(45, 13)], 2, VIEW)
    decibels, levels = closeness(picture, style, VIEW)
    assert decibels >= 54.0 and levels <= 2.0


def test_half_sums_stay_within_the_gate() -> None:
    styles = [random_style(seed) for seed in range(4)]
    drawn = pictures(cuda.plan(Arch(), True, False, GEFORCE), styles, [(45, 17)] * 4, 1, View())
    for picture, style in zip(drawn, styles, strict=True):
        decibels, levels = closeness(picture, style, View())
        assert decibels >= 53.0 and levels <= 3.0


def test_several_styles_and_sizes_in_one_launch() -> None:
    """Of one kernel, which sees nothing of inputs that all pixels share, nor how many neurons are idle."""
    archs = [Arch(width=32, depth=3), Arch(("bass", "x", "y"), 28, 3), Arch(("x", "t", "sway1", "y"), 32, 3)]
    styles = [random_style(seed, arch) for seed, arch in enumerate(archs)]
    (plan,) = {cuda.plan(arch, True, False, GEFORCE) for arch in archs}
    drawn = pictures(plan, styles, [(40, 24), (9, 7), (64, 20)], 2, VIEW)
    for picture, style in zip(drawn, styles, strict=True):
        assert closeness(picture, style, VIEW)[0] >= 53.0


@pytest.mark.parametrize("kept", [0, 4], ids=["staged", "resident"])
def test_two_styles_over_each_other_in_one_launch(kept: int) -> None:
    """As the two pictures mixed afterwards; drawn warp by warp, so that no warp takes the other style's weights."""
    whole = cuda.plan(STAGED, False, False, GEFORCE)
    plan = cuda.plan(STAGED, False, False, (kept + 2) * whole.chunk_bytes + whole.bias_bytes)
    assert plan.resident == kept
    sizes, styles = [(22, 13)] * 2, [random_style(4, STAGED), random_style(5, STAGED)]
    below, above = pictures(plan, styles, sizes, 1, VIEW)
    (picture,) = pictures(plan, styles, sizes, 1, VIEW, CROSSED[:8], share=0.3137)
    mixed = np.floor(below * 0.6863 + above * 0.3137 + 0.5)
    assert np.abs(picture - mixed).max() <= 1 and (picture == mixed).mean() > 0.99


def test_steep_sines_are_reduced_first() -> None:
    style = random_style(1, Arch(width=16, depth=2))
    weights, biases = style.layers[0]
    steep = Style("steep", style.arch, ((weights * 8.0, biases), *style.layers[1:]), style.header)
    assert cuda_pack.is_steep(steep) and not cuda_pack.is_steep(style)
    (picture,) = pictures(cuda.plan(style.arch, False, True, GEFORCE), [steep], [(40, 24)], 1, View())
    assert closeness(picture, steep, View())[0] >= 54.0


STAGED = Arch(width=32, depth=5)
CROSSED = (7, 3, 1, 0, 2, 4, 6, 5, 9, 8, 15, 14, 13, 12, 11, 10)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_weights_that_do_not_fit_pass_through(kept: int) -> None:
    style = random_style(4, STAGED)
    whole = cuda.plan(STAGED, True, False, GEFORCE)
    plan = cuda.plan(STAGED, True, False, (kept + 2) * whole.chunk_bytes + whole.bias_bytes)
    assert (plan.resident, plan.chunks) == ((kept, 4) if kept < 2 else (4, 4))
    (picture,) = pictures(plan, [style], [(50, 30)], 2, VIEW, CROSSED)
    assert closeness(picture, style, VIEW)[0] >= 53.0


def test_a_missing_barrier_is_found() -> None:
    style = random_style(4, STAGED)
    plan = cuda.plan(STAGED, True, False, 2 * 2048 + 256)
    without = cuda.source(plan).replace("        __syncthreads();\n", "")
    (picture,) = pictures(plan, [style], [(50, 30)], 2, VIEW, CROSSED, without)
    assert closeness(picture, style, VIEW)[0] < 40.0


@pytest.mark.parametrize("arch", [Arch(), Arch(activation="atan", width=32), Arch(width=24, depth=3)], ids=name)
@pytest.mark.parametrize("half_sums", [True, False])
def test_sines_take_the_fast_path_and_nothing_is_double(arch: Arch, half_sums: bool) -> None:
    plan = cuda.plan(arch, half_sums, False, GEFORCE)
    ptx = compile_ptx(cuda.source(plan))
    made = len(re.findall(r"\bsin\.approx\.ftz\.f32", ptx))
    per_thread = 0 if arch.activation == "atan" else arch.depth * plan.rows * plan.width // 2
    assert made == per_thread  # 16 pixels × width values in 32 lanes
    assert ".local" not in ptx and "call" not in ptx and ".f64" not in ptx


def test_every_input_has_a_float_expression() -> None:
    for text in map(cuda.expression, PIXEL_INPUTS):
        assert not re.search(r"\d\.\d+(?!\d*f)", text)


def operand(packed: NDArray[np.uint8], plan: Plan, layer: int) -> NDArray[np.float16]:
    """Put a hidden layer's matrix together again, lane by lane, as the kernel's addresses say."""
    groups, inputs = plan.width // 8, plan.width * plan.fan // 16
    halves = packed[layer * groups * plan.row_bytes :].view(np.uint8)
    matrix = np.zeros((plan.width, plan.width * plan.fan), np.float16)
    for n in range(groups):
        row = halves[n * plan.row_bytes : (n + 1) * plan.row_bytes].view(np.float16)
        for k in range(inputs):
            for lane in range(32):
                paired = k < inputs // 2 * 2
                at = (k // 2 * 32 + lane) * 8 + k % 2 * 4 if paired else inputs // 2 * 256 + lane * 4
                g, t = divmod(lane, 4)
                for word in range(2):
                    matrix[n * 8 + g, k * 16 + word * 8 + t * 2 :][:2] = row[at + word * 2 : at + word * 2 + 2]
    return matrix


@pytest.mark.parametrize(
    "arch", [Arch(width=32, depth=3), Arch(width=40, depth=3), Arch(width=20, depth=2, activation="atan")]
)
def test_packed_weights_are_the_styles(arch: Arch) -> None:
    style = random_style(5, arch)
    plan = cuda.plan(arch, True, False, GEFORCE)
    packed = cuda_pack.pack(plan, style)
    for layer, (weights, _) in enumerate(style.layers[1:-1]):
        matrix = operand(packed, plan, layer)
        halves = matrix.reshape(plan.width, plan.fan, plan.width)
        expected = weights.astype(np.float16).reshape(arch.width, plan.fan, arch.width)
        assert (halves[: arch.width, :, : arch.width] == expected).all()
        assert not halves[arch.width :].any() and not halves[:, :, arch.width :].any()


def test_hidden_biases_lose_their_whole_turns() -> None:
    style = random_style(5, Arch(width=16, depth=2))
    weights, biases = style.layers[1]
    shifted = Style("far", style.arch, (style.layers[0], (weights, biases + 200.0), style.layers[2]), style.header)
    plan = cuda.plan(style.arch, False, False, GEFORCE)
    at = plan.chunks * plan.chunk_bytes
    packed = cuda_pack.pack(plan, shifted)[at : at + plan.bias_bytes].view(np.float32)
    assert np.abs(packed).max() <= np.pi + 1e-6
    turns = (packed - (biases + np.float32(200.0))) / (2.0 * np.pi)
    assert np.abs(turns - np.round(turns)).max() < 1e-5


def test_a_geforce_keeps_the_default_network_in_shared_memory() -> None:
    for half_sums in (True, False):
        plan = cuda.plan(Arch(), half_sums, False, GEFORCE)
        assert plan.resident == plan.chunks and plan.arena_bytes <= GEFORCE


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(UnsuitedError, match=r"wider than 128.*another backend"):
        cuda.plan(Arch(width=136, activation="atan"), True, False, GEFORCE)
    with pytest.raises(UnsuitedError, match="shared memory"):
        cuda.plan(Arch(), True, False, 16384)
