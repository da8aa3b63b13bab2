"""What the Stats panel says about speed."""

import pytest

from app import paths
from app.cppn.arch import Arch
from app.render import floor
from app.render.floor import Peak


def test_the_arithmetic_of_the_default_network() -> None:
    assert floor.flops_per_pixel(Arch(("x", "y", "r"))) == 2 * (3 * 128 + 3 * 128 * 128 + 3 * 128) == 99_840
    assert floor.flops_per_pixel(Arch(("x", "bass"), 8, 2, "atan")) == 2 * (8 + 8 * 16 + 3 * 16)


def test_cards_are_known_by_name_or_not_at_all() -> None:
    assert floor.peak("glsl", "NVIDIA GeForce RTX 4090/PCIe/SSE2", False).tflops == 82.6
    assert floor.peak("cuda", "NVIDIA H200/PCIe/SSE2", False).tflops == 790
    assert floor.peak("cuda", "llvmpipe", True).tflops == 0, "the card that draws is not OpenGL's"
    unknown = floor.peak("glsl", "Some Card 9000", False)
    assert unknown.tflops == 0
    assert floor.told(2.5, unknown) == "2.50 TFLOP/s; this card's best is not known"


def test_shares_are_told() -> None:
    assert floor.told(0.05, Peak(0.2, "a float32 matrix product here")) == (
        "50 GFLOP/s, 25% of a float32 matrix product here"
    )


@pytest.mark.parametrize("text", ["", "[]", '{"a": "b"}'])
def test_the_processor_is_measured_once(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (paths.cache() / "floor.json").write_text(text)
    first = floor.peak("cpu", "llvmpipe", True)
    assert first.tflops > 0
    monkeypatch.setattr(floor, "_matrix_product", lambda: pytest.fail("measured again"))
    assert floor.peak("glsl", "llvmpipe", True) == first
