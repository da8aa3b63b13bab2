"""The flash limiter against a reader of the same definitions written in NumPy, and against FFmpeg's own filter."""

from collections.abc import Callable, Iterator
from fractions import Fraction

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.clock import Frame
from app.render.flash_limiter import FlashLimiter
from app.render.target import Target

WIDTH, HEIGHT, FPS = 128, 72, 60
Film = NDArray[np.uint8]
"""(frames, height, width, 3), sRGB."""
WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)
GREEN = (0, 149, 0)
"""As luminous as RED."""


# ------------------------------------------------------------------ the reader


def linear(film: Film) -> NDArray[np.float64]:
    """WCAG's relative colour components."""
    c = np.arange(256) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)[film]


def transitions(level: NDArray[np.float64], step: float, counts: Callable[..., NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Mark where each place of (frames, …) has left its last peak or valley by `step`; `counts(i, j)` may veto."""
    found = np.zeros(level.shape, bool)
    if np.ptp(level) < step:
        return found
    place = np.indices(level.shape[1:])
    peak = np.zeros(level.shape[1:], int)
    valley = np.zeros_like(peak)
    last = np.zeros_like(peak)
    for now in range(1, len(level)):
        current = np.full_like(peak, now)
        high, low = level[peak, *place], level[valley, *place]
        fell = (last >= 0) & (high - level[now] >= step) & counts(peak, current)
        rose = (last <= 0) & (level[now] - low >= step) & counts(valley, current)
        found[now] = fell | rose
        last = np.where(fell, -1, np.where(rose, 1, last))
        peak = np.where(found[now] | (level[now] >= high), now, peak)
        valley = np.where(found[now] | (level[now] <= low), now, valley)
    return found


def general(light: NDArray[np.float64]) -> NDArray[np.bool_]:
    level = light @ [0.2126, 0.7152, 0.0722]
    place = np.indices(level.shape[1:])
    return transitions(level, 0.1, lambda i, j: np.minimum(level[i, *place], level[j, *place]) < 0.8)


def saturated_red(light: NDArray[np.float64]) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(light, -1, 0)
    level = np.maximum(red - green - blue, 0) * 320
    pure = (red > 0) & (red / np.maximum(red + green + blue, 1e-9) >= 0.8)
    place = np.indices(level.shape[1:])
    return transitions(level, 20 + 1e-9, lambda i, j: pure[i, *place] | pure[j, *place])


def worst(found: NDArray[np.bool_], fps: int, field: tuple[float, float] = (341 / 1024, 256 / 576)) -> int:
    """Return the most flashes in any second that over a quarter of any field has (share of width, height)."""
    summed = np.cumsum(found, axis=0, dtype=int)
    flashes = (summed[fps:] - summed[:-fps]) // 2
    high, wide = (round(share * side) for share, side in zip(field[::-1], found.shape[1:], strict=True))
    for least in range(flashes.max(), 0, -1):
        area = np.pad((flashes >= least).cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
        inside = area[:, high:, wide:] - area[:, :-high, wide:] - area[:, high:, :-wide] + area[:, :-high, :-wide]
        if inside.max() > 0.25 * high * wide:
            return least
    return 0


def flashes(film: Film, fps: int = FPS, field: tuple[float, float] = (341 / 1024, 256 / 576)) -> tuple[int, int]:
    """General and red flashes in the worst second; seen in blocks of 2 × 2 pixels, finer than the limiter sees."""
    light = linear(film)
    rows = light[:, ::2] + light[:, 1::2]
    blocks = (rows[:, :, ::2] + rows[:, :, 1::2]) / 4
    return worst(general(blocks), fps, field), worst(saturated_red(blocks), fps, field)


# ------------------------------------------------------------------ films


def strobe(hz: float, one: tuple[int, ...] = WHITE, other: tuple[int, ...] = BLACK, seconds: float = 2.5,
           fps: int = FPS) -> Film:  # fmt: skip
    """The whole field changes between two colours, `hz` times a second to and back."""
    first = (np.arange(int(seconds * fps)) / fps * hz + 1e-9) % 1 < 0.5
    film = np.where(first[:, None, None, None], np.array(one, np.uint8), np.array(other, np.uint8))
    return np.broadcast_to(film, (len(first), HEIGHT, WIDTH, 3)).copy()


def within(film: Film, mask: NDArray[np.bool_], grey: int = 90) -> Film:
    """Let only a part of the field flash."""
    return np.where(mask[..., None], film, np.uint8(grey))


def box(width: int, height: int, x: int = 0, y: int = 0) -> NDArray[np.bool_]:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y : y + height, x : x + width] = True
    return mask


def stripes(hz: float, wide: int = 32) -> Film:
    """Soft stripes that wander: every place flashes, all at different times, the mean never changes."""
    turns = np.arange(3 * FPS)[:, None] / FPS * hz - np.arange(WIDTH) / wide
    grey = (127.5 + 127.5 * np.sin(2 * np.pi * turns)).astype(np.uint8)
    return np.broadcast_to(grey[:, None, :, None], (len(grey), HEIGHT, WIDTH, 3)).copy()


class Stage:
    """A limiter and what it makes of films."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.limiter = FlashLimiter(ctx, (WIDTH, HEIGHT))
        self.image = Target(ctx, (WIDTH, HEIGHT))
        self.index = 0
        self.seconds = 0.0

    def show(self, picture: Film, fps: int = FPS, forced: bool = False) -> Film:
        pixels = np.dstack([picture, np.full((HEIGHT, WIDTH, 1), 255, np.uint8)])[::-1]
        self.image.texture.write(np.ascontiguousarray(pixels))
        shown = self.limiter.apply(self.image, Frame(self.index, self.seconds, 1 / fps), forced=forced)
        self.index, self.seconds = self.index + 1, self.seconds + 1 / fps
        return shown.read()[..., :3]

    def play(self, film: Film, fps: int = FPS) -> Film:
        return np.stack([self.show(picture, fps) for picture in film])

    def release(self) -> None:
        self.limiter.release()
        self.image.release()


@pytest.fixture
def stage(ctx: moderngl.Context) -> Iterator[Stage]:
    stage = Stage(ctx)
    yield stage
    stage.release()


# ------------------------------------------------------------------ what is limited


def test_the_reader_reads_what_is_written() -> None:
    assert flashes(strobe(5)) == (5, 0)
    assert flashes(strobe(10, RED, BLACK)) == (10, 10)
    assert flashes(strobe(10, RED, GREEN)) == (0, 10)
    assert flashes(strobe(10, (255, 255, 255), (235, 235, 235))) == (0, 0)  # both above 0.8
    assert flashes(within(strobe(10), box(20, 14))) == (0, 0)  # less than a quarter of a field
    assert flashes(within(strobe(10), box(26, 18))) == (10, 0)
    assert flashes(stripes(8))[0] >= 7


LIMITED: dict[str, Callable[[float], Film]] = {
    "full field": strobe,
    "grey": lambda hz: strobe(hz, (150, 150, 150), (60, 60, 60)),
    "quarter field": lambda hz: within(strobe(hz), box(WIDTH // 2, HEIGHT // 2, 40, 20)),
    "half a quarter": lambda hz: within(strobe(hz), box(30, 22, 90, 40)),
    "saturated red": lambda hz: strobe(hz, RED, BLACK),
    "red and green of one luminance": lambda hz: strobe(hz, RED, GREEN),
    "dark red": lambda hz: strobe(hz, (100, 0, 0), BLACK),
    "wandering stripes": lambda hz: stripes(hz),
}


@pytest.mark.parametrize("hz", [5, 15])
@pytest.mark.parametrize("kind", LIMITED)
def test_no_more_than_three_flashes_a_second_are_left(stage: Stage, kind: str, hz: float) -> None:
    film = LIMITED[kind](hz)
    before, after = flashes(film), flashes(stage.play(film))
    print(f"{kind} {hz} Hz: general, red {before} -> {after}")
    assert max(before) > 3
    assert max(after) <= 3
    assert stage.limiter.acting > 0.5


@pytest.mark.parametrize("fps", [24, 30, 120])
def test_at_any_frame_rate(stage: Stage, fps: int) -> None:
    film = strobe(6, fps=fps)
    assert flashes(film, fps)[0] > 3
    assert flashes(stage.play(film, fps), fps)[0] <= 3


@pytest.mark.parametrize("seed", range(4))
def test_whatever_flashes_wherever(stage: Stage, seed: int) -> None:
    """Blocks that jump between random colours at rates of their own."""
    rng = np.random.default_rng(seed)
    count = 4 * FPS
    film = np.zeros((count, HEIGHT, WIDTH, 3), np.uint8)
    for y in range(0, HEIGHT, 12):
        for x in range(0, WIDTH, 16):
            jumps = np.cumsum(rng.random(count) < rng.uniform(0.02, 0.4))
            film[:, y : y + 12, x : x + 16] = rng.integers(0, 256, (count, 3))[jumps][:, None, None]
    assert flashes(film)[0] > 3
    assert max(flashes(stage.play(film))) <= 3


def test_after_the_first_seconds_little_flashes_at_all(stage: Stage) -> None:
    shown = linear(stage.play(strobe(8, seconds=5)))[3 * FPS :, 0, 0, 0]
    assert np.ptp(shown[-FPS:]) < 0.1
    assert 0.2 < shown[-1] < 0.8  # about the mean of what it holds back


def test_a_wall_is_watched_in_smaller_parts(stage: Stage) -> None:
    part_of_a_wall = (6 / 32, 4 / 18)
    film = within(strobe(8), box(16, 8, 32, 32))
    assert flashes(film)[0] == 0
    assert flashes(film, field=part_of_a_wall)[0] == 8
    assert (stage.play(film) == film).all()
    stage.limiter.mode = "wall"
    assert flashes(stage.play(film), field=part_of_a_wall)[0] <= 3


# ------------------------------------------------------------------ what FFmpeg says


def held_back_by_ffmpeg(film: Film) -> float:
    """How far FFmpeg's `photosensitivity` filter changes a film, in 8-bit levels a pixel."""
    av = pytest.importorskip("av")
    if "photosensitivity" not in av.filter.filters_available:
        pytest.skip("this PyAV's FFmpeg has no photosensitivity filter")
    graph = av.filter.Graph()
    source = graph.add_buffer(width=WIDTH, height=HEIGHT, format="rgb24", time_base=Fraction(1, FPS))
    chosen = graph.add("photosensitivity", f"frames={FPS // 2}")
    sink = graph.add("buffersink")
    source.link_to(chosen)
    chosen.link_to(sink)
    graph.configure()
    total = 0.0
    for index, picture in enumerate(film):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        source.push(frame)
        seen = sink.pull().to_ndarray(format="rgb24")
        total += float(np.abs(seen.astype(int) - picture).mean())
    return total / len(film)


@pytest.mark.parametrize("hz", [5, 10, 15])
@pytest.mark.parametrize("kind", ["full field", "quarter field", "saturated red"])
def test_ffmpeg_finds_little_left_to_do(stage: Stage, kind: str, hz: float) -> None:
    film = LIMITED[kind](hz)
    before, after = held_back_by_ffmpeg(film), held_back_by_ffmpeg(stage.play(film))
    print(f"{kind} {hz} Hz: {before:.2f} -> {after:.2f} levels")
    assert before > 1
    assert after < before / 3


# ------------------------------------------------------------------ what is not


def fade() -> Film:
    grey = (127.5 - 127.5 * np.cos(2 * np.pi * np.arange(4 * FPS) / FPS / 4)).astype(np.uint8)
    return np.broadcast_to(grey[:, None, None, None], (len(grey), HEIGHT, WIDTH, 3)).copy()


def fine_pattern() -> Film:
    squares = np.indices((HEIGHT, WIDTH)).sum(0) % 2
    return np.stack([np.where((squares + now // 3) % 2, 255, 0)[..., None].repeat(3, 2) for now in range(120)]).astype(
        np.uint8
    )


UNTOUCHED: dict[str, Callable[[], Film]] = {
    "two flashes a second": lambda: strobe(2),
    "three flashes a second": lambda: strobe(3),
    "a slow fade": fade,
    "less than a quarter of any field": lambda: within(strobe(10), box(20, 16, 40, 20)),
    "a checkerboard on a fifth of the field": lambda: within(
        strobe(10), (np.indices((HEIGHT, WIDTH)) // 4 % 3 == 0).all(0)
    ),
    "changes below the threshold": lambda: strobe(10, (140, 140, 140), (130, 130, 130)),
    "both above 0.8": lambda: strobe(10, WHITE, (235, 235, 235)),
    "a fine balanced pattern": fine_pattern,
    "grain": lambda: np.random.default_rng(1).integers(90, 150, (120, HEIGHT, WIDTH, 3), np.uint8),
    "a cut a second": lambda: strobe(0.5, (200, 60, 20), (20, 60, 200)),
}


@pytest.mark.parametrize("kind", UNTOUCHED)
def test_what_is_allowed_passes_bit_for_bit(stage: Stage, kind: str) -> None:
    film = UNTOUCHED[kind]()
    assert (stage.play(film) == film).all()
    assert stage.limiter.acting == 0.0


def test_it_lets_go_when_the_flashing_ends(stage: Stage) -> None:
    stage.play(strobe(10))
    calm = strobe(0.1, (180, 120, 60), seconds=4)
    shown = stage.play(calm)
    steps = np.abs(np.diff(linear(shown)[:, 0, 0, 1]))
    assert (shown[-FPS:] == calm[-FPS:]).all()
    assert steps.max() < 0.05
    assert stage.limiter.acting == 0.0


def test_off_is_nothing_at_all_and_on_again_starts_afresh(stage: Stage) -> None:
    stage.play(strobe(10))
    stage.limiter.mode = "off"
    assert stage.limiter.apply(stage.image, Frame(0, stage.seconds, 0.0)) is stage.image
    assert stage.limiter.acting == 0.0
    stage.limiter.mode = "standard"
    film = strobe(2, seconds=1)
    assert (stage.play(film) == film).all()


def test_black_by_hand_is_black_at_once_but_its_flashes_count(stage: Stage) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 230, np.uint8)
    shown = [stage.show(picture * (now // 3 % 2 == 0), forced=now // 3 % 2 == 1) for now in range(3 * FPS)]
    assert all(film.max() == 0 for now, film in enumerate(shown) if now // 3 % 2 == 1)
    assert flashes(np.stack(shown))[0] <= 3


def test_the_same_film_gives_the_same_pictures(ctx: moderngl.Context) -> None:
    shown = []
    for _ in range(2):
        stage = Stage(ctx)
        shown.append(stage.play(stripes(9)))
        stage.release()
    assert (shown[0] == shown[1]).all()


def test_another_size_keeps_the_counts(stage: Stage, ctx: moderngl.Context) -> None:
    stage.play(strobe(10, seconds=1))
    stage.limiter.resize((64, 36))
    large, stage.image = stage.image, Target(ctx, (64, 36))
    large.release()
    levels = []
    for now in range(30):
        level = float(now // 3 % 2)
        stage.image.framebuffer.clear(level, level, level, 1.0)
        shown = stage.limiter.apply(stage.image, Frame(0, stage.seconds + now / FPS, 0.0)).read()
        assert shown.shape == (36, 64, 4)
        levels.append(shown[18, 32, 0])
    assert np.abs(np.diff(linear(np.array(levels[1:])))).max() < 0.05


def test_everything_is_released(ctx: moderngl.Context, alive_gl: Callable[[], int]) -> None:
    def use() -> None:
        stage = Stage(ctx)
        stage.play(strobe(10, seconds=0.2))
        stage.limiter.resize((64, 36))
        stage.release()

    use()
    before = alive_gl()
    for _ in range(5):
        use()
    assert alive_gl() == before
