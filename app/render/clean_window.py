"""A second window that shares the first one's OpenGL: borderless, no cursor, no panels. Main thread only.

It is hidden until it is put on a display. Its own context is current only inside `drawing` and `swap`; fences make
each context wait on the GPU for what the other drew, so that no half finished picture is seen.
"""

import ctypes
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import moderngl

from app.problems import UserError
from app.render.software import is_software
from app.render.surface import WindowSurface

FENCE, FOR_EVER = 0x9117, 0xFFFF_FFFF_FFFF_FFFF
"""GL_SYNC_GPU_COMMANDS_COMPLETE, GL_TIMEOUT_IGNORED."""
DOUBLE_CLICK_SECONDS = 0.4
Rect = tuple[int, int, int, int]
"""x, y, width, height on the desktop."""


class Fences:
    """Makes one context wait for another, on the GPU."""

    def __init__(self, glfw: Any) -> None:
        def function(name: str, result: Any, *arguments: Any) -> Any:
            return ctypes.CFUNCTYPE(result, *arguments)(
                ctypes.cast(glfw.get_proc_address(name), ctypes.c_void_p).value or 0
            )

        self._fence = function("glFenceSync", ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint)
        self._wait = function("glWaitSync", None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint64)
        self._delete = function("glDeleteSync", None, ctypes.c_void_p)
        self._flush = function("glFlush", None)

    @contextmanager
    def between(self) -> Iterator[None]:
        """Change contexts inside: the later one begins when the earlier one's work is done."""
        fence = self._fence(FENCE, 0)
        self._flush()
        yield
        self._wait(fence, 0, FOR_EVER)
        self._delete(fence)


class CleanWindow:
    """Full screen on a display, or a card on it. `keys` is told of every key: address, key, scancode, action, mods."""

    def __init__(self, main: WindowSurface) -> None:
        self._main, self._glfw = main, main.glfw
        glfw = self._glfw
        main.hint(self._hints())
        self.handle: Any = glfw.create_window(64, 64, "Clavilux output", None, main.handle)
        main.hint({})
        if not self.handle:
            raise UserError("no second window could be opened; the output stays off. Update the graphics driver")
        self.keys: Callable[[int, int, int, int, int], None] | None = None
        self.toggled = False
        """Whether F11, F, Alt+Enter or a double click asked for a window, or for the whole display, since it was reset.
        """
        self._clicked_seconds = -math.inf
        glfw.set_input_mode(self.handle, glfw.CURSOR, glfw.CURSOR_HIDDEN)
        glfw.set_key_callback(self.handle, self._key)
        glfw.set_mouse_button_callback(self.handle, self._click)
        self._fences = Fences(glfw)
        self.visible = False
        with self.drawing():
            self.ctx = moderngl.create_context(require=330)
            glfw.swap_interval(0 if is_software(self.ctx) or main.on_wayland() else 1)
        main.companions.append(self)

    def _hints(self) -> dict[int, int]:
        glfw = self._glfw
        off = ("VISIBLE", "DECORATED", "FOCUSED", "FOCUS_ON_SHOW", "RESIZABLE", "AUTO_ICONIFY")
        return {getattr(glfw, name): glfw.FALSE for name in off} | {glfw.FLOATING: glfw.TRUE}

    @property
    def address(self) -> int:
        """The GLFWwindow* as a number."""
        return ctypes.cast(self.handle, ctypes.c_void_p).value or 0

    @property
    def size_px(self) -> tuple[int, int]:
        """Framebuffer size, at least 1 × 1."""
        width, height = self._glfw.get_framebuffer_size(self.handle)
        return max(width, 1), max(height, 1)

    def _key(self, _: Any, key: int, scancode: int, action: int, mods: int) -> None:
        glfw = self._glfw
        if (key, mods) in ((glfw.KEY_F11, 0), (glfw.KEY_F, 0), (glfw.KEY_ENTER, glfw.MOD_ALT)):
            self.toggled = self.toggled or action == glfw.PRESS
        elif self.keys is not None:
            self.keys(self.address, key, scancode, action, mods)

    def _click(self, _: Any, button: int, action: int, mods: int) -> None:  # noqa: ARG002 - glfw's shape
        if (button, action) != (self._glfw.MOUSE_BUTTON_LEFT, self._glfw.PRESS):
            return
        now = self._glfw.get_time()
        double = now - self._clicked_seconds < DOUBLE_CLICK_SECONDS
        self.toggled = self.toggled or double
        self._clicked_seconds = -math.inf if double else now

    @property
    def middle(self) -> tuple[int, int]:
        """Its centre on the desktop."""
        (x, y), (width, height) = self._glfw.get_window_pos(self.handle), self._glfw.get_window_size(self.handle)
        return x + width // 2, y + height // 2

    def _frame(self, framed: bool) -> None:
        """Be a window like others, that a mouse can move, or nothing but a picture above all else."""
        glfw = self._glfw
        for what, on in ((glfw.DECORATED, framed), (glfw.RESIZABLE, framed), (glfw.FLOATING, not framed)):
            glfw.set_window_attrib(self.handle, what, on)
        glfw.set_input_mode(self.handle, glfw.CURSOR, glfw.CURSOR_NORMAL if framed else glfw.CURSOR_HIDDEN)

    def cover(self, key: int) -> None:
        """Fill the display with this handle, in the mode it has; the keyboard stays where it is."""
        glfw = self._glfw
        monitor = next(own for own in glfw.get_monitors() if handle_of(own) == key)
        mode, (x, y) = glfw.get_video_mode(monitor), glfw.get_monitor_pos(monitor)
        self._frame(False)
        glfw.set_window_monitor(self.handle, monitor, x, y, mode.size.width, mode.size.height, mode.refresh_rate)
        self._show()

    def lie_at(self, rect: Rect, *, framed: bool = False) -> None:
        """Show it as a card on the desktop; `framed`: as a window with a title that can be moved."""
        self._glfw.set_window_monitor(self.handle, None, *rect, self._glfw.DONT_CARE)
        if framed:
            self._frame(True)
        self._show()

    def _show(self) -> None:
        glfw = self._glfw
        had_keyboard = glfw.get_window_attrib(self._main.handle, glfw.FOCUSED)
        glfw.show_window(self.handle)
        if had_keyboard:
            glfw.focus_window(self._main.handle)
        self.visible = True
        self._main.pace()

    def park(self) -> None:
        """Hide it. It leaves full screen first, on the spot: glfw hides no window that is full screen."""
        glfw = self._glfw
        if glfw.get_window_monitor(self.handle):
            rect = (*glfw.get_window_pos(self.handle), *glfw.get_window_size(self.handle))
            glfw.set_window_monitor(self.handle, None, *rect, glfw.DONT_CARE)
        glfw.hide_window(self.handle)
        self.visible = False
        self._main.pace()

    @property
    def asked_to_close(self) -> bool:
        """Whether somebody closed it since the last look; it stays all the same."""
        asked = bool(self._glfw.window_should_close(self.handle))
        self._glfw.set_window_should_close(self.handle, False)
        return asked

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Its context is current inside; what the other drew before is whole, what is drawn inside is whole after."""
        with self._fences.between():
            self._glfw.make_context_current(self.handle)
        try:
            yield
        finally:
            with self._fences.between():
                self._glfw.make_context_current(self._main.handle)

    def swap(self) -> None:
        """Show what was drawn; with a real GPU this waits for the display."""
        if self.visible:
            self._glfw.make_context_current(self.handle)
            self._glfw.swap_buffers(self.handle)
            self._glfw.make_context_current(self._main.handle)

    def release(self) -> None:
        """Close it. Safe to call twice; what was made in its context must be gone before."""
        if self.handle:
            self._main.companions.remove(self)
            self._glfw.make_context_current(self.handle)
            self.ctx.release()
            self._glfw.make_context_current(self._main.handle)
            if not self._main.stays:
                self._glfw.destroy_window(self.handle)
            self.handle = None
            self.visible = False
            self._main.pace()


def handle_of(monitor: Any) -> int:
    """Return a GLFWmonitor* as a number."""
    return ctypes.cast(monitor, ctypes.c_void_p).value or 0
