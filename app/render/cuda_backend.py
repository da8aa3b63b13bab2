"""The CUDA backend: draws a style with one fused kernel, straight into a buffer that OpenGL shares where it can.

Main thread, GL context current. Never imports torch. A GPU that fails is set up again once; if that fails too, or a
style does not suit it, OpenGL takes over, or the processor where OpenGL runs in software: the show goes on.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import moderngl

from app.clock import Frame
from app.cppn import cuda_build
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import fold, view_of
from app.modulation.values import Values
from app.problems import UserError
from app.render.backend import Backend, Drawer, Shot, draw_one_by_one
from app.render.cpu_backend import CpuBackend
from app.render.cuda_driver import CudaError, Gpu, driver
from app.render.cuda_interop import Draw, HostRoute, InteropError, Route, SharedRoute, gl_devices, refused
from app.render.cuda_painter import MOST_VIEWS, Painter, Sight
from app.render.cuda_workshop import Workshop
from app.render.glsl_backend import GlslBackend
from app.render.marks import Marks
from app.render.software import is_software
from app.render.target import Target
from app.style import Style

log = logging.getLogger("clavilux")
TRIAL = Arch(width=16, depth=2)
"""Compiled in a fraction of a second."""


@dataclass
class Seat:
    """The GPU of one GL context, shared by its backends; `refusal` says why they cannot share buffers, else ""."""

    gpu: Gpu
    refusal: str
    users: int = 0
    workshop: Workshop = field(default_factory=Workshop)


_seats: "WeakKeyDictionary[moderngl.Context, Seat]" = WeakKeyDictionary()


def _open(ctx: moderngl.Context) -> Seat:
    """Set up the GPU that OpenGL draws on, or the first one."""
    api = driver()
    try:
        seat = Seat(Gpu(api, gl_devices(api, ctx.info)[0]), "")
    except InteropError as refusal:
        seat = Seat(Gpu(api, 0), str(refusal))
    try:
        cuda_build.nearest_architecture(seat.gpu.capability)
    except UserError:
        seat.gpu.release()
        raise
    return seat


def inspect(ctx: moderngl.Context) -> tuple[str, str]:
    """Return the GPU's name, and why it cannot share buffers with this context ("" if it can).

    A tiny network is compiled, drawn and compared, and a buffer is shared. `UserError` where CUDA cannot draw.
    """
    seat = borrow(ctx)
    try:
        seat.gpu.use()
        Painter(seat.gpu, random_style(0, TRIAL)).release()
        return seat.gpu.name, seat.refusal or refused(seat.gpu, ctx)
    finally:
        give_back(ctx, seat)


def borrow(ctx: moderngl.Context) -> Seat:
    """Return the GPU of a context, set up if it is not; give it back with `give_back`. `UserError` without one."""
    seat = _seats.get(ctx)
    if seat is None or seat.gpu.lost:
        seat = _seats[ctx] = _open(ctx)
    seat.users += 1
    return seat


def give_back(ctx: moderngl.Context, seat: Seat) -> None:
    """Let go of what `borrow` returned; the last user releases it."""
    seat.users -= 1
    if seat.users == 0 and _seats.get(ctx) is seat:
        del _seats[ctx]
        seat.workshop.close()
        seat.gpu.release()


class CudaBackend:
    """Draws one style on an NVIDIA GPU. `UserError` when made where there is none."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._seat: Seat | None = borrow(ctx)
        self._painter: Painter | None = None
        self._route: Route | None = None
        self._stand_in: GlslBackend | CpuBackend | None = None
        self._trouble = ""

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        if self._stand_in is not None:
            return f"{self._stand_in.detail}, in place of CUDA: {self._trouble}"
        if self._seat is None:
            return "CUDA, released"
        sums = "FP16" if self._painter is None or self._painter.half_sums else "FP32"
        route = f", {self._route.detail}" if self._route else ""
        trouble = f"; set up again after: {self._trouble}" if self._trouble else ""
        return f"{self._seat.gpu.name}, FP16 with {sums} sums{route}{trouble}"

    def prepare(self, style: Style) -> bool:
        """Have the kernel compiled and the oracle's pictures drawn beside the show."""
        seat = self._seat
        return seat is None or seat.gpu.lost or seat.workshop.prepared(seat.gpu, style)

    def set_style(self, style: Style) -> None:
        """Take another style: compiles what is unknown and not prepared, tries its precision on small pictures.

        One that CUDA cannot draw, for whatever reason, is drawn by the next backend.
        """
        self._trouble = ""
        try:
            self._set_style(style)
        except CudaError as error:
            self._start_again(error, style)
        except UserError as error:
            self._stand_aside(error, style)

    def _set_style(self, style: Style) -> None:
        painter = Painter(self._ready(), style)
        if self._painter is not None:
            self._painter.release()
        self._painter = painter
        if self._route is not None:
            self._route.restart()
        if self._stand_in is not None:
            self._stand_in.release()
            self._stand_in = None

    def _ready(self) -> Gpu:
        """Return the GPU, current on this thread; a new one after `release` or where another backend lost it."""
        if self._seat is None or self._seat.gpu.lost:
            self._leave()
            self._seat = borrow(self._ctx)
        self._seat.gpu.use()
        return self._seat.gpu

    def draw(self, values: Values, frame: Frame, target: Target) -> None:
        """Fill the target's region."""
        if self._stand_in is not None:
            self._stand_in.draw(values, frame, target)
            return
        if self._painter is None:
            raise RuntimeError("set_style comes before draw")
        style = self._painter.style
        try:
            if self._seat is None or self._seat.gpu.lost:
                self._set_style(style)
            self._paint(values, target)
        except CudaError as error:
            self._start_again(error, style)
            self._draw_again(values, frame, target, style)

    @property
    def redraws(self) -> bool:
        """Only where OpenGL stands in: the kernel draws whole pictures."""
        return self._stand_in is not None

    def redraw(self, values: Values, target: Target, marks: Marks) -> None:
        """Let the stand-in fill the marked cells."""
        if self._stand_in is None:
            raise RuntimeError("the CUDA kernel draws whole pictures")
        self._stand_in.redraw(values, target, marks)

    def over(self, before: Backend, share: float) -> Drawer | None:
        """Both in one launch, where the other style is drawn on the same GPU by the same kernel."""
        return _Both(self, before, share) if isinstance(before, CudaBackend) and self.joins(before) else None

    def joins(self, other: Backend) -> bool:
        """Whether the other style is drawn on the same GPU by the same kernel."""
        own, others = self._alive, other._alive if isinstance(other, CudaBackend) else None
        return own is not None and others is not None and own.joined(others) is not None

    @property
    def _alive(self) -> Painter | None:
        """The style on the GPU, None while it is not there."""
        painter = self._painter
        return painter if painter is not None and self._stand_in is None and not painter.gpu.lost else None

    def draw_over(self, before: "CudaBackend", share: float, values: Values, frame: Frame, target: Target) -> None:
        """Fill the target's region with both styles; a GPU that fails leaves this frame to the newer one."""
        painter, below = self._painter, before._painter
        assert painter is not None and below is not None
        before._forget_under_way()

        def draw(out: Sequence[int]) -> None:
            painter.fade(below, (_sight(painter, values, target, *out), _sight(below, values, target, *out)), share)

        try:
            self._send([target], draw)
        except CudaError as error:
            self._start_again(error, painter.style)
            self._draw_again(values, frame, target, painter.style)

    def draw_all(self, shots: Sequence[Shot]) -> None:
        """In as few launches as hold them; a GPU that fails leaves each picture to its own backend."""
        lead = self._alive
        if lead is None or not all(self.joins(shot.backend) for shot in shots):
            draw_one_by_one(shots)
            return
        try:
            for start in range(0, len(shots), MOST_VIEWS):
                self._draw_together(lead, shots[start : start + MOST_VIEWS])
        except CudaError as error:
            self._start_again(error, lead.style)
            draw_one_by_one(shots)

    def _draw_together(self, lead: Painter, shots: Sequence[Shot]) -> None:
        painters: list[Painter] = []
        for shot in shots:
            assert isinstance(shot.backend, CudaBackend) and shot.backend._painter is not None
            shot.backend._forget_under_way()
            painters.append(shot.backend._painter)

        def draw(out: Sequence[int]) -> None:
            wanted = zip(painters, shots, out, strict=True)
            lead.paint_all([(own, _sight(own, shot.values, shot.target, at)) for own, shot, at in wanted])

        self._send([shot.target for shot in shots], draw)

    def _forget_under_way(self) -> None:
        """Another backend draws this one's picture: what is under way here will be old when it is next asked for."""
        if self._route is not None:
            self._route.restart()

    def _draw_again(self, values: Values, frame: Frame, target: Target, style: Style) -> None:
        """Draw on the GPU that was set up again; if it fails once more, without it."""
        try:
            if self._stand_in is None:
                self._paint(values, target)
        except CudaError as error:
            self._stand_aside(error, style)
        if self._stand_in is not None:
            self._stand_in.draw(values, frame, target)

    def _paint(self, values: Values, target: Target) -> None:
        painter = self._painter
        assert painter is not None
        self._send([target], lambda out: painter.paint([_sight(painter, values, target, *out)]))

    def _send(self, targets: Sequence[Target], draw: Draw) -> None:
        """Bring what `draw` draws into the targets' regions."""
        gpu = self._ready()
        try:
            self._way().paint(targets, draw)
        except InteropError as refusal:
            self._change_route(gpu, str(refusal))
            self._way().paint(targets, draw)

    def _way(self) -> Route:
        assert self._seat is not None
        if self._route is None and self._seat.refusal:
            self._route = HostRoute(self._seat.gpu, self._seat.refusal)
        elif self._route is None:
            self._route = SharedRoute(self._seat.gpu, self._ctx)
        return self._route

    def _change_route(self, gpu: Gpu, refusal: str) -> None:
        """Go through the host's memory from now on, and say so once."""
        log.warning("pictures go through host memory: %s", refusal)
        if self._seat is not None:
            self._seat.refusal = refusal
        if self._route is not None:
            self._route.release()
        self._route = HostRoute(gpu, refusal)

    def _start_again(self, error: CudaError, style: Style) -> None:
        """After a failed GPU: a new context with everything in it, or else the GLSL backend."""
        if error.name == "CUDA_ERROR_OUT_OF_MEMORY":  # a new context would have no more
            self._stand_aside(error, style)
            return
        log.warning("%s; setting the GPU up again", error)
        self._trouble = str(error)
        if self._seat is not None:
            self._seat.gpu.lose()
        try:
            self._set_style(style)
        except UserError as again:
            self._stand_aside(again, style)

    def _stand_aside(self, error: UserError, style: Style) -> None:
        """Let the next backend draw from now on, until another style tries CUDA again."""
        software = is_software(self._ctx)
        log.warning("%s; %s draws instead", error, "the processor" if software else "OpenGL")
        self._trouble = str(error)
        self._leave()
        self._stand_in = self._stand_in or (CpuBackend if software else GlslBackend)(self._ctx)
        self._stand_in.set_style(style)

    def _leave(self) -> None:
        """Free everything on the GPU and give it back."""
        if self._painter is not None:
            self._painter.release()
        if self._route is not None:
            self._route.release()
        self._route = None
        if self._seat is not None:
            give_back(self._ctx, self._seat)
            self._seat = None

    def release(self) -> None:
        """Free everything, here and on the GPU."""
        self._leave()
        self._painter = None
        if self._stand_in is not None:
            self._stand_in.release()
            self._stand_in = None


def _sight(painter: Painter, values: Values, target: Target, out: int) -> Sight:
    """Return what a painter's style looks like in a target, to be drawn at `out`."""
    bias = fold(painter.style, values.style_seconds, values.heard)
    return Sight(bias, target.plane(view_of(values)), target.region_px, out)


@dataclass(frozen=True, slots=True)
class _Both:
    """One style over another."""

    now: CudaBackend
    before: CudaBackend
    share: float

    redraws = False

    def draw(self, values: Values, frame: Frame, target: Target) -> None:
        self.now.draw_over(self.before, self.share, values, frame, target)

    def redraw(self, values: Values, target: Target, marks: Marks) -> None:
        self.now.redraw(values, target, marks)
