"""Claims: the flash limiter costs at most three plain copies of the picture, and leaves FFmpeg's filter little to do.

The cost is processor time on software OpenGL, GPU time elsewhere, side by side with a copy in one run. The second
table gives how far FFmpeg's `photosensitivity` filter changes flashing films, before and after the limiter.
Run: python -m benchmarks.flash
"""

import statistics
import sys
import time
from collections.abc import Callable
from fractions import Fraction

import moderngl
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from app.clock import Frame
from app.render.copier import Copier
from app.render.flash_limiter import FlashLimiter
from app.render.software import is_software
from app.render.surface import HeadlessSurface
from app.render.target import Target

COPIES, LEFT = 3.0, 1 / 3
SIZES = ((640, 360), (1920, 1080))
ROUNDS, FRAMES = 5, 40
FILM_PX, FPS, SECONDS = (128, 72), 60, 3
Film = NDArray[np.uint8]


def cost_ms(ctx: moderngl.Context, draw: Callable[[], object]) -> float:
    """Return what one call costs: processor time of all threads, or GPU time."""
    draw()
    ctx.finish()
    if not is_software(ctx):
        query = ctx.query(time=True)
        with query:
            for _ in range(FRAMES):
                draw()
        return float(query.elapsed) / 1e6 / FRAMES
    began = time.process_time()
    for _ in range(FRAMES):
        draw()
        ctx.finish()
    return (time.process_time() - began) / FRAMES * 1000


def costs(ctx: moderngl.Context, size_px: tuple[int, int]) -> dict[str, float]:
    """Return the milliseconds of a copy, of a limiter that lets pass, and of one that holds back."""
    image, out, copier = Target(ctx, size_px), Target(ctx, size_px), Copier(ctx)
    calm, acting = FlashLimiter(ctx, size_px), FlashLimiter(ctx, size_px)
    seconds = 0.0

    def limit(limiter: FlashLimiter, level: float) -> None:
        nonlocal seconds
        seconds += 1 / FPS
        image.framebuffer.clear(level, level, level, 1.0)
        limiter.apply(image, Frame(0, seconds, 1 / FPS))

    def strobe() -> None:
        limit(acting, float(seconds * 10 % 1 < 0.5))

    for _ in range(FPS):
        strobe()
    draws: dict[str, Callable[[], object]] = {
        "copy": lambda: copier.copy(image.texture, out),
        "passing": lambda: limit(calm, 0.5),
        "acting": strobe,
    }
    rounds = [{name: cost_ms(ctx, draw) for name, draw in draws.items()} for _ in range(ROUNDS)]
    for thing in (image, out, copier, calm, acting):
        thing.release()
    return {name: statistics.median(measured[name] for measured in rounds) for name in draws}


def film(hz: float, one: tuple[int, ...], other: tuple[int, ...], part: float) -> Film:
    """Return a film whose lower left `part` of each side changes between two colours, on grey."""
    width, height = FILM_PX
    pictures = np.full((SECONDS * FPS, height, width, 3), 90, np.uint8)
    for index, picture in enumerate(pictures):
        picture[: int(height * part), : int(width * part)] = one if index / FPS * hz % 1 < 0.5 else other
    return pictures


def limited(ctx: moderngl.Context, pictures: Film) -> Film:
    """Return the film as the limiter shows it."""
    image, limiter = Target(ctx, FILM_PX), FlashLimiter(ctx, FILM_PX)
    shown = []
    for index, picture in enumerate(pictures):
        image.texture.write(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]).tobytes())
        shown.append(limiter.apply(image, Frame(index, index / FPS, 1 / FPS)).read()[::-1, :, :3])
    image.release()
    limiter.release()
    return np.stack(shown)


def changed_by_ffmpeg(pictures: Film) -> float:
    """Return how far FFmpeg's filter changes a film, in 8-bit levels a pixel."""
    import av

    graph = av.filter.Graph()
    source = graph.add_buffer(width=FILM_PX[0], height=FILM_PX[1], format="rgb24", time_base=Fraction(1, FPS))
    chosen, sink = graph.add("photosensitivity", "frames=30"), graph.add("buffersink")
    source.link_to(chosen)
    chosen.link_to(sink)
    graph.configure()
    total = 0.0
    for index, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        source.push(frame)
        total += float(np.abs(sink.pull().to_ndarray(format="rgb24").astype(int) - picture).mean())
    return total / len(pictures)


FILMS: dict[str, tuple[tuple[int, ...], tuple[int, ...], float]] = {
    "white, full field": ((255, 255, 255), (0, 0, 0), 1.0),
    "white, quarter field": ((255, 255, 255), (0, 0, 0), 0.5),
    "red, full field": ((255, 0, 0), (0, 0, 0), 1.0),
}


def main() -> int:
    """Print the figures; return 1 if a claim doesn't hold here."""
    surface, console, failed = HeadlessSurface(FILM_PX), Console(), False
    clock = "processor" if is_software(surface.ctx) else "GPU"
    table = Table("size", "copy", "passing", "acting", "× copy", title=f"ms of {clock} time")
    for size_px in SIZES:
        ms = costs(surface.ctx, size_px)
        ratio = ms["passing"] / ms["copy"]
        failed |= ratio > COPIES
        table.add_row(f"{size_px[0]} × {size_px[1]}", *(f"{value:.2f}" for value in ms.values()), f"{ratio:.1f}")
    console.print(table)
    table = Table("film", "Hz", "before", "after", title="levels changed by FFmpeg's photosensitivity filter")
    for name, (one, other, part) in FILMS.items():
        for hz in (5, 10, 15):
            pictures = film(hz, one, other, part)
            before, after = changed_by_ffmpeg(pictures), changed_by_ffmpeg(limited(surface.ctx, pictures))
            failed |= after > before * LEFT
            table.add_row(name, f"{hz}", f"{before:.1f}", f"{after:.1f}")
    console.print(table)
    surface.release()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
