"""Compiled GL programs by ctypes, kept on disk so that the next start compiles nothing.

Any thread with a current context. A kept file that is damaged, or that the driver does not take any more, is compiled
anew; the folder holds the newest `KEPT_FILES`.
"""

import contextlib
import ctypes
import hashlib
from collections.abc import Sequence
from ctypes import byref, c_char_p, c_int, c_uint
from pathlib import Path

from app import files, paths
from app.problems import UserError
from app.render import gl_calls
from app.render.gl_calls import Calls

KEPT_FILES = 512
DIGEST_BYTES = 32
Stages = Sequence[tuple[int, str]]
"""(gl_calls.VERTEX, FRAGMENT or COMPUTE, source) of each stage."""


class CompileError(Exception):
    """The driver refused; the text is the first line of its reason."""


def make(calls: Calls, driver: str, stages: Stages) -> int:
    """Return a linked program, from disk if an equal one was made by the same `driver`. `CompileError`."""
    if not calls.binaries:
        return _compile(calls, stages)
    file = _file(driver, stages)
    program = _read(calls, file)
    if program:
        return program
    program = _compile(calls, stages)
    _write(calls, program, file)
    return program


def _file(driver: str, stages: Stages) -> Path:
    text = "\0".join([driver, *(f"{stage} {source}" for stage, source in stages)])
    return paths.cache("programs") / f"{hashlib.sha256(text.encode()).hexdigest()}.bin"


def _compile(calls: Calls, stages: Stages) -> int:
    program: int = calls.CreateProgram()
    if calls.binaries:
        calls.ProgramParameteri(program, gl_calls.RETRIEVABLE, 1)
    shaders = []
    try:
        for stage, source in stages:
            shaders.append(_shader(calls, stage, source))
            calls.AttachShader(program, shaders[-1])
        calls.LinkProgram(program)
        _check(calls, "Program", program, gl_calls.LINKED)
    except CompileError:
        calls.DeleteProgram(program)
        raise
    finally:
        for shader in shaders:
            calls.DeleteShader(shader)
    return program


def _shader(calls: Calls, stage: int, source: str) -> int:
    shader: int = calls.CreateShader(stage)
    calls.ShaderSource(shader, 1, byref(c_char_p(source.encode())), None)
    calls.CompileShader(shader)
    try:
        _check(calls, "Shader", shader, gl_calls.COMPILED)
    except CompileError:
        calls.DeleteShader(shader)
        raise
    return shader


def _check(calls: Calls, kind: str, name: int, wanted: int) -> None:
    get = calls.GetShaderiv if kind == "Shader" else calls.GetProgramiv
    value, length = c_int(0), c_int(0)
    get(name, wanted, byref(value))
    if value.value:
        return
    get(name, gl_calls.LOG_LENGTH, byref(length))
    log = ctypes.create_string_buffer(max(length.value, 1))
    (calls.GetShaderInfoLog if kind == "Shader" else calls.GetProgramInfoLog)(name, len(log), None, log)
    lines = [line for line in log.value.decode(errors="replace").splitlines() if line.strip()]
    raise CompileError(next((line for line in lines if "error" in line.lower()), "unknown reason"))


def _read(calls: Calls, file: Path) -> int:
    """Return the program of a kept file; 0 where there is none that works."""
    try:
        data = file.read_bytes()
    except OSError:
        return 0
    digest, body = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if len(body) <= 4 or hashlib.sha256(body).digest() != digest:
        return 0
    program: int = calls.CreateProgram()
    calls.ProgramBinary(program, int.from_bytes(body[:4], "little"), body[4:], len(body) - 4)
    linked = c_int(0)
    calls.GetProgramiv(program, gl_calls.LINKED, byref(linked))
    if linked.value:
        return program
    calls.DeleteProgram(program)
    calls.GetError()  # a format the driver has forgotten is no error of the show's
    return 0


def _write(calls: Calls, program: int, file: Path) -> None:
    """Keep a program; where nothing can be written, the next start compiles again."""
    length, form = c_int(0), c_uint(0)
    calls.GetProgramiv(program, gl_calls.BINARY_LENGTH, byref(length))
    if length.value <= 0:
        return
    binary = ctypes.create_string_buffer(length.value)
    calls.GetProgramBinary(program, length.value, byref(length), byref(form), binary)
    body = form.value.to_bytes(4, "little") + binary.raw[: length.value]
    with contextlib.suppress(UserError, OSError):
        files.replace(file, hashlib.sha256(body).digest() + body)
        kept = sorted(file.parent.glob("*.bin"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in kept[KEPT_FILES:]:
            old.unlink()
