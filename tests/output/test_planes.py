"""RGB becomes NV12 on the GPU as it does in FFmpeg's libswscale, and comes back whole."""

import av
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.output.readback import Readback
from app.render.target import Target

SIZE_PX = (64, 36)
Image = NDArray[np.uint8]


def picture(kind: str) -> Image:
    """(height, width, 4), top row first."""
    width, height = SIZE_PX
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    made = {
        "slopes": np.stack([x, y, 255 - x], axis=-1),
        "bands": np.stack([x // 64 * 85, y // 64 * 85, x * 0 + 40], axis=-1),
        "black": np.zeros((height, width, 3)),
        "white": np.full((height, width, 3), 255.0),
    }[kind]
    return np.concatenate([np.rint(made), np.full((height, width, 1), 255)], axis=-1).astype(np.uint8)


def by_swscale(image: Image) -> Image:
    frame = av.VideoFrame.from_ndarray(image[..., :3].copy(), format="rgb24")
    made = frame.reformat(format="nv12", dst_colorspace=1, dst_color_range=1, interpolation="AREA")
    return np.asarray(made.to_ndarray())


def by_gpu(ctx: moderngl.Context, target: Target) -> Image:
    readback, pixels = Readback(ctx, SIZE_PX, 0), np.zeros((SIZE_PX[1] * 3 // 2, SIZE_PX[0]), np.uint8)
    readback.begin(target, 0)
    assert readback.ready
    readback.fetch(pixels)
    readback.release()
    return pixels


@pytest.mark.parametrize("kind", ["slopes", "bands", "black", "white"])
def test_the_gpu_converts_as_swscale_does(ctx: moderngl.Context, kind: str) -> None:
    target, image = Target(ctx, SIZE_PX), picture(kind)
    target.texture.write(image[::-1].tobytes())
    difference = np.abs(by_gpu(ctx, target).astype(int) - by_swscale(image))
    height = SIZE_PX[1]
    assert difference[:height].max() <= 1, "brightness, levels of 255"
    colour = difference[height:]
    if kind == "bands":  # at an edge it matters where between two pixels a filter takes its colour from
        assert np.median(colour) <= 1
    else:
        assert colour.max() <= 2
    target.release()


def test_a_region_is_scaled_to_the_size_of_the_video(ctx: moderngl.Context) -> None:
    target = Target(ctx, (100, 50))
    target.framebuffer.clear(1.0, 0.0, 0.0, 1.0)
    target.region_px = (40, 20)
    target.framebuffer.clear(0.0, 0.0, 1.0, 1.0, viewport=(0, 0, 40, 20))
    blue = by_swscale(np.tile(np.array([0, 0, 255, 255], np.uint8), (SIZE_PX[1], SIZE_PX[0], 1)))
    assert np.abs(by_gpu(ctx, target).astype(int) - blue).max() <= 1
    target.release()


def test_pictures_come_in_order_a_few_later(ctx: moderngl.Context) -> None:
    target, readback = Target(ctx, SIZE_PX), Readback(ctx, SIZE_PX, 2)
    pixels, levels = np.zeros((SIZE_PX[1] * 3 // 2, SIZE_PX[0]), np.uint8), []
    for slot in range(6):
        target.framebuffer.clear(slot / 5, slot / 5, slot / 5, 1.0)
        readback.begin(target, slot)
        if readback.ready:
            assert readback.oldest_slot == slot - 2
            readback.fetch(pixels)
            levels.append(int(pixels[0, 0]))
    while readback.oldest_slot is not None:
        readback.fetch(pixels)
        levels.append(int(pixels[0, 0]))
    assert levels == [round(16 + 219 * slot / 5) for slot in range(6)]
    readback.release()
    target.release()
