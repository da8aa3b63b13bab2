"""How much memory the graphics card has left, as far as its driver tells (NVIDIA and Mesa; AMD). Thread of the context.

GL_NVX_gpu_memory_info tells of the whole card, GL_ATI_meminfo only what is free for textures; both in KiB.
"""

import ctypes

import moderngl

from app.render import gl_calls

NVX, ATI = "GL_NVX_gpu_memory_info", "GL_ATI_meminfo"
NVX_TOTAL, NVX_FREE, ATI_FREE = 0x9048, 0x9049, 0x87FC
KIB_OF_GIB = 1 << 20


class GpuMemory:
    """Asks one context's driver; asking costs next to nothing, but twice a second is enough."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._calls = gl_calls.of(ctx)
        self._way = next((way for way in (NVX, ATI) if way in ctx.extensions), "")

    def told(self) -> str:
        """Return it as a person reads it, "" where the driver does not tell."""
        if self._way == NVX:
            total, free = self._numbers(NVX_TOTAL)[0], self._numbers(NVX_FREE)[0]
            return f"{_gib(total - free)} of {_gib(total)} GB in use" if total > 0 else ""
        if self._way == ATI:
            return f"{_gib(self._numbers(ATI_FREE)[0])} GB free"
        return ""

    def _numbers(self, name: int) -> list[int]:
        """Return a driver's numbers; AMD's are four."""
        values = (ctypes.c_int * 4)()
        self._calls.GetIntegerv(name, values)
        return list(values)


def _gib(kib: int) -> str:
    return f"{max(kib, 0) / KIB_OF_GIB:.1f}"
