"""Keepsakes: each look that went off air has the picture it had then; none is left behind."""

from collections.abc import Callable

import moderngl
import numpy as np

from app.preset import Preset
from app.render.keepsakes import SIZE_PX, Keepsakes
from app.render.target import Target


def test_each_look_keeps_its_last_picture(ctx: moderngl.Context, alive_gl: Callable[[], int]) -> None:
    before = alive_gl()
    keepsakes, image = Keepsakes(ctx), Target(ctx, (192, 108))
    looks: list[Preset] = []
    for shade in (0.2, 0.6):
        image.framebuffer.clear(shade, shade, shade, 1.0)
        looks.append(Preset(name="same name"))
        for _ in range(3):
            keepsakes.step(looks, image)
            image.framebuffer.clear(1.0, 0.0, 0.0, 1.0)  # what comes on air after it is not its picture
    shades = [int(target.read()[..., 0].mean()) for _, target in keepsakes._kept.values()]
    assert np.allclose(shades, [51, 153], atol=1)
    assert all(target.size_px == SIZE_PX for _, target in keepsakes._kept.values())
    assert keepsakes.picture(looks[0]) != keepsakes.picture(looks[1]) != 0
    assert keepsakes.picture(Preset(name="same name")) == 0
    first = looks[0]
    keepsakes.step(looks[1:], image)
    keepsakes.step([*looks[1:], Preset(name="new")], image)
    assert keepsakes.picture(first) == 0, "forgotten with the look"
    keepsakes.release()
    image.release()
    assert alive_gl() == before
