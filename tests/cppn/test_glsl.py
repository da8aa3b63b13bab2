"""The shader generator: every kind of shader draws what the oracle draws."""

import moderngl
import numpy as np
import pytest

from app.clock import Frame
from app.cppn import glsl, reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_style
from app.modulation.values import Values
from app.render import glsl_backend, glsl_ways
from app.render.target import Target

HEARD = (0.2,) * 9


@pytest.mark.parametrize("straight", [False, True], ids=["loops", "straight"])
@pytest.mark.parametrize("store", ["block", "texture"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_kind_of_shader(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch, activation: str, store: glsl.Store, straight: bool
) -> None:
    arch = Arch(width=9, depth=2, activation=activation)  # not a whole number of vec4s
    monkeypatch.setattr(glsl_ways, "plan_for", lambda ctx, arch: glsl.Plan(arch, store, straight))
    style, target = random_style(2, arch), Target(ctx, (24, 14))
    backend = glsl_backend.GlslBackend(ctx)
    backend.set_style(style)
    backend.draw(Values({}, HEARD, 2.0), Frame(0, 0.0, 0.0), target)
    picture = target.read()[..., :3] / 255
    backend.release()
    target.release()
    assert np.abs(picture - reference.render(style, 24, 14, 2.0, HEARD)).max() <= 2 / 255


def test_large_networks_never_loop_to_a_literal() -> None:
    text = glsl.fragment(glsl.Plan(Arch(), "block"))
    assert text.count("for (") == 1 + 2 * 3 + 1
    assert all("< groups" in line or "< fan_groups" in line for line in text.splitlines() if "for (" in line)


def test_default_layers_fit_the_usual_64_kb_blocks() -> None:
    assert max(glsl.Plan(Arch(), "block").layer_sizes) * 16 == 65_536


def test_packing_is_as_large_as_the_plan_says() -> None:
    for activation in ("sin", "atan"):
        arch = Arch(("t", "x", "bass", "y", "r"), 13, 3, activation)
        plan, style = glsl.Plan(arch, "texture"), random_style(1, arch)
        assert tuple(len(layer) for layer in glsl.pack_weights(plan, style)) == plan.layer_sizes
        assert len(glsl.pack_biases([bias for _, bias in style.layers])) == plan.bias_size
