"""The OpenGL that moderngl leaves out, by ctypes: fences, raw programs, program binaries, compute.

Any thread with a current context. ctypes lets go of the interpreter's lock during each call, so a wait or a compile
here never stops the sound or the other threads; moderngl holds it.
"""

import ctypes
import sys
from collections.abc import Callable
from ctypes import CDLL, c_char_p, c_float, c_int, c_uint, c_uint64, c_void_p
from ctypes.util import find_library
from typing import Any
from weakref import WeakKeyDictionary

import moderngl

FRAGMENT, VERTEX, COMPUTE = 0x8B30, 0x8B31, 0x91B9
COMPILED, LINKED, LOG_LENGTH = 0x8B81, 0x8B82, 0x8B84
BINARY_LENGTH, RETRIEVABLE, BINARY_FORMATS = 0x8741, 0x8257, 0x87FE
COMPLETE, FLUSH_FIRST, PASSED, PASSED_NOW = 0x9117, 1, 0x911A, 0x911C
TRIANGLES, TRIANGLE_STRIP = 4, 5
ACTIVE_UNIFORMS = 0x8B86
FLOAT, INT, BOOL, VEC2, VEC4, SAMPLER_2D = 0x1406, 0x1404, 0x8B56, 0x8B50, 0x8B52, 0x8B5E
UNIFORM, STORAGE, STATIC_DRAW = 0x8A11, 0x90D2, 0x88E4
FRAMEBUFFER, COLOUR_0, TEXTURE_2D, RGBA8, RGBA, BYTE = 0x8D40, 0x8CE0, 0x0DE1, 0x8058, 0x1908, 0x1401
WRITE_ONLY = 0x88B9
COLOUR_BITS, NEAREST = 0x4000, 0x2600
AFTER_IMAGE_STORES = 0x400 | 0x8 | 0x80 | 0x100
"""Framebuffer, texture fetch, pixel buffer and texture update barriers."""

_P = c_void_p
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "FenceSync": (_P, (c_uint, c_uint)),
    "ClientWaitSync": (c_uint, (_P, c_uint, c_uint64)),
    "DeleteSync": (None, (_P,)),
    "Flush": (None, ()),
    "Finish": (None, ()),
    "GetError": (c_uint, ()),
    "GetIntegerv": (None, (c_uint, _P)),
    "CreateShader": (c_uint, (c_uint,)),
    "ShaderSource": (None, (c_uint, c_int, _P, _P)),
    "CompileShader": (None, (c_uint,)),
    "GetShaderiv": (None, (c_uint, c_uint, _P)),
    "GetShaderInfoLog": (None, (c_uint, c_int, _P, _P)),
    "DeleteShader": (None, (c_uint,)),
    "CreateProgram": (c_uint, ()),
    "AttachShader": (None, (c_uint, c_uint)),
    "LinkProgram": (None, (c_uint,)),
    "GetProgramiv": (None, (c_uint, c_uint, _P)),
    "GetProgramInfoLog": (None, (c_uint, c_int, _P, _P)),
    "DeleteProgram": (None, (c_uint,)),
    "UseProgram": (None, (c_uint,)),
    "GetActiveUniform": (None, (c_uint, c_uint, c_int, _P, _P, _P, c_char_p)),
    "GetUniformLocation": (c_int, (c_uint, c_char_p)),
    "Uniform1i": (None, (c_int, c_int)),
    "Uniform1f": (None, (c_int, c_float)),
    "Uniform2f": (None, (c_int, c_float, c_float)),
    "Uniform4f": (None, (c_int, c_float, c_float, c_float, c_float)),
    "GetUniformBlockIndex": (c_uint, (c_uint, c_char_p)),
    "UniformBlockBinding": (None, (c_uint, c_uint, c_uint)),
    "GenVertexArrays": (None, (c_int, _P)),
    "BindVertexArray": (None, (c_uint,)),
    "DeleteVertexArrays": (None, (c_int, _P)),
    "DrawArrays": (None, (c_uint, c_int, c_int)),
    "GenBuffers": (None, (c_int, _P)),
    "BindBuffer": (None, (c_uint, c_uint)),
    "BufferData": (None, (c_uint, ctypes.c_ssize_t, _P, c_uint)),
    "BindBufferBase": (None, (c_uint, c_uint, c_uint)),
    "DeleteBuffers": (None, (c_int, _P)),
    "GenTextures": (None, (c_int, _P)),
    "BindTexture": (None, (c_uint, c_uint)),
    "TexImage2D": (None, (c_uint, c_int, c_int, c_int, c_int, c_int, c_uint, c_uint, _P)),
    "TexSubImage2D": (None, (c_uint, c_int, c_int, c_int, c_int, c_int, c_uint, c_uint, _P)),
    "DeleteTextures": (None, (c_int, _P)),
    "GenFramebuffers": (None, (c_int, _P)),
    "BindFramebuffer": (None, (c_uint, c_uint)),
    "FramebufferTexture2D": (None, (c_uint, c_uint, c_uint, c_uint, c_int)),
    "DeleteFramebuffers": (None, (c_int, _P)),
    "Viewport": (None, (c_int, c_int, c_int, c_int)),
    "BlitFramebuffer": (None, (*[c_int] * 8, c_uint, c_uint)),
    "ClearColor": (None, (c_float, c_float, c_float, c_float)),
}
"""Name → (result, arguments): in every OpenGL 3.3."""
_NEWER: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ProgramParameteri": (None, (c_uint, c_uint, c_int)),
    "GetProgramBinary": (None, (c_uint, c_int, _P, _P, _P)),
    "ProgramBinary": (None, (c_uint, c_uint, _P, c_int)),
    "DispatchCompute": (None, (c_uint, c_uint, c_uint)),
    "BindImageTexture": (None, (c_uint, c_uint, c_int, ctypes.c_ubyte, c_int, c_uint, c_uint)),
    "MemoryBarrier": (None, (c_uint,)),
    "GetGraphicsResetStatus": (c_uint, ()),
    "GetGraphicsResetStatusARB": (c_uint, ()),
}
"""From 4.1 to 4.5 on; a driver may lack them."""


class Calls:
    """OpenGL functions as attributes, without their "gl"."""

    def __init__(self, address_of: Callable[[str], int]) -> None:
        prototype = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
        self._known: dict[str, Any] = {}
        for name, (result, arguments) in {**_SIGNATURES, **_NEWER}.items():
            address = address_of(f"gl{name}")
            if address:
                self._known[name] = prototype(result, *arguments)(address)
        self.binaries = "GetProgramBinary" in self._known and self.number(BINARY_FORMATS) > 0
        """Whether compiled programs can be kept."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self._known[name]
        except KeyError:
            raise AttributeError(f"this driver has no gl{name}") from None

    def number(self, name: int) -> int:
        """Return one of the driver's whole numbers."""
        value = c_int(0)
        self.GetIntegerv(name, ctypes.byref(value))
        return value.value

    def made(self, kind: str) -> int:
        """Return a new object of `kind`, such as "Textures"."""
        name = c_uint(0)
        self._known[f"Gen{kind}"](1, ctypes.byref(name))
        return name.value

    def delete(self, kind: str, name: int) -> None:
        """Free what `made` returned."""
        self._known[f"Delete{kind}"](1, ctypes.byref(c_uint(name)))


_calls: "WeakKeyDictionary[moderngl.Context, Calls]" = WeakKeyDictionary()


def of(ctx: moderngl.Context) -> Calls:
    """Return the calls of a context that is current now."""
    if ctx not in _calls:
        _calls[ctx] = Calls(_address_of())
    return _calls[ctx]


def egl() -> CDLL | None:
    """Return libEGL if it made the current context, else None."""
    name = find_library("EGL") if sys.platform.startswith("linux") else None
    if name is None:
        return None
    library = CDLL(name)
    library.eglGetCurrentContext.restype = library.eglGetProcAddress.restype = c_void_p
    library.eglGetProcAddress.argtypes = [c_char_p]
    return library if library.eglGetCurrentContext() else None


def _address_of() -> Callable[[str], int]:
    library = egl()
    if library is not None:
        return lambda name: int(library.eglGetProcAddress(name.encode()) or 0)
    import glfw

    return lambda name: int(ctypes.cast(glfw.get_proc_address(name), c_void_p).value or 0)
