"""The GLSL backend: draws a style with one shader, on anything with OpenGL 3.3. Never imports torch.

Main thread, GL context current. Compiling happens only for what this context has not seen while some backend still
uses it; after `prepare` it has happened beside the show. A style of the same shape only writes buffers.
"""

from typing import Any
from weakref import WeakKeyDictionary

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.clock import Frame
from app.cppn import glsl, glsl_tiles
from app.cppn.inputs import fold, view_of
from app.modulation.values import Values
from app.problems import UserError
from app.render import gl_calls, gl_program, glsl_ways, glsl_workshop
from app.render.backend import Apart
from app.render.gl_calls import Calls
from app.render.glsl_ways import Recipe
from app.render.marks import CELL_PX, Marks
from app.render.target import Target
from app.style import Style


class _Shader:
    """A compiled recipe, shared by all backends of one context; freed when the last one lets go."""

    def __init__(self, calls: Calls, recipe: Recipe, program: int) -> None:
        self.recipe = recipe
        self.users = 0
        self._calls = calls
        self._program = program
        self._vertices = calls.made("VertexArrays")

    def draw(self, region_px: tuple[int, int]) -> None:
        """Fill the framebuffer, or the bound image, with what the bound buffers say."""
        self._calls.UseProgram(self._program)
        if self.recipe.way == "tiles":
            glsl_workshop.dispatch(self._calls, region_px)
            return
        self._calls.BindVertexArray(self._vertices)
        self._calls.DrawArrays(gl_calls.TRIANGLES, 0, glsl.TRIANGLE)

    def release(self) -> None:
        self._calls.delete("VertexArrays", self._vertices)
        self._calls.DeleteProgram(self._program)


_shaders: "WeakKeyDictionary[moderngl.Context, dict[Recipe, _Shader]]" = WeakKeyDictionary()


def _compile(ctx: moderngl.Context, recipe: Recipe) -> int:
    try:
        return glsl_workshop.compiled(gl_calls.of(ctx), glsl_ways.driver_of(ctx), recipe)
    except gl_program.CompileError as error:
        arch = recipe.plan.arch
        raise UserError(f"this driver cannot compile a {arch.width} × {arch.depth} network: {error}") from None


def _borrow(ctx: moderngl.Context, style: Style) -> _Shader:
    """Return the best shader there is: what the workshop found, else the one that is compiled soonest, now."""
    known = _shaders.setdefault(ctx, {})
    recipe = glsl_workshop.of(ctx).best(style) or glsl_ways.quick(ctx, style.arch)
    if recipe not in known:
        known[recipe] = _Shader(gl_calls.of(ctx), recipe, _compile(ctx, recipe))
    known[recipe].users += 1
    return known[recipe]


def _give_back(ctx: moderngl.Context, shader: _Shader) -> None:
    shader.users -= 1
    if shader.users == 0:
        del _shaders[ctx][shader.recipe]
        shader.release()


class GlslBackend(Apart):
    """Draws one style with a shader."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._style: Style | None = None
        self._shader: _Shader | None = None
        self._frame: moderngl.Buffer | None = None
        self._layers: list[moderngl.Buffer] = []
        self._texture: moderngl.Texture | None = None

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        way = f", {glsl_ways.SHOWN[self._shader.recipe.way]}" if self._shader is not None else ""
        return f"{self._ctx.info['GL_RENDERER']}, float32{way}"

    def prepare(self, style: Style) -> bool:
        """Have the best program for `style` compiled beside the show; True once `set_style` will find it."""
        return glsl_workshop.of(self._ctx).prepared(style)

    def set_style(self, style: Style) -> None:
        """Take another style: writes its numbers, and compiles only what is neither in use nor prepared."""
        shader = _borrow(self._ctx, style)
        if shader is self._shader:
            _give_back(self._ctx, shader)  # it is held already
        else:
            self.release()
            self._shader = shader
            self._allocate(shader.recipe)
        self._write(shader.recipe, style)
        self._style = style

    def draw(self, values: Values, frame: Frame, target: Target) -> None:  # noqa: ARG002 - values hold the time
        """Fill the target's region."""
        shader = self._begin(values, target)
        if shader.recipe.way != "tiles":
            target.use()
        shader.draw(target.region_px)

    redraws = True

    def redraw(self, values: Values, target: Target, marks: Marks) -> None:
        """Fill the marked cells: a tile of others ends at once, a fragment of others fails before it begins."""
        shader = self._begin(values, target, CELL_PX)
        if shader.recipe.way == "tiles":
            marks.use(0)
            shader.draw(target.region_px)
            return
        with marks.only(target):
            self._bind(target)  # the marks were bound where the weights may be
            shader.draw(target.region_px)

    def _begin(self, values: Values, target: Target, cell_px: int = 0) -> _Shader:
        """Write what this frame brings, bind what the shader reads, and return it."""
        if self._style is None or self._shader is None or self._frame is None:
            raise RuntimeError("set_style comes before draw")
        plan = self._shader.recipe.plan
        affine = target.plane(view_of(values))
        bias = fold(self._style, values.style_seconds, values.heard)
        head = glsl.pack_head(affine, plan.counts, target.region_px, cell_px)
        self._frame.write(np.concatenate([head, _packed_biases(plan, [bias])]))
        self._frame.bind_to_uniform_block(0)
        self._bind(target)
        return self._shader

    def release(self) -> None:
        """Free buffers, and the shader if nobody else uses it."""
        for made in (self._frame, *self._layers, self._texture):
            if made is not None:
                made.release()
        self._frame, self._layers, self._texture = None, [], None
        if self._shader is not None:
            _give_back(self._ctx, self._shader)
            self._shader = None

    def _bind(self, target: Target) -> None:
        if self._shader is not None and self._shader.recipe.way == "tiles":
            self._layers[0].bind_to_storage_buffer(1)
            target.texture.bind_to_image(0, read=False, write=True)
            return
        for i, buffer in enumerate(self._layers, start=1):
            buffer.bind_to_uniform_block(i)
        if self._texture is not None:
            self._texture.use(0)
        self._ctx.disable(moderngl.BLEND)

    def _allocate(self, recipe: Recipe) -> None:
        plan = recipe.plan
        self._frame = self._ctx.buffer(reserve=(glsl.HEAD + plan.bias_size) * 16, dynamic=True)
        if isinstance(plan, glsl_tiles.TilePlan):
            self._layers = [self._ctx.buffer(reserve=plan.weight_size * 16)]
        elif plan.store == "block":
            self._layers = [self._ctx.buffer(reserve=size * 16) for size in plan.layer_sizes]
        elif plan.store == "texture":
            rows = -(-plan.weight_size // glsl.TEXTURE_WIDTH)
            self._texture = self._ctx.texture((glsl.TEXTURE_WIDTH, rows), 4, dtype="f4")
            self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)

    def _write(self, recipe: Recipe, style: Style) -> None:
        plan = recipe.plan
        if self._frame is not None:
            self._frame.write(_packed_biases(plan, [bias for _, bias in style.layers]), offset=glsl.HEAD * 16)
        if isinstance(plan, glsl_tiles.TilePlan):
            self._layers[0].write(glsl_tiles.pack_weights(plan, style))
            return
        packed = glsl.pack_weights(plan, style)
        for buffer, layer in zip(self._layers, packed, strict=False):
            buffer.write(layer)
        if self._texture is not None:
            flat = np.concatenate(packed)
            padding = np.zeros((self._texture.height * glsl.TEXTURE_WIDTH - len(flat), 4), np.float32)
            self._texture.write(np.concatenate([flat, padding]))


def _packed_biases(plan: glsl.Plan | glsl_tiles.TilePlan, biases: list[NDArray[Any]]) -> glsl.Packed:
    return glsl_tiles.pack_biases(plan, biases) if isinstance(plan, glsl_tiles.TilePlan) else glsl.pack_biases(biases)
