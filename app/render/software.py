"""Whether OpenGL runs on the processor here: then its speed, its threads and its frames are to be judged otherwise."""

import moderngl

RENDERERS = ("llvmpipe", "softpipe", "swrast", "swiftshader")


def is_software(ctx: moderngl.Context) -> bool:
    """Return whether OpenGL runs on the CPU here."""
    return any(name in ctx.info["GL_RENDERER"].lower() for name in RENDERERS)
