"""The GLSL backend: draws a style with one fragment shader, on anything with OpenGL 3.3. Never imports torch.

Main thread, GL context current. Compiling happens only for an architecture this context has not seen while some
backend still uses it; a style of the same shape only writes buffers.
"""

from typing import Any
from weakref import WeakKeyDictionary

import moderngl
import numpy as np

from app.clock import Frame
from app.cppn import glsl
from app.cppn.arch import Arch
from app.cppn.inputs import fold, pixel_to_plane, view_of
from app.modulation.values import Values
from app.problems import UserError
from app.render.surface import is_software
from app.render.target import Target
from app.style import Style


class _Shader:
    """A compiled architecture, shared by all backends of one context; freed when the last one lets go."""

    def __init__(self, ctx: moderngl.Context, arch: Arch) -> None:
        self.plan = plan_for(ctx, arch)
        self.program = _compile(ctx, self.plan)
        self.vertices = ctx.vertex_array(self.program, [])
        self.users = 0
        uniforms: dict[str, Any] = {"groups": self.plan.groups, "fan_groups": self.plan.fan_groups, "weights": 0}
        for name, value in uniforms.items():
            if name in self.program:
                self.program[name] = value
        for i, name in enumerate(self._blocks()):
            block = self.program.get(name, None)
            if isinstance(block, moderngl.UniformBlock):
                block.binding = i

    def _blocks(self) -> list[str]:
        return ["Biases", *(f"Layer{i}" for i in range(self.plan.arch.depth + 1))]

    def release(self) -> None:
        self.vertices.release()
        self.program.release()


_shaders: "WeakKeyDictionary[moderngl.Context, dict[Arch, _Shader]]" = WeakKeyDictionary()


def plan_for(ctx: moderngl.Context, arch: Arch) -> glsl.Plan:
    """Choose by what the driver grants: uniform blocks where they are large enough, else a texture (always possible).

    Small networks are written out in full, but not for a software renderer: llvmpipe compiles 32 × 4 for 20 s then,
    and 1 s with loops.
    """
    sizes = glsl.Plan(arch, "block").layer_sizes
    fits = max(sizes) * 16 <= ctx.info["GL_MAX_UNIFORM_BLOCK_SIZE"]
    store: glsl.Store = "block" if fits and len(sizes) < ctx.info["GL_MAX_FRAGMENT_UNIFORM_BLOCKS"] else "texture"
    return glsl.Plan(arch, store, arch.fan_out <= glsl.STRAIGHT_WIDTH and not is_software(ctx))


def _compile(ctx: moderngl.Context, plan: glsl.Plan) -> moderngl.Program:
    try:
        return ctx.program(vertex_shader=glsl.VERTEX, fragment_shader=glsl.fragment(plan))
    except moderngl.Error as error:
        first = next((line for line in str(error).splitlines() if "error" in line.lower()), "unknown reason")
        raise UserError(
            f"this driver cannot compile a {plan.arch.width} × {plan.arch.depth} network: {first}"
        ) from None


def _borrow(ctx: moderngl.Context, arch: Arch) -> _Shader:
    known = _shaders.setdefault(ctx, {})
    if arch not in known:
        known[arch] = _Shader(ctx, arch)
    known[arch].users += 1
    return known[arch]


def _give_back(ctx: moderngl.Context, shader: _Shader) -> None:
    shader.users -= 1
    if shader.users == 0:
        del _shaders[ctx][shader.plan.arch]
        shader.release()


class GlslBackend:
    """Draws one style with a fragment shader."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._style: Style | None = None
        self._shader: _Shader | None = None
        self._biases: moderngl.Buffer | None = None
        self._layers: list[moderngl.Buffer] = []
        self._texture: moderngl.Texture | None = None

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        return f"{self._ctx.info['GL_RENDERER']}, float32"

    def set_style(self, style: Style) -> None:
        """Take another style: writes weights, and compiles only if its architecture is new."""
        if self._shader is None or self._shader.plan.arch != style.arch:
            shader = _borrow(self._ctx, style.arch)
            self.release()
            self._shader = shader
            self._allocate(shader.plan)
        self._write(self._shader.plan, style)
        self._style = style

    def draw(self, values: Values, frame: Frame, target: Target) -> None:  # noqa: ARG002 - values hold the time
        """Fill the target's region."""
        if self._style is None or self._shader is None or self._biases is None:
            raise RuntimeError("set_style comes before draw")
        bias = fold(self._style, values.style_seconds, values.heard)
        self._biases.write(glsl.pack_biases([bias]))
        width, height = target.region_px
        affine = pixel_to_plane(width, height, view_of(values), target.size_px[0] / target.size_px[1])
        for name, row in zip(("plane_x", "plane_y"), affine, strict=True):
            if name in self._shader.program:
                self._shader.program[name] = tuple(row)
        self._bind(self._biases)
        target.use()
        self._ctx.disable(moderngl.BLEND)
        self._shader.vertices.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        """Free buffers, and the shader if nobody else uses it."""
        for made in (self._biases, *self._layers, self._texture):
            if made is not None:
                made.release()
        self._biases, self._layers, self._texture = None, [], None
        if self._shader is not None:
            _give_back(self._ctx, self._shader)
            self._shader = None

    def _bind(self, biases: moderngl.Buffer) -> None:
        for i, buffer in enumerate((biases, *self._layers)):
            buffer.bind_to_uniform_block(i)
        if self._texture is not None:
            self._texture.use(0)

    def _allocate(self, plan: glsl.Plan) -> None:
        self._biases = self._ctx.buffer(reserve=plan.bias_size * 16, dynamic=True)
        if plan.store == "block":
            self._layers = [self._ctx.buffer(reserve=size * 16) for size in plan.layer_sizes]
            return
        rows = -(-sum(plan.layer_sizes) // glsl.TEXTURE_WIDTH)
        self._texture = self._ctx.texture((glsl.TEXTURE_WIDTH, rows), 4, dtype="f4")
        self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)

    def _write(self, plan: glsl.Plan, style: Style) -> None:
        packed = glsl.pack_weights(plan, style)
        if self._biases is not None:
            self._biases.write(glsl.pack_biases([bias for _, bias in style.layers]))
        for buffer, layer in zip(self._layers, packed, strict=False):
            buffer.write(layer)
        if self._texture is not None:
            flat = np.concatenate(packed)
            padding = np.zeros((self._texture.height * glsl.TEXTURE_WIDTH - len(flat), 4), np.float32)
            self._texture.write(np.concatenate([flat, padding]))
