"""What Dear ImGui is told of the window at the start of each frame: size, time, and the mouse's shape. Main thread.

In the place of `imgui.backends.glfw_new_frame`, which also asks glfw about every display in every frame: glfw 3.4 and
3.5 die of a segfault in `glfwGetMonitorWorkarea` when a display went in that instant, and no panel here needs to know.
Keys, buttons and the mouse's place come by the backend's callbacks; nothing may ask about displays here.
"""

import time
from typing import Any

from imgui_bundle import imgui

from app.render.surface import WindowSurface

LEAST_SECONDS = 1e-5
"""Dear ImGui refuses a frame that took no time."""
SHAPES = {
    imgui.MouseCursor_.arrow: "ARROW_CURSOR",
    imgui.MouseCursor_.text_input: "IBEAM_CURSOR",
    imgui.MouseCursor_.resize_all: "RESIZE_ALL_CURSOR",
    imgui.MouseCursor_.resize_ns: "RESIZE_NS_CURSOR",
    imgui.MouseCursor_.resize_ew: "RESIZE_EW_CURSOR",
    imgui.MouseCursor_.resize_nesw: "RESIZE_NESW_CURSOR",
    imgui.MouseCursor_.resize_nwse: "RESIZE_NWSE_CURSOR",
    imgui.MouseCursor_.hand: "POINTING_HAND_CURSOR",
    imgui.MouseCursor_.not_allowed: "NOT_ALLOWED_CURSOR",
}


class WindowFrame:
    """Owns the mouse's shapes; they end with glfw, with the window."""

    def __init__(self, surface: WindowSurface) -> None:
        self._glfw, self._window = surface.glfw, surface.handle
        self._began = time.perf_counter()
        self._shown: int = imgui.MouseCursor_.arrow
        self._shapes: dict[int, Any] = {}

    def begin(self) -> None:
        """Tell; call it before `imgui.new_frame`."""
        self._tell_size()
        now = time.perf_counter()
        imgui.get_io().delta_time = max(now - self._began, LEAST_SECONDS)
        self._began = now
        self._show_mouse(imgui.get_mouse_cursor())

    def _tell_size(self) -> None:
        io = imgui.get_io()
        width, height = self._glfw.get_window_size(self._window)
        io.display_size = imgui.ImVec2(width, height)
        if width and height:  # not of a window that is minimised
            wide, high = self._glfw.get_framebuffer_size(self._window)
            io.display_framebuffer_scale = imgui.ImVec2(wide / width, high / height)

    def _show_mouse(self, wanted: int) -> None:
        """Show the shape that the panels asked for in the last frame; `MouseCursor_.none` hides the mouse."""
        if wanted == self._shown:
            return
        glfw, hidden = self._glfw, wanted == imgui.MouseCursor_.none
        if not hidden:
            glfw.set_cursor(self._window, self._shape(wanted))
        glfw.set_input_mode(self._window, glfw.CURSOR, glfw.CURSOR_HIDDEN if hidden else glfw.CURSOR_NORMAL)
        self._shown = wanted

    def _shape(self, wanted: int) -> Any:
        """Return glfw's shape, None (the arrow) where the system has no such."""
        if wanted not in self._shapes:
            name = SHAPES.get(imgui.MouseCursor_(wanted), "ARROW_CURSOR")
            self._shapes[wanted] = self._glfw.create_standard_cursor(getattr(self._glfw, name))
        return self._shapes[wanted]
