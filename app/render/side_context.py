"""A second OpenGL context on the same driver as the show's: made on the main thread, used by one other.

Compiling there costs the show nothing but processor time. It shares no objects with the show's context (drivers free
shared programs less carefully): what was compiled travels as a binary. None where the system grants no such context.
"""

import ctypes
from ctypes import byref, c_int, c_void_p
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import moderngl

from app.render import gl_calls

EGL_CONFIG_ID, EGL_NONE, EGL_OPENGL = 0x3028, 0x3038, 0x30A2
EGL_MAJOR, EGL_MINOR, EGL_PROFILE, EGL_CORE = 0x3098, 0x30FB, 0x30FD, 1


class Side(Protocol):
    """The other context."""

    def enter(self) -> bool:
        """Make it current on this thread; False when the system refuses."""
        ...

    def leave(self) -> None:
        """Make it current nowhere."""
        ...

    def release(self) -> None:
        """Destroy it."""
        ...


class EglSide:
    """Like the EGL context that is current now; draws on nothing visible."""

    def __init__(self, egl: ctypes.CDLL, version_code: int) -> None:
        for name in ("eglGetCurrentDisplay", "eglCreateContext", "eglGetCurrentContext"):
            getattr(egl, name).restype = c_void_p
        self._egl = egl
        self._display = c_void_p(egl.eglGetCurrentDisplay())
        like = c_void_p(egl.eglGetCurrentContext())
        egl.eglBindAPI(EGL_OPENGL)
        wanted = (EGL_MAJOR, version_code // 100, EGL_MINOR, version_code // 10 % 10, EGL_PROFILE, EGL_CORE, EGL_NONE)
        self.handle = egl.eglCreateContext(self._display, self._config(like), None, (c_int * 7)(*wanted))

    def _config(self, like: c_void_p) -> c_void_p:
        number, config, count = c_int(0), c_void_p(), c_int(0)
        self._egl.eglQueryContext(self._display, like, EGL_CONFIG_ID, byref(number))
        wanted = (c_int * 3)(EGL_CONFIG_ID, number.value, EGL_NONE)
        self._egl.eglChooseConfig(self._display, wanted, byref(config), 1, byref(count))
        return config

    def enter(self) -> bool:
        """Make it current on this thread."""
        self._egl.eglBindAPI(EGL_OPENGL)
        return bool(self._egl.eglMakeCurrent(self._display, None, None, c_void_p(self.handle)))

    def leave(self) -> None:
        """Make it current nowhere."""
        self._egl.eglMakeCurrent(self._display, None, None, None)

    def release(self) -> None:
        """Destroy it."""
        if self.handle:
            self._egl.eglDestroyContext(self._display, c_void_p(self.handle))
            self.handle = None


class GlfwSide:
    """A window nobody sees; window hints are those of the show's."""

    def __init__(self) -> None:
        import glfw

        self._glfw: Any = glfw
        glfw.window_hint(glfw.VISIBLE, glfw.FALSE)
        self.handle: Any = glfw.create_window(16, 16, "compiler", None, None)
        glfw.window_hint(glfw.VISIBLE, glfw.TRUE)

    def enter(self) -> bool:
        """Make it current on this thread."""
        self._glfw.make_context_current(self.handle)
        return True

    def leave(self) -> None:
        """Make it current nowhere."""
        self._glfw.make_context_current(None)

    def release(self) -> None:
        """Close the window."""
        if self.handle:
            self._glfw.destroy_window(self.handle)
            self.handle = None


_sides: "WeakKeyDictionary[moderngl.Context, Side | None]" = WeakKeyDictionary()


def beside(ctx: moderngl.Context) -> Side | None:
    """Return the context beside `ctx`, which is current now; made at the first call."""
    if ctx not in _sides:
        egl = gl_calls.egl()
        made = EglSide(egl, ctx.version_code) if egl is not None else GlfwSide()
        _sides[ctx] = made if made.handle else None
    return _sides[ctx]


def release(ctx: moderngl.Context) -> None:
    """Free the context beside `ctx`, before `ctx` itself. Nobody may be using it."""
    side = _sides.pop(ctx, None)
    if side is not None:
        side.release()
