"""What a driver tells of the card's memory, from a pretended driver; software OpenGL tells nothing."""

from types import SimpleNamespace
from typing import Any

import moderngl
import pytest

from app.render import gl_calls, gpu_memory
from app.render.gpu_memory import ATI, ATI_FREE, NVX, NVX_FREE, NVX_TOTAL, GpuMemory

NUMBERS = {NVX_TOTAL: (8 << 20,), NVX_FREE: (6 << 20,), ATI_FREE: (3 << 20, 0, 0, 0)}


def get(name: int, values: Any) -> None:
    for i, number in enumerate(NUMBERS[name]):
        values[i] = number


@pytest.mark.parametrize(
    ("extensions", "told"), [({NVX, ATI}, "2.0 of 8.0 GB in use"), ({ATI}, "3.0 GB free"), (set(), "")]
)
def test_what_the_driver_tells_is_told(monkeypatch: pytest.MonkeyPatch, extensions: set[str], told: str) -> None:
    monkeypatch.setattr(gl_calls, "of", lambda _: SimpleNamespace(GetIntegerv=get))
    assert GpuMemory(SimpleNamespace(extensions=extensions)).told() == told  # type: ignore[arg-type]


def test_a_real_driver_can_be_asked(ctx: moderngl.Context) -> None:
    assert ctx.error  # whatever another test left behind is taken away
    assert isinstance(gpu_memory.GpuMemory(ctx).told(), str)
    assert ctx.error == "GL_NO_ERROR"
