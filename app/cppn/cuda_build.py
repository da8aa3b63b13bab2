"""Compiling kernels with NVRTC, and keeping them on disk. Any thread; needs no GPU and no CUDA toolkit.

A kernel is kept under a name made from everything it depends on (source, options, compiler, processor), so a stale one
is never found; a damaged file is noticed by its checksum and made again.
"""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from app import paths
from app.problems import UserError

INSTALL = "pip install 'clavilux[cuda]'"
OPTIONS = ("--std=c++17", "--ftz=true", "--prec-div=false", "--prec-sqrt=false")
"""Flushed denormals and approximate division and roots: what the picture's 8 bits never show."""
KEPT = 64
"""Kernels on disk; the least recently made go first."""
_makers: dict[Path, Lock] = {}


@dataclass(frozen=True, slots=True)
class Report:
    """What the compiler says a kernel needs: registers a thread, bytes it had to move to memory for want of them."""

    registers: int
    spill_bytes: int


def architectures() -> list[int]:
    """Return the processors that the installed NVRTC compiles for, as 80, 89, 90, … `UserError` without NVRTC."""
    try:
        from cuda.bindings import nvrtc

        error, known = nvrtc.nvrtcGetSupportedArchs()
    except (ImportError, RuntimeError, OSError) as missing:
        raise UserError(f"cuda: no NVRTC compiler ({_first_line(missing)}); {INSTALL}") from None
    return sorted(known) if int(error) == 0 else []


def nearest_architecture(capability: tuple[int, int]) -> str:
    """Return the newest known "sm_NN" whose machine code runs on a processor. `UserError` if there is none."""
    major, minor = capability
    if major < 8:
        raise UserError(f"cuda: compute capability {major}.{minor} is too old; the CUDA backend needs 8.0 (RTX 30)")
    fitting = [number for number in architectures() if number // 10 == major and number % 10 <= minor]
    if not fitting:
        raise UserError(
            f"cuda: the NVRTC compiler does not know compute capability {major}.{minor}; upgrade it: {INSTALL}"
        )
    return f"sm_{fitting[-1]}"


def compile_source(source: str, architecture: str) -> tuple[bytes, Report]:
    """Compile to machine code for "sm_NN"; other threads run meanwhile. `UserError` with the first complaint."""
    try:
        from cuda.bindings import nvrtc

        _, program = nvrtc.nvrtcCreateProgram(source.encode(), b"clavilux.cu", 0, [], [])
    except (ImportError, RuntimeError, OSError) as missing:
        raise UserError(f"cuda: no NVRTC compiler ({_first_line(missing)}); {INSTALL}") from None
    options = [option.encode() for option in (f"--gpu-architecture={architecture}", "--ptxas-options=-v", *OPTIONS)]
    try:
        (error,) = nvrtc.nvrtcCompileProgram(program, len(options), options)
        told = _read_out(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program).decode("utf-8", "replace")
        if int(error) != 0:
            raise UserError(f"cuda: the kernel does not compile for {architecture}: {_complaint(told)}")
        return _read_out(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program), _report(told)
    finally:
        nvrtc.nvrtcDestroyProgram(program)


def _read_out(ask_size: Callable[[Any], Any], read: Callable[[Any, bytes], Any], program: object) -> bytes:
    """Return what the compiler holds; it writes into the bytes it is given."""
    data = b" " * int(ask_size(program)[1])
    read(program, data)
    return data


def build(source: str, architecture: str) -> bytes:
    """Return machine code from the disk or the compiler, which two threads that want the same ask only once."""
    path = place(source, architecture)
    with _makers.setdefault(path, Lock()):
        kept = _read(path)
        if kept is None:
            kept, _ = compile_source(source, architecture)
            _write(path, kept)
    return kept


def forget(source: str, architecture: str) -> None:
    """Drop a kept kernel that a driver refused."""
    place(source, architecture).unlink(missing_ok=True)


def place(source: str, architecture: str) -> Path:
    """Return the file that a kernel is kept in; its name tells it from every other."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        compiler = version("nvidia-cuda-nvrtc")
    except PackageNotFoundError:
        compiler = str(architectures())
    key = hashlib.sha256("\0".join([source, architecture, repr(OPTIONS), compiler]).encode()).hexdigest()
    return paths.cache("kernels") / f"{architecture}-{key[:24]}.cubin"


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    code = data[32:]
    return code if hashlib.sha256(code).digest() == data[:32] else None


def _write(path: Path, code: bytes) -> None:
    """Keep a kernel; a disk that cannot be written costs only the next start's time."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_bytes(hashlib.sha256(code).digest() + code)
        temporary.replace(path)
        for old in sorted(path.parent.glob("*.cubin"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        temporary.unlink(missing_ok=True)


def _report(log: str) -> Report:
    used = [int(number) for number in re.findall(r"Used (\d+) registers", log)]
    spilled = [int(number) for number in re.findall(r"(\d+) bytes spill", log)]
    return Report(max(used, default=0), max(spilled, default=0))


def _complaint(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if ": error" in line), " ".join(text.split())[:200])


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
