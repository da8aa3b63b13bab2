"""Compiles kernels for the processor at hand, and keeps the machine code in memory and on disk.

Main thread. llvmlite is imported on first use. A cache file is loaded only if it begins with the digest of its key
(kernel text, processor, features, LLVM) and of the code that follows: a torn, corrupt or foreign file is made anew.
"""

import ctypes
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from app import paths
from app.cppn.llvm import source
from app.cppn.llvm_kinds import Isa, Kernel, isa_of
from app.cppn.llvm_tiles import ARGUMENTS, ENTRY

DIGEST_BYTES = 32
KEPT_FILES = 64
"""More kernels than anyone plays with; the oldest go first."""
_loaded: "dict[tuple[Kernel, Machine], Compiled]" = {}
_library_numbers = count()


class Refused(Exception):  # noqa: N818 - what happened, as `UserError` is
    """No kernel can be compiled here; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor as LLVM names it; `features` is a list such as "+avx2,-avx512f"."""

    triple: str
    cpu: str
    features: str

    @property
    def isa(self) -> Isa:
        """The vector unit to use."""
        return isa_of({item[1:]: item.startswith("+") for item in self.features.split(",") if item})

    def without(self, *features: str) -> "Machine":
        """Return the same machine lacking some features: what an older one would run."""
        return Machine(self.triple, self.cpu, ",".join([self.features, *(f"-{name}" for name in features)]))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A kernel in memory; `draw` is called through ctypes, which lets other Python threads run meanwhile."""

    draw: Any
    code: Any
    """What keeps the machine code in memory."""


def host() -> Machine:
    """Return this computer. `Refused` without a working llvmlite."""
    llvm = _llvm()
    try:
        return Machine(llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    except RuntimeError as error:
        raise Refused(f"LLVM does not know this processor: {error}") from None


def load(kernel: Kernel, machine: Machine) -> Compiled:
    """Return the compiled kernel: from memory, from disk, or compiled now (a few tenths of a second)."""
    if (kernel, machine) not in _loaded:
        text = source(kernel)
        key = _key(text, machine)
        _loaded[kernel, machine] = link(_cached(key) or _compile(key, text, machine))
    return _loaded[kernel, machine]


def emit(text: str, machine: Machine, assembly: bool = False) -> Any:
    """Return LLVM IR as an object file's bytes, or as assembly text. `Refused` where LLVM takes it not."""
    llvm = _llvm()
    try:
        target = llvm.Target.from_triple(machine.triple)
        options = {"cpu": machine.cpu, "features": machine.features, "opt": 3, "reloc": "pic", "jit": True}
        made = target.create_target_machine(**options)
        module = llvm.parse_assembly(text)
        module.triple = machine.triple
        module.data_layout = str(made.target_data)
        module.verify()
        # the text is in vectors and loops of the right size already: LLVM shall not unroll or widen them again
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_unrolling = tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_interleaving = False
        passes = llvm.create_pass_builder(made, tuning)
        passes.getModulePassManager().run(module, passes)
        return made.emit_assembly(module) if assembly else made.emit_object(module)
    except RuntimeError as error:
        raise Refused(f"LLVM cannot compile the kernel: {str(error).splitlines()[0]}") from None


@cache
def _llvm() -> Any:
    try:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
    except (ImportError, OSError, RuntimeError) as error:
        raise Refused(f"llvmlite does not work here: {error}") from None
    return llvm


@cache
def _jit() -> Any:
    return _llvm().create_lljit_compiler()


def _key(text: str, machine: Machine) -> str:
    llvm = _llvm()
    parts = (text, machine.triple, machine.cpu, machine.features, str(llvm.llvm_version_info))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _compile(key: str, text: str, machine: Machine) -> bytes:
    code: bytes = emit(text, machine)
    _keep(key, code)
    return code


def link(code: bytes) -> Compiled:
    """Load an object file that defines `ENTRY` with `ARGUMENTS`."""
    llvm = _llvm()
    builder = llvm.JITLibraryBuilder().add_object_img(code).export_symbol(ENTRY)
    try:
        library = builder.link(_jit(), f"clavilux{next(_library_numbers)}")
    except RuntimeError as error:
        raise Refused(f"the compiled kernel cannot be loaded: {error}") from None
    return Compiled(ctypes.CFUNCTYPE(None, *ARGUMENTS)(library[ENTRY]), library)


def _cached(key: str) -> bytes | None:
    try:
        data = (paths.cache("kernels") / f"{key}.o").read_bytes()
    except OSError:
        return None
    code = data[DIGEST_BYTES:]
    return code if data[:DIGEST_BYTES] == _digest(key, code) else None


def _keep(key: str, code: bytes) -> None:
    """Write a cache file whole or not at all. A folder that cannot be written only means compiling again."""
    try:
        folder = paths.cache("kernels")
        temporary = folder / f".{key}.{os.getpid()}.tmp"
        temporary.write_bytes(_digest(key, code) + code)
        temporary.replace(folder / f"{key}.o")
        for old in sorted(folder.glob("*.o"), key=_age)[KEPT_FILES:]:
            old.unlink(missing_ok=True)
    except OSError:
        pass


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def _digest(key: str, code: bytes) -> bytes:
    return hashlib.sha256(key.encode() + code).digest()
