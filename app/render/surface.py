"""Surfaces: where OpenGL lives, a window (glfw) or nothing visible (EGL). Main thread only.

Whoever opens one releases it; GL objects made in its context must be gone before.
"""

import ctypes
from typing import Any, Protocol

import moderngl

from app.problems import UserError
from app.render import effect_workshop, gl_calls, glsl_workshop, side_thread
from app.render.software import is_software
from app.settings import Settings

NEEDS_GL = "Clavilux needs OpenGL 3.3; update the graphics driver or install Mesa (Debian: libgl1-mesa-dri libegl1)"


class NoDisplayError(UserError):
    """There is no screen to open a window on."""


class Surface(Protocol):
    """A GL context and the thing it draws on."""

    ctx: moderngl.Context

    @property
    def size_px(self) -> tuple[int, int]:
        """Framebuffer size."""
        ...

    @property
    def asked_to_close(self) -> bool:
        """Whether the person asked to close it since the last look; it stays all the same."""
        ...

    def poll(self) -> None:
        """Handle waiting events."""
        ...

    def swap(self) -> None:
        """Show what was drawn."""
        ...

    def leave_standing(self) -> None:
        """From now on a release leaves what is seen on the screen, as long as this process lives."""
        ...

    def release(self) -> None:
        """Give everything back. Safe to call twice."""
        ...


class Companion(Protocol):
    """A further window, swapped together with the first."""

    visible: bool

    def swap(self) -> None:
        """Show what was drawn in it."""
        ...


class HeadlessSurface:
    """An EGL context without a window. `paced`: a swap waits until everything is drawn, as a display would."""

    asked_to_close = False

    def __init__(self, size_px: tuple[int, int], *, paced: bool = True) -> None:
        self.size_px = size_px
        self._paced = paced
        try:
            self.ctx = moderngl.create_context(require=330, standalone=True, backend="egl")  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 - glcontext raises bare Exception for every EGL failure
            raise UserError(f"no headless OpenGL: {error}. {NEEDS_GL}") from None

    def poll(self) -> None:
        """Nothing ever happens to a surface nobody sees."""

    def swap(self) -> None:
        """Hand the queued work to the driver; other threads run meanwhile."""
        calls = gl_calls.of(self.ctx)
        (calls.Finish if self._paced else calls.Flush)()

    def leave_standing(self) -> None:
        """There is nothing that could stay."""

    def release(self) -> None:
        """Destroy the context."""
        _end_workshop(self.ctx)
        self.ctx.release()


class WindowSurface:
    """A resizable glfw window with an OpenGL 3.3 core context.

    Software renderers and Wayland get no vsync: under Wayland the swap of a covered window would wait for ever, and
    the compositor never tears. The show's own pace holds there.
    """

    def __init__(self, size_px: tuple[int, int], title: str, fullscreen: bool = False) -> None:
        import imgui_bundle  # noqa: F401, I001 - must come before glfw: both then share its libglfw
        import glfw

        self.glfw: Any = glfw
        glfw.set_error_callback(_ignore_error)
        if not glfw.init():
            raise NoDisplayError("no display: no window can be opened here; use --headless, or set DISPLAY")
        self.companions: list[Companion] = []
        self.stays = False
        self.handle: Any = self._open(size_px, title)
        if not self.handle:
            glfw.terminate()
            raise UserError(f"no window could be opened. {NEEDS_GL}")
        glfw.make_context_current(self.handle)
        self.ctx = self._context()
        self.pace()
        self._windowed = (*glfw.get_window_pos(self.handle), *size_px)
        if fullscreen:
            self.toggle_fullscreen()

    def _open(self, size_px: tuple[int, int], title: str) -> Any:
        """Return a window whose driver tells of resets, else one whose driver does not, else None."""
        for self._told_of_resets in (True, False):
            self.hint({})
            handle = self.glfw.create_window(*size_px, title, None, None)
            if handle:
                return handle
        return None

    def on_wayland(self) -> bool:
        """Whether the window system is Wayland, where a swap may block for ever."""
        platform = getattr(self.glfw, "get_platform", None)  # of GLFW 3.4
        return platform is not None and platform() == self.glfw.PLATFORM_WAYLAND

    def _context(self) -> moderngl.Context:
        try:
            return moderngl.create_context(require=330)
        except ValueError as error:
            self.glfw.terminate()
            raise UserError(f"this window system has too old an OpenGL ({error}). {NEEDS_GL}") from None

    def pace(self) -> None:
        """Wait for the display at each swap, unless a companion does so already or OpenGL is software."""
        waits = not (
            is_software(self.ctx) or self.on_wayland() or any(companion.visible for companion in self.companions)
        )
        self.glfw.swap_interval(int(waits))

    def hint(self, more: dict[int, int]) -> None:
        """Tell glfw what the next window is like: like every one here, with `more`. Whoever says more says it back."""
        glfw = self.glfw
        resets = glfw.LOSE_CONTEXT_ON_RESET if self._told_of_resets else glfw.NO_ROBUSTNESS
        every = {
            glfw.CONTEXT_ROBUSTNESS: resets,
            glfw.CONTEXT_VERSION_MAJOR: 3,
            glfw.CONTEXT_VERSION_MINOR: 3,
            glfw.OPENGL_PROFILE: glfw.OPENGL_CORE_PROFILE,
            glfw.OPENGL_FORWARD_COMPAT: glfw.TRUE,
            glfw.AUTO_ICONIFY: glfw.FALSE,
        }
        glfw.default_window_hints()
        for hint, value in (every | more).items():
            glfw.window_hint(hint, value)

    @property
    def address(self) -> int:
        """The GLFWwindow* as a number, for Dear ImGui's native backend."""
        return ctypes.cast(self.handle, ctypes.c_void_p).value or 0

    @property
    def size_px(self) -> tuple[int, int]:
        """Framebuffer size; at least 1 × 1 even while iconified."""
        width, height = self.glfw.get_framebuffer_size(self.handle)
        return max(width, 1), max(height, 1)

    @property
    def asked_to_close(self) -> bool:
        """Whether the close button was used since the last look; the window stays all the same."""
        asked = bool(self.glfw.window_should_close(self.handle))
        self.glfw.set_window_should_close(self.handle, False)
        return asked

    @property
    def fullscreen(self) -> bool:
        """Whether the window covers a monitor."""
        return bool(self.glfw.get_window_monitor(self.handle))

    def toggle_fullscreen(self) -> None:
        """Cover the monitor the window is on, or go back to where it was."""
        glfw = self.glfw
        if self.fullscreen:
            glfw.set_window_monitor(self.handle, None, *self._windowed, glfw.DONT_CARE)
            return
        self._windowed = (*glfw.get_window_pos(self.handle), *glfw.get_window_size(self.handle))
        self._cover(self._monitor_under_window())

    def _cover(self, monitor: Any) -> None:
        glfw = self.glfw
        mode = glfw.get_video_mode(monitor)
        x, y = glfw.get_monitor_pos(monitor)
        glfw.set_window_monitor(self.handle, monitor, x, y, mode.size.width, mode.size.height, mode.refresh_rate)

    def next_monitor(self) -> None:
        """From full screen on one monitor to full screen on the next."""
        monitors = self.glfw.get_monitors()
        here = next((i for i, own in enumerate(monitors) if own == self.glfw.get_window_monitor(self.handle)), -1)
        self._cover(monitors[(here + 1) % len(monitors)])

    @property
    def middle(self) -> tuple[int, int]:
        """Its centre on the desktop."""
        (x, y), (width, height) = self.glfw.get_window_pos(self.handle), self.glfw.get_window_size(self.handle)
        return x + width // 2, y + height // 2

    def _monitor_under_window(self) -> Any:
        centre = self.middle
        for monitor in self.glfw.get_monitors():
            left, top = self.glfw.get_monitor_pos(monitor)
            size = self.glfw.get_video_mode(monitor).size
            if left <= centre[0] < left + size.width and top <= centre[1] < top + size.height:
                return monitor
        return self.glfw.get_primary_monitor()

    def poll(self) -> None:
        """Handle waiting window and input events; `UserError` for a dropped file whose name is no text."""
        try:
            self.glfw.poll_events()
        except UnicodeDecodeError:  # glfw's binding reads the names of dropped files as UTF-8
            raise UserError("the dropped file has a name that is no UTF-8 text; rename it and drop it again") from None

    def swap(self) -> None:
        """Show what was drawn, everywhere; an iconified window is left out: some compositors then block for ever."""
        for companion in self.companions:
            companion.swap()
        if not self.glfw.get_window_attrib(self.handle, self.glfw.ICONIFIED):
            self.glfw.swap_buffers(self.handle)

    def leave_standing(self) -> None:
        """From now on a release leaves windows on the screen, its companions' too, as long as this process lives."""
        self.stays = True

    def release(self) -> None:
        """Close the window."""
        if self.handle:
            _end_workshop(self.ctx)
            self.ctx.release()
            if not self.stays:
                self.glfw.destroy_window(self.handle)
                self.glfw.terminate()
            self.handle = None


def open_surface(settings: Settings) -> Surface:
    """Return what a show draws on."""
    if settings.headless:
        return HeadlessSurface(settings.picture_px or settings.window_px, paced=not settings.offline)
    return WindowSurface(settings.window_px, "Clavilux", settings.fullscreen)


def _end_workshop(ctx: moderngl.Context) -> None:
    """End what compiles beside this context; it must be gone first."""
    side_thread.close(ctx)
    glsl_workshop.close(ctx)
    effect_workshop.close(ctx)


def _ignore_error(code: int, text: str) -> None:
    """Glfw errors reach the user through return values; without this the binding prints warnings."""
