"""The fence: what was asked before it is done when it has been waited for."""

import sys
import threading
from types import SimpleNamespace

import moderngl

from app.render.fence import Fence
from app.render.surface import WindowSurface
from app.render.target import Target


def test_a_fence_is_passed_and_can_be_set_again(ctx: moderngl.Context) -> None:
    fence, target = Fence(ctx), Target(ctx, (16, 9))
    assert fence.wait(), "nothing to wait for"
    for level in (0.0, 1.0):
        target.framebuffer.clear(level, level, level, 1.0)
        fence.set()
        assert fence.wait(10.0)
        assert fence.wait(0.0), "once passed, always passed"
        assert (target.read()[..., 0] == round(level * 255)).all()
    fence.release()
    fence.release()
    target.release()


def test_other_threads_run_while_one_waits(ctx: moderngl.Context) -> None:
    """Every call of the fence goes through ctypes functions that let go of the lock; a thread gets its turn."""
    turns: list[int] = []
    thread = threading.Thread(target=lambda: turns.append(1))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000.0)
    try:
        thread.start()
        fence = Fence(ctx)
        for _ in range(200):
            fence.set()
            fence.wait(10.0)
            if turns:
                break
    finally:
        sys.setswitchinterval(before)
    thread.join()
    fence.release()
    assert turns


def test_wayland_gets_no_vsync() -> None:
    """A covered window's swap would never return there; without vsync it does, and the show keeps its own pace."""
    surface = WindowSurface.__new__(WindowSurface)
    for platform, expected in ((3, True), (4, False)):
        surface.glfw = SimpleNamespace(PLATFORM_WAYLAND=3, get_platform=lambda platform=platform: platform)
        assert surface.on_wayland() is expected
    surface.glfw = SimpleNamespace()  # before GLFW 3.4
    assert not surface.on_wayland()
